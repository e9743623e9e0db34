"""A small gateway: the HTTP of the real one, with replies that a test writes down beforehand."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SESSION = "sifra_session=abc"
REFUSAL = "Meldingen er for lang."


@dataclass
class FakeGateway:
    """What the test prepares, and what it can look at afterwards.

    Attributes:
        replies: for each text or button id, the messages that answer it, one after the other.
        answers: False leaves every turn pending for ever.
    """

    replies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: bool = True
    url: str = ""
    logins: list[Any] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    pending: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, sender: str, text: str, **more: Any) -> int:
        """Append a message to the conversation and give its number."""
        with self.changed:
            seq = len(self.messages) + 1
            message = {"seq": seq, "from": sender, "text": text, "card": None, "buttons": []}
            self.messages.append({**message, "sent_at": "2026-11-20T07:12:00+01:00", **more})
            self.changed.notify_all()
        return seq

    def take(self, body: dict[str, Any]) -> int:
        """Accept a message and answer it from another thread."""
        self.received.append(body)
        content = body.get("text", body.get("button"))
        self.pending = True
        seq = self.add("user", content)
        if self.answers:
            threading.Thread(target=self._answer, args=(content,)).start()
        return seq

    def _answer(self, content: str) -> None:
        for reply in self.replies.get(content, [{"text": f"Svar på «{content}»"}]):
            time.sleep(0.01)
            self.add(**{"sender": "sifra", **reply})
        with self.changed:
            self.pending = False
            self.changed.notify_all()

    def page(self, after: int, wait_s: float, pending: bool) -> dict[str, Any]:
        """Hold a poll until there is something new."""
        with self.changed:
            self.changed.wait_for(
                lambda: len(self.messages) > after or self.pending != pending, timeout=min(wait_s, 1)
            )
            messages = [each for each in self.messages if each["seq"] > after]
            return {"messages": messages, "pending": self.pending, "last": len(self.messages)}


class _Handler(BaseHTTPRequestHandler):
    gateway: FakeGateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["X-Requested-With"] != "sifra":
            self._answer(403, {"detail": "Mangler hode."})
        elif self.path == "/api/development/login":
            self.gateway.logins.append(body)
            self._answer(200, {}, cookie=f"{SESSION}; HttpOnly; Path=/")
        elif not self._logged_in():
            self._answer(401, {"detail": "Logg inn først."})
        elif body.get("text") == "for lang":
            self._answer(422, {"detail": REFUSAL})
        elif body.get("text") == "krasj":
            self._answer(500, {})
        else:
            self._answer(202, {"seq": self.gateway.take(body)})

    def do_GET(self) -> None:
        if not self._logged_in():
            self._answer(401, {"detail": "Logg inn først."})
            return
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        page = self.gateway.page(int(query["after"]), float(query["wait"]), query["pending"] == "true")
        self._answer(200, page)

    def log_message(self, *_args: Any) -> None:
        pass

    def _logged_in(self) -> bool:
        return "sifra_session" in SimpleCookie(self.headers["Cookie"] or "")

    def _answer(self, status: int, body: dict[str, Any], cookie: str | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def running_gateway() -> Iterator[FakeGateway]:
    """Serve a fake gateway on a free port."""
    gateway = FakeGateway()
    handler = type("Handler", (_Handler,), {"gateway": gateway})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
