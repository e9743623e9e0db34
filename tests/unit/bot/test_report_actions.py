"""The report from the first message to the receipt, with the real case register."""

import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from bot_fakes import (
    RICH_TEXT,
    FakeRoutines,
    Opener,
    Said,
    Talk,
    complete_draft,
    deviation,
    place,
    pressed,
    rich_message,
    routine_hit,
    slot_values,
    typed,
)
from sqlalchemy import func, select

from bot.actions.message import UserMessage
from bot.actions.report_actions import (
    ActionAskReportReply,
    ActionFinishReport,
    ActionPressOldButton,
    ActionStartReport,
    ValidateReportForm,
)
from bot.actions.report_draft import CATEGORIES, CHANGE, CONFIRM, SEVERITIES, ReportDraft
from bot.actions.routine_card import MAX_POINTER_CHARS
from bot.actions.wiring import Services, actor_of
from cases.errors import InvalidReportError
from cases.model import Case, NewReport
from cases.service import CaseService
from cases.tables import CaseRow
from database.engine import reading
from organisation.directory import Directory
from organisation.model import Role

FIRST_NUMBER = "2026-00090"
REPORTER = "E1019"  # Hjemmetjenesten nord, led by E1017


def case_count(services: Services) -> int:
    with reading(services.sessions) as session:
        return session.scalar(select(func.count()).select_from(CaseRow)) or 0


def start(talk: Talk, message: UserMessage) -> Said:
    return talk.hears(message).runs(ActionStartReport())


def answer(talk: Talk, message: UserMessage) -> list[str]:
    """Take a message as Rasa's form does: validate, then ask on or finish. Returns the response keys."""
    talk.hears(message)
    talk.slots["requested_slot"] = "report_reply"
    keys = talk.runs(ValidateReportForm()).keys
    is_done = talk.slots["requested_slot"] is None
    return keys + talk.runs(ActionFinishReport() if is_done else ActionAskReportReply()).keys


def open_with(talk: Talk, draft: ReportDraft) -> Talk:
    talk.slots |= {"report": json.loads(json.dumps(draft.as_slot())), "requested_slot": "report_reply"}
    return talk


def sent(talk: Talk, draft: ReportDraft) -> Said:
    return open_with(talk, replace(draft, outcome="send")).runs(ActionFinishReport())


def filed(talk: Talk, services: Services, draft: ReportDraft) -> Case:
    sent(talk, draft)
    case = services.cases.filed_as(talk.conversation_id, draft.draft_id)
    assert case is not None
    return case


def test_one_sentence_in_one_receipt_out(opened: Opener, services: Services) -> None:
    talk = opened(REPORTER)
    start(talk, rich_message())
    assert talk.runs(ActionAskReportReply()).keys == ["utter_ask_report_confirm"]
    assert answer(talk, typed("ja", "affirm")) == ["utter_report_filed", "utter_routine_for_case"]
    case = services.cases.view(actor_of(services.sender(talk.conversation_id)), FIRST_NUMBER).case
    assert (case.description, case.place, case.occurred_text) == (RICH_TEXT, "utenfor Nes skole", "I går")
    assert (case.reporter_id, case.assignee_id, case.unit_id) == (REPORTER, "E1017", "HO-HJT-NOR")
    assert (case.category, case.subtype, case.severity) == ("hms", "personskade", "middels")
    assert talk.draft is None


# --- action_start_report


@pytest.mark.parametrize(
    ("message", "kind", "anonymous", "text"),
    [
        (rich_message(), "deviation", False, RICH_TEXT),
        (typed("jeg vil melde avvik", "start_report"), "deviation", False, ""),
        (typed("jeg har et forslag", "start_improvement"), "improvement", False, ""),
        (typed("kan jeg være anonym?", "anonymous_request"), "deviation", True, ""),
        (pressed("start_report"), "deviation", False, ""),
        (typed("🔥🔥", "report_deviation", assessment=deviation()), "deviation", False, ""),
    ],
)
def test_a_report_starts_from_the_message_alone(
    opened: Opener, message: UserMessage, kind: str, anonymous: bool, text: str
) -> None:
    talk = opened(REPORTER)
    earlier = complete_draft(text="noe helt annet", kind="improvement", anonymous=True, outcome="send")
    open_with(talk, earlier)
    said = start(talk, message)
    assert set(slot_values(said.events)) == {"report"}
    assert talk.draft is not None
    assert talk.draft.draft_id != earlier.draft_id
    assert (talk.draft.kind, talk.draft.anonymous, talk.draft.text) == (kind, anonymous, text)
    assert talk.draft.outcome is None


