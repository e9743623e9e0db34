"""Each response with variables is uttered by its action and filled, in both written forms.

All other tests of this folder render what they utter too (`Talk.runs`).
"""

import pytest
from bot_fakes import FakeRoutines, Opener, Talk, complete_draft, pressed, routine_hit, typed
from domain_texts import VARIANTS, interpolate, keys_with_variables, responses

from bot.actions.case_actions import ActionShowCases
from bot.actions.feedback_actions import ActionTakeFeedback
from bot.actions.message import Entity
from bot.actions.question_actions import ActionAnswerQuestion
from bot.actions.report_actions import ActionAskReportReply, ActionFinishReport
from bot.actions.report_draft import ReportDraft
from cases.errors import InvalidReportError
from cases.model import Case, NewReport
from cases.service import CaseService

DRAFTS = [
    ReportDraft(),
    ReportDraft(kind="improvement"),
    ReportDraft(anonymous=True),
    *(
        complete_draft(asking=question)
        for question in ("text", "category", "place", "time", "severity", "change")
    ),
    complete_draft(),
    complete_draft(place=None, time=None, confidence=None, kind="improvement", anonymous=True),
]


def test_every_response_with_variables_is_filled(
    opened: Opener, routines: FakeRoutines, heard: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for language in VARIANTS:
        for draft in DRAFTS:
            _with(opened("E1019", language=language), draft).runs(ActionAskReportReply())
        _with(opened("E1019", language=language), complete_draft(outcome="send")).runs(ActionFinishReport())
        for employee_id, text, number in [
            ("E1019", "mine saker", None),
            ("E1019", "sak", "2026-99999"),
            ("E1057", "sak", "2025-00001"),
            ("E1006", "åpne saker", None),
            ("E1056", "åpne saker", None),
        ]:
            entities = [Entity("case_number", number)] if number else []
            talk = opened(employee_id, language=language).hears(typed(text, "query_cases", *entities))
            talk.runs(ActionShowCases())
        for routines.confidence in (0.4, 0.9):
            talk = opened("E1019", language=language).hears(typed("hvem?", "ask_routine"))
            talk.runs(ActionAnswerQuestion())
        talk.hears(typed("nei", "deny")).runs(ActionTakeFeedback())
    monkeypatch.setattr(CaseService, "file", _refuse)
    _with(opened("E1019"), complete_draft(outcome="send")).runs(ActionFinishReport())
    assert keys_with_variables() - heard == set()


def _with(talk: Talk, draft: ReportDraft) -> Talk:
    talk.slots["report"] = draft.as_slot()
    return talk


def _refuse(_service: CaseService, _report: NewReport) -> Case:
    raise InvalidReportError("unit_id", "is unknown")


def test_responses_without_variables_render_alone(opened: Opener) -> None:
    for key in set(responses()) - keys_with_variables():
        for variant in responses()[key]:
            filled = interpolate(
                {part: variant[part] for part in ("text", "custom", "buttons") if part in variant}, {}
            )
            assert "{{" not in str(filled), key


def test_hostile_words_of_a_routine_stay_words(opened: Opener, routines: FakeRoutines) -> None:
    routines.hit = routine_hit(title="{title} {{x}}", owner="{0}", version="0[1]")
    said = opened(None).hears(pressed("ask_routine", use="previous"))
    said.hears(typed("hvem?", "ask_routine"))
    text = said.runs(ActionAnswerQuestion()).rendered[0]["nb"]["text"]
    assert "{title} {{x}}" in text
    assert "{0}" in text
    assert "0\u200b[1]" in text


@pytest.mark.parametrize("missing", ["draft", "number"])
def test_the_check_itself_finds_a_missing_variable(missing: str) -> None:
    with pytest.raises(AssertionError):
        interpolate('/button{{"draft":"{' + missing + '}"}}', {"other": "x"})
    assert interpolate('/button{{"draft":"{d}"}}', {"d": "1"}) == '/button{"draft":"1"}'
    assert interpolate('/x{{"topic":"own"}}', {"d": "1"}) == '/x{"topic":"own"}'
