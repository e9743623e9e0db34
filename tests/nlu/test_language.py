"""Bokmål, Nynorsk or no verdict."""

from __future__ import annotations

import pytest

from nlu.core.language import written_form


@pytest.mark.parametrize(
    "text",
    [
        "Jeg har ikke fått noen beskjed om hvem som skal følge opp dette.",
        "Hun skrev at medisinene ikke ble gitt før neste morgen.",
        "JEG VET IKKE HVORFOR DØREN IKKE BLE LÅST",
    ],
)
def test_bokmal_is_recognised(text: str) -> None:
    assert written_form(text) == "nb"


@pytest.mark.parametrize(
    "text",
    [
        "Eg har ikkje fått noko melding om kven som skal følgje opp dette.",
        "Korleis melder eg frå om at heisen ikkje verkar?",
        "Ho såg at døra ikkje var låst då ho kom på vakt.",
    ],
)
def test_nynorsk_is_recognised(text: str) -> None:
    assert written_form(text) == "nn"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "ja",
        "takk",
        "Hei på deg",
        "ikkje 12345678",
        "hvem? 2026-00042",
        "2026-00042 123 456 789 000 111",
    ],
)
def test_a_short_text_says_nothing(text: str) -> None:
    assert written_form(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "🔥" * 200,
        "привет как дела сегодня всё хорошо",
        "مرحبا كيف حالك اليوم جيد جدا شكرا",
        "你好" * 20,
        "\x00\x01 mye rart \u200b\ufeff i denne teksten",
        "en \ud83d halv surrogat i en lang setning",
        "x" * 20_000,
        "?!" * 10_000,
    ],
)
def test_any_text_gets_a_verdict_or_none(text: str) -> None:
    assert written_form(text) in {"nb", "nn", None}