def test_report_this_takes_the_words_before_the_button(opened: Opener) -> None:
    talk = opened(REPORTER).hears(rich_message())
    start(talk, pressed("start_report", use="previous"))
    assert talk.draft is not None
    assert (talk.draft.text, talk.draft.asking) == (RICH_TEXT, CONFIRM)


def test_report_this_without_words_before_asks_for_them(opened: Opener) -> None:
    talk = opened(REPORTER)
    start(talk, pressed("start_report", use="previous"))
    assert talk.runs(ActionAskReportReply()).keys == ["utter_ask_report_text"]


# --- validate_report_form


def test_the_message_that_opened_the_form_is_not_read_again(opened: Opener) -> None:
    talk = opened(REPORTER)
    start(talk, rich_message())
    before = talk.draft
    said = talk.runs(ValidateReportForm())
    assert slot_values(said.events) == {"report_reply": None}
    assert (talk.draft, said.keys) == (before, [])


def test_without_a_draft_the_form_ends(opened: Opener) -> None:
    talk = opened(REPORTER).hears(typed("ja", "affirm"))
    talk.slots["requested_slot"] = "report_reply"
    said = talk.runs(ValidateReportForm())
    assert slot_values(said.events) == {"report_reply": None, "requested_slot": None}


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        (typed("ja", "affirm"), "send"),
        (typed("avbryt", "cancel"), "cancel"),
        (typed("start på nytt", "start_over"), "start_over"),
    ],
)
def test_an_outcome_ends_the_form(opened: Opener, message: UserMessage, outcome: str) -> None:
    talk = open_with(opened(REPORTER), complete_draft()).hears(message)
    values = slot_values(talk.runs(ValidateReportForm()).events)
    assert (values["requested_slot"], values["report"]["outcome"]) == (None, outcome)


def test_any_other_message_keeps_the_form_open(opened: Opener) -> None:
    talk = open_with(opened(REPORTER), complete_draft()).hears(typed("bla", "nlu_fallback"))
    said = talk.runs(ValidateReportForm())
    assert "requested_slot" not in slot_values(said.events)
    assert said.keys == ["utter_report_not_understood"]


@pytest.mark.parametrize(
    ("intent", "keys"),
    [
        ("ask_routine", ["utter_routine_answer"]),
        ("emergency", ["utter_emergency"]),
        ("whistleblowing", ["utter_whistleblowing", "utter_routine_for_case"]),
        ("privacy_question", ["utter_privacy"]),
        ("help_capabilities", ["utter_help"]),
        ("talk_to_human", ["utter_talk_to_human"]),
        ("query_cases", ["utter_no_cases"]),
        ("thanks", ["utter_thanks"]),
        ("greet", ["utter_greet"]),
    ],
)
def test_a_question_in_between_is_answered_before_asking_on(
    opened: Opener, intent: str, keys: list[str]
) -> None:
    talk = open_with(opened("E1015"), complete_draft())
    assert answer(talk, typed("hva skjer", intent)) == [*keys, "utter_ask_report_confirm"]


# --- action_ask_report_reply


@pytest.mark.parametrize(
    ("draft", "key"),
    [
        (ReportDraft(), "utter_ask_report_text"),
        (ReportDraft(kind="improvement"), "utter_ask_improvement_text"),
        (ReportDraft(anonymous=True), "utter_ask_anonymous_text"),
        (complete_draft(asking="text"), "utter_ask_report_new_text"),
        (complete_draft(asking="category"), "utter_ask_report_category"),
        (complete_draft(asking="place"), "utter_ask_report_place"),
        (complete_draft(asking="time"), "utter_ask_report_time"),
        (complete_draft(asking="severity"), "utter_ask_report_severity"),
        (complete_draft(asking="change"), "utter_ask_report_change"),
        (complete_draft(), "utter_ask_report_confirm"),
    ],
)
def test_each_question_has_its_response_and_its_buttons_carry_the_draft(
    opened: Opener, draft: ReportDraft, key: str
) -> None:
    said = open_with(opened(REPORTER), draft).runs(ActionAskReportReply())
    assert said.keys == [key]
    for variant in said.rendered[0].values():
        assert variant["buttons"]
        for button in variant["buttons"]:
            assert json.loads(button["payload"].removeprefix("/button"))["draft"] == draft.draft_id


