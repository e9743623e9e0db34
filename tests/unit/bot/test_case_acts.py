"""Acts on cases by message and by button: what is missing is asked, nothing is done before it is certain."""

from datetime import date, timedelta

import pytest
from bot_fakes import Clock, Opener, complete_draft, pressed
from case_turns import Turns, dump, text_of

from bot.actions.case_act_model import Act, Verb
from bot.actions.case_doing import REFUSALS, perform
from bot.actions.case_talk import CaseTalk, Pending
from bot.actions.report_filing import file_draft
from bot.actions.wiring import Services, actor_of
from cases import errors
from cases.categories import Category, Likelihood, Severity, Status
from cases.model import Case
from cases.repository import CaseRepository
from database.engine import reading
from organisation.tables import PersonRow

LEADER, COLLEAGUE, ADVISER = "E1006", "E1007", "E1004"  # of Solbakken, avdeling Furu
NEW, HANDLED, LATE, MEASURED = "2026-00085", "2026-00077", "2026-00082", "2026-00074"
NAMELESS = "2026-00075"  # nobody to tell


@pytest.fixture
def leader(opened: Opener) -> Turns:
    return Turns(opened(LEADER))


def case(services: Services, number: str) -> Case:
    with reading(services.sessions) as session:
        found = CaseRepository(session).by_number(number)
    assert found is not None
    return found


def versions(services: Services) -> dict[str, int]:
    return {number: case(services, number).version for number in (NEW, HANDLED, LATE, MEASURED, NAMELESS)}


# --- each verb, at once


@pytest.mark.parametrize(
    ("text", "key", "field", "value"),
    [
        (f"ta {NEW}", "take", "status", Status.UNDER_BEHANDLING),
        (f"gi {NEW} til Jorunn Eikeland", "assign", "assignee_id", COLLEAGUE),
        (f"frist 1. desember for {NEW}", "deadline", "due_date", date(2026, 12, 1)),
        (f"sannsynlighet hyppig på {NEW}", "likelihood", "likelihood", Likelihood.HYPPIG),
        (f"skjerm sak {NEW}", "sensitive", "sensitive", True),
        (f"følg sak {NEW}", "watch", "watcher_ids", frozenset({LEADER})),
    ],
)
def test_an_act_that_lacks_nothing_is_done_at_once_and_can_be_undone(
    leader: Turns, services: Services, text: str, key: str, field: str, value: object
) -> None:
    before = getattr(case(services, NEW), field)
    said = leader.acts(text)
    assert said.keys == [f"utter_case_did_{key}"]
    assert getattr(case(services, NEW), field) == value
    assert not leader.is_open
    undone = leader.presses(said.button("Angre"))
    assert undone.keys == ["utter_case_undone"]
    assert getattr(case(services, NEW), field) == before


def test_a_measure_has_who_and_until_when(leader: Turns, services: Services) -> None:
    said = leader.acts(f"tiltak på {HANDLED}: bestille ny heis, Jorunn Eikeland, innen fredag")
    assert said.keys == ["utter_case_did_measure"]
    measure = case(services, HANDLED).measures[-1]
    assert (measure.text, measure.responsible_id) == ("bestille ny heis", COLLEAGUE)
    assert measure.deadline == date(2026, 11, 27)
    assert "Jorunn Eikeland, innen 27. november 2026" in text_of(said)


def test_a_measure_that_was_asked_for_has_who_and_until_when_too(leader: Turns, services: Services) -> None:
    leader.asks(f"vis {HANDLED}")
    leader.presses(leader.asks(f"vis {HANDLED}").button("Nytt tiltak"))
    said = leader.says("bestille ny heis, Jorunn Eikeland, innen fredag", "report_deviation", 0.9)
    assert said.keys == ["utter_case_did_measure"]
    measure = case(services, HANDLED).measures[-1]
    assert (measure.text, measure.responsible_id, measure.deadline) == (
        "bestille ny heis",
        COLLEAGUE,
        date(2026, 11, 27),
    )


