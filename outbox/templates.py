"""The templates of notices and the words for ids, from `texts.yml`."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from outbox.errors import UnknownLanguageError, UnknownTemplateError

LANGUAGES = ("nb", "nn")
# Values of these kinds are an id that has words, or a name or text that is shown as it is.
OPEN_WORDS = frozenset({"author", "period", "what"})
_WORDS = "words"

Words = dict[str, dict[str, dict[str, str]]]


@dataclass(frozen=True)
class ButtonTemplate:
    """A button under a notice; `payload` is filled like a text."""

    titles: dict[str, str]
    payload: str
    style: str


@dataclass(frozen=True)
class Template:
    """How a notice is worded. A line that needs a value that is not there is left out.

    Attributes:
        texts: by language.
        optional: names of values that may be missing.
    """

    name: str
    texts: dict[str, str]
    optional: frozenset[str]
    buttons: tuple[ButtonTemplate, ...]

    @cached_property
    def names(self) -> frozenset[str]:
        """The values that it uses, in any language."""
        texts = frozenset().union(*(placeholders(text) for text in self.texts.values()))
        return texts | self.payload_names

    @cached_property
    def payload_names(self) -> frozenset[str]:
        """The values that go into payloads of buttons."""
        return frozenset().union(*(placeholders(button.payload) for button in self.buttons))


def placeholders(text: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def template(name: str) -> Template:
    """The template with a name.

    Raises:
        UnknownTemplateError: there is none.
    """
    try:
        return templates()[name]
    except KeyError as error:
        raise UnknownTemplateError(name) from error


def check_language(language: str) -> None:
    """See that a language is one of Sifra's.

    Raises:
        UnknownLanguageError: it is not.
    """
    if language not in LANGUAGES:
        raise UnknownLanguageError(language)


@lru_cache(maxsize=1)
def templates() -> dict[str, Template]:
    """All templates by name."""
    return {name: _template(name, entry) for name, entry in _file().items() if name != _WORDS}


@lru_cache(maxsize=1)
def words() -> Words:
    """The words for ids: kind, id, language."""
    found: Words = _file()[_WORDS]
    return found


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("texts.yml").read_text("utf-8"))
    return content


def _template(name: str, entry: dict[str, Any]) -> Template:
    buttons = tuple(
        ButtonTemplate(button["title"], button["payload"], button.get("style", "secondary"))
        for button in entry.get("buttons", ())
    )
    texts = {language: entry[language].strip() for language in LANGUAGES}
    return Template(name, texts, frozenset(entry.get("optional", ())), buttons)
