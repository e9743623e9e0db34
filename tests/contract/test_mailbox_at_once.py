"""Several gateways share one mailbox: what they do at once happens once, in both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest

from connectors.mailbox import Mailbox, Waiting
from connectors.messages import InboundMessage, Reply
from database.clock import utc_now
from database.engine import SessionFactory
from organisation.directory import Directory

T = TypeVar("T")
GATEWAYS = 4
ROUNDS = 8
LATER = timedelta(seconds=9)


@pytest.fixture
def mailbox(sessions: SessionFactory) -> Mailbox:
    return Mailbox(sessions, utc_now)


@pytest.fixture
def conversation(sessions: SessionFactory) -> str:
    return open_conversation(sessions)


def open_conversation(sessions: SessionFactory) -> str:
    with sessions.begin() as session:
        return Directory(session).open_conversation("web", "visitor", None)


def at_once(work: Callable[[], T]) -> list[T]:
    start = Barrier(GATEWAYS)

    def wait_and_work(_gateway: int) -> T:
        start.wait(10)
        return work()

    with ThreadPoolExecutor(GATEWAYS) as pool:
        return list(pool.map(wait_and_work, range(GATEWAYS)))


def received(mailbox: Mailbox, conversation: str, message_id: str = "m1") -> Waiting:
    mailbox.receive(InboundMessage("web", message_id, conversation, "hei"))
    waiting = mailbox.next_waiting(conversation)
    assert waiting is not None
    return waiting


def said(mailbox: Mailbox, conversation: str) -> list[str]:
    return [line.text for line in mailbox.read(conversation, 0)[0]]


def test_a_conversation_is_opened_once(sessions: SessionFactory) -> None:
    assert len(set(at_once(lambda: open_conversation(sessions)))) == 1


def test_a_message_is_received_once(mailbox: Mailbox, conversation: str) -> None:
    places = at_once(lambda: mailbox.receive(InboundMessage("web", "m1", conversation, "hei")))
    assert len(set(places)) == 1
    assert said(mailbox, conversation) == ["hei"]


def test_a_message_is_answered_once(mailbox: Mailbox, conversation: str) -> None:
    for number in range(ROUNDS):
        complete = partial(mailbox.complete, received(mailbox, conversation, f"m{number}"), [Reply("svar")])
        at_once(complete)
    assert said(mailbox, conversation) == ["hei", "svar"] * ROUNDS


def test_a_notice_of_postponement_is_said_once(mailbox: Mailbox, conversation: str) -> None:
    waiting = received(mailbox, conversation)
    at_once(lambda: mailbox.postpone(waiting, LATER, Reply("vent")))
    assert said(mailbox, conversation) == ["hei", "vent"]


def test_what_is_due_leaves_out_busy_and_postponed_conversations(mailbox: Mailbox, conversation: str) -> None:
    waiting = received(mailbox, conversation)
    assert mailbox.due([], 8) == [conversation]
    assert mailbox.due([conversation], 8) == []
    mailbox.postpone(waiting, LATER, Reply("vent"))
    assert mailbox.due([], 8) == []
