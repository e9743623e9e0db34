"""Times and dates the Norwegian way, and the words that people use."""

from datetime import date

import pytest

from bot.actions.phrases import format_day, format_time, names, phrase, speaks_of


def period(begins: str, ends: str, grain: str) -> dict[str, str]:
    return {"text": "som skrevet", "begins": begins, "ends": ends, "grain": grain}


NIGHT = period("2026-11-19T22:00:00+01:00", "2026-11-20T06:00:00+01:00", "part")


@pytest.mark.parametrize(
    ("time", "nb", "nn"),
    [
        (None, "", ""),
        ({"text": "en gang i fjor"}, "en gang i fjor", "en gang i fjor"),
        (
            period("2026-11-20T07:12:00+01:00", "2026-11-20T07:12:00+01:00", "minute"),
            "fredag 20. november, ca. kl. 07.12",
            "fredag 20. november, ca. kl. 07.12",
        ),
        (
            period("2026-11-21T21:00:00+01:00", "2026-11-21T22:00:00+01:00", "hour"),
            "lørdag 21. november, ca. kl. 21.00",
            "laurdag 21. november, ca. kl. 21.00",
        ),
        (
            period("2026-11-17T00:00:00+01:00", "2026-11-18T00:00:00+01:00", "day"),
            "tirsdag 17. november",
            "tysdag 17. november",
        ),
        (
            period("2026-11-17T09:00:00+01:00", "2026-11-17T12:00:00+01:00", "part"),
            "tirsdag 17. november, kl. 09–12",
            "tysdag 17. november, kl. 09–12",
        ),
        (
            period("2026-11-17T17:00:00+01:00", "2026-11-18T00:00:00+01:00", "part"),
            "tirsdag 17. november, kl. 17–00",
            "tysdag 17. november, kl. 17–00",
        ),
        (NIGHT, "natt til fredag 20. november", "natt til fredag 20. november"),
        (
            period("2026-11-09T00:00:00+01:00", "2026-11-16T00:00:00+01:00", "week"),
            "mandag 9. november–søndag 15. november",
            "måndag 9. november–søndag 15. november",
        ),
        (
            period("2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00", "month"),
            "torsdag 1. oktober–lørdag 31. oktober",
            "torsdag 1. oktober–laurdag 31. oktober",
        ),
        # Over the night in which the clock is set back, and the one in which it is set forward.
        (
            period("2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00", "part"),
            "natt til søndag 25. oktober",
            "natt til søndag 25. oktober",
        ),
        (
            period("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "day"),
            "søndag 25. oktober",
            "søndag 25. oktober",
        ),
        (
            period("2026-10-19T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "week"),
            "mandag 19. oktober–søndag 25. oktober",
            "måndag 19. oktober–søndag 25. oktober",
        ),
        (
            period("2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00", "part"),
            "natt til søndag 29. mars",
            "natt til søndag 29. mars",
        ),
    ],
)
def test_a_time_is_told_by_day_and_hour(time: dict[str, str] | None, nb: str, nn: str) -> None:
    assert (format_time(time, "nb"), format_time(time, "nn")) == (nb, nn)


def test_a_night_over_new_year_belongs_to_the_new_year() -> None:
    night = period("2026-12-31T22:00:00+01:00", "2027-01-01T06:00:00+01:00", "part")
    assert format_time(night, "nb") == "natt til fredag 1. januar"


@pytest.mark.parametrize(("language", "day"), [("nb", "11. desember 2026"), ("nn", "11. desember 2026")])
def test_a_date_has_its_month_as_a_word(language: str, day: str) -> None:
    assert format_day(date(2026, 12, 11), language) == day


def test_a_phrase_is_filled_as_it_is() -> None:
    assert phrase("most_urgent", "nn", shown="{0}").count("{0}") == 1


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("personvern", ("category", "informasjonssikkerhet")),
        ("tenesta", ("category", "tjeneste")),
        ("ikkje alvorleg", ("severity", "lav")),
        ("tidspunktet", ("field", "time")),
        ("ikkje", ("negation", "negated")),
        ("men", ("reservation", "reserved")),
    ],
)
def test_words_have_a_meaning(word: str, meaning: tuple[str, str]) -> None:
    assert names()[word] == meaning


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("own", "Hvordan går det med saken MIN?", True),
        ("own", "korleis går det med saka mi", True),
        ("own", "alle saker i enheten", False),
        ("own", "minne om frist", False),
        ("unit", "Hvilke saker har vi?", True),
        ("unit", "«åpne»", True),
        ("unit", "hva skjer med 2026-00001", False),
        ("unit", "", False),
    ],
)
def test_whole_words_tell_what_somebody_speaks_of(kind: str, text: str, expected: bool) -> None:
    assert speaks_of(kind, text) is expected


def test_more_than_a_night_is_a_period() -> None:
    since = {"begins": "2026-11-15T22:00:00+01:00", "ends": "2026-11-20T14:00:00+01:00", "grain": "part"}
    assert format_time(since, "nb") == "søndag 15. november–fredag 20. november"