def test_a_case_that_is_named_without_a_measure_gets_none(leader: Turns, services: Services) -> None:
    said = leader.acts(f"nytt tiltak på {HANDLED}")
    assert said.keys == ["utter_case_ask_text"]
    assert len(case(services, HANDLED).measures) == 3


def test_a_measure_is_done_by_its_number(leader: Turns, services: Services) -> None:
    place = next(i for i, item in enumerate(case(services, MEASURED).measures, 1) if item.done_at is None)
    assert leader.acts(f"tiltak {place} er utført i {MEASURED}").keys == ["utter_case_did_measure_done"]
    assert all(item.done_at for item in case(services, MEASURED).measures)
    assert leader.acts(f"tiltak {place} er utført i {MEASURED}").keys == ["utter_case_no_such_measure"]


def test_texts_go_to_the_reporter_or_stay_inside(leader: Turns, services: Services) -> None:
    assert leader.acts(f"skriv til melder i {HANDLED}: Vi bytter heisen").keys == ["utter_case_did_comment"]
    assert leader.acts(f"notat på {HANDLED}: ring leverandøren").keys == ["utter_case_did_note"]
    sender = services.sender(leader.talk.conversation_id)
    written = services.cases.view(actor_of(sender), HANDLED).comments
    assert [(item.text, item.internal) for item in written] == [
        ("Vi bytter heisen", False),
        ("ring leverandøren", True),
    ]


# --- what is missing is asked


@pytest.mark.parametrize(
    ("text", "questions", "answers"),
    [
        (f"lukk {HANDLED}", ["reason", "tell_reporter"], ["Heisen er byttet", "ja"]),
        (f"avvis {HANDLED}", ["reason", "tell_reporter"], ["Gjelder ikke oss", "nei"]),
        (f"lukk {NAMELESS}", ["reason", "confirm"], ["Bemanningen er økt", "ja"]),
        (f"endre kategori på {HANDLED}", ["category", "reason"], ["HMS", "Det gjaldt en ansatt"]),
        (f"endre alvorlighet på {HANDLED}", ["severity", "reason"], ["kritisk", "Livstruende"]),
        (f"slå sammen {HANDLED}", ["other", "confirm"], [MEASURED, "ja"]),
        (f"sak {HANDLED} gjelder Ahmed Farah", ["confirm"], ["ja"]),
        (f"sett frist {HANDLED}", ["date"], ["1. desember"]),
    ],
)
def test_each_thing_that_is_missing_is_asked_before_anything_changes(
    leader: Turns, services: Services, text: str, questions: list[str], answers: list[str]
) -> None:
    before = versions(services)
    said = leader.acts(text)
    for question, answer in zip(questions, answers, strict=True):
        assert said.keys == [f"utter_case_ask_{question}"]
        assert leader.is_open
        assert said.titles[-1] == "Avbryt"
        assert versions(services) == before
        said = leader.says(answer)
    assert said.keys[0].startswith("utter_case_did_")
    assert not leader.is_open
    changed = [number for number, version in versions(services).items() if version != before[number]]
    assert len(changed) == 1


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (f"endre kategori på {HANDLED}", ["Personvern"]),
        (f"endre alvorlighet på {HANDLED}", ["Kritisk"]),
    ],
)
def test_choices_are_buttons_and_the_reason_is_asked_next(
    leader: Turns, services: Services, text: str, titles: list[str]
) -> None:
    said = leader.acts(text)
    for title in titles:
        said = leader.presses(said.button(title))
    assert said.keys == ["utter_case_ask_reason"]
    assert leader.says("slik er det").keys[0].startswith("utter_case_did_")
    changed = case(services, HANDLED)
    assert changed.category is Category.INFORMASJONSSIKKERHET or changed.severity is Severity.KRITISK


@pytest.mark.parametrize(("title", "told"), [("Ja, si fra", True), ("Nei, ikke si fra", False)])
def test_the_reporter_is_told_or_not_as_chosen_by_button(
    leader: Turns, services: Services, title: str, told: bool
) -> None:
    leader.acts(f"lukk {HANDLED}")
    said = leader.says("Heisen er byttet")
    assert "«Heisen er byttet»" in text_of(said)
    said = leader.presses(said.button(title))
    assert said.keys == ["utter_case_did_close"]
    assert ("får beskjed" in text_of(said)) is told
    sender = services.sender(leader.talk.conversation_id)
    event = services.cases.history(actor_of(sender), HANDLED)[-1]
    assert (event.action, event.details["told"]) == ("closed", told)


