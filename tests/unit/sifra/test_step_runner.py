import asyncio
import io
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from sifra.errors import SettingsError, StepFailedError
from sifra.fingerprints import Inputs
from sifra.progress import Display
from sifra.settings import Stack, load_stack
from sifra.setup_steps import Step, setup_chains
from sifra.step_runner import StepRunner


class Setup:
    """A project folder with one input file, and what set-up has printed."""

    def __init__(self, root: Path) -> None:
        self.stack: Stack = load_stack(root)
        self.stack.make_directories()
        self.source = root / "source.txt"
        self.source.write_text("kilde", encoding="utf-8")
        self._console = io.StringIO()

    @property
    def printed(self) -> str:
        return self._console.getvalue()

    def runner(self) -> StepRunner:
        return StepRunner(self.stack, Display(Console(file=self._console, width=200)))

    def step(self, name: str, code: str = "print('gjort')", output: str | None = "out") -> Step:
        made = self.stack.var_dir / f"{name}.{output}" if output else None
        touch = f"\nopen({str(made)!r}, 'a').close()" if made else ""
        return Step(
            name=name,
            title=f"Doing {name}",
            command=(sys.executable, "-c", code + touch),
            environment={"SIFRA_GREETING": "hei"},
            log=self.stack.log_dir / f"{name}.log",
            inputs=Inputs((self.source,)),
            output=made,
        )

    def run(self, *chains: list[Step]) -> str:
        before = len(self.printed)
        asyncio.run(self.runner().run_chains(list(chains)))
        return self.printed[before:]


@pytest.fixture
def setup(root: Path) -> Setup:
    return Setup(root)


def test_step_runs_once_and_again_when_an_input_changes(setup: Setup) -> None:
    step = setup.step("index")
    assert "✓ Doing index (gjort)" in setup.run([step])
    assert setup.run([step]) == "✓ Doing index (nothing to do)\n"
    setup.source.write_text("ny kilde", encoding="utf-8")
    assert "(gjort)" in setup.run([step])


def test_step_runs_again_when_its_output_is_gone(setup: Setup) -> None:
    step = setup.step("index")
    setup.run([step])
    assert step.output
    step.output.unlink()
    assert "(gjort)" in setup.run([step])


def test_step_without_an_output_always_runs(setup: Setup) -> None:
    step = setup.step("database", output=None)
    setup.run([step])
    assert "(gjort)" in setup.run([step])


def test_output_goes_to_the_log_and_the_step_gets_its_environment(setup: Setup) -> None:
    code = "import os, sys; print(os.environ['SIFRA_GREETING'], 'på deg', file=sys.stderr)"
    step = setup.step("index", code)
    setup.run([step])
    assert step.log.read_text(encoding="utf-8") == "hei på deg\n"


def test_a_failing_step_shows_the_end_of_its_log_and_is_not_remembered(setup: Setup) -> None:
    code = "import sys\nfor n in range(30): print('line', n)\nsys.exit(2)"
    with pytest.raises(StepFailedError) as raised:
        setup.run([setup.step("index", code), setup.step("next")])
    assert "Doing index failed (exit code 2)" in str(raised.value)
    assert "index.log" in str(raised.value)
    assert "line 29" in str(raised.value)
    assert "line 9\n" not in str(raised.value)
    assert "✗ Doing index: failed" in setup.printed
    assert "next" not in setup.printed
    assert "(gjort)" in setup.run([setup.step("index")])


def test_a_step_without_its_output_has_failed(setup: Setup) -> None:
    step = setup.step("index", "raise SystemExit(0)")
    with pytest.raises(StepFailedError):
        setup.run([step])


def test_chains_run_side_by_side(setup: Setup) -> None:
    # Each waits for the file of the other, so that neither ends when they follow each other.
    def wait(own: str, other: str) -> str:
        folder = setup.stack.var_dir
        return (
            f"import pathlib, time\npathlib.Path({str(folder / own)!r}).touch()\n"
            f"while not pathlib.Path({str(folder / other)!r}).exists(): time.sleep(0.01)"
        )

    setup.run([setup.step("one", wait("a", "b"))], [setup.step("two", wait("b", "a"))])
    assert "✓ Doing one" in setup.printed
    assert "✓ Doing two" in setup.printed


def test_a_failure_stops_what_runs_beside_it(setup: Setup) -> None:
    began = time.monotonic()
    with pytest.raises(StepFailedError, match="Doing bad"):
        setup.run(
            [setup.step("slow", "import time; time.sleep(60)")], [setup.step("bad", "raise SystemExit(1)")]
        )
    assert time.monotonic() - began < 20


def test_a_missing_environment_is_a_sentence(setup: Setup) -> None:
    chains = setup_chains(setup.stack)
    with pytest.raises(SettingsError, match="Run `make setup`"):
        asyncio.run(setup.runner().run(chains[1][0]))


def test_plan_trains_no_encoder_as_one_ships_with_the_project(root: Path) -> None:
    names = [[step.name for step in chain] for chain in setup_chains(load_stack(root))]
    assert names == [["database", "gazetteer", "index"], ["dialogue"]]


def test_rasa_never_gets_the_session_secret(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIFRA_SESSION_SECRET", "x")
    monkeypatch.setenv("SIFRA_RASA_TOKEN", "y")
    (dialogue,) = setup_chains(load_stack(root))[1]
    assert dialogue.environment["SIFRA_SESSION_SECRET"] == "", "blank hides the one that is inherited"
    assert dialogue.environment["SIFRA_RASA_TOKEN"] == "y"
