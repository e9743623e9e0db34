"""Run every check and show the result as a table or as JSON."""

import json
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table

from sifra.checks import CHECKS, Check, State
from sifra.settings import Stack

_MARKS = {State.OK: "[green]✓[/]", State.MISSING: "[red]✗[/]", State.NOTE: "·"}


def run_checks(stack: Stack) -> Iterator[Check]:
    """Run all checks; one that breaks is itself a finding and does not stop the others."""
    for name, check in CHECKS:
        try:
            yield from check(stack)
        except Exception as exc:  # noqa: BLE001 (the edge: a doctor must survive what it finds)
            reason = (str(exc).splitlines() or [""])[0]
            yield Check(
                name, State.MISSING, f"{type(exc).__name__}: {reason}", "see the message; then `make setup`"
            )


def all_well(checks: Iterable[Check]) -> bool:
    """Tell whether nothing that is needed is missing."""
    return all(check.state is not State.MISSING for check in checks)


def as_json(checks: Iterable[Check]) -> str:
    """Write the checks for other programs."""
    listed = [
        {"name": check.name, "state": check.state.value, "detail": check.detail, "remedy": check.remedy}
        for check in checks
    ]
    return json.dumps({"ok": all_well(checks), "checks": listed}, ensure_ascii=False, indent=2)


def show_table(checks: Iterable[Check], console: Console) -> None:
    """Print the checks for people."""
    table = Table(box=None, pad_edge=False)
    for heading in ("", "Check", "Seen", "How to mend it"):
        table.add_column(heading, overflow="fold")
    for check in checks:
        table.add_row(_MARKS[check.state], check.name, check.detail, check.remedy)
    console.print(table)
