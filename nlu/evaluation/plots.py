"""Pictures of an evaluation, as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay

from nlu.evaluation.metrics import Pair, calibration_bins, categories_of, confidences


def draw_all(folder: Path, reports: Sequence[Pair], others: Sequence[Pair], groups: dict[str, str]) -> None:
    """Draw the confusions of categories and intents and the reliability of the category's probability."""
    folder.mkdir(parents=True, exist_ok=True)
    if reports:
        draw_confusions(
            folder / "categories.png",
            [message.labels["category"] for message, _ in reports],
            [(categories_of(reading) or ["none"])[0] for _, reading in reports],
        )
        draw_reliability(folder / "reliability.png", reports)
    if others:
        every = [*reports, *others]
        draw_confusions(
            folder / "intents.png",
            [str(message.intent) for message, _ in every],
            [groups.get(reading.likeliest or "none", reading.likeliest or "none") for _, reading in every],
        )


def draw_confusions(path: Path, gold: Sequence[str], read: Sequence[str]) -> None:
    """Draw counts, labels down, readings across."""
    size = max(5.0, 0.45 * len(set(gold) | set(read)))
    figure, axes = pyplot.subplots(figsize=(size + 1, size))
    ConfusionMatrixDisplay.from_predictions(
        gold, read, ax=axes, cmap="Blues", colorbar=False, xticks_rotation="vertical"
    )
    axes.set(xlabel="read as", ylabel="labelled")
    _save(figure, path)


def draw_reliability(path: Path, reports: Sequence[Pair]) -> None:
    """Draw the share right over the mean confidence, by tenths of confidence; the diagonal is perfect."""
    bins = calibration_bins(*confidences(reports))
    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.plot([mean for mean, _, _ in bins], [share for _, share, _ in bins], marker="o")
    for mean, share, rows in bins:
        axes.annotate(str(rows), (mean, share), textcoords="offset points", xytext=(4, -12), fontsize=8)
    axes.set(xlabel="confidence in the category", ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))
    _save(figure, path)


def draw_learning_curve(path: Path, points: Sequence[tuple[int, float, float]]) -> None:
    """Draw macro-F1 and top-2 of the category over the number of training reports."""
    figure, axes = pyplot.subplots(figsize=(6, 4))
    rows = [point[0] for point in points]
    axes.plot(rows, [point[1] for point in points], marker="o", label="macro-F1")
    axes.plot(rows, [point[2] for point in points], marker="s", label="top two")
    axes.set(xlabel="training reports", xscale="log", ylabel="category")
    axes.set_xticks(rows, [f"{count:,}" for count in rows])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
