"""Leaders and reporters work on cases by message: the real processes, the database read from outside."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from sifra.chat_client import ChatClient, Turn
from sifra.trial import ROOT, Trial

Talk = Callable[[str | None], ChatClient]
Rows = Callable[..., list[dict[str, Any]]]

NUMBER = re.compile(r"20\d\d-\d{5}")
REPORT = "Takheisen på rom {room} på Solbakken stoppet i natt, jeg fikk vondt i ryggen"


def _text(turn: Turn) -> str:
    return "\n".join(reply.text or "" for reply in turn.replies)


def _press(client: ChatClient, turn: Turn, title: str) -> Turn:
    return client.press(next(button for button in turn.buttons if button.title == title))


def _do(client: ChatClient, text: str) -> Turn:
    """Say what is to be done, and yes if Sifra wants to be sure that it was meant."""
    turn = client.say(text)
    return client.say("ja") if "Stemmer det?" in _text(turn) else turn


def _file(talk: Talk, reporter: str, text: str) -> str:
    live = talk(reporter)
    found = NUMBER.search(_text(_press(live, live.say(text), "Send")))
    assert found
    return found[0]


def _events(rows: Rows, number: str) -> list[str]:
    return [
        row["action"]
        for row in rows("SELECT action FROM case_events WHERE case_number = ? ORDER BY seq", number)
        if row["action"] != "read"
    ]


def _told(rows: Rows, employee_id: str, words: str, within_s: float = 20.0) -> str:
    """Wait until somebody has been told something, and return the line."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        lines = rows(
            "SELECT t.text FROM transcript t JOIN conversations c ON c.id = t.conversation_id"
            " WHERE c.employee_id = ? AND t.speaker = 'sifra' ORDER BY t.seq DESC",
            employee_id,
        )
        for line in lines:
            if words in line["text"]:
                return str(line["text"])
        time.sleep(0.3)
    raise AssertionError(f"{employee_id} was not told {words!r}")


def test_a_case_from_report_to_end_and_the_reporter_hears_of_it(talk: Talk, rows: Rows) -> None:
    number = _file(talk, "E1009", REPORT.format(room=31))
    leader = talk("E1006")
    shown = leader.say(f"vis sak {number}")
    assert "Takheisen på rom 31" in _text(shown)
    assert "Live Strømme" in _text(shown)

    assert number in _text(_press(leader, shown, "Ta saken"))
    _do(leader, "tiltak: bestille ny motor til heisen, Jorunn Eikeland, innen 1. desember 2027")
    asked = leader.say("lukk saken, motoren er byttet")
    assert "motoren er byttet" in _text(asked)
    closed = _press(leader, asked, "Ja, si fra")
    assert "lukket" in _text(closed)

    (case,) = rows("SELECT * FROM cases WHERE number = ?", number)
    assert (case["status"], case["assignee_id"]) == ("lukket", "E1006")
    assert "motoren er byttet" in case["closing_note"]
    (measure,) = rows("SELECT * FROM measures WHERE case_number = ?", number)
    assert (measure["responsible_id"], measure["deadline"]) == ("E1007", "2027-12-01")
    assert _events(rows, number) == ["filed", "taken", "measure_added", "closed"]
    assert "Camilla Nygård" in _told(rows, "E1009", f"Sak {number} er tatt til behandling")
    assert "motoren er byttet" in _told(rows, "E1009", f"Sak {number} er lukket")


def test_undo_takes_back_what_was_done_and_nobody_is_told(talk: Talk, rows: Rows) -> None:
    number = _file(talk, "E1008", REPORT.format(room=32))
    leader = talk("E1006")
    _do(leader, f"ta sak {number}")
    undone = leader.say("angre")
    assert number in _text(undone)
    (case,) = rows("SELECT * FROM cases WHERE number = ?", number)
    assert case["status"] == "ny"
    assert _events(rows, number) == ["filed", "taken", "undone"]
    time.sleep(4)
    waiting = rows(
        "SELECT status FROM outbox WHERE key LIKE ? AND template = 'case_taken'", f"case:{number}:%"
    )
    assert [row["status"] for row in waiting] == ["cancelled"]


def test_an_anonymous_reporter_is_asked_and_answers_without_a_name(talk: Talk, rows: Rows) -> None:
    live = talk("E1013")
    live.say("Jeg vil melde et avvik anonymt")
    summary = live.say(
        "Vi mangler folk på vakt på Bjørk hver kveld denne uka, og beboerne får ikke kveldsstell i tide"
    )
    while not any(button.title == "Send" for button in summary.buttons):
        summary = live.say("Bjørk i går kveld")
    number = NUMBER.search(_text(_press(live, summary, "Send")))
    assert number
    leader = talk("E1011")
    _do(leader, f"si til melder på sak {number[0]} at vi trenger å vite hvilke vakter det gjelder")
    assert "hvilke vakter" in _told(rows, "E1013", f"sak {number[0]}")
    _do(live, f"svar på {number[0]}: mandag og tirsdag kveld")
    (comment,) = rows("SELECT * FROM case_comments WHERE case_number = ? AND speaker = 'reporter'", number[0])
    assert comment["author_id"] is None
    assert "mandag og tirsdag" in comment["text"]
    assert "mandag og tirsdag" in _told(rows, "E1011", f"Den som meldte sak {number[0]}, har svart")
    everything = json.dumps(rows("SELECT * FROM cases WHERE number = ?", number[0]), default=str)
    everything += json.dumps(rows("SELECT * FROM case_events WHERE case_number = ?", number[0]), default=str)
    assert "E1013" not in everything


