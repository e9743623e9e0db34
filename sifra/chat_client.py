"""Talk to a running gateway as the web page does."""

import time
import uuid
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, Field, ValidationError

from sifra.errors import ChatError

TURN_TIMEOUT_S = 120.0
POLL_WAIT_S = 20
# The gateway holds a poll for POLL_WAIT_S; the rest is for a busy machine.
REQUEST_TIMEOUT_S = POLL_WAIT_S + 20.0

_Model = TypeVar("_Model", bound=BaseModel)


class Button(BaseModel):
    """A choice that the gateway offers."""

    id: str
    title: str


class Message(BaseModel):
    """A message of the conversation; `card` is whatever the gateway sent, handed on as it is."""

    seq: int
    sender: str = Field(alias="from")
    text: str | None = None
    card: Any = None
    buttons: list[Button] = Field(default_factory=list)


class _Page(BaseModel):
    messages: list[Message]
    pending: bool
    last: int


class _Accepted(BaseModel):
    seq: int


class RefusedError(ChatError):
    """The gateway understood and said no; the text is its own sentence, in Norwegian."""


@dataclass(frozen=True)
class Turn:
    """What came back for one message sent."""

    replies: list[Message] = field(default_factory=list)

    @property
    def buttons(self) -> list[Button]:
        """The buttons of the last reply that has any."""
        return next((reply.buttons for reply in reversed(self.replies) if reply.buttons), [])


class TurnTimeoutError(ChatError):
    """No complete answer came in time; `turn` holds what did come."""

    def __init__(self, message: str, turn: Turn) -> None:
        super().__init__(message)
        self.turn = turn


class ChatClient:
    """One conversation; history from before `start` is left out."""

    def __init__(self, url: str, turn_timeout_s: float = TURN_TIMEOUT_S) -> None:
        self._turn_timeout_s = turn_timeout_s
        self._read = 0
        self._http = httpx.Client(
            base_url=require_loopback(url),
            headers={"X-Requested-With": "sifra"},
            timeout=REQUEST_TIMEOUT_S,
            # A proxy has no business between two processes of one machine.
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def start(self, employee_id: str | None) -> None:
        """Log in (development mode only) and skip what has been said before.

        Args:
            employee_id: who to be; None for somebody unknown.
        """
        self._request("POST", "/api/development/login", json={"employee_id": employee_id})
        self._read = self._poll(wait_s=0, pending=False).last

    def say(self, text: str) -> Turn:
        """Send a text and wait for all that comes of it.

        Raises:
            RefusedError: the gateway did not take it.
            TurnTimeoutError: no complete answer in time.
            ChatError: the gateway is away.
        """
        return self._turn({"text": text})

    def press(self, button: Button) -> Turn:
        """Press a button and wait for all that comes of it; raises as `say` does."""
        return self._turn({"button": button.id})

    def _turn(self, content: dict[str, str]) -> Turn:
        deadline = time.monotonic() + self._turn_timeout_s
        answer = self._request("POST", "/api/messages", json={"client_id": str(uuid.uuid4()), **content})
        sent = _parse(_Accepted, answer).seq
        turn, pending = Turn(), True
        while pending or self._read < sent:
            remaining_s = deadline - time.monotonic()
            if remaining_s <= 0:
                raise TurnTimeoutError(
                    f"No complete answer came within {self._turn_timeout_s:g} seconds.", turn
                )
            page = self._poll(wait_s=min(POLL_WAIT_S, int(remaining_s) + 1), pending=pending)
            turn.replies.extend(message for message in page.messages if message.sender != "user")
            self._read = max([self._read, *(message.seq for message in page.messages)])
            pending = page.pending or self._read < page.last
        return turn

    def _poll(self, *, wait_s: int, pending: bool) -> _Page:
        query = {"after": self._read, "wait": wait_s, "pending": str(pending).lower()}
        return _parse(_Page, self._request("GET", "/api/messages", params=query))

    def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **content)
        except httpx.HTTPError as exc:
            raise ChatError(
                f"The gateway at {self._http.base_url} does not answer."
                " Start it with `sifra up --development`."
            ) from exc
        if response.is_success:
            return response
        if response.is_client_error:
            raise RefusedError(_detail(response))
        raise ChatError(f"The gateway failed with status {response.status_code}; see var/log/gateway.log.")


def require_loopback(url: str) -> str:
    """Accept an address of this machine only: development mode has no passwords.

    Raises:
        ChatError: the address is another one.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        on_this_machine = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        on_this_machine = False
    if parts.scheme not in ("http", "https") or not on_this_machine:
        raise ChatError(f"`sifra chat` talks only to a gateway on this machine, so not to {url}.")
    return url


def _parse(model: type[_Model], response: httpx.Response) -> _Model:
    try:
        return model.model_validate_json(response.content)
    except ValidationError as exc:
        raise ChatError("The gateway's answer is not understood; is it the same version?") from exc


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The gateway refused with status {response.status_code}."