def test_categories_are_offered_likeliest_first_and_severities_mildest_first(opened: Opener) -> None:
    ranking = tuple(reversed(CATEGORIES))
    talk = open_with(opened(REPORTER), complete_draft(asking="category", ranking=ranking))
    assert _offered(talk) == list(ranking)
    assert _offered(open_with(talk, complete_draft(asking="severity"))) == list(SEVERITIES)


def _offered(talk: Talk) -> list[str]:
    buttons = talk.runs(ActionAskReportReply()).messages[0]["buttons"]
    return [json.loads(button["payload"].removeprefix("/button"))["value"] for button in buttons]


def test_each_offered_button_is_understood(opened: Opener) -> None:
    draft = complete_draft(asking="category", category=None)
    talk = open_with(opened(REPORTER), draft)
    payload = talk.runs(ActionAskReportReply()).messages[0]["buttons"][2]["payload"]
    assert answer(talk, pressed(**json.loads(payload.removeprefix("/button")))) == [
        "utter_ask_report_confirm"
    ]
    assert talk.draft is not None
    assert talk.draft.category == draft.ranking[2]


@pytest.mark.parametrize("language", ["nb", "nn", None])
def test_the_summary_tells_what_will_be_filed(opened: Opener, language: str | None) -> None:
    said = open_with(opened(REPORTER, language=language), complete_draft()).runs(ActionAskReportReply())
    told = said.variables("utter_ask_report_confirm")
    assert (told["description"], told["place"]) == (RICH_TEXT, "utenfor Nes skole")
    assert (told["reporter"], told["recipient"]) == ("Emilie Tangen", "Pål Gjerde")
    assert "personskade" in told["category"]
    assert "90 %" in told["confidence"]
    assert "november" in told["time"]


@pytest.mark.parametrize(
    ("language", "not_told"),
    [("nb", "ikke oppgitt"), ("nn", "ikkje oppgjeve"), (None, "ikke oppgitt"), ("en", "ikke oppgitt")],
)
def test_what_actions_fill_in_is_in_the_written_form_of_the_conversation(
    opened: Opener, language: str | None, not_told: str
) -> None:
    talk = open_with(opened(REPORTER, language=language), complete_draft(place=None))
    assert talk.runs(ActionAskReportReply()).variables("utter_ask_report_confirm")["place"] == not_told


def test_a_category_that_the_person_chose_has_no_percentage(opened: Opener) -> None:
    talk = open_with(opened(REPORTER), complete_draft(confidence=None))
    assert talk.runs(ActionAskReportReply()).variables("utter_ask_report_confirm")["confidence"] == ""


def test_words_that_look_like_variables_are_shown_as_they_are(opened: Opener) -> None:
    text = "Skjemaet viste {draft} og {0} og {{x}} da jeg falt"
    talk = open_with(opened(REPORTER), complete_draft(text=text, place="rom 0[1]"))
    shown = talk.runs(ActionAskReportReply()).rendered[0]["nb"]
    assert text in shown["text"]
    assert "rom 0\u200b[1]" in shown["text"]
    assert "{" not in shown["buttons"][0]["payload"].replace('/button{"do"', "", 1)


# --- who gets it, and whose it is


@pytest.mark.parametrize("anonymous", [False, True])
def test_the_summary_names_the_one_who_will_get_the_case(
    opened: Opener, services: Services, anonymous: bool
) -> None:
    with reading(services.sessions) as session:
        people = Directory(session).people()
    asked = [person for person in people if person.role is Role.LEADER or person.employee_id == REPORTER]
    assert len(asked) > 20
    for person in asked:
        draft = complete_draft(anonymous=anonymous)
        talk = open_with(opened(person.employee_id), draft)
        promised = talk.runs(ActionAskReportReply()).variables("utter_ask_report_confirm")["recipient"]
        told = sent(talk, draft).variables("utter_report_filed")["recipient"]
        assert promised == told, person.employee_id


