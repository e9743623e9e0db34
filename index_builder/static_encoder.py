"""A compact encoder: one vector per sub-word piece, the mean of a text's pieces, made length 1.

It is an ordinary sentence-transformers model, so the search loads it as it would load any other.
"""

import json
import random
from collections.abc import Callable, Iterable

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch.nn import functional

from index_builder.training_data import Example
from knowledge.encoder import Vectors

# Tried on held-out topics and the sample routines' questions: 256 and 384 dimensions alike; a temperature of
# 0.08 better than 0.05; dropping 30 % of the pieces better than 20 % or none.
DIMENSION = 256
_MAX_PIECE_CHARS = 16
_SCORE_DIGITS = 3
_RAREST_SPREAD = 0.01  # letters hardly ever seen are 0.0001 apart, in any order
_BATCH_SIZE = 256
_TEMPERATURE = 0.08
_PIECE_DROPOUT = 0.3
_LEARNING_RATE = 0.01
_LAST_LEARNING_RATE = 0.0005
_INITIAL_SPREAD = 0.1
_UNKNOWN = "[UNK]"

Pieces = list[list[int]]


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """Train a Unigram tokenizer of at most `vocabulary` pieces; NFKC and lower case.

    The trainer adds up in parallel, so its scores differ in the last digits from run to run, and so does the
    order of the rarest letters. Both are levelled here: the same texts give the same tokenizer.
    """
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary,
        special_tokens=[_UNKNOWN],
        unk_token=_UNKNOWN,
        max_piece_length=_MAX_PIECE_CHARS,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    pieces = json.loads(tokenizer.to_str())["model"]["vocab"][1:]
    lowest = min((score for piece, score in pieces if len(piece) > 1), default=0.0)
    level = [
        (
            piece,
            round(lowest if len(piece) == 1 and score < lowest + _RAREST_SPREAD else score, _SCORE_DIGITS),
        )
        for piece, score in pieces
    ]
    level.sort(key=lambda item: (-item[1], item[0]))
    tokenizer.model = models.Unigram([(_UNKNOWN, 0.0), *level], unk_id=0, byte_fallback=False)
    return tokenizer


class StaticEncoderTrainer:
    """Holds the piece vectors, float32 of shape (vocabulary, DIMENSION), while they are learnt."""

    def __init__(self, tokenizer: Tokenizer, seed: int) -> None:
        self._tokenizer = tokenizer
        self._rng = random.Random(seed)  # noqa: S311  not for secrets
        start = torch.randn(
            tokenizer.get_vocab_size(), DIMENSION, generator=torch.Generator().manual_seed(seed)
        )
        start[tokenizer.token_to_id(_UNKNOWN)] = 0.0  # no text of ours has it, so it would stay as drawn
        self._pieces = torch.nn.Parameter(start * _INITIAL_SPREAD)
        self._optimizer = torch.optim.Adam([self._pieces], lr=_LEARNING_RATE, fused=True)

    @property
    def vocabulary(self) -> int:
        return int(self._tokenizer.get_vocab_size())

    def learn(self, examples: list[Example], epochs: int, on_batch: Callable[[], None]) -> None:
        """Draw both sides of each example together and the other texts of its batch apart.

        The learning rate falls in a straight line over all epochs. A last, smaller batch is used too.
        """
        anchors = self._tokenize([example.anchor for example in examples])
        positives = self._tokenize([example.positive for example in examples])
        groups = torch.tensor([example.group for example in examples])
        total, done = epochs * batch_count(examples), 0
        for _ in range(epochs):
            order = list(range(len(examples)))
            self._rng.shuffle(order)
            for start in range(0, len(order), _BATCH_SIZE):
                batch = order[start : start + _BATCH_SIZE]
                self._set_learning_rate(1 - done / total)
                self._step([anchors[i] for i in batch], [positives[i] for i in batch], groups[batch])
                done += 1
                on_batch()

    def encode(self, texts: list[str]) -> Vectors:
        """Return float32 unit vectors of shape (len(texts), DIMENSION)."""
        with torch.no_grad():
            vectors: Vectors = self._embed(self._tokenize(texts)).numpy()
        return vectors

    def model(self) -> SentenceTransformer:
        """Return what has been learnt as a sentence-transformers model."""
        weights = self._pieces.detach().numpy().astype(np.float32)
        return SentenceTransformer(
            modules=[StaticEmbedding(self._tokenizer, embedding_weights=weights), Normalize()], device="cpu"
        )

    def _step(self, anchors: Pieces, positives: Pieces, groups: torch.Tensor) -> None:
        left = self._embed([self._drop(pieces) for pieces in anchors])
        right = self._embed([self._drop(pieces) for pieces in positives])
        same_group = groups[:, None] == groups[None, :]
        others_of_group = same_group & ~torch.eye(len(groups), dtype=torch.bool)
        similarity = (left @ right.T / _TEMPERATURE).masked_fill(others_of_group, float("-inf"))
        target = torch.arange(len(groups))
        loss = functional.cross_entropy(similarity, target) + functional.cross_entropy(similarity.T, target)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def _embed(self, texts: Pieces) -> torch.Tensor:
        flat = torch.tensor([piece for pieces in texts for piece in pieces], dtype=torch.long)
        offsets = torch.tensor(np.cumsum([0, *(len(pieces) for pieces in texts[:-1])]), dtype=torch.long)
        mean = functional.embedding_bag(flat, self._pieces, offsets, mode="mean")
        return functional.normalize(mean, dim=-1)

    def _tokenize(self, texts: list[str]) -> Pieces:
        return [encoding.ids for encoding in self._tokenizer.encode_batch(texts, add_special_tokens=False)]

    def _drop(self, pieces: list[int]) -> list[int]:
        return [piece for piece in pieces if self._rng.random() > _PIECE_DROPOUT] or pieces

    def _set_learning_rate(self, left: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = _LAST_LEARNING_RATE + left * (_LEARNING_RATE - _LAST_LEARNING_RATE)


def batch_count(examples: list[Example]) -> int:
    """Return how many batches one epoch has."""
    return -(-len(examples) // _BATCH_SIZE)
