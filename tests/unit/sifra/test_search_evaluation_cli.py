"""`sifra evaluate search` and `retrieval`: what is wrong is said in one sentence."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sifra import cli
from sifra.cli import app


@pytest.fixture(autouse=True)
def project(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "project_root", lambda: root)


def test_a_bad_row_ends_with_its_file_and_line(tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"question": "Hva?"}\n', encoding="utf-8")
    result = CliRunner().invoke(
        app, ["evaluate", "search", "--routines", str(tmp_path), "--questions", str(questions)]
    )
    assert result.exit_code == 1
    assert result.stderr == f"sifra: {questions}, line 1: `doc` must be a text that is not empty\n"


def test_a_missing_file_of_passages_is_named(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.jsonl")
    result = CliRunner().invoke(app, ["evaluate", "retrieval", "--passages", absent, "--questions", absent])
    assert result.exit_code == 1
    assert "absent.jsonl: the file cannot be read" in result.stderr
