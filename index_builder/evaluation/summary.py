"""An evaluation as text."""

from collections.abc import Mapping
from typing import Any

_NAMES_SHOWN = 8
_PROBLEMS = {
    "skipped_files": "Files that are not in the index",
    "unknown_documents": "Documents that rows name and the index has not (they count as not found)",
    "not_in_force": "Documents that do not hold today (the search does not find them)",
    "unknown_sections": "Questions whose section no right document has (they count as not found)",
}


def search_summary(scores: Mapping[str, Any]) -> str:
    """Return the scores of `evaluate_search` as lines."""
    counts, abstention = scores["counts"], scores["abstention"]
    lines = [
        f"{counts['documents']} documents in {counts['passages']} passages, {counts['questions']} questions, "
        f"{counts['unanswerable']} unanswerable; encoder {scores['encoder']}",
        "",
        _row("Right document among the first", ["1", "3", "5"]),
        _recall_row("Sifra", scores["doc_recall"]),
        *(_recall_row(name, recall) for name, recall in scores["baselines"].items()),
        "",
        *(_recall_row(f"style {style}", recall) for style, recall in scores["per_style"].items()),
        "",
        _row("MRR@10", [scores["mrr10"]]),
        _row("Right section among the first 1, 3", list(scores["section_recall"].values())),
        _row("Right section, when the document is", [scores["section_in_document"]]),
        _row("Passage holds an answer fact", [scores["fact_in_passage"]]),
        _row("Passage holds all of them", [scores["all_facts_in_passage"]]),
        "",
        _row("Refused as it is set: unanswerable", [abstention["refused_unanswerable"]]),
        _row("Refused as it is set: answerable", [abstention["refused_answerable"]]),
        _row("Unanswerable at 10 % wrong refusals", [abstention["refused_unanswerable_at_10pct_wrong"]]),
        "",
        _row("Answer takes, ms: median, 95th perc.", list(scores["latency_ms"].values())),
    ]
    for key, title in _PROBLEMS.items():
        lines += _named(title, scores[key])
    return "\n".join(lines) + "\n"


def retrieval_summary(scores: Mapping[str, Any]) -> str:
    """Return the scores of `evaluate_retrieval` as lines."""
    counts = scores["counts"]
    rows = {"Sifra": scores, **scores["baselines"]}
    lines = [
        f"{counts['passages']} passages, {counts['questions']} questions; encoder {scores['encoder']}",
        "",
        _row("", ["R@1", "R@5", "MRR@10"]),
        *(_row(name, [*row["recall"].values(), row["mrr10"]]) for name, row in rows.items()),
    ]
    return "\n".join(lines) + "\n"


def _recall_row(name: str, recall: Mapping[str, float | None]) -> str:
    return _row(name, list(recall.values()))


def _row(name: str, values: list[Any]) -> str:
    return f"  {name:38}" + "".join(f"{_shown(value):>9}" for value in values)


def _named(title: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = [f"and {len(names) - _NAMES_SHOWN} more"] if len(names) > _NAMES_SHOWN else []
    return ["", f"{title}: {len(names)}", *(f"  {name}" for name in [*names[:_NAMES_SHOWN], *more])]


def _shown(value: Any) -> str:
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
