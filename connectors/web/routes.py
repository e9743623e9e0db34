"""The web chat: its page, its API, and the routines in full."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query, Request, Response, status
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from starlette.concurrency import run_in_threadpool

from connectors.errors import ButtonGoneError
from connectors.mailbox import Mailbox
from connectors.messages import InboundMessage, Reply, clean
from connectors.settings import GatewaySettings
from connectors.signals import Signals
from connectors.texts import text
from connectors.web.identity import CHANNEL, WebIdentity
from connectors.web.schemas import Login, Message, Messages, Sending, Sent, SessionOut
from knowledge.documents import DocumentStore
from knowledge.errors import KnowledgeError
from knowledge.rendering import render_html
from outbox.pictures import MEDIA_TYPE, PictureStore

FOLDER = Path(__file__).parent
OSLO = ZoneInfo("Europe/Oslo")
MAX_WAIT_S = 25.0
# A reader that no signal reaches (the message was handled by another gateway) looks again after this.
LOOK_AGAIN_S = 2.0
LAST_PLACE = 2**31 - 1  # what the database's integer holds


class WebChat:
    """The routes of the web channel."""

    def __init__(
        self,
        settings: GatewaySettings,
        identity: WebIdentity,
        mailbox: Mailbox,
        signals: Signals,
        documents: DocumentStore,
        pictures: PictureStore,
    ) -> None:
        """Take what the routes work with."""
        self._settings = settings
        self._identity = identity
        self._mailbox = mailbox
        self._signals = signals
        self._documents = documents
        self._pictures = pictures
        self._templates = Jinja2Templates(FOLDER / "templates")

    def router(self) -> APIRouter:
        """Return the routes for the application to include."""
        router = APIRouter()
        add = router.add_api_route
        add("/", self.chat_page, response_class=HTMLResponse)
        add("/rutiner/{document_id}", self.routine_page, response_class=HTMLResponse)
        add("/api/session", self.session)
        add("/api/development/login", self.login, methods=["POST"])
        add("/api/messages", self.send, methods=["POST"], status_code=status.HTTP_202_ACCEPTED)
        add("/api/messages", self.read)
        add("/api/pictures/{picture_id}", self.picture, response_class=Response)
        return router

    def chat_page(self, request: Request) -> HTMLResponse:
        """Serve the chat."""
        return self._page(request, "chat.html", max_chars=self._settings.max_chars)

    def routine_page(self, request: Request, document_id: str) -> HTMLResponse:
        """Serve a routine in full; one that the reader may not see is as good as none."""
        # Asked for in any case: the answers for "not yours" and "not there" must not differ in anything.
        reader = self._identity.reader(request.session)
        try:
            document = self._documents.get(document_id)
        except KnowledgeError:
            document = None
        if document is None or not reader.may_read(document):
            return self._page(request, "routine_missing.html", status.HTTP_404_NOT_FOUND)
        today = datetime.now(OSLO).date()
        return self._page(
            request,
            "routine.html",
            document=document,
            html=render_html(document),
            overdue=document.review_overdue(today),
            in_force=document.in_force(today),
            begun=document.valid_from is None or document.valid_from <= today,
        )

    def session(self, request: Request) -> SessionOut:
        """Tell who one is."""
        self._identity.conversation(request.session, _written_form(request))
        return self._identity.describe(request.session)

    def login(self, request: Request, wanted: Login) -> SessionOut:
        """Become somebody else; exists in development only."""
        if not self._identity.may_choose_person:
            raise HTTPException(status.HTTP_404_NOT_FOUND)
        if not self._identity.be(request.session, wanted.employee_id):
            raise HTTPException(
                status.HTTP_422_UNPROCESSABLE_CONTENT, text("unknown_person", _written_form(request))
            )
        return self._identity.describe(request.session)

    async def send(self, request: Request, sending: Sending) -> Sent:
        """Receive a message: it is in the database when this answers."""
        seq, conversation_id = await run_in_threadpool(
            self._receive, request.session, sending, _written_form(request)
        )
        self._signals.work()
        self._signals.said(conversation_id)
        return Sent(seq=seq)

    async def read(
        self,
        request: Request,
        after: Annotated[int, Query(ge=0, le=LAST_PLACE)] = 0,
        wait: Annotated[float, Query(ge=0, le=MAX_WAIT_S)] = 0.0,
        pending: bool | None = None,
    ) -> Messages:
        """Return what is new; wait for it, up to `wait` seconds, while there is nothing."""
        conversation_id = await run_in_threadpool(
            self._identity.conversation, request.session, _written_form(request)
        )
        deadline = time.monotonic() + wait
        with self._signals.listen(conversation_id) as listener:
            while True:
                lines, is_pending, last = await run_in_threadpool(self._mailbox.read, conversation_id, after)
                left = deadline - time.monotonic()
                changed = lines or last < after or (pending is not None and pending != is_pending)
                if changed or left <= 0:
                    messages = [Message.of(line) for line in lines]
                    return Messages(messages=messages, pending=is_pending, last=last)
                await listener.wait(min(left, LOOK_AGAIN_S))

    def picture(
        self, request: Request, picture_id: str, variant: Literal["light", "dark"] = "light"
    ) -> Response:
        """Serve a picture of this conversation; one of another conversation is as good as none."""
        conversation_id = self._identity.conversation(request.session, _written_form(request))
        picture = self._pictures.get(picture_id, conversation_id)
        if picture is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND)
        content = picture.light if variant == "light" else picture.dark
        # The browser asks each time: who sits in front of it may have changed.
        return Response(content, media_type=MEDIA_TYPE, headers={"Cache-Control": "private, no-cache"})

    def _receive(self, cookie: dict[str, Any], sending: Sending, language: str) -> tuple[int, str]:
        conversation_id = self._identity.conversation(cookie, language)
        message = InboundMessage(
            channel=CHANNEL,
            message_id=f"{conversation_id}:{sending.client_id}",
            conversation_id=conversation_id,
            text=clean(sending.text or ""),
            button_id=sending.button,
            language=language,
        )
        answer = _answer_without_dialogue(message, self._settings.max_chars)
        if answer is not None:
            return self._mailbox.answer_at_once(message, answer), conversation_id
        try:
            return self._mailbox.receive(message), conversation_id
        except ButtonGoneError as error:
            raise HTTPException(status.HTTP_410_GONE, text("button_gone", language)) from error

    def _page(self, request: Request, name: str, status_code: int = 200, **values: object) -> HTMLResponse:
        common = {
            "lang": _written_form(request),
            "municipality": self._settings.municipality,
            "development": self._identity.may_choose_person,
        }
        return self._templates.TemplateResponse(request, name, {**common, **values}, status_code=status_code)


def _written_form(request: Request) -> str:
    """Return "nn" when the browser prefers Nynorsk to Bokmål, else "nb"."""
    accepted = request.headers.get("accept-language", "")
    wanted = [entry.split(";")[0].strip().lower()[:2] for entry in accepted.split(",")]
    return next((form for form in wanted if form in {"nb", "no", "nn"}), "nb").replace("no", "nb")


def _answer_without_dialogue(message: InboundMessage, max_chars: int) -> Reply | None:
    """Return the answer to a message that is no turn of a conversation: empty, or longer than is read."""
    if message.button_id is not None:
        return None
    if not message.text:
        return Reply(text("empty", message.language))
    if len(message.text) > max_chars:
        return Reply(text("too_long", message.language, chars=len(message.text), limit=max_chars))
    return None
