"""What a message corrects in an open report, and what it adds to it. Pure, as `report_dialogue` is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.actions.message import Entity, UserMessage
from bot.actions.report_draft import (
    CATEGORY,
    MAX_PLACE_CHARS,
    MAX_TEXT_CHARS,
    PLACE,
    SEVERITY,
    TIME_LABELS,
    ReportDraft,
    ask_next,
    with_details,
)

Names = Mapping[str, tuple[str, str]]
"""Word as people type it, lower case → (kind, meaning), such as "personvern" → ("category", …)."""

NEGATION, RESERVATION = "negation", "reservation"
_NEW_CLAUSE = re.compile(r"[.,;:!?\n]")


def corrected(draft: ReportDraft, message: UserMessage, names: Names) -> ReportDraft | None:
    """Return the draft with the values that the message names, or None when it names none.

    What stands after "ikke" is not meant: "ikke i går, i forgårs".
    """
    entities = tuple(item for item in message.entities if not _negated(item, message.text, names))
    meant = replace(message, entities=entities)
    changed = with_details(draft, meant, overwrite=True)
    told = any(item.label in (PLACE, *TIME_LABELS) for item in entities)
    found = named(message, names)
    for kind, value in found:
        if kind == CATEGORY:
            changed, told = replace(changed, category=value, confidence=None), True
        elif kind == SEVERITY:
            changed, told = replace(changed, severity=value), True
    if told:
        return changed
    place = meant.first("value") if ("field", PLACE) in found else None
    if place is None and message.intent in {"correct_field", "deny"}:
        place = meant.first("unit")  # "nei, det var på Solbakken"
    return replace(changed, place=place.value[:MAX_PLACE_CHARS]) if place else None


def named(message: UserMessage, names: Names) -> list[tuple[str, str]]:
    """Return the fields and values that the message names, the last mentioned last.

    "Ikke HMS, personvern" names one category. The longest name counts: "ikke alvorlig" is a mild one.
    """
    words = _words(message.text)
    longest = max((len(name.split()) for name in names), default=0)
    found: list[tuple[str, str]] = []
    negated, place = False, 0
    while place < len(words):
        spans = (" ".join(words[place : place + length]) for length in range(longest, 0, -1))
        name = next((span for span in spans if span in names), None)
        kind, meaning = names[name] if name else ("", "")
        if kind and kind != NEGATION and not negated:
            found.append((kind, meaning))
        negated = kind == NEGATION
        place += len(name.split()) if name else 1
    return found


def kinds_of_words(message: UserMessage, names: Names) -> set[str]:
    """Return the kinds of the single words of a message that have one."""
    return {names[word][0] for word in _words(message.text) if word in names}


def without_now(message: UserMessage) -> UserMessage:
    """Leave out "now", which in "ja, send nå" is not the time of the event."""
    return replace(
        message,
        entities=tuple(item for item in message.entities if (item.resolved or {}).get("grain") != "minute"),
    )


def with_words_of(draft: ReportDraft, message: UserMessage) -> tuple[ReportDraft, bool]:
    """Put a message behind the description. The same words again add nothing.

    Returns:
        The draft, and whether all of the message is in it for the first time.
    """
    if message.text in draft.text:
        return draft, False
    text = f"{draft.text}\n{message.text}".strip()[:MAX_TEXT_CHARS].rstrip()
    return replace(draft, text=text), text.endswith(message.text)


def added(draft: ReportDraft, message: UserMessage) -> tuple[ReportDraft, bool]:
    """Put a message behind the description, and its place and time where they are missing.

    Returns:
        As `with_words_of`, with the next question open.
    """
    longer, is_new = with_words_of(draft, message)
    return ask_next(with_details(longer, message, overwrite=False)), is_new


def _negated(entity: Entity, text: str, names: Names) -> bool:
    """Tell whether "ikke" stands before an entity, with at most one word between: "ikke på Solbakken"."""
    before, value_found, _ = text.casefold().partition(entity.value.casefold())
    last_words = _words(_NEW_CLAUSE.split(before)[-1])[-2:]
    return bool(value_found) and any(names.get(word, ("",))[0] == NEGATION for word in last_words)


def _words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text.casefold()).split()
