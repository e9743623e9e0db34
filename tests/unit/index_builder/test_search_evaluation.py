"""From labelled files to scores, on a real index; what the search finds is given, so the scores are known."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from evaluation_fakes import FakeSearch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

from index_builder.evaluation.built_index import index_passages, section_passages
from index_builder.evaluation.rows import EvaluationDataError, Passage
from index_builder.evaluation.search_run import evaluate_retrieval, evaluate_search
from index_builder.evaluation.summary import retrieval_summary, search_summary
from index_builder.static_encoder import train_tokenizer
from index_builder.verification import verify_index
from knowledge.index_files import current_version_dir
from knowledge.sentence_transformer_encoder import load_encoder

ROUTINES = {"stikk": ("HMS-1", "Stikkskade", "Vask stikket."), "brann": ("HMS-2", "Brann", "Gå ut.")}
# The keys that others read; there may be more.
KEYS = {
    "doc_recall": {"1", "3", "5"}, "section_recall": {"1", "3"}, "latency_ms": {"p50", "p95"},
    "abstention": {"refused_unanswerable_at_10pct_wrong", "refused_unanswerable", "refused_answerable"},
    "baselines": {"bm25", "bm25_lemmas", "bm25_char4", "dense"}, "per_style": {"nn", "unknown"},
}  # fmt: skip


@pytest.fixture(scope="module")
def encoder_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    tokenizer = train_tokenizer([f"{title} {body}" for _, title, body in ROUTINES.values()], vocabulary=60)
    weights = torch.randn(tokenizer.get_vocab_size(), 16, generator=torch.Generator().manual_seed(1))
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()], device="cpu"
    )
    folder = tmp_path_factory.mktemp("encoder")
    model.save(str(folder), create_model_card=False)
    return str(folder)


@pytest.fixture
def routines(tmp_path: Path) -> Path:
    folder = tmp_path / "routines"
    folder.mkdir()
    for name, (doc_id, title, body) in ROUTINES.items():
        text = f"---\nid: {doc_id}\ntitle: {title}\n---\n# {title}\n## Fremgangsmåte\n{body}\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def rows(path: Path, *items: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return path


def finding(*ranking: tuple[str, str], found: bool = True) -> Callable[[Path, str], FakeSearch]:
    return lambda index_dir, encoder: FakeSearch(ranking, found)


def test_the_scores_have_the_promised_keys_and_values(
    routines: Path, encoder_path: str, tmp_path: Path
) -> None:
    questions = rows(
        tmp_path / "q.jsonl",
        {
            "question": "Hva gjør jeg?",
            "doc": "stikk.md",
            "section": "Fremgangsmåte",
            "answer_facts": ["vist"],
        },
        {"question": "Når det brenner?", "doc": "HMS-2", "section": "Ansvar", "style": "nn"},
        {"question": "Noe annet?", "doc": "borte", "style": "nn"},
    )
    nothing = rows(tmp_path / "u.jsonl", {"question": "Hvem vant?"})
    search = finding(("HMS-1", "Fremgangsmåte"), ("HMS-2", "Fremgangsmåte"))
    scores = evaluate_search([routines], questions, nothing, encoder_path, open_search=search)
    assert scores["doc_recall"] == {"1": 1 / 3, "3": 2 / 3, "5": 2 / 3}
    assert scores["mrr10"] == 0.5
    assert scores["section_recall"] == {"1": 0.5, "3": 0.5}
    assert scores["fact_in_passage"] == 1.0
    assert scores["abstention"]["refused_unanswerable"] == 0.0
    assert {key: set(scores[key]) & wanted for key, wanted in KEYS.items()} == KEYS
    assert all(set(recall) == {"1", "3", "5"} for recall in scores["baselines"].values())
    assert scores["unknown_documents"] == ["borte"]
    assert scores["unknown_sections"] == ["2"]
    json.dumps(scores, allow_nan=False)
    text = search_summary(scores)
    assert "2 documents" in text
    assert "borte" in text


def test_rows_about_other_documents_are_refused(routines: Path, encoder_path: str, tmp_path: Path) -> None:
    questions = rows(tmp_path / "q.jsonl", {"question": "Hva?", "doc": "borte"})
    with pytest.raises(EvaluationDataError, match=r"q\.jsonl: no row names a document"):
        evaluate_search([routines], questions, None, encoder_path, open_search=finding())


def test_retrieval_scores_plain_passages(encoder_path: str, tmp_path: Path) -> None:
    passages = rows(
        tmp_path / "p.jsonl",
        {"id": "p1", "title": "", "text": "# Ikke en overskrift\nVask stikket."},
        {"id": "p2", "title": "Brann", "text": "Gå ut."},
    )
    questions = rows(
        tmp_path / "q.jsonl",
        {"question": "vask", "passage_id": "p1"},
        {"question": "brann", "passage_id": "p1", "passage_ids": ["p1", "p2"]},
        {"question": "ut", "passage_id": "p1"},
    )
    search = finding(("p2", ""), ("p1", ""))
    scores = evaluate_retrieval(passages, questions, encoder_path, open_search=search)
    assert scores["recall"] == {"1": 1 / 3, "5": 1.0}
    assert scores["mrr10"] == pytest.approx((0.5 + 1 + 0.5) / 3)
    assert scores["baselines"]["bm25"]["recall"]["1"] == pytest.approx(2 / 3)
    assert "Sifra" in retrieval_summary(scores)
    first = evaluate_retrieval(passages, questions, encoder_path, first=1, open_search=search)
    assert first["counts"]["questions"] == 1


def test_a_question_about_a_passage_that_is_not_there_is_named(encoder_path: str, tmp_path: Path) -> None:
    passages = rows(tmp_path / "p.jsonl", {"id": "p1", "text": "Vask."})
    questions = rows(
        tmp_path / "q.jsonl", {"question": "a", "passage_id": "p1"}, {"question": "b", "passage_id": "p9"}
    )
    with pytest.raises(EvaluationDataError, match=r"q\.jsonl, line 2: no passage p9"):
        evaluate_retrieval(passages, questions, encoder_path, open_search=finding())


def test_an_index_of_passages_is_whole_and_holds_them_as_they_are(encoder_path: str, tmp_path: Path) -> None:
    encoder = load_encoder(encoder_path)
    text = "# Ikke en overskrift\n- ikke en liste"
    index_passages([Passage("p1", "", text), Passage("p2", "Brann", "Gå ut.")], tmp_path, encoder)
    verify_index(current_version_dir(tmp_path), encoder)
    passages = section_passages(tmp_path)
    assert passages.document_ids == ["p1", "p2"]
    assert passages.texts == [f"\n{text}", "Brann\nGå ut."]
    assert passages.vectors.shape == (2, 16)
