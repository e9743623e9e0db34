"""Similar cases: which come first, when there are none, and what is told of those that one may not see."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from cases.anonymised import anonymised_summary
from cases.categories import SUBTYPES, Category, Kind, Severity, Status
from cases.model import Case, Measure
from cases.similar import Candidate, Similar, Traits, Vectors, likely_duplicates, rank_similar

HERE = Path(__file__)
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
CLOSED_AT = datetime(2026, 3, 18, 9, tzinfo=UTC)


class FakeEncoder:
    """The text says how near it is to the text `0`: its angle in degrees is the first word."""

    def encode(self, texts: list[str]) -> Vectors:
        angles = np.radians([float(text.split()[0]) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def _candidate(number: str, angle: int, **changes: object) -> Candidate:
    traits = Traits(on=TODAY, category="hms", subtype="ergonomi")
    plain = Candidate(number, f"{angle} grader", traits, False, True, "NORTH", NOW)
    return replace(plain, **changes)  # type: ignore[arg-type]


def _ranked(candidates: Sequence[Candidate], traits: Traits | None = None, limit: int = 3) -> list[Similar]:
    asked = traits or Traits(on=TODAY, category="tjeneste", subtype="legemiddel")
    return rank_similar("0", candidates, FakeEncoder(), limit, traits=asked)


def test_the_nearest_text_comes_first_and_no_more_than_asked() -> None:
    candidates = [_candidate("1", 50), _candidate("2", 10), _candidate("3", 30), _candidate("4", 40)]
    assert [one.number for one in _ranked(candidates, limit=3)] == ["2", "3", "4"]


def test_nothing_is_shown_when_nothing_is_near() -> None:
    assert _ranked([_candidate("1", 65), _candidate("2", 90)]) == []
    assert _ranked([]) == []


def test_a_solved_case_comes_before_one_as_near() -> None:
    near, solved = _candidate("1", 20), _candidate("2", 24, solved=True)
    assert [one.number for one in _ranked([near, solved])] == ["2", "1"]
    assert [one.number for one in _ranked([near, replace(solved, text="45")])] == ["1", "2"]


def test_being_solved_does_not_make_a_case_near() -> None:
    assert _ranked([_candidate("1", 60, solved=True)]) == []


@pytest.mark.parametrize(
    "alike",
    [
        Traits(on=TODAY, category="tjeneste", subtype="legemiddel"),
        Traits(on=TODAY, category="tjeneste", subtype="ernaering"),
        Traits(on=TODAY, category="hms", subtype="ergonomi", place="Nes skole, rom 214"),
    ],
)
def test_what_is_alike_besides_the_text_counts(alike: Traits) -> None:
    asked = Traits(on=TODAY, category="tjeneste", subtype="legemiddel", place="på NES skole")
    plain, liked = _candidate("1", 30), _candidate("2", 32, traits=alike)
    assert [one.number for one in _ranked([plain, liked], asked)] == ["2", "1"]


def test_the_more_recent_of_two_comes_first() -> None:
    old = _candidate("1", 30, traits=Traits(on=TODAY - timedelta(days=900)))
    assert [one.number for one in _ranked([old, _candidate("2", 30, traits=Traits(on=TODAY))])] == ["2", "1"]


def test_prepositions_are_no_place() -> None:
    asked = Traits(on=TODAY, place="på do")
    with_place = _candidate("1", 30, traits=Traits(on=TODAY, place="på gang"))
    (one,) = _ranked([with_place], asked)
    (other,) = _ranked([replace(with_place, traits=Traits(on=TODAY))], asked)
    assert one.score == other.score


def test_the_same_event_told_by_two_is_a_likely_duplicate() -> None:
    candidates = [_candidate("1", 40), _candidate("2", 20), _candidate("3", 70)]
    found = likely_duplicates("0", "NORTH", None, NOW, candidates, FakeEncoder())
    assert found == ["2", "1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"is_open": False},
        {"unit_id": "SOUTH"},
        {"occurred_at": NOW - timedelta(days=3, minutes=1)},
        {"occurred_at": NOW + timedelta(days=3, minutes=1)},
        {"occurred_at": None},
        {"traits": Traits(on=TODAY, place="kjelleren")},
    ],
)
def test_another_event_is_no_duplicate(changes: dict[str, object]) -> None:
    candidate = _candidate("1", 5, traits=Traits(on=TODAY, place="rom 7"))
    assert likely_duplicates("0", "NORTH", "Rom 7", NOW, [candidate], FakeEncoder()) == ["1"]
    other = replace(candidate, **changes)  # type: ignore[arg-type]
    assert likely_duplicates("0", "NORTH", "Rom 7", NOW, [other], FakeEncoder()) == []


CASE = Case(
    number="2026-00042",
    origin=None,
    draft_id=None,
    channel="web",
    kind=Kind.DEVIATION,
    category=Category.TJENESTE,
    subtype="legemiddel",
    severity=Severity.HOY,
    status=Status.LUKKET,
    title="Kari fikk feil medisin",
    description="Kari Olsen fikk feil medisin av meg",
    unit_id="HO-SOL-FUR",
    place="Rom 12",
    occurred_at=datetime(2026, 3, 3, 9, tzinfo=UTC),
    occurred_text="i morges",
    reporter_id="E1009",
    anonymous=False,
    assignee_id="E1006",
    due_date=date(2026, 3, 10),
    reported_at=datetime(2026, 3, 4, 9, tzinfo=UTC),
    reported_on=date(2026, 3, 4),
    closed_at=CLOSED_AT,
    closing_note="Snakket med Kari",
    measures=(Measure("Ringe Kari", "E1006", CLOSED_AT), Measure("Ny rutine", None, None)),
    routine_ids=("FJO-TJE-002",),
)


def _summary(language: str = "nb", *, case: Case = CASE, cases_alike: int = 3) -> str | None:
    return anonymised_summary(case, language, sector_name="Helse og omsorg", cases_alike=cases_alike)


def test_a_summary_says_sort_sector_month_and_how_it_ended() -> None:
    assert _summary() == (
        "Tjeneste: legemidler, alvorlighet høy. Et sted i Helse og omsorg, mars 2026. "
        "2 tiltak, lukket etter 14 dager. Rutiner: FJO-TJE-002."
    )
    assert _summary("nn") == (
        "Teneste: legemiddel, alvor høg. Ein stad i Helse og omsorg, mars 2026. "
        "2 tiltak, lukka etter 14 dagar. Rutinar: FJO-TJE-002."
    )


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_summary_names_no_person_place_unit_or_number(language: str) -> None:
    summary = _summary(language)
    assert summary is not None
    for hidden in ("Kari", "rutine ", "HO-SOL", "Rom", "E10", "00042", "medisin", "4."):
        assert hidden not in summary


def test_a_summary_of_a_case_that_is_one_of_few_is_not_given() -> None:
    assert _summary(cases_alike=2) is None


def test_a_sensitive_case_is_not_told_of() -> None:
    assert _summary(case=replace(CASE, sensitive=True)) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"closed_at": CASE.reported_at}, "lukket samme dag"),
        ({"closed_at": CASE.reported_at + timedelta(days=1)}, "lukket etter én dag"),
        ({"status": Status.TILTAK, "closed_at": None}, "ikke lukket"),
        ({"status": Status.AVVIST}, "avvist"),
        ({"measures": ()}, "Ingen tiltak"),
        ({"measures": CASE.measures[:1]}, "Ett tiltak"),
        ({"subtype": None}, "Tjeneste, alvorlighet høy."),
    ],
)
def test_a_summary_counts_in_words(changes: dict[str, object], words: str) -> None:
    summary = _summary(case=replace(CASE, **changes))  # type: ignore[arg-type]
    assert summary is not None
    assert words in summary


@lru_cache(maxsize=1)
def _pairs() -> list[dict[str, object]]:
    lines = HERE.with_name("similar_pairs.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_the_labelled_queries_name_cases_and_subtypes_that_there_are() -> None:
    sample = HERE.parents[3] / "sample" / "cases" / "cases.jsonl"
    numbers = {json.loads(line)["case_number"] for line in sample.read_text("utf-8").splitlines()}
    assert len(_pairs()) >= 40
    for row in _pairs():
        assert row["subtype"] in SUBTYPES[Category(str(row["category"]))]
        assert isinstance(row["similar"], list)
        assert set(row["similar"]) <= numbers
