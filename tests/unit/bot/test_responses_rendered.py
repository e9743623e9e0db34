"""Each response with variables is uttered by its action and filled, in both written forms.

All other tests of this folder render what they utter too (`Talk.runs`).
"""

import pytest
from bot_fakes import FakeRoutines, Opener, Talk, complete_draft, pressed, routine_hit, typed
from case_turns import Turns
from domain_texts import VARIANTS, interpolate, keys_with_variables, responses

from bot.actions.feedback_actions import ActionTakeFeedback
from bot.actions.message import Entity
from bot.actions.phrases import phrase
from bot.actions.privacy_actions import ActionAnswerPrivacy
from bot.actions.question_actions import ActionAnswerQuestion
from bot.actions.report_actions import ActionAskReportReply, ActionFinishReport
from bot.actions.report_draft import ReportDraft
from bot.actions.report_filing import file_draft
from bot.actions.wiring import Services
from cases.breaches import Decision
from cases.errors import InvalidReportError
from cases.learning import CaseLearning
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
    opened: Opener,
    services: Services,
    routines: FakeRoutines,
    heard: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for language in VARIANTS:
        for draft in DRAFTS:
            _with(opened("E1019", language=language), draft).runs(ActionAskReportReply())
        _with(opened("E1019", language=language), complete_draft(outcome="send")).runs(ActionFinishReport())
        _speak_of_cases(opened, language)
        _act(opened, language)
        _document_a_breach(opened, language)
        _refuse_what_is_rare(opened, services, language)
        talk = opened("E1019", language=language)
        for text in ("hva er lagret om meg?", "slett navnet mitt"):
            talk.hears(typed(text, "privacy_question")).runs(ActionAnswerPrivacy())
        talk.hears(pressed("privacy_question", do="erase")).runs(ActionAnswerPrivacy())
        for routines.confidence in (0.4, 0.9):
            talk = opened("E1019", language=language).hears(typed("hvem?", "ask_routine"))
            talk.runs(ActionAnswerQuestion())
        talk.hears(typed("nei", "deny")).runs(ActionTakeFeedback())
    monkeypatch.setattr(CaseService, "file", _refuse)
    _with(opened("E1019"), complete_draft(outcome="send")).runs(ActionFinishReport())
    assert keys_with_variables() - heard == set()


def _speak_of_cases(opened: Opener, language: str) -> None:
    adviser, leader = (Turns(opened(who, language=language)) for who in ("E1004", "E1006"))
    for text in ("vis åpne saker", "hvor mange åpne saker har vi?", "hvor mange avvik per måned i år?"):
        adviser.asks(text)
    adviser.asks("hvilke rutiner svikter?")
    adviser.asks("hva er behandlingstiden?")
    for text in ("sak {}", "historikken til {}", "lignende saker som {}"):
        leader.asks(text.format("2026-00077"))
    leader.asks("sak 2026-99999")
    Turns(opened("E1015", language=language)).asks("mine saker")
    Turns(opened("E1040", language=language)).asks("lignende saker som 2026-00089")
    for wish in ("oppsummering hver dag", "oppsummering hver mandag"):
        leader.asks(wish, "subscribe_updates")


