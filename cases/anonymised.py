"""What somebody may learn from a case that they may not see."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from cases.calendar import oslo_date
from cases.categories import Status
from cases.labels import label
from cases.model import Case

# Fewer cases of one sort in a sector, and whoever works there would know which one is meant.
MIN_CASES_ALIKE = 3


def anonymised_summary(case: Case, language: str, *, sector_name: str, cases_alike: int) -> str | None:
    """A case in two or three sentences without title, description, unit, place, people, measures or number.

    Args:
        language: `nb` or `nn`.
        sector_name: what the sector of the case's unit is called, for the middle of a sentence.
        cases_alike: how many cases of the same sub-type the sector has outside the asker's charge, this one
            included. Cases without a sub-type are counted by category.
    Returns:
        None when too few are alike, or the case is sensitive.
    """
    if case.sensitive or cases_alike < MIN_CASES_ALIKE:
        return None
    texts = _texts()
    day = oslo_date(case.reported_at)
    sentences = [
        _about(case, language),
        texts["where"][language].format(
            sector=sector_name, month=texts["months"][language][day.month - 1], year=day.year
        ),
        f"{_counted(texts['measures'], 'none', len(case.measures), language)}, {_ending(case, language)}",
    ]
    if case.routine_ids:
        sentences.append(texts["routines"][language].format(ids=", ".join(case.routine_ids)))
    return ". ".join(sentences) + "."


def _about(case: Case, language: str) -> str:
    values = {
        "category": label("category_short", case.category, language),
        "severity": label("severity", case.severity, language),
    }
    if case.subtype is None:
        return str(_texts()["about_category"][language].format(**values))
    return str(_texts()["about"][language].format(subtype=label("subtype", case.subtype, language), **values))


def _ending(case: Case, language: str) -> str:
    if case.status is Status.AVVIST:
        return str(_texts()["rejected"][language])
    if case.closed_at is None:
        return str(_texts()["open"][language])
    days = (oslo_date(case.closed_at) - oslo_date(case.reported_at)).days
    return _counted(_texts()["closed"], "same_day", days, language)


def _counted(forms: dict[str, dict[str, str]], zero: str, count: int, language: str) -> str:
    form = zero if count == 0 else "one" if count == 1 else "many"
    return forms[form][language].format(count=count)


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    texts: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("learning_texts.yml").read_text("utf-8"))
    return texts
