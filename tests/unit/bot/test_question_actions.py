"""Answers from the routines, and what is said when there is none."""

import json
from dataclasses import replace
from datetime import date

import pytest
from bot_fakes import FakeRoutines, Opener, Stored, ask, local_hit, pressed, routine_hit, typed

from bot.actions.fallback_actions import ActionOfferReadings
from bot.actions.message import SHIELD
from bot.actions.question import NEW_EMPLOYEE_QUERY
from bot.actions.question_actions import ActionAnswerQuestion, ActionExplainWhistleblowing
from knowledge.feedback_model import FeedbackKind

# --- An answer


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_an_answer_names_its_source(opened: Opener, routines: FakeRoutines, language: str) -> None:
    said = ask(opened(None, language=language)).runs(ActionAnswerQuestion())
    told = said.variables("utter_routine_answer")
    assert (told["title"], told["heading"], told["document"]) == (
        "Fall og glatte veier",
        "Slik gjør du",
        "FJO-HMS-004",
    )
    assert told["url"] == "/rutiner/FJO-HMS-004#slik-gjor-du"
    assert "30. juni 2026" in told["warning"]
    assert "Havnes kommune (CC BY 4.0)" in told["shared_by"]
    assert "1. januar 2025" in told["valid_from"]
    facts = ("document", "version", "valid_from", "owner", "shared_by")
    assert told["source"] == ". ".join(told[fact] for fact in facts)
    assert routines.queries == ["hvem strør?"]
    assert routines.days == [date(2026, 11, 20)]


def test_a_local_routine_in_time_has_no_warning_and_no_sharer(opened: Opener, routines: FakeRoutines) -> None:
    hit = local_hit("FJO-HMS-004", "Fall", review_by=date(2026, 11, 20))
    routines.hit = replace(hit, section=replace(hit.section, anchor=""))
    told = ask(opened(None)).runs(ActionAnswerQuestion()).variables("utter_routine_answer")
    assert (told["warning"], told["shared_by"], told["url"]) == ("", "", "/rutiner/FJO-HMS-004")


def test_what_the_owner_did_not_say_is_not_spoken_of(opened: Opener, routines: FakeRoutines) -> None:
    hit = local_hit("A", "Fall", owner="", version="", valid_from=None)
    routines.hit = replace(hit, section=replace(hit.section, heading="Fall"))
    told = ask(opened(None)).runs(ActionAnswerQuestion()).variables("utter_routine_answer")
    assert (told["name"], told["heading"], told["source"]) == ("Fall", "", "A")


def test_the_best_sentences_are_marked_where_they_stand_in_what_is_shown(
    opened: Opener, routines: FakeRoutines
) -> None:
    passage = "Se 0[1] i skapet. Strø med grus. Meld fra til vakta."
    begin = passage.index("Strø")
    hit = routine_hit()
    section = replace(hit.section, passage=passage)
    routines.hit = replace(hit, section=section, highlights=((begin, begin + len("Strø med grus.")),))
    told = ask(opened(None)).runs(ActionAnswerQuestion()).variables("utter_routine_answer")
    (mark,) = told["marks"]
    assert told["passage"][slice(*mark)] == "Strø med grus."


# --- Other routines


def test_other_routines_are_offered_and_shown_when_pressed(opened: Opener, routines: FakeRoutines) -> None:
    routines.others = (
        local_hit("B", "Strøing av fortau"),
        routine_hit(id="C", title="Brøyting"),
        local_hit("D", "Vaktordning"),
    )
    talk = ask(opened(None))
    said = talk.runs(ActionAnswerQuestion())
    assert said.titles == [
        "Ja",
        "Nei",
        "Se også: Strøing av fortau",
        "Se også: Brøyting (Havnes kommune)",
        "Meld avvik",
    ]
    ask(talk, "noe helt annet").runs(ActionAnswerQuestion())
    other = talk.presses(said.button("Se også: Strøing")).runs(ActionAnswerQuestion())
    assert other.variables("utter_routine_answer")["document"] == "B"
    assert routines.queries == ["hvem strør?", "noe helt annet", "hvem strør?"]
    last = talk.presses(other.button("Se også: Brøyting")).runs(ActionAnswerQuestion())
    assert last.variables("utter_routine_answer")["document"] == "C"
    assert [title for title in last.titles if title.startswith("Se")] == ["Se også: Vaktordning"]


