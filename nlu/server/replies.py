"""From Rasa's utterance to the reply that channels render.

    {"text": str, "card": object | null, "buttons": [{"title", "payload", "style"}]}

Optional parts of a response are variables that may be empty: their lines and rows are left out here.
"""

from __future__ import annotations

import re
from typing import Any

STYLES = ("primary", "secondary", "danger")
# Variables that are no text: they go into the card as they are.
_STRUCTURED = ("cases", "marks", "table")


def reply_of(message: dict[str, Any]) -> dict[str, Any]:
    """Return one reply.

    Args:
        message: what `BotUttered.message()` gives: text, buttons, custom and the variables of the response;
            `cases`, if present, fills the rows of a case list, and `marks` the marked parts of a passage.
    """
    return {
        "text": _tidy(message.get("text") or ""),
        "card": _card(message.get("custom"), message),
        "buttons": [_button(button) for button in message.get("buttons") or []],
    }


def _tidy(text: str) -> str:
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _card(card: dict[str, Any] | None, message: dict[str, Any]) -> dict[str, Any] | None:
    if not card:
        return None
    full: dict[str, Any] = {
        key: value.strip() if isinstance(value, str) else value for key, value in card.items()
    }
    if "fields" in full:
        full["fields"] = [
            {"label": row["label"], "value": row["value"], "note": row.get("note") or None}
            for row in full["fields"]
            if row["value"].strip()
        ]
    if "meta" in full:
        full["meta"] = [entry for entry in full["meta"] if entry.strip()]
    for name in _STRUCTURED:
        if message.get(name) is not None:
            full[name] = message[name]
    return full


def _button(button: dict[str, Any]) -> dict[str, str]:
    style = button.get("style")
    return {
        "title": str(button["title"]),
        "payload": str(button["payload"]),
        "style": style if style in STYLES else "secondary",
    }
