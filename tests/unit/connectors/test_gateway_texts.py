"""The gateway's sentences exist in both written languages, and code and file agree about them."""

import ast
import string
from pathlib import Path

import pytest
import yaml

from connectors import texts
from connectors.texts import text

ROOM = Path(texts.__file__).parent
SENTENCES: dict[str, dict[str, str]] = yaml.safe_load((ROOM / "texts.yml").read_text(encoding="utf-8"))


def variables(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def calls() -> list[tuple[str, set[str]]]:
    """Each `text("key", ...)` in the room: its key and the names of its variables."""
    found = []
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text":
                key = node.args[0]
                assert isinstance(key, ast.Constant), f"{path.name}:{node.lineno} has no plain key"
                found.append((str(key.value), {keyword.arg or "**" for keyword in node.keywords}))
    return found


@pytest.mark.parametrize("key", SENTENCES)
def test_each_sentence_is_there_in_both_languages(key: str) -> None:
    assert set(SENTENCES[key]) == {"nb", "nn"}
    for sentence in SENTENCES[key].values():
        assert sentence == sentence.strip()
        assert sentence.endswith(".")


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_have_the_same_variables(key: str) -> None:
    assert variables(SENTENCES[key]["nb"]) == variables(SENTENCES[key]["nn"])


@pytest.mark.parametrize(("key", "given"), calls())
def test_what_code_says_is_there_with_its_variables(key: str, given: set[str]) -> None:
    assert key in SENTENCES
    assert given - {"language"} == variables(SENTENCES[key]["nb"])


def test_every_sentence_is_said_somewhere() -> None:
    assert {key for key, _ in calls()} == set(SENTENCES)


def test_a_sentence_is_filled() -> None:
    assert "9000 tegn" in text("too_long", chars=9000, limit=8000)
    assert "9000 teikn" in text("too_long", "nn", chars=9000, limit=8000)


def test_a_sentence_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("finnes ikke")
    with pytest.raises(KeyError):
        text("away", "se")
