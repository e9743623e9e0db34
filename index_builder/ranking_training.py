"""Learns how much each feature counts, from questions on routines that the encoder never saw."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn import functional

from index_builder.chunking import chunks_of
from index_builder.training_data import RoutineQuestion, RoutineSet
from knowledge.chunk import Chunk
from knowledge.documents import Document
from knowledge.encoder import Encoder, Vectors
from knowledge.lay_words import LayWords
from knowledge.ranking import CONFIDENCE_FEATURES, Ranking
from knowledge.scoring import (
    DOCUMENT_FEATURES,
    EXAMPLES,
    SECTION_FEATURES,
    Asking,
    document_features,
    section_features,
)
from knowledge.snapshot import IndexSnapshot
from knowledge.vector_index import FaissVectorIndex

# An owner's example that is asked word by word must find its document. Learnt from other questions on the
# same documents as examples, the weight is 0: those help as little as they hurt.
_EXAMPLE_WEIGHT = 15.0
# Share of these questions, which are harder than most, that may go without their answer.
_WRONG_REFUSALS = 0.15
_PENALTY = 1e-3
_STEPS = 200


@dataclass(frozen=True, slots=True)
class _Case:
    """One question: features of all documents and of the passages of the right one, and which are right."""

    documents: Vectors
    right_document: int
    sections: Vectors
    right_section: int
    off_topic_meaning: float


def fit_ranking(sets: Sequence[RoutineSet], off_topic: Sequence[str], encoder: Encoder) -> Ranking:
    """Learn the weights; the same data gives the same weights.

    Args:
        sets: routines with questions that the encoder was not trained on.
        off_topic: questions that no routine answers, likewise.
    """
    documents = [document for routines in sets for document in routines.documents.values()]
    questions = [row for routines in sets for row in routines.questions]
    index = _snapshot(documents, encoder)
    number = {document.id: i for i, document in enumerate(index.documents)}
    asking = Asking(encoder, LayWords.load())
    cases = [_case(index, asking, row, number[row.doc]) for row in questions]
    document_weights = _conditional_logit([(c.documents, c.right_document) for c in cases])
    section_weights = _conditional_logit(
        [(c.sections, c.right_section) for c in cases if c.right_section >= 0]
    )
    document_weights[DOCUMENT_FEATURES.index(EXAMPLES)] = _EXAMPLE_WEIGHT
    everything = np.arange(len(index.documents))
    unanswerable = [
        (document_features(index, question, everything), question.off_topic_meaning)
        for question in (asking.ask(index, text) for text in off_topic)
    ]
    answerable = [(case.documents, case.off_topic_meaning) for case in cases]
    confidence, threshold = _fit_confidence(answerable, unanswerable, document_weights)
    return Ranking(
        document=_named(DOCUMENT_FEATURES, document_weights),
        section=_named(SECTION_FEATURES, section_weights),
        confidence=confidence,
        threshold=threshold,
    )


def _snapshot(documents: list[Document], encoder: Encoder) -> IndexSnapshot:
    chunks = [chunk for document in documents for chunk in chunks_of(document)]
    return IndexSnapshot({d.id: d for d in documents}, chunks, FaissVectorIndex.of(_encode(chunks, encoder)))


def _encode(chunks: list[Chunk], encoder: Encoder) -> Vectors:
    return encoder.encode_document([chunk.text for chunk in chunks])


def _case(index: IndexSnapshot, asking: Asking, row: RoutineQuestion, document: int) -> _Case:
    question = asking.ask(index, row.question)
    rows = index.rows_of(document)
    sections = index.documents[document].sections
    right = [i for i, r in enumerate(rows) if sections[index.chunks[r].section or 0].heading == row.section]
    everything = np.arange(len(index.documents))
    return _Case(
        document_features(index, question, everything),
        document,
        section_features(index, question, rows),
        right[0] if right else -1,
        question.off_topic_meaning,
    )


def _conditional_logit(cases: list[tuple[Vectors, int]]) -> Vectors:
    """Find weights under which the right row of each case is likely among its rows."""
    weights = torch.zeros(cases[0][0].shape[1], requires_grad=True)
    rows = [(torch.from_numpy(features), torch.tensor([right])) for features, right in cases]
    optimizer = torch.optim.LBFGS([weights], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        losses = [functional.cross_entropy((features @ weights)[None], right) for features, right in rows]
        total = torch.stack(losses).mean() + _PENALTY * (weights**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    learnt: Vectors = weights.detach().numpy()
    return learnt


def _fit_confidence(
    answerable: list[tuple[Vectors, float]], unanswerable: list[tuple[Vectors, float]], weights: Vectors
) -> tuple[dict[str, float], float]:
    """Tell questions with an answer from those without; see `CONFIDENCE_FEATURES`."""
    rows = np.array([[(features @ weights).max(), near] for features, near in (*answerable, *unanswerable)])
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit(rows, [*([True] * len(answerable)), *([False] * len(unanswerable))])
    chances = model.predict_proba(rows[: len(answerable)])[:, 1]
    learnt = {**_named(CONFIDENCE_FEATURES, model.coef_[0]), "bias": round(float(model.intercept_[0]), 4)}
    return learnt, round(float(np.quantile(chances, _WRONG_REFUSALS)), 4)


def _named(names: Sequence[str], weights: Vectors) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}
