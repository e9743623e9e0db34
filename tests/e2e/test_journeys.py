"""Journeys through the real processes, from the chat to the database and back."""

import json
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sifra.chat_client import ChatClient, Turn
from sifra.trial import ROOT, Trial

Talk = Callable[[str | None], ChatClient]
Rows = Callable[..., list[dict[str, Any]]]

TAKHEIS = "Takheisen på rom 12 på Solbakken røk i natt, jeg fikk vondt i ryggen"
NUMBER = re.compile(r"20\d\d-\d{5}")


def _press(client: ChatClient, turn: Turn, title: str) -> Turn:
    return client.press(next(button for button in turn.buttons if button.title == title))


def _text(turn: Turn) -> str:
    return "\n".join(reply.text or "" for reply in turn.replies)


def _card(turn: Turn, kind: str) -> dict[str, Any]:
    return next(reply.card for reply in turn.replies if reply.card and reply.card["type"] == kind)


def _fields(card: dict[str, Any]) -> dict[str, str]:
    return {row["label"]: row["value"] for row in card["fields"]}


def test_one_rich_sentence_becomes_a_case_after_one_confirmation(talk: Talk, rows: Rows) -> None:
    live = talk("E1009")
    summary = live.say(TAKHEIS)
    shown = _fields(_card(summary, "summary"))
    assert shown["Kategori"].startswith("HMS")
    assert "rom 12" in shown["Sted"]
    assert shown["Når"].startswith("natt til")
    assert shown["Hva"] == TAKHEIS
    note = next(row["note"] for row in _card(summary, "summary")["fields"] if row["label"] == "Kategori")
    assert re.fullmatch(r"\d+ % sikker", note)

    receipt = _press(live, summary, "Send")
    number = _card(receipt, "receipt")["number"]
    assert NUMBER.fullmatch(number)
    assert _card(receipt, "routine")["url"].startswith("/rutiner/FJO-HMS-007")

    (case,) = rows("SELECT * FROM cases WHERE number = ?", number)
    assert case["category"] == "hms"
    assert case["description"] == TAKHEIS
    assert case["unit_id"] == "HO-SOL-FUR"
    assert case["reporter_id"] == "E1009"
    assert case["assignee_id"] == "E1006"
    assert case["status"] == "ny"
    assert "rom 12" in case["place"]
    assert case["occurred_at"] is not None


def test_nothing_is_filed_before_the_person_sends_it(talk: Talk, rows: Rows) -> None:
    before = rows("SELECT count(*) AS n FROM cases")[0]["n"]
    live = talk("E1023")
    summary = live.say("Bruker fikk feil medisin på kveldsrunden i går i Strandgata 4")
    cancelled = _press(live, summary, "Avbryt")
    assert "Ingenting er sendt" in _text(cancelled)
    assert rows("SELECT count(*) AS n FROM cases")[0]["n"] == before


def test_a_poor_report_gets_only_the_questions_that_are_missing(talk: Talk, rows: Rows) -> None:
    live = talk("E1013")
    asked = live.say("Jeg vil melde et avvik")
    assert "Hva har skjedd" in _text(asked)
    asked = live.say("Takheisen stoppet midt i løftet og beboeren ble hengende lenge før vi fikk henne ned")
    assert "Hvor" in _text(asked)
    asked = live.say("bad 214")
    assert "Når" in _text(asked)
    summary = live.say("i går klokka 11")
    shown = _fields(_card(summary, "summary"))
    assert shown["Sted"] == "bad 214"
    assert "kl. 11.00" in shown["Når"]
    receipt = live.say("ja")
    number = _card(receipt, "receipt")["number"]
    (case,) = rows("SELECT place, occurred_at FROM cases WHERE number = ?", number)
    assert case["place"] == "bad 214"
    assert case["occurred_at"] is not None


def test_a_field_is_changed_by_button_and_in_plain_words(talk: Talk, rows: Rows) -> None:
    live = talk("E1007")
    live.say(TAKHEIS)
    corrected = live.say("nei, det var i går")
    assert "Endret" in _text(corrected)
    summary = corrected
    choices = _press(live, _press(live, summary, "Endre"), "Kategori")
    assert len(choices.buttons) == 5
    summary = _press(live, choices, "Tjeneste")
    shown = _fields(_card(summary, "summary"))
    assert shown["Kategori"].startswith("Tjeneste")
    assert not shown["Når"].startswith("natt til")
    receipt = _press(live, summary, "Send")
    number = _card(receipt, "receipt")["number"]
    assert rows("SELECT category FROM cases WHERE number = ?", number) == [{"category": "tjeneste"}]