def test_buttons_are_in_the_language_of_the_conversation(opened: Opener, routines: FakeRoutines) -> None:
    routines.others = (local_hit("B", "Strøing " * 20),)
    title = ask(opened(None, language="nn")).runs(ActionAnswerQuestion()).titles[2]
    assert title.startswith("Sjå òg: Strøing Strøing")
    assert len(title) < 75


def test_a_button_of_a_question_that_is_no_longer_known_says_so(
    opened: Opener, routines: FakeRoutines
) -> None:
    routines.others = (local_hit("B", "Strøing"),)
    said = ask(opened(None)).runs(ActionAnswerQuestion())
    later = ask(opened(None, "2"), "noe annet").presses(said.button("Se også"))
    assert later.runs(ActionAnswerQuestion()).keys == ["utter_old_answer"]


def test_a_routine_that_one_may_no_longer_read_is_not_shown(opened: Opener, routines: FakeRoutines) -> None:
    routines.others = (local_hit("B", "Strøing"),)
    talk = ask(opened(None))
    said = talk.runs(ActionAnswerQuestion())
    routines.others = (local_hit("B", "Strøing", access=("employees",)),)
    assert talk.presses(said.button("Se også")).runs(ActionAnswerQuestion()).keys == ["utter_old_answer"]


def test_in_mid_report_no_other_report_is_offered(opened: Opener) -> None:
    talk = ask(opened(None))
    talk.slots["report"] = {}
    assert "Meld avvik" not in talk.runs(ActionAnswerQuestion()).titles


# --- Rights


@pytest.mark.parametrize(
    ("employee_id", "access", "is_shown"),
    [
        (None, (), True),
        (None, ("public",), True),
        (None, ("employees",), False),
        (None, ("HO",), False),
        ("E1019", ("employees",), True),
        ("E1019", ("HO",), True),  # Hjemmetjenesten nord is below HO
        ("E1019", ("HO-HJT-NOR", "OPP"), True),
        ("E1019", ("HO-SOL",), False),
        ("E1003", ("HO-HJT-NOR",), False),  # the sector above is not the unit
    ],
)
def test_a_routine_is_shown_to_those_it_is_for(
    opened: Opener, routines: FakeRoutines, employee_id: str | None, access: tuple[str, ...], is_shown: bool
) -> None:
    routines.hit = local_hit("A", "A", access=access)
    keys = ask(opened(employee_id)).runs(ActionAnswerQuestion()).keys
    assert keys == ["utter_routine_answer" if is_shown else "utter_no_routine"]
    talk = opened(employee_id).hears(typed("jeg vil varsle", "whistleblowing"))
    routine = ["utter_routine_for_case"] if is_shown else []
    assert talk.runs(ActionExplainWhistleblowing()).keys == ["utter_whistleblowing", *routine]


def test_a_routine_out_of_force_is_not_answered_from(opened: Opener, routines: FakeRoutines) -> None:
    routines.hit = local_hit("A", "A", withdrawn=date(2026, 11, 20))
    assert ask(opened(None)).runs(ActionAnswerQuestion()).keys == ["utter_no_routine"]


# --- No answer


@pytest.mark.parametrize(
    ("employee_id", "confidence", "contacts"),
    [
        (None, 0.0, "lederen din"),
        ("E1019", 0.0, "lederen din (Pål Gjerde)"),
        ("E1017", 0.0, "lederen din (Kristin Aasen)"),  # leads the unit themselves
        ("E1019", 0.4, "lederen din (Pål Gjerde) eller HR-leder, som eier rutinen «Fall og glatte veier»"),
        (None, 0.4, "lederen din eller HR-leder, som eier rutinen «Fall og glatte veier»"),
    ],
)
def test_without_a_routine_the_leader_and_the_nearest_owner_are_named(
    opened: Opener, routines: FakeRoutines, employee_id: str | None, confidence: float, contacts: str
) -> None:
    routines.confidence = confidence
    said = ask(opened(employee_id)).runs(ActionAnswerQuestion())
    assert said.variables("utter_no_routine")["contacts"] == contacts
    assert said.titles == ["Noter at en rutine mangler", "Meld avvik"]


def test_the_owner_of_a_routine_that_one_may_not_read_is_not_named(
    opened: Opener, routines: FakeRoutines
) -> None:
    routines.hit, routines.confidence = local_hit("A", "Koder", access=("employees",)), 0.4
    said = ask(opened(None)).runs(ActionAnswerQuestion())
    assert said.variables("utter_no_routine")["contacts"] == "lederen din"


