"""The only way into Rasa, over real HTTP with an agent of our own making."""

from __future__ import annotations

import asyncio
import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from servers import TOKEN, Channel, channel, until

from nlu.server import channel as channel_module
from nlu.server.channel import MAX_CHARS, SHIELD, GatewayInput
from nlu.server.turns import TransactionalActionEndpoint, TurnFailed

CONVERSATION = "web-0123456789"
CANARY = "kanarifugl Kari Nordmann 01019012345"


def turn(**changes: Any) -> dict[str, Any]:
    body = {
        "conversation": CONVERSATION,
        "message_id": "web:1",
        "text": "Jeg falt på glatta",
        "sent_at": "2026-11-20T14:00:00+01:00",
        "redelivered": False,
    }
    body |= changes
    return {key: value for key, value in body.items() if value is not ...}


class Rasa:
    """Stands for the agent: keeps the messages it got and does as told."""

    def __init__(self) -> None:
        self.messages: list[UserMessage] = []
        self.replies: list[dict[str, Any]] = [{"text": "Takk"}]
        self.error: BaseException | None = None
        self.gate: asyncio.Event | None = None
        self.ready = True
        self.tracker_store = InMemoryTrackerStore(Domain.empty())
        self.processor = SimpleNamespace(
            action_endpoint=EndpointConfig("http://127.0.0.1:1/webhook", headers={"X-Sifra-Token": "a"}),
            model_filename="sifra.tar.gz",
        )

    def is_ready(self) -> bool:
        return self.ready

    async def handle(self, message: UserMessage) -> None:
        self.messages.append(message)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        for reply in self.replies:
            await message.output_channel.send_response(message.sender_id, reply)


def run(rasa: Rasa, talk: Any) -> Any:
    async def whole() -> Any:
        async with channel(rasa, rasa.handle) as line:
            return await talk(line)

    return asyncio.run(whole())


def say(rasa: Rasa, body: Any, **options: Any) -> tuple[int, Any]:
    async def talk(line: Channel) -> tuple[int, Any]:
        return await line.post(body, **options)

    return run(rasa, talk)


@pytest.fixture
def rasa() -> Rasa:
    return Rasa()


# Who may call


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1], "tøken"])
def test_a_wrong_or_missing_token_is_refused_before_anything_else(rasa: Rasa, token: str | None) -> None:
    async def talk(line: Channel) -> list[int]:
        return [
            (await line.post(turn(), token=token))[0],
            (await line.post(None, token=token, raw=b"{"))[0],
            (await line.health(token))[0],
        ]

    assert run(rasa, talk) == [401, 401, 401]
    assert rasa.messages == []


def test_a_token_of_broken_bytes_is_refused_as_well(rasa: Rasa) -> None:
    async def talk(line: Channel) -> bytes:
        host, port = line.url.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /webhooks/gateway/turn HTTP/1.1\r\nHost: x\r\nX-Sifra-Token: \xff\xfe\r\n"
            b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
        )
        head = await reader.readline()
        writer.close()
        return head

    assert b" 401 " in run(rasa, talk)


@pytest.mark.parametrize(
    "credentials", [None, {}, {"token": ""}, {"token": None}, {"token": "${SIFRA_RASA_TOKEN}"}]
)
def test_without_a_secret_the_channel_does_not_start(credentials: dict[str, Any] | None) -> None:
    with pytest.raises(ValueError, match="SIFRA_RASA_TOKEN"):
        GatewayInput.from_credentials(credentials)


def test_the_channel_starts_with_a_secret_and_has_the_url_of_its_name() -> None:
    made = GatewayInput.from_credentials({"token": "x"})
    assert made.name() == made.url_prefix() == "gateway"


def test_health_tells_whether_a_model_is_loaded(rasa: Rasa) -> None:
    async def talk(line: Channel) -> list[Any]:
        up = await line.health()
        rasa.ready = False
        return [up, await line.health()]

    assert run(rasa, talk) == [
        (200, {"ready": True, "model": "sifra.tar.gz"}),
        (503, {"ready": False, "model": None}),
    ]


# What is a turn


