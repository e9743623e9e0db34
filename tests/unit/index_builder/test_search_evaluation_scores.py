"""Each score on rankings small enough to count by hand."""

import pytest
from evaluation_fakes import FakeSearch, WordEncoder

from index_builder.evaluation.abstention import CutOff, abstention_scores, refusal_curve
from index_builder.evaluation.asking import Reply, ask_all
from index_builder.evaluation.baselines import (
    PassageSet,
    baseline_rankings,
    character_ngrams,
    lemmas,
    words,
)
from index_builder.evaluation.ranking_metrics import mean_reciprocal_rank, recall
from index_builder.evaluation.rows import Question
from index_builder.evaluation.search_metrics import (
    document_scores,
    fact_scores,
    latency_ms,
    section_in_document,
    section_recall,
)
from knowledge.documents import Section

THREE = [(("a", "b", "c"), {"a"}), (("a", "b", "c"), {"c"}), (("a", "b", "c"), {"x"}), ((), {"a"})]


def section(heading: str) -> Section:
    return Section(heading, ("Ytre", heading), "", "tekst")


def reply(
    number: int,
    documents: tuple[str, ...] = (),
    *,
    sections: tuple[tuple[str, str], ...] = (),
    question: dict[str, object] | None = None,
    passage: str = "",
    confidence: float = 0.0,
    found: bool = True,
    ms: float = 1.0,
) -> Reply:
    asked = Question(str(number), "?", number, **(question or {}))  # type: ignore[arg-type]
    return Reply(
        asked,
        documents,
        tuple((doc, section(heading)) for doc, heading in sections),
        documents[0] if documents else None,
        passage,
        found,
        confidence,
        ms,
    )


def test_recall_counts_questions_with_a_right_document_among_the_first() -> None:
    assert recall(THREE, (1, 3)) == {"1": 0.25, "3": 0.5}
    assert recall([], (1,)) == {"1": None}


def test_the_mean_reciprocal_rank_ends_at_its_cut_off() -> None:
    assert mean_reciprocal_rank(THREE, 10) == pytest.approx((1 + 1 / 3) / 4)
    assert mean_reciprocal_rank(THREE, 2) == pytest.approx(1 / 4)


def test_documents_are_scored_together_and_by_style() -> None:
    replies = [
        reply(1, ("a", "b"), question={"style": "nn"}),
        reply(2, ("b", "a"), question={"style": "nn"}),
        reply(3, ("b",), question={"style": "direct"}),
    ]
    scores = document_scores(replies, {"1": {"a"}, "2": {"a"}, "3": frozenset()})
    assert scores["doc_recall"] == {"1": 1 / 3, "3": 2 / 3, "5": 2 / 3}
    assert scores["mrr10"] == 0.5
    assert scores["per_style"] == {
        "direct": {"1": 0.0, "3": 0.0, "5": 0.0},
        "nn": {"1": 0.5, "3": 1.0, "5": 1.0},
    }


def test_a_section_counts_by_its_heading_in_a_right_document_only() -> None:
    wanted = {"sections": ("tiltak",)}
    replies = [
        reply(1, sections=(("a", "Tiltak"),), question=wanted),
        reply(2, sections=(("b", "Tiltak"), ("a", "Formål"), ("a", " Tiltak ")), question=wanted),
        reply(3, sections=(("a", "Formål"), ("b", "x"), ("c", "y"), ("a", "Tiltak")), question=wanted),
        reply(4, sections=(("a", "Tiltak"),), question={"sections": ("Ytre > Tiltak",)}),
        reply(5, sections=(("a", "Tiltak"),)),  # names no section
    ]
    right = {str(n): {"a"} for n in range(1, 6)}
    assert section_recall(replies, right) == {"1": 2 / 4, "3": 3 / 4}
    assert section_in_document(replies, right) == pytest.approx(2 / 3)


