"""Scores of readings against labels. Shares are 0 to 1; a score without rows to measure on is None."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import cohen_kappa_score, f1_score

from nlu.core.severity import SEVERITIES
from nlu.evaluation.readings import Reading
from nlu.evaluation.rows import LabelledMessage, MarkedSpan
from nlu.training_data import REPORT_INTENT

Pair = tuple[LabelledMessage, Reading]
CALIBRATION_BINS = 10


def report_scores(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Score the assessment of reports.

    Args:
        pairs: reports; those without an assessment count as wrong.
    """
    with_subtype = [pair for pair in pairs if "subtype" in pair[0].labels]
    varieties = _by(pairs, lambda message: [message.labels.get("variety", "unknown")])
    flags = _by([pair for pair in pairs if pair[0].hard], lambda message: message.hard)
    hard = [pair for pair in pairs if pair[0].hard]
    return {
        "category_macro_f1": category_macro_f1(pairs),
        "category_accuracy": _share(_category_right(pair) for pair in pairs),
        "category_top2": _share(
            message.labels["category"] in categories_of(reading)[:2] for message, reading in pairs
        ),
        "per_variety": {name: category_macro_f1(group) for name, group in varieties.items()},
        "hard_accuracy": _share(_category_right(pair) for pair in hard),
        "per_hard_flag": {
            name: _share(_category_right(pair) for pair in group) for name, group in flags.items()
        },
        "subtype_accuracy": _share(
            subtype_of(reading) == message.labels["subtype"] for message, reading in with_subtype
        ),
        **severity_scores(pairs),
        "kind_accuracy": _share(
            (reading.deviation or {}).get("kind", {}).get("name") == message.labels["kind"]
            for message, reading in pairs
            if "kind" in message.labels
        ),
        "ece": expected_calibration_error(*confidences(pairs)),
    }


def severity_scores(pairs: Sequence[Pair]) -> dict[str, float | None]:
    """Score severity: exact, within one step, and kappa with quadratic weights (Cohen 1968)."""
    told = [
        (message.labels["severity"], reading.deviation["severity"]["name"])
        for message, reading in pairs
        if message.labels.get("severity") and reading.deviation
    ]
    if not told:
        return {"severity_accuracy": None, "severity_within_one": None, "severity_qwk": None}
    gold, read = (np.array([SEVERITIES.index(pair[side]) for pair in told]) for side in (0, 1))
    return {
        "severity_accuracy": float(np.mean(gold == read)),
        "severity_within_one": float(np.mean(np.abs(gold - read) <= 1)),
        "severity_qwk": _quadratic_kappa(gold, read),
    }


def intent_scores(reports: Sequence[Pair], others: Sequence[Pair], groups: dict[str, str]) -> dict[str, Any]:
    """Score what people want.

    Args:
        reports: reports.
        others: everything else.
        groups: intent → group that the labels use for it.
    """
    gold = [message.intent or "none" for message, _ in others]
    read = [groups.get(name, name) for name in (_likeliest(reading) for _, reading in others)]
    confusions = Counter((wanted, got) for wanted, got in zip(gold, read, strict=True) if wanted != got)
    told = [reading.likeliest == REPORT_INTENT for _, reading in reports]
    taken = [reading.likeliest == REPORT_INTENT for _, reading in others]
    filed = [reading.intent == REPORT_INTENT for _, reading in others]
    return {
        "report_accuracy": _share([*told, *(not wrong for wrong in taken)]) if told and taken else None,
        "report_recall": _share(told),
        "false_report_rate": _share(taken),
        "false_file_rate": _share(filed),
        "asked_rate": _share(reading.intent != reading.likeliest for _, reading in [*reports, *others]),
        "intent_macro_f1": (
            float(f1_score(gold, read, labels=sorted(set(gold)), average="macro", zero_division=0))
            if gold
            else None
        ),
        "intent_confusions": [[*pair, count] for pair, count in confusions.most_common()],
        **alarm_scores([*reports, *others], "emergency"),
        **alarm_scores([*reports, *others], "whistleblowing"),
    }


def alarm_scores(pairs: Sequence[Pair], intent: str) -> dict[str, Any]:
    """Score an intent that must not be missed: the dialogue acts on it, and on how many others it does."""
    wanted = [reading.intent == intent for message, reading in pairs if message.intent == intent]
    return {
        f"{intent}_recall": _share(wanted),
        f"{intent}_false_alarms": sum(
            reading.intent == intent and message.intent != intent for message, reading in pairs
        ),
    }


