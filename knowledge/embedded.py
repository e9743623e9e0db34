"""Where the encoder lies that ships with the project; `sifra train-encoder` makes it."""

from pathlib import Path

EMBEDDED_ENCODER = Path(__file__).parent / "embedded_encoder"
