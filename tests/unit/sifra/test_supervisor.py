"""The supervisor as a process of its own, over fake servers: what a terminal and the kernel see."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.unit.sifra.conftest import PROJECT

pytestmark = pytest.mark.enable_socket

NAMES = ("rasa", "actions", "gateway")
WAIT_S = 15


def free_port() -> int:
    with closing(socket.socket()) as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


class Run:
    """A running supervisor and what it has printed."""

    def __init__(self, folder: Path, behaviours: list[str], ports: list[int]) -> None:
        services = [
            f"{name}:{port}:{behaviour}"
            for name, port, behaviour in zip(NAMES, ports, behaviours, strict=True)
        ]
        script = Path(__file__).with_name("run_supervisor.py")
        self._output = folder / "terminal.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(script), str(folder), *services],
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)},
            )  # fmt: skip

    @property
    def printed(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def children(self) -> dict[str, psutil.Process]:
        """The fake servers that live, by behaviour and port."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return {" ".join(child.cmdline()[-2:]): child for child in found}

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.02)

    def wait_for_text(self, text: str, times: int = 1) -> None:
        self.wait_for(lambda: self.printed.count(text) >= times)

    def end(self) -> int:
        return self.process.wait(WAIT_S)


Start = Callable[..., Run]


@pytest.fixture
def ports() -> list[int]:
    return [free_port() for _ in NAMES]


@pytest.fixture
def start(tmp_path: Path, ports: list[int]) -> Iterator[Start]:
    runs: list[Run] = []

    def start(*behaviours: str) -> Run:
        runs.append(Run(tmp_path, list(behaviours) or ["serves"] * 3, ports))
        return runs[-1]

    yield start
    for run in runs:
        run.process.kill()
        run.process.wait()


def gone(children: dict[str, psutil.Process]) -> bool:
    return not any(
        child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children.values()
    )


def test_all_ready_is_said_once_all_are_and_ctrl_c_stops_them(start: Start) -> None:
    run = start()
    run.wait_for_text("ALL READY")
    for name in NAMES:
        assert f"✓ Starting the {name}" in run.printed
    children = run.children()
    assert len(children) == 3
    run.process.send_signal(signal.SIGINT)
    assert run.end() == 0
    assert gone(children)
    assert run.printed.endswith("STOPPED\n")
    assert "started again" not in run.printed


def test_ctrl_c_in_the_terminal_does_not_reach_the_children_directly(start: Start) -> None:
    run = start()
    run.wait_for_text("ALL READY")
    groups = {os.getpgid(child.pid) for child in run.children().values()}
    assert os.getpgid(run.process.pid) not in groups
    assert len(groups) == 3


def test_sigterm_before_all_are_ready_stops_everything(start: Start) -> None:
    run = start("serves", "serves", "unready")
    run.wait_for_text("✓ Starting the rasa")
    children = run.children()
    run.process.terminate()
    assert run.end() == 0
    assert gone(children)
    assert "ALL READY" not in run.printed


def test_a_child_that_ignores_sigterm_is_killed_in_the_end(start: Start) -> None:
    run = start("stubborn", "serves", "serves")
    run.wait_for_text("ALL READY")
    children = run.children()
    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    assert run.end() == 0
    assert 1 < time.monotonic() - began < 6
    assert gone(children)


def test_a_killed_child_is_started_again_and_the_others_stay(start: Start, ports: list[int]) -> None:
    run = start()
    run.wait_for_text("ALL READY")
    before = run.children()
    before[f"{ports[1]} serves"].kill()
    run.wait_for_text("! The actions stopped (signal SIGKILL) and is started again.")
    run.wait_for_text("✓ Starting the actions", times=2)
    after = run.children()
    assert len(after) == 3
    assert {key for key in after if after[key].pid == before[key].pid} == set(before) - {f"{ports[1]} serves"}
    assert run.printed.count("ALL READY") == 1


def test_a_child_that_lives_but_does_not_answer_is_started_again(start: Start) -> None:
    run = start("hangs", "serves", "serves")
    run.wait_for_text("ALL READY")
    run.wait_for_text("! The rasa stopped (no answer) and is started again.")
    run.wait_for_text("✓ Starting the rasa", times=2)


def test_children_die_with_a_supervisor_that_is_killed(start: Start) -> None:
    run = start()
    run.wait_for_text("ALL READY")
    children = run.children()
    run.process.kill()
    run.end()
    run.wait_for(lambda: gone(children))


def test_a_child_that_keeps_dying_stops_everything_and_shows_its_log(start: Start) -> None:
    run = start("serves", "dies", "serves")
    run.wait_for(lambda: len(run.children()) >= 2)
    assert run.end() == 1
    assert "The actions died 5 times before it was ready." in run.printed
    assert "actions.log:\n" in run.printed
    assert run.printed.rstrip().endswith("no licence to live")


def test_a_child_that_is_never_ready_stops_everything(start: Start, ports: list[int]) -> None:
    run = start("unready", "serves", "serves")
    run.wait_for_text("✓ Starting the gateway")
    children = run.children()
    assert run.end() == 1
    assert "The rasa was not ready within 2 seconds." in run.printed
    assert run.printed.rstrip().endswith(f"starting on port {ports[0]}")
    assert gone(children)


def test_a_taken_port_is_said_before_anything_starts(start: Start, ports: list[int], tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", ports[2]))):
        run = start()
        assert run.end() == 1
    assert f"Port {ports[2]}, which the gateway needs, is held by" in run.printed
    assert "SIFRA_GATEWAY_PORT" in run.printed
    assert not (tmp_path / "rasa.log").exists()


def test_the_log_of_the_previous_run_is_kept(start: Start, tmp_path: Path) -> None:
    (tmp_path / "rasa.log").write_text("before\n", encoding="utf-8")
    run = start()
    run.wait_for_text("ALL READY")
    assert (tmp_path / "rasa.log.1").read_text(encoding="utf-8") == "before\n"
    assert (tmp_path / "rasa.log").read_text(encoding="utf-8").startswith("starting on port")
