"""Finds places, times, people and the like with a conditional random field (CRFsuite)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pycrfsuite

from nlu.core.errors import ModelFileError
from nlu.core.tokens import NorwegianToken, fold

OUTSIDE = "O"
MAX_TOKENS = 1500


@dataclass(frozen=True)
class Span:
    """A stretch of the message.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        label: what it is.
        confidence: the least marginal probability of its tokens, 0 to 1.
    """

    start: int
    end: int
    label: str
    confidence: float = 1.0


class EntityTagger:
    """A trained CRF over BIO tags."""

    def __init__(self, model_path: Path) -> None:
        """Open a trained model.

        Raises:
            ModelFileError: the file is missing or not a CRFsuite model.
        """
        self._tagger = pycrfsuite.Tagger()
        # CRFsuite itself crashes on a file that is not its own or was cut off, so look at the header first:
        # magic bytes, then the size of the file.
        try:
            with model_path.open("rb") as file:
                header = file.read(8)
            if header[:4] != b"lCRF":
                raise ModelFileError(model_path, "not a CRFsuite model")
            if int.from_bytes(header[4:], "little") != model_path.stat().st_size:
                raise ModelFileError(model_path, "not of the size that it names")
            self._tagger.open(str(model_path))
        except (OSError, ValueError) as error:
            raise ModelFileError(model_path, f"cannot be opened ({type(error).__name__})") from error

    @classmethod
    def train(
        cls,
        rows: list[tuple[list[NorwegianToken], list[Span]]],
        model_path: Path,
        *,
        max_iterations: int = 60,
    ) -> EntityTagger:
        """Learn from annotated messages and write the model file.

        Args:
            rows: tokens and their spans; spans that meet no token are ignored.
            model_path: the file to write.
            max_iterations: L-BFGS steps.
        """
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.set_params(
            {"c1": 0.1, "c2": 0.01, "max_iterations": max_iterations, "feature.possible_transitions": True}
        )
        for tokens, spans in rows:
            if tokens:
                trainer.append(token_features(tokens), bio_tags(tokens, spans))
        trainer.train(str(model_path))
        return cls(model_path)

    def __call__(self, text: str, tokens: list[NorwegianToken]) -> list[Span]:
        """Return the spans of a message in reading order; tokens beyond 1,500 are not looked at."""
        tokens = tokens[:MAX_TOKENS]
        if not tokens:
            return []
        tags = self._tagger.tag(token_features(tokens))
        spans: list[Span] = []
        for position, (token, tag) in enumerate(zip(tokens, tags, strict=True)):
            if tag == OUTSIDE:
                continue
            prefix, label = tag.split("-", 1)
            end = token.start + len(token.text)
            sure = float(self._tagger.marginal(tag, position))
            last = spans[-1] if spans and position and tags[position - 1] != OUTSIDE else None
            if prefix == "I" and last is not None and last.label == label:
                spans[-1] = Span(last.start, end, label, min(last.confidence, sure))
            else:
                spans.append(Span(token.start, end, label, sure))
        return spans


def bio_tags(tokens: list[NorwegianToken], spans: list[Span]) -> list[str]:
    """Return one tag a token: B-label, I-label or O."""
    tags = [OUTSIDE] * len(tokens)
    for span in spans:
        inside = [
            index
            for index, token in enumerate(tokens)
            if token.start < span.end and token.start + len(token.text) > span.start
        ]
        for rank, index in enumerate(inside):
            tags[index] = f"{'I' if rank else 'B'}-{span.label}"
    return tags


def token_features(tokens: list[NorwegianToken]) -> list[list[str]]:
    """Return the CRF's features of each token: form, affixes, shape and neighbours within two."""
    words = [fold(token.text) for token in tokens]
    rows = []
    for index, token in enumerate(tokens):
        word = words[index]
        features = [
            "bias",
            f"w={word}",
            f"l={token.lemma}",
            f"s3={word[-3:]}",
            f"s5={word[-5:]}",
            f"p3={word[:3]}",
            f"shape={shape_of(token.text)}",
        ]
        for offset in (-2, -1, 1, 2):
            neighbour = index + offset
            if 0 <= neighbour < len(tokens):
                features.append(f"{offset}w={words[neighbour]}")
                features.append(f"{offset}shape={shape_of(tokens[neighbour].text)}")
            else:
                features.append(f"{offset}edge")
        if index:
            features.append(f"-1|0={words[index - 1]}|{word}")
        if index + 1 < len(tokens):
            features.append(f"0|1={word}|{words[index + 1]}")
        rows.append(features)
    return rows


def shape_of(text: str) -> str:
    """Return a word's outline: X upper, x lower, 9 digit, others as they are; repeats are folded."""
    outline: list[str] = []
    for char in text[:20]:
        kind = "9" if char.isdigit() else "X" if char.isupper() else "x" if char.isalpha() else char
        if not outline or outline[-1] != kind:
            outline.append(kind)
    return "".join(outline)