def test_which_case_is_asked_and_answered_by_button_or_place(leader: Turns, services: Services) -> None:
    leader.asks("vis åpne saker")
    first, second = leader.memory.shown[:2]
    said = leader.acts("ta saken")
    assert said.keys == ["utter_case_ask_number"]
    assert first in said.titles
    assert leader.presses(said.button(second)).messages[0]["number"] == second
    leader.asks("vis åpne saker")
    leader.acts("ta saken")
    assert leader.says("den første").keys[0] in {"utter_case_did_take", "utter_case_already_so"}


@pytest.mark.parametrize("intent", ["query_cases", "nlu_fallback"])
def test_a_bare_number_answers_which_case_whatever_it_is_taken_for(leader: Turns, intent: str) -> None:
    leader.acts("ta saken")
    said = leader.says(NEW, intent, 0.97)
    assert said.variables("utter_case_did_take")["number"] == NEW


def test_the_place_in_the_list_answers_which_other_case(leader: Turns, services: Services) -> None:
    leader.asks("vis åpne saker")
    first, second = leader.memory.shown[:2]
    assert leader.acts(f"slå sammen {first}").titles[:-1] == list(leader.memory.shown[1:5])
    said = leader.says("den andre")
    assert said.keys == ["utter_case_ask_confirm"]
    assert f"{first} med {second}" in text_of(said)
    leader.says("ja")
    assert case(services, first).merged_into == second


def test_the_place_of_a_case_is_not_taken_for_that_of_a_measure(leader: Turns, services: Services) -> None:
    leader.asks("vis åpne saker")
    place = leader.memory.shown.index(MEASURED) + 1
    words = ["første", "andre", "tredje", "fjerde", "femte"]
    open_one = next(i for i, item in enumerate(case(services, MEASURED).measures, 1) if not item.done_at)
    assert leader.acts(f"tiltak {open_one} er utført").keys == ["utter_case_ask_number"]
    assert leader.says(f"den {words[place - 1]}").keys == ["utter_case_did_measure_done"]


def test_what_was_just_shown_is_meant_by_it(leader: Turns, services: Services) -> None:
    leader.asks(f"vis {NEW}")
    assert leader.acts("ta den").variables("utter_case_did_take")["number"] == NEW


# --- names


def test_a_name_that_several_have_is_asked(leader: Turns, services: Services) -> None:
    with services.sessions.begin() as session:
        for row in session.query(PersonRow).filter(PersonRow.employee_id.in_(["E1008", "E1009"])):
            row.name = f"Jorunn {row.name.split()[-1]}"
    said = leader.acts(f"gi {NEW} til Jorunn")
    assert said.keys == ["utter_case_ask_person"]
    assert len(said.titles) == 4
    again = leader.says("🤷")
    assert again.keys == ["utter_case_reply_not_understood", "utter_case_ask_person"]
    assert again.titles == said.titles
    assert leader.presses(again.button("Jorunn Eikeland")).keys == ["utter_case_did_assign"]
    assert case(services, NEW).assignee_id == COLLEAGUE


def test_an_unknown_name_is_asked_anew(leader: Turns, services: Services) -> None:
    said = leader.acts(f"gi {NEW} til Knutsen Ukjentsen")
    assert said.keys == ["utter_case_nobody_named", "utter_case_ask_person"]
    assert leader.says("Jorunn Eikeland").keys == ["utter_case_did_assign"]


def test_oneself_is_meant_by_me(leader: Turns, services: Services) -> None:
    leader.acts(f"gi {NEW} til Jorunn Eikeland")
    assert leader.acts(f"gi {NEW} til meg").keys == ["utter_case_did_assign"]
    assert case(services, NEW).assignee_id == LEADER


# --- called off, and something else in between

