import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from typer.testing import CliRunner

from sifra.chat import run_lines
from sifra.chat_client import ChatClient, require_loopback
from sifra.cli import app
from sifra.errors import ChatError
from tests.unit.sifra.fake_gateway import REFUSAL, FakeGateway, running_gateway

pytestmark = pytest.mark.enable_socket

CONFIRM: dict[str, Any] = {
    "text": "Stemmer det?",
    "card": {"title": "HMS", "rows": [["Sted", "Åsen"]]},
    "buttons": [
        {"id": "b1", "title": "Ja, send", "style": "primary"},
        {"id": "b2", "title": "Avbryt", "style": "plain"},
    ],
}


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with running_gateway() as gateway:
        yield gateway


@dataclass
class Talk:
    """What a run of `run_lines` wrote."""

    code: int = 0
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)


def talk(gateway: FakeGateway, *lines: str, as_json: bool = False, timeout_s: float = 10) -> Talk:
    result = Talk()
    with ChatClient(gateway.url, turn_timeout_s=timeout_s) as client:
        client.start("E1009")
        result.code = run_lines(
            client, lines, as_json=as_json, write=result.out.append, complain=result.err.append
        )
    return result


def test_each_line_gets_its_replies_as_plain_text(gateway: FakeGateway) -> None:
    gateway.replies["hei"] = [{"text": "Hei!"}, {"text": "Hva kan jeg hjelpe med?"}]
    result = talk(gateway, "hei", "blåbærgrøt")
    assert result.out == ["Hei!", "Hva kan jeg hjelpe med?", "Svar på «blåbærgrøt»"]
    assert (result.code, result.err) == (0, [])


def test_messages_carry_a_fresh_id_each(gateway: FakeGateway) -> None:
    talk(gateway, "hei", "hei")
    ids = {uuid.UUID(body["client_id"]) for body in gateway.received}
    assert len(ids) == 2


def test_login_names_the_employee(gateway: FakeGateway) -> None:
    talk(gateway)
    assert gateway.logins == [{"employee_id": "E1009"}]


def test_history_is_skipped(gateway: FakeGateway) -> None:
    gateway.add("user", "gammelt")
    gateway.add("sifra", "gammelt svar")
    assert talk(gateway, "nytt").out == ["Svar på «nytt»"]


def test_messages_of_the_system_are_replies_too(gateway: FakeGateway) -> None:
    gateway.replies["hei"] = [{"sender": "system", "text": "Sifra er borte et øyeblikk."}, {"text": "Hei!"}]
    assert talk(gateway, "hei").out == ["Sifra er borte et øyeblikk.", "Hei!"]


def test_empty_lines_are_sent_as_they_are(gateway: FakeGateway) -> None:
    talk(gateway, "", " ")
    assert [body["text"] for body in gateway.received] == ["", " "]


def test_json_is_one_object_a_turn_on_one_line(gateway: FakeGateway) -> None:
    gateway.replies["jeg falt på glatta"] = [{"text": "Så leit.\nRing legevakta."}, CONFIRM]
    result = talk(gateway, "jeg falt på glatta", as_json=True)
    assert len(result.out) == 1
    assert "\n" not in result.out[0]
    assert "på glatta" in result.out[0]
    assert json.loads(result.out[0]) == {
        "text": "jeg falt på glatta",
        "replies": [
            {"text": "Så leit.\nRing legevakta.", "buttons": [], "card": None},
            {
                "text": "Stemmer det?",
                "buttons": [{"title": "Ja, send", "id": "b1"}, {"title": "Avbryt", "id": "b2"}],
                "card": CONFIRM["card"],
            },
        ],
    }


def test_buttons_are_numbered_and_pressed_by_number(gateway: FakeGateway) -> None:
    gateway.replies["meld"] = [CONFIRM, {"text": "Ta den tid du trenger."}]
    gateway.replies["b2"] = [{"text": "Avbrutt."}]
    result = talk(gateway, "meld", "#2")
    assert result.out == ["Stemmer det?", "#1 Ja, send", "#2 Avbryt", "Ta den tid du trenger.", "Avbrutt."]
    assert gateway.received[1]["button"] == "b2"
    assert "text" not in gateway.received[1]


def test_buttons_stay_known_after_replies_without_any(gateway: FakeGateway) -> None:
    gateway.replies["meld"] = [CONFIRM]
    talk(gateway, "meld", "vent litt", "#1")
    assert gateway.received[-1]["button"] == "b1"


@pytest.mark.parametrize("line", ["#0", "#3", "#99"])
def test_a_button_that_is_not_there_is_an_error_and_is_not_sent(gateway: FakeGateway, line: str) -> None:
    gateway.replies["meld"] = [CONFIRM]
    result = talk(gateway, "meld", line, "hei", as_json=True)
    turns = [json.loads(each) for each in result.out]
    assert turns[1] == {"text": line, "replies": [], "error": result.err[0]}
    assert "#1 to #2" in result.err[0]
    assert turns[2]["replies"]
    assert len(gateway.received) == 2


def test_a_number_before_any_button_is_an_error(gateway: FakeGateway) -> None:
    assert "none was offered" in talk(gateway, "#1").err[0]


@pytest.mark.parametrize("line", ["#", "#hei", "#1 takk", "#²"])
def test_other_text_with_a_number_sign_is_just_text(gateway: FakeGateway, line: str) -> None:
    talk(gateway, line)
    assert gateway.received[0]["text"] == line


def test_a_refused_message_shows_the_gateways_own_sentence_and_the_talk_goes_on(gateway: FakeGateway) -> None:
    result = talk(gateway, "for lang", "hei", as_json=True)
    assert result.err == [REFUSAL]
    assert json.loads(result.out[0]) == {"text": "for lang", "replies": [], "error": REFUSAL}
    assert json.loads(result.out[1])["replies"]
    assert result.code == 0


def test_a_turn_without_end_is_given_up_with_exit_code_1(gateway: FakeGateway) -> None:
    gateway.answers = False
    result = talk(gateway, "hei", as_json=True, timeout_s=0.1)
    assert result.code == 1
    assert result.err == ["No complete answer came within 0.1 seconds."]
    assert json.loads(result.out[0])["error"] == result.err[0]


def test_a_failing_gateway_ends_the_talk(gateway: FakeGateway) -> None:
    with pytest.raises(ChatError, match="status 500"):
        talk(gateway, "krasj")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080/", "http://[::1]:8080"])
def test_addresses_of_this_machine_are_accepted(url: str) -> None:
    assert require_loopback(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.7:8080",
        "https://sifra.example.no",
        "http://127.0.0.1.example.no",
        "http://127.0.0.1@example.no",
        "ftp://127.0.0.1",
        "127.0.0.1:8080",
        "",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ChatError, match="only to a gateway on this machine"):
        ChatClient(url)


def test_command_reads_lines_and_writes_replies(gateway: FakeGateway) -> None:
    result = CliRunner().invoke(
        app, ["chat", "--as", "E1009", "--url", gateway.url], input="hei\r\n\nså flott"
    )
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["Svar på «hei»", "Svar på «»", "Svar på «så flott»"]


def test_command_says_how_to_start_a_gateway_that_is_away() -> None:
    with running_gateway() as gone:
        url = gone.url
    result = CliRunner().invoke(app, ["chat", "--url", url], input="hei\n")
    assert result.exit_code == 1
    assert "sifra up --development" in result.stderr
