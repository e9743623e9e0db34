"""The heavy halves of set-up steps, run as `python -m sifra.workers <step>` by `sifra.step_runner`.

What a worker writes goes to its log; the last line is the summary that people see.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from sifra.settings import Stack, load_stack

ROOT = Path(__file__).resolve().parent.parent


def prepare_database(stack: Stack) -> str:
    """Bring the database to the newest schema; in development, give an empty one the sample."""
    from database.migrate import head_revision, upgrade

    upgrade(stack.database_url)
    summary = f"revision {head_revision()}"
    return f"{summary}, {seed_database(stack)}" if stack.development else summary


def seed_database(stack: Stack) -> str:
    """Import the sample organisation and its cases, all or nothing, unless people are there already."""
    from sqlalchemy import func, select

    from cases.sample_import import import_cases
    from database.engine import make_engine, session_factory
    from organisation.csv_import import import_csv
    from organisation.tables import PersonRow

    sample = stack.root / "sample"
    organisation = sample / "organisation"
    engine = make_engine(stack.database_url)
    try:
        with session_factory(engine).begin() as session:
            people = session.scalar(select(func.count()).select_from(PersonRow))
            if people:
                return f"{people} people were there already"
            report = import_csv(
                session,
                organisation / "units.csv",
                organisation / "people.csv",
                organisation / "deputies.csv",
            )
            import_cases(session, sample / "cases" / "cases.jsonl")
    finally:
        engine.dispose()
    return f"sample organisation with {report.people_added} people"


def write_gazetteer(stack: Stack) -> str:
    """Write the units of the database to the file that Rasa reads at its start (nlu/core/gazetteer_file.py).

    It is put in place in one step, so that nobody ever reads half of it.
    """
    from database.engine import make_engine, session_factory
    from organisation.directory import Directory

    engine = make_engine(stack.database_url)
    try:
        with session_factory(engine).begin() as session:
            units = Directory(session).units()
    finally:
        engine.dispose()
    entries: list[dict[str, object]] = [
        {"label": "unit", "name": unit.name, "id": unit.unit_id, "parent": unit.parent_id, "aliases": []}
        for unit in units
    ]
    fresh = stack.gazetteer.with_suffix(".new")
    fresh.write_text(json.dumps(entries, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(stack.gazetteer)
    return f"{len(entries)} units"


def train_encoder(stack: Stack) -> str:
    """Train the encoder that ships with the project, and the weights of its ranking."""
    from index_builder.encoder_training import DATA_DIR
    from index_builder.encoder_training import train_encoder as train

    report = train(DATA_DIR, Path(stack.encoder), _tell_progress)
    return f"{report.questions} questions on {report.topics} topics and {report.routines} routines"


def update_index(stack: Stack) -> str:
    """Bring the search index of the routines up to date."""
    from index_builder.build import update_index as update
    from sifra.index_commands import summary_lines

    report = update([stack.routines], stack.index_dir, stack.encoder)
    for line in summary_lines(report):
        typer.echo(line)
    return f"{report.documents} documents, {report.chunks} passages, {len(report.skipped)} files skipped"


def _tell_progress(done: int, total: int) -> None:
    typer.echo(f"{done} of {total}")


WORKERS: dict[str, Callable[[Stack], str]] = {
    "database": prepare_database,
    "seed": seed_database,
    "gazetteer": write_gazetteer,
    "encoder": train_encoder,
    "index": update_index,
}


if __name__ == "__main__":
    typer.echo(WORKERS[sys.argv[1]](load_stack(ROOT)))
