"""What Rasa 3.6 and the action server say to each other, and what the server keeps to itself."""

import asyncio
import json
import logging
import threading
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.actions import server, wiring
from bot.actions.case_act_actions import ActionShowCases
from bot.actions.fallback_actions import ActionOfferReadings
from bot.actions.server import create_app
from bot.actions.settings import ActionServerSettings

TOKEN = "a-token-for-tests"
CANARY = "kanarifuglen heter Olga"
Events = list[dict[str, Any]]


def recorded_call(action: str, text: str = "Hei du") -> dict[str, Any]:
    """A call as Rasa 3.6.21 sent it, with the parts that repeat themselves cut short."""
    parsed = {
        "intent": {"name": "nlu_fallback", "confidence": 0.35},
        "entities": [
            {
                "entity": "language",
                "start": 0,
                "end": 6,
                "value": "nb",
                "extractor": "NorwegianEntityExtractor",
            }
        ],
        "text": text,
        "message_id": "41dbff28cc6d41e5b08d1254ccda603c",
        "metadata": {},
        "text_tokens": [[0, 3], [4, 6]],
        "intent_ranking": [{"name": "nlu_fallback", "confidence": 0.35}],
    }
    metadata = {"model_id": "fc2ff1b8f17f4a1f80ecb80f02850829", "assistant_id": "sifra"}
    return {
        "next_action": action,
        "sender_id": "7113a7fcb02c402da637314101618951",
        "tracker": {
            "sender_id": "7113a7fcb02c402da637314101618951",
            "slots": {
                "language": "nb",
                "report": None,
                "report_reply": None,
                "requested_slot": "report_reply",
                "session_started_metadata": None,
            },
            "latest_message": parsed,
            "latest_event_time": 1795296240.0155535,
            "followup_action": None,
            "paused": False,
            "events": [
                {
                    "event": "action",
                    "timestamp": 1795296238.3,
                    "metadata": metadata,
                    "name": "action_session_start",
                    "policy": None,
                    "confidence": 1.0,
                    "action_text": None,
                    "hide_rule_turn": False,
                },
                {"event": "session_started", "timestamp": 1795296238.4, "metadata": metadata},
                {
                    "event": "user",
                    "timestamp": 1795296239.4,
                    "metadata": metadata,
                    "text": text,
                    "parse_data": parsed,
                    "input_channel": "gateway",
                    "message_id": "41dbff28cc6d41e5b08d1254ccda603c",
                },
            ],
            "latest_input_channel": "gateway",
            "active_loop": {
                "name": "report_form",
                "is_interrupted": False,
                "rejected": False,
                "trigger_message": parsed,
            },
            "latest_action": {"action_name": "action_listen"},
            "latest_action_name": "action_listen",
        },
        "version": "3.6.21",
        "domain": {
            "version": "3.1",
            "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": False},
            "intents": ["greet"],
            "entities": ["language"],
            "slots": {},
            "forms": {"report_form": {"required_slots": ["report_reply"]}},
            "actions": [action],
            "responses": {},
        },
    }


class NoServices:
    """What the server itself asks for; the actions called here ask for nothing."""

    def remember_language(self, conversation_id: str, language: str) -> None:
        assert (len(conversation_id), language) == (32, "nb")


@pytest.fixture(autouse=True)
def _services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "_services", NoServices())


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of_new_app() as made:
        yield made


def client_of_new_app() -> httpx.AsyncClient:
    """Make an app now; actions that a test has patched before are registered as patched."""
    transport = httpx.ASGITransport(create_app(TOKEN))
    return httpx.AsyncClient(transport=transport, base_url="http://actions", headers={"X-Sifra-Token": TOKEN})


# --- who may call


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "bl\u00e5"])
async def test_a_wrong_token_is_refused_whatever_the_body(client: httpx.AsyncClient, token: str) -> None:
    for body in (b"{", json.dumps(recorded_call("action_offer_readings")).encode()):
        answer = await client.post("/webhook", content=body, headers={"X-Sifra-Token": token.encode()})
        assert answer.status_code == 401


