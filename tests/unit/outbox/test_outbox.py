"""What is posted waits once, and can be called off until it is delivered."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from database.engine import SessionFactory, reading
from outbox.errors import MissingValueError, UnknownTemplateError
from outbox.notice import Notice
from outbox.outbox import Outbox
from outbox.queue import claim, deliver
from outbox.tables import NoticeStatus, OutboxRow

Make = Callable[..., Notice]
Clock = Callable[[], datetime]


@pytest.fixture
def outbox(session: Session, clock: Clock) -> Outbox:
    return Outbox(session, clock)


def keys(outbox: Outbox, person_id: str = "E1") -> list[str]:
    return [notice.key for notice in outbox.pending_for(person_id)]


def test_a_notice_waits_as_it_was_posted(outbox: Outbox, notice: Make) -> None:
    posted = notice(urgent=True)
    assert outbox.post(posted)
    assert outbox.pending_for("E1") == [posted]
    assert outbox.pending_for("E2") == []


def test_a_key_is_posted_once(outbox: Outbox, notice: Make) -> None:
    assert outbox.post(notice())
    assert not outbox.post(notice(person_id="E2", template="case_reopened"))
    assert (keys(outbox, "E1"), keys(outbox, "E2")) == ([notice().key], [])


@pytest.mark.parametrize("end", ["cancelled", "delivered"])
def test_a_key_is_never_posted_again(
    outbox: Outbox, session: Session, notice: Make, clock: Clock, end: str
) -> None:
    outbox.post(notice())
    if end == "cancelled":
        outbox.cancel([notice().key])
    else:
        row = claim(session, 1, clock())
        assert row is not None
        deliver(row, clock(), "c" * 32)
    assert not outbox.post(notice())
    assert keys(outbox) == []


def test_only_the_values_that_are_used_are_kept(outbox: Outbox, session: Session, notice: Make) -> None:
    values = {**notice().values, "description": "Jeg fikk vondt i ryggen"}
    outbox.post(notice(values=values))
    assert session.get_one(OutboxRow, 1).values == notice().values


def test_a_notice_goes_with_the_transaction_that_it_was_posted_in(
    sessions: SessionFactory, notice: Make, clock: Clock
) -> None:
    def fail() -> None:
        raise MemoryError

    with pytest.raises(MemoryError), sessions.begin() as session:
        Outbox(session, clock).post(notice())
        fail()
    with sessions.begin() as session:
        assert Outbox(session, clock).post(notice())
    with reading(sessions) as session:
        assert keys(Outbox(session, clock)) == [notice().key]


def test_what_could_not_be_delivered_cannot_be_posted(outbox: Outbox, notice: Make) -> None:
    with pytest.raises(UnknownTemplateError):
        outbox.post(notice(template="case_lost"))
    with pytest.raises(MissingValueError):
        outbox.post(notice(values={"number": "2026-00012"}))
    assert keys(outbox) == []


def test_nobody_who_does_not_exist_is_told(outbox: Outbox, notice: Make) -> None:
    with pytest.raises(IntegrityError):
        outbox.post(notice(person_id="E404"))


def test_cancelling_counts_what_was_still_waiting(
    outbox: Outbox, session: Session, notice: Make, clock: Clock
) -> None:
    for key in ("a", "b", "c"):
        outbox.post(notice(key))
    row = claim(session, 1, clock())
    assert row is not None
    deliver(row, clock(), "c" * 32)
    assert outbox.cancel(["a", "b", "unknown"]) == 1
    assert keys(outbox) == ["c"]
    assert outbox.counts() == {
        NoticeStatus.WAITING: 1, NoticeStatus.DELIVERED: 1, NoticeStatus.CANCELLED: 1, NoticeStatus.PARKED: 0,
    }  # fmt: skip


def test_a_topic_is_cancelled_as_a_whole_or_by_template(outbox: Outbox, notice: Make) -> None:
    outbox.post(notice("a"))
    outbox.post(notice("b", template="case_reopened"))
    outbox.post(notice("c", topic="case:2026-00013"))
    assert outbox.cancel_topic("case:2026-00012", ["case_reopened"]) == 1
    assert keys(outbox) == ["a", "c"]
    assert outbox.cancel_topic("case:2026-00012") == 1
    assert keys(outbox) == ["c"]


def test_keys_that_begin_alike_are_cancelled_together(outbox: Outbox, notice: Make) -> None:
    for key in ("case:2026-00012:7:E1", "case:2026-00012:70:E1", "case:2026-00012:7:", "case_2026-00012:7:"):
        outbox.post(notice(key))
    assert outbox.cancel_matching("case:2026-00012:7:", "case:2026-00012") == 2
    assert keys(outbox) == ["case:2026-00012:70:E1", "case_2026-00012:7:"]
    assert outbox.cancel_matching("c%", "case:2026-00012") == 0


def test_the_values_of_what_has_ended_are_forgotten(
    outbox: Outbox, session: Session, notice: Make, clock: Clock
) -> None:
    """They are what people wrote; retention must not have to look for them here."""
    outbox.post(notice("a"))
    outbox.post(notice("b"))
    outbox.cancel(["a"])
    row = claim(session, 2, clock())
    assert row is not None
    deliver(row, clock(), "c" * 32)
    session.flush()
    session.expire_all()
    assert [session.get_one(OutboxRow, number).values for number in (1, 2)] == [{}, {}]


def test_where_an_anonymous_reporter_was_told_is_not_kept(
    outbox: Outbox, session: Session, notice: Make, clock: Clock
) -> None:
    outbox.post(notice("a", person_id=None, origin="ab12"))
    outbox.post(notice("b"))
    for number in (1, 2):
        row = claim(session, number, clock())
        assert row is not None
        deliver(row, clock(), "c" * 32)
    assert session.get_one(OutboxRow, 1).conversation_id is None
    assert session.get_one(OutboxRow, 2).conversation_id == "c" * 32