QUESTIONS = [
    "ta saken",
    f"slå sammen {HANDLED}",
    f"gi {NEW} til Knutsen Ukjentsen",
    f"sett frist {HANDLED}",
    f"nytt tiltak på {HANDLED}",
    f"endre kategori på {HANDLED}",
    f"endre alvorlighet på {HANDLED}",
    f"lukk {HANDLED}",
    f"lukk {HANDLED}, heisen er byttet",
    f"sak {HANDLED} gjelder Ahmed Farah",
]


@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("how", ["avbryt", "glem det", "button"])
def test_every_question_can_be_called_off(leader: Turns, services: Services, text: str, how: str) -> None:
    before = versions(services)
    said = leader.acts(text)
    assert leader.is_open
    ended = leader.presses(said.button("Avbryt")) if how == "button" else leader.says(how, "cancel", 0.9)
    assert ended.keys == ["utter_case_act_dropped"]
    assert not leader.is_open
    assert versions(services) == before


@pytest.mark.parametrize("text", QUESTIONS)
def test_an_emergency_comes_first_and_the_question_stays(
    leader: Turns, services: Services, text: str
) -> None:
    asked = leader.acts(text).keys[-1]
    said = leader.says("det brenner på rom 12", "emergency", 0.9)
    assert said.keys == ["utter_emergency", asked]
    assert leader.is_open
    report = leader.presses({"payload": '/start_report{"use":"previous"}'})
    assert (report.keys, leader.is_open, leader.is_reporting) == ([], False, True)
    assert leader.talk.draft is not None and leader.talk.draft.text == "det brenner på rom 12"


def test_a_reason_that_speaks_of_an_ambulance_is_a_reason(leader: Turns) -> None:
    leader.acts(f"lukk {HANDLED}")
    said = leader.says("Ambulansen kom og pasienten er trygg", "emergency", 0.3)
    assert said.keys == ["utter_case_ask_tell_reporter"]


@pytest.mark.parametrize("text", QUESTIONS)
def test_an_answer_is_never_taken_for_a_new_report(leader: Turns, services: Services, text: str) -> None:
    leader.acts(text)
    leader.says("Takheisen på rom 12 røk i natt og en beboer falt", "report_deviation", 0.97)
    assert leader.talk.draft is None
    assert not leader.is_reporting


# A number answers the first two.
@pytest.mark.parametrize("text", QUESTIONS[2:])
def test_another_command_takes_the_place_of_the_question(
    leader: Turns, services: Services, text: str
) -> None:
    leader.acts(text)
    said = leader.acts(f"ta sak {LATE}")
    assert said.keys[0] in {"utter_case_did_take", "utter_case_already_so"}
    assert not leader.is_open


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_button_of_another_case_takes_the_place_of_the_question(leader: Turns, text: str) -> None:
    shown = leader.asks(f"vis {LATE}")
    leader.acts(text)
    said = leader.presses(shown.button("Lukk"))
    assert said.keys == ["utter_case_ask_reason"]
    assert leader.memory.pending is not None and leader.memory.pending.act.number == LATE
    assert leader.presses({"payload": f'/query_cases{{"case_number": "{NEW}"}}'}).keys == ["utter_case"]
    assert not leader.is_open


@pytest.mark.parametrize(
    ("text", "intent", "key"),
    [
        ("vis åpne saker", "query_cases", "utter_cases"),
        ("hvem strør veien?", "ask_routine", "utter_routine_answer"),
        ("hva kan du?", "help_capabilities", "utter_help"),
        ("hei", "greet", "utter_greet"),
        ("hvem ser dette?", "privacy_question", "utter_privacy"),
        ("jeg vil snakke med et menneske", "talk_to_human", "utter_talk_to_human"),
        ("jeg vil varsle om sjefen", "whistleblowing", "utter_whistleblowing"),
    ],
)
@pytest.mark.parametrize("question", [QUESTIONS[0], QUESTIONS[2], QUESTIONS[5], QUESTIONS[8]])
def test_something_surely_else_leaves_the_question(
    leader: Turns, services: Services, question: str, text: str, intent: str, key: str
) -> None:
    before = versions(services)
    leader.acts(question)
    assert leader.says(text, intent, 0.95).keys[0] == key
    assert not leader.is_open
    assert versions(services) == before


