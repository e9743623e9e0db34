"""What the actions read from the tracker about the last message."""

import unicodedata
from typing import Any

import pytest
from bot_fakes import Talk, deviation, pressed, time, typed
from rasa_sdk import Tracker

from bot.actions.message import (
    SHIELD,
    Entity,
    UserMessage,
    latest_message,
    latest_typed_message,
    sent_at,
    typed_messages,
)


def tracker(latest: dict[str, Any] | None, events: list[dict[str, Any]] | None = None) -> Tracker:
    return Tracker("c", {}, latest, events or [], False, None, {}, None)


def user_event(text: str | None, **parse_data: Any) -> dict[str, Any]:
    return {"event": "user", "text": text, "parse_data": {"text": text, **parse_data}}


def test_a_typed_message_is_read_whole() -> None:
    message = typed("Falt i går", "report_deviation", time("i går"), assessment=deviation())
    assert latest_message(Talk("c").hears(message).tracker()) == message
    assert not message.is_button


def test_a_shielded_slash_is_typed_text() -> None:
    message = latest_message(tracker({"text": f"{SHIELD}/restart", "entities": []}))
    assert (message.text, message.is_button, message.button) == ("/restart", False, {})


def test_entities_of_typed_text_are_no_button() -> None:
    entities = [{"entity": "do", "value": "send"}, {"entity": "draft", "value": "d1"}]
    message = latest_message(tracker({"text": "send d1", "entities": entities}))
    assert (message.is_button, message.button) == (False, {})


def test_a_button_has_values_and_no_text() -> None:
    message = latest_message(
        Talk("c").hears(pressed(do="choose", field="time", value="now", draft="d")).tracker()
    )
    assert message == UserMessage(
        "", "button", 1.0, button={"do": "choose", "field": "time", "value": "now", "draft": "d"}
    )
    assert message.is_button


def test_a_button_carries_nothing_that_no_button_has() -> None:
    entities = [{"entity": "place", "value": "rom 12"}, {"entity": "use", "value": 1}]
    message = latest_message(tracker({"text": "/x{}", "entities": entities}))
    assert (message.entities, message.button) == ((), {"use": "1"})


def test_a_button_names_its_case_as_typed_words_do() -> None:
    entities = [{"entity": "case_number", "value": "2026-00001"}, {"entity": "topic", "value": "history"}]
    message = latest_message(tracker({"text": "/query_cases{}", "entities": entities}))
    assert message.first("case_number") == Entity("case_number", "2026-00001")
    assert message.is_button


@pytest.mark.parametrize(
    ("text", "spans", "masked"),
    [
        ("Ring Kari på 900 00 000 nå", [(5, 9), (13, 23)], "Ring […] på […] nå"),
        ("Ring Kari Olsen nå", [(5, 15), (5, 9), (10, 15)], "Ring […] nå"),
        ("Kari Olsen", [(0, 7), (5, 10)], "[…]"),
        (f"{SHIELD}/Kari", [(2, 6)], "/[…]"),
        ("Ingen her", [], "Ingen her"),
        ("Ikke sett etter", None, ""),
    ],
)
def test_personal_data_is_left_out_of_the_text_to_keep(
    text: str, spans: list[tuple[int, int]] | None, masked: str
) -> None:
    data: dict[str, Any] = {"text": text, "entities": []}
    if spans is not None:
        data["personal_data"] = [{"type": "x", "start": start, "end": end} for start, end in spans]
    assert latest_message(tracker(data)).masked == masked


def test_typed_messages_are_read_with_their_ids_the_latest_first() -> None:
    events = [user_event("en") | {"message_id": "1"}, user_event("/button{}"), user_event("to")]
    found = [(message.text, message.message_id) for message in typed_messages(tracker({}, events))]
    assert found == [("to", ""), ("en", "1")]


@pytest.mark.parametrize("latest", [None, {}, {"text": None, "intent": None, "entities": None}])
def test_an_empty_tracker_gives_an_empty_message(latest: dict[str, Any] | None) -> None:
    assert latest_message(tracker(latest)) == UserMessage("")


def test_text_is_composed() -> None:
    raw = unicodedata.normalize("NFD", "på Åsheim")
    message = latest_message(tracker({"text": raw, "entities": [{"entity": "place", "value": raw}]}))
    assert (message.text, message.entities[0].value) == ("på Åsheim", "på Åsheim")


def test_the_latest_typed_message_is_the_one_before_the_buttons() -> None:
    talk = (
        Talk("c")
        .hears(typed("først", "greet"))
        .hears(typed("så dette", "ask_routine", assessment=deviation()))
    )
    talk.hears(pressed("start_report", use="previous")).hears(pressed("ask_routine", use="previous"))
    talk.events.append({"event": "bot", "text": "hei"})
    assert latest_typed_message(talk.tracker()) == typed("så dette", "ask_routine", assessment=deviation())


def test_small_talk_is_not_what_a_button_speaks_of() -> None:
    talk = Talk("c").hears(typed("det brenner", "emergency")).hears(typed("ok takk", "thanks"))
    assert latest_typed_message(talk.tracker()).text == "det brenner"
    assert latest_typed_message(Talk("c").hears(typed("takk", "thanks")).tracker()).text == "takk"


@pytest.mark.parametrize(
    ("metadata", "hour"),
    [({"sent_at": "2026-11-20T06:12:00+00:00"}, 7), ({"sent_at": "i går"}, None), ({}, None), (None, None)],
)
def test_a_message_is_dated_by_when_it_was_sent(metadata: dict[str, str] | None, hour: int | None) -> None:
    moment = sent_at(tracker({"text": "nå", "metadata": metadata}))
    assert (moment and moment.hour) == hour


def test_a_shielded_message_counts_as_typed() -> None:
    events = [user_event("før"), user_event(f"{SHIELD}/restart"), user_event("/button{}")]
    assert latest_typed_message(tracker({}, events)).text == "/restart"


@pytest.mark.parametrize("events", [[], [{"event": "user", "text": None}], [user_event("/greet")]])
def test_without_a_typed_message_the_latest_is_empty(events: list[dict[str, Any]]) -> None:
    assert latest_typed_message(tracker({}, events)) == UserMessage("")


def test_the_first_entity_with_a_label_is_found() -> None:
    message = typed("t", None, time("nå"), time("i går"))
    assert message.first("place", "time") == time("nå")
    assert message.first("place") is None
