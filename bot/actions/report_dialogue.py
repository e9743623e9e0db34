"""What a message does to an open report. Pure: no Rasa, no database.

The form hands every message here, whatever its intent, so that nothing a person writes in the middle of
a report is lost or answered by the wrong rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.actions.message import UserMessage
from bot.actions.report_buttons import take_button
from bot.actions.report_corrections import (
    NEGATION,
    RESERVATION,
    Names,
    added,
    corrected,
    kinds_of_words,
    named,
    with_words_of,
    without_now,
)
from bot.actions.report_draft import (
    CATEGORY,
    CHANGE,
    CONFIRM,
    MAX_PLACE_CHARS,
    MAX_TEXT_CHARS,
    PLACE,
    SEVERITY,
    TEXT,
    TIME,
    ReportDraft,
    ask_next,
    assessed,
    described_by,
    place_in,
    tells_something,
    time_in,
    with_details,
)
from bot.actions.report_step import ASIDE_INTENTS, CANCEL, START_OVER, Step, send, skip

# An intent must be this likely to interrupt an answer that was asked for.
INTERRUPT_AT = 0.7
# Words that may well be a command; longer texts that sound like one are an answer.
MAX_COMMAND_WORDS = 6
# A longer message tells more than a value or a wish.
MAX_VALUE_WORDS = 12
# Labels that make a "no" an answer: "nei, på Furu".
ANSWER_LABELS = frozenset({"place", "unit", "person", "value"})


def take(draft: ReportDraft, message: UserMessage, names: Names, now: datetime) -> Step:
    """Apply one message to the open report.

    Args:
        names: categories, severities and fields by the words people use for them.
        now: aware; what the buttons "now", "today" and "yesterday" count from.
    """
    if message.is_button:
        return take_button(draft, message, now)
    if _is_command(message, "cancel"):
        return Step(replace(draft, outcome=CANCEL))
    if _is_command(message, "start_over"):
        return Step(replace(draft, outcome=START_OVER))
    if _is_command(message, "start_report"):  # it is open already
        return Step(draft, say=("utter_report_resume",))
    if _asks_for_no_name(message):
        return _without_name(replace(draft, anonymous=True), message, names)
    if _is_aside(draft, message):
        return Step(draft, aside=message.intent)
    return _answer(draft, message, names)


def _answer(draft: ReportDraft, message: UserMessage, names: Names) -> Step:
    """Take the message for an answer. What sounds like danger is answered at once and kept all the same."""
    if draft.asking != TEXT and _sure(message, "emergency"):
        longer, _ = with_words_of(draft, message)
        return Step(longer, aside="emergency")
    step = _ANSWERS[draft.asking](draft, message, names)
    if message.intent == "emergency" or (draft.asking == TEXT and message.intent == "whistleblowing"):
        return replace(step, aside=message.intent)
    return step


def _words_in(message: UserMessage) -> int:
    return len(message.text.split())


def _sure(message: UserMessage, intent: str) -> bool:
    return message.intent == intent and message.confidence >= INTERRUPT_AT


def _is_command(message: UserMessage, intent: str) -> bool:
    """Tell whether a message surely is a wish and nothing more; "Stopp 3" is a place by the road."""
    is_short = _words_in(message) <= MAX_COMMAND_WORDS and not any(map(str.isdigit, message.text))
    return is_short and _sure(message, intent)


def _asks_for_no_name(message: UserMessage) -> bool:
    """Tell whether somebody wants to be anonymous. A name too few harms less than a name too many."""
    is_short = _words_in(message) <= MAX_COMMAND_WORDS
    return message.intent == "anonymous_request" and (is_short or _sure(message, "anonymous_request"))


def _is_aside(draft: ReportDraft, message: UserMessage) -> bool:
    """Tell whether a message surely is no answer to what was asked."""
    intent = message.intent or ""
    if intent not in ASIDE_INTENTS or intent == "emergency":
        return False
    if draft.asking == TEXT:  # nearly anything may be the report
        return intent != "whistleblowing" and _is_command(message, intent)
    return _sure(message, intent)


def _is_more(message: UserMessage) -> bool:
    """Tell whether a message goes on telling of the event."""
    if message.intent == "report_deviation":
        return _words_in(message) > MAX_COMMAND_WORDS
    return _words_in(message) > MAX_VALUE_WORDS and message.intent not in {"correct_field", "deny"}


def _without_name(draft: ReportDraft, message: UserMessage, names: Names) -> Step:
    """Drop the name; a long message that asks for it tells of the event too."""
    step = Step(draft)
    if draft.asking == TEXT and _words_in(message) > MAX_VALUE_WORDS:
        step = _answer_text(draft, message, names)
    return replace(step, say=("utter_report_anonymous_now", *step.say))


def _answer_text(draft: ReportDraft, message: UserMessage, _names: Names) -> Step:
    if not tells_something(message.text):
        return Step(draft, say=("utter_report_too_little",))
    if draft.text:
        return Step(_reworded(draft, message))
    return Step(described_by(draft, message))


def _reworded(draft: ReportDraft, message: UserMessage) -> ReportDraft:
    """Read a new wording anew; what was chosen by hand stays."""
    reworded = replace(draft, text=message.text[:MAX_TEXT_CHARS])
    if draft.confidence is not None:
        reworded = replace(assessed(reworded, message.deviation), severity=draft.severity)
    return ask_next(with_details(reworded, message, overwrite=False))


def _answer_place(draft: ReportDraft, message: UserMessage, _names: Names) -> Step:
    place = place_in(message)
    if _declines(message):
        return skip(draft)
    if _only_agrees(message):
        return Step(draft)
    if len(message.text) > MAX_PLACE_CHARS:
        return _more(draft, message)
    if not place or message.intent not in {"deny", "correct_field"}:
        place = message.text
    return Step(ask_next(with_details(replace(draft, place=place), message, overwrite=False)))


def _answer_time(draft: ReportDraft, message: UserMessage, _names: Names) -> Step:
    time = time_in(message)
    if _declines(message) and not time:
        return skip(draft)
    if _only_agrees(message):
        return Step(draft)
    if len(message.text) > MAX_PLACE_CHARS:
        return _more(draft, message)
    draft = replace(draft, time=time or {"text": message.text})
    return Step(ask_next(with_details(draft, message, overwrite=False)))


def _declines(message: UserMessage) -> bool:
    if any(entity.label in ANSWER_LABELS for entity in message.entities):
        return False
    return message.intent == "deny" or not any(map(str.isalnum, message.text))


def _only_agrees(message: UserMessage) -> bool:
    return _sure(message, "affirm") and _words_in(message) <= 2


def _answer_choice(draft: ReportDraft, message: UserMessage, names: Names) -> Step:
    if _is_more(message):
        return _more(draft, message)
    changed = corrected(draft, message, names)
    if changed is None:
        return Step(draft, say=("utter_report_choose_one",))
    return Step(ask_next(changed))


def _answer_change(draft: ReportDraft, message: UserMessage, names: Names) -> Step:
    changed = corrected(draft, message, names)
    if changed is not None:
        return Step(ask_next(changed), say=("utter_report_updated",))
    if _is_more(message):
        return _more(draft, message)
    field = next((target for kind, target in named(message, names) if kind == "field"), None)
    return Step(replace(draft, asking=field)) if field else Step(draft, say=("utter_report_choose_one",))


def _answer_confirm(draft: ReportDraft, message: UserMessage, names: Names) -> Step:
    if message.intent == "affirm" and not _is_more(message):
        return _agreed(draft, message, names)
    is_value = _words_in(message) <= MAX_COMMAND_WORDS and corrected(draft, message, names) is not None
    if _is_more(message) or (message.intent == "report_deviation" and not is_value):
        return _more(draft, message)
    step = _answer_change(draft, message, names)
    if "utter_report_choose_one" not in step.say:
        return step
    if message.intent == "deny":
        return Step(replace(draft, asking=CHANGE))
    return Step(draft, say=("utter_report_not_understood",))


def _agreed(draft: ReportDraft, message: UserMessage, names: Names) -> Step:
    """Send on a plain yes only. "Ja, men det var i går" changes the draft and shows it again."""
    changed = corrected(draft, without_now(message), names)
    if changed not in (None, draft):
        return Step(ask_next(changed), say=("utter_report_updated",))
    kinds = kinds_of_words(message, names)
    if RESERVATION in kinds:
        return Step(replace(draft, asking=CHANGE))
    if NEGATION in kinds or not _sure(message, "affirm"):
        return Step(draft, say=("utter_report_not_understood",))
    return send(draft)


def _more(draft: ReportDraft, message: UserMessage) -> Step:
    """Add to the description, and say so when there is no room for all of it."""
    longer, is_new = added(draft, message)
    if is_new:
        return Step(longer, say=("utter_report_added",))
    return Step(longer, say=() if message.text in draft.text else ("utter_report_full",))


_ANSWERS: dict[str, Callable[[ReportDraft, UserMessage, Names], Step]] = {
    TEXT: _answer_text,
    CATEGORY: _answer_choice,
    PLACE: _answer_place,
    TIME: _answer_time,
    SEVERITY: _answer_choice,
    CHANGE: _answer_change,
    CONFIRM: _answer_confirm,
}
