"""The embedded encoder can be trained, again with the same result, and the old one stays when that fails."""

from pathlib import Path

import pytest
from training_files import THINGS, write_rows, write_training_data

from index_builder import encoder_training
from index_builder.encoder_training import TrainingReport, data_fingerprint, train_encoder
from index_builder.errors import TrainingDataError
from knowledge.ranking import load_ranking
from knowledge.sentence_transformer_encoder import load_encoder

LEXICON = "- {term: [bortkommet], lay: [mista, vekke, ikke der]}\n"
VOCABULARY = 200


@pytest.fixture(autouse=True)
def lexicon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "lexicon" / "lay_words.yml"
    path.parent.mkdir()
    path.write_text(LEXICON, encoding="utf-8")
    monkeypatch.setattr(encoder_training, "OWN_LAY_WORDS", path)
    return path


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return write_training_data(tmp_path / "data")


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def train(data_dir: Path, out_dir: Path) -> TrainingReport:
    return train_encoder(data_dir, out_dir, vocabulary=VOCABULARY)


def test_same_data_gives_the_same_files(tmp_path: Path, data_dir: Path) -> None:
    steps: list[tuple[int, int]] = []
    first, second = tmp_path / "models" / "one", tmp_path / "models" / "two"
    report = train_encoder(data_dir, first, lambda *s: steps.append(s), vocabulary=VOCABULARY)
    train(data_dir, second)
    train(data_dir, second)  # replaces a model that is there
    assert content(first) == content(second)
    assert sorted(path.name for path in first.parent.iterdir()) == ["one", "two"]
    assert steps == [(i, len(steps)) for i in range(1, len(steps) + 1)]
    assert (report.topics, report.routines, report.questions) == (6, 6, 3 * len(THINGS))
    assert report.vocabulary <= VOCABULARY
    assert report.data_sha256 == data_fingerprint(data_dir)
    encoder = load_encoder(str(first))
    assert encoder.encode_query(["Hvor er bilen?"]).shape == (1, report.dimension)
    assert 0 < load_ranking(str(first)).threshold < 1


def test_a_bad_row_is_named_and_the_old_model_stays(tmp_path: Path, data_dir: Path) -> None:
    out_dir = tmp_path / "models" / "one"
    train(data_dir, out_dir)
    before = content(out_dir)
    write_rows(data_dir / "routine_pairs" / "b.jsonl", {"topic": "x"})
    with pytest.raises(TrainingDataError, match=r"b\.jsonl, line 1"):
        train(data_dir, out_dir)
    assert content(out_dir) == before


def test_the_old_model_stays_when_the_new_one_cannot_be_written(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out_dir = tmp_path / "models" / "one"
    train(data_dir, out_dir)
    before = content(out_dir)
    monkeypatch.setattr(encoder_training, "MODEL_CARD", tmp_path / "missing.md")
    with pytest.raises(FileNotFoundError):
        train(data_dir, out_dir)
    assert content(out_dir) == before
    assert [path.name for path in out_dir.parent.iterdir()] == ["one"]


@pytest.mark.parametrize(
    "name",
    ["routine_pairs/a.jsonl", "off_topic.jsonl", "training_routines/storvatn/routines/R1.md"],
)
def test_the_fingerprint_follows_the_data(data_dir: Path, lexicon: Path, name: str) -> None:
    before = data_fingerprint(data_dir)
    (data_dir / "notes.txt").write_text("not trained on", encoding="utf-8")
    assert data_fingerprint(data_dir) == before
    path = data_dir / name
    path.write_bytes(path.read_bytes() + b"\n")
    changed = data_fingerprint(data_dir)
    assert changed != before
    lexicon.write_text(LEXICON + "\n", encoding="utf-8")
    assert data_fingerprint(data_dir) not in (before, changed)
