"""Cases by message: what each person gets to see."""

import json

import pytest
from bot_fakes import Opener, Said, Talk, complete_draft, pressed, typed

from bot.actions.case_actions import OPEN_LIMIT, OWN_LIMIT, ActionShowCases
from bot.actions.message import Entity, UserMessage
from bot.actions.report_filing import file_draft
from bot.actions.wiring import Services
from cases.labels import label
from cases.model import Case

EMPLOYEE = "E1019"  # Hjemmetjenesten nord
LEADER_FURU = "E1006"
LEADER_NES = "E1034"  # more open cases than a message shows
LEADER_LONNING = "E1056"  # HR: nothing open
ADVISER, PRIVACY_OFFICER, ADMIN = "E1004", "E1002", "E1061"
NEWCOMER = "E1015"  # has reported nothing


def shown(talk: Talk, message: UserMessage) -> Said:
    return talk.hears(message).runs(ActionShowCases())


def asked(text: str, number: str | None = None) -> UserMessage:
    return typed(text, "query_cases", *([Entity("case_number", number)] if number else []))


def numbers(said: Said, key: str) -> list[str]:
    return [row["number"] for row in said.variables(key)["cases"]]


def report(talk: Talk, services: Services, **changes: object) -> Case:
    sender = services.sender(talk.conversation_id)
    return file_draft(complete_draft(**changes), sender, services)


# --- one's own


@pytest.mark.parametrize(
    "text", ["hvordan går det med saken min?", "korleis går det med saka mi", "noe nytt?"]
)
def test_an_employee_sees_their_own_cases_newest_first(opened: Opener, services: Services, text: str) -> None:
    talk = opened(EMPLOYEE)
    case = report(talk, services)
    said = shown(talk, asked(text))
    assert said.keys == ["utter_own_cases"]
    listed = numbers(said, "utter_own_cases")
    assert listed[0] == case.number
    assert len(listed) <= OWN_LIMIT
    for number in listed:
        assert services.cases.by_number(None, talk.conversation_id, case.number)
        found = services.cases.by_number(services.sender(talk.conversation_id).person, None, number)
        assert found.reporter_id == EMPLOYEE


def test_at_most_five_own_cases_are_listed(opened: Opener, services: Services) -> None:
    talk = opened(NEWCOMER)
    for _ in range(OWN_LIMIT + 1):
        report(talk, services)
    assert len(numbers(shown(talk, asked("mine saker")), "utter_own_cases")) == OWN_LIMIT


def test_a_single_own_case_is_shown_whole(opened: Opener, services: Services) -> None:
    talk = opened(NEWCOMER)
    case = report(talk, services)
    said = shown(talk, asked("saken min"))
    assert said.keys == ["utter_one_case"]
    assert said.variables("utter_one_case")["number"] == case.number


def test_who_has_reported_nothing_is_told_so(opened: Opener) -> None:
    assert shown(opened(NEWCOMER), asked("saken min")).keys == ["utter_no_own_cases"]
    assert shown(opened(None), asked("saken min")).keys == ["utter_no_own_cases"]


@pytest.mark.parametrize("employee_id", [LEADER_FURU, ADVISER])
def test_those_in_charge_see_their_own_when_they_ask_for_them(
    opened: Opener, services: Services, employee_id: str
) -> None:
    talk = opened(employee_id)
    case = report(talk, services)
    assert case.number in json.dumps(shown(talk, asked("hvordan går det med saken min")).messages)
    assert shown(talk, pressed("query_cases", topic="own")).keys[0] in {"utter_own_cases", "utter_one_case"}


# --- one by number


def test_the_reporter_follows_a_case_by_its_number(opened: Opener, services: Services) -> None:
    talk = opened(EMPLOYEE)
    case = report(talk, services)
    told = shown(talk, asked("hva skjer?", case.number)).variables("utter_one_case")
    assert (told["number"], told["case_title"], told["assignee"]) == (case.number, case.title, "Pål Gjerde")
    assert told["closing_note"] == ""


def test_a_closed_case_tells_how_it_ended(opened: Opener) -> None:
    told = shown(opened("E1057"), asked("sak", "2025-00001")).variables("utter_one_case")
    assert "Filteret var tett" in told["closing_note"]


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_case_without_a_handler_says_so(opened: Opener, language: str) -> None:
    told = shown(opened("E1040", language=language), asked("sak", "2026-00089")).variables("utter_one_case")
    assert told["assignee"].startswith("ingen")


@pytest.mark.parametrize("employee_id", [EMPLOYEE, LEADER_NES, None])
def test_a_forbidden_number_and_an_unknown_one_get_the_same_answer(
    opened: Opener, employee_id: str | None
) -> None:
    talk = opened(employee_id)
    forbidden = shown(talk, asked("sak", "2026-00077"))  # Furu's
    unknown = shown(talk, asked("sak", "2026-99999"))
    assert forbidden.keys == unknown.keys == ["utter_case_not_found"]
    blank = [
        json.dumps(said.messages).replace(number, "")
        for said, number in ((forbidden, "2026-00077"), (unknown, "2026-99999"))
    ]
    assert blank[0] == blank[1]


def test_a_number_is_shown_to_those_in_charge(opened: Opener) -> None:
    for employee_id in (LEADER_FURU, "E1005", "E1001", ADVISER):
        assert shown(opened(employee_id), asked("sak", "2026-00077")).keys == ["utter_one_case"]


# --- those in one's charge


