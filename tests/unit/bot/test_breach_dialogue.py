"""A breach of personal data in dialogue: questions, draft, decision."""

from datetime import timedelta

import pytest
from bot_fakes import Clock, Opener, Said
from case_turns import Turns, text_of
from sqlalchemy import update

from bot.actions.breach_dialogue import REFUSALS
from bot.actions.wiring import Services, actor_of
from cases import errors
from cases.breaches import Breach, Decision, field_names
from cases.tables import CaseRow

OFFICER, ARCHIVE = "E1002", "E1062"
CASE, OTHER = "2026-00083", "2026-00077"  # sent to the wrong place; about a fall


@pytest.fixture
def officer(opened: Opener) -> Turns:
    return Turns(opened(OFFICER))


def begun(turns: Turns) -> Said:
    return turns.presses(turns.asks(f"sak {CASE}").button("Personvernbrudd"))


def kept(turns: Turns, services: Services) -> Breach | None:
    return services.cases.breaches.of(actor_of(services.sender(turns.talk.conversation_id)), CASE)


def drafted(turns: Turns) -> Said:
    said = begun(turns)
    for _ in field_names():
        said = turns.presses(said.button("Hopp over"))
    return said


def test_each_question_is_asked_kept_and_shown_in_the_draft(officer: Turns, services: Services) -> None:
    said = begun(officer)
    assert said.keys == ["utter_breach_late", "utter_breach_ask"]
    for place, name in enumerate(field_names()):
        assert said.variables("utter_breach_ask")["left"] == len(field_names()) - place
        said = officer.says(f"Svar om {name}", "report_deviation", 0.9)
        breach = kept(officer, services)
        assert breach is not None and breach.answers[name] == f"Svar om {name}"
    assert said.keys == ["utter_breach_draft"]
    assert all(f"Svar om {name}" in text_of(said) for name in field_names())
    assert officer.is_open


def test_a_plain_no_is_an_answer_and_not_a_cancel(officer: Turns, services: Services) -> None:
    begun(officer)
    assert officer.says("nei", "deny", 0.9).keys == ["utter_breach_ask"]
    breach = kept(officer, services)
    assert breach is not None and breach.answers[field_names()[0]] == "nei"


def test_what_was_skipped_is_asked_when_one_comes_back(officer: Turns, services: Services) -> None:
    said = begun(officer)
    said = officer.presses(said.button("Hopp over"))
    assert said.variables("utter_breach_ask")["left"] == len(field_names()) - 1
    said = officer.presses(said.button("Fortsett senere"))
    assert (said.keys, officer.is_open) == (["utter_breach_paused"], False)
    said = officer.acts(f"personvernbrudd i sak {CASE}")
    assert said.variables("utter_breach_ask")["left"] == len(field_names())


@pytest.mark.parametrize("decision", list(Decision))
def test_each_decision_is_kept_with_its_reason(
    officer: Turns, services: Services, decision: Decision
) -> None:
    titles = {
        Decision.NOTIFIED: "Meldt til",
        Decision.NOT_NOTIFIED: "Skal ikke meldes",
        Decision.NO_BREACH: "Ikke et brudd",
    }
    said = officer.presses(drafted(officer).button(titles[decision]))
    if decision is not Decision.NOTIFIED:
        assert said.keys == ["utter_breach_ask_reason"]
        assert officer.says("...").keys == ["utter_case_reason_missing", "utter_breach_ask_reason"]
        said = officer.says("Brevet kom uåpnet tilbake")
    assert said.keys == [f"utter_breach_{decision.value}"]
    assert not officer.is_open
    breach = kept(officer, services)
    assert breach is not None and breach.decision is decision
    assert bool(breach.reason) is (decision is not Decision.NOTIFIED)


def test_words_below_the_draft_show_it_again(officer: Turns) -> None:
    drafted(officer)
    assert officer.says("hm").keys == ["utter_breach_draft"]


def test_it_can_be_called_off_at_each_step(officer: Turns) -> None:
    begun(officer)
    assert officer.says("avbryt", "cancel", 0.9).keys == ["utter_breach_paused"]
    assert not officer.is_open
    drafted(officer)
    assert officer.says("glem det").keys == ["utter_breach_paused"]
    said = officer.presses(drafted(officer).button("Skal ikke"))
    assert officer.presses(said.button("Fortsett")).keys == ["utter_breach_paused"]


