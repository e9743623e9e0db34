"""Start, stop and log the processes that `sifra` runs."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_TETHER = Path(__file__).with_name("tether.py")
_TAIL_BYTES = 32_768

Process = asyncio.subprocess.Process


async def start_child(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> Process:
    """Start a command in a session of its own, with its output added to a log.

    A session of its own keeps Ctrl-C in the terminal away from it: who started it decides when it stops.

    Args:
        command: an absolute path and arguments.
        environment: added to our own environment.
        folder: the working directory.
    """
    inherited = os.environ  # noqa: TID251 (handed on to the child, not read as settings)
    # Unbuffered, so that a log is complete even when its process is killed.
    environment = {**inherited, "PYTHONUNBUFFERED": "1", **environment}
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *command,
            stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
            env=environment, cwd=folder, start_new_session=True,
        )  # fmt: skip


def signal_group(process: Process, signal_number: signal.Signals) -> None:
    """Send a signal to a child and what it may have started itself."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal_number)


async def stop_child(process: Process, patience_s: float) -> None:
    """Ask a child to end, and make it when it has not after a while."""
    signal_group(process, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), patience_s)
    signal_group(process, signal.SIGKILL)
    await process.wait()


def rotate(log: Path) -> None:
    """Keep the log of the previous run as `<name>.1` and begin a new one."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))


def tail(log: Path, lines: int = 20) -> str:
    """Read the last lines of a log; empty when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.rstrip().splitlines()[-lines:])