def test_an_anonymous_report_shows_and_stores_no_name(opened: Opener, services: Services) -> None:
    talk = open_with(opened(REPORTER), complete_draft())
    assert answer(talk, typed("anonymt, takk", "anonymous_request")) == [
        "utter_report_anonymous_now",
        "utter_ask_report_confirm",
    ]
    assert talk.draft is not None
    said = talk.runs(ActionAskReportReply())
    assert "Emilie" not in json.dumps(said.rendered, ensure_ascii=False)
    case = filed(talk, services, talk.draft)
    assert (case.reporter_id, case.anonymous) == (None, True)


@pytest.mark.parametrize(
    ("where", "text", "unit_id", "assignee_id"),
    [
        ("Nes skole", "Noen falt i trappa", "OPP-NES", "E1034"),
        ("Solbakken, avdeling Furu", "Noen falt på Nes skole", "HO-SOL-FUR", "E1006"),
        (None, "Noen falt på Fjordvik skole", "OPP-FJS", "E1031"),
        ("et sted", "Noen falt", None, None),
    ],
)
def test_an_unknown_visitors_report_goes_to_the_unit_that_it_names(
    opened: Opener,
    services: Services,
    where: str | None,
    text: str,
    unit_id: str | None,
    assignee_id: str | None,
) -> None:
    case = filed(opened(None), services, complete_draft(place=where, text=text))
    assert (case.unit_id, case.assignee_id, case.reporter_id) == (unit_id, assignee_id, None)


def test_an_employees_report_goes_to_their_own_unit_wherever_it_happened(
    opened: Opener, services: Services
) -> None:
    assert filed(opened(REPORTER), services, complete_draft(place="Nes skole")).unit_id == "HO-HJT-NOR"


def test_an_improvement_is_filed_without_place_and_time(opened: Opener, services: Services) -> None:
    case = filed(opened(REPORTER), services, complete_draft(kind="improvement", place=None, time=None))
    assert (case.kind, case.place, case.occurred_at) == ("improvement", None, None)


# --- action_finish_report


@pytest.mark.parametrize(
    ("draft", "key"),
    [
        (None, "utter_report_nothing_to_send"),
        (complete_draft(), "utter_report_nothing_to_send"),
        (complete_draft(outcome="confirmed"), "utter_report_nothing_to_send"),
        (complete_draft(outcome="cancel"), "utter_report_cancelled"),
        (complete_draft(outcome="start_over"), "utter_report_start_again"),
    ],
)
def test_what_nobody_confirmed_is_not_filed(
    opened: Opener, services: Services, draft: ReportDraft | None, key: str
) -> None:
    before = case_count(services)
    talk = opened(REPORTER)
    if draft is not None:
        open_with(talk, draft)
    said = talk.runs(ActionFinishReport())
    assert said.keys == [key]
    assert slot_values(said.events) == {"report": None}
    assert case_count(services) == before


def test_a_draft_is_filed_once_however_often_it_is_sent(opened: Opener, services: Services) -> None:
    before = case_count(services)
    talk, draft = opened(REPORTER), complete_draft()
    numbers = [sent(talk, draft).variables("utter_report_filed")["number"] for _ in range(3)]
    assert numbers == [FIRST_NUMBER] * 3
    assert case_count(services) == before + 1
    assert talk.draft is None


class RefusingService(CaseService):
    """Refuses everything, as when the conversation has been removed."""

    def file(self, report: NewReport) -> Case:
        raise InvalidReportError("conversation_id", "is unknown")


