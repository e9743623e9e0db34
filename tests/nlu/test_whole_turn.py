"""A whole turn through Rasa's own agent and processor: it happens, or nothing of it is kept.

Only understanding and prediction are replaced (a trained model would cost a minute); the lock, the tracker,
the action loop, the remote action, the tracker store and the channel are the real ones.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from rasa.core.actions.action import action_for_name_or_text
from rasa.core.agent import Agent
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecutionRejected, UserUttered
from rasa.shared.data import TrainingType
from rasa.utils.endpoints import EndpointConfig
from servers import Channel, action_server, channel, free_port

from nlu.server.tracker_store import StrictSQLTrackerStore
from nlu.server.turns import TransactionalActionEndpoint

CONVERSATION = "web-0123456789"
CANARY = "kanarifugl Kari Nordmann"
DOMAIN = Domain.from_dict(
    {
        "intents": ["report_deviation"],
        "actions": ["action_start_report", "utter_greet", "utter_routine"],
        "slots": {
            "report": {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}
        },
        "responses": {
            "utter_greet": [{"text": "Hei."}],
            "utter_routine": [
                {"text": "{passage}", "custom": {"type": "routine", "passage": "{passage}"}, "buttons": []}
            ],
        },
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": False},
    }
)
GOOD = {"events": [{"event": "slot", "name": "report", "value": "utkast"}], "responses": [{"text": "Takk."}]}


class Processor(MessageProcessor):
    """The real processor over a model that says the same to everything: utter_greet, then the action."""

    def __init__(self, store: Any, endpoint: EndpointConfig) -> None:
        self.nlg = TemplatedNaturalLanguageGenerator(DOMAIN.responses)
        self.tracker_store = store
        self.lock_store = InMemoryLockStore()
        self.max_number_of_predictions = 10
        self.on_circuit_break = None
        self.action_endpoint = endpoint
        self.model_filename = "sifra.tar.gz"
        self.model_metadata = SimpleNamespace(
            training_type=TrainingType.BOTH, model_id="m", assistant_id="sifra", domain=DOMAIN
        )
        self.domain = DOMAIN
        self.http_interpreter = None

    async def parse_message(
        self, message: Any, tracker: Any = None, only_output_properties: bool = True
    ) -> Any:
        return {
            "text": message.text,
            "intent": {"name": "report_deviation", "confidence": 1.0},
            "entities": [],
        }

    def predict_next_with_tracker_if_should(self, tracker: Any) -> Any:
        following = {"action_listen": "utter_greet", "utter_greet": "action_start_report"}
        refused = isinstance(tracker.events[-1], ActionExecutionRejected)
        name = "action_listen" if refused else following.get(tracker.latest_action_name, "action_listen")
        action = action_for_name_or_text(name, self.domain, self.action_endpoint)
        return action, PolicyPrediction.for_action_name(self.domain, name, "RulePolicy")


class Stack:
    """Everything of one test: the database file and what the action server does."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rasa.db"
        self.store = StrictSQLTrackerStore(DOMAIN, dialect="sqlite", db=str(self.path))
        self.calls = 0
        self.answer: Any = GOOD
        self.url: str | None = None

    async def act(self, request: web.Request) -> web.Response:
        self.calls += 1
        if isinstance(self.answer, int):
            return web.Response(status=self.answer, text=await request.text())
        if callable(self.answer):
            self.answer()
            return web.json_response(GOOD)
        return web.json_response(self.answer)

    def talk(self, *bodies: Any) -> list[tuple[int, Any]]:
        """Send messages in turn; a function between them is called."""

        async def whole() -> list[tuple[int, Any]]:
            async with action_server(self.act) as url:
                agent = Agent(DOMAIN, tracker_store=FailSafeTrackerStore(self.store))
                agent.processor = Processor(agent.tracker_store, EndpointConfig(self.url or url))
                async with channel(agent, agent.handle_message) as line:
                    return await self._send(line, bodies)

        return asyncio.run(whole())

    async def _send(self, line: Channel, bodies: Any) -> list[tuple[int, Any]]:
        answers = []
        for body in bodies:
            if callable(body):
                body()
            else:
                answers.append(await line.post(body))
        return answers

    def kept(self) -> list[Any]:
        with sqlite3.connect(self.path) as database:
            rows = database.execute("select data from events order by id").fetchall()
        return [json.loads(row[0]) for row in rows]

    def heard(self) -> list[str]:
        return [event["text"] for event in self.kept() if event["event"] == "user"]


def turn(message_id: str = "web:1", text: str = "Jeg falt", **changes: Any) -> dict[str, Any]:
    body = {"conversation": CONVERSATION, "message_id": message_id, "text": text, "redelivered": False}
    return body | changes


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path)


def texts(answer: Any) -> list[str]:
    return [reply["text"] for reply in answer["replies"]]


def test_a_turn_answers_and_is_kept(stack: Stack) -> None:
    ((status, answer),) = stack.talk(turn())
    assert (status, texts(answer)) == (200, ["Hei.", "Takk."])
    kept = stack.kept()
    assert [event["message_id"] for event in kept if event["event"] == "user"] == ["web:1"]
    assert [event["value"] for event in kept if event["event"] == "slot" and event["name"] == "report"] == [
        "utkast"
    ]
    assert kept[-1]["name"] == "action_listen"


