"""What the sender said last, as the actions need it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

# The gateway's channel puts this before text that begins with a slash (nlu/server/channel.py).
SHIELD = "\u200b"
OSLO = ZoneInfo("Europe/Oslo")
# What people say between telling and pressing a button that speaks of what they told.
SMALL_TALK = frozenset(
    {"affirm", "deny", "greet", "goodbye", "thanks", "feedback_positive", "help_capabilities"}
)
BUTTON_ENTITIES = (
    *("do", "draft", "field", "value", "topic", "use"),
    *("question", "document", "section", "shown"),
)
# Stands for personal data where a text is kept.
LEFT_OUT = "[\N{HORIZONTAL ELLIPSIS}]"


@dataclass(frozen=True)
class Entity:
    """A stretch of the message.

    Attributes:
        label: place, time, period, case_number, …
        value: the words as typed.
        resolved: begins, ends (ISO 8601 with offset) and grain of a time, else None.
    """

    label: str
    value: str
    resolved: dict[str, str] | None = None


@dataclass(frozen=True)
class UserMessage:
    """One message after language understanding.

    Attributes:
        text: as typed, NFC, without the shield; empty for a button.
        intent: id, or None when nothing was understood.
        confidence: of the intent, 0 to 1.
        entities: in reading order; of a button the case that it is about.
        deviation: what `DeviationClassifier` wrote, or None.
        button: the entities of a pressed button; empty for typed text.
        message_id: the channel's; "" when it gave none.
        masked: the text without personal data; "" when nobody has looked for any.
    """

    text: str
    intent: str | None = None
    confidence: float = 0.0
    entities: tuple[Entity, ...] = ()
    deviation: dict[str, Any] | None = None
    button: dict[str, str] = field(default_factory=dict)
    message_id: str = field(default="", compare=False)
    masked: str = field(default="", compare=False)

    @property
    def is_button(self) -> bool:
        """Whether it was pressed rather than typed."""
        return not self.text

    def first(self, *labels: str) -> Entity | None:
        """Return the first entity with one of the labels."""
        return next((entity for entity in self.entities if entity.label in labels), None)


def latest_message(tracker: Any) -> UserMessage:
    """Read the message that this turn is about."""
    return _read(tracker.latest_message or {})


def sent_at(tracker: Any) -> datetime | None:
    """Return when the message was sent, in Europe/Oslo; None when the gateway did not say."""
    stamp = ((tracker.latest_message or {}).get("metadata") or {}).get("sent_at")
    try:
        moment = datetime.fromisoformat(str(stamp))
    except ValueError:
        return None
    return moment.astimezone(OSLO) if moment.tzinfo else None


def latest_typed_message(tracker: Any) -> UserMessage:
    """Read what a button such as "report this" speaks of: the last typed message that is no small talk."""
    last = UserMessage("")
    for message in typed_messages(tracker):
        if message.intent not in SMALL_TALK:
            return message
        last = last if last.text else message
    return last


def typed_messages(tracker: Any) -> Iterator[UserMessage]:
    """Read what was typed in this session, the latest first."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            known = {key: event[key] for key in ("text", "message_id") if key in event}
            message = _read({**event.get("parse_data", {}), **known})
            if not message.is_button:
                yield message


def _read(data: dict[str, Any]) -> UserMessage:
    raw = data.get("text") or ""
    intent = data.get("intent") or {}
    found = data.get("entities") or []
    pressed = raw.startswith("/")
    values = {item["entity"]: item["value"] for item in found} if pressed else {}
    return UserMessage(
        text="" if pressed else unicodedata.normalize("NFC", raw.removeprefix(SHIELD)).strip(),
        intent=intent.get("name"),
        confidence=float(intent.get("confidence") or 0.0),
        entities=tuple(_entity(item) for item in found if not pressed or item["entity"] == "case_number"),
        deviation=data.get("deviation"),
        button={key: str(values[key]) for key in BUTTON_ENTITIES if key in values},
        message_id=str(data.get("message_id") or ""),
        masked="" if pressed else _masked(raw, data.get("personal_data")),
    )


def _masked(raw: str, spans: list[dict[str, Any]] | None) -> str:
    """Leave the personal data out of a text.

    Args:
        raw: the text that was searched for it.
        spans: start and end of each piece; None when the text was not searched, so nothing of it is kept.
    """
    if spans is None:
        return ""
    kept, end_of_last = "", 0
    for start, end in sorted((span["start"], span["end"]) for span in spans):
        if end <= end_of_last:
            continue
        kept += raw[end_of_last:start] + LEFT_OUT if start >= end_of_last else ""
        end_of_last = end
    kept += raw[end_of_last:]
    return unicodedata.normalize("NFC", kept.removeprefix(SHIELD)).strip()


def _entity(item: dict[str, Any]) -> Entity:
    value = unicodedata.normalize("NFC", str(item["value"]))
    return Entity(item["entity"], value, item.get("resolved"))