def test_pressing_send_twice_gives_one_case_and_the_same_number(talk: Talk, rows: Rows) -> None:
    live = talk("E1010")
    summary = live.say("Dørpumpa på branndøra i 2. etasje på Furu er ødelagt siden i går")
    first = _press(live, summary, "Send")
    second = _press(live, summary, "Send")
    number = _card(first, "receipt")["number"]
    assert _card(second, "receipt")["number"] == number
    assert (
        rows("SELECT count(*) AS n FROM cases WHERE reporter_id = 'E1010' AND number >= ?", number)[0]["n"]
        == 1
    )


def test_reports_sent_at_once_get_gapless_numbers(talk: Talk, rows: Rows) -> None:
    def report(employee_id: str) -> str:
        client = talk(employee_id)
        summary = client.say("Det lå glasskår på gulvet i gangen i dag tidlig, jeg skar meg i foten")
        if not any(button.title == "Send" for button in summary.buttons):
            summary = _press(client, summary, "Hopp over")
        return str(_card(_press(client, summary, "Send"), "receipt")["number"])

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(report, ["E1032", "E1033", "E1035", "E1036", "E1037", "E1040"]))
    assert len(set(numbers)) == 6
    this_year = [
        row["number"]
        for row in rows("SELECT number FROM cases WHERE number LIKE ? ORDER BY number", f"{numbers[0][:4]}-%")
    ]
    assert [int(number[5:]) for number in this_year] == list(range(1, len(this_year) + 1))


def test_a_question_gets_the_passage_with_its_source(talk: Talk, trial: Trial) -> None:
    import httpx

    answer = talk("E1019").say("hva gjør jeg hvis jeg stikker meg på en sprøyte?")
    card = _card(answer, "routine")
    assert card["title"] == "Stikkskade og søl av blod"
    assert "116 117" in card["passage"]
    assert card["heading"] == "Fremgangsmåte"
    assert {"FJO-HMS-003", "Versjon 3.2", "Eier: Kommunalsjef helse og omsorg"} <= set(card["meta"])
    page = httpx.get(trial.url + card["url"].split("#")[0], trust_env=False)
    assert page.status_code == 200
    assert f'id="{card["url"].split("#")[1]}"' in page.text
    assert "gul kanyleboks" in page.text


def test_an_unanswerable_question_is_refused_without_guessing(talk: Talk) -> None:
    answer = talk("E1019").say("Hvordan vedlikeholder vi romraketten?")
    assert not [reply for reply in answer.replies if reply.card and reply.card["type"] == "routine"]


def _ask(client: ChatClient, question: str) -> Turn:
    """Ask a question about a routine, whether or not it is recognised as one at once."""
    turn = client.say(question)
    unsure = any(button.title == "Søk i rutinene" for button in turn.buttons)
    return _press(client, turn, "Søk i rutinene") if unsure else turn


def test_an_answer_marks_its_best_sentences_and_offers_others_and_feedback_is_stored(
    talk: Talk, rows: Rows
) -> None:
    live = talk("E1020")
    question = "hva gjør jeg om jeg stikker meg på en sprøyte?"
    answer = _ask(live, question)
    card = _card(answer, "routine")
    assert card["marks"]
    for begin, end in card["marks"]:
        assert card["passage"][begin:end].strip()
    assert card["question"] == "Hjalp dette?"
    titles = [button.title for button in answer.buttons]
    assert titles[:2] == ["Ja", "Nei"]
    others = [title for title in titles if title.startswith("Se også: ")]
    assert len(others) == 2

    other = _press(live, answer, others[0])
    shown = _card(other, "routine")
    assert shown["title"] in others[0]
    assert [button.title for button in other.buttons if button.title.startswith("Se også: ")] == others[1:]

    refused = _press(live, other, "Nei")
    assert "leit" in _text(refused)
    assert [button.title for button in refused.buttons] == [others[1], "Noter at en rutine mangler"]
    stored = "SELECT * FROM routine_feedback WHERE document_id = ? AND question = ?"
    found = rows(stored, shown["meta"][0], question)
    assert [row["kind"] for row in found] == ["did_not_help"], found
    row = found[0]
    assert (row["kind"], row["language"]) == ("did_not_help", "nb")
    assert row["section"] == shown["url"].partition("#")[2]
    assert live.say("takk").replies


