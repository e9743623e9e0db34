"""`sifra organisation`: units, people and deputies, from CSV files or Microsoft Graph."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sifra.errors import SettingsError, SifraError
from sifra.settings import Stack

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from organisation.errors import GraphError, ImportFileError, RowProblem
    from organisation.graph_import import GraphDirectory
    from organisation.graph_settings import GraphSettings
    from organisation.import_report import Change, ImportReport

# So many leave at once only if the source is not whole. In a small organisation a few are many.
MAX_LEAVING_SHARE = 0.2
MIN_LEAVING = 10

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would change, row by row.")]
ManyLeave = Annotated[
    bool, typer.Option("--many-leave", help="Go on although many people would be deactivated.")
]
ImportStep = Callable[["Session"], "ImportReport"]


def make_organisation_app(load_stack: Callable[[], Stack]) -> typer.Typer:
    """Make the commands.

    Args:
        load_stack: reads the settings.
    """
    app = typer.Typer(no_args_is_help=True, help="Units, people and deputies.")

    @app.command("import")
    def import_files(
        units: Annotated[Path, typer.Option(help="CSV: unit_id, name, parent_id, sector.")],
        people: Annotated[Path, typer.Option(help="CSV: employee_id, name, email, title, unit_id, role.")],
        deputies: Annotated[
            Path | None, typer.Option(help="CSV: leader_id, deputy_id, begins, ends; else they stay.")
        ] = None,
        dry_run: DryRun = False,
        many_leave: ManyLeave = False,
    ) -> None:
        """Make the organisation as CSV files say. Who is not in the file of people is deactivated."""
        from organisation.csv_import import import_csv

        def step(session: "Session") -> "ImportReport":
            return import_csv(session, units, people, deputies, dry_run=dry_run)

        _run(load_stack(), step, dry_run=dry_run, many_leave=many_leave)

    @app.command("sync")
    def sync(dry_run: DryRun = False, many_leave: ManyLeave = False) -> None:
        """Take people and their roles from Microsoft Graph; SIFRA_GRAPH_* says how."""
        from organisation.graph_import import import_graph

        stack = load_stack()
        settings = _graph_settings(stack)
        with _sentences():
            fetched = _fetch(settings)

        def step(session: "Session") -> "ImportReport":
            return import_graph(session, fetched, settings, dry_run=dry_run)

        _run(stack, step, dry_run=dry_run, many_leave=many_leave)

    return app


def _graph_settings(stack: Stack) -> "GraphSettings":
    from pydantic import ValidationError
    from pydantic_settings import SettingsConfigDict
    from pydantic_settings import SettingsError as UnreadableSettingError

    from organisation.graph_settings import GraphSettings

    class Located(GraphSettings):
        model_config = SettingsConfigDict(env_file=stack.root / ".env", env_file_encoding="utf-8")

    try:
        settings = Located()
    except ValidationError as exc:
        # The values are left out: one may be a secret on the wrong line.
        faults = [f"{_setting(error['loc'])}{error['msg']}" for error in exc.errors()]
        raise SettingsError(f"Some settings are not usable: {'; '.join(faults)}.") from exc
    except UnreadableSettingError as exc:
        raise SettingsError("SIFRA_GRAPH_GROUPS is not usable: it is JSON, group to role.") from exc
    certificate = settings.certificate_path
    return settings.model_copy(
        update={
            "departments": stack.root / settings.departments,
            "certificate_path": stack.root / certificate if certificate else None,
        }
    )


def _setting(place: tuple[int | str, ...]) -> str:
    return f"SIFRA_GRAPH_{str(place[0]).upper()}: " if place else ""


def _fetch(settings: "GraphSettings") -> "GraphDirectory":
    from organisation.graph_client import GraphClient
    from organisation.graph_http import make_http_client
    from organisation.graph_import import fetch_directory

    with make_http_client() as http:
        return fetch_directory(GraphClient(settings, http), settings.groups)


def _run(stack: Stack, step: ImportStep, *, dry_run: bool, many_leave: bool) -> None:
    from database.engine import make_engine, reading, session_factory

    engine = make_engine(stack.database_url)
    try:
        sessions = session_factory(engine)
        with _sentences(), reading(sessions) if dry_run else sessions.begin() as session:
            report = step(session)
            if not (dry_run or many_leave):
                _refuse_exodus(report)
    finally:
        engine.dispose()
    for line in report_lines(report, dry_run=dry_run):
        typer.echo(line)


def _refuse_exodus(report: "ImportReport") -> None:
    """Stop before the commit when a source seems to have lost people."""
    leaving = report.people_deactivated
    if leaving >= MIN_LEAVING and leaving > MAX_LEAVING_SHARE * report.active_before:
        raise SifraError(
            f"{leaving} of {report.active_before} people would be deactivated, so nothing was changed. Look"
            " at them with --dry-run; --many-leave does it."
        )


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn what can go wrong into a sentence for the operator."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from organisation.errors import GraphError, ImportFileError

    try:
        yield
    except ImportFileError as exc:
        raise SifraError("\n".join(_refusal(exc))) from exc
    except GraphError as exc:
        raise SifraError(f"{_graph_sentence(exc)} Nothing was changed.") from exc
    except OSError as exc:
        raise SifraError(f"{exc.filename} cannot be read: {exc.strerror}.") from exc
    except (OperationalError, ProgrammingError) as exc:
        raise SifraError(
            "The database cannot be used. `sifra db status` shows whether its schema is the newest;"
            " `sifra db upgrade` brings it there."
        ) from exc


def _refusal(error: "ImportFileError") -> Iterator[str]:
    yield "Nothing was imported, because of:"
    yield from (f"  {problem}" for problem in error.problems)
    yield from _warning_lines(error.warnings)


def _graph_sentence(error: "GraphError") -> str:
    from organisation.errors import GraphBusyError, GraphRefusedError, GraphSignInError

    if isinstance(error, GraphSignInError):
        return f"Microsoft refused the sign-in ({error.code}); docs/organisation.md tells what to look at."
    if isinstance(error, GraphRefusedError):
        return (
            f"Microsoft Graph refuses (status {error.status}): look at the permissions of the application"
            " and the ids of the groups."
        )
    if isinstance(error, GraphBusyError):
        return "Microsoft Graph is busy or cannot be reached; try again later."
    return f"Microsoft Graph answered with something unexpected: {error}."


def report_lines(report: "ImportReport", *, dry_run: bool) -> Iterator[str]:
    """A report for the terminal: ids and what changes, never names; each row in a dry run only."""
    from organisation.import_report import Action, Kind

    if dry_run:
        yield from map(_change_line, report.changes)
    counts = ((kind, action, report.count(kind, action)) for kind in Kind for action in Action)
    told = [f"{kind} {action}: {count}" for kind, action, count in counts if count]
    yield ", ".join(told) or "Nothing differs."
    yield from _warning_lines(report.warnings)
    if dry_run:
        yield "This was a dry run: nothing was changed."
    elif report.units_added or report.units_changed:
        yield "The dialogue knows the new names of units after the next start of Sifra."


def _change_line(change: "Change") -> str:
    row = f"row {change.row}" if change.row else "not there"
    fields = "; ".join(
        f"{field.name} {field.before or 'none'} -> {field.after or 'none'}"
        if field.before != field.after
        else field.name
        for field in change.fields
    )
    return f"{row:>10}  {change.kind} {change.key} {change.action}{': ' + fields if fields else ''}"


def _warning_lines(warnings: "Iterable[RowProblem]") -> Iterator[str]:
    for warning in warnings:
        yield f"  warning: {warning}"
