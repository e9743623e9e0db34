"""A clock that stands still, a Rasa that does what a test tells it to, and a browser at a gateway."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from fastapi import FastAPI

from connectors.errors import RasaAwayError
from connectors.mailbox import Waiting
from connectors.messages import Reply
from connectors.settings import GatewaySettings

Outcome = Exception | list[Reply]
START = datetime(2026, 11, 20, 6, 12, tzinfo=UTC)
PATIENCE_S = 5.0  # only ever waited for in full by a test that fails


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class FakeRelay:
    """Answers "svar på <text>", unless a test has arranged something else for that text.

    Attributes:
        turns: what it was asked, in order.
        most_at_once: how many turns were under way together.
    """

    def __init__(self) -> None:
        self.turns: list[Waiting] = []
        self.most_at_once = 0
        self.away = False
        self.closed = False
        self._under_way: set[str] = set()
        self._outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)
        self._gates: dict[str, asyncio.Event] = {}
        self._waiters: list[tuple[Callable[[], bool], asyncio.Event]] = []

    def answer(self, text: str, *outcomes: Outcome) -> None:
        """Arrange one outcome for each try of a text; after the last, it is answered as usual."""
        self._outcomes[text].extend(outcomes)

    def hold(self, text: str) -> asyncio.Event:
        """Keep the turn of a text under way until the event is set."""
        self._gates[text] = asyncio.Event()
        return self._gates[text]

    @property
    def texts(self) -> list[str]:
        return [turn.text for turn in self.turns]

    async def until_asked(self, count: int) -> None:
        """Wait until so many turns have begun."""
        event = asyncio.Event()
        self._waiters.append((lambda: len(self.turns) >= count, event))
        self._wake()
        async with asyncio.timeout(PATIENCE_S):
            await event.wait()

    async def turn(self, waiting: Waiting) -> list[Reply]:
        assert waiting.conversation_id not in self._under_way, "two turns of one conversation at once"
        self.turns.append(waiting)
        self._under_way.add(waiting.conversation_id)
        self.most_at_once = max(self.most_at_once, len(self._under_way))
        self._wake()
        try:
            if waiting.text in self._gates:
                await self._gates[waiting.text].wait()
            if self.away:
                raise RasaAwayError("ConnectError")
            outcomes = self._outcomes[waiting.text]
            outcome = outcomes.pop(0) if outcomes else [Reply(f"svar på {waiting.text}")]
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        finally:
            self._under_way.remove(waiting.conversation_id)

    async def is_ready(self) -> bool:
        return not self.away

    async def close(self) -> None:
        self.closed = True

    def _wake(self) -> None:
        for condition, event in self._waiters:
            if condition():
                event.set()


@dataclass
class Gateway:
    """A gateway that is up, and a browser in front of it."""

    app: FastAPI
    client: httpx.AsyncClient
    relay: FakeRelay
    settings: GatewaySettings

    def browser(self) -> httpx.AsyncClient:
        """Another browser, without cookies."""
        return new_browser(self.app, self.settings)


def new_browser(app: FastAPI, settings: GatewaySettings) -> httpx.AsyncClient:
    scheme = "http" if settings.may_choose_person else "https"
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://localhost:8080")


GatewayMaker = Callable[..., AbstractAsyncContextManager[Gateway]]