def test_ja_right_after_an_answer_counts_as_feedback(talk: Talk, rows: Rows) -> None:
    live = talk("E1021")
    card = _card(_ask(live, "hvem sperrer jobbtelefonen når den er borte?"), "routine")
    assert "Så fint" in _text(live.say("ja"))
    kinds = rows("SELECT kind FROM routine_feedback WHERE document_id = ?", card["meta"][0])
    assert kinds == [{"kind": "helped"}]


def test_a_question_without_a_routine_says_whom_to_ask_and_is_noted(talk: Talk, rows: Rows) -> None:
    live = talk("E1019")
    refused = _ask(live, "hva er rutinen for å leie ut hoppslottet til Kari Nordmann?")
    assert "Jeg fant ingen rutine for dette" in _text(refused)
    assert "lederen din (Pål Gjerde)" in _text(refused)
    stored = "SELECT kind, question FROM routine_feedback WHERE question LIKE '%hoppslottet%'"
    masked = "hva er rutinen for å leie ut hoppslottet til […]?"
    assert rows(stored) == [{"kind": "unanswered", "question": masked}]
    assert "notert" in _text(_press(live, refused, "Noter at en rutine mangler"))
    assert rows(stored) == [{"kind": "missing", "question": masked}]


def test_what_is_missing_is_listed_for_the_owners(talk: Talk, trial: Trial) -> None:
    live = talk("E1024")
    _press(
        live, _ask(live, "hvor søker jeg om å få fly med varmluftsballongen?"), "Noter at en rutine mangler"
    )
    listed = subprocess.run(
        [str(ROOT / ".venv/bin/sifra"), "knowledge", "gaps", "--json"],
        env=trial.environment, capture_output=True, text=True, cwd=ROOT, check=True, timeout=60,
    )  # fmt: skip
    gaps = json.loads(listed.stdout)["gaps"]
    assert any(gap["kind"] == "missing" and "varmluftsballongen" in gap["question"] for gap in gaps)


def test_a_routine_for_employees_is_shown_to_them_and_is_as_good_as_none_for_others(
    talk: Talk, trial: Trial
) -> None:
    import httpx

    question = "hva gjør jeg når jeg har utløst innbruddsalarmen ved et uhell?"
    assert _card(_ask(talk("E1029"), question), "routine")["meta"][0] == "FJO-INF-023"
    stranger = _ask(talk(None), question)
    assert "Innbruddsalarm" not in _text(stranger) + str([button.title for button in stranger.buttons])
    assert httpx.get(f"{trial.url}/rutiner/FJO-INF-023", trust_env=False).status_code == 404


def test_a_question_in_mid_report_is_answered_and_the_report_goes_on(talk: Talk) -> None:
    live = talk("E1025")
    live.say("Takheisen stoppet midt i løftet og beboeren ble hengende lenge")
    aside = live.say("hva gjør jeg hvis jeg stikker meg på en sprøyte?")
    assert _card(aside, "routine")["title"] == "Stikkskade og søl av blod"
    assert "Hvor skjedde det" in aside.replies[-1].text


def test_the_reporter_and_the_leader_see_the_case_and_others_do_not(talk: Talk) -> None:
    reporter = talk("E1008")
    number = _card(_press(reporter, reporter.say(TAKHEIS), "Send"), "receipt")["number"]
    assert number in _text(reporter.say("hvordan går det med saken min?"))

    listed = _card(talk("E1006").say("vis åpne saker"), "cases")
    assert "Furu" in listed["lead"]
    assert all(row["unit"] == "Solbakken, avdeling Furu" for row in listed["cases"])
    assert number in _text(talk("E1005").say(f"hva er status på {number}?"))

    refused = talk("E1034").say(f"hva er status på {number}?")
    assert "finner ingen sak" in _text(refused)
    assert "2026-99999" in _text(talk("E1034").say("hva er status på 2026-99999?"))


def test_an_unknown_visitor_may_report_and_follow_up_but_sees_no_list(talk: Talk, rows: Rows) -> None:
    visitor = talk(None)
    summary = visitor.say("Det renner olje ut i bekken bak gjenvinningsstasjonen siden i går")
    assert _fields(_card(summary, "summary"))["Kategori"].startswith("Ytre miljø")
    number = _card(_press(visitor, summary, "Send"), "receipt")["number"]
    assert rows("SELECT reporter_id FROM cases WHERE number = ?", number) == [{"reporter_id": None}]
    assert number in _text(visitor.say("hvordan går det med saken min?"))
    assert not [
        r for r in visitor.say("vis alle åpne saker").replies if r.card and len(r.card.get("cases", [])) > 1
    ]


