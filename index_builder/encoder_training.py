"""Makes the embedded encoder: trained here, from data in the repository, in about a minute."""

import json
import logging
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from index_builder.static_encoder import DIMENSION, StaticEncoderTrainer, batch_count, train_tokenizer
from index_builder.training_data import (
    Corpus,
    Topic,
    question_examples,
    read_corpus,
    read_topics,
    tokenizer_texts,
    unlabelled_examples,
)

MODEL_CARD = Path(__file__).with_name("MODEL_CARD.md")
_SEED = 20261120
_VOCABULARY = 20_000
_DEV_SHARE = 0.15
_UNLABELLED_EPOCHS = 2
_QUESTION_EPOCHS = 6

Progress = Callable[[int, int], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training run gave.

    Attributes:
        dev_recall_at_1: share of held-out questions whose passage comes first among the held-out passages,
            measured on a twin trained without those topics; the saved model has seen all topics.
        dev_recall_at_3: the same for the first three.
    """

    topics: int
    dev_topics: int
    dev_questions: int
    dev_recall_at_1: float
    dev_recall_at_3: float
    vocabulary: int
    dimension: int
    elapsed_s: float


def train_encoder(
    pairs_dir: Path,
    corpus_dirs: list[Path],
    out_dir: Path,
    on_progress: Progress | None = None,
    *,
    vocabulary: int = _VOCABULARY,
) -> TrainingReport:
    """Train the encoder, measure its recipe on held-out topics, and save it.

    The same data gives the same model. An old model in `out_dir` is replaced when the new one is whole.

    Args:
        pairs_dir: routine pairs, *.jsonl.
        corpus_dirs: folders with routines (*.md) and sentences (*.jsonl with `text`).
        out_dir: folder for the model, to be loaded with `SentenceTransformer(str(out_dir))`.
        on_progress: called with batches done and batches in all.
        vocabulary: pieces of the tokenizer, at most.
    Raises:
        TrainingDataError: a row of the data cannot be used.
    """
    started = time.monotonic()
    topics, corpus = read_topics(pairs_dir), read_corpus(corpus_dirs)
    kept, dev = split_topics(topics)
    progress = _Progress(_batches(kept, corpus) + _batches(topics, corpus), on_progress)
    with _one_thread():
        recall_1, recall_3 = _recall(_train(kept, corpus, vocabulary, progress), dev)
        trainer = _train(topics, corpus, vocabulary, progress)
    report = TrainingReport(
        topics=len(topics),
        dev_topics=len(dev),
        dev_questions=sum(len(topic.questions) for topic in dev),
        dev_recall_at_1=recall_1,
        dev_recall_at_3=recall_3,
        vocabulary=trainer.vocabulary,
        dimension=DIMENSION,
        elapsed_s=round(time.monotonic() - started, 1),
    )
    _save(trainer.model(), report, out_dir)
    _log.info("encoder trained topics=%d recall1=%.3f recall3=%.3f", len(topics), recall_1, recall_3)
    return report


def split_topics(topics: list[Topic]) -> tuple[list[Topic], list[Topic]]:
    """Part topics into training and dev by name, so that no topic is on both sides."""
    names = sorted({topic.topic for topic in topics})
    random.Random(_SEED).shuffle(names)  # noqa: S311  not for secrets
    dev_names = set(names[: max(1, int(len(names) * _DEV_SHARE))])
    return (
        [topic for topic in topics if topic.topic not in dev_names],
        [topic for topic in topics if topic.topic in dev_names],
    )


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


def _train(topics: list[Topic], corpus: Corpus, vocabulary: int, progress: _Progress) -> StaticEncoderTrainer:
    tokenizer = train_tokenizer(tokenizer_texts(topics, corpus), vocabulary)
    trainer = StaticEncoderTrainer(tokenizer, _SEED)
    trainer.learn(unlabelled_examples(topics, corpus), _UNLABELLED_EPOCHS, progress.step)
    rng = random.Random(_SEED)  # noqa: S311  not for secrets
    trainer.learn(question_examples(topics, rng), _QUESTION_EPOCHS, progress.step)
    return trainer


def _batches(topics: list[Topic], corpus: Corpus) -> int:
    rng = random.Random(_SEED)  # noqa: S311  not for secrets
    return _UNLABELLED_EPOCHS * batch_count(unlabelled_examples(topics, corpus)) + (
        _QUESTION_EPOCHS * batch_count(question_examples(topics, rng))
    )


def _recall(trainer: StaticEncoderTrainer, dev: list[Topic]) -> tuple[float, float]:
    """Return recall at 1 and at 3 over all questions of the dev topics."""
    passages = trainer.encode([topic.passage for topic in dev])
    questions = [(question.q, row) for row, topic in enumerate(dev) for question in topic.questions]
    scores = trainer.encode([text for text, _ in questions]) @ passages.T
    right = scores[np.arange(len(questions)), [row for _, row in questions]]
    better = (scores > right[:, np.newaxis]).sum(axis=1)
    return float((better < 1).mean()), float((better < 3).mean())


def _save(model: SentenceTransformer, report: TrainingReport, out_dir: Path) -> None:
    """Write the model beside its place and move it there; the old one stays until the new one is whole."""
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    staging = out_dir.with_name(f".{out_dir.name}.new-{os.getpid()}")
    old = out_dir.with_name(f".{out_dir.name}.old-{os.getpid()}")
    try:
        model.save(str(staging), create_model_card=False)
        figures = json.dumps(asdict(report), indent=2)
        card = MODEL_CARD.read_text(encoding="utf-8")
        (staging / "README.md").write_text(
            f"{card}\n## This copy\n\n```json\n{figures}\n```\n", encoding="utf-8"
        )
        if out_dir.exists():
            out_dir.rename(old)
        staging.rename(out_dir)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
