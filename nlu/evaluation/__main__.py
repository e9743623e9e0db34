"""Measures the trained model: `python -m nlu.evaluation nlu` and `python -m nlu.evaluation xsid`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import skops.io  # noqa: F401  (before Rasa, see nlu/server/__main__.py)

from nlu.core.ensemble import EnsembleSettings
from nlu.core.errors import NluError
from nlu.evaluation import rows
from nlu.evaluation.learning_curve import component_config, feature_shape, learning_curve
from nlu.evaluation.metrics import Pair, intent_scores, latency, personal_data_scores, report_scores
from nlu.evaluation.readings import TrainedModel
from nlu.evaluation.rows import LabelledMessage
from nlu.evaluation.summary import nlu_summary, xsid_summary
from nlu.evaluation.xsid import evaluate, read_sentences
from nlu.quiet import silence_warnings
from nlu.training_data import DATA_DIR

OWN_SET = DATA_DIR / "evaluation"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one evaluation and print it; bad data ends with one sentence and exit code 1."""
    options = _parser().parse_args(arguments)
    silence_warnings()
    try:
        scores, text = options.run(options)
    except NluError as error:
        sys.exit(str(error))
    sys.stdout.write(text)
    if options.json:
        content = json.dumps(scores, ensure_ascii=False, indent=2)
        options.json.write_text(content + "\n", encoding="utf-8")


def evaluate_nlu(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Read all messages with the trained model and score them."""
    renamed = dict(_pair(item) for item in options.map)
    reports = rows.read_reports(options.reports)
    others = rows.read_others(options.others, renamed)
    own = options.reports.parent == options.others.parent == OWN_SET
    marked_rows = options.personal_data or (OWN_SET / "personal_data.jsonl" if own else None)
    marked = rows.read_personal_data(marked_rows) if marked_rows else []
    model = TrainedModel(options.model)
    read = [_read(model, messages) for messages in (reports, others, marked)]
    groups = rows.groups_in(others)
    scores = {
        **intent_scores(read[0], read[1], groups),
        **report_scores(read[0]),
        **personal_data_scores([pair for pairs in read for pair in pairs]),
        "latency_ms": latency(reading for pairs in read[:2] for _, reading in pairs),
        "load_seconds": model.load_seconds,
        "rows": {"reports": len(reports), "others": len(others), "personal_data": len(marked)},
    }
    if options.plot:
        from nlu.evaluation.plots import draw_all, draw_learning_curve

        draw_all(options.plot, read[0], read[1], groups)
        scores["learning_curve"] = learning_curve(reports)
        draw_learning_curve(options.plot / "learning_curve.png", scores["learning_curve"])
    return scores, nlu_summary(scores)


def evaluate_xsid(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Train the intent part on the benchmark's development set and test it on its test set."""
    train, test = read_sentences(options.dev), read_sentences(options.test)
    # Its classes are nearly even, and its speakers give orders to a clock: nothing of ours to correct.
    settings = EnsembleSettings.from_config(
        {**component_config("EnsembleIntentClassifier"), "prior_correction": 0.0}
    )
    scores = evaluate(train, test, feature_shape(), settings)
    return scores, xsid_summary(scores)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nlu.evaluation")
    commands = parser.add_subparsers(required=True)
    nlu = commands.add_parser("nlu")
    nlu.add_argument("--model", type=Path, required=True)
    nlu.add_argument("--reports", type=Path, default=OWN_SET / "reports.jsonl")
    nlu.add_argument("--others", type=Path, default=OWN_SET / "others.jsonl")
    nlu.add_argument("--personal-data", type=Path)
    nlu.add_argument("--map", action="append", default=[], metavar="THEIRS=OURS")
    nlu.add_argument("--json", type=Path)
    nlu.add_argument("--plot", type=Path, metavar="DIR")
    nlu.set_defaults(run=evaluate_nlu)
    xsid = commands.add_parser("xsid")
    xsid.add_argument("--dev", type=Path, required=True)
    xsid.add_argument("--test", type=Path, required=True)
    xsid.add_argument("--json", type=Path)
    xsid.set_defaults(run=evaluate_xsid)
    return parser


def _pair(item: str) -> tuple[str, str]:
    theirs, equals, ours = item.partition("=")
    if not (theirs and equals and ours):
        raise rows.EvaluationDataError(f"--map {item}: write THEIRS=OURS")
    return theirs, ours


def _read(model: TrainedModel, messages: Sequence[LabelledMessage]) -> list[Pair]:
    return list(zip(messages, model.read([message.text for message in messages]), strict=True))


if __name__ == "__main__":
    main()
