"""`sifra cases export`, `import`, `retention` and `forget`: the register as a whole, for administrators.

These commands know no rights: whoever may run them holds the database anyway.
"""

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sifra.case_report import Language
from sifra.errors import SifraError
from sifra.settings import Stack

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cases.export import Exported, Scope, Write
    from database.engine import SessionFactory

_log = logging.getLogger(__name__)
LOG_NAME = "exports.log"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9-]+")


class Format(StrEnum):
    """What an export is for: everything for another Sifra, or a table for people."""

    JSONL = "jsonl"
    CSV = "csv"


def add_export_commands(cases_app: typer.Typer, load_stack: Callable[[], Stack]) -> None:
    """Add the commands to `sifra cases`.

    Args:
        load_stack: reads the settings.
    """

    @cases_app.command("export")
    def export(
        out: Annotated[Path, typer.Option(help="The folder for the file.")],
        file_format: Annotated[
            Format, typer.Option("--format", help="jsonl: everything. csv: a table for a spreadsheet.")
        ] = Format.JSONL,
        year: Annotated[int | None, typer.Option(help="Only cases reported in this year.")] = None,
        unit: Annotated[str | None, typer.Option(help="Only cases of this unit and those below.")] = None,
        attachments: Annotated[
            bool, typer.Option("--attachments", help="jsonl: with what attached files hold.")
        ] = False,
        sensitive: Annotated[bool, typer.Option("--sensitive", help="csv: also sensitive cases.")] = False,
        language: Annotated[Language, typer.Option(help="csv: Bokmaal or Nynorsk.")] = Language.NB,
    ) -> None:
        """Write cases to a file that only you can read. For administrators: nobody's rights are asked.

        How many cases were written, when and by which user of this machine is noted in exports.log.
        """
        from database.clock import utc_now

        path, exported = write_export(
            load_stack(), out, utc_now(), file_format=file_format, year=year, unit=unit,
            attachments=attachments, sensitive=sensitive, language=language,
        )  # fmt: skip
        typer.echo(f"Wrote {exported.cases} cases to {path}")

    @cases_app.command("import")
    def import_file(file: Annotated[Path, typer.Argument(help="Written by `sifra cases export`.")]) -> None:
        """Take an exported register into an empty one. Units and people must be there; stop Sifra first."""
        typer.echo(read_export(load_stack().database_url, file))

    @cases_app.command("retention")
    def retention(
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how many cases are due.")] = False,
    ) -> None:
        """Take personal data out of cases whose time has come, as the clerk does every night."""
        for line in run_retention(load_stack().database_url, dry_run=dry_run):
            typer.echo(line)

    @cases_app.command("forget")
    def forget(
        employee_id: Annotated[str, typer.Argument(help="Of somebody who has left, such as E1234.")],
    ) -> None:
        """Take away the name of somebody who has left and whom no case names that is still kept."""
        typer.echo(forget_person(load_stack().database_url, employee_id))


def write_export(
    stack: Stack,
    folder: Path,
    now: datetime,
    *,
    file_format: Format = Format.JSONL,
    year: int | None = None,
    unit: str | None = None,
    attachments: bool = False,
    sensitive: bool = False,
    language: str = "nb",
) -> "tuple[Path, Exported]":
    """Write the file; one of the same name is replaced once the new one is whole.

    Args:
        now: aware; its day in Norway is part of the file's name.
    Raises:
        SifraError: the unit is unknown, the database cannot be read, or the file cannot be written.
    """
    from cases.calendar import oslo_date
    from cases.export import export_register
    from cases.export_csv import export_table
    from database.engine import reading
    from database.migrate import head_revision

    parts = [
        "sifra-cases",
        oslo_date(now).isoformat(),
        *([str(year)] if year else []),
        *([unit] if unit else []),
    ]
    path = folder / f"{_NOT_IN_NAMES.sub('_', '-'.join(parts))}.{file_format}"
    with _sessions(stack.database_url) as sessions, reading(sessions) as session:
        scope = _scope(session, year, unit)
        with _written(path) as write:
            if file_format is Format.CSV:
                exported = export_table(session, write, language, scope=scope, sensitive=sensitive)
            else:
                exported = export_register(
                    session, write, now, head_revision(), scope=scope, attachments=attachments
                )
    _note(stack, now, f"{file_format}: {exported.cases} cases, {exported.events} events, user {os.getuid()}")
    return path, exported