BAD_TURNS = {
    "no conversation": turn(conversation=...),
    "short conversation": turn(conversation="abc"),
    "long conversation": turn(conversation="a" * 65),
    "odd conversation": turn(conversation="web/0123456789"),
    "null in conversation": turn(conversation="web-01234567\x00"),
    "newline after conversation": turn(conversation=CONVERSATION + "\n"),
    "number as conversation": turn(conversation=12345678),
    "no message id": turn(message_id=...),
    "empty message id": turn(message_id=""),
    "long message id": turn(message_id="a" * 129),
    "odd message id": turn(message_id="web 1"),
    "number as message id": turn(message_id=1),
    "no text": turn(text=...),
    "null text": turn(text=None),
    "number as text": turn(text=7),
    "list as text": turn(text=["hei"]),
    "too long": turn(text="a" * (MAX_CHARS + 1)),
    "payload without slash": turn(text=..., payload="restart"),
    "payload after a space": turn(text=..., payload=" /restart"),
    "empty payload": turn(text=..., payload=""),
    "long payload": turn(text=..., payload="/" + "a" * 1000),
    "payload as object": turn(text=..., payload={"name": "button"}),
    "text and payload": turn(payload="/button"),
    "text and bad payload": turn(payload="button"),
    "list": [turn()],
    "string": "hei",
    "number": 7,
    "null": None,
}


@pytest.mark.parametrize("name", BAD_TURNS)
def test_what_is_no_turn_is_refused_and_nothing_happens(rasa: Rasa, name: str) -> None:
    status, answer = say(rasa, BAD_TURNS[name])
    assert status == 400
    assert set(answer) == {"error"}
    assert rasa.messages == []


@pytest.mark.parametrize("raw", [b"", b"{", b"hei", b"\xff\xfe", b"text=hei", b"[1,"])
def test_a_body_that_is_no_json_is_refused(rasa: Rasa, raw: bytes) -> None:
    assert say(rasa, None, raw=raw)[0] == 400
    assert rasa.messages == []


def test_a_turn_reaches_rasa_with_all_that_belongs_to_it(rasa: Rasa) -> None:
    status, answer = say(rasa, turn())
    assert (status, answer) == (200, {"replies": [{"text": "Takk", "card": None, "buttons": []}]})
    (message,) = rasa.messages
    assert message.text == "Jeg falt på glatta"
    assert (message.sender_id, message.message_id) == (CONVERSATION, "web:1")
    assert message.input_channel == "gateway"
    assert message.metadata == {"sent_at": "2026-11-20T14:00:00+01:00"}


def test_the_longest_text_passes(rasa: Rasa) -> None:
    assert say(rasa, turn(text="æ" * MAX_CHARS))[0] == 200
    assert len(rasa.messages[0].text) == MAX_CHARS


@pytest.mark.parametrize("stamp", [..., None, 12, {"x": 1}, "x" * 5000], ids=range(5))
def test_an_odd_stamp_does_no_harm(rasa: Rasa, stamp: object) -> None:
    assert say(rasa, turn(sent_at=stamp))[0] == 200
    assert len(rasa.messages[0].metadata["sent_at"]) <= 40


@pytest.mark.parametrize(
    "typed",
    [
        "/restart",
        " /restart",
        "\t\n/session_start",
        "\u00a0/button{}",
        "\u3000/back",
        "\x1c/restart",
        "/",
        "//x",
    ],
)
def test_typed_text_is_never_a_payload(rasa: Rasa, typed: str) -> None:
    assert say(rasa, turn(text=typed))[0] == 200
    (message,) = rasa.messages
    assert message.text.startswith(SHIELD)
    # This is how Rasa looks for one (RegexMessageHandler).
    assert not message.text.strip().startswith("/")
    assert message.text.replace(SHIELD, "").strip() == typed.strip()


def test_ordinary_text_is_not_shielded(rasa: Rasa) -> None:
    say(rasa, turn(text="rom 1/2 og a/b"))
    assert rasa.messages[0].text == "rom 1/2 og a/b"


def test_a_payload_passes_as_it_is(rasa: Rasa) -> None:
    payload = '/button{"do":"send","draft":"d1"}'
    assert say(rasa, turn(text=..., payload=payload))[0] == 200
    assert rasa.messages[0].text == payload