def _act(opened: Opener, language: str) -> None:
    turns, above = (Turns(opened(who, language=language)) for who in ("E1006", "E1005"))
    number = "2026-00085"
    for text in (
        "ta {}", "angre",
        "skjerm sak {}", "fjern skjermingen på {}", "skjerm sak {}", "skjerm sak {}", "angre",
        "fjern skjermingen på {}", "frist 1. desember for {}", "sett frist {}", "1. november 2026", "avbryt",
        "sannsynlighet hyppig på {}", "tiltak på {}: bestille heis, Jorunn Eikeland, innen fredag",
        "nytt tiltak på {}", "avbryt", "tiltak 1 er utført i {}", "tiltak 1 er utført i {}",
        "skriv til melder i {}: Takk", "notat på {}: ring", "endre kategori på {}", "HMS", "Det er så",
        "endre alvorlighet på {}", "kritisk", "Det er så", "følg sak {}", "slutt å følge sak {}",
        "gi {} til Knutsen Ukjentsen", "Jorunn Eikeland", "sak {} gjelder Ahmed Farah", "ja",
        "gi {} til Ahmed Farah", "lukk {}", "...", "ja", "avbryt", "lukk {}, heisen er byttet", "ja",
        "ta {}", "åpne {} igjen", "avvis {}, gjelder ikke oss", "nei", "åpne {} igjen",
        "slå sammen {}", "2026-00082", "ja", "slå sammen 2026-00077 med {}", "ja", "sett frist 2026-99999",
    ):  # fmt: skip
        turns.acts(text.format(number)) if "{}" in text else turns.says(text)
    turns.asks("sak 2026-00074")
    above.acts("sannsynlighet mulig på 2026-00074")
    turns.acts("sannsynlighet hyppig på 2026-00074")
    turns.acts("sannsynlighet hyppig på 2026-00074")
    above.acts("sannsynlighet sjelden på 2026-00074")
    above.acts("sannsynlighet sjelden på 2026-00074")
    turns.acts("angre")
    turns.acts("notat på 2026-00074: " + "x" * 1_900)
    reporter = Turns(opened("E1010", language=language))
    reporter.acts("svar på 2026-00074: Det var mørkt")
    reporter.acts("ta 2026-00074")


def _document_a_breach(opened: Opener, language: str) -> None:
    number = "2026-00083"
    officer = Turns(opened("E1002", language=language))
    for decision in Decision:
        said = officer.takes(
            typed(f"personvernbrudd i sak {number}", "act_on_case", Entity("case_number", number))
        )
        while said.keys[-1] == "utter_breach_ask":
            said = officer.says("Et brev gikk feil")
        said = officer.presses(said.button(phrase(f"button_breach_{decision.value}", language)))
        if officer.is_open:
            officer.says("Brevet kom uåpnet tilbake")
    officer.acts(f"personvernbrudd i sak {number}")
    officer.says("avbryt")
    Turns(opened("E1006", language=language)).acts("personvernbrudd i sak 2026-00077")


def _refuse_what_is_rare(opened: Opener, services: Services, language: str) -> None:
    turns = Turns(opened("E1006", language=language))
    turns.acts("gi 2026-00074 til Knutsen Ukjentsen")
    pending = turns.memory.pending
    assert pending is not None
    turns.takes(pressed("act_on_case", do="reply", draft=pending.pending_id, value="E9999"))
    turns.asks("sak 2026-00074")
    turns.presses(turns.acts("nytt tiltak på 2026-00074").button("Avbryt"))
    turns.acts("slå sammen 2026-00074")
    pending = turns.memory.pending
    assert pending is not None
    turns.takes(pressed("act_on_case", do="reply", draft=pending.pending_id, value="2026-00074"))
    turns.says("ja")
    draft = complete_draft(category="informasjonssikkerhet", subtypes={})
    case = file_draft(draft, services.sender(turns.talk.conversation_id), services)
    turns.acts(f"personvernbrudd i sak {case.number}")
    turns.says("ord " * 5_000)
    said = turns.says("avbryt")
    said = turns.acts(f"personvernbrudd i sak {case.number}")
    while said.keys[-1] == "utter_breach_ask":
        said = turns.presses(said.button("Hopp over"))
    turns.presses(said.button(phrase("button_breach_no_breach", language)))
    turns.says("...")
    turns.says("avbryt")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(CaseLearning, "similar", lambda *_: [])
        turns.asks(f"lignende saker som {case.number}")
        patched.setattr(CaseLearning, "failing_routines", lambda *_: [])
        turns.asks("hvilke rutiner svikter?")


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
