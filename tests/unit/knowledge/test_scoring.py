"""Each feature has the value that can be worked out by hand from vectors and words."""

from math import log

import numpy as np
import pytest
from search_fakes import TableEncoder, make_snapshot

from knowledge import scoring
from knowledge.chunk import Chunk
from knowledge.documents import Document
from knowledge.lay_words import LayWordEntry, LayWords
from knowledge.scoring import (
    DOCUMENT_FEATURES,
    SECTION_FEATURES,
    AskedQuestion,
    Asking,
    candidate_documents,
    document_features,
    off_topic_passage,
    section_features,
)
from knowledge.snapshot import IndexSnapshot

# Words of two letters are one n-gram each. The question "cd" lies at (1, 0), so the first number of a vector
# is its cosine.
INDEX = make_snapshot(
    [
        (Chunk("A", "title", "ab"), (0.28, 0.96)),
        (Chunk("A", "section", "ab\ncd ef", 0), (0.6, 0.8)),
        (Chunk("A", "section", "ab\ngh", 1), (0.0, 1.0)),
        (Chunk("A", "question", "mn"), (0.8, 0.6)),
        (Chunk("A", "question", "op"), (0.96, 0.28)),
        (Chunk("B", "title", "ij cd"), (1.0, 0.0)),
        (Chunk("B", "section", "ij cd\nkl", 0), (-0.6, 0.8)),
        (Chunk("B", "question", "qr"), (0.6, 0.8)),  # no nearer than two questions of like form
        (Chunk("C", "title", "st"), (-1.0, 0.0)),
        (Chunk("C", "section", "st\nuv", 0), (-0.8, 0.6)),
    ]
)
ENCODER = TableEncoder({"cd": (1.0, 0.0), off_topic_passage(): (0.28, 0.96)})


def asked(text: str = "cd") -> AskedQuestion:
    lay_words = LayWords([LayWordEntry(term=("gh", "uv"), lay=("cd",))])
    return Asking(ENCODER, lay_words).ask(INDEX, text)


def bm25(count: int, length: int, mean_length: float) -> float:
    """Work out the share of a query of one n-gram that a text covers."""
    return count / (count + 1.2 * (0.25 + 0.75 * length / mean_length))


def feature(name: str) -> list[float]:
    features = document_features(INDEX, asked(), np.array([0, 1, 2]))
    return [float(value) for value in features[:, DOCUMENT_FEATURES.index(name)]]


def anything(document: Document) -> bool:
    return True


def test_a_question_is_prepared_once() -> None:
    question = asked()
    assert question.terms == "gh uv"
    assert question.vector.tolist() == [1, 0]
    assert question.off_topic_meaning == pytest.approx(0.28)
    # Passages hold 3, 2, 3 and 2 n-grams.
    assert question.passage_spelling == pytest.approx([bm25(1, 3, 2.5), 0, bm25(1, 3, 2.5), 0])


def test_meaning_of_passages_and_titles() -> None:
    assert feature("best_passage_meaning") == pytest.approx([0.6, -0.6, -0.8])
    assert feature("mean_passage_meaning") == pytest.approx([0.3, -0.6, -0.8])
    assert feature("title_meaning") == pytest.approx([0.28, 1.0, -1.0])


def test_spelling_of_passages_documents_and_titles() -> None:
    assert feature("best_passage_spelling") == pytest.approx([bm25(1, 3, 2.5), bm25(1, 3, 2.5), 0])
    # A holds ab x 3, cd, ef, gh; B holds ij x 2, cd x 2, kl; C holds st x 2, uv.
    assert feature("document_spelling") == pytest.approx([bm25(1, 6, 14 / 3), bm25(2, 5, 14 / 3), 0])
    assert feature("document_words") == pytest.approx([bm25(1, 6, 14 / 3), bm25(2, 5, 14 / 3), 0])
    assert feature("title_spelling") == pytest.approx([0, bm25(1, 2, 4 / 3), 0])


def test_example_questions_count_from_the_floor_on() -> None:
    assert feature("example_question_meaning") == pytest.approx([0.96 - 0.6, 0, 0], abs=1e-6)


def test_lay_terms_are_looked_for_in_the_text() -> None:
    # Of the terms "gh" and "uv", equally rare, A holds the one and C the other.
    expected = [bm25(1, 6, 14 / 3) / 2, 0, bm25(1, 3, 14 / 3) / 2]
    assert feature("lay_terms_spelling") == pytest.approx(expected)


def test_each_feature_is_tested_and_has_a_column() -> None:
    features = document_features(INDEX, asked(), np.array([0, 1, 2]))
    assert features.dtype == np.float32
    assert features.shape == (3, len(DOCUMENT_FEATURES))
    assert len(DOCUMENT_FEATURES) == 9


