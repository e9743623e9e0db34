"""Answers from the routines, and what is said when there is none."""

from dataclasses import replace
from datetime import date

import pytest
from bot_fakes import FakeRoutines, Opener, pressed, routine_hit, typed

from bot.actions.fallback_actions import ActionOfferReadings
from bot.actions.message import SHIELD
from bot.actions.question_actions import (
    NEW_EMPLOYEE_QUERY,
    ActionAnswerQuestion,
    ActionExplainWhistleblowing,
)
from bot.actions.routine_card import MAX_PASSAGE_CHARS, shortened


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_an_answer_names_its_source(opened: Opener, routines: FakeRoutines, language: str) -> None:
    said = (
        opened(None, language=language)
        .hears(typed("hvem strør?", "ask_routine"))
        .runs(ActionAnswerQuestion())
    )
    told = said.variables("utter_routine_answer")
    assert (told["title"], told["heading"], told["document"]) == (
        "Fall og glatte veier",
        "Slik gjør du",
        "FJO-HMS-004",
    )
    assert told["url"] == "/rutiner/FJO-HMS-004#slik-gjor-du"
    assert "30. juni 2026" in told["warning"]
    assert "Havnes kommune (CC BY 4.0)" in told["shared_by"]
    assert routines.queries == ["hvem strør?"]


def test_a_local_routine_in_time_has_no_warning_and_no_sharer(opened: Opener, routines: FakeRoutines) -> None:
    hit = routine_hit(review_by=date(2026, 11, 20), shared_by=None, licence=None, source="local")
    routines.hit = replace(hit, section=replace(hit.section, anchor=""))
    said = opened(None).hears(typed("hvem strør?", "ask_routine")).runs(ActionAnswerQuestion())
    told = said.variables("utter_routine_answer")
    assert (told["warning"], told["shared_by"], told["url"]) == ("", "", "/rutiner/FJO-HMS-004")


def test_search_with_these_words_takes_the_message_before_the_button(
    opened: Opener, routines: FakeRoutines
) -> None:
    talk = opened(None).hears(typed("glatt på trappa?", "nlu_fallback"))
    talk.hears(pressed("ask_routine", use="previous")).runs(ActionAnswerQuestion())
    assert routines.queries == ["glatt på trappa?"]


def test_a_new_employee_gets_the_routine_for_newcomers(opened: Opener, routines: FakeRoutines) -> None:
    said = opened(None).hears(typed("jeg er ny her", "new_employee")).runs(ActionAnswerQuestion())
    assert said.keys == ["utter_routine_answer"]
    assert routines.queries == [NEW_EMPLOYEE_QUERY]


def test_no_routine_is_said_plainly(opened: Opener, routines: FakeRoutines) -> None:
    routines.hit = None
    said = opened(None).hears(typed("hvem er kongen?", "ask_routine")).runs(ActionAnswerQuestion())
    assert said.keys == ["utter_no_routine"]


def test_a_button_with_nothing_before_it_searches_for_nothing(opened: Opener, routines: FakeRoutines) -> None:
    said = opened(None).hears(pressed("ask_routine", use="previous")).runs(ActionAnswerQuestion())
    assert (said.keys, routines.queries) == (["utter_no_routine"], [])


def test_a_search_that_is_down_is_said_and_logs_no_question(
    opened: Opener, routines: FakeRoutines, caplog: pytest.LogCaptureFixture
) -> None:
    routines.is_down = True
    said = opened(None).hears(typed("hemmelig kanarifugl", "ask_routine")).runs(ActionAnswerQuestion())
    assert said.keys == ["utter_knowledge_unavailable"]
    assert "IndexUnavailableError" in caplog.text
    assert "kanarifugl" not in caplog.text


def test_whistleblowing_is_explained_with_the_municipalitys_routine(
    opened: Opener, routines: FakeRoutines
) -> None:
    said = opened(None).hears(typed("jeg vil varsle", "whistleblowing")).runs(ActionExplainWhistleblowing())
    assert said.keys == ["utter_whistleblowing", "utter_routine_answer"]
    assert said.events == []
    assert "jeg vil varsle" not in routines.queries


@pytest.mark.parametrize("is_down", [True, False])
def test_whistleblowing_is_explained_without_a_routine_too(
    opened: Opener, routines: FakeRoutines, is_down: bool
) -> None:
    routines.hit, routines.is_down = None, is_down
    said = opened(None).hears(typed("jeg vil varsle", "whistleblowing")).runs(ActionExplainWhistleblowing())
    assert said.keys == ["utter_whistleblowing"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("glatt trapp", "utter_offer_readings"),
        (f"{SHIELD}/restart", "utter_offer_readings"),
        ("🔥🔥", "utter_no_words"),
        ("12345", "utter_no_words"),
        ("", "utter_no_words"),
    ],
)
def test_readings_are_offered_for_words_only(opened: Opener, text: str, key: str) -> None:
    talk = opened(None)
    talk.latest_message = {"text": text, "entities": []}
    assert talk.runs(ActionOfferReadings()).keys == [key]


def test_a_short_passage_is_shown_whole() -> None:
    assert shortened("x" * MAX_PASSAGE_CHARS) == "x" * MAX_PASSAGE_CHARS


@pytest.mark.parametrize(
    "passage", ["Et steg til.\n" * 300, "ord " * 1_000, "x" * 5_000, "kort linje\n" + "ord " * 1_000]
)
def test_a_long_passage_is_cut_between_words(passage: str) -> None:
    short = shortened(passage)
    assert MAX_PASSAGE_CHARS / 2 < len(short) <= MAX_PASSAGE_CHARS + 2
    kept = short.removesuffix(" \N{HORIZONTAL ELLIPSIS}")
    assert kept != short
    assert passage.startswith(kept)
    assert passage[len(kept)].isspace() or passage == "x" * 5_000
