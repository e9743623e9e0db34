"""Privacy by message: who sees what, what is kept, and taking one's name away."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bot_fakes import FakeRoutines, Opener, Said, Talk, pressed, routine_hit, typed
from sqlalchemy import func, select, text

from bot.actions import wiring
from bot.actions.phrases import phrase
from bot.actions.privacy_actions import ActionAnswerPrivacy
from bot.actions.wiring import Services
from cases.learning import CaseLearning
from cases.service import CaseService
from cases.tables import CaseRow
from database.engine import make_engine, reading, session_factory
from knowledge.feedback import FeedbackService
from outbox.pictures import PictureStore

NOW = datetime(2026, 11, 20, 6, 12, tzinfo=UTC)
KEY = b"a key for tests"
REPORTER, NEWCOMER, LEADER = "E1019", "E1015", "E1006"


class NoEncoder:
    """Privacy needs no vectors."""

    def encode(self, texts: list[str]) -> Any:
        raise AssertionError("not here")


@pytest.fixture
def services(sample_register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    shutil.copy(sample_register, tmp_path / "sifra.db")
    engine = make_engine(f"sqlite:///{tmp_path / 'sifra.db'}")
    sessions = session_factory(engine)
    made = Services(
        cases=CaseService(sessions, lambda: NOW, KEY),
        learning=CaseLearning(sessions, lambda: NOW, KEY, NoEncoder()),
        routines=FakeRoutines(routine_hit()),
        feedback=FeedbackService(sessions, lambda: NOW),
        sessions=sessions,
        pictures=PictureStore(sessions, lambda: NOW),
        clock=lambda: NOW,
    )
    monkeypatch.setattr(wiring, "_services", made)
    yield made
    engine.dispose()


def asked(talk: Talk, words: str) -> Said:
    return talk.hears(typed(words, "privacy_question")).runs(ActionAnswerPrivacy())


def pressing(talk: Talk, what: str) -> Said:
    return talk.hears(pressed("privacy_question", do=what)).runs(ActionAnswerPrivacy())


def bearing(services: Services, employee_id: str) -> int:
    with reading(services.sessions) as session:
        return session.scalar(select(func.count()).where(CaseRow.reporter_id == employee_id)) or 0


@pytest.mark.parametrize(
    "words",
    [
        *("Slett det dere har om meg", "slett alt om meg!", "kan dere glemme meg?", "Fjern navnet mitt"),
        *("eg vil ha sletta opplysningane mine", "gløym meg", "kan æ få sletta det dokker har om mæ"),
        *("fjerne mine personopplysninger", "SLETTE DATAENE MINE"),
    ],
)
def test_who_wants_erased_is_told_what_can_be_and_gets_a_button(opened: Opener, words: str) -> None:
    said = asked(opened(REPORTER), words)
    assert said.keys == ["utter_erase_explain"]
    for language in ("nb", "nn"):
        buttons = said.rendered[0][language]["buttons"]
        assert [button["payload"] for button in buttons] == [
            '/privacy_question{"do":"erase"}',
            '/privacy_question{"do":"keep"}',
        ]


@pytest.mark.parametrize(
    "words",
    [
        *("hvem ser det jeg skriver?", "hvem kan slette en sak?", "kan noen se at det var meg?"),
        *(
            "kven les det eg skriv",
            "hvor lenge lagres sakene?",
            "er dette anonymt",
            "vet sjefen at det er meg",
        ),
        "får lederen vite navnet mitt?",
    ],
)
def test_other_questions_of_privacy_are_answered_as_before(opened: Opener, words: str) -> None:
    assert asked(opened(REPORTER), words).keys == ["utter_privacy"]


def test_asking_alone_erases_nothing(opened: Opener, services: Services) -> None:
    before = bearing(services, REPORTER)
    talk = opened(REPORTER)
    asked(talk, "slett alt om meg")
    asked(talk, "ja, slett navnet mitt nå")
    assert before > 0
    assert bearing(services, REPORTER) == before


def test_the_button_takes_the_name_off_and_says_off_how_many_cases(
    opened: Opener, services: Services
) -> None:
    talk, before = opened(REPORTER), bearing(services, REPORTER)
    said = pressing(talk, "erase")
    assert said.keys == ["utter_erase_done"]
    assert said.variables("utter_erase_done")["count"] == before > 1
    assert bearing(services, REPORTER) == 0
    assert str(before) in said.rendered[0]["nn"]["text"]
    # Still to be found in the conversation.
    assert len(services.cases.reported_in(None, talk.conversation_id, 99)) == before
    assert pressing(talk, "erase").keys == ["utter_erase_nothing"]


def test_others_keep_their_names(opened: Opener, services: Services) -> None:
    with reading(services.sessions) as session:
        others = session.scalar(select(func.count()).where(CaseRow.reporter_id.not_in([REPORTER])))
    pressing(opened(REPORTER), "erase")
    with reading(services.sessions) as session:
        assert session.scalar(select(func.count()).where(CaseRow.reporter_id.is_not(None))) == others


def test_cancelling_changes_nothing(opened: Opener, services: Services) -> None:
    before = bearing(services, REPORTER)
    assert pressing(opened(REPORTER), "keep").keys == ["utter_erase_kept"]
    assert bearing(services, REPORTER) == before


def test_an_unknown_sender_has_no_name_to_erase(opened: Opener) -> None:
    talk = opened(None)
    assert asked(talk, "slett det dere har om meg").keys == ["utter_erase_unknown"]
    assert pressing(talk, "erase").keys == ["utter_erase_nothing"]


@pytest.mark.parametrize(
    "words",
    [
        *(
            "hva har dere lagret om meg?",
            "kva har de lagra om meg",
            "hvilke opplysninger er registrert om meg",
        ),
        "jeg vil ha innsyn i opplysningene mine",
    ],
)
def test_what_is_kept_is_told_in_numbers(opened: Opener, services: Services, words: str) -> None:
    talk = opened(REPORTER)
    with services.sessions.begin() as session:
        for speaker in ("user", "bot"):
            row = {"talk": talk.conversation_id, "speaker": speaker, "now": NOW.isoformat(" ")[:-6]}
            session.execute(
                text(
                    "INSERT INTO transcript (conversation_id, speaker, text, sent_at)"
                    " VALUES (:talk, :speaker, 'hei', :now)"
                ),
                row,
            )
    said = asked(talk, words)
    assert said.keys == ["utter_erase_access"]
    told = said.variables("utter_erase_access")
    assert (told["reported"], told["handled"], told["messages"]) == (bearing(services, REPORTER), 0, 2)
    assert f": {told['reported']}\n" in said.rendered[0]["nb"]["text"]


def test_numbers_are_those_of_the_person_who_asks(opened: Opener) -> None:
    newcomer = asked(opened(NEWCOMER), "hva er lagret om meg").variables("utter_erase_access")
    assert {newcomer[name] for name in ("reported", "handled", "comments", "notices", "messages")} == {0}
    leader = asked(opened(LEADER), "hva er lagret om meg").variables("utter_erase_access")
    assert leader["handled"] > 5
    stranger = asked(opened(None), "hva er lagret om meg").variables("utter_erase_access")
    assert {stranger[name] for name in ("reported", "handled", "messages")} == {0}


def test_the_history_has_words_for_the_erasure() -> None:
    assert {phrase("event_name_erased", language) for language in ("nb", "nn")} != {""}
