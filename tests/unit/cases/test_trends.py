"""Trends: what is found, what is not, and how often by mistake."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import betabinom, binomtest

from cases.made_up_town import Town, made_up
from cases.rates import dispersion, excess_p_values, least_p_values, worth_testing
from cases.recurrences import HandledCase, find_recurrences
from cases.routine_failures import RoutineCase, failing_routines
from cases.trend_evaluation import (
    detections,
    false_alarms,
    rate,
    read_observations,
    read_units,
    sample_series,
    shuffled,
)
from cases.trend_model import Observation, TrendSettings
from cases.trends import AlertKey, Finding, alert_key, find_trends, is_new

SAMPLE = Path(__file__).parents[3] / "sample"
TODAY = date(2026, 11, 20)
# TOP ── HOME ── NORTH, SOUTH
#     └─ SCHOOL
UNITS = {"TOP": None, "HOME": "TOP", "NORTH": "HOME", "SOUTH": "HOME", "SCHOOL": "TOP"}
FALLS = ("tjeneste", "fall_skade_bruker")
VIOLENCE = ("hms", "vold_trusler")


def _cases(unit_id: str | None, kind: tuple[str, str | None], *ages: int) -> list[Observation]:
    return [
        Observation(f"{unit_id}-{kind[1]}-{age}-{place}", unit_id, *kind, TODAY - timedelta(days=age))
        for place, age in enumerate(ages)
    ]


def _ordinary() -> list[Observation]:
    """Two years in which each unit reports each of three things now and then, evenly."""
    kinds = (FALLS, VIOLENCE, ("organisasjon", "frister"))
    return [
        case
        for offset, unit_id in enumerate(("NORTH", "SOUTH", "SCHOOL"))
        for step, kind in enumerate(kinds)
        for case in _cases(unit_id, kind, *range(offset * 31 + step * 17, 730, 120))
    ]


@pytest.fixture(scope="module")
def sample() -> list[Observation]:
    return read_observations(SAMPLE / "cases" / "cases.jsonl")


@pytest.fixture(scope="module")
def sample_units() -> dict[str, str | None]:
    return read_units(SAMPLE / "organisation" / "units.csv")


def test_even_reporting_has_no_trend() -> None:
    assert find_trends(_ordinary(), UNITS, TODAY) == []


def test_nothing_reported_is_no_trend() -> None:
    assert find_trends([], UNITS, TODAY) == []


def test_a_series_is_told_once_where_it_is() -> None:
    series = _cases("NORTH", FALLS, 1, 4, 9, 13, 20)
    (finding,) = find_trends([*_ordinary(), *series], UNITS, TODAY)
    assert (finding.unit_id, finding.subtype, finding.window_days) == ("NORTH", "fall_skade_bruker", 28)
    assert {case.case_number for case in series} <= set(finding.case_numbers)
    assert finding.count == 6  # one of the ordinary ones lies in the window
    assert finding.expected < 1
    assert finding.p_value <= finding.q_value <= 0.1
    assert (finding.first, finding.last) == (TODAY - timedelta(days=20), TODAY)


def test_a_series_in_several_units_is_told_of_the_unit_above() -> None:
    series = [*_cases("NORTH", VIOLENCE, 2, 8, 15, 24), *_cases("SOUTH", VIOLENCE, 5, 11, 19, 26)]
    (finding,) = find_trends([*_ordinary(), *series], UNITS, TODAY)
    assert (finding.unit_id, finding.subtype) == ("HOME", "vold_trusler")


def test_a_series_over_several_subtypes_is_told_of_the_category() -> None:
    rare = ("ergonomi", "personskade", "brann_el", "stoffer_smitte")
    series = [
        case
        for step, subtype in enumerate(rare)
        for case in _cases("NORTH", ("hms", subtype), 2 + step, 16 + step)
    ]
    (finding,) = find_trends([*_ordinary(), *series], UNITS, TODAY)
    assert (finding.unit_id, finding.category, finding.subtype) == ("NORTH", "hms", None)


def test_a_stray_case_of_another_subtype_does_not_make_it_the_category() -> None:
    series = [*_cases("NORTH", VIOLENCE, 2, 5, 9, 12, 15), *_cases("NORTH", ("hms", "ergonomi"), 3, 6)]
    (finding,) = find_trends([*_ordinary(), *series], UNITS, TODAY)
    assert (finding.unit_id, finding.subject) == ("NORTH", "vold_trusler")


def test_two_series_are_two_findings() -> None:
    series = [*_cases("NORTH", FALLS, 1, 4, 9, 13, 20), *_cases("SCHOOL", VIOLENCE, 3, 5, 10, 12, 22, 25)]
    found = find_trends([*_ordinary(), *series], UNITS, TODAY)
    assert {(one.unit_id, one.subject) for one in found} == {
        ("NORTH", "fall_skade_bruker"),
        ("SCHOOL", "vold_trusler"),
    }


def test_more_reports_everywhere_are_no_trend() -> None:
    wave = [
        case
        for offset, unit_id in enumerate(("NORTH", "SOUTH", "SCHOOL"))
        for step, kind in enumerate((FALLS, VIOLENCE, ("organisasjon", "frister")))
        for case in _cases(unit_id, kind, *range(offset + step, 28, 5))
    ]
    assert find_trends([*_ordinary(), *wave], UNITS, TODAY) == []
    one_part = [case for case in wave if (case.unit_id, case.subtype) == ("NORTH", "fall_skade_bruker")]
    assert find_trends([*_ordinary(), *one_part], UNITS, TODAY)


def test_several_reports_of_one_event_count_once() -> None:
    event = _cases("NORTH", FALLS, 4, 4, 4, 4, 4, 4)
    assert find_trends([*_ordinary(), *event], UNITS, TODAY) == []


def test_two_are_no_trend_however_rare() -> None:
    assert find_trends([*_ordinary(), *_cases("NORTH", ("hms", "brann_el"), 3, 9)], UNITS, TODAY) == []
    rare = [*_ordinary(), *_cases("NORTH", ("hms", "brann_el"), 3, 9, 14)]
    assert [one.subject for one in find_trends(rare, UNITS, TODAY)] == ["brann_el"]


def test_a_unit_that_begins_to_report_is_no_trend() -> None:
    units = {**UNITS, "NEW": "HOME"}
    first_weeks = _cases("NEW", ("hms", "brann_el"), 2, 6, 11, 15, 21)
    assert all(one.unit_id != "NEW" for one in find_trends([*_ordinary(), *first_weeks], units, TODAY))


def test_a_past_shorter_than_the_window_says_nothing() -> None:
    units = {**UNITS, "NEW": None, "TOP": "NEW"}
    begun = [*_cases("SCHOOL", FALLS, 40), *_cases("SCHOOL", VIOLENCE, *range(26))]
    assert find_trends(begun, units, TODAY) == []
    assert find_trends([*_cases("SCHOOL", FALLS, 70), *begun], units, TODAY)


def test_cases_without_a_unit_count_for_the_topmost() -> None:
    litter = _cases(None, ("ytre_miljo", "forsopling"), 1, 5, 10, 16, 22)
    (finding,) = find_trends([*_ordinary(), *litter], UNITS, TODAY)
    assert (finding.unit_id, finding.subtype) == ("TOP", "forsopling")


def test_what_is_reported_after_today_is_not_known() -> None:
    series = _cases("NORTH", FALLS, 1, 4, 9, 13, 20)
    assert find_trends([*_ordinary(), *series], UNITS, TODAY - timedelta(days=28)) == []


def test_cases_without_a_subtype_count_for_the_category() -> None:
    vague = _cases("NORTH", ("ytre_miljo", None), 1, 5, 10, 16, 22)
    (finding,) = find_trends([*_ordinary(), *vague], UNITS, TODAY)
    assert (finding.unit_id, finding.category, finding.subtype) == ("NORTH", "ytre_miljo", None)


def test_two_topmost_units_are_refused() -> None:
    with pytest.raises(ValueError, match="topmost"):
        find_trends([], {"A": None, "B": None}, TODAY)


def test_units_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        find_trends([], {"A": "B", "B": "A"}, TODAY)


def test_the_series_of_the_sample_are_found_after_they_began(
    sample: list[Observation], sample_units: dict[str, str | None]
) -> None:
    found = {one.series.name: one for one in detections(sample, sample_units, sample_series(), TODAY)}
    assert (found["falls"].day, found["falls"].cases_in) == (date(2026, 11, 14), 3)
    violence = found["violence"].day
    assert violence is not None
    assert date(2026, 10, 20) < violence <= date(2026, 11, 12)
    assert [one.alerts_before for one in found.values()] == [0, 0, 0]


def test_letters_that_go_astray_evenly_are_no_trend_but_came_back(
    sample: list[Observation], sample_units: dict[str, str | None]
) -> None:
    found = {one.series.name: one for one in detections(sample, sample_units, sample_series(), TODAY)}
    assert found["letters"].day is None
    letters = [
        HandledCase("1", "DOK", "feilsendt", date(2025, 8, 19), date(2025, 9, 1)),
        HandledCase("2", "DOK", "feilsendt", date(2026, 6, 11), None),
        HandledCase("3", "DOK", "feilsendt", date(2026, 11, 11), None),
    ]
    assert find_recurrences(letters, date(2026, 11, 10)) == []
    (recurrence,) = find_recurrences(letters, date(2026, 11, 11))
    assert recurrence.came_back == ("2", "3")
    on_the_day = replace(letters[0], measures_done_on=letters[1].reported_on)
    assert find_recurrences([on_the_day, *letters[1:]], TODAY) == []
    assert find_recurrences([replace(letters[0], measures_done_on=None), *letters[1:]], TODAY) == []


def test_the_sample_shuffled_gives_few_alerts(
    sample: list[Observation], sample_units: dict[str, str | None]
) -> None:
    draw = shuffled(sample)
    loose, usual, strict = (
        false_alarms(draw, sample_units, TODAY, 4, step_days=14, settings=TrendSettings(level=level)).per_year
        for level in (0.5, 0.1, 0.001)
    )
    assert strict < loose
    assert strict <= usual <= 2


def test_shuffling_keeps_how_many_each_unit_and_each_day_has(sample: list[Observation]) -> None:
    dealt = shuffled(sample)(np.random.default_rng(1))
    assert dealt != sample
    assert Counter((one.unit_id, one.subtype) for one in dealt) == Counter(
        (one.unit_id, one.subtype) for one in sample
    )
    assert Counter(one.reported_on for one in dealt) == Counter(one.reported_on for one in sample)


def test_a_made_up_town_has_as_many_reports_as_it_should() -> None:
    units, draw = made_up(Town(1000, clustering=0.5, growth=2.0), TODAY)
    reports = draw(np.random.default_rng(1))
    assert len(units) == 29
    assert len(reports) == pytest.approx(1000 * (3 + 0.25), rel=0.08)
    assert max(one.reported_on for one in reports) == TODAY
    recent = sum(one.reported_on > TODAY - timedelta(days=91) for one in reports)
    assert recent == pytest.approx(500, rel=0.15)


def test_the_interval_of_a_rate_is_that_of_a_poisson_count() -> None:
    seen = rate(10, 2.0)
    assert (seen.per_year, round(seen.low, 2), round(seen.high, 2)) == (5.0, 2.40, 9.20)
    assert rate(0, 1.0).low == 0


def _finding(**changes: object) -> Finding:
    plain = Finding("NORTH", *FALLS, 28, 4, 0.5, 0.0001, 0.01, ("1", "2", "3", "4"), TODAY, TODAY)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "new"),
    [
        (AlertKey("NORTH", "fall_skade_bruker", 4, TODAY), False),
        (AlertKey("NORTH", "fall_skade_bruker", 2, TODAY), True),  # has doubled since
        (AlertKey("NORTH", "fall_skade_bruker", 3, TODAY), False),
        (AlertKey("NORTH", "fall_skade_bruker", 4, TODAY - timedelta(days=91)), True),
        (AlertKey("NORTH", "fall_skade_bruker", 4, TODAY - timedelta(days=90)), False),
        (AlertKey("NORTH", "vold_trusler", 4, TODAY), True),
        (AlertKey("NORTH", "tjeneste", 4, TODAY), False),
        (AlertKey("HOME", "fall_skade_bruker", 4, TODAY), False),
        (AlertKey("TOP", "fall_skade_bruker", 4, TODAY), True),
        (AlertKey("SOUTH", "fall_skade_bruker", 4, TODAY), True),
    ],
)
def test_the_same_is_told_once(told: AlertKey, new: bool) -> None:
    assert is_new(_finding(), [told], units=UNITS, today=TODAY) is new


def test_a_category_after_its_subtype_is_not_new() -> None:
    whole = _finding(subtype=None)
    told = alert_key(_finding(), TODAY)
    assert told == AlertKey("NORTH", "fall_skade_bruker", 4, TODAY)
    assert not is_new(whole, [told], units=UNITS, today=TODAY)
    assert is_new(whole, [replace(told, subject="vold_trusler")], units=UNITS, today=TODAY)


def test_p_values_are_those_of_the_exact_binomial_test() -> None:
    (p_value,) = excess_p_values(np.array([5]), np.array([12]), np.array([0.1]))
    assert p_value == pytest.approx(binomtest(5, 12, 0.1, alternative="greater").pvalue)


def test_p_values_of_clustered_counts_are_beta_binomial() -> None:
    recent, total, share = np.array([5, 1, 9]), np.array([12, 40, 9]), np.array([0.1, 0.3, 0.2])
    first, below, last = excess_p_values(recent, total, share, 1.5)
    assert first == pytest.approx(betabinom.sf(4, 12, 12 * 0.1 / 0.5, 12 * 0.9 / 0.5))
    assert below == 1
    assert last == pytest.approx(least_p_values(total, share, 1.5)[2])
    assert last > least_p_values(total, share)[2]


def test_tests_that_can_show_nothing_are_set_aside() -> None:
    least = np.array([[1e-6, 0.02], [0.04, 0.9]])
    assert worth_testing(least, 0.05).tolist() == [[True, True], [False, False]]


def test_events_that_come_in_clusters_are_seen_to() -> None:
    rng = np.random.default_rng(1)
    cells, blocks = rng.integers(0, 100, 3000), rng.integers(0, 26, 3000)
    assert dispersion(cells, blocks) < 1.1
    assert dispersion(np.repeat(cells, 2), np.repeat(blocks, 2)) == pytest.approx(2, rel=0.1)
    assert dispersion(cells[:0], blocks[:0]) == 1


def _of_routine(number: str, age: int, *routine_ids: str, open_measures: int = 0) -> RoutineCase:
    return RoutineCase(number, TODAY - timedelta(days=age), routine_ids, open_measures)


def test_a_routine_with_more_cases_than_before_fails() -> None:
    rows = [
        *(_of_routine(f"o{age}", age, "STEADY") for age in range(5, 720, 25)),
        *(_of_routine(f"n{age}", age) for age in range(3, 720, 10)),
        _of_routine("early", 400, "RISING", open_measures=2),
        *(_of_routine(f"r{age}", age, "RISING", "RISING", open_measures=1) for age in (1, 8, 20, 33, 60)),
    ]
    rising, steady = failing_routines(rows, TODAY)
    assert (rising.routine_id, rising.rising, rising.open_measures) == ("RISING", True, 7)
    assert rising.case_numbers == ("r1", "r20", "r33", "r60", "r8")
    assert rising.share == pytest.approx(5 / 18)
    assert rising.expected == pytest.approx(91 / 629, rel=0.05)
    assert (steady.routine_id, steady.rising) == ("STEADY", False)


def test_a_register_without_a_past_has_no_failing_routines() -> None:
    assert failing_routines([], TODAY) == []
    assert failing_routines([_of_routine(str(age), age, "R") for age in range(9)], TODAY) == []
