"""Processes die; what people wrote does not. Runs after the journeys, as it disturbs the stack."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from sifra.chat_client import ChatClient
from sifra.trial import Trial

Talk = Callable[[str | None], ChatClient]
Rows = Callable[..., list[dict[str, Any]]]
QUESTION = "hva gjør jeg hvis jeg stikker meg på en sprøyte?"
BACK_WITHIN_S = 90.0


def test_action_server_killed_in_mid_report_the_person_is_told_and_the_message_is_handled_when_it_is_back(
    talk: Talk, trial: Trial, rows: Rows
) -> None:
    live = talk("E1039")
    summary = live.say("Et barn klemte fingeren i porten på Åsheim barnehage i går og måtte til legevakta")
    send = next(button for button in summary.buttons if button.title == "Send")
    before = rows("SELECT count(*) AS n FROM cases")[0]["n"]

    trial.child("bot.actions.server").kill()
    turn = live.press(send)

    spoken = [(reply.sender, reply.card and reply.card["type"]) for reply in turn.replies]
    assert spoken[0] == ("system", None)
    assert "tatt vare på" in (turn.replies[0].text or "")
    assert ("sifra", "receipt") in spoken
    assert spoken.count(("system", None)) == 1
    assert rows("SELECT count(*) AS n FROM cases")[0]["n"] == before + 1


def test_rasa_killed_between_two_messages_the_report_goes_on_where_it_was(talk: Talk, trial: Trial) -> None:
    live = talk("E1031")
    asked = live.say("Takheisen stoppet midt i løftet og eleven ble hengende lenge")
    assert "Hvor skjedde det" in (asked.replies[-1].text or "")

    trial.child("nlu.server").kill()
    turn = live.say("gymsalen")

    assert turn.replies[0].sender == "system"
    assert "Når skjedde det" in (turn.replies[-1].text or "")


def test_gateway_killed_with_a_message_in_its_inbox_answers_it_after_restart(
    talk: Talk, trial: Trial
) -> None:
    live = talk("E1042")
    live.say("Hei")
    trial.child("nlu.server").kill()  # so that the message certainly waits
    cookies = dict(live._http.cookies)
    sent = httpx.post(
        f"{trial.url}/api/messages",
        json={"client_id": "waits-over-a-restart", "text": QUESTION},
        cookies=cookies, trust_env=False,
    )  # fmt: skip
    assert sent.status_code == 202
    trial.child("connectors.server").kill()

    answers = _wait_for_answer(trial, cookies, sent.json()["seq"])
    assert [card["type"] for card in answers] == ["routine"]


def _wait_for_answer(trial: Trial, cookies: dict[str, str], seq: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + BACK_WITHIN_S
    while time.monotonic() < deadline:
        try:
            page = httpx.get(
                f"{trial.url}/api/messages",
                params={"after": seq, "wait": 2},
                cookies=cookies,
                trust_env=False,
            ).json()
        except httpx.HTTPError:
            time.sleep(0.3)
            continue
        cards = [message["card"] for message in page["messages"] if message["card"]]
        if cards and not page["pending"]:
            return cards
    return []
