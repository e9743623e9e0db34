"""The tracker store: what was kept comes back, and what could not be kept ends the turn."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.exc import OperationalError

from nlu.server.tracker_store import StrictSQLTrackerStore
from nlu.server.turns import TurnFailed

SENDER = "web-0123456789"
DOMAIN = Domain.from_dict(
    {
        "intents": ["report_deviation"],
        "slots": {
            "report": {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}
        },
    }
)


def tracker_of(sender: str = SENDER, *texts: str) -> DialogueStateTracker:
    events: list[Any] = [SessionStarted(), ActionExecuted("action_listen")]
    for index, text in enumerate(texts):
        parse = {"intent": {"name": "report_deviation"}, "entities": [], "deviation": {"categories": []}}
        metadata = {"sent_at": "2026-11-20T14:00:00+01:00"}
        events.append(
            UserUttered(text, parse["intent"], [], parse, message_id=f"m{index}", metadata=metadata)
        )
        events.append(SlotSet("report", {"text": text}))
        events.append(BotUttered("Takk", {"custom": {"kind": "report"}}))
    return DialogueStateTracker.from_events(sender, events, DOMAIN.slots)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rasa.db"


@pytest.fixture
def store(path: Path) -> StrictSQLTrackerStore:
    return StrictSQLTrackerStore(DOMAIN, dialect="sqlite", db=str(path))


def test_a_conversation_comes_back_whole(store: StrictSQLTrackerStore, path: Path) -> None:
    saved = tracker_of(SENDER, "Jeg falt 🔥 på A\u030asen", "og så igjen")
    asyncio.run(store.save(saved))
    again = asyncio.run(StrictSQLTrackerStore(DOMAIN, dialect="sqlite", db=str(path)).retrieve(SENDER))
    assert again is not None
    assert list(again.events) == list(saved.events)
    assert again.get_slot("report") == {"text": "og så igjen"}
    last = again.get_last_event_for(UserUttered)
    assert (last.message_id, last.metadata["sent_at"]) == ("m1", "2026-11-20T14:00:00+01:00")
    assert last.parse_data["deviation"] == {"categories": []}


def test_saving_again_adds_only_what_is_new(store: StrictSQLTrackerStore, path: Path) -> None:
    asyncio.run(store.save(tracker_of(SENDER, "en")))
    asyncio.run(store.save(tracker_of(SENDER, "en")))
    with sqlite3.connect(path) as database:
        assert database.execute("select count(*) from events").fetchone() == (5,)


def test_conversations_are_kept_apart(store: StrictSQLTrackerStore) -> None:
    asyncio.run(store.save(tracker_of(SENDER, "min")))
    assert asyncio.run(store.retrieve("web-another-one")) is None
    assert list(asyncio.run(store.keys())) == [SENDER]


def test_all_sessions_come_back_when_asked(store: StrictSQLTrackerStore) -> None:
    first = tracker_of(SENDER, "en")
    asyncio.run(store.save(first))
    first.update(ActionExecuted("action_session_start"))
    first.update(SessionStarted())
    asyncio.run(store.save(first))
    latest, full = asyncio.run(store.retrieve(SENDER)), asyncio.run(store.retrieve_full_tracker(SENDER))
    assert (len(latest.events), len(full.events)) == (1, 7)


Use = Callable[[TrackerStore], Awaitable[Any]]
USES: dict[str, Use] = {
    "save": lambda store: store.save(tracker_of(SENDER, "Kari Nordmann falt")),
    "retrieve": lambda store: store.retrieve(SENDER),
    "retrieve all": lambda store: store.retrieve_full_tracker(SENDER),
    "keys": lambda store: store.keys(),
}


def break_table(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("drop table events")


def break_file(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("damage", [break_table, break_file])
def test_a_broken_database_ends_the_turn(store, path: Path, use: str, damage: Callable[[Path], None]) -> None:
    store.engine.dispose()
    damage(path)
    with pytest.raises(TurnFailed) as caught:
        asyncio.run(USES[use](store))
    assert caught.value.outage is True
    assert caught.value.reason.startswith("tracker store: ")
    assert "Nordmann" not in caught.value.reason
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("use", USES)
def test_a_folder_that_is_not_there_ends_the_turn(tmp_path: Path, use: str) -> None:
    store = StrictSQLTrackerStore(DOMAIN, dialect="sqlite", db=str(tmp_path / "missing" / "rasa.db"))
    with pytest.raises(TurnFailed):
        asyncio.run(USES[use](store))


@pytest.mark.parametrize("use", ["save", "retrieve", "retrieve all", "keys"])
def test_rasas_wrapper_cannot_hide_the_failure(store: StrictSQLTrackerStore, path: Path, use: str) -> None:
    """`FailSafeTrackerStore` would go on with an empty conversation."""
    break_table(path)
    with pytest.raises(TurnFailed):
        asyncio.run(USES[use](FailSafeTrackerStore(store)))


def test_after_the_outage_it_works_again(store: StrictSQLTrackerStore, path: Path) -> None:
    asyncio.run(store.save(tracker_of(SENDER, "en")))
    away = path.with_suffix(".away")
    store.engine.dispose()
    path.rename(away)
    path.mkdir()
    with pytest.raises(TurnFailed):
        asyncio.run(store.retrieve(SENDER))
    path.rmdir()
    away.rename(path)
    assert asyncio.run(store.retrieve(SENDER)).latest_message.text == "en"


def test_a_failed_save_leaves_nothing_behind(store: StrictSQLTrackerStore, path: Path, monkeypatch) -> None:
    tracker = tracker_of(SENDER, "en", "to")
    tracker.events[-1].data = {"custom": object()}  # the last event cannot become JSON
    with pytest.raises(TurnFailed):
        asyncio.run(store.save(tracker))
    with sqlite3.connect(path) as database:
        assert database.execute("select count(*) from events").fetchone() == (0,)


@pytest.mark.parametrize("sender", ["web-\x00-0123", "web-\ud800-0123", "w" * 300])
def test_an_odd_sender_never_ends_the_process(store: StrictSQLTrackerStore, sender: str) -> None:
    """PostgreSQL answers U+0000 with a ValueError, on which Rasa's own store exits."""
    for use in (store.save(tracker_of(sender, "hei")), store.retrieve(sender)):
        try:
            asyncio.run(use)
        except TurnFailed as failed:
            assert failed.outage is True