def test_facts_are_looked_for_where_the_shown_document_is_right() -> None:
    facts = {"facts": ("116  117", "Fire timer")}
    replies = [
        reply(1, ("a",), question=facts, passage="Ring 116\u00a0117 innen\nFIRE\ntimer."),
        reply(2, ("a",), question=facts, passage="Ring 116 117."),
        reply(3, ("a",), question=facts, passage="Ring noen."),
        reply(4, ("b",), question=facts, passage="Ring 116 117 innen fire timer."),  # another document
        reply(5, ("a",), passage="Ring 116 117."),  # no facts to look for
    ]
    scores = fact_scores(replies, {str(n): {"a"} for n in range(1, 6)})
    assert scores == {"fact_in_passage": 2 / 3, "all_facts_in_passage": 1 / 3}


def test_the_curve_says_what_each_cut_off_refuses() -> None:
    assert refusal_curve([0.5, 0.9], [0.1, 0.5]) == [
        CutOff(0.1, 0.0, 0.0),
        CutOff(0.5, 0.5, 0.0),
        CutOff(0.9, 1.0, 0.5),
    ]
    assert refusal_curve([0.5], []) == []


def test_the_best_cut_off_refuses_at_most_a_tenth_of_the_answerable() -> None:
    answerable = [reply(n, confidence=n / 10, found=n > 2) for n in range(1, 11)]
    unanswerable = [reply(n, confidence=c, found=c > 0.2) for n, c in enumerate((0.05, 0.15, 0.18, 0.25), 20)]
    scores = abstention_scores(answerable, unanswerable)
    # At 0.2 one of ten answerable questions is refused and three of four unanswerable ones; at 0.25 two.
    assert scores["refused_unanswerable_at_10pct_wrong"] == 0.75
    assert scores["confidence_at_10pct_wrong"] == 0.2
    assert scores["refused_unanswerable"] == 0.75
    assert scores["refused_answerable"] == 0.2
    assert abstention_scores(answerable, [])["refused_unanswerable_at_10pct_wrong"] is None


def test_latency_is_that_of_the_answers() -> None:
    assert latency_ms([reply(n, ms=n) for n in range(1, 102)]) == {"p50": 51.0, "p95": 96.0}


def test_a_refusal_without_hits_is_judged_by_the_first_of_the_ranking() -> None:
    ranking = [("a", "Tiltak"), ("b", "Formål"), ("a", "Ansvar")]
    search = FakeSearch(ranking, found=False, answer_hits=0)
    (asked,) = ask_all(search, [Question("1", "Hva nå?", 1)])
    assert asked.documents == ("a", "b")
    assert [(doc, s.heading) for doc, s in asked.sections] == [
        ("a", "Tiltak"),
        ("b", "Formål"),
        ("a", "Ansvar"),
    ]
    assert (asked.shown_document, asked.shown_passage) == ("a", "vist Tiltak")
    assert not asked.found
    assert search.limits == [10]


def test_spellings() -> None:
    assert words("Ring 116 117 – nå!") == ["ring", "116", "117", "nå"]
    assert lemmas("Hva gjør jeg når prøvene er tatt") == ["gjøre", "prøve", "ta"]
    assert character_ngrams("på stikk") == ["<på>", "<sti", "stik", "tikk", "ikk>"]


def test_baselines_rank_documents_by_their_best_passage() -> None:
    encoder = WordEncoder(["brann", "stikk", "ferie"])
    texts = ["brann i bygget", "noe om ferie", "stikkskader og blod", "ferie ferie"]
    passages = PassageSet(["a", "a", "b", "c"], texts, encoder.encode_document(texts))
    rankings = baseline_rankings(passages, ["ferie", "stikkskade", "brann"], encoder)
    assert rankings["bm25"] == [("c", "a"), (), ("a",)]
    assert rankings["bm25_lemmas"][1] == ("b",)  # the lemma of the plural
    assert rankings["bm25_char4"][1] == ("b",)
    assert rankings["dense"][0] == ("c", "a", "b")
    assert rankings["dense"][1][0] == "b"
