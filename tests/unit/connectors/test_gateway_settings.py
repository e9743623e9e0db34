"""What the gateway may be told, and what it refuses to start with."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.settings import GatewaySettings

SECRETS = {"SIFRA_RASA_TOKEN": "a" * 32, "SIFRA_SESSION_SECRET": "b" * 32, "SIFRA_ORIGIN_KEY": "c" * 32}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*SECRETS, "SIFRA_DEVELOPMENT", "SIFRA_HOST", "SIFRA_ALLOWED_HOSTS", "SIFRA_MAX_CHARS"):
        monkeypatch.delenv(name, raising=False)


def settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> GatewaySettings:
    for name, value in {**SECRETS, **values}.items():
        monkeypatch.setenv(name, value)
    return GatewaySettings()


def test_nothing_but_this_machine_is_let_in_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch)
    assert not found.development
    assert found.host == "127.0.0.1"
    assert found.allowed_hosts == {"127.0.0.1", "::1", "localhost"}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [None, ""])
def test_it_does_not_start_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    """An empty secret signs cookies that anybody can make."""
    for secret, good in SECRETS.items():
        monkeypatch.setenv(secret, good)
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.removeprefix("SIFRA_").lower()):
        GatewaySettings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = repr(settings(monkeypatch))
    assert not any(secret in shown for secret in SECRETS.values())


def test_host_names_are_read_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, SIFRA_ALLOWED_HOSTS=" sifra.fjordvik.example , localhost,")
    assert found.allowed_hosts == {"sifra.fjordvik.example", "localhost"}


@pytest.mark.parametrize(
    ("development", "host", "may"),
    [
        ("true", "127.0.0.1", True),
        ("true", "::1", True),
        ("true", "localhost", True),
        ("true", "0.0.0.0", False),  # noqa: S104
        ("true", "192.168.1.5", False),
        ("true", "127.0.0.1.example.no", False),
        ("false", "127.0.0.1", False),
    ],
)
def test_one_chooses_whom_to_be_only_in_development_and_only_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, development: str, host: str, may: bool
) -> None:
    assert settings(monkeypatch, SIFRA_DEVELOPMENT=development, SIFRA_HOST=host).may_choose_person is may


@pytest.mark.parametrize("chars", ["0", "-1", "20001", "mange"])
def test_the_longest_message_is_one_that_rasas_channel_takes(
    monkeypatch: pytest.MonkeyPatch, chars: str
) -> None:
    with pytest.raises(ValidationError, match="max_chars"):
        settings(monkeypatch, SIFRA_MAX_CHARS=chars)


def test_nobody_chooses_a_person_behind_a_foreign_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel or proxy would let others reach a page that was meant for this machine."""
    found = settings(
        monkeypatch, SIFRA_DEVELOPMENT="true", SIFRA_ALLOWED_HOSTS="localhost,sifra.fjordvik.example"
    )
    assert not found.may_choose_person
