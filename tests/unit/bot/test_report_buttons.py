"""What a pressed button does to an open report."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from bot_fakes import complete_draft, pressed

from bot.actions.message import UserMessage
from bot.actions.phrases import names
from bot.actions.report_buttons import CHANGEABLE
from bot.actions.report_dialogue import take
from bot.actions.report_draft import (
    CATEGORIES,
    CATEGORY,
    CHANGE,
    CONFIRM,
    PLACE,
    SEVERITIES,
    SEVERITY,
    TEXT,
    TIME,
    ReportDraft,
)
from bot.actions.report_step import ASIDE_INTENTS, CANCEL, SEND, Step

# 01.30 on the night in which Norway sets the clock back.
NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(ZoneInfo("Europe/Oslo"))
QUESTIONS = (TEXT, CATEGORY, PLACE, TIME, SEVERITY, CHANGE, CONFIRM)


def pressing(draft: ReportDraft, /, **values: str) -> Step:
    return take(draft, pressed(**{"draft": draft.draft_id, **values}), names(), NOW)


def asking(question: str) -> ReportDraft:
    gaps = {CATEGORY: {"category": None}, PLACE: {"place": None}, TIME: {"time": None}}
    return complete_draft(draft_id="d1", asking=question, **gaps.get(question, {}))


def test_send_is_obeyed_at_the_summary() -> None:
    draft = asking(CONFIRM)
    assert pressing(draft, do="send").draft == replace(draft, outcome=SEND)


@pytest.mark.parametrize("question", [question for question in QUESTIONS if question != CONFIRM])
def test_send_pressed_elsewhere_shows_what_would_be_sent_or_asks_what_is_missing(question: str) -> None:
    step = pressing(asking(question), do="send")
    assert step.draft.outcome is None
    assert step.draft.asking == (question if question in {CATEGORY, PLACE, TIME} else CONFIRM)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "values",
    [
        {"do": "send"},
        {"do": "cancel"},
        {"do": "skip"},
        {"do": "change", "field": "text"},
        {"do": "choose", "field": "category", "value": "tjeneste"},
    ],
)
def test_a_button_of_another_report_changes_nothing(question: str, values: dict[str, str]) -> None:
    step = pressing(asking(question), draft="another", **values)
    assert step == Step(asking(question), say=("utter_old_button", "utter_report_resume"))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "values",
    [
        {"do": "explode"},
        {"do": ""},
        {"do": "change", "field": "confirm"},
        {"do": "change", "field": "outcome"},
        {"do": "choose", "field": "outcome", "value": "send"},
        {"do": "choose", "field": "category", "value": "ukjent"},
        {"do": "choose", "field": "severity", "value": ""},
        {"do": "choose", "field": "time", "value": "tomorrow"},
        {"do": "choose"},
    ],
)
def test_a_button_with_an_unknown_field_or_value_changes_nothing(
    question: str, values: dict[str, str]
) -> None:
    assert pressing(asking(question), **values) == Step(asking(question))


@pytest.mark.parametrize("question", QUESTIONS)
def test_cancel_is_obeyed_at_every_question(question: str) -> None:
    assert pressing(asking(question), do="cancel").draft.outcome == CANCEL


def test_skip_leaves_the_place_and_the_time_open() -> None:
    draft = complete_draft(asking=PLACE, place=None, time=None)
    without_place = pressing(draft, do="skip").draft
    assert (without_place.asking, without_place.skipped) == (TIME, (PLACE,))
    without_time = pressing(without_place, do="skip").draft
    assert (without_time.asking, without_time.skipped) == (CONFIRM, (PLACE, TIME))


@pytest.mark.parametrize("question", [TEXT, CATEGORY, SEVERITY, CHANGE, CONFIRM])
def test_what_a_case_must_have_cannot_be_skipped(question: str) -> None:
    assert pressing(asking(question), do="skip") == Step(asking(question))


def test_a_skip_that_names_its_question_skips_no_other() -> None:
    draft = complete_draft(asking=PLACE, place=None, time=None)
    once = pressing(draft, do="skip", field=PLACE).draft
    assert pressing(once, do="skip", field=PLACE) == Step(once)


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_is_chosen(category: str) -> None:
    step = pressing(replace(asking(CATEGORY), confidence=0.3), do="choose", field="category", value=category)
    assert (step.draft.category, step.draft.confidence, step.draft.asking) == (category, None, CONFIRM)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_severity_is_chosen(severity: str) -> None:
    step = pressing(asking(SEVERITY), do="choose", field="severity", value=severity)
    assert (step.draft.severity, step.draft.asking) == (severity, CONFIRM)


@pytest.mark.parametrize(
    ("value", "begins", "ends"),
    [
        ("now", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("today", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
        ("yesterday", "2026-10-24T00:00:00+02:00", "2026-10-25T00:00:00+02:00"),
    ],
)
def test_quick_times_count_in_norwegian_days(value: str, begins: str, ends: str) -> None:
    time = pressing(asking(TIME), do="choose", field="time", value=value).draft.time
    assert time is not None
    assert (time["begins"], time["ends"]) == (begins, ends)


@pytest.mark.parametrize("field", sorted(CHANGEABLE))
def test_a_field_is_opened_for_change(field: str) -> None:
    draft = asking(CONFIRM)
    assert pressing(draft, do="change", field=field).draft == replace(draft, asking=field)


def test_change_offers_the_fields_and_back_shows_the_summary() -> None:
    draft = asking(CONFIRM)
    offered = pressing(draft, do="change").draft
    assert offered == replace(draft, asking=CHANGE)
    assert pressing(offered, do="back").draft == draft


@pytest.mark.parametrize("intent", sorted(ASIDE_INTENTS))
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_button_of_no_report_is_answered_on_the_way(question: str, intent: str) -> None:
    step = take(asking(question), pressed(intent, use="previous"), names(), NOW)
    assert step == Step(asking(question), aside=intent)


@pytest.mark.parametrize("values", [{}, {"use": "previous"}])
@pytest.mark.parametrize("question", QUESTIONS)
def test_report_this_pressed_during_a_report_goes_on_with_it(question: str, values: dict[str, str]) -> None:
    step = take(asking(question), pressed("start_report", **values), names(), NOW)
    assert step == Step(asking(question), say=("utter_report_resume",))


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_empty_message_asks_again(question: str) -> None:
    step = take(asking(question), UserMessage(""), names(), NOW)
    assert step == Step(asking(question), say=("utter_report_resume",))