def test_an_unknown_and_an_unseen_case_get_the_same_answer(talk: Talk, rows: Rows) -> None:
    number = _file(talk, "E1009", REPORT.format(room=33))
    stranger = talk("E1051")
    unseen, unknown = stranger.say(f"lukk sak {number}, ferdig"), stranger.say("lukk sak 2026-09999, ferdig")
    assert _text(unseen).replace(number, "N") == _text(unknown).replace("2026-09999", "N")
    assert _events(rows, number) == ["filed"]


def test_who_acts_on_an_old_state_is_told_what_changed(talk: Talk, rows: Rows) -> None:
    number = _file(talk, "E1009", REPORT.format(room=34))
    first, second = talk("E1006"), talk("E1005")
    second.say(f"vis sak {number}")
    _do(first, f"ta sak {number}")
    told = _text(_do(second, f"gi sak {number} til Jorunn Eikeland"))
    assert "Camilla Nygård" in told
    assert rows("SELECT assignee_id FROM cases WHERE number = ?", number)[0]["assignee_id"] == "E1006"
    _do(second, f"gi sak {number} til Jorunn Eikeland")
    assert rows("SELECT assignee_id FROM cases WHERE number = ?", number)[0]["assignee_id"] == "E1007"


@pytest.mark.parametrize(
    ("employee_id", "question", "understood"),
    [
        ("E1065", "hvor mange fall har vi hatt på Solbakken per måned i 2026", "Solbakken"),
        ("E1065", "kor mange avvik per kategori i 2026 mot året før", "2026"),
        ("E1001", "vis utviklinga månad for månad så langt i år", "per"),
    ],
)
def test_counts_come_as_a_chart_with_its_numbers(
    talk: Talk, employee_id: str, question: str, understood: str
) -> None:
    live = talk(employee_id)
    turn = live.say(question)
    card = next(reply.card for reply in turn.replies if reply.card and reply.card["type"] == "chart")
    assert understood in card["lead"]
    assert card["alt"]
    assert card["table"]["rows"]


def test_an_employee_who_asks_for_the_unit_gets_a_sentence_and_their_own(talk: Talk) -> None:
    assert "Bare ledere" in _text(talk("E1015").say("vis alle åpne saker i kommunen"))


def test_a_breach_is_documented_step_by_step(talk: Talk, rows: Rows) -> None:
    number = _file(
        talk,
        "E1059",
        "Jeg sendte lønnslista med fødselsnummer til feil mottaker på e-post i dag fra rådhuset, rom 204",
    )
    (breach,) = rows("SELECT * FROM case_breaches WHERE case_number = ?", number)
    assert breach["decision"] is None
    officer = talk("E1002")
    asked = _press(officer, officer.say(f"vis sak {number}"), "Personvernbrudd")
    assert "72" in _text(asked)
    for answer in ("Lønnsliste sendt til feil mottaker", "Feil i adresselista"):
        asked = officer.say(answer)
    while any(button.title == "Hopp over" for button in asked.buttons):
        asked = _press(officer, asked, "Hopp over")
    assert "Lønnsliste sendt til feil mottaker" in _text(asked)
    _press(officer, asked, "Skal ikke meldes")
    officer.say("Mottakeren har slettet e-posten og bekreftet det")
    (breach,) = rows("SELECT * FROM case_breaches WHERE case_number = ?", number)
    assert breach["decision"] == "not_notified"
    assert "slettet e-posten" in breach["answers"]


def test_a_leader_subscribes_and_stops(talk: Talk, rows: Rows) -> None:
    leader = talk("E1034")
    assert "mandag" in _text(leader.say("gi meg oppsummering hver mandag"))
    (wanted,) = rows("SELECT * FROM case_subscriptions WHERE employee_id = 'E1034'")
    assert (wanted["frequency"], wanted["weekday"]) == ("weekly", 0)
    leader.say("slutt med oppsummeringer, jeg vil ikke ha flere")
    assert not rows("SELECT * FROM case_subscriptions WHERE employee_id = 'E1034'")


def test_the_history_of_everything_above_is_unbroken(trial: Trial) -> None:
    done = subprocess.run(
        [str(ROOT / ".venv/bin/sifra"), "cases", "verify"],
        env=trial.environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
