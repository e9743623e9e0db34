"""The states and degrees that the word list names by keys of its own, and what only the asker can settle."""

from __future__ import annotations

from dataclasses import dataclass

from cases.categories import Severity, Status

OPEN = (Status.NY, Status.UNDER_BEHANDLING, Status.TILTAK)
STATUSES: dict[str, tuple[Status, ...]] = {
    "open": OPEN,
    "new": (Status.NY,),
    "untreated": (Status.NY,),
    "under": (Status.UNDER_BEHANDLING,),
    "action": (Status.TILTAK,),
    "closed": (Status.LUKKET,),
    "rejected": (Status.AVVIST,),
}
SEVERITIES: dict[str, tuple[Severity, ...]] = {
    "kritisk": (Severity.KRITISK,),
    "serious": (Severity.HOY, Severity.KRITISK),
    "hoy": (Severity.HOY,),
    "middels": (Severity.MIDDELS,),
    "from_middels": (Severity.MIDDELS, Severity.HOY, Severity.KRITISK),
    "to_middels": (Severity.LAV, Severity.MIDDELS),
    "lav": (Severity.LAV,),
}


@dataclass(frozen=True)
class Unclear:
    """Something that only the asker can settle.

    Attributes:
        kind: `unit`, `person`, or `reporter` for cases that somebody else has reported.
        options: ids to choose from; empty when there is nothing to choose.
        text: as typed.
    """

    kind: str
    options: tuple[str, ...]
    text: str
