"""Questions about cases by message: lists, counts, one case, and what each person gets to see of it."""

import json

import pytest
from bot_fakes import Opener, Said, Talk, complete_draft, pressed, typed
from case_turns import Turns, dump, text_of
from sqlalchemy import update

from bot.actions.case_act_actions import ActionActOnCase, ActionShowCases
from bot.actions.case_lists import PAGE
from bot.actions.message import Entity
from bot.actions.report_actions import ActionAskReportReply, ValidateReportForm
from bot.actions.report_filing import file_draft
from bot.actions.wiring import Services
from cases.labels import label
from cases.model import Case
from cases.tables import CaseRow

EMPLOYEE = "E1019"  # Hjemmetjenesten nord
LEADER_FURU, LEADER_SOLBAKKEN, LEADER_NES = "E1006", "E1005", "E1034"
LEADER_LONNING = "E1056"  # HR: nothing open
ADVISER, PRIVACY_OFFICER, ADMIN = "E1004", "E1002", "E1061"
NEWCOMER = "E1015"  # has reported nothing
HANDLED = "2026-00077"  # Furu's, reported by E1010


def shown(talk: Talk, text: str, intent: str = "query_cases") -> Said:
    return Turns(talk).asks(text, intent)


def numbers(said: Said) -> list[str]:
    return [row["number"] for row in said.variables("utter_cases")["cases"]]


def report(talk: Talk, services: Services, **changes: object) -> Case:
    return file_draft(complete_draft(**changes), services.sender(talk.conversation_id), services)


# --- lists


def test_a_list_says_how_the_question_was_understood(opened: Opener) -> None:
    said = shown(opened(LEADER_FURU), "vis åpne saker")
    assert said.keys == ["utter_cases"]
    told = said.variables("utter_cases")
    assert "pne saker" in told["understood"]
    assert (told["total"], told["more"]) == (5, "")
    assert set(numbers(said)) == {"2026-00074", "2026-00075", HANDLED, "2026-00082", "2026-00085"}
    overdue = {row["number"]: row["overdue"] for row in told["cases"]}
    assert overdue[HANDLED] and not overdue["2026-00085"]
    assert said.titles == numbers(said)


@pytest.mark.parametrize("how", ["vis flere", "neste", "flere", "button"])
def test_a_long_list_comes_in_pages(opened: Opener, how: str) -> None:
    turns = Turns(opened(ADVISER))
    said = turns.asks("vis åpne saker")
    total, seen = said.variables("utter_cases")["total"], numbers(said)
    assert len(seen) == PAGE < total
    assert said.variables("utter_cases")["more"] == f"{total - PAGE} til"
    while len(seen) < total:
        said = turns.presses(said.button("Vis flere")) if how == "button" else turns.asks(how)
        seen += numbers(said)
    assert len(set(seen)) == len(seen) == total == len(turns.memory.shown)
    assert "Vis flere" not in said.titles
    assert turns.presses({"payload": '/query_cases{"topic":"more"}'}).keys == ["utter_no_more_cases"]


def test_more_of_something_else_is_a_question_of_its_own(opened: Opener) -> None:
    turns = Turns(opened(ADVISER))
    turns.asks("vis åpne saker")
    said = turns.asks("er det meldt flere avvik om fall på Solbakken i år enn i fjor?", "statistics")
    assert said.keys[0] in {"utter_count", "utter_chart"}


def test_one_hit_is_shown_in_full(opened: Opener, services: Services) -> None:
    turns = Turns(opened(NEWCOMER))
    case = report(turns.talk, services)
    said = turns.asks("mine saker")
    assert said.keys == ["utter_cases", "utter_case"]
    assert said.variables("utter_case")["number"] == case.number == turns.memory.focus


def test_nothing_is_said_to_be_nothing(opened: Opener) -> None:
    assert shown(opened(NEWCOMER), "mine saker").keys == ["utter_no_cases"]
    assert shown(opened(None), "mine saker").keys == ["utter_no_cases"]
    said = shown(opened(LEADER_LONNING), "vis åpne saker")
    assert said.keys == ["utter_no_cases"]
    assert "pne saker" in text_of(said)


@pytest.mark.parametrize("employee_id", [EMPLOYEE, ADMIN])
@pytest.mark.parametrize("text", ["vis alle åpne saker", "hvor mange saker har vi?"])
def test_who_leads_nothing_gets_their_own_cases(opened: Opener, employee_id: str, text: str) -> None:
    said = shown(opened(employee_id), text)
    assert said.keys[0] == "utter_not_a_leader"
    assert said.keys[1] in {"utter_cases", "utter_no_cases"}


def test_the_privacy_officer_sees_information_security_only(opened: Opener) -> None:
    said = shown(opened(PRIVACY_OFFICER), "vis åpne saker")
    assert {row["category"] for row in said.variables("utter_cases")["cases"]} == {
        label("category_short", "informasjonssikkerhet", "nb")
    }


