"""The action endpoint: an answer, a refusal on purpose, or the end of the turn."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from servers import action_server, free_port

from nlu.server.turns import TransactionalActionEndpoint, TurnFailed

CANARY = "kanarifugl Kari Nordmann"


def call(endpoint: EndpointConfig, **options: Any) -> Any:
    return asyncio.run(TransactionalActionEndpoint.around(endpoint).request(json={"text": CANARY}, **options))


def ask(answer: Any, **options: Any) -> Any:
    async def whole() -> Any:
        async with action_server(answer) as url:
            endpoint = TransactionalActionEndpoint.around(EndpointConfig(url))
            return await endpoint.request(json={"text": CANARY}, **options)

    return asyncio.run(whole())


def answering(status: int = 200, body: bytes = b"{}", kind: str = "application/json") -> Any:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, content_type=kind)

    return answer


def test_turn_failed_is_out_of_reach_of_a_catch_all() -> None:
    assert not issubclass(TurnFailed, Exception)
    failed = TurnFailed("why", outage=True)
    assert (failed.reason, failed.outage, str(failed)) == ("why", True, "why")


def test_an_answer_comes_back() -> None:
    body = json.dumps({"events": [], "responses": [{"text": "Takk"}]}).encode()
    assert ask(answering(body=body)) == {"events": [], "responses": [{"text": "Takk"}]}


def test_a_refusal_on_purpose_passes_with_its_body() -> None:
    with pytest.raises(ClientResponseError) as caught:
        ask(answering(400, b'{"action_name": "a", "error": "e"}'))
    assert caught.value.status == 400
    assert json.loads(caught.value.text)["action_name"] == "a"


@pytest.mark.parametrize("status", [401, 404, 413, 422, 449, 500, 502, 503])
def test_an_error_status_ends_the_turn(status: int) -> None:
    with pytest.raises(TurnFailed) as caught:
        ask(answering(status, CANARY.encode(), "text/plain"))
    assert caught.value.reason == f"action server answered {status}"
    assert caught.value.outage is False
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>", "text/html"),
        (b"", "text/plain"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'"hei"', "application/json"),
        (b"{", "application/json"),
        (b"\xff\xfe", "application/json"),
    ],
)
def test_an_answer_that_is_no_object_ends_the_turn_and_is_no_outage(body: bytes, kind: str) -> None:
    with pytest.raises(TurnFailed) as caught:
        ask(answering(body=body, kind=kind))
    assert caught.value.outage is False


def test_nobody_listening_is_an_outage() -> None:
    with pytest.raises(TurnFailed) as caught:
        call(EndpointConfig(f"http://127.0.0.1:{free_port()}/webhook"))
    assert caught.value.outage is True
    assert caught.value.reason.startswith("action server: Client")
    assert caught.value.__cause__ is None


def test_no_answer_in_time_is_an_outage() -> None:
    async def sleep(request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.json_response({})

    with pytest.raises(TurnFailed) as caught:
        ask(sleep, timeout=0.1)
    assert caught.value.outage is True
    assert caught.value.reason == "action server: TimeoutError"


def test_a_connection_that_breaks_off_is_an_outage() -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"events":')
        assert request.transport is not None
        request.transport.close()
        return response

    with pytest.raises(TurnFailed) as caught:
        ask(break_off)
    assert caught.value.outage is True


def test_the_conversation_is_not_in_the_failure() -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(status=500, text=await request.text())

    with pytest.raises(TurnFailed) as caught:
        ask(echo)
    assert "Nordmann" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


def test_a_cancelled_turn_is_cancelled_and_not_failed() -> None:
    async def whole() -> None:
        async def sleep(request: web.Request) -> web.Response:
            await asyncio.sleep(5)
            return web.json_response({})

        async with action_server(sleep) as url:
            endpoint = TransactionalActionEndpoint.around(EndpointConfig(url))
            task = asyncio.ensure_future(endpoint.request(json={}))
            await asyncio.sleep(0.05)
            task.cancel()
            await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(whole())


def test_the_endpoint_keeps_all_that_it_was_configured_with() -> None:
    given = EndpointConfig(
        url="http://127.0.0.1:5055/webhook",
        params={"a": "b"},
        headers={"X-Sifra-Token": "secret"},
        basic_auth={"username": "u", "password": "p"},
        token="t",
        token_name="tn",
        cafile="/ca.pem",
        extra=1,
    )
    around = TransactionalActionEndpoint.around(given)
    for name in ("url", "params", "headers", "basic_auth", "token", "token_name", "cafile", "kwargs"):
        assert getattr(around, name) == getattr(given, name), name


def test_the_secret_header_is_sent() -> None:
    async def whole() -> Any:
        async def answer(request: web.Request) -> web.Response:
            return web.json_response({"token": request.headers.get("X-Sifra-Token")})

        async with action_server(answer) as url:
            endpoint = TransactionalActionEndpoint.around(EndpointConfig(url, headers={"X-Sifra-Token": "s"}))
            return await endpoint.request(json={})

    assert asyncio.run(whole()) == {"token": "s"}


# Rasa's own action in front of it


def run_action(answer: Any) -> Any:
    async def whole() -> Any:
        async with action_server(answer) as url:
            domain = Domain.from_dict({"actions": ["action_start_report"], "slots": {"report": SLOT}})
            action = RemoteAction(
                "action_start_report", TransactionalActionEndpoint.around(EndpointConfig(url))
            )
            tracker = DialogueStateTracker.from_events("web-0123456789", [], domain.slots)
            nlg = TemplatedNaturalLanguageGenerator({})
            return await action.run(CollectingOutputChannel(), nlg, tracker, domain)

    return asyncio.run(whole())


SLOT = {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}


def test_rasas_action_gets_events_and_replies() -> None:
    body = {"events": [{"event": "slot", "name": "report", "value": "x"}], "responses": [{"text": "Takk"}]}
    bot, slot = run_action(answering(body=json.dumps(body).encode()))
    assert bot.text == "Takk"
    assert slot == SlotSet("report", "x")


def test_rasas_action_still_knows_a_refusal_on_purpose() -> None:
    with pytest.raises(ActionExecutionRejection):
        run_action(answering(400, b'{"action_name": "action_start_report", "error": "no"}'))


@pytest.mark.parametrize("answer", [answering(500), answering(body=b"[]"), answering(body=b"{")])
def test_rasas_action_does_not_swallow_the_failure(answer: Any) -> None:
    with pytest.raises(TurnFailed):
        run_action(answer)