async def test_a_missing_token_is_refused() -> None:
    transport = httpx.ASGITransport(create_app(TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://actions") as stranger:
        answer = await stranger.post("/webhook", json=recorded_call("action_offer_readings"))
    assert answer.status_code == 401


def test_the_server_does_not_start_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, ""):
        monkeypatch.delenv("SIFRA_ACTION_TOKEN", raising=False)
        if value is not None:
            monkeypatch.setenv("SIFRA_ACTION_TOKEN", value)
        with pytest.raises(ValidationError, match="action_token"):
            ActionServerSettings(_env_file=None)  # type: ignore[call-arg]


async def test_health_needs_no_token_and_there_is_nothing_else_to_see(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health", headers={"X-Sifra-Token": ""})
    assert (answer.status_code, answer.json()) == (200, {"ready": True})
    for path in ("/docs", "/openapi.json", "/redoc", "/actions"):
        assert (await client.get(path)).status_code == 404


# --- what is an action call


async def test_a_call_as_rasa_sends_it_is_answered_with_events_and_responses(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/webhook", json=recorded_call("action_offer_readings"))
    assert answer.status_code == 200
    assert set(answer.json()) == {"events", "responses"}
    assert answer.json()["events"] == []
    assert [response["response"] for response in answer.json()["responses"]] == ["utter_offer_readings"]


async def test_events_come_as_rasa_reads_them(client: httpx.AsyncClient) -> None:
    answer = await client.post("/webhook", json=recorded_call("validate_report_form"))
    assert answer.json() == {
        "events": [
            {"event": "slot", "timestamp": None, "name": "report_reply", "value": None},
            {"event": "slot", "timestamp": None, "name": "requested_slot", "value": None},
        ],
        "responses": [],
    }


async def test_a_call_may_be_compressed(client: httpx.AsyncClient) -> None:
    body = zlib.compress(json.dumps(recorded_call("action_offer_readings")).encode())
    answer = await client.post("/webhook", content=body, headers={"Content-Encoding": "deflate"})
    assert answer.status_code == 200


def without(part: str) -> bytes:
    call = recorded_call("action_offer_readings")
    del call[part]
    return json.dumps(call).encode()


def with_action(name: object) -> bytes:
    return json.dumps({**recorded_call("x"), "next_action": name}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe\xfa",
        b"[" * 200_000,
        without("next_action"),
        without("tracker"),
        without("domain"),
        with_action(""),
        with_action(["action_offer_readings"]),
        with_action(7),
    ],
    ids=lambda body: body[:12].decode(errors="replace"),
)
@pytest.mark.parametrize("encoding", ["identity", "deflate"])
async def test_what_is_no_action_call_is_refused(
    client: httpx.AsyncClient, body: bytes, encoding: str
) -> None:
    packed = zlib.compress(body) if encoding == "deflate" else body
    answer = await client.post("/webhook", content=packed, headers={"Content-Encoding": encoding})
    assert answer.status_code == 422


@pytest.mark.parametrize("encoding", ["deflate", "gzip", "br"])
async def test_a_body_that_is_not_packed_as_it_says_is_refused(
    client: httpx.AsyncClient, encoding: str
) -> None:
    packed = zlib.compress(json.dumps(recorded_call("action_offer_readings")).encode())
    broken = packed[: len(packed) // 2] if encoding == "deflate" else packed
    answer = await client.post("/webhook", content=broken, headers={"Content-Encoding": encoding})
    assert answer.status_code == 422


@pytest.mark.parametrize("encoding", ["identity", "deflate"])
async def test_a_body_that_is_too_large_is_refused(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    body = json.dumps(recorded_call("action_offer_readings")).encode()
    body += b" " * (200_000 - len(body))  # still JSON where it would be cut
    packed = zlib.compress(body) if encoding == "deflate" else body
    headers = {"Content-Encoding": encoding}
    monkeypatch.setattr(server, "MAX_BODY_BYTES", 200_000)
    assert (await client.post("/webhook", content=packed, headers=headers)).status_code == 200
    monkeypatch.setattr(server, "MAX_BODY_BYTES", 199_999)
    assert (await client.post("/webhook", content=packed, headers=headers)).status_code == 422


async def test_an_oversized_body_is_not_read_to_its_end(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_BODY_BYTES", 1_000)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(10_000):
            sent += 100
            yield b" " * 100

    answer = await client.post("/webhook", content=endless())
    assert answer.status_code == 422
    assert sent < 10_000


# --- what fails, and what is said of it


async def test_an_unknown_action_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.post("/webhook", json=recorded_call("action_of_yesterday"))
    assert (answer.status_code, answer.json()["action_name"]) == (404, "action_of_yesterday")


async def test_an_action_that_declines_is_told_to_rasa_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def declines(_self: object, _dispatcher: Any, _tracker: Any, _domain: Any) -> Events:
        raise ActionExecutionRejection("action_show_cases", "not now")

    monkeypatch.setattr(ActionShowCases, "run", declines)
    async with client_of_new_app() as client:
        answer = await client.post("/webhook", json=recorded_call("action_show_cases"))
    assert answer.status_code == 400
    assert answer.json() == {"error": "not now", "action_name": "action_show_cases"}


async def test_neither_answer_nor_log_of_a_failure_holds_the_conversation(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(_self: object, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: Any) -> Events:
        dispatcher.utter_message(text=tracker.latest_message["text"])
        try:
            raise KeyError(tracker.latest_message["text"])
        except KeyError as error:
            raise RuntimeError(tracker.latest_message["text"]) from error

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(ActionShowCases, "run", fails)
    async with client_of_new_app() as client:
        answer = await client.post("/webhook", json=recorded_call("action_show_cases", CANARY))
    assert (answer.status_code, answer.json()) == (500, {"error": "RuntimeError"})
    assert "action_show_cases failed: RuntimeError" in caplog.text
    assert "test_action_server.py" in caplog.text, "the frames are needed to find the fault"
    told = capfd.readouterr()
    for text in (answer.text, caplog.text, told.out, told.err):
        assert CANARY not in text


async def test_answering_logs_nothing_of_the_conversation(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for action in ("action_offer_readings", "validate_report_form", "action_of_yesterday"):
        await client.post("/webhook", json=recorded_call(action, CANARY))
    await client.post("/webhook", content=f'{{"text": "{CANARY}"'.encode())
    assert CANARY not in caplog.text


# --- several at once


async def test_calls_do_not_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = threading.Barrier(3, timeout=5)

    def meets(_self: object, _dispatcher: Any, _tracker: Any, _domain: Any) -> Events:
        meeting.wait()
        return []

    monkeypatch.setattr(ActionOfferReadings, "run", meets)
    async with client_of_new_app() as client:
        call = recorded_call("action_offer_readings")
        answers = await asyncio.gather(*(client.post("/webhook", json=call) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3


async def test_a_slow_action_is_given_up_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def waits(_self: object, _dispatcher: Any, _tracker: Any, _domain: Any) -> Events:
        released.wait(5)
        return []

    monkeypatch.setattr(ActionShowCases, "run", waits)
    monkeypatch.setattr(server, "ACTION_TIMEOUT_S", 0.2)
    try:
        async with client_of_new_app() as client:
            slow = asyncio.create_task(client.post("/webhook", json=recorded_call("action_show_cases")))
            await asyncio.sleep(0)
            quick = await client.post("/webhook", json=recorded_call("action_offer_readings"))
            health = await client.get("/health")
            assert not slow.done()
            answer = await asyncio.wait_for(slow, 2)
            assert not released.is_set()
    finally:
        released.set()
    assert (quick.status_code, health.status_code) == (200, 200)
    assert (answer.status_code, answer.json()) == (500, {"error": "TimeoutError"})