def read_export(database_url: str, file: Path) -> str:
    """Import a file and tell what was.

    Raises:
        SifraError: the file cannot be taken in; nothing was changed.
    """
    from cases.errors import RegisterFileError
    from cases.register_import import import_register

    try:
        with _sessions(database_url) as sessions, sessions.begin() as session:
            imported = import_register(session, file)
    except RegisterFileError as exc:
        raise SifraError(
            "\n".join(["Nothing was imported, because of:", *(f"  {x}" for x in exc.problems)])
        ) from exc
    except OSError as exc:
        raise SifraError(f"{file} cannot be read: {exc.strerror}.") from exc
    return f"Imported {imported.cases} cases with {imported.events} events; their history is whole."


def run_retention(database_url: str, *, dry_run: bool) -> Iterator[str]:
    """Anonymise what is due, or only count it, and tell how much.

    Raises:
        SifraError: the database cannot be used.
    """
    from cases.retention import Retention
    from database.clock import utc_now

    with _sessions(database_url) as sessions:
        work = Retention(sessions, utc_now)
        if dry_run:
            due = work.due()
            yield from (f"{category}: {count}" for category, count in sorted(due.items()))
            yield f"{sum(due.values())} cases are due. This was a dry run: nothing was changed."
            return
        tidied = work.run()
    yield from (f"{category}: {count}" for category, count in sorted(tidied.cases.items()))
    yield (
        f"{sum(tidied.cases.values())} cases were anonymised, {tidied.people} names of people who have left"
        f" and {tidied.notices} old notices were taken away."
    )


def forget_person(database_url: str, employee_id: str) -> str:
    """Take away the name of somebody who has left.

    Raises:
        SifraError: it is still needed.
    """
    from cases.erasure import pseudonymise_person
    from cases.errors import StillNeededError

    try:
        with _sessions(database_url) as sessions, sessions.begin() as session:
            had_name = pseudonymise_person(session, employee_id)
    except StillNeededError as exc:
        raise SifraError(
            f"{employee_id} is unknown, works here, or is named in a case that is not anonymised yet."
        ) from exc
    return f"{employee_id} has no name any more." if had_name else f"{employee_id} had no name any more."


def _scope(session: "Session", year: int | None, unit: str | None) -> "Scope":
    from cases.export import Scope
    from organisation.directory import Directory

    if year is not None and not 1 <= year <= 9999:
        raise SifraError(f"{year} is no year.")
    if unit is None:
        return Scope(year)
    units = Directory(session).unit_and_below(unit)
    if not units:
        raise SifraError(f"There is no unit {unit}.")
    return Scope(year, units)


@contextmanager
def _sessions(database_url: str) -> "Iterator[SessionFactory]":
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from database.engine import make_engine, session_factory

    engine = make_engine(database_url)
    try:
        yield session_factory(engine)
    except (OperationalError, ProgrammingError) as exc:
        raise SifraError(
            "The database cannot be used. `sifra db status` shows whether its schema is the newest;"
            " `sifra db upgrade` brings it there."
        ) from exc
    finally:
        engine.dispose()


@contextmanager
def _written(path: Path) -> "Iterator[Write]":
    """A file that is there when it is whole, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as exc:
        raise SifraError(f"The export cannot be written to {path.parent}: {exc.strerror}.") from exc
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _note(stack: Stack, now: datetime, line: str) -> None:
    """Keep that there was an export: numbers only."""
    _log.info("export %s", line)
    log = stack.log_dir / LOG_NAME
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{now.isoformat(timespec='seconds')} {line}\n")
