"""The `sifra` command line.

Every command imports what it needs when it runs, so that `sifra --help` answers at once and
`sifra up` never holds the libraries of the rooms that it starts.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sifra.act_evaluation import add_act_evaluation
from sifra.case_commands import make_cases_app
from sifra.case_export import add_export_commands
from sifra.case_report import add_report_command
from sifra.errors import SifraError
from sifra.index_commands import make_index_app
from sifra.knowledge_commands import make_knowledge_app
from sifra.organisation_commands import make_organisation_app
from sifra.question_evaluation import add_question_evaluation
from sifra.search_evaluation import add_search_evaluations
from sifra.trend_evaluation import add_trend_evaluation

if TYPE_CHECKING:
    from collections.abc import Callable

    from sifra.settings import Stack
    from sifra.setup_steps import Step


class _Group(TyperGroup):
    """Shows an error that we know as its own sentence, with exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SifraError as exc:
            typer.echo(f"sifra: {exc}", err=True)
            raise typer.Exit(1) from exc


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Set up, run and look after Sifra.",
)
db_app = typer.Typer(no_args_is_help=True, help="The database.")
evaluate_app = typer.Typer(no_args_is_help=True, help="How well Sifra understands.")
app.add_typer(db_app, name="db")
app.add_typer(evaluate_app, name="evaluate")

Development = Annotated[
    bool, typer.Option("--development", help="Anyone may log in as anyone; this machine only.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For other programs.")]


def project_root() -> Path:
    """Find the checkout that this package is installed from."""
    return Path(__file__).resolve().parent.parent


@app.command()
def setup(
    development: Annotated[
        bool,
        typer.Option(help="Also write a missing .env and fill an empty database with the sample."),
    ] = False,
) -> None:
    """Make this checkout ready to run; what is done already is skipped."""
    _set_up(_load_stack(development or None))


@app.command()
def up(development: Development = False) -> None:
    """Set up if needed, then run Rasa, the action server, the clerk and the gateway until Ctrl-C."""
    from sifra.progress import Display, duration
    from sifra.services import gateway_address, require_free_ports, stack_services
    from sifra.supervisor import Supervisor

    began = time.monotonic()
    stack = _load_stack(development or None)
    stack.require_secrets()
    stack.refuse_exposed_development()
    services = stack_services(stack)
    require_free_ports(services)
    _set_up(stack)

    def announce() -> None:
        elapsed = duration(time.monotonic() - began)
        typer.echo(_ready_block(gateway_address(stack), elapsed, development=stack.development))

    with Display() as display:
        asyncio.run(Supervisor(services, display).run(announce))
    typer.echo("Stopped.")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at everything that Sifra needs and say how to mend what is wrong."""
    from rich.console import Console

    from sifra import doctor as report

    stack = _load_stack(None)
    checks = list(report.run_checks(stack))
    if as_json:
        typer.echo(report.as_json(checks))
    else:
        report.show_table(checks, Console(highlight=False))
    if not report.all_well(checks):
        raise typer.Exit(1)


@app.command()
def chat(
    employee_id: Annotated[str | None, typer.Option("--as", help="Who to be, such as E1009.")] = None,
    url: Annotated[
        str | None, typer.Option(help="The gateway, in development mode; else where the settings say.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a turn, on one line.")] = False,
) -> None:
    """Talk to Sifra: on a terminal, or one message a line from standard input."""
    from rich.console import Console

    from sifra.chat import run_lines, run_prompt
    from sifra.chat_client import ChatClient
    from sifra.services import gateway_address

    with ChatClient(url or gateway_address(_load_stack(None))) as client:
        client.start(employee_id)
        if sys.stdin.isatty() and not as_json:
            code = run_prompt(client, Console(highlight=False))
        else:
            lines = (line.rstrip("\r\n") for line in typer.get_text_stream("stdin", encoding="utf-8"))
            code = run_lines(client, lines, as_json=as_json, write=typer.echo, complain=_complain)
    raise typer.Exit(code)


@app.command("train-encoder")
def train_encoder() -> None:
    """Train the embedded sentence encoder, whether or not anything has changed."""
    from sifra.errors import SettingsError
    from sifra.setup_steps import encoder_step

    stack = _load_stack(None)
    if not stack.trains_encoder:
        raise SettingsError(f"SIFRA_ENCODER names {stack.encoder}, which is not ours to train.")
    _run_step(stack, encoder_step)


@app.command()
def train() -> None:
    """Train the dialogue model, whether or not anything has changed."""
    from sifra.setup_steps import dialogue_step

    _run_step(_load_stack(None), dialogue_step)


@evaluate_app.command("nlu")
def evaluate_nlu(
    reports: Annotated[
        Path | None, typer.Option(help="Reports as in nlu/data/deviations; else the project's own set.")
    ] = None,
    others: Annotated[
        Path | None, typer.Option(help="Rows with text and intent; else the project's own set.")
    ] = None,
    personal_data: Annotated[
        Path | None, typer.Option(help="Rows with text and pii; with the project's own set, its own.")
    ] = None,
    intent_map: Annotated[
        list[str] | None, typer.Option("--map", help="THEIRS=OURS, for other names of intents.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the scores to this file.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw confusions, reliability and a learning curve (minutes) here.")
    ] = None,
) -> None:
    """Measure the trained dialogue model on labelled messages."""
    from sifra.evaluation import run_evaluation

    stack = _load_stack(None)
    options: dict[str, Path | None] = {
        "--reports": reports, "--others": others, "--personal-data": personal_data,
        "--json": json_out, "--plot": plot,
    }  # fmt: skip
    mapped = [word for item in intent_map or [] for word in ("--map", item)]
    raise typer.Exit(run_evaluation(stack, ["nlu", "--model", str(stack.model), *mapped], options))


@evaluate_app.command("xsid")
def evaluate_xsid(
    dev: Annotated[Path, typer.Option(help="xsid_nb.dev.jsonl, to train on.")],
    test: Annotated[Path, typer.Option(help="xsid_nb.test.jsonl.")],
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the scores to this file.")] = None,
) -> None:
    """Train and test the intent part on the public benchmark of Norwegian dialects."""
    from sifra.evaluation import run_evaluation

    options: dict[str, Path | None] = {"--dev": dev, "--test": test, "--json": json_out}
    raise typer.Exit(run_evaluation(_load_stack(None), ["xsid"], options))


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema."""
    from database.migrate import upgrade

    stack = _load_stack(None)
    upgrade(stack.database_url)
    db_status()


