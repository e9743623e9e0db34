"""Weights beside an encoder: read, refused when they do not fit, and applied by the names of the features."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge import ranking as ranking_module
from knowledge.errors import EncoderUnavailableError
from knowledge.ranking import CONFIDENCE_FEATURES, RANKING_FILE, load_ranking
from knowledge.scoring import DOCUMENT_FEATURES, SECTION_FEATURES


def weights() -> dict[str, Any]:
    return {
        "document": {name: float(i) for i, name in enumerate(DOCUMENT_FEATURES)},
        "section": {name: float(i) for i, name in enumerate(SECTION_FEATURES)},
        "confidence": {"score": 2.0, "off_topic_meaning": -4.0, "bias": 1.0},
        "threshold": 0.25,
    }


def save(folder: Path, content: object) -> str:
    folder.mkdir(exist_ok=True)
    (folder / RANKING_FILE).write_text(json.dumps(content), encoding="utf-8")
    return str(folder)


def test_features_are_weighed_by_their_names_and_not_by_the_order_of_the_file(tmp_path: Path) -> None:
    content = weights()
    for key in ("document", "section", "confidence"):
        content[key] = dict(reversed(content[key].items()))
    ranking = load_ranking(save(tmp_path, content))
    documents = ranking.document_scores(np.eye(len(DOCUMENT_FEATURES), dtype=np.float32))
    sections = ranking.section_scores(np.eye(len(SECTION_FEATURES), dtype=np.float32))
    assert documents.tolist() == list(range(len(DOCUMENT_FEATURES)))
    assert sections.tolist() == list(range(len(SECTION_FEATURES)))
    assert documents.dtype == np.float32
    assert ranking.threshold == 0.25


def test_confidence_rises_with_the_score_and_falls_with_likeness_to_what_no_routine_answers(
    tmp_path: Path,
) -> None:
    ranking = load_ranking(save(tmp_path, weights()))
    assert ranking.answer_confidence(1.5, 1.0) == pytest.approx(0.5)  # 1 + 2 * 1.5 - 4 * 1 = 0
    assert ranking.answer_confidence(1.0, 0.0) == pytest.approx(1 / (1 + np.exp(-3)))
    assert ranking.answer_confidence(1.0, 1.0) == pytest.approx(1 / (1 + np.exp(1)))


def test_encoder_without_weights_gets_those_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "embedded", {**weights(), "threshold": 0.75})
    monkeypatch.setattr(ranking_module, "DEFAULT_RANKING", tmp_path / "embedded" / RANKING_FILE)
    assert load_ranking(str(tmp_path)).threshold == 0.75
    assert load_ranking("intfloat/multilingual-e5-small").threshold == 0.75
    assert load_ranking(save(tmp_path / "own", weights())).threshold == 0.25


def test_no_weights_at_all_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking_module, "DEFAULT_RANKING", tmp_path / "missing.json")
    with pytest.raises(EncoderUnavailableError, match=r"missing\.json holds no weights"):
        load_ranking(str(tmp_path))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"document": {}}', "\u2028"])
def test_damaged_weights_are_named(tmp_path: Path, content: str) -> None:
    (tmp_path / RANKING_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(EncoderUnavailableError, match=rf"{RANKING_FILE} holds no weights"):
        load_ranking(str(tmp_path))


@pytest.mark.parametrize(
    ("kind", "name"),
    [("document", DOCUMENT_FEATURES[0]), ("section", SECTION_FEATURES[-1]), ("confidence", "bias")],
)
def test_a_missing_feature_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    content = weights()
    del content[kind][name]
    with pytest.raises(EncoderUnavailableError, match="weights of other features"):
        load_ranking(save(tmp_path, content))


@pytest.mark.parametrize("kind", ["document", "section", "confidence"])
def test_a_feature_that_is_not_known_is_refused(tmp_path: Path, kind: str) -> None:
    content = weights()
    content[kind]["moon_phase"] = 1.0
    with pytest.raises(EncoderUnavailableError, match="weights of other features"):
        load_ranking(save(tmp_path, content))


def test_confidence_features_are_those_of_the_method() -> None:
    assert set(CONFIDENCE_FEATURES) == {"score", "off_topic_meaning"}
