"""A notice is said once, to the right one and in order, whatever fails and however many gateways deliver."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from connectors import outbox_delivery
from connectors.mailbox import Mailbox
from connectors.messages import InboundMessage, Line, Reply
from connectors.origins import LOOK_AGAIN, Origins
from connectors.outbox_delivery import MAX_ATTEMPTS, OutboxDelivery
from connectors.signals import Signals
from connectors.transcript import SIFRA, write_line
from database.engine import SessionFactory, reading
from organisation.directory import Directory
from organisation.model import Role
from organisation.origin import origin_of
from organisation.tables import PersonRow, UnitRow
from outbox.languages import remember_language
from outbox.notice import Notice, Value
from outbox.outbox import Outbox
from outbox.queue import Due, claim, due_for_people
from outbox.tables import NoticeStatus, OutboxRow

START = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
KEY = b"key-of-tests"
PEOPLE = ("E1", "E2", "E3")
CANARY = "kanarifuglen Åse falt i dusjen"
only_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class PowerCut(BaseException):
    """Nothing in the process catches it."""


class Town:
    """A database with three employees, and all that may happen to it."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self.sessions, self.clock, self.signals = sessions, clock, Signals()
        with sessions.begin() as session:
            session.add(UnitRow(unit_id="U1", name="Solbakken", parent_id=None, sector="helse"))
            session.flush()
            for person in PEOPLE:
                session.add(
                    PersonRow(
                        employee_id=person, name=person, email="", title="", unit_id="U1", role=Role.EMPLOYEE,
                        active=True,
                    )
                )  # fmt: skip

    def deliverer(self) -> OutboxDelivery:
        origins = Origins(self.sessions, KEY, self.clock)
        return OutboxDelivery(self.sessions, self.clock, origins, self.signals)

    def open(self, person: str | None, name: str = "1", language: str = "nb") -> str:
        with self.sessions.begin() as session:
            directory = Directory(session, self.clock)
            conversation = directory.open_conversation("web", f"{person}-{name}", person)
            remember_language(session, conversation, language)
        self.clock.now += timedelta(seconds=1)
        return conversation

    def post(
        self,
        *keys: str,
        person: str | None = "E1",
        origin: str | None = None,
        template: str = "case_measure",
        due: datetime = START,
        **values: Value,
    ) -> None:
        with self.sessions.begin() as session:
            outbox = Outbox(session, self.clock)
            for key in keys:
                given = {"number": "2026-00012", "text": key, **values}
                assert outbox.post(Notice(key, template, given, person, origin, due, "case:2026-00012"))

    def write(self, conversation: str) -> None:
        Mailbox(self.sessions, self.clock).receive(InboundMessage("web", conversation, conversation, "hei"))

    def lines(self, conversation: str) -> list[Line]:
        return Mailbox(self.sessions, self.clock).read(conversation, 0)[0]

    def told(self, conversation: str) -> list[str]:
        """The text of each measure that Sifra told of: the key of its notice."""
        return [line.text.splitlines()[1] for line in self.lines(conversation) if line.speaker == SIFRA]

    def row(self, key: str) -> OutboxRow:
        with reading(self.sessions) as session:
            return session.scalars(select(OutboxRow).where(OutboxRow.key == key)).one()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def town(sessions: SessionFactory, clock: Clock) -> Town:
    return Town(sessions, clock)


# --- To whom


async def test_an_employee_is_told_in_their_conversation_with_a_button(town: Town) -> None:
    conversation, other = town.open("E1"), town.open("E2")
    town.post("a")
    assert await town.deliverer().deliver_due() == 1
    (line,) = town.lines(conversation)
    assert (line.speaker, line.sent_at) == ("sifra", town.clock.now)
    assert line.text == "Nytt tiltak i sak 2026-00012:\na"
    assert [(button.title, button.payload) for button in line.buttons] == [
        ("Se saken", '/query_cases{"case_number":"2026-00012"}')
    ]
    assert town.lines(other) == []
    row = town.row("a")
    assert (row.status, row.conversation_id, row.attempts) == (NoticeStatus.DELIVERED, conversation, 1)
    assert (row.delivered_at, row.values) == (town.clock.now, {})


