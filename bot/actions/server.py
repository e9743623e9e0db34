"""The action server: `python -m bot.actions.server`.

A process of our own around the SDK's executor. The SDK's server listens on all addresses, asks for no
secret, holds every model twice and repeats the whole conversation in its errors.

    POST /webhook   one action call from Rasa, header `X-Sifra-Token`
    GET  /health    {"ready": true}
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import traceback
import zlib
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot.actions import wiring
from bot.actions.say import LANGUAGES
from bot.actions.settings import ActionServerSettings

log = logging.getLogger(__name__)
# Below the 45 s after which the gateway's channel gives the turn up.
ACTION_TIMEOUT_S = 20.0
MAX_BODY_BYTES = 16 * 1024 * 1024


def create_app(token: str) -> FastAPI:
    """Return the application; `wiring.configure` must have been called before the first action runs."""
    executor = ActionExecutor()
    executor.register_package("bot.actions")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    def health() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/webhook")
    async def webhook(request: Request) -> JSONResponse:
        given = request.headers.get("X-Sifra-Token", "").encode()
        if not hmac.compare_digest(given, token.encode()):
            return JSONResponse({"error": "token"}, status_code=401)
        call = _read_call(await _read_body(request), request.headers.get("Content-Encoding", ""))
        if call is None:
            return JSONResponse({"error": "not an action call"}, status_code=422)
        try:
            # Actions are plain functions that wait for the database: each runs in a thread of its own.
            answer = await asyncio.wait_for(run_in_threadpool(_run, executor, call), ACTION_TIMEOUT_S)
        except ActionExecutionRejection as error:
            return JSONResponse({"error": str(error), "action_name": error.action_name}, status_code=400)
        except ActionNotFoundException as error:
            return JSONResponse(
                {"error": "no such action", "action_name": error.action_name}, status_code=404
            )
        except Exception as error:  # noqa: BLE001  the edge: the answer and the log must hold no conversation
            # The frames, not the message: that may quote what somebody wrote.
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("action %s failed: %s\n%s", call["next_action"], type(error).__name__, frames)
            return JSONResponse({"error": type(error).__name__}, status_code=500)
        return JSONResponse(answer)

    return app


def _run(executor: ActionExecutor, call: dict[str, Any]) -> dict[str, Any]:
    tracker = call["tracker"]
    language = (tracker.get("slots") or {}).get("language")
    if language in LANGUAGES and isinstance(tracker.get("sender_id"), str):
        wiring.services().remember_language(tracker["sender_id"], language)
    result = asyncio.run(executor.run(call))
    if result is None:  # an action call without a name; `_read_call` refuses those
        return {"events": [], "responses": []}
    return {"events": result.events, "responses": result.responses}


async def _read_body(request: Request) -> bytes:
    """Return the body, or nothing when it is too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            return b""
    return bytes(body)


def _read_call(body: bytes, encoding: str) -> dict[str, Any] | None:
    """Return the call that a body holds, or None when it holds none."""
    try:
        if encoding == "deflate":
            unpacker = zlib.decompressobj()
            body = unpacker.decompress(body, MAX_BODY_BYTES)
            if unpacker.unconsumed_tail:
                return None
        call = json.loads(body)
    except (ValueError, RecursionError, zlib.error):
        return None
    return call if _is_action_call(call) else None


def _is_action_call(call: Any) -> bool:
    return (
        isinstance(call, dict)
        and isinstance(call.get("next_action"), str)
        and bool(call["next_action"])
        and isinstance(call.get("tracker"), dict)
        and isinstance(call.get("domain"), dict)
    )


def main() -> None:
    """Load the services and serve on loopback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("rasa_sdk", "faiss", "sentence_transformers"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    settings = ActionServerSettings()
    wiring.configure(wiring.build_services(settings))
    app = create_app(settings.action_token.get_secret_value())
    uvicorn.run(
        app, host="127.0.0.1", port=settings.actions_port, log_level="warning", access_log=False, workers=1
    )


if __name__ == "__main__":
    main()
