"""Run set-up steps, each as a process of its own.

A process per step, rather than a call, because training holds hundreds of megabytes that `sifra up` would
carry along for as long as it runs, because libraries that chatter on stderr end up in a log instead of on the
screen, and because the steps of the two environments are then run the same way.
"""

import asyncio
from pathlib import Path

from sifra.child_process import rotate, start_child, stop_child, tail
from sifra.errors import SettingsError, StepFailedError
from sifra.fingerprints import FingerprintStore
from sifra.progress import Display
from sifra.settings import Stack
from sifra.setup_steps import Step

STOP_PATIENCE_S = 3.0


class StepRunner:
    """Runs steps whose inputs have changed and remembers what was done."""

    def __init__(self, stack: Stack, display: Display) -> None:
        self._root = stack.root
        self._store = FingerprintStore(stack.var_dir / "fingerprints.json")
        self._display = display

    def is_current(self, step: Step) -> bool:
        """Tell whether a step has nothing to do."""
        return (
            step.output is not None
            and step.output.exists()
            and self._store.is_current(step.name, step.inputs)
        )

    async def run_chains(self, chains: list[list[Step]]) -> None:
        """Run chains side by side.

        Raises:
            StepFailedError: the first step that failed; what ran beside it has been stopped.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for chain in chains:
                    group.create_task(self._run_chain(chain))
        except* (StepFailedError, SettingsError) as failures:
            raise failures.exceptions[0] from None

    async def run(self, step: Step) -> None:
        """Run one step, whether or not its inputs have changed.

        Raises:
            StepFailedError: the command ended with an error or without its output.
            SettingsError: the step's environment has not been made.
        """
        fingerprint = self._store.fingerprint(step.inputs)
        _require_environment(step)
        rotate(step.log)
        activity = self._display.begin(step.title)
        code = await self._run_command(step)
        if code != 0 or (step.output is not None and not step.output.exists()):
            activity.failed()
            raise StepFailedError(f"{step.title} failed (exit code {code}).", step.log, tail(step.log))
        activity.done(tail(step.log, 1).strip() if step.tells else "")
        self._store.record(step.name, fingerprint)

    async def _run_chain(self, chain: list[Step]) -> None:
        for step in chain:
            if self.is_current(step):
                self._display.say(f"✓ {step.title} (nothing to do)", "green")
            else:
                await self.run(step)

    async def _run_command(self, step: Step) -> int:
        process = await start_child(step.command, step.environment, self._root, step.log)
        try:
            return await process.wait()
        finally:
            # Reached with a living child when the other chain failed or somebody pressed Ctrl-C.
            if process.returncode is None:
                await stop_child(process, STOP_PATIENCE_S)


def _require_environment(step: Step) -> None:
    if not Path(step.command[0]).exists():
        raise SettingsError(
            f"{step.command[0]} does not exist. Run `make setup`, which makes the environments."
        )