def test_a_wish_to_report_leaves_the_question(leader: Turns) -> None:
    leader.acts("ta saken")
    leader.says("jeg vil melde et avvik", "start_report", 0.95)
    assert leader.is_reporting
    assert not leader.is_open


def test_a_button_of_an_earlier_question_does_nothing(leader: Turns, services: Services) -> None:
    old = leader.acts(f"endre alvorlighet på {HANDLED}")
    leader.says("avbryt")
    assert leader.presses(old.button("Kritisk")).keys == ["utter_old_button"]
    asked = leader.acts(f"endre alvorlighet på {HANDLED}")
    before = versions(services)
    said = leader.presses(old.button("Kritisk"))
    assert said.keys == ["utter_old_button", "utter_case_ask_severity"]
    assert versions(services) == before
    assert leader.presses(asked.button("Kritisk")).keys == ["utter_case_ask_reason"]
    assert leader.presses({"payload": '/button{"do": "send", "draft": "x"}'}).keys[0] == "utter_old_button"


# --- undo, locks, repeated messages


@pytest.mark.parametrize(
    ("text", "intent"), [("angre", "cancel"), ("angre", "correct_field"), ("angre", "act_on_case")]
)
def test_undo_by_word_takes_back_the_last_change(
    leader: Turns, services: Services, text: str, intent: str
) -> None:
    leader.acts(f"ta {NEW}")
    assert leader.asks(text, intent).keys == ["utter_case_undone"]
    assert case(services, NEW).status is Status.NY
    assert leader.asks(text, intent).keys == ["utter_case_nothing_to_undo"]


def test_undo_has_its_time(leader: Turns, services: Services, clock: Clock) -> None:
    leader.acts(f"ta {NEW}")
    clock.passes(timedelta(minutes=6))
    assert leader.acts("angre").keys == ["utter_case_nothing_to_undo"]
    assert case(services, NEW).status is Status.UNDER_BEHANDLING


def test_cancel_and_corrections_with_nothing_done_say_so(leader: Turns) -> None:
    assert leader.asks("avbryt", "cancel").keys == ["utter_nothing_open"]
    assert leader.asks("nei, det var i går", "correct_field").keys == ["utter_nothing_to_correct"]


def test_who_acts_on_what_has_changed_is_told_and_may_do_it_again(
    leader: Turns, opened: Opener, services: Services
) -> None:
    leader.asks(f"vis {HANDLED}")
    other = Turns(opened("E1005"))
    other.acts(f"sannsynlighet hyppig på {HANDLED}")
    said = leader.acts(f"gi {HANDLED} til Jorunn Eikeland")
    assert said.keys == ["utter_case_changed_meanwhile"]
    assert "ny sannsynlighet (Berit Askeland)" in text_of(said)
    assert case(services, HANDLED).assignee_id == LEADER
    assert leader.acts(f"gi {HANDLED} til Jorunn Eikeland").keys == ["utter_case_did_assign"]
    for key in ("utter_case_changed_meanwhile", "utter_case_did_likelihood"):
        assert other.acts(f"sannsynlighet sjelden på {HANDLED}").keys == [key]
    assert leader.acts("angre").keys == ["utter_case_cannot_undo"]


def test_ones_own_changes_are_no_surprise(leader: Turns) -> None:
    leader.asks(f"vis {NEW}")
    for text in (f"ta {NEW}", f"sannsynlighet hyppig på {NEW}", f"notat på {NEW}: ring"):
        assert leader.acts(text).keys[0].startswith("utter_case_did_")


def test_a_message_that_comes_twice_changes_a_case_once(leader: Turns, services: Services) -> None:
    text = f"tiltak på {HANDLED}: bestille ny heis"
    first = leader.acts(text)
    version = case(services, HANDLED).version
    assert leader.again().messages == first.messages
    assert case(services, HANDLED).version == version
    assert leader.acts(text).keys == ["utter_case_did_measure"]
    assert case(services, HANDLED).version == version + 1