@pytest.mark.parametrize(
    "error",
    [
        ValueError("A string literal cannot contain NUL (0x00) characters."),
        OperationalError("s", {}, OSError()),
    ],
)
def test_an_error_inside_a_session_ends_the_turn_and_not_the_process(store, error: Exception) -> None:
    with pytest.raises(TurnFailed), store.session_scope():
        raise error


def test_the_session_is_rolled_back_and_closed(store: StrictSQLTrackerStore) -> None:
    calls: list[str] = []

    class Session:
        def rollback(self) -> None:
            calls.append("rollback")

        def close(self) -> None:
            calls.append("close")

    store.sessionmaker = Session
    with pytest.raises(TurnFailed), store.session_scope():
        raise ValueError
    with store.session_scope():
        pass
    assert calls == ["rollback", "close", "close"]


def test_a_cancelled_turn_is_cancelled_and_not_failed(store: StrictSQLTrackerStore, monkeypatch) -> None:
    async def cancelled(_tracker: DialogueStateTracker) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(store, "stream_events", cancelled)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(store.save(tracker_of(SENDER, "en")))


def test_rasa_makes_this_store_from_endpoints_yml(tmp_path: Path) -> None:
    """A wrong class path would silently give the store that forgets all at a restart."""
    import yaml

    root = Path(__file__).resolve().parents[2]
    section = yaml.safe_load((root / "endpoints.yml").read_text(encoding="utf-8"))["tracker_store"]
    section["db"] = str(tmp_path / "rasa.db")
    made = TrackerStore.create(EndpointConfig.from_dict(section), DOMAIN)
    assert type(made) is StrictSQLTrackerStore
    assert made.engine.url.database == section["db"]
