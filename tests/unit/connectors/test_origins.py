"""Origins are found in memory, and conversations are read no more often than they must."""

from collections.abc import Callable

import pytest
from gateway_fakes import FakeClock
from sqlalchemy import event

from connectors.origins import LOOK_AGAIN, Origins
from database.engine import SessionFactory
from organisation.origin import origin_of

KEY = b"key-of-tests"
Open = Callable[[str], str]


@pytest.fixture
def origins(sessions: SessionFactory, clock: FakeClock) -> Origins:
    return Origins(sessions, KEY, clock)


@pytest.fixture
def reads(sessions: SessionFactory) -> list[str]:
    found: list[str] = []
    event.listen(
        sessions.kw["bind"],
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: found.append(statement),
    )
    return found


def test_a_conversation_is_found_by_its_origin(origins: Origins, open_conversation: Open) -> None:
    conversations = [open_conversation(f"visitor:{number}") for number in range(3)]
    found = [origins.conversation_id(origin_of(one, KEY)) for one in conversations]
    assert found == conversations


def test_what_is_known_is_not_read_again(
    origins: Origins, open_conversation: Open, reads: list[str], clock: FakeClock
) -> None:
    origin = origin_of(open_conversation("visitor:a"), KEY)
    origins.conversation_id(origin)
    reads.clear()
    clock.forward(3600)
    assert origins.conversation_id(origin) is not None
    assert reads == []


def test_what_is_not_known_is_looked_for_only_now_and_then(
    origins: Origins, open_conversation: Open, reads: list[str], clock: FakeClock
) -> None:
    assert origins.conversation_id("0" * 32) is None
    conversation = open_conversation("visitor:late")
    reads.clear()
    assert origins.conversation_id(origin_of(conversation, KEY)) is None
    assert reads == []
    clock.forward(LOOK_AGAIN.total_seconds())
    assert origins.conversation_id(origin_of(conversation, KEY)) == conversation