def test_an_answer_that_comes_twice_changes_a_case_once(leader: Turns, services: Services) -> None:
    leader.acts(f"lukk {HANDLED}, heisen er byttet")
    slots, version = dict(leader.talk.slots), case(services, HANDLED).version
    leader.says("ja")
    # The turn was not saved: Rasa takes it again with what it knew before.
    leader.talk.slots, leader.is_open = slots, True
    assert leader.again().keys == ["utter_case_did_close"]
    assert case(services, HANDLED).version == version + 1


def test_undoing_twice_by_one_message_undoes_once(leader: Turns, services: Services) -> None:
    leader.acts(f"ta {NEW}")
    leader.acts(f"sannsynlighet hyppig på {NEW}")
    leader.acts("angre")
    leader.again()
    assert case(services, NEW).status is Status.UNDER_BEHANDLING


# --- who may not


@pytest.mark.parametrize("text", [f"lukk {HANDLED}", f"ta {HANDLED}", f"gi {HANDLED} til Knutsen"])
def test_a_case_that_one_may_not_see_is_as_unknown_as_one_that_there_is_not(
    opened: Opener, text: str
) -> None:
    for employee_id in ("E1019", None):
        forbidden = Turns(opened(employee_id)).acts(text)
        unknown = Turns(opened(employee_id, "2")).acts(text.replace(HANDLED, "2026-99999"))
        assert forbidden.keys == unknown.keys == ["utter_case_not_found"]
        assert dump(forbidden).replace(HANDLED, "") == dump(unknown).replace("2026-99999", "")


@pytest.mark.parametrize(
    "text", ["lukk {}", "gi {} til Knutsen Ukjentsen", "endre kategori på {}", "skjerm {}"]
)
def test_a_reporter_is_refused_before_being_asked_anything(opened: Opener, text: str) -> None:
    said = Turns(opened("E1010")).acts(text.format(HANDLED))
    assert said.keys == ["utter_case_not_allowed"]


def test_who_is_named_in_a_case_cannot_get_it(leader: Turns, services: Services) -> None:
    leader.acts(f"sak {HANDLED} gjelder Jorunn Eikeland")
    leader.says("ja")
    assert leader.acts(f"gi {HANDLED} til Jorunn Eikeland").keys == ["utter_case_involved_handler"]


def test_impossible_acts_say_why(leader: Turns, services: Services) -> None:
    leader.acts(f"lukk {HANDLED}, heisen er byttet")
    leader.says("nei")
    assert leader.acts(f"ta {HANDLED}").keys == ["utter_case_wrong_status"]
    assert leader.acts(f"åpne {HANDLED} igjen").keys == ["utter_case_did_reopen"]
    leader.acts(f"slå sammen {HANDLED} med {HANDLED}")
    if leader.is_open:
        assert leader.says("ja").keys[0] in {"utter_case_cannot_merge", "utter_case_ask_other"}


def test_a_day_gone_by_is_asked_anew(leader: Turns, services: Services) -> None:
    leader.acts(f"sett frist {HANDLED}")
    said = leader.says("1. november 2026")
    if said.keys[0] == "utter_case_past_deadline":
        assert said.keys == ["utter_case_past_deadline", "utter_case_ask_date"]
    assert leader.is_open
    assert leader.says("1. desember").keys == ["utter_case_did_deadline"]


def test_a_reason_without_words_is_asked_anew(leader: Turns, services: Services) -> None:
    leader.acts(f"lukk {HANDLED}")
    leader.says("...")
    if leader.memory.pending is not None and leader.memory.pending.wanted == "tell_reporter":
        said = leader.says("ja")
        assert said.keys == ["utter_case_reason_missing", "utter_case_ask_reason"]
    assert leader.is_open


def test_a_text_that_is_too_long_is_asked_anew(leader: Turns, services: Services) -> None:
    pending = Pending(Act(Verb.NOTE, HANDLED, text="x" * 20_000), "")
    step = perform(pending, services.sender(leader.talk.conversation_id), services, "", "nb", None)
    assert step.said[0].response == "utter_case_text_missing"
    assert step.pending is not None and step.pending.wanted == "text"


