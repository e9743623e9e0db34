"""`sifra cases report`: the yearly report on internal control, as a Word document and a PDF file."""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sifra.errors import SifraError
from sifra.settings import Stack

if TYPE_CHECKING:
    from cases.yearly_report import YearReport


class Language(StrEnum):
    """The written forms."""

    NB = "nb"
    NN = "nn"


def add_report_command(app: typer.Typer, load_stack: Callable[[], Stack]) -> None:
    """Add the command to `sifra cases`.

    Args:
        load_stack: reads the settings.
    """

    @app.command("report")
    def report(
        year: Annotated[int, typer.Option(help="The year, over or not.")],
        out: Annotated[Path, typer.Option(help="The files, without their endings .docx and .pdf.")],
        language: Annotated[Language, typer.Option(help="Bokmaal or Nynorsk.")] = Language.NB,
    ) -> None:
        """Write the yearly report to the municipal council."""
        from database.clock import utc_now

        for path in write_yearly_report(load_stack().database_url, year, out, language, utc_now()):
            typer.echo(f"Wrote {path}")


def write_yearly_report(database_url: str, year: int, out: Path, language: str, now: datetime) -> list[Path]:
    """Write both files.

    Args:
        out: the files' path without ending; files that are there are replaced.
        now: aware.
    Raises:
        SifraError: the year has not begun, the database cannot be read, or a file cannot be written.
    """
    from cases.calendar import oslo_date
    from cases.report_docx import to_docx
    from cases.report_pdf import to_pdf
    from cases.report_text import write_report

    today = oslo_date(now)
    if not 1 < year <= today.year:
        raise SifraError(f"There is no report for {year}: the year has not begun.")
    document = write_report(_collect(database_url, year, today), language)
    paths = [out.with_name(out.name + ending) for ending in (".docx", ".pdf")]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for path, make in zip(paths, (to_docx, to_pdf), strict=True):
            path.write_bytes(make(document, now))
    except OSError as exc:
        raise SifraError(f"The report cannot be written to {out.parent}: {exc.strerror}.") from exc
    return paths


def _collect(database_url: str, year: int, today: date) -> "YearReport":
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from cases.yearly_report import collect
    from database.engine import make_engine, reading, session_factory

    engine = make_engine(database_url)
    try:
        with reading(session_factory(engine)) as session:
            return collect(session, year, today)
    except (OperationalError, ProgrammingError) as exc:
        raise SifraError(
            "The cases cannot be read from the database. `sifra db status` shows whether its schema is"
            " the newest; `sifra db upgrade` brings it there."
        ) from exc
    finally:
        engine.dispose()
