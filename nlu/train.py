"""Trains the dialogue model: `python -m nlu.train --out var/models/sifra.tar.gz`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import skops.io  # noqa: F401  (before Rasa, see nlu/server/__main__.py)

from nlu.quiet import silence_warnings

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Train, and put the model in place in one step."""
    parser = argparse.ArgumentParser(prog="python -m nlu.train")
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out

    silence_warnings()
    import rasa

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        result = rasa.train(
            domain=str(ROOT / "domain.yml"),
            config=str(ROOT / "config.yml"),
            training_files=[str(ROOT / "bot" / "data")],
            output=folder,
            fixed_model_name="sifra",
        )
        if result.code != 0 or result.model is None:
            sys.exit(f"Training failed (code {result.code}).")
        shutil.move(result.model, out)
    sys.stdout.write(f"{out}\n")


if __name__ == "__main__":
    main()
