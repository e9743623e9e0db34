"""Real servers on loopback for the tests: the channel inside Sanic, and an action server that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from rasa.core.channels.channel import UserMessage
from sanic import Sanic
from sanic.touchup import TouchUp

from nlu.server.channel import GatewayInput

TOKEN = "channel-token"
_numbers = itertools.count()
# Sanic 21 rewrites its own methods when a server starts, and fails at the second server of a process.
_rewrite = TouchUp.run


def _rewrite_once(app: Sanic) -> None:
    TouchUp.run = lambda app: None
    _rewrite(app)


TouchUp.run = _rewrite_once


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Channel:
    """Calls the channel over HTTP."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def post(
        self, body: Any, *, token: str | None = TOKEN, raw: bytes | None = None
    ) -> tuple[int, Any]:
        """Send one turn; returns status and parsed answer."""
        data = raw if raw is not None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | ({} if token is None else {"X-Sifra-Token": token})
        async with self.session.post(f"{self.url}/turn", data=data, headers=headers) as answer:
            return answer.status, json.loads(await answer.read())

    async def health(self, token: str | None = TOKEN) -> tuple[int, Any]:
        """Ask for readiness."""
        headers = {} if token is None else {"X-Sifra-Token": token}
        async with self.session.get(f"{self.url}/health", headers=headers) as answer:
            return answer.status, json.loads(await answer.read())


@contextlib.asynccontextmanager
async def channel(
    agent: Any, on_new_message: Callable[[UserMessage], Awaitable[Any]]
) -> AsyncIterator[Channel]:
    """Serve the channel the way Rasa mounts it."""
    app = Sanic(f"test_{next(_numbers)}", configure_logging=False)
    app.ctx.agent = agent
    app.blueprint(GatewayInput(TOKEN).blueprint(on_new_message), url_prefix="/webhooks/gateway")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.start_serving()
    try:
        async with aiohttp.ClientSession() as session:
            yield Channel(session, f"http://127.0.0.1:{listener.getsockname()[1]}/webhooks/gateway")
    finally:
        server.close()
        await server.wait_closed()


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextlib.asynccontextmanager
async def action_server(answer: Answer) -> AsyncIterator[str]:
    """Serve one handler for all paths; yields the address of the webhook."""
    app = web.Application()
    app.router.add_post("/webhook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1)
    await site.start()
    try:
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        await runner.cleanup()


async def until(condition: Callable[[], bool], limit_s: float = 5.0) -> None:
    """Wait until something has become true."""
    async with _deadline(limit_s):
        while not condition():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def _deadline(limit_s: float) -> AsyncIterator[None]:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    handle = loop.call_later(limit_s, task.cancel)
    try:
        yield
    finally:
        handle.cancel()
