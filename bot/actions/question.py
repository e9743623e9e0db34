"""Which question a message, or a button under an answer, speaks of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bot.actions.message import UserMessage, latest_message, latest_typed_message, typed_messages

# "I am new here" names nothing to search for; the routine for new employees answers it.
NEW_EMPLOYEE_QUERY = "mottak av nyansatte"


@dataclass(frozen=True)
class Question:
    """A question to the routines.

    Attributes:
        key: names it in buttons and feedback, 32 hexadecimal digits; the message id cannot be read from it.
        query: what the search is asked.
        masked: as asked, personal data left out.
    """

    key: str
    query: str
    masked: str


def asked_now(tracker: Any) -> Question | None:
    """Return what this turn asks; for a button "search the routines", what was written before it."""
    message = latest_message(tracker)
    asked = latest_typed_message(tracker) if message.is_button else next(typed_messages(tracker), message)
    return _question(asked) if asked.text else None


def asked_as(tracker: Any, key: str) -> Question | None:
    """Return the question that a button names; None when it was asked in an earlier session."""
    questions = (_question(message) for message in typed_messages(tracker))
    return next((question for question in questions if question.key == key), None)


def button_for_word(tracker: Any, intent: str | None) -> dict[str, str]:
    """Return the button just shown that a typed "yes", "no" or "it helped" stands for; {} for none."""
    shown = _buttons_just_shown(tracker)
    if intent in {"feedback_positive", "affirm"}:
        helped = [values for name, values in shown if name == "feedback_positive"]
        noting = [values for _, values in shown if values.get("do") == "missing"]
        return next(iter(helped or (noting if intent == "affirm" else [])), {})
    # A "no" to the offer to note something is no word about an answer.
    return next((v for name, v in shown if name == "feedback_negative" and v.get("do") != "missing"), {})


def _question(message: UserMessage) -> Question:
    key = hashlib.sha256(message.message_id.encode()).hexdigest()[:32] if message.message_id else uuid4().hex
    query = NEW_EMPLOYEE_QUERY if message.intent == "new_employee" else message.text
    return Question(key, query, message.masked)


def _buttons_just_shown(tracker: Any) -> list[tuple[str, dict[str, str]]]:
    """Read the buttons between this message and the one before it: intent and values of each."""
    found: list[tuple[str, dict[str, str]]] = []
    users = 0
    for event in reversed(tracker.events):
        users += event.get("event") == "user"
        if users > 1:
            break
        if users == 1 and event.get("event") == "bot":
            for button in (event.get("data") or {}).get("buttons") or []:
                intent, brace, values = str(button.get("payload", "")).removeprefix("/").partition("{")
                found.append((intent, json.loads(brace + values) if brace else {}))
    return found
