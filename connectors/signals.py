"""Wakes those who wait within this process; the database is what counts."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict


class Signals:
    """Two bells: "there is work" for the worker, "something was said" for the readers of a conversation."""

    def __init__(self) -> None:
        """Start silent."""
        self._work = asyncio.Event()
        self._said: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def work(self) -> None:
        """Wake the worker."""
        self._work.set()

    async def wait_for_work(self, timeout_s: float) -> None:
        """Wait until there is work, at most `timeout_s`."""
        await _wait(self._work, timeout_s)
        self._work.clear()

    def said(self, conversation_id: str) -> None:
        """Wake the readers of a conversation."""
        for event in self._said.get(conversation_id, ()):
            event.set()

    def listen(self, conversation_id: str) -> Listener:
        """Return a context in which nothing that is said goes unnoticed."""
        return Listener(self._said, conversation_id)


class Listener:
    """Registers on entry, so that what is said between reading and waiting wakes too."""

    def __init__(self, listeners: defaultdict[str, set[asyncio.Event]], conversation_id: str) -> None:
        """Called by `Signals.listen`."""
        self._listeners = listeners
        self._conversation_id = conversation_id
        self._event = asyncio.Event()

    def __enter__(self) -> Listener:
        """Start listening."""
        self._listeners[self._conversation_id].add(self._event)
        return self

    def __exit__(self, *_exc: object) -> None:
        """Stop listening."""
        others = self._listeners[self._conversation_id]
        others.discard(self._event)
        if not others:
            del self._listeners[self._conversation_id]

    async def wait(self, timeout_s: float) -> None:
        """Wait until something is said, at most `timeout_s`."""
        await _wait(self._event, timeout_s)
        self._event.clear()


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes together with the event.
    # https://github.com/python/cpython/issues/86296
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()
