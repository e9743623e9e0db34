"""The encoder that ships with the project was made from the data that ships with it."""

import json

from index_builder.encoder_training import DATA_DIR, MODEL_CARD, REPORT_FILE, data_fingerprint
from knowledge.embedded import EMBEDDED_ENCODER
from knowledge.ranking import RANKING_FILE, load_ranking
from knowledge.sentence_transformer_encoder import load_encoder

MAX_BYTES = 25_000_000


def test_shipped_encoder_was_trained_on_the_data_in_the_repository() -> None:
    report = json.loads((EMBEDDED_ENCODER / REPORT_FILE).read_text(encoding="utf-8"))
    assert report["data_sha256"] == data_fingerprint(DATA_DIR), "run `sifra train-encoder`"


def test_shipped_encoder_has_the_present_card() -> None:
    assert (EMBEDDED_ENCODER / "README.md").read_bytes() == MODEL_CARD.read_bytes()


def test_shipped_encoder_is_small() -> None:
    assert sum(path.stat().st_size for path in EMBEDDED_ENCODER.rglob("*") if path.is_file()) <= MAX_BYTES


def test_shipped_encoder_and_its_weights_load() -> None:
    report = json.loads((EMBEDDED_ENCODER / REPORT_FILE).read_text(encoding="utf-8"))
    assert load_encoder(str(EMBEDDED_ENCODER)).dimension == report["dimension"]
    assert (EMBEDDED_ENCODER / RANKING_FILE).is_file()
    assert 0 < load_ranking(str(EMBEDDED_ENCODER)).threshold < 1