@pytest.mark.parametrize("documents", [[1], [0, 2], [1, 2], [2, 0]])
def test_a_document_has_the_same_features_beside_any_others(documents: list[int]) -> None:
    every = document_features(INDEX, asked(), np.array([0, 1, 2]))
    some = document_features(INDEX, asked(), np.array(documents))
    np.testing.assert_allclose(some, every[documents], atol=1e-6)


def test_candidates_are_near_by_meaning_or_by_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    index = make_snapshot(
        [
            (Chunk("near", "section", "x\nab", 0), (1.0, 0.0)),
            (Chunk("neither", "section", "x\nef", 0), (0.6, 0.8)),
            (Chunk("spelt", "section", "x\ncd", 0), (-1.0, 0.0)),
        ]
    )
    question = Asking(ENCODER, LayWords([])).ask(index, "cd")
    assert candidate_documents(index, question, anything).tolist() == [0, 1, 2]
    monkeypatch.setattr(scoring, "_CANDIDATE_ROWS", 1)
    assert candidate_documents(index, question, anything).tolist() == [0, 2]


def test_a_candidate_comes_once() -> None:
    assert candidate_documents(INDEX, asked(), anything).tolist() == [0, 1, 2]


def test_titles_and_example_questions_make_candidates_by_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_CANDIDATE_ROWS", 1)
    assert 1 in candidate_documents(INDEX, asked(), anything)  # the title of B lies at the question


def section_index(*texts: str) -> IndexSnapshot:
    chunks = [(Chunk("A", "section", text, number), (0.6, 0.8)) for number, text in enumerate(texts)]
    return make_snapshot([(Chunk("A", "title", "ab"), (1.0, 0.0)), *chunks])


def section_feature(name: str, question: str, *texts: str) -> list[float]:
    index = section_index(*texts)
    encoder = TableEncoder({question: (1.0, 0.0), off_topic_passage(): (0.0, 1.0)})
    asking = Asking(encoder, LayWords([]))
    features = section_features(index, asking.ask(index, question), index.rows_of(0))
    assert features.dtype == np.float32
    assert features.shape == (len(texts), len(SECTION_FEATURES))
    return [float(value) for value in features[:, SECTION_FEATURES.index(name)]]


def test_meaning_and_spelling_of_sections() -> None:
    features = section_features(INDEX, asked(), np.array([6]))
    assert features[0, :2].tolist() == pytest.approx([-0.6, bm25(1, 3, 2.5)])
    features = section_features(INDEX, asked(), np.array([2, 1]))
    assert features[:, 0].tolist() == pytest.approx([0.0, 0.6])
    assert features[:, 1].tolist() == pytest.approx([0.0, bm25(1, 3, 2.5)])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Hvor mange dager har jeg?", [1, 1, 0, 0]),
        ("kor lenge kan eg vera heime", [1, 1, 0, 0]),
        ("NÅR må jeg melde fra?", [1, 1, 0, 0]),
        ("Hva gjør jeg?", [0, 0, 0, 0]),
    ],
)
def test_a_section_that_tells_an_amount_counts_when_one_is_asked_for(
    question: str, expected: list[int]
) -> None:
    texts = (
        "Ferie – Frist\nInnen 14. mai.",
        "Frist\nInnen tre dager.",
        "Frist\nSnarest.",
        "Punkt 3\nSnarest.",
    )
    assert section_feature("amount_asked_and_told", question, *texts) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Hvem bestemmer?", [1, 0]),
        ("kven skal eg ringje", [1, 0]),
        ("Hva gjør jeg?", [0, 0]),
    ],
)
def test_a_section_on_roles_counts_when_a_person_is_asked_for(question: str, expected: list[int]) -> None:
    texts = ("Brann – Ansvar og roller\nLederen.", "Brann – Slik\nLederen har ansvar.")
    assert section_feature("person_asked_and_told", question, *texts) == expected


def test_a_section_on_the_purpose_is_known_by_its_heading() -> None:
    texts = (
        "Brann – Formål\nTrygghet.",
        "Brann – FØREMÅL\nTryggleik.",
        "Brann – Slik\nFormålet er trygghet.",
    )
    assert section_feature("purpose", "Hva gjør jeg?", *texts) == [1, 1, 0]


def test_length_is_that_of_the_text_without_its_headings() -> None:
    expected = [log(1 + 3) / 5, 0.0]
    assert section_feature(
        "log_words", "Hva?", "En lang tittel\nto tre fire", "Bare tittel"
    ) == pytest.approx(expected)
