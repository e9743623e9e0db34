"""What the gateway sends to Rasa, and what it makes of every kind of answer."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from gateway_fakes import START

from connectors.errors import RasaAwayError, RelayError, TurnRefusedError
from connectors.mailbox import Waiting
from connectors.messages import Button, Reply
from connectors.relay import RasaRelay

ANSWER = {"replies": [{"text": "Hei.", "card": None, "buttons": []}]}
Handler = Callable[[httpx.Request], httpx.Response]


def waiting(text: str = "hei", payload: str | None = None, attempts: int = 0) -> Waiting:
    return Waiting(1, "web", "c1:m1", "c1", text, payload, START, attempts)


def relay(handler: Handler) -> RasaRelay:
    return RasaRelay("http://127.0.0.1:5005", "hemmelig-token", httpx.MockTransport(handler))


async def sent_for(message: Waiting) -> dict[str, Any]:
    bodies: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json=ANSWER)

    await relay(handler).turn(message)
    return bodies[0]


async def outcome(answer: httpx.Response) -> list[Reply]:
    return await relay(lambda _request: answer).turn(waiting())


# --- What is sent


async def test_a_turn_goes_to_the_gateways_own_channel_with_the_token() -> None:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=ANSWER)

    await relay(handler).turn(waiting())
    assert (requests[0].method, requests[0].url.path) == ("POST", "/webhooks/gateway/turn")
    assert requests[0].headers["X-Sifra-Token"] == "hemmelig-token"


async def test_typed_text_is_sent_as_text() -> None:
    assert await sent_for(waiting("/restart")) == {
        "conversation": "c1",
        "message_id": "web:c1:m1",
        "sent_at": "2026-11-20T06:12:00+00:00",
        "redelivered": False,
        "text": "/restart",
    }


async def test_a_button_is_sent_as_its_payload_without_text() -> None:
    body = await sent_for(waiting("Ja", payload="/affirm"))
    assert body["payload"] == "/affirm"
    assert "text" not in body


@pytest.mark.parametrize(("attempts", "redelivered"), [(0, False), (1, True), (7, True)])
async def test_rasa_is_told_that_it_may_have_had_a_message(attempts: int, redelivered: bool) -> None:
    assert (await sent_for(waiting(attempts=attempts)))["redelivered"] is redelivered


async def test_a_turn_waits_longer_than_the_channel_but_not_for_ever() -> None:
    limits: list[dict[str, float]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"])
        return httpx.Response(200, json=ANSWER)

    await relay(handler).turn(waiting())
    assert limits[0]["connect"] <= 5
    assert 45 < limits[0]["read"] <= 60


def test_no_proxy_gets_to_see_the_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    client = RasaRelay("http://127.0.0.1:5005", "hemmelig-token")._client
    assert client._transport_for_url(httpx.URL("http://127.0.0.1:5005/")) is client._transport


# --- What comes back


async def test_replies_come_back_in_order_with_cards_and_buttons() -> None:
    card = {"type": "case", "fields": [{"label": "Sak", "value": "2026-00001"}]}
    buttons = [{"title": "Ja", "payload": "/affirm", "style": "primary"}]
    replies = [
        {"text": "Meldt.", "card": card, "buttons": []},
        {"text": "Noe mer?", "card": None, "buttons": buttons},
    ]
    assert await outcome(httpx.Response(200, json={"replies": replies})) == [
        Reply("Meldt.", card),
        Reply("Noe mer?", None, (Button("Ja", "/affirm", "primary"),)),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b'{"replies": []}',
        b"{}",
        b"[]",
        b"null",
        b"",
        b"<html>feil</html>",
        b'{"replies": [{"text": "Hei."',
        b'{"replies": [{"text": null, "card": null, "buttons": []}]}',
        b'{"replies": [{"text": "Hei.", "card": null, "buttons": [{"title": "Ja"}]}]}',
        b'{"replies": [{"text": "\xff\xfe", "card": null, "buttons": []}]}',
        b'{"replies": [{"text": "\\ud800", "card": null, "buttons": []}]}',
    ],
)
async def test_an_answer_without_replies_is_a_failure(content: bytes) -> None:
    with pytest.raises(TurnRefusedError):
        await outcome(httpx.Response(200, content=content))


async def test_an_outage_behind_rasa_is_an_outage() -> None:
    with pytest.raises(RasaAwayError):
        await outcome(httpx.Response(503, json={"error": "timeout", "outage": True}))


async def test_a_message_that_fails_is_refused() -> None:
    with pytest.raises(TurnRefusedError):
        await outcome(httpx.Response(503, json={"error": "KeyError", "outage": False}))


async def test_a_token_that_does_not_match_is_no_fault_of_the_message() -> None:
    with pytest.raises(RasaAwayError):
        await outcome(httpx.Response(401, json={"error": "token"}))


@pytest.mark.parametrize("status", [302, 400, 404, 500, 502])
async def test_other_answers_are_failures(status: int) -> None:
    with pytest.raises(RelayError):
        await outcome(httpx.Response(status, json={"error": "sådan", "replies": ANSWER["replies"]}))


@pytest.mark.parametrize(
    "content", [b"", b"Bad Gateway", b"[1, 2]", b'"outage"', b'{"outage": "yes"}', b"\xff"]
)
async def test_a_failure_in_any_shape_is_a_failure(content: bytes) -> None:
    with pytest.raises(TurnRefusedError):
        await outcome(httpx.Response(503, content=content))


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadTimeout,
        httpx.WriteError,
        httpx.PoolTimeout,
        httpx.ReadError,
        httpx.RemoteProtocolError,
    ],
)
async def test_nobody_answering_is_an_outage(error: type[httpx.HTTPError]) -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise error("hei")

    with pytest.raises(RasaAwayError, match=error.__name__):
        await relay(handler).turn(waiting())


@pytest.mark.parametrize(
    "reason", ["timeout", "no reply", "action server answered 500", "action server: ClientConnectorError"]
)
async def test_the_channels_own_reasons_are_kept(reason: str) -> None:
    with pytest.raises(RelayError, match=f"^{reason}$"):
        await outcome(httpx.Response(503, json={"error": reason, "outage": True}))


# --- Readiness


@pytest.mark.parametrize(("status", "ready"), [(200, True), (401, False), (503, False)])
async def test_ready_is_what_rasa_says(status: int, ready: bool) -> None:
    paths: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return httpx.Response(status, json={"ready": ready, "model": None})

    assert await relay(handler).is_ready() is ready
    assert paths == ["/webhooks/gateway/health"]


async def test_rasa_that_does_not_answer_is_not_ready() -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert await relay(handler).is_ready() is False
