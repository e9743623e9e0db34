"""The neutral shapes of what is said, whatever the channel."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# Kept of control characters: line feed and tab.
_ALLOWED_CONTROLS = "\n\t"


@dataclass(frozen=True)
class InboundMessage:
    """A message as a channel received it.

    Attributes:
        channel: such as "web".
        message_id: unique within the channel; a redelivery carries the same.
        conversation_id: ours.
        text: cleaned text; for a button, its title.
        button_id: the issued button that was pressed, or None.
        language: form of our own sentences, "nb" or "nn".
    """

    channel: str
    message_id: str
    conversation_id: str
    text: str
    button_id: str | None = None
    language: str = "nb"


@dataclass(frozen=True)
class Button:
    """A choice under a reply.

    Attributes:
        title: what people read.
        payload: what Rasa gets; never leaves the gateway.
        style: primary, secondary or danger.
        button_id: opaque; empty until the button is issued.
    """

    title: str
    payload: str
    style: str = "secondary"
    button_id: str = ""


@dataclass(frozen=True)
class Reply:
    """One utterance of Sifra.

    Attributes:
        text: complete plain text, for channels without cards.
        card: structured content for channels that can show it.
    """

    text: str
    card: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of a conversation's transcript.

    Attributes:
        seq: grows within the conversation.
        speaker: user, sifra or system.
    """

    seq: int
    speaker: str
    text: str
    card: dict[str, Any] | None
    sent_at: datetime
    buttons: tuple[Button, ...] = field(default=())


def clean(text: str) -> str:
    """Return text that every part can hold: NFC, trimmed, no control characters, no lone surrogates."""
    valid = text.replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")
    kept = "".join(char for char in valid if unicodedata.category(char) != "Cc" or char in _ALLOWED_CONTROLS)
    return unicodedata.normalize("NFC", kept).strip()