@pytest.mark.parametrize(
    "message", [asked("vis åpne saker"), asked("hva haster?"), pressed("query_cases", topic="open")]
)
def test_a_leader_sees_the_open_cases_of_the_unit(opened: Opener, message: UserMessage) -> None:
    said = shown(opened(LEADER_FURU), message)
    told = said.variables("utter_open_cases")
    assert set(numbers(said, "utter_open_cases")) == {
        "2026-00074",
        "2026-00075",
        "2026-00077",
        "2026-00082",
        "2026-00085",
    }
    assert (told["total"], told["scope"], told["more"]) == (5, "hos Solbakken, avdeling Furu", "")
    overdue = {row["number"]: row["overdue"] for row in told["cases"]}
    assert overdue["2026-00077"] and not overdue["2026-00085"]
    assert told["lines"].count("\n") == 4


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_long_list_shows_the_most_urgent_and_how_many_there_are(opened: Opener, language: str) -> None:
    told = shown(opened("E1001", language=language), asked("åpne saker")).variables("utter_open_cases")
    assert len(told["cases"]) == OPEN_LIMIT < told["total"]
    assert str(OPEN_LIMIT) in told["more"]


def test_a_leader_without_open_cases_is_told_so(opened: Opener) -> None:
    said = shown(opened(LEADER_LONNING), asked("åpne saker"))
    assert said.keys == ["utter_no_open_cases"]
    assert said.variables("utter_no_open_cases")["scope"] == "hos HR og lønn"


def test_an_adviser_sees_the_whole_municipality(opened: Opener) -> None:
    told = shown(opened(ADVISER), asked("åpne saker")).variables("utter_open_cases")
    assert (told["total"], told["scope"]) == (29, "i hele kommunen")


def test_the_privacy_officer_sees_information_security_only(opened: Opener) -> None:
    told = shown(opened(PRIVACY_OFFICER), asked("åpne saker")).variables("utter_open_cases")
    assert told["total"] == 5
    assert {row["category"] for row in told["cases"]} == {
        label("category_short", "informasjonssikkerhet", "nb")
    }


@pytest.mark.parametrize("employee_id", [EMPLOYEE, ADMIN])
@pytest.mark.parametrize(
    "message",
    [
        asked("vis alle åpne saker i enheten"),
        asked("hvilke saker har vi i avdelingen?"),
        pressed("query_cases", topic="open"),
    ],
)
def test_an_employee_who_asks_for_the_units_cases_gets_their_own(
    opened: Opener, employee_id: str, message: UserMessage
) -> None:
    said = shown(opened(employee_id), message)
    assert said.keys[0] == "utter_not_a_leader"
    assert said.keys[1:] == ["utter_own_cases"]


def test_an_unknown_visitor_sees_only_what_was_filed_in_the_conversation(
    opened: Opener, services: Services
) -> None:
    talk, other = opened(None), opened(None, external_id="2")
    case = report(talk, services, place="Nes skole")
    assert shown(talk, asked("saken min")).variables("utter_one_case")["number"] == case.number
    assert shown(talk, asked("sak", case.number)).keys == ["utter_one_case"]
    assert shown(other, asked("saken min")).keys == ["utter_no_own_cases"]
    assert shown(other, asked("sak", case.number)).keys == ["utter_case_not_found"]
    assert shown(other, asked("alle åpne saker")).keys == ["utter_not_a_leader", "utter_no_own_cases"]


def test_an_anonymous_reporter_follows_up_in_the_conversation_only(
    opened: Opener, services: Services
) -> None:
    talk, elsewhere = opened(NEWCOMER), opened(NEWCOMER, external_id="2")
    case = report(talk, services, anonymous=True)
    assert shown(talk, asked("saken min")).variables("utter_one_case")["number"] == case.number
    assert shown(elsewhere, asked("saken min")).keys == ["utter_no_own_cases"]


def test_nothing_shown_of_an_anonymous_case_names_its_reporter(opened: Opener, services: Services) -> None:
    case = report(opened("E1009"), services, anonymous=True)
    for message in (asked("åpne saker"), asked("sak", case.number)):
        said = shown(opened(LEADER_FURU), message)
        assert case.number in json.dumps(said.messages)
        assert "Strømme" not in json.dumps(said.messages, ensure_ascii=False)


def test_a_conversation_that_the_register_does_not_know_is_a_stranger(services: Services) -> None:
    talk = Talk("f" * 32)
    assert shown(talk, asked("saken min")).keys == ["utter_no_own_cases"]
    assert services.sender("f" * 32).channel == "unknown"


def test_titles_that_look_like_variables_are_shown_as_they_are(opened: Opener, services: Services) -> None:
    talk = opened(NEWCOMER)
    for _ in range(2):
        report(talk, services, text="Feil {number} i 0[skjema] {}")
    said = shown(talk, asked("mine saker"))
    assert "{number} i 0\u200b[skjema] {}" in said.rendered[0]["nb"]["text"]
    assert said.variables("utter_own_cases")["cases"][0]["title"] == "Feil {number} i 0[skjema] {}"


def test_the_privacy_officer_is_not_told_that_the_list_is_the_whole_municipality(opened: Opener) -> None:
    """It holds what `cases.policy` grants: cases of information security."""
    told = shown(opened("E1002"), asked("åpne saker")).variables("utter_open_cases")
    assert told["scope"] == "om informasjonssikkerhet"
    assert {row["category"] for row in told["cases"]} == {"Personvern"}