def test_a_question_without_an_answer_is_stored_without_who_asked(
    opened: Opener, routines: FakeRoutines, stored: Stored
) -> None:
    routines.confidence = 0.4
    text = "hvor sender jeg Kari Nordmann sin søknad?"
    begin = text.index("Kari")
    talk = ask(opened("E1019", language="nn"), text, (begin, begin + len("Kari Nordmann")))
    talk.runs(ActionAnswerQuestion())
    talk.runs(ActionAnswerQuestion())  # the turn is taken again after a crash
    (row,) = stored()
    assert (row.kind, row.question) == (FeedbackKind.UNANSWERED, "hvor sender jeg […] sin søknad?")
    assert (row.language, row.document_id, row.owner) == ("nn", "", "HR-leder")
    assert talk.conversation_id not in str(vars(row))


def test_an_answered_question_and_a_search_that_is_down_store_nothing(
    opened: Opener, routines: FakeRoutines, stored: Stored
) -> None:
    ask(opened(None)).runs(ActionAnswerQuestion())
    routines.is_down = True
    ask(opened(None)).runs(ActionAnswerQuestion())
    assert stored() == []


# --- What is asked


def test_search_with_these_words_takes_the_message_before_the_button(
    opened: Opener, routines: FakeRoutines
) -> None:
    talk = opened(None).hears(typed("glatt på trappa?", "nlu_fallback"))
    talk.hears(pressed("ask_routine", use="previous")).runs(ActionAnswerQuestion())
    assert routines.queries == ["glatt på trappa?"]


def test_a_new_employee_gets_the_routine_for_newcomers(opened: Opener, routines: FakeRoutines) -> None:
    routines.others = (local_hit("B", "Adgangskort"),)
    talk = opened(None).hears(typed("jeg er ny her", "new_employee"))
    said = talk.runs(ActionAnswerQuestion())
    assert said.keys == ["utter_routine_answer"]
    talk.presses(said.button("Se også")).runs(ActionAnswerQuestion())
    assert routines.queries == [NEW_EMPLOYEE_QUERY, NEW_EMPLOYEE_QUERY]


def test_a_button_with_nothing_before_it_searches_for_nothing(opened: Opener, routines: FakeRoutines) -> None:
    said = opened(None).hears(pressed("ask_routine", use="previous")).runs(ActionAnswerQuestion())
    assert (said.keys, routines.queries) == (["utter_no_words"], [])


def test_a_search_that_is_down_is_said_and_logs_no_question(
    opened: Opener, routines: FakeRoutines, caplog: pytest.LogCaptureFixture
) -> None:
    routines.is_down = True
    said = opened(None).hears(typed("hemmelig kanarifugl", "ask_routine")).runs(ActionAnswerQuestion())
    assert said.keys == ["utter_knowledge_unavailable"]
    assert "IndexUnavailableError" in caplog.text
    assert "kanarifugl" not in caplog.text


# --- Whistleblowing


def test_whistleblowing_is_explained_with_the_municipalitys_routine(
    opened: Opener, routines: FakeRoutines, stored: Stored
) -> None:
    said = opened(None).hears(typed("jeg vil varsle", "whistleblowing")).runs(ActionExplainWhistleblowing())
    assert said.keys == ["utter_whistleblowing", "utter_routine_for_case"]
    assert (said.events, said.titles, stored()) == ([], [], [])
    assert "jeg vil varsle" not in routines.queries


@pytest.mark.parametrize("is_down", [True, False])
def test_whistleblowing_is_explained_without_a_routine_too(
    opened: Opener, routines: FakeRoutines, stored: Stored, is_down: bool
) -> None:
    routines.hit, routines.is_down = None, is_down
    said = opened(None).hears(typed("jeg vil varsle", "whistleblowing")).runs(ActionExplainWhistleblowing())
    assert (said.keys, stored()) == (["utter_whistleblowing"], [])


# --- Unsure


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


def test_no_button_carries_words_of_the_person(opened: Opener, routines: FakeRoutines) -> None:
    for confidence in (0.9, 0.4):
        routines.confidence = confidence
        said = ask(opened(None), "kanarifuglen er syk").runs(ActionAnswerQuestion())
        assert "kanarifugl" not in json.dumps(said.messages)
