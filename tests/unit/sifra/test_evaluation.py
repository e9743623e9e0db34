from pathlib import Path

import pytest

from sifra.errors import SettingsError
from sifra.evaluation import run_evaluation
from sifra.settings import load_stack

ECHO = """#!/bin/sh
printf '%s\\n' "$PWD" "$PYTHONPATH" "$@" > "$PWD/told.txt"
exit 3
"""


def test_the_command_runs_in_the_rasa_environment_with_paths_seen_from_here(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = load_stack(root, development=True)
    stack.rasa_python.parent.mkdir(parents=True)
    stack.rasa_python.write_text(ECHO, encoding="utf-8")
    stack.rasa_python.chmod(0o755)
    here = root.parent / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    code = run_evaluation(
        stack, ["nlu", "--model", "m"], {"--reports": Path("r.jsonl"), "--others": None, "--json": Path("o")}
    )

    assert code == 3
    assert (root / "told.txt").read_text(encoding="utf-8").splitlines() == [
        str(root), str(root), "-m", "nlu.evaluation", "nlu", "--model", "m",
        "--reports", str(here / "r.jsonl"), "--json", str(here / "o"),
    ]  # fmt: skip


def test_without_the_environment_it_says_what_to_run(root: Path) -> None:
    with pytest.raises(SettingsError, match="make setup"):
        run_evaluation(load_stack(root, development=True), ["nlu"], {})
