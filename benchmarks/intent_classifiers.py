"""Compares intent classifiers on the same messages: `.venv-rasa/bin/python benchmarks/intent_classifiers.py`.

Each candidate is trained by Rasa on one random part of the training messages and tested on the evaluation
set, in a process of its own so that memory and start-up are its own. DIET on all messages would take most of
an hour on two cores, hence the part.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import skops.io  # noqa: F401  (before Rasa, see nlu/server/__main__.py)
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

TOKENS = {"name": "nlu.components.norwegian_tokenizer.NorwegianTokenizer"}
COUNTS = [
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 2, "max_ngram": 5},
]
OURS = "nlu.components.text_featurizer.TextFeaturizer"
PIPELINES: dict[str, list[dict[str, Any]]] = {
    "stock: counts + logistic regression": [TOKENS, *COUNTS, {"name": "LogisticRegressionClassifier"}],
    "stock: counts + DIET": [
        TOKENS,
        *COUNTS,
        {"name": "DIETClassifier", "epochs": 30, "entity_recognition": False},
    ],
    "ours, linear + neural": [
        TOKENS,
        {"name": OURS},
        {"name": "nlu.components.intent_classifier.EnsembleIntentClassifier"},
    ],
}


def main() -> None:
    """Measure every candidate and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=4000, help="training messages, picked at random")
    parser.add_argument(
        "--only", choices=PIPELINES, help="one candidate, as JSON (what the table is made of)"
    )
    options = parser.parse_args()
    if options.only:
        sys.stdout.write(json.dumps(measure(PIPELINES[options.only], options.rows)) + "\n")
        return
    columns = ("report_accuracy", "intent_macro_f1", "train_s", "model_mb", "load_s", "peak_mb", "p50_ms")
    sys.stdout.write(f"| {options.rows} rows | " + " | ".join(columns) + " |\n" + "| --- " * 8 + "|\n")
    for name in PIPELINES:
        command = [sys.executable, __file__, "--rows", str(options.rows), "--only", name]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        scores = json.loads(answer.stdout.strip().splitlines()[-1])
        sys.stdout.write(f"| {name} | " + " | ".join(f"{scores[column]:.3g}" for column in columns) + " |\n")
        sys.stdout.flush()


def measure(pipeline: list[dict[str, Any]], rows: int) -> dict[str, float]:
    """Train, load and test one pipeline."""
    import numpy as np
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    from nlu.evaluation.metrics import intent_scores, latency
    from nlu.evaluation.readings import reading_of
    from nlu.evaluation.rows import read_others, read_reports
    from nlu.quiet import silence_logs, silence_warnings
    from nlu.training_data import DATA_DIR, examples

    silence_warnings()
    silence_logs()
    logging.disable(logging.ERROR)
    messages = list(examples(DATA_DIR))
    picked = np.random.default_rng(0).permutation(len(messages))[:rows]
    by_intent: dict[str, list[dict[str, str]]] = {}
    for index in picked:
        by_intent.setdefault(messages[index].intent, []).append({"text": messages[index].text})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = {"recipe": "default.v1", "language": "nb", "assistant_id": "benchmark", "pipeline": pipeline}
        (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        nlu = [{"intent": intent, "examples": items} for intent, items in by_intent.items()]
        content = {"version": "3.1", "nlu": nlu}
        (folder / "nlu.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        began = time.perf_counter()
        model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
        trained = time.perf_counter()
        agent = Agent.load(model)
        loaded = time.perf_counter()
        size = Path(model).stat().st_size / 1e6
    labelled = [
        read_reports(DATA_DIR / "evaluation" / "reports.jsonl"),
        read_others(DATA_DIR / "evaluation" / "others.jsonl"),
    ]
    pairs = []
    for asked in labelled:
        readings = []
        for message in asked:
            start = time.perf_counter()
            parsed = asyncio.run(agent.parse_message(message.text))
            readings.append(reading_of(parsed, (time.perf_counter() - start) * 1000))
        pairs.append(list(zip(asked, readings, strict=True)))
    scores = intent_scores(pairs[0], pairs[1], {})
    return {
        "report_accuracy": scores["report_accuracy"],
        "intent_macro_f1": scores["intent_macro_f1"],
        "train_s": trained - began,
        "model_mb": size,
        "load_s": loaded - trained,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "p50_ms": latency(reading for part in pairs for _, reading in part)["p50"],
    }


if __name__ == "__main__":
    main()