def test_a_leader_sees_their_own_when_they_ask_for_them(opened: Opener, services: Services) -> None:
    turns = Turns(opened(LEADER_FURU))
    case = report(turns.talk, services)
    assert case.number in dump(turns.asks("hvordan går det med saken min?"))
    assert turns.takes(pressed("query_cases", topic="own")).keys[0] == "utter_cases"


# --- follow-ups


def test_a_follow_up_narrows_the_last_question(opened: Opener) -> None:
    turns = Turns(opened(LEADER_NES))
    every = turns.asks("vis åpne saker").variables("utter_cases")["total"]
    severe = turns.asks("bare de alvorlige")
    assert severe.variables("utter_cases")["total"] < every
    assert {row["severity"] for row in severe.variables("utter_cases")["cases"]} == {"høy"}


@pytest.mark.parametrize("intent", ["nlu_fallback", "statistics"])
def test_a_follow_up_that_fits_no_intent_is_one_all_the_same(opened: Opener, intent: str) -> None:
    turns = Turns(opened(ADVISER))
    turns.asks("hvor mange avvik fikk vi denne måneden?", "statistics")
    query = turns.memory.query
    said = turns.asks("og forrige måned?", intent)
    assert said.keys[0] in {"utter_count", "utter_chart"}
    assert turns.memory.query is not None and query is not None
    assert turns.memory.query.reported != query.reported


def test_words_that_follow_nothing_get_the_offer(opened: Opener) -> None:
    turns = Turns(opened(ADVISER))
    assert turns.asks("bare de kritiske", "nlu_fallback").keys == ["utter_offer_readings"]
    turns.asks("vis åpne saker")
    assert turns.asks("takheisen røk i natt", "nlu_fallback").keys == ["utter_offer_readings"]


@pytest.mark.parametrize("intent", ["query_cases", "nlu_fallback"])
@pytest.mark.parametrize(("text", "place"), [("den første", 0), ("vis den andre", 1), ("den siste", -1)])
def test_a_case_is_asked_for_by_its_place(opened: Opener, intent: str, text: str, place: int) -> None:
    turns = Turns(opened(LEADER_FURU))
    listed = numbers(turns.asks("vis åpne saker"))
    said = turns.asks(text, intent)
    assert said.keys == ["utter_case"]
    assert said.variables("utter_case")["number"] == listed[place] == turns.memory.focus


def test_a_case_is_opened_by_its_button(opened: Opener) -> None:
    turns = Turns(opened(LEADER_FURU))
    said = turns.presses(turns.asks("vis åpne saker").button(HANDLED))
    assert said.variables("utter_case")["number"] == HANDLED


# --- counts


def test_numbers_come_in_words(opened: Opener) -> None:
    said = shown(opened(LEADER_FURU), "hvor mange åpne saker har vi?", "statistics")
    assert said.keys == ["utter_count"]
    assert said.variables("utter_count")["total"] == "5"
    assert said.variables("utter_count")["hidden"] == ""


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_several_numbers_come_with_a_picture_for_this_conversation_only(
    opened: Opener, services: Services, language: str
) -> None:
    talk = opened(ADVISER, language=language)
    said = shown(talk, "hvor mange avvik per kategori i år?", "statistics")
    assert said.keys == ["utter_chart"]
    told = said.variables("utter_chart")
    picture = services.pictures.get(told["picture"], talk.conversation_id)
    assert picture is not None and picture.alt == told["alt"]
    assert picture.light != picture.dark
    assert services.pictures.get(told["picture"], opened(LEADER_FURU).conversation_id) is None
    assert told["table"]["rows"][-1][-1] == told["total"]
    assert len(told["table"]["rows"]) == len(told["lines"].splitlines()) + 1


def test_a_comparison_names_both_numbers(opened: Opener) -> None:
    said = shown(opened(ADVISER), "hvor mange avvik i oktober mot i fjor?", "statistics")
    assert "Mot " in text_of(said)


def test_small_numbers_of_others_are_hidden_and_said_to_be(opened: Opener) -> None:
    said = shown(opened(LEADER_FURU), "hvor mange avvik per måned på Nes skole i år?", "statistics")
    assert said.keys == ["utter_chart"]
    assert "færre enn 3" in text_of(said)
    assert "Tall under 3" in text_of(said)


def test_words_and_numbers_are_as_in_the_table(opened: Opener) -> None:
    said = shown(opened(ADVISER), "hvor mange åpne saker per enhet?", "statistics")
    told = said.variables("utter_chart")
    assert told["lines"].splitlines()[0].startswith(told["table"]["rows"][0][0])


# --- one case


