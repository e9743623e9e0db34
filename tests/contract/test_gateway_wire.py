"""The gateway and its neighbours mean the same: Rasa's input channel on one side, `sifra chat` on the other.

Rasa lives in another environment, so its channel is read here, not imported.
"""

import ast
import importlib.util
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from bot.actions.report_draft import MAX_TEXT_CHARS
from connectors.mailbox import Waiting
from connectors.messages import Button, Reply
from connectors.relay import TURN_TIMEOUT, RasaRelay
from connectors.settings import GatewaySettings
from connectors.web.schemas import Choice, Message, Messages, Sending, Sent
from sifra import chat_client

SERVER = Path(__file__).parents[2] / "nlu" / "server"
CHANNEL = (SERVER / "channel.py").read_text(encoding="utf-8")
LONGEST_CLIENT_ID = "x" * 64
NOW = datetime(2026, 11, 20, 6, 12, tzinfo=UTC)


def constant(name: str) -> Any:
    """The value of a constant of the channel; of a compiled pattern, its text."""
    for node in ast.parse(CHANNEL).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
            value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
            return ast.literal_eval(value)
    raise AssertionError(f"{name} is not in channel.py")


def reply_of() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The function of Rasa's side that writes a reply."""
    spec = importlib.util.spec_from_file_location("replies_of_rasas_side", SERVER / "replies.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[[dict[str, Any]], dict[str, Any]] = module.reply_of
    return function


async def exchange(answer: dict[str, Any]) -> tuple[httpx.Request, list[Reply]]:
    """Send the longest message that the web channel makes, and read an answer to it."""
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=answer)

    conversation = "f" * 32  # as Directory.open_conversation makes them
    waiting = Waiting(1, "web", f"{conversation}:{LONGEST_CLIENT_ID}", conversation, "hei", None, NOW, 0)
    replies = await RasaRelay("http://127.0.0.1:5005", "t", httpx.MockTransport(handler)).turn(waiting)
    return requests[0], replies


ANSWER = {"replies": [{"text": "Hei.", "card": None, "buttons": []}]}


# --- Rasa


async def test_the_channel_takes_the_longest_ids_that_the_gateway_makes() -> None:
    body = json.loads((await exchange(ANSWER))[0].content)
    assert re.fullmatch(constant("CONVERSATION"), body["conversation"])
    assert re.fullmatch(constant("MESSAGE_ID"), body["message_id"])


async def test_the_gateway_calls_what_the_channel_serves() -> None:
    request, _ = await exchange(ANSWER)
    assert request.url.path == "/webhooks/gateway/turn"
    assert '@webhook.route("/turn", methods=["POST"])' in CHANNEL
    assert 'request.headers.get("X-Sifra-Token"' in CHANNEL
    assert "X-Sifra-Token" in request.headers


async def test_the_gateway_sends_what_the_channel_reads() -> None:
    read = set(re.findall(r'(?:body\.get\(|_matching\(body, )"(\w+)"', CHANNEL))
    sent = set(json.loads((await exchange(ANSWER))[0].content))
    assert sent | {"payload"} == read


def test_the_gateway_waits_until_the_channel_has_given_up() -> None:
    assert TURN_TIMEOUT.read is not None
    assert TURN_TIMEOUT.read > constant("TURN_TIMEOUT_S")


def test_the_longest_text_that_the_gateway_may_be_set_to_is_a_description_and_the_channel_takes_it() -> None:
    def limited_to(max_chars: int) -> GatewaySettings:
        return GatewaySettings(
            _env_file=None, rasa_token="t", session_secret="s", origin_key="o", max_chars=max_chars
        )

    assert limited_to(MAX_TEXT_CHARS).max_chars <= constant("MAX_CHARS")
    with pytest.raises(ValidationError):
        limited_to(MAX_TEXT_CHARS + 1)


async def test_the_gateway_reads_every_reply_that_rasas_side_writes() -> None:
    utterances: list[dict[str, Any]] = [
        {"text": "Hei."},
        {"text": None, "custom": {"type": "case", "fields": [{"label": "Sak", "value": "1"}]}},
        {"text": "Her.", "custom": {"type": "cases"}, "cases": [{"number": "2026-00001"}]},
        {
            "text": "Ja?",
            "buttons": [{"title": "Ja", "payload": "/a", "style": "primary"}, {"title": 1, "payload": 2}],
        },
    ]
    write = reply_of()
    _, replies = await exchange({"replies": [write(utterance) for utterance in utterances]})
    assert [reply.text for reply in replies] == ["Hei.", "", "Her.", "Ja?"]
    assert replies[1].card == {"type": "case", "fields": [{"label": "Sak", "value": "1", "note": None}]}
    assert replies[2].card == {"type": "cases", "cases": [{"number": "2026-00001"}]}
    assert replies[3].buttons == (Button("Ja", "/a", "primary"), Button("1", "2", "secondary"))


# --- sifra chat


def test_the_chat_client_reads_what_the_gateway_writes() -> None:
    message = Message(
        seq=7,
        speaker="sifra",
        text="Stemmer det?",
        card={"type": "case"},
        buttons=[Choice(id="b1", title="Ja", style="primary")],
        sent_at=NOW,
    )
    written = Messages(messages=[message], pending=True, last=7).model_dump_json(by_alias=True)
    page = chat_client._Page.model_validate_json(written)
    assert (page.pending, page.last) == (True, 7)
    assert (page.messages[0].seq, page.messages[0].sender) == (7, "sifra")
    assert page.messages[0].text == "Stemmer det?"
    assert (page.messages[0].buttons[0].id, page.messages[0].buttons[0].title) == ("b1", "Ja")
    assert chat_client._Accepted.model_validate_json(Sent(seq=7).model_dump_json()).seq == 7


def test_the_gateway_takes_what_the_chat_client_sends() -> None:
    client_id = "8f14e45f-ceea-467f-a0e6-6c1f0e8f0d4a"
    assert Sending.model_validate({"client_id": client_id, "text": "hei"}).text == "hei"
    assert Sending.model_validate({"client_id": client_id, "button": "b1"}).button == "b1"
