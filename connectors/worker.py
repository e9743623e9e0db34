"""Takes waiting messages to Rasa: in order within a conversation, conversations side by side."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Protocol

from starlette.concurrency import run_in_threadpool

from connectors.errors import RasaAwayError, RelayError
from connectors.mailbox import Mailbox, Waiting
from connectors.messages import Reply
from connectors.signals import Signals
from connectors.texts import text

log = logging.getLogger(__name__)

MAX_CONVERSATIONS = 8
# How often the database is asked when nobody rings: for messages of other gateways, and for retries.
POLL_S = 1.0
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
# A message that fails while everything else is up is set aside after so many tries (about a minute).
MAX_REFUSALS = 8


class Relay(Protocol):
    """What handles a message; `connectors.relay.RasaRelay` in the running process."""

    async def turn(self, waiting: Waiting) -> list[Reply]:
        """Return the replies; raise `RelayError` when there are none."""


class Worker:
    """One per gateway."""

    def __init__(self, mailbox: Mailbox, relay: Relay, signals: Signals) -> None:
        """Take what it works on."""
        self._mailbox = mailbox
        self._relay = relay
        self._signals = signals
        self._tasks: dict[str, asyncio.Task[None]] = {}
        # Of messages that wait; forgotten at a restart, which gives them their tries anew.
        self._refusals: Counter[int] = Counter()
        self._stopping = False

    async def run(self) -> None:
        """Work until cancelled; turns under way are then finished, and none is begun."""
        try:
            while True:
                try:
                    await self._start_due()
                except Exception as error:  # noqa: BLE001  a database hiccup must not end the worker
                    log.error("inbox cannot be read: %s", type(error).__name__)
                await self._signals.wait_for_work(POLL_S)
        finally:
            self._stopping = True
            if self._tasks:
                await asyncio.wait(self._tasks.values(), timeout=LONGEST_DELAY_S)

    async def _start_due(self) -> None:
        free = MAX_CONVERSATIONS - len(self._tasks)
        if free <= 0:
            return
        for conversation_id in await run_in_threadpool(self._mailbox.due, list(self._tasks), free):
            task = asyncio.create_task(self._drain(conversation_id))
            self._tasks[conversation_id] = task
            task.add_done_callback(partial(self._finished, conversation_id))

    def _finished(self, conversation_id: str, task: asyncio.Task[None]) -> None:
        del self._tasks[conversation_id]
        if not task.cancelled() and task.exception() is not None:
            # Not rung for: the next look is soon enough, and a tight loop would help nobody.
            log.error("conversation %s stopped: %s", conversation_id, type(task.exception()).__name__)
        else:
            self._signals.work()

    async def _drain(self, conversation_id: str) -> None:
        while not self._stopping:
            waiting = await run_in_threadpool(self._mailbox.next_waiting, conversation_id)
            if waiting is None:
                return
            await run_in_threadpool(self._mailbox.begin, waiting)
            try:
                replies = await self._relay.turn(waiting)
                await run_in_threadpool(self._mailbox.complete, waiting, replies)
            except Exception as error:  # noqa: BLE001  whatever it was: the person is told, the message waits
                await self._failed(waiting, error)
                return
            self._refusals.pop(waiting.inbox_id, None)
            self._signals.said(conversation_id)

    async def _failed(self, waiting: Waiting, error: Exception) -> None:
        tries = waiting.attempts + 1
        reason = error if isinstance(error, RelayError) else type(error).__name__
        log.warning("message %s of %s: try %d failed: %s", waiting.inbox_id, waiting.channel, tries, reason)
        if not isinstance(error, RasaAwayError):
            self._refusals[waiting.inbox_id] += 1
        if self._refusals[waiting.inbox_id] >= MAX_REFUSALS:
            await run_in_threadpool(self._mailbox.park, waiting, Reply(text("parked", waiting.language)))
            del self._refusals[waiting.inbox_id]
        else:
            notice = Reply(text("away", waiting.language))
            await run_in_threadpool(self._mailbox.postpone, waiting, delay_after(tries), notice)
        self._signals.said(waiting.conversation_id)


def delay_after(tries: int) -> timedelta:
    """Return how long to wait after so many failures: doubled each time, at most 30 s, with jitter."""
    doublings = min(tries - 1, 16)  # an outage may last for thousands of tries, a float may not
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**doublings)
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311  not a secret
