"""`sifra index` as people use it."""

import io
import shutil
from pathlib import Path

import pytest
from index_encoders import make_encoder
from rich.console import Console
from typer.testing import CliRunner

from index_builder.build import BuildProgress
from knowledge.index_files import VECTORS_FILE, current_version_dir
from sifra import cli, index_progress
from sifra.index_commands import skipped_lines
from sifra.index_progress import IndexProgress

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def encoder_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_encoder(tmp_path_factory.mktemp("encoder"), seed=1)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder_path: str) -> Path:
    root = tmp_path / "project"
    (root / "routines").mkdir(parents=True)
    shutil.copy(PROJECT / ".env.example", root)
    for name in ("a", "b"):
        (root / "routines" / f"{name}.md").write_text(f"# Rutine {name}\n\nTekst.\n", encoding="utf-8")
    (root / "routines" / "bad.md").write_text("", encoding="utf-8")
    for name, value in (("ENCODER", encoder_path), ("ROUTINES", "routines"), ("VAR_DIR", "var")):
        monkeypatch.setenv(f"SIFRA_{name}", value)
    monkeypatch.delenv("SIFRA_INDEX_DIR", raising=False)
    monkeypatch.setattr(cli, "project_root", lambda: root)
    return root


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.app, ["index", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_build_update_status_and_verify_tell_what_there_is(project: Path) -> None:
    code, out, _ = run("build")
    assert code == 0
    assert "2 documents indexed, 0 unchanged, 0 removed, 1 files skipped" in out
    assert f"skipped, no text to index:\n  {project / 'routines' / 'bad.md'}" in out
    (project / "routines" / "b.md").unlink()
    (project / "routines" / "c.md").write_text("# Rutine c\n\nTekst.\n", encoding="utf-8")
    code, out, _ = run("status")
    assert code == 0
    assert "2 documents in 4 passages" in out
    assert "0 files changed, 1 new, 1 removed, 2 as they were" in out
    code, out, _ = run("update")
    assert (code, "1 documents indexed, 1 unchanged, 1 removed, 1 files skipped" in out) == (0, True)
    code, out, _ = run("update", "--full")
    assert (code, "Nothing has changed" in out) == (0, True)
    code, out, _ = run("verify")
    assert (code, out) == (0, "The index is whole: 2 documents in 4 passages.\n")


def test_other_folders_can_be_named(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.md").write_text("# Rutine c\n\nTekst.\n", encoding="utf-8")
    index = str(tmp_path / "index")
    place = ("--source", str(project / "routines"), "--source", str(other), "--index", index)
    assert "3 documents indexed" in run("build", *place)[1]
    assert "0 files changed, 0 new, 0 removed, 4 as they were" in run("status", *place)[1]
    assert "3 documents" in run("verify", *place)[1]
    assert not (project / "var" / "index").exists()


@pytest.mark.parametrize("command", ["status", "verify"])
def test_without_an_index_the_command_fails_with_a_sentence(project: Path, command: str) -> None:
    code, _, error = run(command)
    assert code == 1
    assert "sifra index build" in error


def test_verify_fails_and_names_the_damaged_file(project: Path) -> None:
    run("build")
    path = current_version_dir(project / "var" / "index") / VECTORS_FILE
    path.write_bytes(path.read_bytes()[:-8])
    code, _, error = run("verify")
    assert code == 1
    assert f"{path}: the file is damaged" in error


def test_nothing_to_index_fails_with_a_sentence(project: Path, tmp_path: Path) -> None:
    code, _, error = run("update", "--source", str(tmp_path / "missing"))
    assert code == 1
    assert "No usable document" in error


def test_skipped_files_are_grouped_by_reason_and_long_lists_are_cut() -> None:
    skipped = [(Path(f"{number}.pdf"), "scanned") for number in range(12)] + [(Path("a.md"), "empty")]
    lines = skipped_lines(skipped)
    assert (lines[0], lines[11]) == ("skipped, scanned:", "  and 2 more")
    assert lines[12:] == ["skipped, empty:", "  a.md"]


def test_progress_on_a_terminal_shows_counts_and_time_left() -> None:
    file = io.StringIO()
    with IndexProgress(Console(file=file, force_terminal=True, width=120)) as progress:
        progress.show(BuildProgress(1, 10, 20))
        progress.show(BuildProgress(5, 10, 345))
    assert "5/10" in file.getvalue()
    assert "345 passages" in file.getvalue()
    assert "left" in file.getvalue()


def test_progress_in_a_log_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    with IndexProgress(Console(file=file)) as progress:
        progress.show(BuildProgress(1, 10, 20))
        monkeypatch.setattr(index_progress, "_LINE_EVERY_S", 0.0)
        progress.show(BuildProgress(5, 10, 345))
    assert file.getvalue().startswith("5 of 10 files, 345 passages, about ")
    assert file.getvalue().count("\n") == 1
