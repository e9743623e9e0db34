"""A stack of its own beside the one in use: free ports, fresh database, the trained models of `var/`.

For tests and benchmarks. It is started with `sifra up --development`, so what they see is what people get.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]

from knowledge.embedded import EMBEDDED_ENCODER

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 180.0
TRAINED = ("models", "index", "fingerprints.json")


@dataclass(frozen=True)
class Trial:
    """A running stack.

    Attributes:
        folder: its var folder, with logs and database.
        environment: what its processes were started with.
    """

    folder: Path
    gateway_port: int
    rasa_port: int
    actions_port: int
    environment: dict[str, str]
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """Address of the gateway."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def database(self) -> Path:
        """The SQLite file with cases and conversations."""
        return self.folder / "sifra.db"

    def child(self, module: str) -> psutil.Process:
        """Return the running process of a module, such as `bot.actions.server`.

        Raises:
            LookupError: it is not running.
        """
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                command = process.cmdline()
            except psutil.Error:
                continue
            if module in command and "python" in Path(command[0]).name and "sifra.tether" not in command:
                return process
        raise LookupError(module)


@contextmanager
def running_trial(folder: Path) -> Iterator[Trial]:
    """Start a stack in an empty folder, wait until it is ready, and stop it at the end.

    Raises:
        RuntimeError: it did not become ready; the message holds the end of its output.
    """
    gateway, rasa, actions, clerk = free_ports(4)
    environment = {
        **os.environ,  # noqa: TID251  a child process gets the whole environment
        "SIFRA_DEVELOPMENT": "true",
        "SIFRA_VAR_DIR": str(folder),
        "SIFRA_DATABASE_URL": f"sqlite:///{folder}/sifra.db",
        "SIFRA_ENCODER": str(EMBEDDED_ENCODER),
        "SIFRA_INDEX_DIR": str(folder / "index"),
        "SIFRA_GATEWAY_PORT": str(gateway),
        "SIFRA_RASA_PORT": str(rasa),
        "SIFRA_ACTIONS_PORT": str(actions),
        "SIFRA_CLERK_PORT": str(clerk),
        "SIFRA_RASA_TOKEN": "trial-rasa-token",
        "SIFRA_ACTION_TOKEN": "trial-action-token",
        "SIFRA_SESSION_SECRET": "trial-session-secret",
        "SIFRA_ORIGIN_KEY": "trial-origin-key",
        # Whoever tries it out does not want to wait until morning.
        "SIFRA_UNDO_SECONDS": "2",
        "SIFRA_QUIET_HOURS": "false",
    }
    _borrow_trained(folder)
    output = folder / "up.log"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [str(ROOT / ".venv/bin/sifra"), "up", "--development"],
            cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    trial = Trial(folder, gateway, rasa, actions, environment, process)
    try:
        _wait_until_ready(trial, output)
        yield trial
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _borrow_trained(folder: Path) -> None:
    """Copy what `sifra setup` made, with its fingerprints, so that nothing is trained again."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TRAINED:
        source = ROOT / "var" / name
        if source.is_dir():
            shutil.copytree(source, folder / name, dirs_exist_ok=True)
        elif source.exists():
            shutil.copy2(source, folder / name)


def _wait_until_ready(trial: Trial, output: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and trial.process.poll() is None:
        try:
            answer = httpx.get(f"{trial.url}/ready", timeout=2.0, trust_env=False)
            if answer.status_code == httpx.codes.OK and answer.json()["rasa"] and _actions_ready(trial):
                return
        except (httpx.HTTPError, json.JSONDecodeError):
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the stack did not become ready:\n{output.read_text(errors='replace')[-4000:]}")


def _actions_ready(trial: Trial) -> bool:
    url = f"http://127.0.0.1:{trial.actions_port}/health"
    return httpx.get(url, timeout=2.0, trust_env=False).status_code == httpx.codes.OK


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
