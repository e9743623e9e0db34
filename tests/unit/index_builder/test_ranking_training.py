"""Weights are learnt from questions, the same from the same, and tell an answer from none."""

from pathlib import Path

import pytest
from evaluation_fakes import WordEncoder
from training_files import THINGS, write_training_data

from index_builder.ranking_training import fit_ranking
from index_builder.training_data import read_routine_sets
from knowledge.ranking import CONFIDENCE_FEATURES, Ranking
from knowledge.scoring import DOCUMENT_FEATURES, EXAMPLES, SECTION_FEATURES

OFF_TOPIC = ("Hvem vant kampen?", "Fortell en vits", "Blir det regn?")


def fit(data_dir: Path) -> Ranking:
    encoder = WordEncoder([*THINGS, "mangler"])
    return fit_ranking(read_routine_sets(data_dir / "training_routines"), OFF_TOPIC, encoder)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def ranking(data_dir: Path) -> Ranking:
    return fit(data_dir)


def test_every_feature_has_a_weight(ranking: Ranking) -> None:
    assert tuple(ranking.document) == DOCUMENT_FEATURES
    assert tuple(ranking.section) == SECTION_FEATURES
    assert set(ranking.confidence) == {"bias", *CONFIDENCE_FEATURES}
    assert 0 < ranking.threshold < 1


def test_same_data_gives_same_weights(ranking: Ranking, data_dir: Path) -> None:
    assert fit(data_dir) == ranking


def test_what_tells_the_right_document_and_section_counts_for_them(ranking: Ranking) -> None:
    assert ranking.document["best_passage_meaning"] > 0
    assert ranking.section["meaning"] > 0
    assert ranking.section["purpose"] < 0  # it never answers here
    assert ranking.document[EXAMPLES] > max(v for k, v in ranking.document.items() if k != EXAMPLES)


def test_a_better_document_is_a_surer_answer(ranking: Ranking) -> None:
    assert ranking.confidence["score"] > 0
    assert ranking.answer_confidence(20.0, 0.0) > ranking.threshold > ranking.answer_confidence(-20.0, 0.0)
