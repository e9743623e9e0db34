"""The whole evaluation: an index of its own, every question asked, everything scored."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from index_builder.build import build_index
from index_builder.evaluation.abstention import abstention_scores
from index_builder.evaluation.asking import RANKED, AskedSearch, FoundSection, SearchAnswer, ask_all, rank_all
from index_builder.evaluation.baselines import baseline_rankings
from index_builder.evaluation.built_index import index_passages, section_passages, source_paths
from index_builder.evaluation.document_names import DocumentNames
from index_builder.evaluation.ranking_metrics import Pair, mean_reciprocal_rank, recall
from index_builder.evaluation.rows import (
    EvaluationDataError,
    Question,
    read_passage_questions,
    read_passages,
    read_questions,
    read_unanswerable,
)
from index_builder.evaluation.search_metrics import (
    DOCUMENT_CUTOFFS,
    RightDocuments,
    document_scores,
    fact_scores,
    latency_ms,
    section_in_document,
    section_recall,
    unknown_sections,
)
from knowledge.documents import Document, DocumentStore
from knowledge.encoder import Encoder
from knowledge.reader import Reader
from knowledge.search import RoutineSearch
from knowledge.sentence_transformer_encoder import load_encoder

RETRIEVAL_CUTOFFS = (1, 5)
_OSLO = ZoneInfo("Europe/Oslo")


class UnrestrictedSearch:
    """The search for somebody who may read every document: rights are not what is measured."""

    def __init__(self, index_dir: Path, encoder_name_or_path: str) -> None:
        """Open; raises as `RoutineSearch`."""
        self._search = RoutineSearch(index_dir, encoder_name_or_path)
        units = frozenset(unit for document in DocumentStore(index_dir).all() for unit in document.access)
        self._reader = Reader(employee=True, units=units)

    def search(self, query: str, limit: int) -> Sequence[FoundSection]:
        """See `RoutineSearch.search`."""
        return self._search.search(query, limit, reader=self._reader)

    def answer(self, query: str) -> SearchAnswer:
        """See `RoutineSearch.answer`."""
        return self._search.answer(query, reader=self._reader)


OpenSearch = Callable[[Path, str], AskedSearch]


def evaluate_search(
    routine_dirs: list[Path],
    questions_file: Path,
    unanswerable_file: Path | None,
    encoder_name_or_path: str,
    *,
    open_search: OpenSearch = UnrestrictedSearch,
) -> dict[str, Any]:
    """Index folders of routines anew in a temporary folder and measure the search on it.

    Returns:
        The scores, fit for JSON.
    Raises:
        EvaluationDataError: a row cannot be used, or no row names a document that is there.
        IndexBuilderError, KnowledgeError: the index cannot be made or used.
    """
    questions = read_questions(questions_file)
    unanswerable = read_unanswerable(unanswerable_file) if unanswerable_file else []
    with tempfile.TemporaryDirectory(prefix="sifra-evaluation-") as folder:
        index_dir = Path(folder)
        build = build_index(routine_dirs, index_dir, encoder_name_or_path)
        right = DocumentNames(source_paths(index_dir)).right_documents(questions)
        if not any(right.values()):
            raise EvaluationDataError(questions_file, None, "no row names a document of the index")
        replies = ask_all(open_search(index_dir, encoder_name_or_path), [*questions, *unanswerable])
        answerable, refusable = replies[: len(questions)], replies[len(questions) :]
        documents = {document.id: document for document in DocumentStore(index_dir).all()}
        encoder = load_encoder(encoder_name_or_path)
        baselines = _baselines(index_dir, questions, right, encoder)
    unknown = {name for q in questions if not right[q.id] for name in q.documents}
    return {
        **document_scores(answerable, right),
        "section_recall": section_recall(answerable, right),
        "section_in_document": section_in_document(answerable, right),
        **fact_scores(answerable, right),
        "abstention": abstention_scores(answerable, refusable),
        "latency_ms": latency_ms(replies),
        "baselines": {name: recall(pairs, DOCUMENT_CUTOFFS) for name, pairs in baselines.items()},
        "counts": {
            "documents": build.documents,
            "passages": build.chunks,
            "questions": len(questions),
            "unanswerable": len(unanswerable),
        },
        "encoder": encoder.name,
        "skipped_files": [f"{path}: {reason}" for path, reason in build.skipped],
        "unknown_documents": sorted(unknown),
        "unknown_sections": unknown_sections(questions, right, documents),
        "not_in_force": _not_in_force(documents.values()),
    }


def evaluate_retrieval(
    passages_file: Path,
    questions_file: Path,
    encoder_name_or_path: str,
    *,
    first: int | None = None,
    open_search: OpenSearch = UnrestrictedSearch,
) -> dict[str, Any]:
    """Measure the ranking of the search on plain passages, each a document of one section.

    Args:
        first: ask only so many questions; all when not given.
    Returns:
        The scores, fit for JSON: `recall`, `mrr10`, `baselines` (name → recall and mrr10).
    Raises:
        EvaluationDataError: a row cannot be used, or names a passage that is not there.
        KnowledgeError: the index cannot be made or used.
    """
    passages = read_passages(passages_file)
    questions = read_passage_questions(questions_file)[:first]
    known = {passage.id for passage in passages}
    for question in questions:
        if missing := set(question.documents) - known:
            raise EvaluationDataError(
                questions_file, question.line, f"no passage {', '.join(sorted(missing))}"
            )
    right = {question.id: frozenset(question.documents) for question in questions}
    encoder = load_encoder(encoder_name_or_path)
    with tempfile.TemporaryDirectory(prefix="sifra-evaluation-") as folder:
        index_dir = Path(folder)
        index_passages(passages, index_dir, encoder)
        rankings = rank_all(open_search(index_dir, encoder_name_or_path), questions)
        baselines = _baselines(index_dir, questions, right, encoder)
    return {
        **_retrieval_scores([(r, right[q.id]) for r, q in zip(rankings, questions, strict=True)]),
        "baselines": {name: _retrieval_scores(pairs) for name, pairs in baselines.items()},
        "counts": {"passages": len(passages), "questions": len(questions)},
        "encoder": encoder.name,
    }


def _baselines(
    index_dir: Path, questions: Sequence[Question], right: RightDocuments, encoder: Encoder
) -> dict[str, list[Pair]]:
    texts = [question.text for question in questions]
    rankings = baseline_rankings(section_passages(index_dir), texts, encoder)
    wanted: list[AbstractSet[str]] = [right[question.id] for question in questions]
    return {name: list(zip(ranking, wanted, strict=True)) for name, ranking in rankings.items()}


def _retrieval_scores(pairs: Sequence[Pair]) -> dict[str, object]:
    return {"recall": recall(pairs, RETRIEVAL_CUTOFFS), "mrr10": mean_reciprocal_rank(pairs, RANKED)}


def _not_in_force(documents: Iterable[Document]) -> list[str]:
    today = datetime.now(_OSLO).date()
    return sorted(document.id for document in documents if not document.in_force(today))
