"""From a template and values to what people read: plain text and buttons."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from outbox.errors import InvalidNoticeError, MissingValueError, UnknownWordError
from outbox.notice import Value
from outbox.templates import LANGUAGES, OPEN_WORDS, Template, check_language, placeholders, template, words

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What may stand in the JSON of a payload without changing its meaning.
_SAFE_IN_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class RenderedButton:
    """A button as it is issued."""

    title: str
    payload: str
    style: str


@dataclass(frozen=True)
class Rendered:
    """A notice as people read it."""

    text: str
    buttons: tuple[RenderedButton, ...]


def checked_values(name: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """The values that a template uses, once it is sure that it can be rendered with them.

    Raises:
        UnknownTemplateError: there is no such template.
        MissingValueError: a value that is not optional is missing or empty.
        UnknownWordError: an id has no words.
        InvalidNoticeError: a value would break the payload of a button.
    """
    wanted = template(name)
    keys = {key for base in wanted.names for key in (base, *_variants(base))}
    used = {key: value for key in sorted(keys) if not _is_empty(value := values.get(key))}
    missing = {base for base in wanted.names - wanted.optional if not _is_given(base, used)}
    if missing:
        raise MissingValueError(name, missing)
    for language in LANGUAGES:
        for base in wanted.names:
            _worded(base, used, language)
    for base in wanted.payload_names:
        if not _SAFE_IN_PAYLOAD.fullmatch(str(used.get(base, ""))):
            raise InvalidNoticeError(base, "cannot stand in the payload of a button")
    return used


def render(name: str, values: Mapping[str, Value], language: str) -> Rendered:
    """A notice in a language.

    Args:
        name: the template.
        values: as `checked_values` gave them.
        language: `nb` or `nn`.
    Raises:
        OutboxError: as `checked_values` does, or the language is unknown.
    """
    check_language(language)
    wanted = template(name)
    used = checked_values(name, values)
    buttons = tuple(
        RenderedButton(button.titles[language], button.payload.format_map(used), button.style)
        for button in wanted.buttons
    )
    return Rendered(_text(wanted, used, language), buttons)


def _text(wanted: Template, used: Mapping[str, Value], language: str) -> str:
    worded = {base: _worded(base, used, language) for base in wanted.names}
    lines = (
        line.format_map(worded)
        for line in wanted.texts[language].splitlines()
        if all(worded[base] is not None for base in placeholders(line))
    )
    return "\n".join(lines)


def _is_empty(value: Value) -> bool:
    return value is None or not str(value).strip()


def _is_given(base: str, used: Mapping[str, Value]) -> bool:
    return base in used or all(variant in used for variant in _variants(base))


def _variants(base: str) -> list[str]:
    return [f"{base}_{language}" for language in LANGUAGES]


def _worded(base: str, used: Mapping[str, Value], language: str) -> str | None:
    """A value as it reads in a language; None when it is not there."""
    value = used.get(f"{base}_{language}", used.get(base))
    if value is None:
        return None
    text = str(value).strip()
    if base in words():
        return _word(base, text, language)
    return _written_day(text, language) if _DAY.fullmatch(text) else text


def _word(kind: str, text: str, language: str) -> str:
    known = words()[kind].get(text)
    if known is not None:
        return known[language]
    if kind in OPEN_WORDS:
        return text
    raise UnknownWordError(kind, text)


def _written_day(text: str, language: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return format_date(day, "d. MMMM y", locale=language)
