"""What is stored when somebody says whether an answer helped, and what they hear."""

import pytest
from bot_fakes import FakeRoutines, Opener, Said, Stored, Talk, ask, local_hit, pressed, typed

from bot.actions.feedback_actions import ActionTakeFeedback
from bot.actions.question_actions import ActionAnswerQuestion
from bot.actions.report_actions import ValidateReportForm
from bot.actions.report_draft import ReportDraft
from knowledge.feedback_model import FeedbackKind

TEXT = "hva gjør jeg når Ola Hansen faller?"
NAME = (TEXT.index("Ola"), TEXT.index(" faller"))


def answered(talk: Talk) -> Said:
    return ask(talk, TEXT, NAME).runs(ActionAnswerQuestion())


def press(talk: Talk, said: Said, title: str) -> Said:
    return talk.presses(said.button(title)).runs(ActionTakeFeedback())


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_yes_is_stored_with_what_was_shown_and_thanked_for(
    opened: Opener, stored: Stored, language: str
) -> None:
    talk = opened("E1019", language=language)
    assert press(talk, answered(talk), "Ja").keys == ["utter_feedback_positive"]
    (row,) = stored()
    assert (row.kind, row.question, row.language) == (
        FeedbackKind.HELPED,
        "hva gjør jeg når […] faller?",
        language,
    )
    assert (row.document_id, row.section) == ("FJO-HMS-004", "slik-gjor-du")
    assert talk.conversation_id not in str(vars(row))


def test_no_offers_what_was_not_shown_the_owner_the_leader_and_to_note_it(
    opened: Opener, routines: FakeRoutines, stored: Stored
) -> None:
    routines.others = (local_hit("B", "Strøing"), local_hit("C", "Brøyting"))
    talk = opened("E1019")
    said = answered(talk)
    other = talk.presses(said.button("Se også: Strøing")).runs(ActionAnswerQuestion())
    refused = press(talk, other, "Nei")
    assert refused.titles == ["Se også: Brøyting", "Noter at en rutine mangler"]
    told = refused.variables("utter_answer_did_not_help")
    assert (told["owner"], told["leader"]) == ("HR-leder, som eier rutinen", "lederen din (Pål Gjerde)")
    (row,) = stored()
    assert (row.kind, row.document_id, row.owner) == (FeedbackKind.DID_NOT_HELP, "B", "HR-leder")


def test_an_owner_without_a_name_is_spoken_of_all_the_same(opened: Opener, routines: FakeRoutines) -> None:
    routines.hit = local_hit("A", "A", owner="")
    talk = opened(None)
    told = press(talk, answered(talk), "Nei").variables("utter_answer_did_not_help")
    assert (told["owner"], told["leader"]) == ("den som eier rutinen", "lederen din")


def test_feedback_is_stored_although_the_search_is_down(
    opened: Opener, routines: FakeRoutines, stored: Stored
) -> None:
    talk = opened(None)
    said = answered(talk)
    routines.is_down = True
    assert press(talk, said, "Nei").titles == ["Noter at en rutine mangler"]
    assert [row.kind for row in stored()] == [FeedbackKind.DID_NOT_HELP]


def test_pressing_twice_stores_once_and_the_last_word_counts(opened: Opener, stored: Stored) -> None:
    talk = opened(None)
    said = answered(talk)
    for title in ("Ja", "Ja", "Nei"):
        press(talk, said, title)
    assert [row.kind for row in stored()] == [FeedbackKind.DID_NOT_HELP]


def test_a_missing_routine_is_noted_instead_of_the_question_without_an_answer(
    opened: Opener, routines: FakeRoutines, stored: Stored
) -> None:
    routines.hit = None
    talk = opened(None)
    said = answered(talk)
    assert [row.kind for row in stored()] == [FeedbackKind.UNANSWERED]
    assert press(talk, said, "Noter").keys == ["utter_missing_noted"]
    talk.runs(ActionTakeFeedback())
    assert [(row.kind, row.question) for row in stored()] == [
        (FeedbackKind.MISSING, "hva gjør jeg når […] faller?")
    ]


def test_a_missing_routine_can_be_noted_after_an_answer_that_did_not_help(
    opened: Opener, stored: Stored
) -> None:
    talk = opened(None)
    press(talk, press(talk, answered(talk), "Nei"), "Noter")
    assert [(row.kind, row.document_id) for row in stored()] == [
        (FeedbackKind.DID_NOT_HELP, "FJO-HMS-004"),
        (FeedbackKind.MISSING, ""),
    ]


@pytest.mark.parametrize(
    ("intent", "kind"),
    [
        ("affirm", FeedbackKind.HELPED),
        ("feedback_positive", FeedbackKind.HELPED),
        ("deny", FeedbackKind.DID_NOT_HELP),
        ("feedback_negative", FeedbackKind.DID_NOT_HELP),
    ],
)
def test_words_right_after_an_answer_count_as_its_buttons(
    opened: Opener, stored: Stored, intent: str, kind: FeedbackKind
) -> None:
    talk = opened(None)
    answered(talk)
    talk.hears(typed("ja eller nei", intent)).runs(ActionTakeFeedback())
    assert [(row.kind, row.document_id) for row in stored()] == [(kind, "FJO-HMS-004")]


@pytest.mark.parametrize(
    ("intent", "key", "kind"),
    [
        ("affirm", "utter_missing_noted", FeedbackKind.MISSING),
        ("deny", "utter_nothing_open", FeedbackKind.UNANSWERED),
        ("feedback_positive", "utter_feedback_positive", FeedbackKind.UNANSWERED),
        ("feedback_negative", "utter_feedback_negative", FeedbackKind.UNANSWERED),
    ],
)
def test_yes_to_the_offer_to_note_a_routine_notes_it(
    opened: Opener, routines: FakeRoutines, stored: Stored, intent: str, key: str, kind: FeedbackKind
) -> None:
    routines.hit = None
    talk = opened(None)
    answered(talk)
    assert talk.hears(typed("ja eller nei", intent)).runs(ActionTakeFeedback()).keys == [key]
    assert [row.kind for row in stored()] == [kind]


@pytest.mark.parametrize(
    ("intent", "key"),
    [
        ("affirm", "utter_nothing_open"),
        ("deny", "utter_nothing_open"),
        ("feedback_positive", "utter_feedback_positive"),
        ("feedback_negative", "utter_feedback_negative"),
    ],
)
def test_words_that_speak_of_no_answer_store_nothing(
    opened: Opener, stored: Stored, intent: str, key: str
) -> None:
    talk = opened(None)
    answered(talk)
    talk.hears(typed("hei", "greet"))  # something else was said since
    assert talk.hears(typed("ja", intent)).runs(ActionTakeFeedback()).keys == [key]
    assert opened(None, "2").hears(pressed(intent)).runs(ActionTakeFeedback()).keys == [key]
    assert stored() == []


def test_a_button_of_an_earlier_session_says_so_and_stores_nothing(opened: Opener, stored: Stored) -> None:
    said = answered(opened(None))
    assert press(opened(None, "2"), said, "Ja").keys == ["utter_old_answer"]
    assert stored() == []


def test_in_mid_report_feedback_is_taken_and_the_report_stays_open(opened: Opener, stored: Stored) -> None:
    talk = opened(None)
    said = answered(talk)
    talk.slots |= {"report": ReportDraft().as_slot(), "requested_slot": "report_reply"}
    assert talk.presses(said.button("Nei")).runs(ValidateReportForm()).keys == ["utter_answer_did_not_help"]
    assert talk.draft is not None
    assert [row.kind for row in stored()] == [FeedbackKind.DID_NOT_HELP]