def test_a_refused_report_stays_open_and_its_buttons_work(
    opened: Opener, services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    talk, draft = opened(REPORTER), complete_draft(text="et hemmelig kanarifuglsted")
    with monkeypatch.context() as patched:
        patched.setattr(CaseService, "file", RefusingService.file)
        said = sent(talk, draft)
    assert said.keys == ["utter_filing_refused"]
    assert "kanarifugl" not in caplog.text
    assert [record.levelno for record in caplog.records if record.name.startswith("bot")] == [logging.ERROR]
    assert {"event": "active_loop", "timestamp": None, "name": "report_form"} in said.events
    assert talk.draft == replace(draft, asking=CHANGE, outcome=None)
    # Rasa now runs the form again: it must not take the message that was refused for an answer.
    talk.slots["requested_slot"] = None
    assert talk.runs(ValidateReportForm()).keys == []
    assert talk.runs(ActionAskReportReply()).keys == ["utter_ask_report_change"]
    assert answer(talk, pressed(do="send", draft=draft.draft_id)) == ["utter_ask_report_confirm"]
    assert "utter_report_filed" in answer(talk, pressed(do="send", draft=draft.draft_id))


HARD_TEXTS = [
    "x" * 60_000,
    "\U0001d15e" * 20_000 + "tekst",  # three characters each when composed
    "tekst\0 med null\ud800",
    "🔥" * 9_500 + "tekst",
    "\u0301\u200b tekst \u202e",
]


@pytest.mark.parametrize("text", HARD_TEXTS, ids=range(len(HARD_TEXTS)))
def test_whatever_is_written_can_be_filed_or_is_asked_again(
    opened: Opener, services: Services, text: str
) -> None:
    talk = opened(REPORTER)
    start(talk, typed(text, "report_deviation", place(text), assessment=deviation(subtype="legemiddel")))
    assert talk.draft is not None
    if talk.draft.text:
        answer(talk, typed(text, "nlu_fallback"))  # the time
        answer(talk, pressed(do="skip", draft=talk.draft.draft_id))
        answer(talk, typed(text + " og mer", "report_deviation"))
        assert "utter_report_filed" in answer(talk, typed("ja", "affirm"))
    else:
        assert talk.runs(ActionAskReportReply()).keys == ["utter_ask_report_text"]


def test_the_receipt_comes_although_the_routines_are_down(
    opened: Opener, services: Services, routines: FakeRoutines
) -> None:
    routines.is_down = True
    said = sent(opened(REPORTER), complete_draft())
    assert said.keys == ["utter_report_filed"]


def test_the_receipt_comes_without_a_routine_when_none_fits(
    opened: Opener, services: Services, routines: FakeRoutines
) -> None:
    routines.hit = None
    assert sent(opened(REPORTER), complete_draft()).keys == ["utter_report_filed"]
    assert routines.queries == [RICH_TEXT]


def test_the_routine_beside_the_receipt_is_a_short_pointer(opened: Opener, routines: FakeRoutines) -> None:
    hit = routine_hit()
    routines.hit = replace(hit, section=replace(hit.section, passage="ord " * 1_000))
    told = sent(opened(REPORTER), complete_draft()).variables("utter_routine_for_case")
    assert 0 < len(told["passage"]) <= MAX_POINTER_CHARS + 2


# --- action_press_old_button


def test_an_old_send_button_gives_the_receipt_again(opened: Opener) -> None:
    talk, draft = opened(REPORTER), complete_draft()
    receipt = sent(talk, draft).variables("utter_report_filed")
    said = talk.hears(pressed(do="send", draft=draft.draft_id)).runs(ActionPressOldButton())
    assert said.keys == ["utter_report_filed"]
    assert said.variables("utter_report_filed") == receipt


@pytest.mark.parametrize("employee_id", ["E1017", REPORTER, None])
def test_an_old_button_of_another_conversation_tells_nothing(opened: Opener, employee_id: str | None) -> None:
    draft = complete_draft()
    sent(opened(REPORTER), draft)
    other = opened(employee_id, external_id="2").hears(pressed(do="send", draft=draft.draft_id))
    assert other.runs(ActionPressOldButton()).keys == ["utter_old_button"]


@pytest.mark.parametrize(
    "values", [{"do": "cancel"}, {"do": "change", "field": "text"}, {"do": "send", "draft": "unknown"}, {}]
)
def test_other_old_buttons_are_gone(opened: Opener, services: Services, values: dict[str, Any]) -> None:
    talk, draft = opened(REPORTER), complete_draft()
    sent(talk, draft)
    before = case_count(services)
    said = talk.hears(pressed(**{"draft": draft.draft_id, **values})).runs(ActionPressOldButton())
    assert said.keys == ["utter_old_button"]
    assert (said.events, case_count(services)) == ([], before)
