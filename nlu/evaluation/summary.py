"""An evaluation as text."""

from __future__ import annotations

from typing import Any

from nlu.evaluation.xsid import PUBLISHED

CONFUSIONS_SHOWN = 12
_NLU_LINES = {
    "Reports and the rest": (
        "report_accuracy", "report_recall", "false_report_rate", "false_file_rate", "asked_rate",
        "intent_macro_f1", "emergency_recall", "emergency_false_alarms", "whistleblowing_recall",
        "whistleblowing_false_alarms",
    ),
    "Reports": (
        "category_macro_f1", "category_top2", "category_accuracy", "per_variety", "hard_accuracy",
        "per_hard_flag", "subtype_accuracy", "severity_accuracy", "severity_within_one", "severity_qwk",
        "kind_accuracy", "ece",
    ),
    "Personal data": ("pii", "pii_precision"),
    "Speed": ("latency_ms", "load_seconds"),
}  # fmt: skip


def nlu_summary(scores: dict[str, Any]) -> str:
    """Return the scores as lines of name and value, with the commonest confusions of intents."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in scores["rows"].items())
    lines = [f"Measured on {counts}"]
    for title, names in _NLU_LINES.items():
        lines += ["", title]
        lines += [f"  {name:28} {_shown(scores[name])}" for name in names if scores.get(name) is not None]
    lines += ["", "Commonest confusions (labelled, read as, times)"]
    lines += [
        f"  {gold} -> {read}  {count}" for gold, read, count in scores["intent_confusions"][:CONFUSIONS_SHOWN]
    ]
    return "\n".join(lines) + "\n"


def xsid_summary(scores: dict[str, Any]) -> str:
    """Return the accuracy beside the published ones."""
    unseen = "none" if scores["accuracy_unseen"] is None else f"{scores['accuracy_unseen']:.4f}"
    lines = [
        f"Trained on {scores['train_rows']}, tested on {scores['test_rows']} sentences",
        "",
        f"  {'Sifra':48} {scores['accuracy']:.4f}",
        f"  {'Sifra, test texts not seen in training only':48} {unseen}",
        *(f"  {'Sifra, ' + name:48} {share:.4f}" for name, share in scores["per_dialect"].items()),
        *(f"  {name:48} {share:.4f}" for name, share in PUBLISHED.items()),
    ]
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {_shown(item)}" for name, item in value.items())
    return f"{value:.3f}" if isinstance(value, float) else str(value)
