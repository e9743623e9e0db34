"""Scores of what the search gave. Shares are 0 to 1; a score without rows to measure on is None."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from index_builder.evaluation.asking import RANKED, Reply
from index_builder.evaluation.ranking_metrics import Pair, mean_reciprocal_rank, recall, share
from index_builder.evaluation.rows import Question
from knowledge.documents import Document, Section

DOCUMENT_CUTOFFS = (1, 3, 5)
SECTION_CUTOFFS = (1, 3)

RightDocuments = Mapping[str, AbstractSet[str]]
"""Question id → ids of the right documents; empty when the row names a document that is not there."""


def document_scores(replies: Sequence[Reply], right: RightDocuments) -> dict[str, object]:
    """Score the rankings of documents, all together and by the style of the question."""
    pairs: list[Pair] = [(reply.documents, right[reply.question.id]) for reply in replies]
    by_style: dict[str, list[Pair]] = defaultdict(list)
    for reply, pair in zip(replies, pairs, strict=True):
        by_style[reply.question.style].append(pair)
    return {
        "doc_recall": recall(pairs, DOCUMENT_CUTOFFS),
        "mrr10": mean_reciprocal_rank(pairs, RANKED),
        "per_style": {style: recall(group, DOCUMENT_CUTOFFS) for style, group in sorted(by_style.items())},
    }


def section_recall(replies: Sequence[Reply], right: RightDocuments) -> dict[str, float | None]:
    """Score the rankings of sections.

    A ranking holds the best section of each document first, so this is about the section that the search
    picks within a document as well as about the document.

    Returns:
        Cut-off → share of the questions whose row names a section, where one of the first so many hits is
        that section, by its heading, of a right document.
    """
    labelled = [reply for reply in replies if reply.question.sections]
    return {
        str(cutoff): share(
            any(
                document_id in right[reply.question.id] and names_section(reply.question, section)
                for document_id, section in reply.sections[:cutoff]
            )
            for reply in labelled
        )
        for cutoff in SECTION_CUTOFFS
    }


def section_in_document(replies: Sequence[Reply], right: RightDocuments) -> float | None:
    """Score the choice of the section alone.

    Returns:
        Share of the questions whose row names a section and whose first document is right, where the first
        section is right as well.
    """
    return share(
        names_section(reply.question, reply.sections[0][1])
        for reply in replies
        if reply.question.sections and reply.sections and reply.sections[0][0] in right[reply.question.id]
    )


def fact_scores(replies: Sequence[Reply], right: RightDocuments) -> dict[str, float | None]:
    """Score the passage that is shown, over the questions with facts whose shown document is right.

    Returns:
        `fact_in_passage`: share where at least one of the answer facts occurs in the passage, white space and
        case apart; `all_facts_in_passage`: share where every one does.
    """
    found = [
        [plain(fact) in plain(reply.shown_passage) for fact in reply.question.facts]
        for reply in replies
        if reply.question.facts and reply.shown_document in right[reply.question.id]
    ]
    return {
        "fact_in_passage": share(any(facts) for facts in found),
        "all_facts_in_passage": share(all(facts) for facts in found),
    }


def latency_ms(replies: Sequence[Reply]) -> dict[str, float | None]:
    """Return median and 95th percentile of the time that `answer` takes."""
    times = [reply.answer_ms for reply in replies]
    return {
        name: float(np.percentile(times, percent)) if times else None
        for name, percent in (("p50", 50), ("p95", 95))
    }


def unknown_sections(
    questions: Sequence[Question], right: RightDocuments, documents: Mapping[str, Document]
) -> list[str]:
    """Return ids of the questions that name a section which no right document has."""
    return [
        question.id
        for question in questions
        if question.sections
        and right[question.id]
        and not any(
            names_section(question, section)
            for document_id in right[question.id]
            for section in documents[document_id].sections
        )
    ]


def names_section(question: Question, section: Section) -> bool:
    """Tell whether a row means this section: by its heading, or by its headings from the outermost on."""
    wanted = {plain(name).lstrip("# ") for name in question.sections}
    paths = {plain(joint.join(section.path)) for joint in (" > ", " / ", " – ")}
    return plain(section.heading) in wanted or bool(paths & wanted)


def plain(text: str) -> str:
    """Return a text as it is compared: NFC, one space between words, case folded."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()
