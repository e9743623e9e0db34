"""What tells a question or an order from a story: how each sentence begins and ends, and whether it asks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from nlu.core.tokens import NorwegianToken

SENTENCE_ENDS = frozenset(".!?")
LONGEST_COUNTED = 5
TOKENS_A_STEP = 4
STEPS = 12


def cues_of(tokens: list[NorwegianToken]) -> list[str]:
    """Return the cues of a message: per sentence its place (first, middle, last), end sign and edge words."""
    sentences = list(_sentences(tokens))
    cues = [f"sentences={min(len(sentences), LONGEST_COUNTED)}"]
    cues.append(f"length={min(len(tokens) // TOKENS_A_STEP, STEPS)}")
    for index, (lemmas, end) in enumerate(sentences):
        is_last = index == len(sentences) - 1
        place = "first" if index == 0 else "last" if is_last else "middle"
        for where in {place, "any", *(("last",) if is_last else ())}:
            cues.append(f"{where}{end}^{lemmas[0]}")
            if len(lemmas) > 1:
                cues.append(f"{where}{end}^{lemmas[0]}_{lemmas[1]}")
        cues.append(f"{place}{end}${lemmas[-1]}")
        if end:
            cues.append(f"{place}{end}")
        if end == "?":
            cues += [f"?{lemma}" for lemma in lemmas]
            cues += [f"?{left}_{right}" for left, right in pairwise(lemmas)]
    return cues


def _sentences(tokens: list[NorwegianToken]) -> Iterator[tuple[list[str], str]]:
    """Yield (lemmas, end sign), end sign "" for a last sentence without one."""
    lemmas: list[str] = []
    for token in tokens:
        if set(token.text) <= SENTENCE_ENDS:
            if lemmas:
                yield lemmas, token.text[0]
            lemmas = []
        else:
            lemmas.append(token.lemma)
    if lemmas:
        yield lemmas, ""