@db_app.command("status")
def db_status() -> None:
    """Show the revision of the database and the newest one."""
    from database.migrate import current_revision, head_revision

    current, head = current_revision(_load_stack(None).database_url), head_revision()
    typer.echo(f"The database is at revision {current or 'none'}; the newest is {head}.")
    if current != head:
        raise typer.Exit(1)


@db_app.command("seed")
def db_seed() -> None:
    """Import the sample municipality into a database without people."""
    from sifra.workers import seed_database

    typer.echo(seed_database(_load_stack(None)))


@app.command()
def version() -> None:
    """Show the version."""
    from importlib.metadata import version as installed_version

    typer.echo(installed_version("sifra"))


def _load_stack(development: bool | None) -> "Stack":
    """Read the settings; in development, write the `.env` that they are read from if there is none."""
    from sifra.env_file import create_env_file
    from sifra.settings import load_stack

    root = project_root()
    if development and create_env_file(root):
        typer.echo(f"Wrote {root / '.env'} with fresh secrets.")
    stack = load_stack(root, development)
    stack.make_directories()
    return stack


def _set_up(stack: "Stack") -> None:
    from sifra.progress import Display
    from sifra.setup_steps import setup_chains
    from sifra.step_runner import StepRunner

    with Display() as display:
        asyncio.run(StepRunner(stack, display).run_chains(setup_chains(stack)))


def _run_step(stack: "Stack", plan: "Callable[[Stack], Step]") -> None:
    from sifra.progress import Display
    from sifra.step_runner import StepRunner

    with Display() as display:
        asyncio.run(StepRunner(stack, display).run(plan(stack)))


def _ready_block(address: str, elapsed: str, *, development: bool) -> str:
    lines = ["", f"  Sifra is ready after {elapsed}:  {address}", "  Ctrl-C stops.", ""]
    if development:
        lines[1:1] = [
            "  *** DEVELOPMENT MODE: anyone may log in as anyone. Sample data only, this machine only. ***",
            "",
        ]
    return "\n".join(lines)


def _complain(line: str) -> None:
    typer.echo(line, err=True)


app.add_typer(make_index_app(lambda development: _load_stack(development)), name="index")
app.add_typer(make_knowledge_app(lambda: _load_stack(None)), name="knowledge")
cases_app = make_cases_app(lambda: _load_stack(None))
add_report_command(cases_app, lambda: _load_stack(None))
add_export_commands(cases_app, lambda: _load_stack(None))
app.add_typer(cases_app, name="cases")
app.add_typer(make_organisation_app(lambda: _load_stack(None)), name="organisation")
add_search_evaluations(evaluate_app, lambda development: _load_stack(development))
add_question_evaluation(evaluate_app)
add_act_evaluation(evaluate_app)
add_trend_evaluation(evaluate_app, lambda development: _load_stack(development))
