"""What a message does to an open report. Pure: no Rasa, no database.

The form hands every message here, whatever its intent, so that nothing a person writes in the middle of
a report is lost or answered by the wrong rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.actions import report_draft as draft_module
from bot.actions.message import UserMessage
from bot.actions.report_draft import (
    CATEGORIES,
    CATEGORY,
    CHANGE,
    CONFIRM,
    MAX_PLACE_CHARS,
    MAX_TEXT_CHARS,
    PLACE,
    SEVERITIES,
    SEVERITY,
    TEXT,
    TIME,
    ReportDraft,
    ask_next,
    described_by,
    with_details,
)

SEND, CANCEL, START_OVER = "send", "cancel", "start_over"
# An intent must be this likely to interrupt an answer that was asked for.
INTERRUPT_AT = 0.7
# Words that may well be a command; longer texts that sound like one are an answer.
MAX_COMMAND_WORDS = 6
ASIDE_INTENTS = frozenset(
    {
        "ask_routine",
        "emergency",
        "whistleblowing",
        "privacy_question",
        "help_capabilities",
        "talk_to_human",
        "query_cases",
        "thanks",
        "greet",
    }
)


@dataclass(frozen=True)
class Step:
    """The result of one message.

    Attributes:
        draft: the report after it; `outcome` is set when the form is done.
        say: response keys to utter before the next question.
        aside: an intent that is to be answered on the way, or None.
    """

    draft: ReportDraft
    say: tuple[str, ...] = ()
    aside: str | None = None


Names = Mapping[str, tuple[str, str]]
"""Label as people type it, lower case → (field, value), such as "personvern" → ("category", …)."""


def take(draft: ReportDraft, message: UserMessage, names: Names, now: datetime) -> Step:
    """Apply one message to the open report.

    Args:
        names: categories, severities and fields by the words people use for them.
        now: aware; what the buttons "now", "today" and "yesterday" count from.
    """
    if message.is_button:
        return _take_button(draft, message, now)
    if _is_command(message, "cancel"):
        return Step(replace(draft, outcome=CANCEL))
    if _is_command(message, "start_over"):
        return Step(replace(draft, outcome=START_OVER))
    if _is_command(message, "anonymous_request") or (
        draft.asking != TEXT and _sure(message, "anonymous_request")
    ):
        return Step(replace(draft, anonymous=True), say=("utter_report_anonymous_now",))
    if draft.asking != TEXT and message.intent in ASIDE_INTENTS and _sure(message, message.intent):
        return Step(draft, aside=message.intent)
    if draft.asking == TEXT and message.intent in {"emergency", "whistleblowing"}:
        # Said at once, and kept: it may still be the report.
        return replace(_ANSWERS[TEXT](draft, message, names), aside=message.intent)
    return _ANSWERS[draft.asking](draft, message, names)


def _sure(message: UserMessage, intent: str) -> bool:
    return message.intent == intent and message.confidence >= INTERRUPT_AT


def _is_command(message: UserMessage, intent: str) -> bool:
    return message.intent == intent and len(message.text.split()) <= MAX_COMMAND_WORDS


def _take_button(draft: ReportDraft, message: UserMessage, now: datetime) -> Step:
    button = message.button
    do, field, value = button.get("do"), button.get("field", ""), button.get("value", "")
    if button.get("draft") != draft.draft_id:
        if do is None and message.intent in ASIDE_INTENTS:
            return Step(draft, aside=message.intent)
        return Step(draft, say=("utter_old_button", "utter_report_resume"))
    if do == "cancel":
        return Step(replace(draft, outcome=CANCEL))
    if do == "send":
        return _send(draft)
    if do == "skip":
        return Step(ask_next(replace(draft, skipped=(*draft.skipped, draft.asking))))
    if do == "change":
        return Step(replace(draft, asking=field if field in _ANSWERS else CHANGE))
    if do == "choose":
        return Step(_chosen(draft, field, value, now))
    return Step(ask_next(draft))


def _send(draft: ReportDraft) -> Step:
    """Send only what the person has seen: the summary must be the open question."""
    if draft.asking == CONFIRM and draft_module.next_question(draft) == CONFIRM:
        return Step(replace(draft, outcome=SEND))
    return Step(ask_next(draft))


def _chosen(draft: ReportDraft, field: str, value: str, now: datetime) -> ReportDraft:
    if field == CATEGORY and value in CATEGORIES:
        draft = replace(draft, category=value, confidence=None)
    elif field == SEVERITY and value in SEVERITIES:
        draft = replace(draft, severity=value)
    elif field == TIME and value in _QUICK_TIMES:
        draft = replace(draft, time=_QUICK_TIMES[value](now))
    return ask_next(draft)


def _answer_text(draft: ReportDraft, message: UserMessage, _names: Names) -> Step:
    if sum(char.isalpha() for char in message.text) < 3:
        return Step(draft, say=("utter_report_too_little",))
    if draft.text:  # a new wording; what was corrected by hand stays
        return Step(ask_next(replace(draft, text=message.text[:MAX_TEXT_CHARS])))
    return Step(described_by(draft, message))


def _answer_place(draft: ReportDraft, message: UserMessage, _names: Names) -> Step:
    if message.intent == "deny" or not any(char.isalnum() for char in message.text):
        return Step(ask_next(replace(draft, skipped=(*draft.skipped, PLACE))))
    draft = with_details(replace(draft, place=message.text[:MAX_PLACE_CHARS]), message, overwrite=False)
    return Step(ask_next(draft))


def _answer_time(draft: ReportDraft, message: UserMessage, _names: Names) -> Step:
    if message.intent == "deny" or not any(char.isalnum() for char in message.text):
        return Step(ask_next(replace(draft, skipped=(*draft.skipped, TIME))))
    time = draft_module.time_in(message) or {"text": message.text[:MAX_PLACE_CHARS]}
    return Step(ask_next(replace(draft, time=time)))


def _answer_choice(draft: ReportDraft, message: UserMessage, names: Names) -> Step:
    corrected = _corrected(draft, message, names)
    if corrected is None:
        return Step(draft, say=("utter_report_choose_one",))
    return Step(ask_next(corrected))


def _answer_change(draft: ReportDraft, message: UserMessage, names: Names) -> Step:
    corrected = _corrected(draft, message, names)
    if corrected is not None:
        return Step(ask_next(corrected), say=("utter_report_updated",))
    field = next((target for kind, target in _named(message, names) if kind == "field"), None)
    return Step(replace(draft, asking=field)) if field else Step(draft, say=("utter_report_choose_one",))


def _answer_confirm(draft: ReportDraft, message: UserMessage, names: Names) -> Step:
    if message.intent == "affirm":
        return _send(draft)
    if message.intent == "deny" and len(message.text.split()) <= 2:
        return Step(replace(draft, asking=CHANGE))
    if message.intent == "report_deviation" or len(message.text.split()) > 12:
        # More about the same event: nothing that is told gets lost.
        text = f"{draft.text}\n{message.text}"[:MAX_TEXT_CHARS]
        return Step(
            with_details(replace(draft, text=text), message, overwrite=False), say=("utter_report_added",)
        )
    step = _answer_change(draft, message, names)
    return (
        step
        if "utter_report_choose_one" not in step.say
        else Step(draft, say=("utter_report_not_understood",))
    )


def _corrected(draft: ReportDraft, message: UserMessage, names: Names) -> ReportDraft | None:
    """Return the draft with what the message corrects, or None when it corrects nothing."""
    changed = with_details(draft, message, overwrite=True)
    named = _named(message, names)
    for kind, value in named:
        if kind == CATEGORY:
            changed = replace(changed, category=value, confidence=None)
        elif kind == SEVERITY:
            changed = replace(changed, severity=value)
    value_entity = message.first("value")
    if changed == draft and value_entity and ("field", PLACE) in named:
        changed = replace(changed, place=value_entity.value[:MAX_PLACE_CHARS])
    return None if changed == draft else changed


def _named(message: UserMessage, names: Names) -> list[tuple[str, str]]:
    """Return the fields and values that the message names, the last mentioned last.

    "ikke HMS, personvern" names two categories; the later one is meant.
    """
    text = f" {' '.join(''.join(c if c.isalnum() else ' ' for c in message.text.casefold()).split())} "
    found = [(text.find(f" {word} "), meaning) for word, meaning in names.items() if f" {word} " in text]
    return [meaning for _, meaning in sorted(found)]


_ANSWERS: dict[str, Callable[[ReportDraft, UserMessage, Names], Step]] = {
    TEXT: _answer_text,
    CATEGORY: _answer_choice,
    PLACE: _answer_place,
    TIME: _answer_time,
    SEVERITY: _answer_choice,
    CHANGE: _answer_change,
    CONFIRM: _answer_confirm,
}


def _instant(moment: datetime) -> dict[str, str]:
    return {"text": "", "begins": moment.isoformat(), "ends": moment.isoformat(), "grain": "minute"}


def _day(moment: datetime, days_back: int) -> dict[str, str]:
    begins = moment.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days_back)
    return {
        "text": "",
        "begins": begins.isoformat(),
        "ends": (begins + timedelta(days=1)).isoformat(),
        "grain": "day",
    }


_QUICK_TIMES: dict[str, Callable[[datetime], dict[str, str]]] = {
    "now": _instant,
    "today": lambda now: _day(now, 0),
    "yesterday": lambda now: _day(now, 1),
}
