"""Reads the organisation's list of units and places, JSON or CSV.

    JSON   [{"label": "unit", "name": "Solbakken sykehjem", "id": "HO-SOL", "parent": "HO", "aliases": []}]
    CSV    label,name,id,parent,aliases      with | between aliases

Label and name are needed. A parent is the id of the unit above: it settles that "Solbakken" means the nursing
home and not one of its wards.
"""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.core.errors import ModelFileError

LABELS = ("unit", "place")


@dataclass(frozen=True)
class GazetteerEntry:
    """One unit or place.

    Attributes:
        label: "unit" or "place".
        name: as the organisation writes it, NFC.
        id: the organisation's own, or None.
        parent: the id of the unit above, or None.
        aliases: other names.
    """

    label: str
    name: str
    id: str | None = None
    parent: str | None = None
    aliases: tuple[str, ...] = ()


def read_entries(path: Path) -> list[GazetteerEntry]:
    """Return the entries in the order of the file.

    Raises:
        ModelFileError: the file is missing, is neither JSON nor CSV, or an entry lacks label or name.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = _csv_rows(text) if path.suffix.lower() == ".csv" else json.loads(text)
    except OSError as error:
        raise ModelFileError(path, "the list of units and places cannot be read; is it there?") from error
    except (ValueError, csv.Error, RecursionError) as error:
        raise ModelFileError(path, "the list of units and places is damaged") from error
    if not isinstance(rows, list):
        raise ModelFileError(path, "not a list of units and places")
    entries = [_entry(row) for row in rows]
    for number, entry in enumerate(entries, start=1):
        if entry is None:
            raise ModelFileError(path, f"entry {number} is no unit or place with a name")
    return [entry for entry in entries if entry is not None]


def _csv_rows(text: str) -> list[dict[str, Any]]:
    reader = csv.DictReader(text.splitlines(), strict=True)
    rows: list[dict[str, Any]] = [
        {**row, "aliases": [alias for alias in (row.get("aliases") or "").split("|") if alias.strip()]}
        for row in reader
    ]
    if not {"label", "name"} <= set(reader.fieldnames or ()):
        raise ValueError("no columns label and name")
    return rows


def _entry(row: Any) -> GazetteerEntry | None:
    if not isinstance(row, Mapping) or row.get("label") not in LABELS or not _is_text(row.get("name")):
        return None
    aliases = row.get("aliases") or []
    if not isinstance(aliases, list) or not all(map(_is_text, aliases)):
        return None
    if not all(isinstance(row.get(key), (str, type(None))) for key in ("id", "parent")):
        return None
    return GazetteerEntry(
        row["label"],
        _clean(row["name"]),
        row.get("id") or None,
        row.get("parent") or None,
        tuple(map(_clean, aliases)),
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and any(char.isalnum() for char in value)


def _clean(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", value).split())
