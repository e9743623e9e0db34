"""What became of questions is kept once, and gaps are listed for the owners."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from database.engine import SessionFactory, make_engine, reading, session_factory
from database.migrations.rooms import load_metadata
from knowledge.feedback import FeedbackService
from knowledge.feedback_model import Feedback, FeedbackKind
from knowledge.tables import RoutineFeedbackRow

START = datetime(2026, 11, 20, 6, 12, tzinfo=UTC)


class Clock:
    """Goes on by a minute each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[SessionFactory]:
    engine = make_engine(f"sqlite:///{tmp_path}/sifra.db")
    load_metadata().create_all(engine)
    yield session_factory(engine)
    engine.dispose()


@pytest.fixture
def service(sessions: SessionFactory) -> FeedbackService:
    return FeedbackService(sessions, Clock())


def said(key: str, kind: FeedbackKind, question: str = "hvor er nøkkelen?", **about: str) -> Feedback:
    return Feedback(key, kind, question, "nb", **about)


def listed(service: FeedbackService, **filters: object) -> list[tuple[str, str, int]]:
    return [(gap.kind, gap.question, gap.count) for gap in service.gaps(**filters)]  # type: ignore[arg-type]


def test_there_are_no_gaps_to_begin_with(service: FeedbackService) -> None:
    assert service.gaps() == []


def test_what_helped_is_stored_and_is_no_gap(service: FeedbackService, sessions: SessionFactory) -> None:
    service.record(said("1", FeedbackKind.HELPED, document_id="A", section="s"))
    assert service.gaps() == []
    with reading(sessions) as session:
        row = session.scalars(select(RoutineFeedbackRow)).one()
    assert (row.kind, row.document_id, row.section, row.asked_at) == (
        FeedbackKind.HELPED,
        "A",
        "s",
        START + timedelta(minutes=1),
    )


def test_gaps_are_listed_newest_first(service: FeedbackService) -> None:
    service.record(said("1", FeedbackKind.UNANSWERED, "først"))
    service.record(said("2", FeedbackKind.DID_NOT_HELP, "så", document_id="A", owner="HR"))
    service.record(said("3", FeedbackKind.MISSING, "sist"))
    assert [gap.question for gap in service.gaps()] == ["sist", "så", "først"]


def test_the_same_words_count_together(service: FeedbackService) -> None:
    for key, words in (("1", "Hvor er nøkkelen?"), ("2", "annet"), ("3", "hvor er  nøkkelen?")):
        service.record(said(key, FeedbackKind.UNANSWERED, words))
    assert listed(service) == [("unanswered", "hvor er  nøkkelen?", 2), ("unanswered", "annet", 1)]


def test_each_document_and_kind_counts_by_itself(service: FeedbackService) -> None:
    service.record(said("1", FeedbackKind.DID_NOT_HELP, document_id="A"))
    service.record(said("1", FeedbackKind.DID_NOT_HELP, document_id="B"))
    service.record(said("1", FeedbackKind.MISSING))
    assert len(service.gaps()) == 3


def test_the_same_question_is_stored_once_and_the_last_word_counts(
    service: FeedbackService, sessions: SessionFactory
) -> None:
    for kind in (FeedbackKind.UNANSWERED, FeedbackKind.MISSING, FeedbackKind.UNANSWERED):
        service.record(said("1", kind))
    for kind in (FeedbackKind.DID_NOT_HELP, FeedbackKind.HELPED):
        service.record(said("1", kind, document_id="A"))
    assert [gap.kind for gap in service.gaps()] == [FeedbackKind.MISSING]
    with reading(sessions) as session:
        assert session.scalar(select(func.count()).select_from(RoutineFeedbackRow)) == 2


def test_gaps_can_be_narrowed_to_a_time_and_an_owner(service: FeedbackService) -> None:
    service.record(said("1", FeedbackKind.DID_NOT_HELP, "gammelt", document_id="A", owner="Ærlig HR-leder"))
    service.record(said("2", FeedbackKind.DID_NOT_HELP, "nytt", document_id="A", owner="ærlig hr-leder"))
    service.record(said("3", FeedbackKind.MISSING, "uten eier"))
    since = START + timedelta(minutes=2)
    assert [gap.question for gap in service.gaps(since=since)] == ["uten eier", "nytt"]
    assert [gap.question for gap in service.gaps(owner="ÆRLIG hr")] == ["nytt", "gammelt"]
    assert service.gaps(owner="rådmann") == []
