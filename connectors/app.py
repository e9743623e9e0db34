"""The gateway as an application: puts the parts together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from connectors.mailbox import Mailbox
from connectors.origins import Origins
from connectors.outbox_delivery import OutboxDelivery
from connectors.relay import RasaRelay
from connectors.settings import GatewaySettings
from connectors.signals import Signals
from connectors.texts import text
from connectors.web import routes
from connectors.web.identity import WebIdentity
from connectors.web.security import LastResort, RequestGuard, SecurityHeaders
from connectors.worker import Worker
from database.clock import utc_now
from database.engine import make_engine, reading, session_factory
from knowledge.documents import DocumentStore
from outbox.pictures import PictureStore

SESSION_DAYS = 30


def create_app(settings: GatewaySettings, relay: RasaRelay | None = None) -> FastAPI:
    """Return the gateway.

    Args:
        relay: replaces the client of Rasa in tests.
    """
    sessions = session_factory(make_engine(settings.database_url))
    mailbox = Mailbox(sessions, utc_now)
    signals = Signals()
    rasa = relay or RasaRelay(
        f"http://127.0.0.1:{settings.rasa_port}", settings.rasa_token.get_secret_value()
    )
    worker = Worker(mailbox, rasa, signals)
    origins = Origins(sessions, settings.origin_key.get_secret_value().encode(), utc_now)
    delivery = OutboxDelivery(sessions, utc_now, origins, signals)
    identity = WebIdentity(sessions, may_choose_person=settings.may_choose_person)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        working = [asyncio.create_task(worker.run()), asyncio.create_task(delivery.run())]
        yield
        for task in working:
            task.cancel()
        for task in working:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await rasa.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    chat = routes.WebChat(
        settings,
        identity,
        mailbox,
        signals,
        DocumentStore(settings.index_dir),
        PictureStore(sessions, utc_now),
    )
    app.include_router(chat.router())
    app.mount("/static", StaticFiles(directory=routes.FOLDER / "static"))

    @app.exception_handler(400)  # FastAPI's answer to JSON that is nested too deep
    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, _error: Exception) -> JSONResponse:
        return JSONResponse({"detail": text("bad_request")}, status_code=422)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/ready")
    async def ready() -> JSONResponse:
        def ask_database() -> bool:
            try:
                with reading(sessions) as session:
                    session.execute(sql("SELECT 1 FROM inbox LIMIT 1"))
            except SQLAlchemyError:
                return False
            return True

        parts = {"database": await run_in_threadpool(ask_database), "rasa": await rasa.is_ready()}
        # Without Rasa messages are still received and kept, so the gateway itself is ready.
        return JSONResponse(
            {"ready": parts["database"], **parts}, status_code=200 if parts["database"] else 503
        )

    app.add_middleware(
        SessionMiddleware,
        secret_key=settings.session_secret.get_secret_value(),
        session_cookie="sifra",
        max_age=SESSION_DAYS * 24 * 3600,
        same_site="strict",
        https_only=not settings.may_choose_person,
    )
    app.add_middleware(RequestGuard)
    # In a Host header an IPv6 address stands in brackets.
    hosts = [f"[{host}]" if ":" in host else host for host in sorted(settings.allowed_hosts)]
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    app.add_middleware(LastResort)
    app.add_middleware(SecurityHeaders)
    return app
