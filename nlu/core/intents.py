"""From probabilities of intents to a ranking in which what must not be missed comes first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RANKING_LENGTH = 10
ALARM_CONFIDENCE = 0.5
Ranked = tuple[str, float]


def rank_intents(labels: Sequence[str], chances: np.ndarray, alarms: dict[str, float]) -> list[Ranked]:
    """Return the likeliest intents.

    Args:
        labels: n intents.
        chances: their probabilities, shape (n,).
        alarms: intent → the probability from which it goes first, whatever is likelier. Its confidence is
            then its own and the next one's together and at least `ALARM_CONFIDENCE`, so that no threshold
            further on drops it.

    Returns:
        Up to ten (intent, confidence) by falling confidence.
    """
    ranking = [(labels[index], float(chances[index])) for index in np.argsort(-chances)[:RANKING_LENGTH]]
    raised = [(name, chance) for name, chance in ranking if chance >= alarms.get(name, np.inf)]
    if not raised:
        return ranking
    name, chance = raised[0]
    rest = [(other, confidence) for other, confidence in ranking if other != name]
    return [(name, max(chance + (rest[0][1] if rest else 0.0), ALARM_CONFIDENCE)), *rest]