def test_danger_now_gets_the_emergency_numbers_first(talk: Talk, rows: Rows) -> None:
    before = rows("SELECT count(*) AS n FROM cases")[0]["n"]
    answer = talk("E1008").say("Hjelp, det brenner på kjøkkenet nå og folk får ikke puste")
    assert answer.replies[0].card["type"] == "emergency"
    assert [row["number"] for row in answer.replies[0].card["numbers"]] == ["110", "112", "113"]
    assert rows("SELECT count(*) AS n FROM cases")[0]["n"] == before


def test_nynorsk_is_answered_in_nynorsk(talk: Talk) -> None:
    answer = talk("E1038").say(
        "Kva gjer eg viss eg har stukke meg på ei sprøyte hjå ein brukar? Eg veit ikkje kven eg skal ringje"
    )
    assert "Opne heile rutinen" in json.dumps([reply.card for reply in answer.replies], ensure_ascii=False)


BAD_INPUT = {
    "empty": "",
    "white space": "   \n\t ",
    "emoji": "🔥🔥😱",
    "null bytes": "hei\x00der\x00",
    "long": "a" * 20_000,
    "long words": "ord " * 5_000,
    "slash command": "/restart",
    "slash payload": '/button{"do":"send","draft":"x"}',
    "slash intent": "/report_deviation",
    "hidden slash": "\u00a0 /restart",
    "braces": "{category} {0[x]} {{}} 0[",
    "right to left": "\u202eabc\u202c",
    "combining": "a\u0301" * 300,
}


@pytest.mark.parametrize("name", sorted(BAD_INPUT))
def test_bad_input_gets_a_polite_answer_and_is_never_a_payload(name: str, talk: Talk, rows: Rows) -> None:
    live = talk("E1049")
    before = rows("SELECT count(*) AS n FROM cases")[0]["n"]
    turn = live.say(BAD_INPUT[name])
    assert turn.replies
    assert all((reply.text or "").strip() for reply in turn.replies)
    assert rows("SELECT count(*) AS n FROM cases")[0]["n"] == before
    live.say("avbryt")


MARKUP = "<script>alert(1)</script> **fet** [lenke](javascript:alert(1)) falt i trappa i går og slo kneet"


def test_markup_in_a_report_is_stored_and_shown_as_text(talk: Talk, rows: Rows) -> None:
    live = talk("E1032")
    summary = live.say(f"Jeg {MARKUP}")
    if any(button.title == "Meld dette som avvik" for button in summary.buttons):
        summary = _press(live, summary, "Meld dette som avvik")
    while not any(button.title == "Send" for button in summary.buttons):
        summary = live.press(summary.buttons[-1 if "Hopp over" in [b.title for b in summary.buttons] else 0])
    number = _card(_press(live, summary, "Send"), "receipt")["number"]
    assert rows("SELECT description FROM cases WHERE number = ?", number) == [
        {"description": f"Jeg {MARKUP}"}
    ]


def test_the_terminal_client_speaks_json_line_by_line(trial: Trial) -> None:
    lines = ["Hei", "#2", "#9", "", f"{TAKHEIS}", "avbryt"]
    result = subprocess.run(
        [str(ROOT / ".venv/bin/sifra"), "chat", "--as", "E1052", "--url", trial.url, "--json"],
        input="\n".join(lines) + "\n", capture_output=True, text=True, cwd=ROOT, check=True, timeout=120,
    )  # fmt: skip
    turns = [json.loads(line) for line in result.stdout.splitlines()]
    assert [turn["text"] for turn in turns] == lines
    assert turns[0]["replies"][0]["buttons"][0].keys() == {"title", "id"}
    assert turns[1]["replies"]
    assert "error" in turns[2]
    assert turns[3]["replies"]
    assert [button["title"] for button in turns[4]["replies"][-1]["buttons"]] == ["Send", "Endre", "Avbryt"]


def test_no_log_holds_what_was_said(talk: Talk, trial: Trial) -> None:
    canary = "Kanarifuglen Zebrazitta Qvistgaardsen"
    live = talk("E1057")
    live.say(f"{canary} falt ned fra taket i går på rådhuset og brakk armen")
    live.say("avbryt")
    live.say(f"/{canary}")
    for log in sorted((trial.folder / "log").glob("*.log")):
        assert "Zebrazitta" not in log.read_text(encoding="utf-8", errors="replace"), log.name
