"""The words of time: `lexicon/time.yml`, also in the spelling of a keyboard without æ, ø and å."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from nlu.core.errors import ModelFileError

LEXICON_PATH = Path(__file__).parent / "lexicon" / "time.yml"
# Lists of words that forbid a time: there a plain form would forbid more than was meant.
_AS_WRITTEN = "not_"
# White space within an expression is bounded, so that each pattern is: see `test_every_pattern_is_bounded`.
SPACE, MAYBE_SPACE = r"\s{1,4}", r"\s{0,4}"


@lru_cache(maxsize=1)
def lexicon() -> dict[str, Any]:
    """Return the word lists with their plain forms.

    Raises:
        ModelFileError: the file is missing or no YAML.
    """
    try:
        content: dict[str, Any] = yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ModelFileError(LEXICON_PATH, f"cannot be read ({type(error).__name__})") from error
    return _with_plain_forms(content)


def _with_plain_forms(content: dict[str, Any]) -> dict[str, Any]:
    """Add "i gar" and "i gaar" to "i går", but "host" (a cough) not to "høst"."""
    signs, keep = content["plain_signs"], frozenset(content["not_plain"])
    tables = [{sign: plain[place] for sign, plain in signs.items()} for place in (0, 1)]

    def plain(phrase: str) -> list[str]:
        if not keep.isdisjoint(phrase.split()):
            return []
        forms = ("".join(table.get(char, char) for char in phrase) for table in tables)
        return [form for form in forms if form != phrase]

    full: dict[str, Any] = {}
    for name, words in content.items():
        if name.startswith(_AS_WRITTEN) or name == "plain_signs":
            full[name] = words
        elif isinstance(words, dict):
            full[name] = {**{form: words[word] for word in words for form in plain(word)}, **words}
        else:
            full[name] = list(dict.fromkeys(form for word in words for form in (word, *plain(word))))
    return full


def look_up(table: str, phrase: str) -> Any:
    """Return what a phrase stands for in one of the tables."""
    return lexicon()[table][phrase]


def any_of(*names: str) -> str:
    """Return a regular expression that matches any phrase of the lists or tables of these names."""
    return any_phrase(phrase for name in names for phrase in lexicon()[name])


def any_phrase(phrases: Iterable[str]) -> str:
    """Return a regular expression that matches any of the phrases, longest first."""
    ordered = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(phrase).replace(r"\ ", SPACE) for phrase in ordered) + ")"
