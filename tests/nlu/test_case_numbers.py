"""Case numbers as people write them, and the many numbers that are none."""

from __future__ import annotations

import time

import pytest

from nlu.core.case_numbers import find_case_numbers


def values(text: str) -> list[str]:
    return [span.value for span in find_case_numbers(text, 2026)]


@pytest.mark.parametrize(
    ("text", "value", "typed"),
    [
        ("Hvor er 2026-00042?", "2026-00042", "2026-00042"),
        ("(2025-01111)", "2025-01111", "2025-01111"),
        ("status på 2026-42", "2026-00042", "2026-42"),
        ("Tildel 2025-118 til Kari", "2025-00118", "2025-118"),
        ("hvordan går det med sak 42?", "2026-00042", "42"),
        ("Sak 00418, hvem har den?", "2026-00418", "00418"),
        ("lukk avvik 118", "2026-00118", "118"),
        ("AVVIK 118 ER FERDIG", "2026-00118", "118"),
        ("korleis går det med saka 7", "2026-00007", "7"),
        ("melding nr. 31", "2026-00031", "31"),
        ("nr 00118", "2026-00118", "00118"),
        ("nr. 00118", "2026-00118", "00118"),
        ("nr.00118", "2026-00118", "00118"),
        ("saksnr. 51", "2026-00051", "51"),
        ("saksnummer: 51", "2026-00051", "51"),
        ("sak nr. 2026-00042", "2026-00042", "2026-00042"),
        ("sak 2026-07", "2026-00007", "2026-07"),
        ("sak 2025/42", "2025-00042", "2025/42"),
        ("sak 2025 – 42", "2025-00042", "2025 – 42"),
        ("#118", "2026-00118", "118"),
        ("Den er lukka. #118", "2026-00118", "118"),
        ("sak # 118", "2026-00118", "118"),
        ("Lukk sak 42. Den er ferdig", "2026-00042", "42"),
        ("a\u030apne sak 42", "2026-00042", "42"),
    ],
)
def test_a_case_number_is_found_where_it_stands_and_gets_its_year(text: str, value: str, typed: str) -> None:
    (span,) = find_case_numbers(text, 2026)
    assert span.value == value
    assert text[span.start : span.end] == typed


@pytest.mark.parametrize(
    "text",
    [
        "rom 42",
        "på rom nr 12 og rom nr 00012",
        "rom #12",
        "Buss nr 4 stod i nr 14",
        "postnr 04630",
        "telefon nr 11800",
        "ring 22 33 44 55 eller 90123456",
        "sak 22 33 44 55",
        "+47 118",
        "avvik 14. mars",
        "avvik 14 mars",
        "avvik 3.4. og 12.05.2026",
        "avvik 2026-11-20",
        "avvik 20/11",
        "avvik 12.30",
        "avvik 12:30",
        "avvik 14-16",
        "fikk ikke svar på avviket. 42 sto og ventet",
        "avvik 500 kroner",
        "avvik 5 %",
        "saken 2 dager etter",
        "avvik 3 av 5",
        "42 saker",
        "alle saker 2025",
        "skoleåret 2025-26",
        "perioden 2025-2026",
        "i 2026-07",
        "2026/42",
        "saken 0",
        "sak 123456",
        "sak 19/2204",
        "12026-00042, 2026-000421, x2026-00042, 1926-00042",
        "isak 42",
        "",
    ],
)
def test_other_numbers_are_no_case_numbers(text: str) -> None:
    assert values(text) == []


def test_a_list_of_numbers_is_read_to_its_end() -> None:
    assert values("sak 42, 43 og 51") == ["2026-00042", "2026-00043", "2026-00051"]
    assert values("2026-00042 og 2025-01111") == ["2026-00042", "2025-01111"]
    assert values("sak 2025-42 og 43") == ["2025-00042", "2026-00043"]
    assert values("sak 42 og 3 andre") == ["2026-00042"]
    assert values("sak 42, det er 3") == ["2026-00042"]


@pytest.mark.parametrize("text", ["sak 1, " * 1500, "2026-" * 2000, "nr " * 3000, "1" * 10_000, "# " * 5000])
def test_a_long_message_costs_little(text: str) -> None:
    began = time.perf_counter()
    find_case_numbers(text, 2026)
    assert time.perf_counter() - began < 1.0
