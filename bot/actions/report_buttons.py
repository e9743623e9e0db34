"""What a pressed button does to an open report. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.actions.message import UserMessage
from bot.actions.report_draft import (
    CATEGORIES,
    CATEGORY,
    CHANGE,
    PLACE,
    SEVERITIES,
    SEVERITY,
    TEXT,
    TIME,
    ReportDraft,
    ask_next,
)
from bot.actions.report_step import ASIDE_INTENTS, CANCEL, Step, send, skip

SKIPPABLE = frozenset({PLACE, TIME})
# Who gets to see who reported.
PROTECT, HIDE_NAME, SHOW_NAME = "protect", "hide_name", "show_name"
CHANGEABLE = frozenset({TEXT, CATEGORY, PLACE, TIME, SEVERITY})


def take_button(draft: ReportDraft, message: UserMessage, now: datetime) -> Step:
    """Do what a button says; one that does not fit the open question changes nothing."""
    button = message.button
    do, field, value = button.get("do"), button.get("field", ""), button.get("value", "")
    if button.get("draft") != draft.draft_id:
        return _take_foreign_button(draft, message)
    if do == "cancel":
        return Step(replace(draft, outcome=CANCEL))
    if do == "send":
        return send(draft)
    if do == "skip" and draft.asking in SKIPPABLE and field in {"", draft.asking}:
        return skip(draft)
    if do == "change" and (not field or field in CHANGEABLE):
        return Step(replace(draft, asking=field or CHANGE))
    if do in {PROTECT, HIDE_NAME, SHOW_NAME}:
        return Step(ask_next(replace(draft, protected=do == PROTECT, anonymous=do == HIDE_NAME)))
    if do == "choose":
        return Step(_chosen(draft, field, value, now))
    return Step(ask_next(draft) if do == "back" else draft)


def _take_foreign_button(draft: ReportDraft, message: UserMessage) -> Step:
    """Take a button of an earlier report, or one of no report such as "search the routines"."""
    if "draft" in message.button:
        return Step(draft, say=("utter_old_button", "utter_report_resume"))
    if message.intent in ASIDE_INTENTS:
        return Step(draft, aside=message.intent)
    return Step(draft, say=("utter_report_resume",))


def _chosen(draft: ReportDraft, field: str, value: str, now: datetime) -> ReportDraft:
    if field == CATEGORY and value in CATEGORIES:
        return ask_next(replace(draft, category=value, confidence=None))
    if field == SEVERITY and value in SEVERITIES:
        return ask_next(replace(draft, severity=value))
    if field == TIME and value in _QUICK_TIMES:
        return ask_next(replace(draft, time=_QUICK_TIMES[value](now)))
    return draft


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