@pytest.mark.parametrize(
    ("employee_id", "first_buttons", "sees_history"),
    [
        ("E1010", ["Skriv mer om saken"], False),
        (LEADER_FURU, ["Gi til noen", "Nytt tiltak", "Skriv til melder", "Lukk"], True),
        (ADVISER, ["Gi til noen", "Nytt tiltak", "Skriv til melder", "Lukk"], True),
    ],
)
def test_what_may_be_done_with_a_case_is_offered(
    opened: Opener, employee_id: str, first_buttons: list[str], sees_history: bool
) -> None:
    turns = Turns(opened(employee_id))
    said = turns.asks(f"sak {HANDLED}")
    assert said.keys == ["utter_case"]
    assert [title for title in said.titles if title in first_buttons] == first_buttons
    assert ("Historikk" in said.titles) is sees_history
    if sees_history:
        assert turns.presses(said.button("Historikk")).keys == ["utter_case_history"]


def test_a_watcher_reads_only(opened: Opener, services: Services) -> None:
    follower = Turns(opened(ADVISER))
    assert follower.acts(f"følg sak {HANDLED}").keys == ["utter_case_did_watch"]
    with services.sessions.begin() as session:
        row = session.get(CaseRow, HANDLED)
        assert row is not None
        row.watchers[0].employee_id = NEWCOMER
    said = Turns(opened(NEWCOMER)).asks(f"sak {HANDLED}")
    assert (said.keys, said.titles) == (["utter_case"], [])
    assert Turns(opened(NEWCOMER)).acts(f"ta {HANDLED}").keys == ["utter_case_not_allowed"]


def test_a_protected_reporter_is_hidden_from_the_leader_only(opened: Opener, services: Services) -> None:
    with services.sessions.begin() as session:
        session.execute(update(CaseRow).where(CaseRow.number == HANDLED).values(protected=True))
    reporter = Turns(opened("E1010"))
    assert reporter.acts(f"svar på {HANDLED}: Senga sto høyt").keys == ["utter_case_answered"]
    leader = Turns(opened(LEADER_FURU))
    for said in (leader.asks(f"sak {HANDLED}"), leader.asks(f"historikken til {HANDLED}")):
        assert "Tomasz" not in dump(said) and "E1010" not in dump(said)
    assert "navnet er beskyttet" in text_of(leader.asks(f"sak {HANDLED}"))
    assert "Tomasz Wójcik" in text_of(Turns(opened(ADVISER)).asks(f"sak {HANDLED}"))


@pytest.mark.parametrize("employee_id", [EMPLOYEE, LEADER_NES, None])
@pytest.mark.parametrize("text", ["sak {}", "historikken til {}", "lignende saker som {}"])
def test_a_forbidden_number_and_an_unknown_one_get_the_same_answer(
    opened: Opener, employee_id: str | None, text: str
) -> None:
    turns = Turns(opened(employee_id))
    forbidden, unknown = (turns.asks(text.format(number)) for number in (HANDLED, "2026-99999"))
    assert forbidden.keys == unknown.keys == ["utter_case_not_found"]
    assert dump(forbidden).replace(HANDLED, "") == dump(unknown).replace("2026-99999", "")


def test_a_closed_case_tells_how_it_ended_and_can_be_opened(opened: Opener) -> None:
    assert "Filteret var tett" in text_of(shown(opened("E1057"), "sak 2025-00001"))
    turns = Turns(opened(LEADER_LONNING))
    said = turns.asks("sak 2025-00001")
    assert said.titles[0] == "Åpne igjen"
    assert turns.presses(said.button("Åpne igjen")).keys == ["utter_case_did_reopen"]


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_case_without_a_handler_says_so(opened: Opener, language: str) -> None:
    told = shown(opened("E1040", language=language), "sak 2026-00089").variables("utter_case")
    assert told["assignee"].startswith("ingen")


def test_the_history_is_not_for_the_reporter(opened: Opener) -> None:
    assert shown(opened("E1010"), f"historikken til {HANDLED}").keys == ["utter_case_not_allowed"]


def test_an_unknown_visitor_sees_only_what_was_filed_in_the_conversation(
    opened: Opener, services: Services
) -> None:
    here, elsewhere = Turns(opened(None)), Turns(opened(None, "2"))
    case = report(here.talk, services, place="Nes skole")
    assert here.asks("saken min").variables("utter_case")["number"] == case.number
    assert here.asks(f"sak {case.number}").keys == ["utter_case"]
    assert elsewhere.asks("saken min").keys == ["utter_no_cases"]
    assert elsewhere.asks(f"sak {case.number}").keys == ["utter_case_not_found"]


