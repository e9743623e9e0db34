"""`sifra cases export`, `import`, `retention` and `forget`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from case_world import LEADER, NOW, SAMPLE, World, import_organisation, world_in
from sqlalchemy import update
from typer.testing import CliRunner

from cases.erasure import former_name
from cases.sample_import import import_cases
from cases.tables import CaseRow
from database.engine import reading
from database.migrate import upgrade
from organisation.tables import PersonRow
from sifra import case_export
from sifra.case_export import LOG_NAME, Format, add_export_commands, write_export
from sifra.errors import SifraError
from sifra.settings import Stack, StackSettings


def stack_in(folder: Path, name: str = "sifra.db") -> Stack:
    return Stack(
        root=folder, settings=StackSettings(), development=False, var_dir=folder,
        database_url=f"sqlite:///{folder}/{name}", encoder="", index_dir=folder, routines=folder,
    )  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    upgrade(f"sqlite:///{folder}/sifra.db")
    with world_in(f"sqlite:///{folder}/sifra.db") as world:
        import_organisation(world.sessions)
        with world.sessions.begin() as session:
            import_cases(session, SAMPLE / "cases" / "cases.jsonl")
    return folder


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[World]:
    upgrade(f"sqlite:///{tmp_path}/empty.db")
    with world_in(f"sqlite:///{tmp_path}/empty.db") as world:
        import_organisation(world.sessions)
        yield world


def run(stack: Stack, *words: str) -> str:
    app = typer.Typer()
    add_export_commands(app, lambda: stack)
    result = CliRunner().invoke(app, words)
    if isinstance(result.exception, SifraError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("file_format", list(Format))
def test_an_export_is_one_file_that_only_its_owner_reads(
    filled: Path, tmp_path: Path, file_format: Format
) -> None:
    out = tmp_path / "out"
    for _ in range(2):  # the second takes the place of the first
        path, exported = write_export(stack_in(filled), out, NOW, file_format=file_format)
    assert [found.name for found in out.iterdir()] == [path.name] == [f"sifra-cases-2026-11-20.{file_format}"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert exported.cases == 140


def test_each_export_is_noted_in_numbers_only(filled: Path, tmp_path: Path) -> None:
    stack = stack_in(filled)
    write_export(stack, tmp_path, NOW, unit="HO", year=2025)
    last = (stack.log_dir / LOG_NAME).read_text("utf-8").splitlines()[-1]
    assert last.startswith("2026-11-20T10:00:00+00:00 jsonl: ")
    assert not any(word in last for word in ("HO", "Nygård", str(tmp_path)))


def test_an_export_that_fails_leaves_nothing_behind_and_the_old_file_stays(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = write_export(stack_in(filled), tmp_path, NOW)
    old = path.read_bytes()

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(case_export.os, "fsync", full)
    with pytest.raises(SifraError, match="No space left"):
        write_export(stack_in(filled), tmp_path, NOW)
    assert path.read_bytes() == old
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_the_commands_export_and_import(filled: Path, tmp_path: Path, empty: World) -> None:
    run(stack_in(filled), "export", "--out", str(tmp_path / "out"), "--attachments")
    (file,) = (tmp_path / "out").iterdir()
    told = run(stack_in(tmp_path, "empty.db"), "import", str(file))
    assert "140 cases" in told
    run(stack_in(tmp_path, "empty.db"), "export", "--out", str(tmp_path / "again"), "--attachments")
    (again,) = (tmp_path / "again").iterdir()
    first, second = (path.read_bytes().split(b"\n") for path in (file, again))
    assert first[1:] == second[1:]
    assert json.loads(first[0])["header"] == json.loads(second[0])["header"]
    with pytest.raises(SifraError, match="has cases already"):
        run(stack_in(tmp_path, "empty.db"), "import", str(file))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("export", "--out", "{out}", "--unit", "NOWHERE"), "There is no unit NOWHERE"),
        (("export", "--out", "{out}", "--year", "0"), "0 is no year"),
        (("export", "--out", "{file}/x"), "cannot be written"),
        (("import", "{out}/missing"), "cannot be read"),
        (("import", "{file}"), "Nothing was imported"),
        (("forget", "E9999"), "E9999 is unknown"),
        (("forget", LEADER), "works here"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(
    filled: Path, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "file").write_text("{}\n")
    filled_in = [word.format(out=tmp_path, file=tmp_path / "file") for word in words]
    with pytest.raises(SifraError, match=sentence):
        run(stack_in(filled), *filled_in)


def test_a_database_without_tables_is_said_in_a_sentence(tmp_path: Path) -> None:
    for words in (("export", "--out", str(tmp_path)), ("retention",), ("retention", "--dry-run")):
        with pytest.raises(SifraError, match="sifra db upgrade"):
            run(stack_in(tmp_path, "new.db"), *words)


def test_a_dry_run_of_retention_tells_what_the_run_then_does(tmp_path: Path, empty: World) -> None:
    stack = stack_in(tmp_path, "empty.db")
    with empty.sessions.begin() as session:
        import_cases(session, SAMPLE / "cases" / "cases.jsonl")
        session.execute(
            update(CaseRow)
            .where(CaseRow.number.in_(["2025-00001", "2025-00002"]))
            .values(closed_at=datetime(1980, 1, 1, tzinfo=UTC))
        )
        session.execute(update(PersonRow).where(PersonRow.employee_id == "E1064").values(active=False))
    assert "2 cases are due" in run(stack, "retention", "--dry-run")
    assert empty.case("2025-00001").anonymised_at is None
    told = run(stack, "retention")
    assert "2 cases were anonymised" in told
    assert empty.case("2025-00001").anonymised_at is not None
    assert "0 cases are due" in run(stack, "retention", "--dry-run")


def test_the_name_of_somebody_who_has_left_is_taken_away_once(tmp_path: Path, empty: World) -> None:
    with empty.sessions.begin() as session:
        session.execute(update(PersonRow).where(PersonRow.employee_id == LEADER).values(active=False))
    assert "has no name" in run(stack_in(tmp_path, "empty.db"), "forget", LEADER)
    assert "had no name" in run(stack_in(tmp_path, "empty.db"), "forget", LEADER)
    with reading(empty.sessions) as session:
        assert session.get_one(PersonRow, LEADER).name == former_name()
