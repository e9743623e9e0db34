"""The ranking of intents: what must not be missed comes first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from nlu.core.intents import ALARM_CONFIDENCE, RANKING_LENGTH, rank_intents

ROOT = Path(__file__).resolve().parents[2]
LABELS = ["greet", "ask", "emergency", "whistle"]


def ranked(chances: list[float], alarms: dict[str, float]) -> list[tuple[str, float]]:
    return rank_intents(LABELS, np.asarray(chances), alarms)


def test_without_alarms_the_likeliest_comes_first() -> None:
    assert ranked([0.1, 0.6, 0.3, 0.0], {}) == [
        ("ask", 0.6),
        ("emergency", 0.3),
        ("greet", 0.1),
        ("whistle", 0.0),
    ]


def test_an_alarm_goes_first_with_its_own_and_the_next_chance() -> None:
    ranking = ranked([0.1, 0.6, 0.3, 0.0], {"emergency": 0.25})
    assert [name for name, _ in ranking] == ["emergency", "ask", "greet", "whistle"]
    assert [chance for _, chance in ranking] == pytest.approx([0.9, 0.6, 0.1, 0.0])


@pytest.mark.parametrize(("threshold", "first"), [(0.25, "emergency"), (0.2501, "ask")])
def test_an_alarm_is_raised_from_its_threshold_on(threshold: float, first: str) -> None:
    assert ranked([0.1, 0.6, 0.25, 0.05], {"emergency": threshold})[0][0] == first


def test_below_its_threshold_nothing_changes() -> None:
    chances = [0.1, 0.6, 0.24, 0.06]
    assert ranked(chances, {"emergency": 0.25, "whistle": 0.3}) == ranked(chances, {})


def test_an_alarm_of_an_unknown_intent_changes_nothing() -> None:
    chances = [0.1, 0.6, 0.24, 0.06]
    assert ranked(chances, {"flood": 0.0}) == ranked(chances, {})


def test_an_alarm_that_is_likeliest_stays_first() -> None:
    ranking = ranked([0.2, 0.1, 0.7, 0.0], {"emergency": 0.25})
    assert ranking[0] == ("emergency", pytest.approx(0.9))
    assert ranking[1] == ("greet", pytest.approx(0.2))


@pytest.mark.parametrize(
    ("chances", "first"), [([0.1, 0.3, 0.26, 0.34], "whistle"), ([0.1, 0.0, 0.5, 0.4], "emergency")]
)
def test_of_two_alarms_the_likelier_goes_first_and_the_other_keeps_its_place(chances, first: str) -> None:
    ranking = ranked(chances, {"emergency": 0.25, "whistle": 0.3})
    plain = ranked(chances, {})
    assert ranking[0][0] == first
    assert ranking[1:] == [item for item in plain if item[0] != first]


def test_an_alarm_alone_keeps_its_own_chance() -> None:
    assert rank_intents(["emergency"], np.asarray([1.0]), {"emergency": 0.3}) == [("emergency", 1.0)]


def test_any_ranking_falls_is_complete_and_stays_within_one() -> None:
    labels = [f"intent{index}" for index in range(26)]
    alarms = {"intent3": 0.25, "intent7": 0.3}
    random = np.random.default_rng(5)
    raised = 0
    for _ in range(300):
        chances = random.dirichlet(np.full(26, 0.15))
        ranking = rank_intents(labels, chances, alarms)
        confidences = [chance for _, chance in ranking]
        assert len({name for name, _ in ranking}) == len(ranking) == RANKING_LENGTH
        assert confidences == sorted(confidences, reverse=True)
        assert 0 <= confidences[-1] <= confidences[0] <= 1 + 1e-9
        alarm = [name for name, least in alarms.items() if chances[labels.index(name)] >= least]
        if alarm:
            raised += 1
            assert ranking[0][0] in alarm
            own = chances[labels.index(ranking[0][0])]
            assert confidences[0] == pytest.approx(max(own + confidences[1], ALARM_CONFIDENCE))
    assert raised > 20


def test_the_alarms_of_the_project_are_intents_of_its_domain() -> None:
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    (alarms,) = [item["alarms"] for item in pipeline if "alarms" in item]
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
    intents = {next(iter(item)) if isinstance(item, dict) else item for item in domain}
    assert {"emergency", "whistleblowing"} == set(alarms) <= intents
    assert all(0 < threshold < 1 for threshold in alarms.values())
    # Rasa's fallback would otherwise ask which of the two was meant.
    (ambiguity,) = [item["ambiguity_threshold"] for item in pipeline if "ambiguity_threshold" in item]
    assert min(alarms.values()) > ambiguity
