"""Bokmål, Nynorsk, another language or no verdict."""

from __future__ import annotations

import pytest
import yaml

from nlu.core.language import LEXICON_PATH, written_form
from nlu.core.tokens import fold
from nlu.training_data import DATA_DIR, read_rows


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
    ("text", "form"),
    [
        ("Kva gjer eg?", "nn"),
        ("kven er ho", "nn"),
        ("Hva gjør jeg?", "nb"),
        ("hvem er hun", "nb"),
        ("A\u030aleine heime?", "nn"),
    ],
)
def test_two_marker_words_decide_a_short_text(text: str, form: str) -> None:
    assert written_form(text) == form


def test_a_dialect_gets_the_form_that_is_nearer() -> None:
    assert written_form("Eg veit ikkje kor ho e, men døra va open i natt") == "nn"
    assert written_form("Jæi veit ikke åssen detta gikk, hun lå på gølvet") == "nb"


@pytest.mark.parametrize(
    "text",
    [
        "I fell on the ice outside the school yesterday and hurt my back",
        "How do I report an accident?",
        "Ein Schüler hat mich heute gebissen",
        "Il y a une fuite d'huile dans le ruisseau",
        "Necesito ayuda, no hablo noruego",
        "Chcę zgłosić wypadek przy pracy",
        "prosze o pomoc, winda nie dziala",
        "Noriu pranešti apie avariją",
        "Waxaan rabaa inaan soo sheego shil",
        "Yardıma ihtiyacım var, Norveççe bilmiyorum",
        "Một học sinh đã cắn vào tay tôi hôm nay",
        "Jag ramlade i trappan igår och skadade ryggen",
        "Мене вкусив учень",
        "привет",
        "عضني طالب اليوم",
        "مجھے مدد چاہیے",
        "ሓደ ተመሃራይ ነኺሱኒ",
        "นักเรียนกัดมือฉันวันนี้",
        "你好" * 20,
    ],
)
def test_another_language_is_told_apart(text: str) -> None:
    assert written_form(text) == "other"


@pytest.mark.parametrize(
    "text",
    [
        'Jeg fikk en mail med "please click here" og klikket på lenka',
        "Min kollega snakker ikke norsk, he fell on the floor at Solbakken i går og slo hodet",
        "Outlook viser feilmelding: the server is not responding",
        "Beboer ropte help me help me hele natta og ingen kom",
        "Skreiv «привет» på tavla",
        "pasien kveles mat i halsn",
        "BRNAN I BARNHAGEN",
    ],
)
def test_norwegian_with_foreign_words_or_typos_is_norwegian_or_undecided(text: str) -> None:
    assert written_form(text) in {"nb", "nn", None}


def test_the_training_texts_are_told_right() -> None:
    """Some of them are foreign or no language at all, which is why they teach `out_of_scope`."""
    rows = [row for folder in ("deviations", "intents") for row in read_rows(DATA_DIR / folder)]
    texts = [row["text"] for row in rows if sum(map(str.isalpha, row["text"])) >= 12]
    assert sum(written_form(text) == "other" for text in texts) / len(texts) < 0.005
    for form, other in (("nb", "nn"), ("nn", "nb")):
        told = [written_form(row["text"]) for row in rows if row.get("variety") == form]
        assert told.count(form) / len(told) > 0.85
        assert told.count(other) / len(told) < 0.01


def test_the_word_lists_do_not_contradict_each_other() -> None:
    words = yaml.safe_load(LEXICON_PATH.read_text(encoding="utf-8"))
    lists = {name: words[name].split() for name in ("norwegian", "nb", "nn")}
    assert not set(lists["nb"]) & set(lists["nn"])
    for name, entries in lists.items():
        assert sorted(entries) == sorted(set(entries)), name
        assert [fold(entry) for entry in entries] == entries, name


@pytest.mark.parametrize(
    "text",
    [
        "🔥" * 200,
        "q w r t p s d f g h j k l m n",
        "\u200d" * 500,
        "ꙮ" * 50,
        "\x00\x01 mye rart \u200b\ufeff i denne teksten",
        "en \ud83d halv surrogat i en lang setning",
        "x" * 20_000,
        "?!" * 10_000,
    ],
)
def test_any_text_gets_a_verdict_or_none(text: str) -> None:
    assert written_form(text) in {"nb", "nn", "other", None}
