import json
import socket
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cases.clerk_settings import ClerkSettings
from sifra import cli, doctor
from sifra.checks import Check, State, differing_packages, disk, ports, secrets
from sifra.progress import duration
from sifra.services import gateway_address, stack_services
from sifra.settings import Stack, load_stack

Checks = tuple[tuple[str, Callable[[Stack], Iterable[Check]]], ...]


@pytest.fixture
def project(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cli, "project_root", lambda: root)
    return root


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.app, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_up_without_secrets_says_what_to_set(project: Path) -> None:
    code, _, error = run("up")
    assert code == 1
    names = "SIFRA_RASA_TOKEN and SIFRA_ACTION_TOKEN and SIFRA_SESSION_SECRET and SIFRA_ORIGIN_KEY"
    assert f"Set {names} in " in error
    assert not (project / ".env").exists()


def test_up_in_development_refuses_an_outside_address(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIFRA_HOST", "10.0.0.7")
    code, out, error = run("up", "--development")
    assert code == 1
    assert "anyone may log in as anyone" in error
    assert "Wrote" in out
    assert (project / ".env").exists()


@pytest.mark.enable_socket
def test_up_looks_at_the_ports_before_set_up(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("SIFRA_RASA_PORT", str(port))
        code, _, error = run("up", "--development")
    assert code == 1
    assert f"Port {port}, which the rasa needs, is held by" in error
    assert not (project / "var" / "fingerprints.json").exists()


def test_setup_writes_an_env_file_in_development_only(project: Path) -> None:
    code, _, error = run("setup")
    assert code == 1
    assert "make setup" in error
    assert not (project / ".env").exists()


def test_ready_block_names_the_address_and_marks_development() -> None:
    block = cli._ready_block("http://127.0.0.1:8080/", "9 s", development=True)
    assert "http://127.0.0.1:8080/" in block
    assert "Ctrl-C stops" in block
    assert "DEVELOPMENT MODE" in block
    assert "DEVELOPMENT" not in cli._ready_block("http://127.0.0.1:8080/", "9 s", development=False)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080/"),
        ("::", "http://127.0.0.1:8080/"),
        ("::1", "http://[::1]:8080/"),
        ("10.0.0.7", "http://10.0.0.7:8080/"),
    ],
)
def test_gateway_address_is_one_that_this_machine_reaches(
    root: Path, monkeypatch: pytest.MonkeyPatch, host: str, address: str
) -> None:
    monkeypatch.setenv("SIFRA_HOST", host)
    assert gateway_address(load_stack(root)) == address


def test_rasa_is_ready_only_with_our_model(root: Path) -> None:
    rasa, actions, *_ = stack_services(load_stack(root))
    assert rasa.is_ready(httpx.Response(200, json={"ready": True, "model": "sifra.tar.gz"}))
    assert not rasa.is_ready(httpx.Response(200, json={"ready": True, "model": "20230101.tar.gz"}))
    assert not rasa.is_ready(httpx.Response(200, json=[]))
    assert not rasa.is_ready(httpx.Response(200, text="ok"))
    assert not rasa.is_ready(httpx.Response(503, json={"ready": True, "model": "sifra.tar.gz"}))
    assert actions.is_ready(httpx.Response(200, text="ok"))


def test_the_clerk_gets_its_settings_and_rasa_none_of_its_secrets(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"CLERK_PORT": "5999", "ORIGIN_KEY": "k", "UNDO_SECONDS": "7"}.items():
        monkeypatch.setenv(f"SIFRA_{name}", value)
    monkeypatch.setenv("SIFRA_QUIET_HOURS", "false")
    rasa, _, clerk, gateway = stack_services(load_stack(root))
    for name, value in clerk.environment.items():
        monkeypatch.setenv(name, value)
    settings = ClerkSettings(_env_file=None)  # type: ignore[call-arg]
    assert (settings.clerk_port, settings.undo_seconds, settings.quiet_hours) == (5999, 7, False)
    assert settings.origin_key.get_secret_value() == gateway.environment["SIFRA_ORIGIN_KEY"] == "k"
    assert rasa.environment["SIFRA_ORIGIN_KEY"] == ""
    assert clerk.probe_url == "http://127.0.0.1:5999/health"


def test_doctor_survives_a_check_that_breaks(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_stack: Stack) -> Iterable[Check]:
        raise OSError("no such thing")

    def fine(_stack: Stack) -> Iterable[Check]:
        yield Check("Fine", State.OK, "as it should be")

    monkeypatch.setattr(doctor, "CHECKS", (("Broken", broken), ("Fine", fine)))
    code, out, _ = run("doctor", "--json")
    report = json.loads(out)
    assert code == 1
    assert not report["ok"]
    assert [(each["name"], each["state"]) for each in report["checks"]] == [
        ("Broken", "missing"),
        ("Fine", "ok"),
    ]
    assert "OSError: no such thing" in report["checks"][0]["detail"]


def test_doctor_shows_a_table_and_exit_code_0_when_all_is_well(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def checks(_stack: Stack) -> Iterable[Check]:
        yield Check("Fine", State.OK, "as it should be")
        yield Check("Chromium", State.NOTE, "none")

    monkeypatch.setattr(doctor, "CHECKS", (("Checks", checks),))
    code, out, _ = run("doctor")
    assert code == 0
    assert "✓" in out
    assert "as it should be" in out


def test_doctor_names_missing_secrets_and_an_open_env_file(root: Path) -> None:
    (root / ".env").write_text("SIFRA_RASA_TOKEN=x\n", encoding="utf-8")
    (root / ".env").chmod(0o644)
    found = list(secrets(load_stack(root)))
    assert [check.state for check in found] == [State.MISSING, State.MISSING]
    assert "SIFRA_ACTION_TOKEN, SIFRA_SESSION_SECRET" in found[0].detail
    assert "chmod 600" in found[1].remedy


@pytest.mark.enable_socket
def test_doctor_tells_a_free_port_from_a_held_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken, closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        free_port = free.getsockname()[1]
        free.close()
        monkeypatch.setenv("SIFRA_RASA_PORT", str(taken.getsockname()[1]))
        for name in ("ACTIONS", "CLERK", "GATEWAY"):
            monkeypatch.setenv(f"SIFRA_{name}_PORT", str(free_port))
        held, *others = ports(load_stack(root))
    assert held.state is State.MISSING
    assert "SIFRA_RASA_PORT" in held.remedy
    assert [check.name for check in others] == [
        f"Port {free_port} ({name})" for name in ("actions", "clerk", "gateway")
    ]
    assert {check.state for check in others} == {State.OK}


def test_disk_is_looked_at_before_the_folder_exists(root: Path) -> None:
    (check,) = disk(load_stack(root))
    assert "GB free" in check.detail


def test_packages_are_compared_by_canonical_name_and_public_version() -> None:
    pins = "Rasa_SDK==3.21.1\n    # via x\ntorch==2.13.0\nabsent==1\nold==2 ; python_version > '3'\n"
    installed = {"rasa-sdk": "3.21.1", "torch": "2.13.0+cpu", "old": "1"}
    assert differing_packages(pins, installed) == ["absent==1", "old==2"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (12.3, "12 s"), (59.9, "1 min 0 s"), (184, "3 min 4 s")],
)
def test_durations_are_written_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text
