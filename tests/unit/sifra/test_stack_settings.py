import re
from itertools import pairwise
from pathlib import Path

import pytest

from bot.actions.settings import ActionServerSettings
from cases.clerk_settings import ClerkSettings
from connectors.settings import GatewaySettings
from knowledge.embedded import EMBEDDED_ENCODER
from organisation.graph_settings import GraphSettings
from sifra.env_file import create_env_file
from sifra.errors import SettingsError
from sifra.settings import SECRETS, Stack, StackSettings, load_stack


def write_env(root: Path, **values: str) -> None:
    lines = [f"SIFRA_{name.upper()}={value}" for name, value in values.items()]
    (root / ".env").write_text("\n".join(lines), encoding="utf-8")


def example_values(root: Path) -> dict[str, str]:
    text = (root / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^#?SIFRA_([A-Z_]+)=(.*)$", text, flags=re.MULTILINE))


def test_example_names_every_setting_with_its_default(root: Path) -> None:
    expected = {}
    for name, field in StackSettings.model_fields.items():
        default = field.default
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        expected[name.upper()] = "" if name in SECRETS else shown
    values = example_values(root)
    assert {name: values.get(name) for name in expected} == expected


def test_example_and_the_processes_know_the_same_settings(root: Path) -> None:
    known = {
        name.upper()
        for settings in (StackSettings, GatewaySettings, ActionServerSettings, ClerkSettings)
        for name in settings.model_fields
    }
    known |= {f"GRAPH_{name.upper()}" for name in GraphSettings.model_fields}
    assert set(example_values(root)) == known


def test_example_explains_every_setting(root: Path) -> None:
    lines = (root / ".env.example").read_text(encoding="utf-8").splitlines()
    for before, line in pairwise(lines):
        if re.match(r"#?SIFRA_", line):
            assert before.startswith("# "), f"{line} has no comment above it"


def test_secrets_have_no_default_and_are_not_shown(root: Path) -> None:
    write_env(root, rasa_token="hemmelig", action_token="", session_secret="hemmelig", origin_key="hemmelig")
    stack = load_stack(root)
    assert stack.missing_secrets() == ["SIFRA_ACTION_TOKEN"]
    with pytest.raises(SettingsError, match="Set SIFRA_ACTION_TOKEN in "):
        stack.require_secrets()
    assert "hemmelig" not in repr(stack)


def test_unusable_value_is_named_but_not_repeated(root: Path) -> None:
    write_env(root, gateway_port="hemmelig")
    with pytest.raises(SettingsError, match="SIFRA_GATEWAY_PORT") as raised:
        load_stack(root)
    assert "hemmelig" not in str(raised.value)


def test_settings_of_other_rooms_in_the_same_file_are_left_alone(root: Path) -> None:
    (root / ".env").write_text("SIFRA_TELEGRAM_TOKEN=x\nOTHER=y\n", encoding="utf-8")
    assert load_stack(root).settings.gateway_port == 8080


def test_environment_wins_over_the_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_env(root, gateway_port="8081")
    monkeypatch.setenv("SIFRA_GATEWAY_PORT", "8082")
    assert load_stack(root).settings.gateway_port == 8082


def test_paths_are_absolute_and_under_the_root(root: Path) -> None:
    stack = load_stack(root)
    assert stack.var_dir == root / "var"
    assert stack.database_url == f"sqlite:///{root}/var/sifra.db"
    assert stack.encoder == str(EMBEDDED_ENCODER)
    assert stack.index_dir == root / "var" / "index"
    assert stack.routines == root / "sample" / "routines"
    assert stack.trains_encoder


def test_what_nobody_chose_follows_the_var_folder(root: Path, tmp_path: Path) -> None:
    write_env(root, var_dir=str(tmp_path / "data"))
    stack = load_stack(root)
    assert stack.database_url == f"sqlite:///{tmp_path}/data/sifra.db"
    assert stack.encoder == str(EMBEDDED_ENCODER)
    assert stack.index_dir == tmp_path / "data" / "index"
    assert stack.trains_encoder


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        ("sqlite:///saker.db", "sqlite:///{root}/saker.db"),
        ("sqlite:////srv/saker.db", "sqlite:////srv/saker.db"),
        ("postgresql+psycopg://sifra@db/sifra", "postgresql+psycopg://sifra@db/sifra"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_database_url_is_resolved_only_where_it_is_a_relative_file(
    root: Path, given: str, resolved: str
) -> None:
    write_env(root, database_url=given)
    assert load_stack(root).database_url == resolved.format(root=root)


def test_encoder_is_a_folder_when_there_is_one_and_else_a_hub_name(root: Path) -> None:
    write_env(root, encoder="intfloat/multilingual-e5-small")
    assert load_stack(root).encoder == "intfloat/multilingual-e5-small"
    assert not load_stack(root).trains_encoder
    (root / "intfloat" / "multilingual-e5-small").mkdir(parents=True)
    assert load_stack(root).encoder == str(root / "intfloat" / "multilingual-e5-small")


def test_children_resolve_to_the_same_stack(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env(root, municipality="Ås kommune", **dict.fromkeys(SECRETS, "a"))
    stack = load_stack(root, development=True)
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    child = load_stack(tmp_path)

    def resolved(stack: Stack) -> tuple[object, ...]:
        return stack.database_url, stack.encoder, stack.index_dir, stack.routines, stack.development

    assert resolved(child) == resolved(stack)
    assert child.settings.municipality == "Ås kommune"
    assert not child.missing_secrets()


def test_development_mode_is_refused_on_an_outside_address(root: Path) -> None:
    write_env(root, host="10.0.0.7")
    load_stack(root, development=False).refuse_exposed_development()
    with pytest.raises(SettingsError, match="anyone may log in as anyone"):
        load_stack(root, development=True).refuse_exposed_development()


def test_env_file_is_private_and_has_fresh_secrets(root: Path, tmp_path: Path) -> None:
    assert create_env_file(root)
    assert (root / ".env").stat().st_mode & 0o777 == 0o600
    stack = load_stack(root)
    stack.require_secrets()
    values = [getattr(stack.settings, name).get_secret_value() for name in SECRETS]
    assert len(set(values)) == len(SECRETS)
    assert min(len(value) for value in values) >= 32


def test_env_file_differs_from_machine_to_machine(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / ".env.example").write_bytes((root / ".env.example").read_bytes())
    create_env_file(root)
    create_env_file(other)
    assert (root / ".env").read_text(encoding="utf-8") != (other / ".env").read_text(encoding="utf-8")


def test_an_existing_env_file_is_never_overwritten(root: Path) -> None:
    (root / ".env").write_text("SIFRA_MUNICIPALITY=Ås kommune\n", encoding="utf-8")
    assert not create_env_file(root)
    assert (root / ".env").read_text(encoding="utf-8") == "SIFRA_MUNICIPALITY=Ås kommune\n"
