"""The embedded encoder can be trained, again with the same result, and loads as any other model."""

import json
import random
from pathlib import Path

import pytest

from index_builder.encoder_training import split_topics, train_encoder
from index_builder.errors import TrainingDataError
from index_builder.training_data import (
    Topic,
    question_examples,
    read_corpus,
    read_topics,
    tokenizer_texts,
    unlabelled_examples,
)
from knowledge.sentence_transformer_encoder import encoder_fingerprint, load_encoder

THINGS = ("nøkkelen", "bilen", "heisen", "maten", "posten", "hunden")


@pytest.fixture
def pairs_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "pairs"
    folder.mkdir()
    rows = [
        {
            "topic": f"Om {thing}",
            "passage": f"Ta vare på {thing}. Meld fra om {thing} er borte.",
            "language": "nb",
            "questions": [{"q": f"Hvor er {thing}?", "style": "direct"}],
            "terms": [thing, f"hvor {thing}", f"miste {thing}"],
        }
        for thing in THINGS
    ]
    text = "\n".join(json.dumps(row) for row in rows)
    (folder / "a.jsonl").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def corpus_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text(
        "---\nid: A\ntitle: Heis\nexample_questions: [Hemmelig spørsmål?]\n---\n## Slik\n1. Vent.\n2. Ring.",
        encoding="utf-8",
    )
    (folder / "notes.md").write_text("no front matter", encoding="utf-8")
    (folder / "b.jsonl").write_text('{"text": "hei på deg"}\n', encoding="utf-8")
    return folder


def test_same_data_gives_same_model_that_loads(tmp_path: Path, pairs_dir: Path, corpus_dir: Path) -> None:
    steps: list[tuple[int, int]] = []
    first, second = tmp_path / "one", tmp_path / "two"
    report = train_encoder(pairs_dir, [corpus_dir], first, lambda *s: steps.append(s), vocabulary=200)
    train_encoder(pairs_dir, [corpus_dir], second, vocabulary=200)
    train_encoder(pairs_dir, [corpus_dir], second, vocabulary=200)  # replaces a model that is there
    assert encoder_fingerprint(str(first)) == encoder_fingerprint(str(second))
    assert steps[-1][0] == steps[-1][1] == len(steps)
    assert (report.topics, report.dev_topics) == (6, 1)
    assert 0.0 <= report.dev_recall_at_1 <= report.dev_recall_at_3 <= 1.0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["corpus", "one", "pairs", "two"]

    encoder = load_encoder(str(first))
    assert encoder.encode_query(["Hvor er bilen?"]).shape == (1, report.dimension)
    card = (first / "README.md").read_text(encoding="utf-8")
    assert "routine_pairs" in card
    assert '"dev_recall_at_1"' in card


def test_example_questions_are_not_trained_on(pairs_dir: Path, corpus_dir: Path) -> None:
    topics, corpus = read_topics(pairs_dir), read_corpus([corpus_dir])
    examples = unlabelled_examples(topics, corpus)
    seen = [*tokenizer_texts(topics, corpus), *(e.anchor for e in examples), *(e.positive for e in examples)]
    assert any("Vent" in text for text in seen)
    assert not any("Hemmelig" in text for text in seen)


def test_split_keeps_rows_of_one_topic_together() -> None:
    topics = [Topic(topic=f"t{i % 10}", passage="p", questions=[], terms=[]) for i in range(30)]
    kept, dev = split_topics(topics)
    assert dev
    assert not {t.topic for t in kept} & {t.topic for t in dev}
    assert len(kept) + len(dev) == 30


def test_topics_with_few_terms_give_questions_only(pairs_dir: Path) -> None:
    topic = read_topics(pairs_dir)[0].model_copy(update={"terms": ["en", "to"]})
    assert [e.anchor for e in question_examples([topic], random.Random(1))] == ["Hvor er nøkkelen?"]


def test_bad_row_is_named(pairs_dir: Path) -> None:
    (pairs_dir / "b.jsonl").write_text('{"topic": "x"}\n', encoding="utf-8")
    with pytest.raises(TrainingDataError, match=r"b\.jsonl, line 1"):
        read_topics(pairs_dir)


def test_missing_pairs_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError):
        read_topics(tmp_path)
