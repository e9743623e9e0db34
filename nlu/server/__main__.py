"""Starts Rasa on loopback: `python -m nlu.server run --model FILE --port N`.

`skops.io` is imported first because it scans every module that is loaded: before Rasa that takes
milliseconds, after Rasa five seconds. Rasa's HTTP API stays off; only our channel is mounted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import skops.io  # noqa: F401

from nlu.quiet import silence_warnings

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Read our few arguments and hand over to Rasa."""
    parser = argparse.ArgumentParser(prog="python -m nlu.server")
    parser.add_argument("command", choices=["run"])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--credentials", type=Path, default=ROOT / "credentials.yml")
    parser.add_argument("--endpoints", type=Path, default=ROOT / "endpoints.yml")
    arguments = parser.parse_args()
    if not arguments.model.is_file():
        # Rasa itself would silently serve another model.
        sys.exit(f"{arguments.model}: no such model. Run `sifra train`.")
    sys.argv = [
        "rasa",
        "run",
        *("-i", "127.0.0.1"),
        *("-p", str(arguments.port)),
        *("-m", str(arguments.model)),
        *("--credentials", str(arguments.credentials)),
        *("--endpoints", str(arguments.endpoints)),
    ]
    silence_warnings()
    from rasa.__main__ import main as rasa_main

    rasa_main()


if __name__ == "__main__":
    main()