def test_an_answer_that_is_too_long_is_asked_anew(officer: Turns) -> None:
    begun(officer)
    assert officer.says("ord " * 5_000).keys == ["utter_case_text_missing", "utter_breach_ask"]
    assert officer.is_open


def test_an_old_button_does_nothing_and_the_question_stays(officer: Turns, services: Services) -> None:
    old = begun(officer)
    officer.says("Et brev gikk feil")
    assert officer.presses(old.button("Hopp over")).keys == ["utter_old_button", "utter_breach_ask"]
    officer.says("avbryt")
    assert officer.presses(old.button("Hopp over")).keys == ["utter_old_button"]


def test_an_emergency_comes_first_and_the_question_stays(officer: Turns) -> None:
    begun(officer)
    assert officer.says("det brenner", "emergency", 0.95).keys == ["utter_emergency", "utter_breach_ask"]
    assert officer.is_open


def test_a_button_of_a_case_or_a_short_command_leaves_it(officer: Turns) -> None:
    shown = officer.asks(f"sak {CASE}")
    begun(officer)
    assert officer.presses({"payload": f'/query_cases{{"case_number": "{CASE}"}}'}).keys == ["utter_case"]
    assert not officer.is_open
    begun(officer)
    assert officer.presses(shown.button("Lukk")).keys == ["utter_case_ask_reason"]
    assert officer.presses(shown.button("Personvernbrudd")).keys[-1] == "utter_breach_ask"
    assert officer.acts(f"ta {CASE}").keys == ["utter_case_did_take"]


def test_the_clock_says_how_long_there_is(officer: Turns, services: Services, clock: Clock) -> None:
    with services.sessions.begin() as session:
        session.execute(
            update(CaseRow)
            .where(CaseRow.number == CASE)
            .values(reported_at=clock.moment - timedelta(hours=2))
        )
    said = begun(officer)
    assert said.variables("utter_breach_begun")["hours"] == 70


def test_a_case_about_something_else_is_refused(opened: Opener) -> None:
    turns = Turns(opened("E1006"))
    assert turns.acts(f"personvernbrudd i sak {OTHER}").keys == ["utter_breach_wrong_category"]
    assert not turns.is_open


def test_who_may_not_handle_the_case_is_refused(opened: Opener) -> None:
    assert Turns(opened("E1063")).acts(f"personvernbrudd i sak {CASE}").keys == ["utter_case_not_allowed"]
    assert Turns(opened("E1019")).acts(f"personvernbrudd i sak {CASE}").keys == ["utter_case_not_found"]


def test_who_loses_the_right_meanwhile_is_told_and_asked_nothing_more(
    officer: Turns, services: Services
) -> None:
    said = begun(officer)
    with services.sessions.begin() as session:
        session.execute(update(CaseRow).where(CaseRow.number == CASE).values(category="hms", subtype=None))
    assert officer.presses(said.button("Hopp over")).keys == ["utter_case_not_found"]
    assert not officer.is_open


def test_which_case_is_asked_when_none_is_spoken_of(officer: Turns) -> None:
    assert officer.acts("dette er et personvernbrudd").keys == ["utter_breach_which_case"]
    assert not officer.is_open
    officer.asks(f"sak {CASE}")
    assert officer.acts("dette er et personvernbrudd").keys[-1] == "utter_breach_ask"


def test_an_act_that_speaks_of_the_authority_is_an_act(opened: Opener) -> None:
    turns = Turns(opened(ARCHIVE))
    said = turns.acts(f"lukk {CASE}, meldt til Datatilsynet")
    assert said.keys == ["utter_case_ask_tell_reporter"]


def test_in_nynorsk_too(opened: Opener) -> None:
    turns = Turns(opened(OFFICER, language="nn"))
    said = turns.presses(turns.asks(f"sak {CASE}").button("Personvernbrot"))
    assert said.titles == ["Hopp over", "Hald fram seinare"]


def test_every_error_of_a_breach_has_its_response() -> None:
    assert set(REFUSALS) == {
        errors.CaseNotFoundError,
        errors.NotAllowedError,
        errors.NotABreachError,
        errors.TextMissingError,
        errors.ReasonMissingError,
    }
