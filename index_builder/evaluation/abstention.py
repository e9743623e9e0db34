"""When the search says that it found nothing: rightly, and wrongly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index_builder.evaluation.asking import Reply
from index_builder.evaluation.ranking_metrics import share

MAX_WRONG = 0.10


@dataclass(frozen=True, slots=True)
class CutOff:
    """What happens when answers below a confidence are refused; shares of the questions of each kind."""

    confidence: float
    refused_unanswerable: float
    refused_answerable: float


def abstention_scores(answerable: Sequence[Reply], unanswerable: Sequence[Reply]) -> dict[str, Any]:
    """Score refusals.

    Returns:
        `refused_unanswerable`, `refused_answerable`: shares refused as the search is set;
        `refused_unanswerable_at_10pct_wrong`: the highest share of unanswerable questions that a cut-off
        refuses while it refuses at most a tenth of the answerable ones; `confidence_at_10pct_wrong`: that
        cut-off; `curve`: every cut-off that makes a difference, rising. None or empty where one of the two
        kinds of question is missing.
    """
    curve = refusal_curve([r.confidence for r in answerable], [r.confidence for r in unanswerable])
    within = [point for point in curve if point.refused_answerable <= MAX_WRONG]
    best = max(within, key=lambda p: (p.refused_unanswerable, -p.refused_answerable), default=None)
    return {
        "refused_unanswerable_at_10pct_wrong": best.refused_unanswerable if best else None,
        "confidence_at_10pct_wrong": best.confidence if best else None,
        "refused_unanswerable": share(not reply.found for reply in unanswerable),
        "refused_answerable": share(not reply.found for reply in answerable),
        "curve": [[p.confidence, p.refused_unanswerable, p.refused_answerable] for p in curve],
    }


def refusal_curve(answerable: Sequence[float], unanswerable: Sequence[float]) -> list[CutOff]:
    """Try each confidence that occurs as the cut-off; an answer is refused when its own is lower.

    Returns:
        Rising by confidence; the last refuses all but the surest answers. Empty when either is empty.
    """
    if not answerable or not unanswerable:
        return []
    known, unknown = np.sort(answerable), np.sort(unanswerable)
    return [
        CutOff(
            float(confidence),
            float(np.searchsorted(unknown, confidence) / len(unknown)),
            float(np.searchsorted(known, confidence) / len(known)),
        )
        for confidence in np.unique(np.concatenate([known, unknown]))
    ]