async def test_its_button_can_be_pressed(town: Town) -> None:
    conversation = town.open("E1")
    town.post("a")
    await town.deliverer().deliver_due()
    button = town.lines(conversation)[0].buttons[0]
    mailbox = Mailbox(town.sessions, town.clock)
    mailbox.receive(InboundMessage("web", "press", conversation, "", button.button_id))
    waiting = mailbox.next_waiting(conversation)
    assert waiting is not None
    assert waiting.payload == '/query_cases{"case_number":"2026-00012"}'


async def test_of_several_conversations_the_one_used_last_is_taken(town: Town) -> None:
    used, newest = town.open("E1", "used"), town.open("E1", "newest")
    town.post("a")
    await town.deliverer().deliver_due()
    assert (town.told(used), town.told(newest)) == ([], ["a"])
    town.write(used)
    town.post("b")
    await town.deliverer().deliver_due()
    assert (town.told(used), town.told(newest)) == (["b"], ["a"])


async def test_who_has_no_conversation_is_told_when_there_is_one_and_holds_up_nobody(town: Town) -> None:
    deliverer = town.deliverer()
    conversation = town.open("E2")
    town.post("a", "b", person="E1")
    town.post("c", person="E2")
    assert await deliverer.deliver_due() == 1
    assert town.told(conversation) == ["c"]
    assert (town.row("a").status, town.row("a").attempts) == (NoticeStatus.WAITING, 0)
    mine = town.open("E1")
    assert await deliverer.deliver_due() == 2
    assert town.told(mine) == ["a", "b"]


async def test_who_has_left_is_told_nothing(town: Town) -> None:
    conversation = town.open("E1")
    with town.sessions.begin() as session:
        session.execute(update(PersonRow).where(PersonRow.employee_id == "E1").values(active=False))
    town.post("a")
    assert await town.deliverer().deliver_due() == 0
    assert town.told(conversation) == []


async def test_an_anonymous_reporter_is_told_where_they_reported(town: Town) -> None:
    anonymous, other, deliverer = town.open(None, "a"), town.open(None, "b"), town.deliverer()
    town.post("a", person=None, origin=origin_of(anonymous, KEY))
    assert await deliverer.deliver_due() == 1
    assert (town.told(anonymous), town.told(other)) == (["a"], [])
    assert town.row("a").conversation_id is None, "it would tell who reported"


async def test_a_conversation_that_was_opened_later_is_found_by_its_origin(town: Town) -> None:
    deliverer = town.deliverer()
    town.post("a", person=None, origin=origin_of(town.open(None, "a"), KEY))
    town.post("lost", person=None, origin="0" * 32)
    assert await deliverer.deliver_due() == 1
    late = town.open(None, "late")
    town.post("b", person=None, origin=origin_of(late, KEY))
    town.clock.now += LOOK_AGAIN
    assert await deliverer.deliver_due() == 1
    assert town.told(late) == ["b"]
    assert (town.row("lost").status, town.row("lost").attempts) == (NoticeStatus.WAITING, 0)


async def test_an_origin_of_another_key_is_nobodys(town: Town) -> None:
    conversation = town.open(None)
    town.post("a", person=None, origin=origin_of(conversation, b"another key"))
    assert await town.deliverer().deliver_due() == 0
    assert town.told(conversation) == []


@pytest.mark.parametrize(("language", "title"), [("nb", "Se saken"), ("nn", "Sjå saka")])
async def test_each_is_told_in_the_language_of_the_conversation(
    town: Town, language: str, title: str
) -> None:
    mine, anonymous = town.open("E1", language=language), town.open(None, language=language)
    town.post("a")
    town.post("b", person=None, origin=origin_of(anonymous, KEY))
    await town.deliverer().deliver_due()
    assert [town.lines(one)[0].buttons[0].title for one in (mine, anonymous)] == [title, title]


# --- When


async def test_each_is_told_in_the_order_of_posting(town: Town) -> None:
    conversations = {person: town.open(person) for person in PEOPLE}
    for number in range(4):
        for person in PEOPLE:
            town.post(f"{person}-{number}", person=person)
    assert await town.deliverer().deliver_due() == 12
    for person, conversation in conversations.items():
        assert town.told(conversation) == [f"{person}-{number}" for number in range(4)]