def test_marks_reach_the_card_and_buttons_are_kept_where_actions_look_for_them(stack: Stack) -> None:
    button = {"title": "Ja", "payload": '/feedback_positive{"question": "1"}'}
    said = {"response": "utter_routine", "passage": "Vask. Ring.", "marks": [[6, 11]], "buttons": [button]}
    stack.answer = {"events": [], "responses": [said]}
    ((status, answer),) = stack.talk(turn("web:7"))
    reply = answer["replies"][-1]
    assert status == 200
    assert reply["card"] == {"type": "routine", "passage": "Vask. Ring.", "marks": [[6, 11]]}
    assert [shown["payload"] for shown in reply["buttons"]] == [button["payload"]]
    bots = [event for event in stack.kept() if event["event"] == "bot"]
    assert [shown["payload"] for shown in bots[-1]["data"]["buttons"]] == [button["payload"]]
    assert [event["message_id"] for event in stack.kept() if event["event"] == "user"] == ["web:7"]


FAILURES: list[tuple[str, Any, bool]] = [
    ("error status", 500, False),
    ("wrong secret", 401, False),
    ("no object", [1], False),
]


@pytest.mark.parametrize(("name", "answer", "outage"), FAILURES, ids=[failure[0] for failure in FAILURES])
def test_a_failing_action_keeps_nothing_of_the_turn(
    stack: Stack, caplog: pytest.LogCaptureFixture, name: str, answer: Any, outage: bool
) -> None:
    caplog.set_level(logging.INFO)
    stack.answer = answer
    ((status, told),) = stack.talk(turn(text=CANARY))
    assert (status, told["outage"]) == (503, outage)
    assert stack.calls == 1
    assert stack.kept() == []
    assert "Nordmann" not in caplog.text + json.dumps(told)


def test_an_action_server_that_is_away_keeps_nothing_and_is_an_outage(stack: Stack) -> None:
    stack.url = f"http://127.0.0.1:{free_port()}/webhook"
    ((status, answer),) = stack.talk(turn())
    assert (status, answer["outage"]) == (503, True)
    assert stack.kept() == []


def test_a_failure_in_mid_conversation_keeps_what_was_before(stack: Stack) -> None:
    def fail() -> None:
        stack.answer = 500

    first, second = stack.talk(turn(), fail, turn("web:2", "og så"))
    assert (first[0], second[0]) == (200, 503)
    assert stack.heard() == ["Jeg falt"]


def test_the_same_message_succeeds_after_the_outage_and_is_one_turn(stack: Stack) -> None:
    def fail() -> None:
        stack.answer = 500

    def recover() -> None:
        stack.answer = GOOD

    answers = stack.talk(
        turn(),
        fail,
        turn("web:2", "to"),
        turn("web:2", "to", redelivered=True),
        recover,
        turn("web:2", "to", redelivered=True),
    )
    assert [status for status, _ in answers] == [200, 503, 503, 200]
    assert stack.heard() == ["Jeg falt", "to"]


def test_a_refused_action_is_no_failure_of_the_turn(stack: Stack) -> None:
    """Status 400 is how a form says that it cannot use an answer; Rasa goes on with another action."""

    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"action_name": "action_start_report", "error": "no"}, status=400)

    stack.act = refuse  # type: ignore[method-assign]
    ((status, answer),) = stack.talk(turn())
    assert (status, texts(answer)) == (200, ["Hei."])
    assert "action_execution_rejected" in {event["event"] for event in stack.kept()}


def test_a_lost_answer_is_given_again_without_acting_again(stack: Stack) -> None:
    first, again = stack.talk(turn(), turn(redelivered=True))
    assert first == again
    assert stack.calls == 1
    assert stack.heard() == ["Jeg falt"]


def test_a_save_that_fails_is_told_and_the_conversation_goes_on_later(stack: Stack) -> None:
    away = stack.path.with_suffix(".away")

    def lose_database() -> None:
        stack.store.engine.dispose()
        stack.path.rename(away)
        stack.path.mkdir()

    def find_database() -> None:
        stack.path.rmdir()
        away.rename(stack.path)
        stack.answer = GOOD

    stack.answer = lose_database
    first, second = stack.talk(turn(), find_database, turn(redelivered=True))
    assert first == (503, {"error": "tracker store: OperationalError", "outage": True})
    assert (second[0], texts(second[1])) == (200, ["Hei.", "Takk."])
    assert stack.heard() == ["Jeg falt"]
    assert stack.calls == 2  # why filing is idempotent


def test_a_read_that_fails_is_told_before_anything_is_done(stack: Stack) -> None:
    with sqlite3.connect(stack.path) as database:
        database.execute("drop table events")
    ((status, answer),) = stack.talk(turn())
    assert (status, answer["outage"]) == (503, True)
    assert stack.calls == 0


def test_after_a_failed_turn_the_lock_is_free(stack: Stack) -> None:
    stack.answer = 500
    answers = stack.talk(turn(), turn("web:2"), turn("web:3"))
    assert [status for status, _ in answers] == [503, 503, 503]


def test_without_our_endpoint_rasa_swallows_the_failure(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason for `TransactionalActionEndpoint`: when this test fails, Rasa has become better."""
    monkeypatch.setattr(TransactionalActionEndpoint, "request", EndpointConfig.request)
    stack.answer = 500
    ((status, answer),) = stack.talk(turn())
    assert (status, texts(answer)) == (200, ["Hei."])
    assert stack.heard() == ["Jeg falt"]


def test_typed_slash_text_reaches_the_conversation_as_text(stack: Stack) -> None:
    ((status, _),) = stack.talk(turn(text="/restart"))
    assert status == 200
    (event,) = [event for event in stack.kept() if event["event"] == "user"]
    assert event["text"].endswith("/restart")
    assert not UserUttered(event["text"]).text.startswith("/")
