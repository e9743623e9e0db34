"""Rasa imports TensorFlow: quiet, on the processor, and without telemetry, all set before anything else."""

from __future__ import annotations

import os

os.environ.update(
    {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_INTRA_OP_PARALLELISM_THREADS": "1",
        "TF_INTER_OP_PARALLELISM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
)

import pytest
import skops.io  # noqa: F401  (before Rasa, see nlu/server/__main__.py)
from scipy.sparse import csr_matrix
from small_reports import TEXTS

from nlu.core.features import FeatureShape, TextFeatures
from nlu.core.tokens import NorwegianToken, NorwegianTokenizer


@pytest.fixture(scope="session")
def tokenize() -> NorwegianTokenizer:
    return NorwegianTokenizer()


@pytest.fixture(scope="session")
def messages(tokenize: NorwegianTokenizer) -> list[list[NorwegianToken]]:
    """The tokens of `small_reports.TEXTS`."""
    return [tokenize(text) for text in TEXTS]


@pytest.fixture(scope="session")
def features(messages: list[list[NorwegianToken]]) -> TextFeatures:
    """All four blocks, learned from the small reports."""
    fitted = TextFeatures(FeatureShape(min_documents=1, min_documents_rare=1))
    fitted.fit(messages)
    return fitted


@pytest.fixture(scope="session")
def matrix(features: TextFeatures, messages: list[list[NorwegianToken]]) -> csr_matrix:
    return features.transform(messages)
