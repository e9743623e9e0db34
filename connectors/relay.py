"""The client of Rasa's input channel (nlu/server/channel.py)."""

from __future__ import annotations

from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from connectors.errors import RasaAwayError, TurnRefusedError
from connectors.mailbox import Waiting
from connectors.messages import Button, Reply

# A little longer than the channel's own limit (45 s), so that its word arrives.
TURN_TIMEOUT = httpx.Timeout(50.0, connect=2.0)


class _Button(BaseModel):
    title: str
    payload: str
    style: str


class _Reply(BaseModel):
    text: str
    card: dict[str, Any] | None
    buttons: list[_Button]


class _Turn(BaseModel):
    replies: list[_Reply]


class RasaRelay:
    """Sends one message and brings back its replies."""

    def __init__(self, base_url: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Take the address of Rasa and the shared secret.

        Args:
            transport: replaces the network in tests.
        """
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"X-Sifra-Token": token},
            timeout=TURN_TIMEOUT,
            transport=transport,
            # A proxy has no business between two processes of one machine.
            trust_env=False,
        )

    async def turn(self, waiting: Waiting) -> list[Reply]:
        """Let Rasa handle one message.

        Returns:
            At least one reply.

        Raises:
            RasaAwayError: nobody answered, or a process behind Rasa is away.
            TurnRefusedError: everything is up, but this message fails.
        """
        body: dict[str, Any] = {
            "conversation": waiting.conversation_id,
            "message_id": f"{waiting.channel}:{waiting.message_id}",
            "sent_at": waiting.received_at.isoformat(),
            "redelivered": waiting.attempts > 0,
        }
        body |= {"payload": waiting.payload} if waiting.payload else {"text": waiting.text}
        try:
            answer = await self._client.post("/webhooks/gateway/turn", json=body)
        except httpx.HTTPError as error:
            raise RasaAwayError(type(error).__name__) from error
        if answer.status_code != httpx.codes.OK:
            raise _failure(answer)
        try:
            turn = _Turn.model_validate_json(answer.content)
        except ValidationError as error:
            raise TurnRefusedError("replies of another shape") from error
        if not turn.replies:
            raise TurnRefusedError("no reply")
        return [
            Reply(reply.text, reply.card, tuple(Button(b.title, b.payload, b.style) for b in reply.buttons))
            for reply in turn.replies
        ]

    async def is_ready(self) -> bool:
        """Tell whether Rasa has its model loaded."""
        try:
            answer = await self._client.get("/webhooks/gateway/health", timeout=2.0)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _failure(answer: httpx.Response) -> RasaAwayError | TurnRefusedError:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    reason = str(body.get("error", answer.status_code)) if isinstance(body, dict) else str(answer.status_code)
    # A token that does not match is a matter of how the processes were started, not of the message.
    away = answer.status_code == httpx.codes.UNAUTHORIZED or (
        isinstance(body, dict) and body.get("outage") is True
    )
    return RasaAwayError(reason) if away else TurnRefusedError(reason)
