"""Messages reach Rasa in order, whatever fails on the way, and nobody is left without a word."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta

import pytest
from gateway_fakes import PATIENCE_S, FakeClock, FakeRelay
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from connectors.errors import RasaAwayError, TurnRefusedError
from connectors.mailbox import Mailbox, Waiting
from connectors.messages import InboundMessage, Reply
from connectors.signals import Signals
from connectors.texts import text
from connectors.worker import LONGEST_DELAY_S, MAX_CONVERSATIONS, MAX_REFUSALS, Worker, delay_after

CANARY = "kanarifuglen Åse falt i dusjen på rom 214"


class Office:
    """A worker at work, and those who write to it."""

    def __init__(self, mailbox: Mailbox, relay: FakeRelay, clock: FakeClock) -> None:
        self.mailbox, self.relay, self.clock = mailbox, relay, clock
        self.signals = Signals()
        self.worker = Worker(mailbox, relay, self.signals)
        self.running: asyncio.Task[None] | None = None
        self._ids = iter(range(10_000))

    def start(self) -> None:
        self.running = asyncio.create_task(self.worker.run())

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.running

    def receive(self, conversation_id: str, *texts: str) -> None:
        for words in texts:
            self.mailbox.receive(InboundMessage("web", f"m{next(self._ids)}", conversation_id, words))
        self.signals.work()

    def said(self, conversation_id: str) -> list[tuple[str, str]]:
        return [(line.speaker, line.text) for line in self.mailbox.read(conversation_id, 0)[0]]

    def answers(self, conversation_id: str) -> list[str]:
        return [words for speaker, words in self.said(conversation_id) if speaker != "user"]

    async def until_answered(self, conversation_id: str, count: int) -> None:
        """Wait for so many lines that are not the user's; only the worker's signals wake this."""
        with self.signals.listen(conversation_id) as listener:
            async with asyncio.timeout(PATIENCE_S):
                while len(await run_in_threadpool(self.answers, conversation_id)) < count:
                    await listener.wait(3600.0)

    async def try_again(self, times: int = 1) -> None:
        """Let the delay of what is postponed pass, once for each try."""
        for _ in range(times):
            asked = len(self.relay.turns)
            await self.idle()
            self.clock.forward(LONGEST_DELAY_S)
            self.signals.work()
            await self.relay.until_asked(asked + 1)
        await self.idle()

    async def idle(self) -> None:
        """Wait until no turn is under way."""
        async with asyncio.timeout(PATIENCE_S):
            while tasks := list(self.worker._tasks.values()):
                await asyncio.wait(tasks)
                await asyncio.sleep(0)

    async def chances(self) -> None:
        """Give the worker every chance to look into the inbox, if only it wants to."""
        for _ in range(20):
            await run_in_threadpool(Mailbox.due, self.mailbox, [], 8)


@pytest.fixture
async def office(mailbox: Mailbox, relay: FakeRelay, clock: FakeClock) -> AsyncIterator[Office]:
    office = Office(mailbox, relay, clock)
    office.start()
    yield office
    await office.stop()


# --- Order


async def test_a_message_is_answered_without_waiting_for_the_next_look(
    office: Office, conversation: str
) -> None:
    await asyncio.sleep(0)
    office.receive(conversation, "hei")
    await office.until_answered(conversation, 1)
    assert office.said(conversation) == [("user", "hei"), ("sifra", "svar på hei")]


async def test_what_waited_from_before_is_taken_up_at_the_start(
    mailbox: Mailbox, relay: FakeRelay, clock: FakeClock, conversation: str
) -> None:
    mailbox.receive(InboundMessage("web", "m1", conversation, "fra i går"))
    office = Office(mailbox, relay, clock)
    office.start()
    await office.until_answered(conversation, 1)
    await office.stop()


async def test_a_conversation_is_handled_in_order_one_at_a_time(office: Office, conversation: str) -> None:
    words = [f"nummer {number}" for number in range(5)]
    office.receive(conversation, *words)
    await office.until_answered(conversation, 5)
    assert office.relay.texts == words
    assert office.answers(conversation) == [f"svar på {one}" for one in words]


async def test_what_comes_during_a_turn_waits_for_it(office: Office, conversation: str) -> None:
    gate = office.relay.hold("først")
    office.receive(conversation, "først")
    await office.relay.until_asked(1)
    office.receive(conversation, "så")
    await office.chances()
    assert office.relay.texts == ["først"]
    gate.set()
    await office.until_answered(conversation, 2)
    assert office.relay.texts == ["først", "så"]


async def test_conversations_are_handled_side_by_side(
    office: Office, open_conversation: Callable[[str], str]
) -> None:
    slow, quick = open_conversation("visitor:slow"), open_conversation("visitor:quick")
    gate = office.relay.hold("sakte")
    office.receive(slow, "sakte")
    await office.relay.until_asked(1)
    office.receive(quick, "raskt")
    await office.until_answered(quick, 1)
    assert office.answers(slow) == []
    gate.set()
    await office.until_answered(slow, 1)


async def test_no_more_conversations_at_once_than_rasa_is_meant_to_bear(
    office: Office, open_conversation: Callable[[str], str]
) -> None:
    gate = office.relay.hold("hei")
    conversations = [open_conversation(f"visitor:{n}") for n in range(MAX_CONVERSATIONS + 2)]
    for conversation_id in conversations:
        office.receive(conversation_id, "hei")
    await office.relay.until_asked(MAX_CONVERSATIONS)
    office.signals.work()
    await office.chances()
    gate.set()
    for conversation_id in conversations:
        await office.until_answered(conversation_id, 1)
    assert office.relay.most_at_once == MAX_CONVERSATIONS


# --- Rasa is away


async def test_an_outage_is_told_once_and_the_message_is_handled_when_it_is_over(
    office: Office, conversation: str
) -> None:
    office.relay.away = True
    office.receive(conversation, "hei")
    await office.until_answered(conversation, 1)
    await office.try_again(3)
    assert office.answers(conversation) == [text("away")]
    office.relay.away = False
    await office.try_again()
    assert office.answers(conversation) == [text("away"), "svar på hei"]


async def test_an_outage_never_parks_a_message_however_long(office: Office, conversation: str) -> None:
    office.relay.away = True
    office.receive(conversation, "hei")
    await office.until_answered(conversation, 1)
    await office.try_again(MAX_REFUSALS * 3)
    office.relay.away = False
    await office.try_again()
    assert office.answers(conversation) == [text("away"), "svar på hei"]


async def test_tries_during_an_outage_are_not_held_against_the_message(
    office: Office, conversation: str
) -> None:
    """Rasa that comes back may stumble once more before it answers."""
    outage = [RasaAwayError("ConnectError")] * (MAX_REFUSALS + 2)
    office.relay.answer("hei", *outage, TurnRefusedError("AttributeError"))
    office.receive(conversation, "hei")
    await office.until_answered(conversation, 1)
    await office.try_again(len(outage) + 1)
    assert office.answers(conversation) == [text("away"), "svar på hei"]


async def test_messages_behind_one_that_waits_keep_their_order(office: Office, conversation: str) -> None:
    office.relay.away = True
    office.receive(conversation, "en", "to", "tre")
    await office.until_answered(conversation, 1)
    office.relay.away = False
    await office.try_again()
    await office.until_answered(conversation, 4)
    assert office.answers(conversation) == [text("away"), "svar på en", "svar på to", "svar på tre"]


async def test_rasa_is_told_when_it_may_have_had_a_message_before(office: Office, conversation: str) -> None:
    office.relay.answer("hei", RasaAwayError("ReadTimeout"), RasaAwayError("ReadTimeout"))
    office.receive(conversation, "hei")
    await office.until_answered(conversation, 1)
    await office.try_again(2)
    assert [turn.attempts for turn in office.relay.turns] == [0, 1, 2]


# --- This message fails


async def test_a_message_that_fails_every_time_is_set_aside_with_a_word(
    office: Office, conversation: str
) -> None:
    office.relay.answer("gift", *[TurnRefusedError("KeyError")] * 100)
    office.receive(conversation, "gift", "hei")
    await office.until_answered(conversation, 1)
    await office.try_again(MAX_REFUSALS - 1)
    assert office.answers(conversation) == [text("away"), text("parked")]
    office.signals.work()
    await office.until_answered(conversation, 3)
    assert office.answers(conversation)[-1] == "svar på hei"
    assert office.relay.texts.count("gift") == MAX_REFUSALS


async def test_one_message_that_fails_does_not_hold_up_other_conversations(
    office: Office, conversation: str, open_conversation: Callable[[str], str]
) -> None:
    office.relay.answer("gift", TurnRefusedError("KeyError"))
    other = open_conversation("visitor:b")
    office.receive(conversation, "gift")
    office.receive(other, "hei")
    await office.until_answered(other, 1)
    assert office.answers(other) == ["svar på hei"]


async def test_an_error_that_nobody_thought_of_is_told_and_tried_again_later(
    office: Office, conversation: str
) -> None:
    office.relay.answer("hei", ZeroDivisionError("hei"))
    office.receive(conversation, "hei")
    await office.until_answered(conversation, 1)
    await office.idle()
    assert office.answers(conversation) == [text("away")]
    assert len(office.relay.turns) == 1
    await office.try_again()
    assert office.answers(conversation) == [text("away"), "svar på hei"]


# --- The database fails


class StumblingMailbox(Mailbox):
    """Its methods named in `fails` fail so many times, as on a full disk."""

    fails: dict[str, int]

    def _stumble(self, name: str) -> None:
        self.asked[name] = self.asked.get(name, 0) + 1
        if self.fails.get(name, 0) > 0:
            self.fails[name] -= 1
            raise OperationalError("INSERT", {}, Exception(CANARY))

    def due(self, busy: Iterable[str], limit: int) -> list[str]:
        self._stumble("due")
        return super().due(busy, limit)

    def complete(self, waiting: Waiting, replies: Iterable[Reply]) -> None:
        self._stumble("complete")
        super().complete(waiting, replies)

    def postpone(self, waiting: Waiting, delay: timedelta, notice: Reply) -> None:
        self._stumble("postpone")
        super().postpone(waiting, delay, notice)


@pytest.fixture
def mailbox(sessions: object, clock: FakeClock) -> StumblingMailbox:
    box = StumblingMailbox(sessions, clock)  # type: ignore[arg-type]
    box.fails, box.asked = {}, {}
    return box


async def until_looked(office: Office, mailbox: StumblingMailbox, times: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while mailbox.asked.get("due", 0) < times:
            await run_in_threadpool(int)


async def test_a_database_that_cannot_be_read_does_not_end_the_worker(
    mailbox: StumblingMailbox, relay: FakeRelay, clock: FakeClock, conversation: str
) -> None:
    mailbox.fails["due"] = 1
    office = Office(mailbox, relay, clock)
    office.start()
    await until_looked(office, mailbox, 1)
    office.receive(conversation, "hei")
    await office.until_answered(conversation, 1)
    assert office.answers(conversation) == ["svar på hei"]
    await office.stop()


async def test_a_turn_whose_replies_could_not_be_written_is_asked_for_again_as_a_redelivery(
    office: Office, mailbox: StumblingMailbox, conversation: str
) -> None:
    """Else Rasa takes the same words for the answer to its next question."""
    mailbox.fails["complete"] = 1
    office.receive(conversation, "hei")
    await office.relay.until_asked(1)
    await office.try_again()
    assert [turn.attempts > 0 for turn in office.relay.turns] == [False, True]
    assert office.answers(conversation)[-1] == "svar på hei"


async def test_a_gateway_that_was_killed_during_a_turn_asks_again_as_a_redelivery(
    mailbox: StumblingMailbox, relay: FakeRelay, clock: FakeClock, conversation: str
) -> None:
    killed = Office(mailbox, relay, clock)
    relay.hold("hei")
    killed.start()
    killed.receive(conversation, "hei")
    await relay.until_asked(1)
    for task in killed.worker._tasks.values():
        task.cancel()
    await killed.stop()
    relay._gates.clear()

    heir = Office(mailbox, relay, clock)
    heir.start()
    await heir.until_answered(conversation, 1)
    await heir.stop()
    assert [turn.attempts > 0 for turn in relay.turns] == [False, True]


async def test_a_database_that_cannot_be_written_is_not_asked_in_a_tight_loop(
    office: Office, mailbox: StumblingMailbox, conversation: str
) -> None:
    mailbox.fails |= {"complete": 1000, "postpone": 1000}
    office.receive(conversation, "hei")
    await office.relay.until_asked(1)
    await office.idle()
    looks = mailbox.asked["due"]
    await office.chances()
    assert mailbox.asked["due"] == looks
    assert len(office.relay.turns) == 1
    mailbox.fails.clear()
    office.signals.work()
    await office.until_answered(conversation, 1)


# --- The end


async def test_a_turn_under_way_is_finished_when_the_worker_is_stopped(
    mailbox: Mailbox, relay: FakeRelay, clock: FakeClock, conversation: str
) -> None:
    office = Office(mailbox, relay, clock)
    gate = relay.hold("først")
    office.start()
    office.receive(conversation, "først", "så")
    await relay.until_asked(1)
    stopping = asyncio.create_task(office.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    gate.set()
    async with asyncio.timeout(PATIENCE_S):
        await stopping
    assert office.answers(conversation) == ["svar på først"]
    assert relay.texts == ["først"], "a turn was begun after the stop"
    assert mailbox.read(conversation, 0)[1], "what was not begun still waits"


async def test_a_worker_with_nothing_to_do_stops_at_once(office: Office) -> None:
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE_S):
        await office.stop()


# --- Delays and logs


@pytest.mark.parametrize(
    ("tries", "longest"), [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (8, 30), (2000, 30)]
)
def test_the_delay_doubles_up_to_half_a_minute(tries: int, longest: float) -> None:
    delays = [delay_after(tries).total_seconds() for _ in range(200)]
    assert longest / 2 <= min(delays)
    assert max(delays) <= longest
    assert max(delays) - min(delays) > longest / 8, "gateways must not come back all at once"


async def test_nothing_that_people_write_is_in_the_log(
    office: Office, mailbox: StumblingMailbox, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refusals = [TurnRefusedError("KeyError")] * MAX_REFUSALS
    office.relay.answer(CANARY, RasaAwayError("ConnectError"), ValueError(CANARY), *refusals)
    mailbox.fails |= {"due": 1}
    office.receive(conversation, CANARY)
    office.signals.work()
    await until_looked(office, mailbox, 1)
    office.signals.work()
    await office.until_answered(conversation, 1)
    await office.try_again(MAX_REFUSALS)
    assert office.answers(conversation)[-1] == text("parked")
    assert "try 1 failed" in caplog.text, "the log was looked at"
    for record in caplog.records:
        assert CANARY not in record.getMessage() + str(record.exc_text) + str(record.exc_info)
    assert CANARY not in caplog.text
