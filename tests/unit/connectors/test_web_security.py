"""What other sites, other names and large bodies meet, and what every answer carries."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from gateway_fakes import Gateway, GatewayMaker
from sqlalchemy.exc import OperationalError
from starlette.types import Receive, Scope, Send

from connectors.mailbox import Mailbox
from connectors.texts import text
from connectors.web.identity import WebIdentity
from connectors.web.security import HEADERS, MAX_BODY_BYTES, LastResort

CANARY = "kanarifuglen Åse falt i dusjen"
MESSAGE = {"client_id": "0123456789", "text": "hei"}


def with_size(size: int) -> bytes:
    """A good message of exactly so many bytes."""
    frame = b'{"client_id": "0123456789", "text": "%s"}'
    return frame % (b"x" * (size - len(frame) + 2))


async def post(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await client.post("/api/messages", json=MESSAGE, headers=headers)


# --- Other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "http://localhost"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost:8080.evil.example"},
        {"Origin": "http://localhost:8080@evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_a_write_from_another_site_is_refused(gateway: Gateway, headers: dict[str, str]) -> None:
    for path in ("/api/messages", "/api/development/login"):
        answer = await gateway.client.post(path, json={**MESSAGE, "employee_id": "E1007"}, headers=headers)
        assert (answer.status_code, answer.json()) == (403, {"detail": text("bad_request")})
    assert (await gateway.client.get("/api/messages")).json()["messages"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_a_write_from_the_page_itself_or_a_program_is_taken(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    assert (await post(gateway.client, **headers)).status_code == 202


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_every_writing_method_is_guarded(gateway: Gateway, method: str) -> None:
    answer = await gateway.client.request(method, "/api/messages", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


# --- Other names


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "localhost.evil.example", "", "[::2]:8080"]
)
async def test_a_name_that_is_not_ours_is_refused(gateway: Gateway, host: str) -> None:
    """Else a page of another site reads everything, once its name points to this machine (DNS rebinding)."""
    for path in ("/", "/api/session", "/static/chat.js", "/health"):
        answer = await gateway.client.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"])
async def test_our_own_names_are_answered(gateway: Gateway, host: str) -> None:
    assert (await gateway.client.get("/api/session", headers={"Host": host})).status_code == 200


async def test_the_names_are_those_of_the_settings(start_gateway: GatewayMaker) -> None:
    async with start_gateway(allowed_hosts="sifra.fjordvik.example") as gateway:
        ours = await gateway.client.get("/", headers={"Host": "sifra.fjordvik.example"})
        assert ours.status_code == 200
        assert (await gateway.client.get("/")).status_code == 400


# --- Large bodies


async def test_a_body_of_the_largest_size_is_read(gateway: Gateway) -> None:
    answer = await gateway.client.post(
        "/api/messages", content=with_size(MAX_BODY_BYTES), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 202


async def test_a_larger_body_is_refused_in_norwegian(gateway: Gateway) -> None:
    answer = await gateway.client.post(
        "/api/messages", content=with_size(MAX_BODY_BYTES + 1), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()) == (413, {"detail": text("too_large")})
    assert (await gateway.client.get("/api/messages")).json()["messages"] == []


async def test_a_body_without_end_is_read_no_further_than_the_limit(gateway: Gateway) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while given < 100 * MAX_BODY_BYTES:
            given += 64 * 1024
            yield b"x" * (64 * 1024)

    answer = await gateway.client.post("/api/messages", content=endless())
    assert answer.status_code == 413
    assert given <= MAX_BODY_BYTES + 2 * 64 * 1024


async def test_a_body_that_comes_in_pieces_is_put_together(gateway: Gateway) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for byte in with_size(60):
            yield bytes([byte])

    answer = await gateway.client.post(
        "/api/messages", content=pieces(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 202


# --- Headers


def assert_guarded(answer: httpx.Response) -> None:
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


async def test_every_answer_is_guarded(gateway: Gateway) -> None:
    statuses = {
        "/": 200,
        "/health": 200,
        "/ready": 200,
        "/api/session": 200,
        "/api/messages": 200,
        "/api/messages?wait=x": 422,
        "/api/ukjent": 404,
        "/api/development/login": 405,
        "/rutiner/ukjent": 404,
        "/static/chat.js": 200,
        "/static/sifra.css": 200,
        "/static/ukjent.js": 404,
        "/static/%2e%2e/templates/chat.html": 404,
        "/docs": 404,
        "/openapi.json": 404,
    }
    answers = {path: await gateway.client.get(path) for path in statuses}
    assert {path: answer.status_code for path, answer in answers.items()} == statuses
    for path, answer in answers.items():
        assert_guarded(answer)
        kept = "no-cache" if path.startswith("/static/") else "no-store"
        assert answer.headers["cache-control"] == kept, path


async def test_refusals_are_guarded_too(gateway: Gateway) -> None:
    answers = [
        await gateway.client.get("/", headers={"Host": "evil.example"}),
        await post(gateway.client, Origin="https://evil.example"),
        await gateway.client.post("/api/messages", content=b"x" * (MAX_BODY_BYTES + 1)),
        await gateway.client.post("/api/messages", content=b"{"),
        await gateway.client.post("/api/messages", json={"client_id": "0123456789", "button": "ukjent"}),
    ]
    assert [answer.status_code for answer in answers] == [400, 403, 413, 422, 410]
    for answer in answers:
        assert_guarded(answer)


async def test_a_static_file_that_has_not_changed_is_not_sent_again(gateway: Gateway) -> None:
    first = await gateway.client.get("/static/chat.js")
    again = await gateway.client.get("/static/chat.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert_guarded(again)


async def test_the_page_keeps_to_its_own_policy(gateway: Gateway) -> None:
    page = (await gateway.client.get("/")).text
    assert "<script>" not in page
    assert "style=" not in page
    assert "onclick" not in page
    assert "http://" not in page
    assert "https://" not in page


# --- What nobody thought of


class DatabaseAwayError(OperationalError):
    def __init__(self) -> None:
        super().__init__("INSERT", {}, Exception(CANARY))


@pytest.mark.parametrize("error", [DatabaseAwayError(), ValueError(CANARY)], ids=["database", "bug"])
async def test_an_error_inside_gives_a_guarded_sentence_and_a_log_without_words(
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    caplog.set_level(logging.DEBUG)

    def fail(*_args: Any) -> None:
        raise error

    monkeypatch.setattr(Mailbox, "receive", fail)
    answer = await gateway.client.post("/api/messages", json={**MESSAGE, "text": CANARY})
    assert (answer.status_code, answer.json()) == (500, {"detail": text("failed")})
    assert_guarded(answer)
    assert f"POST /api/messages: {type(error).__name__}" in caplog.text
    assert CANARY not in caplog.text


async def test_an_error_in_the_middle_of_an_answer_ends_it_without_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def breaks(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError(CANARY)

    transport = httpx.ASGITransport(LastResort(breaks))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        with pytest.raises(ConnectionAbortedError):
            await client.get("/")
    assert "ValueError" in caplog.text
    assert CANARY not in caplog.text


async def test_after_an_error_inside_the_same_message_can_be_sent_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(WebIdentity, "conversation", lambda *_args: 1 / 0)
        assert (await gateway.client.post("/api/messages", json=MESSAGE)).status_code == 500
    assert (await gateway.client.post("/api/messages", json=MESSAGE)).status_code == 202


async def test_what_people_write_is_in_no_log(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bodies: list[Any] = [
        {**MESSAGE, "text": CANARY},
        {"client_id": CANARY, "text": CANARY},
        {"client_id": "0123456789", "button": CANARY},
        {"client_id": "0123456790", "text": CANARY * 1000},
        [CANARY],
    ]
    for body in bodies:
        await gateway.client.post("/api/messages", json=body)
    await gateway.client.post("/api/development/login", json={"employee_id": CANARY})
    await gateway.client.get("/api/messages")
    assert CANARY not in caplog.text


# --- Readiness


async def test_a_gateway_is_ready_without_rasa_since_it_keeps_what_comes(gateway: Gateway) -> None:
    assert (await gateway.client.get("/ready")).json() == {"ready": True, "database": True, "rasa": True}
    gateway.relay.away = True
    answer = await gateway.client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "database": True, "rasa": False})


async def test_a_gateway_is_not_ready_without_its_tables(start_gateway: GatewayMaker, tmp_path: Any) -> None:
    async with start_gateway(database_url=f"sqlite:///{tmp_path}/empty.db") as gateway:
        answer = await gateway.client.get("/ready")
        assert (answer.status_code, answer.json()["ready"]) == (503, False)
        assert (await gateway.client.get("/health")).status_code == 200


async def test_when_the_gateway_stops_so_does_its_client_of_rasa(start_gateway: GatewayMaker) -> None:
    async with start_gateway() as gateway:
        assert not gateway.relay.closed
    assert gateway.relay.closed
