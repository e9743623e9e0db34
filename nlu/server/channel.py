"""The only way into Rasa: an input channel for the gateway.

    POST /webhooks/gateway/turn     {conversation, message_id, text | payload, sent_at, redelivered}
    GET  /webhooks/gateway/health   {ready, model}

Both want the header `X-Sifra-Token`. Typed text is never read as a payload, a turn is never half done
(`nlu.server.turns`), and a redelivered message gets the replies that it already had.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from nlu.server.replies import reply_of
from nlu.server.turns import TransactionalActionEndpoint, TurnFailed

logger = logging.getLogger(__name__)

CONVERSATION = re.compile(r"[A-Za-z0-9_-]{8,64}")
MESSAGE_ID = re.compile(r"[A-Za-z0-9_:.-]{1,128}")
MAX_CHARS = 20_000
# Rasa reads a leading slash as an intent; an invisible character before it makes it text.
SHIELD = "\u200b"
TURN_TIMEOUT_S = 45.0  # below the life of the conversation lock (60 s)


class BadTurnError(ValueError):
    """The gateway sent something that is not a turn."""


class RepliesChannel(CollectingOutputChannel):
    """Collects each utterance whole: text, buttons and card together."""

    @classmethod
    def name(cls) -> str:
        """Name of the channel that replies are rendered for."""
        return "gateway"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one utterance."""
        self.messages.append(reply_of(message))


class GatewayInput(InputChannel):
    """See the module docstring."""

    def __init__(self, token: str) -> None:
        """Take the shared secret."""
        self._token = token.encode()
        self._turns: dict[tuple[str, str], asyncio.Task[Any]] = {}

    @classmethod
    def name(cls) -> str:
        """Part of the URL."""
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> GatewayInput:
        """Called by Rasa with our section of credentials.yml.

        Raises:
            ValueError: the token is missing.
        """
        token = (credentials or {}).get("token") or ""
        if not token or token.startswith("${"):
            raise ValueError("Set SIFRA_RASA_TOKEN: the gateway's channel does not start without it.")
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the two routes."""
        webhook = Blueprint("gateway_webhook")

        @webhook.route("/health", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            if not self._allowed(request):
                return response.json({"error": "token"}, status=401)
            agent = request.app.ctx.agent
            ready = bool(agent and agent.is_ready())
            model = str(agent.processor.model_filename) if ready else None
            return response.json({"ready": ready, "model": model}, status=200 if ready else 503)

        @webhook.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            if not self._allowed(request):
                return response.json({"error": "token"}, status=401)
            try:
                message, redelivered = _read_turn(request)
            except BadTurnError as error:
                return response.json({"error": str(error)}, status=400)
            key = (message.sender_id, message.message_id)
            task = self._turns.get(key)
            if task is None:  # else the gateway gave the turn up and asks again while it still runs
                task = asyncio.ensure_future(
                    _take_turn(request.app.ctx.agent, message, redelivered, on_new_message)
                )
                self._turns[key] = task
                task.add_done_callback(lambda done: self._end_turn(key, done))
            try:
                # Shielded: a gateway that hangs up must not cut a turn in two.
                replies = await asyncio.wait_for(asyncio.shield(task), TURN_TIMEOUT_S)
            except TurnFailed as error:
                return _failed(message, error.reason, outage=error.outage)
            except asyncio.TimeoutError:
                return _failed(message, "timeout", outage=True)
            except Exception as error:  # noqa: BLE001  the edge: no text of the conversation may leave
                return _failed(message, type(error).__name__, outage=False)
            return response.json({"replies": replies})

        return webhook

    def _end_turn(self, key: tuple[str, str], task: asyncio.Task[Any]) -> None:
        del self._turns[key]
        if not task.cancelled():
            task.exception()  # asyncio logs an error that nobody looked at, with the text it may quote

    def _allowed(self, request: Request) -> bool:
        given = request.headers.get("X-Sifra-Token", "").encode(errors="surrogateescape")
        return hmac.compare_digest(given, self._token)


def _failed(message: UserMessage, reason: str, *, outage: bool) -> HTTPResponse:
    logger.warning("turn failed: %s (message %s)", reason, message.message_id)
    return response.json({"error": reason, "outage": outage}, status=503)


def _read_turn(request: Request) -> tuple[UserMessage, bool]:
    try:
        body = request.json
    except Exception as error:
        raise BadTurnError("body is not JSON") from error
    if not isinstance(body, dict):
        raise BadTurnError("body is not an object")
    text = _spoken_text(body)
    message = UserMessage(
        text,
        RepliesChannel(),
        _matching(body, "conversation", CONVERSATION),
        input_channel=GatewayInput.name(),
        message_id=_matching(body, "message_id", MESSAGE_ID),
        metadata={"sent_at": str(body.get("sent_at", ""))[:40]},
    )
    return message, body.get("redelivered") is True


def _spoken_text(body: dict[str, Any]) -> str:
    payload, text = body.get("payload"), body.get("text")
    if text is None and isinstance(payload, str) and payload.startswith("/") and len(payload) <= 1000:
        return payload
    if payload is not None or not isinstance(text, str) or len(text) > MAX_CHARS:
        raise BadTurnError(f"wants a text of at most {MAX_CHARS} characters or a payload")
    return SHIELD + text if text.lstrip().startswith("/") else text


def _matching(body: dict[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadTurnError(f"{key} does not match {pattern.pattern}")
    return value


async def _take_turn(
    agent: Any,
    message: UserMessage,
    redelivered: bool,
    on_new_message: Callable[[UserMessage], Awaitable[Any]],
) -> list[dict[str, Any]]:
    if not (agent and agent.is_ready()):
        raise TurnFailed("no model", outage=True)
    _make_transactional(agent)
    if redelivered:
        earlier = await _earlier_replies(agent, message)
        if earlier is not None:
            return earlier
    await on_new_message(message)
    replies: list[dict[str, Any]] = message.output_channel.messages
    if not replies:
        raise TurnFailed("no reply", outage=False)
    return replies


def _make_transactional(agent: Any) -> None:
    processor = agent.processor
    if not isinstance(processor.action_endpoint, TransactionalActionEndpoint):
        processor.action_endpoint = TransactionalActionEndpoint.around(processor.action_endpoint)


async def _earlier_replies(agent: Any, message: UserMessage) -> list[dict[str, Any]] | None:
    """Return the replies of a turn that was completed but whose answer got lost, else None."""
    tracker = await agent.tracker_store.retrieve(message.sender_id)
    replies: list[dict[str, Any]] | None = None
    for event in tracker.events if tracker else []:
        if isinstance(event, UserUttered):
            replies = [] if event.message_id == message.message_id else None
        elif isinstance(event, BotUttered) and replies is not None:
            replies.append(reply_of(event.message()))
    return replies or None
