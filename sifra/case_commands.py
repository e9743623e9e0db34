"""`sifra cases`: the register from the command line."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from sifra.errors import SifraError
from sifra.settings import Stack

if TYPE_CHECKING:
    from cases.verification import Verification

LoadStack = Callable[[], Stack]
_ANCHOR = re.compile(r"([0-9]+):([0-9a-f]{64})")


def make_cases_app(load_stack: LoadStack) -> typer.Typer:
    """Make the commands.

    Args:
        load_stack: reads the settings.
    """
    app = typer.Typer(no_args_is_help=True, help="The case register.")

    @app.callback()
    def cases() -> None:
        """Keep `verify` a command of its own although it is the only one."""

    add_verify(app, load_stack)
    return app


def add_verify(app: typer.Typer, load_stack: LoadStack) -> None:
    """Add `sifra cases verify`."""

    @app.command("verify")
    def verify(
        anchor: Annotated[
            str | None,
            typer.Option(
                metavar="N:DIGEST", help="What an earlier run printed, kept where nobody here can change it."
            ),
        ] = None,
    ) -> None:
        """Compare all cases with their history, and print a digest of it to keep elsewhere.

        Exit code 1 when anything was changed, taken out or put in behind Sifra's back.
        """
        found = _verify(load_stack(), _parse(anchor))
        typer.echo(f"{found.cases} cases, {found.events} events, digest {found.digest}")
        for problem in found.problems:
            typer.echo(f"  {problem}", err=True)
        if found.problems:
            raise typer.Exit(1)
        typer.echo(f"All is as the history says. Anchor: {found.events}:{found.digest}")


def _parse(anchor: str | None) -> tuple[int, str] | None:
    if anchor is None:
        return None
    match = _ANCHOR.fullmatch(anchor.strip())
    if match is None:
        raise SifraError("An anchor is a number of events, a colon and 64 hexadecimal digits.")
    return int(match[1]), match[2]


def _verify(stack: Stack, expected: tuple[int, str] | None) -> "Verification":
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from cases.verification import verify
    from database.engine import make_engine, reading, session_factory

    engine = make_engine(stack.database_url)
    try:
        with reading(session_factory(engine)) as session:
            return verify(session, expected)
    except (OperationalError, ProgrammingError) as exc:
        raise SifraError(
            "The cases cannot be read from the database. `sifra db status` shows whether its schema is the"
            " newest; `sifra db upgrade` brings it there."
        ) from exc
    finally:
        engine.dispose()
