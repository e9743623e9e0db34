"""The report while it is being written, and what it takes from a message."""

import json
from dataclasses import replace

import pytest
from bot_fakes import JUST_NOW, YESTERDAY, complete_draft, deviation, place, time, typed

from bot.actions.message import Entity, UserMessage
from bot.actions.report_draft import (
    CATEGORIES,
    CATEGORY,
    CONFIRM,
    MAX_TEXT_CHARS,
    PLACE,
    SURE_ENOUGH,
    TEXT,
    TIME,
    ReportDraft,
    assessed,
    described_by,
    next_question,
    place_in,
    time_in,
    with_details,
)


@pytest.mark.parametrize(
    "draft",
    [
        ReportDraft(),
        complete_draft(),
        complete_draft(time={"text": "en gang"}, skipped=(PLACE,), anonymous=True, outcome="send"),
        complete_draft(text='æøå 🔥 "sitat" {draft}\n\\', ranking=("hms", "tjeneste"), confidence=None),
    ],
)
def test_a_draft_survives_the_tracker(draft: ReportDraft) -> None:
    assert ReportDraft.from_slot(json.loads(json.dumps(draft.as_slot()))) == draft


@pytest.mark.parametrize("value", [None, "", "confirmed", 1, []])
def test_what_is_no_draft_is_none(value: object) -> None:
    assert ReportDraft.from_slot(value) is None  # type: ignore[arg-type]


def test_each_draft_has_an_id_of_its_own() -> None:
    assert ReportDraft().draft_id != ReportDraft().draft_id


@pytest.mark.parametrize("confidence", [SURE_ENOUGH, 0.99])
def test_a_likely_category_is_proposed(confidence: float) -> None:
    draft = assessed(ReportDraft(), deviation("tjeneste", confidence, "legemiddel", severity="hoy"))
    assert (draft.category, draft.confidence, draft.subtype) == ("tjeneste", confidence, "legemiddel")
    assert draft.severity == "hoy"
    assert draft.ranking == ("tjeneste", *(name for name in CATEGORIES if name != "tjeneste"))


def test_an_unlikely_category_is_left_to_be_asked() -> None:
    draft = assessed(ReportDraft(text="t"), deviation("tjeneste", SURE_ENOUGH - 0.01, "legemiddel"))
    assert (draft.category, draft.confidence) == (None, None)
    assert next_question(draft) == CATEGORY
    assert draft.ranking[0] == "tjeneste"


def test_without_an_assessment_every_category_is_on_offer() -> None:
    draft = ReportDraft()
    assert assessed(draft, None) is draft
    assert draft.ranking == CATEGORIES


def test_the_sub_type_follows_the_category_that_is_chosen() -> None:
    draft = complete_draft()
    assert replace(draft, category="tjeneste").subtype == "legemiddel"
    assert replace(draft, category="ytre_miljo").subtype is None
    assert replace(draft, category=None).subtype is None


def test_a_sub_type_that_the_register_does_not_know_is_left_out() -> None:
    draft = assessed(ReportDraft(), deviation("hms", 0.9, "legemiddel"))
    assert (draft.category, draft.subtype) == ("hms", None)


@pytest.mark.parametrize(("before", "reading"), [("improvement", "deviation"), ("deviation", "improvement")])
def test_an_improvement_stays_one_is_mild_and_asks_neither_place_nor_time(before: str, reading: str) -> None:
    message = typed("Vi kan kjøpe en heis til", assessment=deviation(kind=reading, severity="kritisk"))
    draft = described_by(ReportDraft(kind=before), message)
    assert (draft.kind, draft.severity, draft.asking) == ("improvement", "lav", CONFIRM)


@pytest.mark.parametrize("text", ["", "🔥🔥", "12:30", "ok"])
def test_a_message_that_tells_nothing_leaves_the_draft_as_it_is(text: str) -> None:
    draft = ReportDraft()
    assert described_by(draft, typed(text, assessment=deviation())) == draft


def test_letters_after_the_end_do_not_make_a_description() -> None:
    draft = ReportDraft()
    assert described_by(draft, typed("." * MAX_TEXT_CHARS + "noe skjedde")) == draft


def test_several_places_are_one() -> None:
    message = typed("t", None, place("rom 12"), time("i går"), place(" Solbakken "), place("rom 12"))
    assert place_in(message) == "rom 12, Solbakken"


def test_a_unit_is_the_place_only_where_none_is_known() -> None:
    told = typed("t", None, Entity("unit", "Solbakken"))
    assert place_in(told) is None
    assert with_details(ReportDraft(), told, overwrite=False).place == "Solbakken"
    assert with_details(ReportDraft(place="rom 12"), told, overwrite=True).place == "rom 12"
    both = typed("t", None, Entity("unit", "Solbakken"), place("badet"))
    assert with_details(ReportDraft(), both, overwrite=False).place == "badet"


@pytest.mark.parametrize("label", ["time", "period", "date"])
def test_a_time_that_could_be_read_comes_before_one_that_could_not(label: str) -> None:
    unread, read = Entity(label, "en stund siden"), Entity(label, "i går", YESTERDAY)
    assert time_in(typed("t", None, unread, read)) == {"text": "i går", **YESTERDAY}
    assert time_in(typed("t", None, unread)) == {"text": "en stund siden"}
    assert time_in(typed("t", None, read, time("nå", JUST_NOW))) == {"text": "i går", **YESTERDAY}
    assert time_in(typed("t")) is None
    to_come = {"begins": "2999-01-01T00:00:00+01:00", "ends": "2999-01-02T00:00:00+01:00", "grain": "day"}
    assert time_in(typed("t", None, Entity("time", "nyttår 2999", to_come))) is None
    assert time_in(typed("t", None, Entity("time", "nyttår 2999", to_come), read)) == {
        "text": "i går",
        **YESTERDAY,
    }


def test_questions_come_in_a_fixed_order_and_skipped_ones_not_at_all() -> None:
    draft = ReportDraft()
    assert next_question(draft) == TEXT
    draft = replace(draft, text="t")
    assert next_question(draft) == CATEGORY
    draft = replace(draft, category="hms")
    assert next_question(draft) == PLACE
    assert next_question(replace(draft, skipped=(PLACE,))) == TIME
    assert next_question(replace(draft, skipped=(PLACE, TIME))) == CONFIRM


def test_a_month_is_not_the_time_of_the_event_when_a_night_is_told_too() -> None:
    def time(value: str, grain: str) -> Entity:
        return Entity(
            "time",
            value,
            {"begins": "2026-11-01T00:00:00+01:00", "ends": "2026-11-02T00:00:00+01:00", "grain": grain},
        )

    told = UserMessage(
        "I mars byttet vi seil, og i natt røk det", entities=(time("I mars", "month"), time("i natt", "part"))
    )
    found = time_in(told)
    assert found is not None
    assert found["text"] == "i natt"
    assert (
        time_in(replace(told, entities=(Entity("time", "etter storefri"), time("i går", "day"))))["text"]
        == "i går"
    )  # type: ignore[index]