def personal_data_scores(pairs: Iterable[Pair]) -> dict[str, dict[str, float | None]]:
    """Score spans by type; a span is found when one of its type overlaps it."""
    marked: dict[str, list[bool]] = defaultdict(list)
    found: dict[str, list[bool]] = defaultdict(list)
    for message, reading in pairs:
        if message.personal_data is None:
            continue
        spans = [MarkedSpan(item["type"], item["start"], item["end"]) for item in reading.personal_data]
        for span in message.personal_data:
            marked[span.type].append(_met(span, spans))
        for span in spans:
            found[span.type].append(_met(span, message.personal_data))
    return {
        "pii": {name: _share(hits) for name, hits in sorted(marked.items())},
        "pii_precision": {name: _share(hits) for name, hits in sorted(found.items())},
    }


def latency(readings: Iterable[Reading]) -> dict[str, float | None]:
    """Return median and 95th percentile of the time per message, in milliseconds."""
    times = [reading.milliseconds for reading in readings]
    return {
        name: float(np.percentile(times, share)) if times else None
        for name, share in (("p50", 50), ("p95", 95))
    }


def category_macro_f1(pairs: Sequence[Pair]) -> float | None:
    """Return the unweighted mean of the categories' F1 over those that the labels hold."""
    gold = [message.labels["category"] for message, _ in pairs]
    read = [(categories_of(reading) or ["none"])[0] for _, reading in pairs]
    if not gold:
        return None
    return float(f1_score(gold, read, labels=sorted(set(gold)), average="macro", zero_division=0))


def confidences(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of the first category and whether it was right, of shape (assessed,) each."""
    assessed = [(message, reading) for message, reading in pairs if reading.deviation]
    sure = [reading.deviation["categories"][0]["confidence"] for _, reading in assessed if reading.deviation]
    return np.asarray(sure, dtype=float), np.asarray(
        [_category_right(pair) for pair in assessed], dtype=float
    )


def calibration_bins(sure: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share right, rows) of each tenth that holds rows."""
    bins = np.minimum((sure * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    return [
        (float(sure[bins == index].mean()), float(right[bins == index].mean()), int((bins == index).sum()))
        for index in range(CALIBRATION_BINS)
        if (bins == index).any()
    ]


def expected_calibration_error(sure: np.ndarray, right: np.ndarray) -> float | None:
    """Return the mean gap between confidence and share right, weighted by rows (Naeini et al. 2015)."""
    if not len(sure):
        return None
    return sum(
        abs(confidence - share) * rows for confidence, share, rows in calibration_bins(sure, right)
    ) / len(sure)


def categories_of(reading: Reading) -> list[str]:
    """Return the categories by falling probability; none for a message that was not assessed."""
    return [choice["name"] for choice in (reading.deviation or {}).get("categories", [])]


def subtype_of(reading: Reading) -> str | None:
    """Return the sub-type within the first category."""
    choices = (reading.deviation or {}).get("categories", [])
    return choices[0]["subtype"] if choices else None


def _category_right(pair: Pair) -> bool:
    message, reading = pair
    return categories_of(reading)[:1] == [message.labels["category"]]


def _quadratic_kappa(gold: np.ndarray, read: np.ndarray) -> float | None:
    if len({*gold, *read}) == 1:  # all on one step: agreement cannot be told from chance
        return None
    return float(cohen_kappa_score(gold, read, weights="quadratic", labels=range(len(SEVERITIES))))


def _likeliest(reading: Reading) -> str:
    return reading.likeliest or "none"


def _met(span: MarkedSpan, others: Iterable[MarkedSpan]) -> bool:
    return any(
        other.type == span.type and other.start < span.end and other.end > span.start for other in others
    )


def _share(hits: Iterable[bool]) -> float | None:
    hits = list(hits)
    return sum(hits) / len(hits) if hits else None


def _by(pairs: Sequence[Pair], names: Callable[[LabelledMessage], Iterable[str]]) -> dict[str, list[Pair]]:
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        for name in names(pair[0]):
            groups[name].append(pair)
    return dict(sorted(groups.items()))
