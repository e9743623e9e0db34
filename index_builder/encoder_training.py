"""Makes the embedded encoder and the weights of its ranking, from data in the repository, on one core."""

import hashlib
import json
import logging
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer

from index_builder.ranking_training import fit_ranking
from index_builder.static_encoder import DIMENSION, StaticEncoderTrainer, batch_count, train_tokenizer
from index_builder.training_data import (
    RoutineSet,
    Topic,
    lay_word_examples,
    off_topic_examples,
    question_examples,
    read_off_topic,
    read_routine_sets,
    read_topics,
    tokenizer_texts,
    typing_error_examples,
    unlabelled_examples,
)
from knowledge.lay_words import OWN_LAY_WORDS, read_lay_words
from knowledge.ranking import RANKING_ADAPTER, RANKING_FILE, Ranking
from knowledge.sentence_transformer_encoder import SentenceTransformerEncoder

MODEL_CARD = Path(__file__).with_name("MODEL_CARD.md")
REPORT_FILE = "training.json"
DATA_DIR = Path(__file__).with_name("data")
_SEED = 20261120
_VOCABULARY = 20_000
_UNLABELLED_EPOCHS = 2
_QUESTION_EPOCHS = 10

Progress = Callable[[int, int], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training run gave.

    Attributes:
        data_sha256: see `data_fingerprint`; a test tells when the data has changed since.
    """

    topics: int
    routines: int
    questions: int
    vocabulary: int
    dimension: int
    data_sha256: str


def train_encoder(
    data_dir: Path, out_dir: Path, on_progress: Progress | None = None, *, vocabulary: int = _VOCABULARY
) -> TrainingReport:
    """Train the encoder and the weights of the ranking, and save both in one folder.

    The weights are learnt with a twin of the encoder that has not seen the routines they are learnt from. The
    same data gives the same model. An old model in `out_dir` is replaced when the new one is whole.

    Args:
        data_dir: `routine_pairs/*.jsonl`, `training_routines/*/` and `off_topic.jsonl`.
        out_dir: folder for the model, to be loaded with `SentenceTransformer(str(out_dir))`.
        on_progress: called with batches done and batches in all.
        vocabulary: pieces of the tokenizer, at most.
    Raises:
        TrainingDataError: a row of the data cannot be used.
    """
    topics = read_topics(data_dir / "routine_pairs")
    sets = read_routine_sets(data_dir / "training_routines")
    learnt, kept = read_off_topic(data_dir / "off_topic.jsonl")
    without, whole = _Material(topics, [], learnt), _Material(topics, sets, learnt)
    progress = _Progress(without.batches() + whole.batches(), on_progress)
    with _one_thread():
        twin = without.train(vocabulary, progress)
        ranking = fit_ranking(sets, kept, SentenceTransformerEncoder(twin.model(), "twin", "twin"))
        trainer = whole.train(vocabulary, progress)
    report = TrainingReport(
        topics=len(topics),
        routines=sum(len(routines.documents) for routines in sets),
        questions=sum(len(t.questions) for t in topics) + sum(len(s.questions) for s in sets),
        vocabulary=trainer.vocabulary,
        dimension=DIMENSION,
        data_sha256=data_fingerprint(data_dir),
    )
    _save(trainer.model(), ranking, report, out_dir)
    _log.info("encoder trained topics=%d questions=%d", report.topics, report.questions)
    return report


def data_fingerprint(data_dir: Path) -> str:
    """Return a hash of the training data."""
    data = [
        OWN_LAY_WORDS,
        data_dir / "off_topic.jsonl",
        *(data_dir / "routine_pairs").rglob("*"),
        *(data_dir / "training_routines").rglob("*"),
    ]
    digest = hashlib.sha256()
    for path in sorted(path for path in data if path.is_file()):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch use one thread: measured 46 ms a step against 131 ms of processor time with two, of which the
    larger part is waiting; it also makes sums come out the same."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Progress:
    def __init__(self, total: int, report: Progress | None) -> None:
        self._done, self._total, self._report = 0, total, report

    def step(self) -> None:
        self._done += 1
        if self._report is not None:
            self._report(self._done, self._total)


class _Material:
    """What one encoder learns from, in two rounds: texts that stand together, then questions."""

    def __init__(self, topics: list[Topic], sets: list[RoutineSet], off_topic: list[str]) -> None:
        rng = random.Random(_SEED)  # noqa: S311  not for secrets
        self._unlabelled = unlabelled_examples(topics, sets)
        asked = question_examples(topics, sets, rng)
        self._questions = [
            *asked,
            *typing_error_examples(asked, rng),
            *lay_word_examples(read_lay_words(OWN_LAY_WORDS), rng),
            *off_topic_examples(off_topic),
        ]
        self._topics, self._sets = topics, sets

    def batches(self) -> int:
        """Return how many batches training takes."""
        first = _UNLABELLED_EPOCHS * batch_count(self._unlabelled)
        return first + _QUESTION_EPOCHS * batch_count(self._questions)

    def train(self, vocabulary: int, progress: _Progress) -> StaticEncoderTrainer:
        """Learn the tokenizer and the vectors."""
        lay_words = (", ".join((*e.term, *e.lay)) for e in read_lay_words(OWN_LAY_WORDS))
        texts = [*tokenizer_texts(self._topics, self._sets), *lay_words]
        trainer = StaticEncoderTrainer(train_tokenizer(texts, vocabulary), _SEED)
        trainer.learn(self._unlabelled, _UNLABELLED_EPOCHS, progress.step)
        trainer.learn(self._questions, _QUESTION_EPOCHS, progress.step)
        return trainer


def _save(model: SentenceTransformer, ranking: Ranking, report: TrainingReport, out_dir: Path) -> None:
    """Write the model beside its place and move it there; the old one stays until the new one is whole."""
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    staging = out_dir.with_name(f".{out_dir.name}.new-{os.getpid()}")
    old = out_dir.with_name(f".{out_dir.name}.old-{os.getpid()}")
    try:
        model.save(str(staging), create_model_card=False)
        (staging / RANKING_FILE).write_bytes(RANKING_ADAPTER.dump_json(ranking, indent=2) + b"\n")
        (staging / REPORT_FILE).write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
        shutil.copy(MODEL_CARD, staging / "README.md")
        if out_dir.exists():
            out_dir.rename(old)
        try:
            staging.rename(out_dir)
        except OSError:
            if old.exists():
                old.rename(out_dir)
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
