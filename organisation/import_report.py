"""What an import does, or would do."""

from dataclasses import dataclass
from enum import StrEnum

from organisation.errors import RowProblem


class Kind(StrEnum):
    """What a row is about."""

    UNIT = "unit"
    PERSON = "person"
    DEPUTY = "deputy"


class Action(StrEnum):
    """What becomes of it. People are deactivated and never removed; deputies are removed."""

    ADDED = "added"
    CHANGED = "changed"
    DEACTIVATED = "deactivated"
    REMOVED = "removed"


@dataclass(frozen=True)
class FieldChange:
    """A field that changes.

    What it was and becomes is told of ids, roles and dates only, not of personal data.
    """

    name: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        key: the id of the unit or person; of a deputy `leader/deputy/first day`.
        row: where it stands in the source, None for what is missing there.
        fields: those that differ, when it is changed.
    """

    kind: Kind
    action: Action
    key: str
    row: int | None
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """All changes: units from the top downwards, then people and deputies by row; those without one last.

    Attributes:
        warnings: what is doubtful in the source but did not stop the import.
        active_before: how many people were active before it.
    """

    changes: tuple[Change, ...]
    warnings: tuple[RowProblem, ...]
    active_before: int

    def count(self, kind: Kind, action: Action) -> int:
        """How many of a kind have this action."""
        return sum((change.kind, change.action) == (kind, action) for change in self.changes)

    @property
    def units_added(self) -> int:
        """New units."""
        return self.count(Kind.UNIT, Action.ADDED)

    @property
    def units_changed(self) -> int:
        """Units with another name, parent or sector."""
        return self.count(Kind.UNIT, Action.CHANGED)

    @property
    def people_added(self) -> int:
        """New people."""
        return self.count(Kind.PERSON, Action.ADDED)

    @property
    def people_changed(self) -> int:
        """People of whom something differs, or who have come back."""
        return self.count(Kind.PERSON, Action.CHANGED)

    @property
    def people_deactivated(self) -> int:
        """People who have left."""
        return self.count(Kind.PERSON, Action.DEACTIVATED)