async def test_what_is_not_due_waits_and_holds_up_nothing(town: Town) -> None:
    conversation, deliverer = town.open("E1"), town.deliverer()
    later = town.clock.now + timedelta(hours=8)
    town.post("later", due=later)
    town.post("now")
    await deliverer.deliver_due()
    assert town.told(conversation) == ["now"]
    town.clock.now = later - timedelta(microseconds=1)
    assert await deliverer.deliver_due() == 0
    town.clock.now = later
    assert await deliverer.deliver_due() == 1
    assert town.told(conversation) == ["now", "later"]


async def test_what_was_called_off_is_not_said(town: Town) -> None:
    conversation = town.open("E1")
    town.post("a", "b")
    with town.sessions.begin() as session:
        assert Outbox(session, town.clock).cancel(["a"]) == 1
    await town.deliverer().deliver_due()
    assert town.told(conversation) == ["b"]


async def test_readers_of_the_conversation_are_woken(town: Town) -> None:
    conversation = town.open("E1")
    town.post("a")
    with town.signals.listen(conversation) as listener:
        await town.deliverer().deliver_due()
        async with asyncio.timeout(5):
            await listener.wait(3600)


# --- Once


@pytest.mark.parametrize("place", ["write_line", "deliver", "commit"])
async def test_a_crash_between_the_statements_neither_loses_nor_doubles(
    town: Town, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    conversation = town.open("E1")
    town.post("a")

    def cut(*_args: object, **_kwargs: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        if place == "commit":
            event.listen(town.sessions, "before_commit", cut)
        else:
            done = getattr(outbox_delivery, place)

            def cut_after(*args: object) -> None:
                done(*args)
                cut()

            patch.setattr(outbox_delivery, place, cut_after)
        with pytest.raises(PowerCut):
            await town.deliverer().deliver_due()
        if place == "commit":
            event.remove(town.sessions, "before_commit", cut)
    assert town.lines(conversation) == []
    assert town.row("a").status is NoticeStatus.WAITING
    assert await town.deliverer().deliver_due() == 1
    assert await town.deliverer().deliver_due() == 0
    assert town.told(conversation) == ["a"]


def test_gateways_that_deliver_at_once_say_each_notice_once_and_in_order(town: Town) -> None:
    conversations = {person: town.open(person) for person in PEOPLE}
    for number in range(8):
        for person in PEOPLE:
            town.post(f"{person}-{number}", person=person)
    start = Barrier(3)

    def deliver(_gateway: int) -> int:
        deliverer = town.deliverer()
        start.wait(10)
        return sum(asyncio.run(deliverer.deliver_due()) for _ in range(3))

    with ThreadPoolExecutor(3) as pool:
        delivered = list(pool.map(deliver, range(3)))
    asyncio.run(town.deliverer().deliver_due())  # what each skipped because another held it
    assert sum(delivered) <= 24
    for person, conversation in conversations.items():
        assert town.told(conversation) == [f"{person}-{number}" for number in range(8)]


@only_postgresql
async def test_while_another_gateway_holds_a_notice_the_next_one_of_its_person_waits(town: Town) -> None:
    mine, other = town.open("E1"), town.open("E2")
    town.post("a", "b")
    town.post("c", person="E2")
    with town.sessions.begin() as held:
        assert claim(held, town.row("a").id, town.clock()) is not None
        assert await town.deliverer().deliver_due() == 1
        assert (town.told(mine), town.told(other)) == ([], ["c"])
    await town.deliverer().deliver_due()
    assert town.told(mine) == ["a", "b"]


@only_postgresql
def test_a_line_is_written_after_those_that_others_have_begun(town: Town) -> None:
    """A reader goes on from the highest place that it has seen: a lower one must not appear later."""
    conversation = town.open("E1")
    begun = Event()

    def say(session: Session, text: str) -> int:
        return write_line(session, conversation, SIFRA, Reply(text), START)

    def second() -> int:
        with town.sessions.begin() as session:
            begun.set()
            return say(session, "second")

    with ThreadPoolExecutor(1) as pool:
        with town.sessions.begin() as session:
            first = say(session, "first")
            later = pool.submit(second)
            assert begun.wait(10)
            with pytest.raises(TimeoutError):
                later.result(timeout=0.3)
        assert later.result(timeout=10) > first


def test_a_key_that_several_post_at_once_is_posted_once(town: Town) -> None:
    start = Barrier(4)

    def post(_process: int) -> bool:
        start.wait(10)
        with town.sessions.begin() as session:
            return Outbox(session, town.clock).post(notice("a"))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(post, range(4))) == [False, False, False, True]


def test_a_key_whose_first_poster_is_rolled_back_is_posted_by_the_second(town: Town) -> None:
    posted, begun = Event(), Event()

    def second() -> bool:
        assert posted.wait(10)
        begun.set()
        with town.sessions.begin() as session:
            return Outbox(session, town.clock).post(notice("a"))

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with town.sessions() as session:
            assert Outbox(session, town.clock).post(notice("a"))
            posted.set()
            assert begun.wait(10)
            session.rollback()
        assert waiting.result(timeout=10)


def notice(key: str) -> Notice:
    values = {"number": "2026-00012", "text": key}
    return Notice(key, "case_measure", values, "E1", None, START, "case:2026-00012")


# --- What fails


def break_template(town: Town, key: str) -> None:
    """As a later version that no longer knows the template would find it."""
    with town.sessions.begin() as session:
        session.execute(update(OutboxRow).where(OutboxRow.key == key).values(template="case_lost"))


async def test_a_notice_that_cannot_be_worded_is_parked_and_stops_no_other(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    mine, other = town.open("E1"), town.open("E2")
    town.post("a", person="E1", text=CANARY)
    town.post("b", person="E1")
    town.post("c", person="E2")
    break_template(town, "a")
    with caplog.at_level(logging.INFO):
        assert await town.deliverer().deliver_due() == 2
    assert (town.told(mine), town.told(other)) == (["b"], ["c"])
    row = town.row("a")
    assert (row.status, row.values["text"]) == (NoticeStatus.PARKED, CANARY)
    assert f"notice {row.id} is parked: UnknownTemplateError" in caplog.text
    assert "kanarifuglen" not in caplog.text
    assert await town.deliverer().deliver_due() == 0


async def test_a_notice_that_cannot_be_written_is_tried_again_and_then_parked(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mine, other = town.open("E1"), town.open("E2")
    town.post("a", text=CANARY)
    town.post("b", person="E2")
    write: Callable[..., int] = write_line

    def fails_for_one(session: Session, conversation_id: str, *rest: object) -> int:
        if conversation_id == mine:
            raise ValueError(CANARY)
        return write(session, conversation_id, *rest)

    monkeypatch.setattr(outbox_delivery, "write_line", fails_for_one)
    deliverer = town.deliverer()
    for attempts in range(1, MAX_ATTEMPTS + 1):
        await deliverer.deliver_due()
        assert town.row("a").attempts == attempts
    assert town.row("a").status is NoticeStatus.PARKED
    assert (town.told(mine), town.told(other)) == ([], ["b"])
    assert "kanarifuglen" not in caplog.text


async def test_a_database_that_is_away_for_a_while_does_not_end_the_delivery(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = town.open("E1")
    town.post("a")
    look = due_for_people
    failures = iter([OperationalError(CANARY, {}, Exception(CANARY)), MemoryError(CANARY)])

    def look_in_vain(session: Session, now: datetime, limit: int) -> list[Due]:
        for error in failures:
            raise error
        return look(session, now, limit)

    monkeypatch.setattr(outbox_delivery, "due_for_people", look_in_vain)
    monkeypatch.setattr(outbox_delivery, "POLL_S", 0.0)
    with town.signals.listen(conversation) as listener:
        running = asyncio.create_task(town.deliverer().run())
        async with asyncio.timeout(5):
            await listener.wait(3600)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    assert town.told(conversation) == ["a"]
    assert [record.message for record in caplog.records] == [
        "outbox cannot be delivered: OperationalError",
        "outbox cannot be delivered: MemoryError",
    ]


async def test_text_that_a_database_cannot_hold_is_cleaned(town: Town) -> None:
    conversation = town.open("E1")
    town.post("a", text="Heisen\u0007 er bytta")
    await town.deliverer().deliver_due()
    assert town.told(conversation) == ["Heisen er bytta"]