def test_replies_keep_buttons_and_card_together(rasa: Rasa) -> None:
    button = {"title": "Ja", "payload": "/affirm", "style": "primary"}
    rasa.replies = [
        {"text": "Stemmer det?", "buttons": [button], "custom": {"kind": "report"}},
        {"text": "b"},
    ]
    replies = say(rasa, turn())[1]["replies"]
    assert replies[0] == {"text": "Stemmer det?", "card": {"kind": "report"}, "buttons": [button]}
    assert [reply["text"] for reply in replies] == ["Stemmer det?", "b"]


# When a turn fails


@pytest.mark.parametrize(
    ("error", "reason", "outage"),
    [
        (TurnFailed("action server answered 500", outage=False), "action server answered 500", False),
        (TurnFailed("tracker store: OperationalError", outage=True), "tracker store: OperationalError", True),
        (RuntimeError(CANARY), "RuntimeError", False),
        (KeyError(CANARY), "KeyError", False),
    ],
)
def test_a_failed_turn_is_told_without_a_word_of_the_conversation(
    rasa: Rasa, caplog: pytest.LogCaptureFixture, error: BaseException, reason: str, outage: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    rasa.error = error
    status, answer = say(rasa, turn(text=CANARY))
    assert (status, answer) == (503, {"error": reason, "outage": outage})
    assert f"turn failed: {reason} (message web:1)" in caplog.text
    assert CANARY not in caplog.text
    assert "Nordmann" not in json.dumps(answer)


def test_no_reply_is_a_failure(rasa: Rasa) -> None:
    rasa.replies = []
    assert say(rasa, turn()) == (503, {"error": "no reply", "outage": False})


def test_without_a_model_the_message_waits(rasa: Rasa) -> None:
    rasa.ready = False
    assert say(rasa, turn()) == (503, {"error": "no model", "outage": True})
    assert rasa.messages == []


def test_a_slow_turn_is_given_up_but_runs_to_its_end(rasa: Rasa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "TURN_TIMEOUT_S", 0.1)
    done: list[bool] = []

    async def talk(line: Channel) -> tuple[int, Any]:
        rasa.gate = asyncio.Event()
        answer = await line.post(turn())
        rasa.gate.set()
        await until(lambda: bool(rasa.messages[0].output_channel.messages))
        done.append(True)
        return answer

    assert run(rasa, talk) == (503, {"error": "timeout", "outage": True})
    assert done == [True]


def test_a_turn_that_fails_after_it_was_given_up_leaves_no_text_in_the_log(
    rasa: Rasa, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(channel_module, "TURN_TIMEOUT_S", 0.1)

    async def talk(line: Channel) -> None:
        rasa.gate, rasa.error = asyncio.Event(), RuntimeError(CANARY)
        await line.post(turn(text=CANARY))
        rasa.gate.set()
        await asyncio.sleep(0.05)

    run(rasa, talk)
    import gc

    gc.collect()  # asyncio tells of an error that nobody looked at when the task is thrown away
    assert CANARY not in caplog.text
    assert "never retrieved" not in caplog.text


def test_a_gateway_that_hangs_up_does_not_cut_the_turn(rasa: Rasa) -> None:
    async def talk(line: Channel) -> list[Any]:
        rasa.gate = asyncio.Event()
        request = asyncio.ensure_future(line.post(turn()))
        await until(lambda: bool(rasa.messages))
        request.cancel()
        await asyncio.sleep(0.05)
        rasa.gate.set()
        await until(lambda: bool(rasa.messages[0].output_channel.messages))
        return rasa.messages[0].output_channel.messages

    assert run(rasa, talk)[0]["text"] == "Takk"


def test_the_same_message_asked_again_while_it_runs_is_one_turn(rasa: Rasa, monkeypatch) -> None:
    monkeypatch.setattr(channel_module, "TURN_TIMEOUT_S", 0.2)

    async def talk(line: Channel) -> list[Any]:
        rasa.gate = asyncio.Event()
        first = await line.post(turn())
        again = asyncio.ensure_future(line.post(turn(redelivered=True)))
        await asyncio.sleep(0.05)
        rasa.gate.set()
        return [first[0], await again]

    status, (again, answer) = run(rasa, talk)
    assert (status, again) == (503, 200)
    assert answer["replies"][0]["text"] == "Takk"
    assert len(rasa.messages) == 1


def test_other_messages_are_turns_of_their_own(rasa: Rasa) -> None:
    async def talk(line: Channel) -> list[Any]:
        rasa.gate = asyncio.Event()
        sent = [
            line.post(turn()),
            line.post(turn(message_id="web:2")),
            line.post(turn(conversation="web-other-one")),
        ]
        answers = asyncio.gather(*sent)
        await until(lambda: len(rasa.messages) == 3)
        rasa.gate.set()
        return await answers

    assert [status for status, _ in run(rasa, talk)] == [200, 200, 200]


def test_the_action_endpoint_becomes_transactional_once(rasa: Rasa) -> None:
    async def talk(line: Channel) -> list[Any]:
        await line.post(turn())
        first = rasa.processor.action_endpoint
        await line.post(turn(message_id="web:2"))
        return [first, rasa.processor.action_endpoint]

    first, second = run(rasa, talk)
    assert isinstance(first, TransactionalActionEndpoint)
    assert first is second
    assert (first.url, first.headers) == ("http://127.0.0.1:1/webhook", {"X-Sifra-Token": "a"})


# Redelivery


def remember(rasa: Rasa, *events: Any) -> None:
    tracker = DialogueStateTracker.from_events(CONVERSATION, list(events))
    asyncio.run(rasa.tracker_store.save(tracker))


def heard(message_id: str, text: str = "Jeg falt") -> UserUttered:
    return UserUttered(text, {"name": "report_deviation"}, message_id=message_id)


def said(text: str, **metadata: Any) -> BotUttered:
    data = {"buttons": [{"title": "Ja", "payload": "/affirm"}]} if text == "Stemmer det?" else {}
    return BotUttered(text, data, metadata)


def test_a_completed_turn_is_answered_again_without_a_new_turn(rasa: Rasa) -> None:
    remember(rasa, heard("web:0"), said("Gammelt"), heard("web:1"), said("Takk."), said("Stemmer det?"))
    status, answer = say(rasa, turn(redelivered=True))
    assert status == 200
    assert [reply["text"] for reply in answer["replies"]] == ["Takk.", "Stemmer det?"]
    assert answer["replies"][1]["buttons"] == [{"title": "Ja", "payload": "/affirm", "style": "secondary"}]
    assert rasa.messages == []


def test_a_card_is_answered_again_as_well(rasa: Rasa) -> None:
    remember(
        rasa, heard("web:1"), said("Dine saker", custom={"kind": "cases"}, cases=[{"number": "2026-00042"}])
    )
    replies = say(rasa, turn(redelivered=True))[1]["replies"]
    assert replies[0]["card"] == {"kind": "cases", "cases": [{"number": "2026-00042"}]}


@pytest.mark.parametrize(
    "events",
    [
        [],
        [heard("web:0"), said("Gammelt")],
        [heard("web:1")],
        [heard("web:1"), said("Takk."), heard("web:9"), said("Nyere")],
        [heard(None), said("Uten id")],
    ],
    ids=["unknown conversation", "unknown message", "no reply kept", "not the last", "without id"],
)
def test_a_redelivery_that_was_not_completed_is_a_turn(rasa: Rasa, events: list[Any]) -> None:
    if events:
        remember(rasa, *events)
    status, answer = say(rasa, turn(redelivered=True))
    assert (status, answer["replies"][0]["text"]) == (200, "Takk")
    assert len(rasa.messages) == 1


@pytest.mark.parametrize("redelivered", [False, ..., "true", 1, None])
def test_only_a_true_mark_makes_a_redelivery(rasa: Rasa, redelivered: object) -> None:
    remember(rasa, heard("web:1"), said("Takk. Fra før."))
    assert say(rasa, turn(redelivered=redelivered))[1]["replies"][0]["text"] == "Takk"
    assert len(rasa.messages) == 1


def test_a_redelivery_to_another_conversation_is_a_turn(rasa: Rasa) -> None:
    remember(rasa, heard("web:1"), said("Hemmelig for andre"))
    answer = say(rasa, turn(conversation="web-other-one", redelivered=True))[1]
    assert answer["replies"][0]["text"] == "Takk"