def test_nothing_shown_of_an_anonymous_case_names_its_reporter(opened: Opener, services: Services) -> None:
    case = report(opened("E1009"), services, anonymous=True)
    leader = Turns(opened(LEADER_FURU))
    for text in ("vis saker fra i dag", f"sak {case.number}", f"historikken til {case.number}"):
        said = leader.asks(text)
        assert case.number in dump(said)
        assert "Strømme" not in dump(said) and "E1009" not in dump(said)


def test_who_filed_without_a_name_is_not_called_sifra(opened: Opener, services: Services) -> None:
    case = report(opened("E1009"), services, anonymous=True)
    said = Turns(opened(LEADER_FURU)).asks(f"historikken til {case.number}")
    assert "meldt (den som meldte)" in text_of(said)


def test_a_conversation_that_the_register_does_not_know_is_a_stranger(services: Services) -> None:
    assert shown(Talk("f" * 32), "saken min").keys == ["utter_no_cases"]


def test_titles_that_look_like_variables_are_shown_as_they_are(opened: Opener, services: Services) -> None:
    talk = opened(NEWCOMER)
    for _ in range(2):
        report(talk, services, text="Feil {number} i 0[skjema] {}")
    said = talk.hears(typed("mine saker", "query_cases")).runs(ActionShowCases())
    assert "{number} i 0\u200b[skjema] {}" in said.rendered[0]["nb"]["text"]


# --- what cases teach


def test_cases_like_one_come_with_what_solved_them_and_others_without_names(opened: Opener) -> None:
    turns = Turns(opened(LEADER_FURU))
    shown_case = turns.asks(f"sak {HANDLED}")
    said = turns.presses(shown_case.button("Lignende saker"))
    assert said.keys == ["utter_similar"]
    for title in said.titles:
        assert turns.asks(f"sak {title}").keys == ["utter_case"]
    lines = said.variables("utter_similar")["lines"].splitlines()
    assert len(lines) >= len(said.titles)
    assert turns.asks(f"lignende saker som {HANDLED}").keys == ["utter_similar"]
    assert turns.asks("lignende saker").keys == ["utter_similar"]


def test_routines_that_fail_and_waiting_times_are_for_those_in_charge(opened: Opener) -> None:
    for text in ("hvilke rutiner svikter?", "hvor lang er behandlingstiden?"):
        assert shown(opened(ADVISER), text, "statistics").keys[0] in {
            "utter_failing_routines",
            "utter_no_failing_routines",
            "utter_waiting_times",
        }
        assert shown(opened(EMPLOYEE), text, "statistics").keys == ["utter_not_a_leader"]


@pytest.mark.parametrize("topic", ["waiting_times", "failing_routines"])
def test_the_buttons_under_numbers_lead_to_what_cases_teach(opened: Opener, topic: str) -> None:
    turns = Turns(opened(ADVISER))
    turns.asks("hvor mange åpne saker?", "statistics")
    assert topic in json.dumps(turns.takes(pressed("statistics", topic=topic)).keys)


# --- in the middle of a report


@pytest.mark.parametrize(
    ("text", "intent", "key"),
    [
        ("vis åpne saker", "query_cases", "utter_cases"),
        ("hvor mange avvik har vi per kategori i år?", "statistics", "utter_chart"),
        ("send meg en oppsummering hver mandag", "subscribe_updates", "utter_subscribed_weekly"),
        (f"følg sak {HANDLED}", "subscribe_updates", "utter_case_did_watch"),
    ],
)
def test_a_question_about_cases_in_mid_report_keeps_the_report(
    opened: Opener, text: str, intent: str, key: str
) -> None:
    talk = opened(LEADER_FURU)
    draft = complete_draft()
    talk.slots |= {"report": json.loads(json.dumps(draft.as_slot())), "requested_slot": "report_reply"}
    turns = Turns(talk)
    found = [Entity("case_number", HANDLED)] if HANDLED in text else []
    talk.hears(typed(text, intent, *found))
    assert talk.runs(ValidateReportForm()).keys == [key]
    assert talk.draft == draft
    assert talk.runs(ActionAskReportReply()).keys == ["utter_ask_report_confirm"]
    if intent != "subscribe_updates":
        assert turns.memory.query is not None
    else:
        assert not turns.memory.is_asking


def test_an_act_in_mid_report_waits(opened: Opener) -> None:
    talk = opened(LEADER_FURU)
    talk.slots |= {
        "report": json.loads(json.dumps(complete_draft().as_slot())),
        "requested_slot": "report_reply",
    }
    talk.hears(typed(f"lukk {HANDLED}", "act_on_case"))
    assert talk.runs(ValidateReportForm()).keys[0] == "utter_act_after_report"
    assert not Turns(talk).memory.is_asking


def test_what_is_no_act_is_taken_for_a_question(opened: Opener) -> None:
    talk = opened(LEADER_FURU).hears(typed("saker på Furu", "act_on_case"))
    assert talk.runs(ActionActOnCase()).keys == ["utter_cases"]
