"""How much each feature counts, and how sure an answer is: weights learnt with the encoder.

`index_builder.ranking_training` learns them and they lie beside it; an encoder without weights of its own
gets those of the embedded one.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from knowledge.embedded import EMBEDDED_ENCODER
from knowledge.encoder import Vectors
from knowledge.errors import EncoderUnavailableError
from knowledge.scoring import DOCUMENT_FEATURES, SECTION_FEATURES, SPELLING_FEATURES

RANKING_FILE = "ranking.json"
DEFAULT_RANKING = EMBEDDED_ENCODER / RANKING_FILE
# Most questions share less than this with the document that answers.
_USUAL_COVERAGE = 0.25
_SPELLING_TRUST = 20.0
CONFIDENCE_FEATURES = ("score", "off_topic_meaning")


@dataclass(frozen=True, slots=True)
class Ranking:
    """Weights by feature name, and the least confidence that counts as an answer.

    Attributes:
        document: of `DOCUMENT_FEATURES`; the score is a log-odds against other documents.
        section: of `SECTION_FEATURES`, within one document.
        confidence: of the best document's score and the question's likeness to what no routine answers
            (`CONFIDENCE_FEATURES`), and `bias`; gives the probability that there is an answer.
        threshold: in [0, 1].
    """

    document: dict[str, float]
    section: dict[str, float]
    confidence: dict[str, float]
    threshold: float

    def document_scores(self, features: Vectors) -> Vectors:
        """Weigh features of shape (n, len(DOCUMENT_FEATURES)); float32 of shape (n,)."""
        return _weighed(features, [self.document[name] for name in DOCUMENT_FEATURES])

    def with_trusted_spelling(self, features: Vectors, scores: Vectors) -> Vectors:
        """Let spelling count for more when some document holds most of the words of a question.

        The encoder knows little of matters that are not in its training data, and says so by nothing in its
        vectors; a question that quotes a document then still finds it. Measured on `retrieval` over NorQuAD:
        docs/measurements.md.

        Args:
            features: of shape (n, len(DOCUMENT_FEATURES)), n at least 1.
            scores: what `document_scores` makes of them.
        """
        columns = [DOCUMENT_FEATURES.index(name) for name in SPELLING_FEATURES]
        spelling = features[:, columns]
        trust = _SPELLING_TRUST * max(0.0, float(spelling.max()) - _USUAL_COVERAGE)
        trusted: Vectors = scores + np.float32(trust) * _weighed(
            spelling, [self.document[name] for name in SPELLING_FEATURES]
        )
        return trusted

    def section_scores(self, features: Vectors) -> Vectors:
        """Weigh features of shape (n, len(SECTION_FEATURES)); float32 of shape (n,)."""
        return _weighed(features, [self.section[name] for name in SECTION_FEATURES])

    def answer_confidence(self, best_score: float, off_topic_meaning: float) -> float:
        """Return the probability that there is an answer, given the best document's score."""
        weights = [self.confidence[name] for name in ("bias", *CONFIDENCE_FEATURES)]
        logit = float(np.dot(weights, [1.0, best_score, off_topic_meaning]))
        return float(1 / (1 + np.exp(-logit)))


def load_ranking(encoder_name_or_path: str) -> Ranking:
    """Read the weights beside an encoder, else those of the project.

    Raises:
        EncoderUnavailableError: the file is damaged or was learnt for other features.
    """
    own = Path(encoder_name_or_path) / RANKING_FILE
    path = own if own.is_file() else DEFAULT_RANKING
    try:
        ranking = RANKING_ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        raise EncoderUnavailableError(encoder_name_or_path, f"{path} holds no weights") from exc
    wanted = (set(DOCUMENT_FEATURES), set(SECTION_FEATURES), {"bias", *CONFIDENCE_FEATURES})
    if (set(ranking.document), set(ranking.section), set(ranking.confidence)) != wanted:
        raise EncoderUnavailableError(encoder_name_or_path, f"{path} has weights of other features")
    return ranking


RANKING_ADAPTER: TypeAdapter[Ranking] = TypeAdapter(Ranking)


def _weighed(features: Vectors, weights: list[float]) -> Vectors:
    scores: Vectors = features @ np.array(weights, dtype=np.float32)
    return scores
