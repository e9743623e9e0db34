"""How many cases there are in each group, with small numbers hidden already."""

from dataclasses import dataclass

from cases.query import Comparison, Grouping


@dataclass(frozen=True)
class CountRow:
    """One group.

    Attributes:
        key: id of the group: `2026-10`, `2026-W47`, `hms`, a unit's id, ...
        count: None when it is hidden: fewer than 3 about others' units.
        before: the same of the compared time; None when it is hidden or nothing is compared.
    """

    key: str
    count: int | None
    before: int | None = None


@dataclass(frozen=True)
class CountTable:
    """Groups in the order in which they are shown; times go forward.

    Attributes:
        total: of all groups; None when it is hidden.
        total_before: of the compared time; None when it is hidden or nothing is compared.
        hidden: whether anything was hidden.
        withheld: keys of groups that are hidden although they are not small, as a small one could be worked
            out from them.
    """

    rows: tuple[CountRow, ...]
    total: int | None
    total_before: int | None = None
    group_by: Grouping | None = None
    compare: Comparison | None = None
    hidden: bool = False
    withheld: frozenset[str] = frozenset()