def test_every_error_of_handling_has_its_response() -> None:
    handling = {
        error
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.HandlingError)
    }
    own = {errors.HandlingError, errors.ChangedMeanwhileError, errors.NotABreachError}
    assert handling - own <= set(REFUSALS)
    assert {errors.CaseNotFoundError, errors.NothingToUndoError} <= set(REFUSALS)


# --- reporters write


def test_a_reporter_adds_to_a_case(opened: Opener, services: Services) -> None:
    talk = Turns(opened("E1010"))
    said = talk.acts(f"svar på {HANDLED}: Senga var i laveste stilling")
    assert said.keys == ["utter_case_answered"]
    assert talk.presses(talk.asks(f"sak {HANDLED}").button("Skriv mer")).keys == ["utter_case_ask_text"]
    assert "Skriv mer om saken" in text_of(talk.says("🤷‍♂️ nei", "deny")) or not talk.is_open


def test_an_anonymous_reporter_answers_in_the_conversation_of_the_report_only(
    opened: Opener, services: Services
) -> None:
    talk = Turns(opened(None))
    sender = services.sender(talk.talk.conversation_id)
    filed = file_draft(complete_draft(anonymous=True, place="Nes skole"), sender, services)
    said = talk.acts(f"svar på {filed.number}: Det var ved inngang B")
    assert said.keys == ["utter_case_answered"]
    elsewhere = Turns(opened(None, "2")).acts(f"svar på {filed.number}: Det var ved inngang B")
    assert elsewhere.keys == ["utter_case_not_found"]
    seen = Turns(opened("E1034")).asks(f"vis {filed.number}")
    assert "den som meldte: Det var ved inngang B" in text_of(seen)


# --- what is remembered


def test_what_cannot_be_read_is_forgotten() -> None:
    for data in (
        None,
        3,
        {"pending": {"act": {"verb": "fly"}}},
        {"query": {"want": "x"}},
        {"breach": {"a": 1}},
    ):
        assert not CaseTalk.from_slot(data).is_asking


def test_an_open_question_survives_the_tracker(leader: Turns) -> None:
    leader.acts(f"lukk {HANDLED}")
    memory = leader.memory
    assert CaseTalk.from_slot(memory.as_slot()) == memory
    assert memory.pending is not None and memory.pending.act.verb is Verb.CLOSE


def test_in_nynorsk_too(opened: Opener) -> None:
    talk = Turns(opened(LEADER, language="nn"))
    assert "Avbryt" in talk.acts(f"lukk {HANDLED}").titles
    assert talk.says("Heisen er bytt").titles[:2] == ["Ja, sei frå", "Nei, ikkje sei frå"]
    assert "Den som melde, får melding" in text_of(talk.says("ja"), "nn")


def test_a_button_without_a_question_is_old(leader: Turns) -> None:
    assert leader.takes(pressed("act_on_case", do="reply", draft="x", value="yes")).keys == [
        "utter_old_button"
    ]


@pytest.mark.parametrize("language", ["nb", "nn"])
@pytest.mark.parametrize(
    "text",
    [
        f"si til melder på sak {NEW} at vi ser på det",
        f"gi sak {NEW} til Jorunn Eikeland",
        f"ta sak {NEW}",
        f"sett frist 1. desember på sak {NEW}",
        f"noter internt på sak {NEW} at vaktmesteren er ringt",
        f"tiltak på sak {NEW}: bytte pære",
        f"skjerm sak {NEW}",
    ],
)
def test_an_act_that_was_taken_for_a_question_is_confirmed_first(
    opened: Opener, text: str, language: str
) -> None:
    talk = Turns(opened(LEADER, language=language))
    asked = talk.asks(text)
    assert asked.keys == ["utter_case_ask_confirm"]
    assert NEW in text_of(asked, language)
    assert talk.memory.pending is not None
    done = talk.says("ja")
    assert done.keys[0].startswith("utter_case_did_")
