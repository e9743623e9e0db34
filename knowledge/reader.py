"""Who asks, as far as it decides which documents they may read."""

from dataclasses import dataclass

from knowledge.documents import Document

EMPLOYEES = "employees"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads routines.

    Attributes:
        employee: whether the channel has authenticated them as one of the municipality's people.
        units: ids of their own unit and all units above it, so that what is written for a sector is read in
            all of its departments.
    """

    employee: bool
    units: frozenset[str]

    def may_read(self, document: Document) -> bool:
        """Tell whether a document is for this reader."""
        if document.is_public:
            return True
        is_for_all_staff = self.employee and EMPLOYEES in document.access
        return is_for_all_staff or not self.units.isdisjoint(document.access)


ANYONE = Reader(employee=False, units=frozenset())
"""Somebody unknown: reads what is public, nothing else."""
