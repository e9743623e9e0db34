"""What one writes in the browser is kept, answered, and shown as it was written."""

import asyncio
from itertools import count
from typing import Any

import httpx
import pytest
from gateway_fakes import PATIENCE_S, Gateway, GatewayMaker

from connectors.mailbox import Mailbox
from connectors.messages import Button, Line, Reply
from connectors.texts import text

IDS = (f"client-{number:08}" for number in count())
PAYLOAD = '/button{"do":"submit","draft":"d1"}'


async def send(client: httpx.AsyncClient, **content: Any) -> httpx.Response:
    return await client.post("/api/messages", json={"client_id": next(IDS), **content})


async def feed(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/api/messages", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def settled(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """All lines, once no answer is on its way."""
    async with asyncio.timeout(PATIENCE_S):
        while (page := await feed(client, after=0))["pending"]:
            await feed(client, after=page["last"], wait=20, pending=True)
    messages: list[dict[str, Any]] = page["messages"]
    return messages


def talk(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(message["from"], message["text"]) for message in messages]


# --- Sending and reading


async def test_a_message_is_kept_when_the_answer_comes_and_answered_later(gateway: Gateway) -> None:
    gate = gateway.relay.hold("hei")
    answer = await send(gateway.client, text="hei")
    assert answer.status_code == 202
    page = await feed(gateway.client)
    assert talk(page["messages"]) == [("user", "hei")]
    assert (page["pending"], page["last"]) == (True, answer.json()["seq"])
    gate.set()
    assert talk(await settled(gateway.client)) == [("user", "hei"), ("sifra", "svar på hei")]


async def test_a_line_has_what_the_page_needs_and_no_more(gateway: Gateway) -> None:
    card = {"type": "case", "title": "2026-00001"}
    gateway.relay.answer("hei", [Reply("Stemmer det?", card, (Button("Ja", PAYLOAD, "primary"),))])
    await send(gateway.client, text="hei")
    line = (await settled(gateway.client))[-1]
    assert set(line) == {"seq", "from", "text", "card", "buttons", "sent_at"}
    assert line["card"] == card
    [button] = line["buttons"]
    assert set(button) == {"id", "title", "style"}
    assert (button["title"], button["style"]) == ("Ja", "primary")
    assert line["sent_at"].endswith(("Z", "+00:00"))


async def test_sending_again_gives_the_same_place_and_one_line(gateway: Gateway) -> None:
    body = {"client_id": "the-same-one", "text": "hei"}
    places = {(await gateway.client.post("/api/messages", json=body)).json()["seq"] for _ in range(3)}
    assert len(places) == 1
    assert talk(await settled(gateway.client)) == [("user", "hei"), ("sifra", "svar på hei")]
    assert gateway.relay.texts == ["hei"]


async def test_sending_at_the_same_time_gives_the_same_place_and_one_line(gateway: Gateway) -> None:
    await gateway.client.get("/api/session")
    body = {"client_id": "the-same-one", "text": "hei"}
    answers = await asyncio.gather(*(gateway.client.post("/api/messages", json=body) for _ in range(4)))
    assert len({answer.json()["seq"] for answer in answers}) == 1
    assert gateway.relay.texts in ([], ["hei"])
    assert len(await settled(gateway.client)) == 2


async def test_reading_goes_on_from_a_place(gateway: Gateway) -> None:
    first = (await send(gateway.client, text="en")).json()["seq"]
    await settled(gateway.client)
    assert talk((await feed(gateway.client, after=first))["messages"]) == [("sifra", "svar på en")]


async def test_a_place_beyond_the_end_is_answered_at_once_with_the_last_one(gateway: Gateway) -> None:
    await send(gateway.client, text="en")
    lines = await settled(gateway.client)
    async with asyncio.timeout(PATIENCE_S):
        page = await feed(gateway.client, after=lines[-1]["seq"] + 100, wait=20)
    assert (page["messages"], page["last"]) == ([], lines[-1]["seq"])


@pytest.mark.parametrize(
    "query",
    [
        {"after": -1},
        {"after": "x"},
        {"after": 10**30},
        {"after": 2**63},
        {"wait": -1},
        {"wait": 26},
        {"wait": "inf"},
        {"wait": "nan"},
        {"pending": "kanskje"},
    ],
)
async def test_reading_with_odd_values_is_refused_politely(gateway: Gateway, query: dict[str, Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        answer = await gateway.client.get("/api/messages", params=query)
    assert (answer.status_code, answer.json()) == (422, {"detail": text("bad_request")})


# --- Waiting for what is new


async def listening(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, **query: Any
) -> asyncio.Task[dict[str, Any]]:
    """Begin a long poll, and return it when it has looked and found nothing new."""
    looked, loop = asyncio.Event(), asyncio.get_running_loop()
    read = Mailbox.read

    def read_and_tell(self: Mailbox, *args: Any) -> tuple[list[Line], bool, int]:
        found = read(self, *args)
        loop.call_soon_threadsafe(looked.set)
        return found

    monkeypatch.setattr(Mailbox, "read", read_and_tell)
    poll = asyncio.create_task(feed(gateway.client, **query))
    async with asyncio.timeout(PATIENCE_S):
        await looked.wait()
    monkeypatch.setattr(Mailbox, "read", read)
    assert not poll.done()
    return poll


async def test_a_reader_who_waits_hears_at_once_of_a_message_from_another_window(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gateway.client.get("/api/session")
    gate = gateway.relay.hold("hei")
    poll = await listening(gateway, monkeypatch, after=0, wait=25)
    await send(gateway.client, text="hei")
    async with asyncio.timeout(PATIENCE_S):
        assert talk((await poll)["messages"]) == [("user", "hei")]
    gate.set()


async def test_a_reader_who_waits_hears_at_once_of_the_answer(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = gateway.relay.hold("hei")
    seq = (await send(gateway.client, text="hei")).json()["seq"]
    poll = await listening(gateway, monkeypatch, after=seq, wait=25, pending=True)
    gate.set()
    async with asyncio.timeout(PATIENCE_S):
        page = await poll
    assert (talk(page["messages"]), page["pending"]) == ([("sifra", "svar på hei")], False)


async def test_a_reader_who_waits_hears_at_once_that_rasa_is_away(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.relay.away = True
    gate = gateway.relay.hold("hei")
    seq = (await send(gateway.client, text="hei")).json()["seq"]
    poll = await listening(gateway, monkeypatch, after=seq, wait=25, pending=True)
    gate.set()
    async with asyncio.timeout(PATIENCE_S):
        page = await poll
    assert (talk(page["messages"]), page["pending"]) == ([("system", text("away"))], True)


@pytest.mark.parametrize("believed", [True, False])
async def test_a_reader_who_believes_otherwise_about_pending_is_answered_at_once(
    gateway: Gateway, believed: bool
) -> None:
    gate = gateway.relay.hold("hei")
    seq = (await send(gateway.client, text="hei")).json()["seq"]
    if believed:
        gate.set()
        seq = (await settled(gateway.client))[-1]["seq"]
    async with asyncio.timeout(PATIENCE_S):
        page = await feed(gateway.client, after=seq, wait=25, pending=believed)
    assert (page["messages"], page["pending"]) == ([], not believed)
    gate.set()


async def test_without_a_wait_nothing_new_is_answered_at_once(gateway: Gateway) -> None:
    async with asyncio.timeout(PATIENCE_S):
        assert await feed(gateway.client) == {"messages": [], "pending": False, "last": 0}


async def test_a_wait_comes_to_an_end(gateway: Gateway) -> None:
    async with asyncio.timeout(PATIENCE_S):
        assert await feed(gateway.client, wait=0.01) == {"messages": [], "pending": False, "last": 0}


# --- Buttons


async def issue(gateway: Gateway, payload: str = PAYLOAD) -> dict[str, Any]:
    gateway.relay.answer("still spørsmål", [Reply("Send inn?", buttons=(Button("Ja", payload),))])
    await send(gateway.client, text="still spørsmål")
    button: dict[str, Any] = (await settled(gateway.client))[-1]["buttons"][0]
    return button


async def test_a_button_is_shown_as_its_title_and_sent_as_its_payload(gateway: Gateway) -> None:
    button = await issue(gateway)
    answer = await send(gateway.client, button=button["id"])
    assert answer.status_code == 202
    lines = await settled(gateway.client)
    assert talk(lines)[2:] == [("user", "Ja"), ("sifra", "svar på Ja")]
    assert lines[2]["seq"] == answer.json()["seq"]
    assert gateway.relay.turns[-1].payload == PAYLOAD


async def test_no_payload_ever_leaves_the_gateway(gateway: Gateway) -> None:
    button = await issue(gateway)
    answers = [
        await send(gateway.client, button=button["id"]),
        await gateway.client.get("/api/messages"),
        await gateway.client.get("/api/session"),
        await send(gateway.client, button="ukjent"),
        await gateway.client.get("/"),
    ]
    await settled(gateway.client)
    answers.append(await gateway.client.get("/api/messages"))
    for answer in answers:
        assert "payload" not in answer.text
        assert "submit" not in answer.text.replace('type="submit"', "")


async def test_a_button_of_somebody_else_is_gone(gateway: Gateway) -> None:
    button = await issue(gateway)
    async with gateway.browser() as other:
        answer = await send(other, button=button["id"])
        assert (answer.status_code, answer.json()) == (410, {"detail": text("button_gone")})
        assert (await feed(other))["messages"] == []


@pytest.mark.parametrize("button", ["", "ukjent", PAYLOAD, "\x00", "' OR 1=1 --"])
async def test_a_button_that_was_never_issued_is_gone(gateway: Gateway, button: str) -> None:
    answer = await send(gateway.client, button=button)
    assert (answer.status_code, answer.json()) == (410, {"detail": text("button_gone")})
    assert gateway.relay.turns == []


@pytest.mark.parametrize(
    "words", ["/restart", "/button{}", " /restart", PAYLOAD, "/session_start", "EXTERNAL: x"]
)
async def test_typed_commands_are_text(gateway: Gateway, words: str) -> None:
    await send(gateway.client, text=words)
    assert talk(await settled(gateway.client))[0] == ("user", words.strip())
    assert [(turn.text, turn.payload) for turn in gateway.relay.turns] == [(words.strip(), None)]


# --- Texts of all kinds


@pytest.mark.parametrize("words", ["", "   ", "\n\t \n", "\x00", "\x1b\x07\x00", "\u00a0\u3000"])
async def test_an_empty_message_is_answered_without_a_turn(gateway: Gateway, words: str) -> None:
    assert (await send(gateway.client, text=words)).status_code == 202
    page = await feed(gateway.client)
    assert talk(page["messages"]) == [("user", ""), ("sifra", text("empty"))]
    assert not page["pending"]
    assert gateway.relay.turns == []


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("🚑🔥👩🏽‍⚕️", "🚑🔥👩🏽‍⚕️"),
        ("<script>alert(1)</script><img src=x>", "<script>alert(1)</script><img src=x>"),
        ("{{ 7*7 }} {% raw %} ${x} %s {0}", "{{ 7*7 }} {% raw %} ${x} %s {0}"),
        ("'; DROP TABLE inbox; --", "'; DROP TABLE inbox; --"),
        ("falt\x00 i \x1b[31mdusjen", "falt i [31mdusjen"),
        ("en\r\nto\n\ttre", "en\nto\n\ttre"),
        ("Bla\u030afargen", "Blåfargen"),
        ("Čáhppes eŋges đ", "Čáhppes eŋges đ"),
        ("\u202eesrever", "\u202eesrever"),
        ("a" * 8_000, "a" * 8_000),
    ],
    ids=["emoji", "html", "templates", "sql", "controls", "lines", "decomposed", "sami", "bidi", "longest"],
)
async def test_text_of_any_kind_is_kept_and_passed_on_as_text(
    gateway: Gateway, words: str, kept: str
) -> None:
    assert (await send(gateway.client, text=words)).status_code == 202
    lines = await settled(gateway.client)
    assert talk(lines) == [("user", kept), ("sifra", f"svar på {kept}")]
    assert [(turn.text, turn.payload) for turn in gateway.relay.turns] == [(kept, None)]


async def test_html_goes_out_as_json_that_no_browser_takes_for_a_page(gateway: Gateway) -> None:
    await send(gateway.client, text="<script>alert(1)</script>")
    answer = await gateway.client.get("/api/messages")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("escaped", "kept"),
    [(b"\\ud800", "?"), (b"kabel\\udfff", "kabel?"), (b"a\\ud83d b", "a? b"), (b"\\ud83d\\ude91", "🚑")],
)
async def test_half_a_character_becomes_a_question_mark(gateway: Gateway, escaped: bytes, kept: str) -> None:
    body = b'{"client_id": "0123456789", "text": "' + escaped + b'"}'
    answer = await gateway.client.post(
        "/api/messages", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 202
    assert talk(await settled(gateway.client))[0] == ("user", kept)


@pytest.mark.parametrize(
    "words", ["x" * 8_001, "å" * 20_000, "🚑" * 20_000], ids=["one more", "long", "emoji"]
)
async def test_a_message_that_is_too_long_is_answered_without_a_turn_and_kept(
    gateway: Gateway, words: str
) -> None:
    assert (await send(gateway.client, text=words)).status_code == 202
    page = await feed(gateway.client)
    assert talk(page["messages"]) == [
        ("user", words),
        ("sifra", text("too_long", chars=len(words), limit=8_000)),
    ]
    assert not page["pending"]
    assert gateway.relay.turns == []


async def test_the_longest_message_is_what_the_settings_say(start_gateway: GatewayMaker) -> None:
    async with start_gateway(max_chars=10) as gateway:
        await send(gateway.client, text="x" * 11)
        assert talk((await feed(gateway.client))["messages"])[-1][1] == text("too_long", chars=11, limit=10)
        assert 'data-max-chars="10"' in (await gateway.client.get("/")).text


# --- Bodies of all kinds


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"client_id": "0123456789"},
        {"client_id": "0123456789", "text": None},
        {"client_id": "0123456789", "text": "hei", "button": "b"},
        {"client_id": "0123456789", "text": "hei", "payload": "/restart"},
        {"client_id": "0123456789", "text": "hei", "conversation_id": "f" * 32},
        {"client_id": "0123456789", "text": 7},
        {"client_id": "0123456789", "text": ["hei"]},
        {"client_id": "0123456789", "button": "x" * 65},
        {"client_id": "short", "text": "hei"},
        {"client_id": "x" * 65, "text": "hei"},
        {"client_id": "0123456789\n", "text": "hei"},
        {"client_id": "with:colon", "text": "hei"},
        {"client_id": 123456789, "text": "hei"},
        {"text": "hei"},
        [],
        None,
        "hei",
    ],
)
async def test_a_body_in_another_shape_is_refused_with_a_sentence(gateway: Gateway, body: Any) -> None:
    answer = await gateway.client.post("/api/messages", json=body)
    assert (answer.status_code, answer.json()) == (422, {"detail": text("bad_request")})
    assert (await feed(gateway.client))["messages"] == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"text=hei", b'{"client_id": "0123456789", "text": "hei"', b"[" * 50_000],
)
async def test_a_body_that_is_not_json_is_refused_with_a_sentence(gateway: Gateway, content: bytes) -> None:
    answer = await gateway.client.post(
        "/api/messages", content=content, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()) == (422, {"detail": text("bad_request")})


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_what_a_plain_form_can_send_is_not_taken(gateway: Gateway, content_type: str) -> None:
    """A form of another site needs no leave to send these types."""
    body = b'{"client_id": "0123456789", "text": "hei"}'
    answer = await gateway.client.post("/api/messages", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()) == (422, {"detail": text("bad_request")})
