"""Replies as the channels get them: empty parts dropped, what people wrote untouched."""

from __future__ import annotations

import json

import pytest

from nlu.server.replies import reply_of

USER_TEXTS = [
    "Skapet {rom} sto åpent {{igjen}}",
    "Liste: 0[1] 0[name] og {0}",
    "100 % sikkert \\ ikke $HOME %s",
    '"sitat" <b>fet</b> & co',
]


def test_a_bare_text_has_no_card_and_no_buttons() -> None:
    assert reply_of({"text": "Hei"}) == {"text": "Hei", "card": None, "buttons": []}


@pytest.mark.parametrize("message", [{}, {"text": None}, {"text": "", "buttons": None, "custom": None}])
def test_missing_parts_are_empty(message: dict[str, object]) -> None:
    assert reply_of(message) == {"text": "", "card": None, "buttons": []}


def test_lines_of_empty_variables_are_left_out() -> None:
    text = "Saken er 2026-00042.\n  \n\nNeste steg:   ring leder.\t \n"
    assert reply_of({"text": text})["text"] == "Saken er 2026-00042.\nNeste steg: ring leder."


def test_empty_rows_and_meta_are_left_out_and_values_trimmed() -> None:
    card = {
        "kind": "report",
        "title": " Avvik ",
        "fields": [
            {"label": "Sted", "value": " rom 12 ", "note": ""},
            {"label": "Tid", "value": "   "},
            {"label": "Type", "value": "HMS", "note": "usikker"},
        ],
        "meta": ["Versjon 2", " ", ""],
    }
    assert reply_of({"custom": card})["card"] == {
        "kind": "report",
        "title": "Avvik",
        "fields": [
            {"label": "Sted", "value": " rom 12 ", "note": None},
            {"label": "Type", "value": "HMS", "note": "usikker"},
        ],
        "meta": ["Versjon 2"],
    }


def test_cases_fill_the_card_even_when_there_are_none() -> None:
    cases = [{"number": "2026-00042"}]
    assert reply_of({"custom": {"kind": "cases"}, "cases": cases})["card"]["cases"] == cases
    assert reply_of({"custom": {"kind": "cases"}, "cases": []})["card"]["cases"] == []
    assert "cases" not in reply_of({"custom": {"kind": "cases"}})["card"]


def test_the_marks_of_a_passage_go_into_the_card_as_they_are() -> None:
    custom = {"type": "routine", "passage": "Vask. Ring."}
    assert reply_of({"custom": custom, "marks": [[6, 11]]})["card"] == {**custom, "marks": [[6, 11]]}
    assert "marks" not in reply_of({"custom": custom})["card"]
    assert reply_of({"text": "Vask. Ring.", "marks": [[6, 11]]})["card"] is None


@pytest.mark.parametrize(
    ("given", "style"),
    [
        ("primary", "primary"),
        ("secondary", "secondary"),
        ("danger", "danger"),
        ("blink", "secondary"),
        (None, "secondary"),
        (["primary"], "secondary"),
    ],
)
def test_a_button_has_one_of_three_styles(given: object, style: str) -> None:
    button = {"title": "Send", "payload": '/button{"do":"send"}', "style": given}
    assert reply_of({"buttons": [button]})["buttons"] == [
        {"title": "Send", "payload": '/button{"do":"send"}', "style": style}
    ]


@pytest.mark.parametrize("text", USER_TEXTS)
def test_what_people_wrote_is_not_altered(text: str) -> None:
    reply = reply_of(
        {
            "text": text,
            "custom": {"kind": "report", "quote": text, "fields": [{"label": "Tekst", "value": text}]},
            "buttons": [{"title": text, "payload": "/button"}],
        }
    )
    assert reply["text"] == text
    assert reply["card"]["quote"] == text
    assert reply["card"]["fields"][0]["value"] == text
    assert reply["buttons"][0]["title"] == text
    assert json.loads(json.dumps(reply)) == reply


def test_the_message_itself_is_not_changed() -> None:
    message = {"custom": {"title": " x ", "fields": [{"label": "a", "value": " "}]}, "cases": []}
    before = json.dumps(message)
    reply_of(message)
    assert json.dumps(message) == before
