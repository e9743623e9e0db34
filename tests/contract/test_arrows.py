"""Which room may import which (docs/adr/0005-rooms-and-arrows.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "database": {"organisation", "cases", "connectors", "knowledge", "outbox"},  # migrations only, see below
    "organisation": {"database"},
    "outbox": {"database", "organisation"},
    "cases": {"database", "organisation", "outbox"},
    "knowledge": {"database"},
    "index_builder": {"knowledge"},
    "bot": {"cases", "database", "knowledge", "nlu", "organisation", "outbox"},  # nlu: times only, see below
    "connectors": {"database", "knowledge", "organisation", "outbox"},
    "nlu": set(),
    "sifra": {
        "bot",
        "cases",
        "connectors",
        "database",
        "index_builder",
        "knowledge",
        "organisation",
        "outbox",
    },
}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return names


def _modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_the_rooms_it_may(room: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules(room)
        for name in _imports(path)
        if (top := name.split(".")[0]) in ALLOWED and top != room and top not in ALLOWED[room]
    }
    assert not wrong


def test_the_database_room_knows_other_rooms_only_in_its_migrations() -> None:
    wrong = [
        path
        for path in _modules("database")
        if "migrations" not in path.parts
        and any(name.split(".")[0] in ALLOWED["database"] for name in _imports(path))
    ]
    assert not wrong


def test_the_bot_takes_nothing_but_the_reader_of_times_from_nlu() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules("bot")
        for name in _imports(path)
        if name.split(".")[0] == "nlu" and not name.startswith("nlu.core.time_")
    }
    assert not wrong


def test_only_components_server_training_and_evaluation_name_rasa() -> None:
    allowed = {"components", "server", "evaluation", "quiet.py", "importer.py"}
    wrong = [
        path.relative_to(ROOT)
        for path in _modules("nlu")
        if not allowed & set(path.parts)
        and path.name != "train.py"
        and any(name.split(".")[0] == "rasa" for name in _imports(path))
    ]
    assert not wrong


def test_the_gateway_loads_no_model_library() -> None:
    """It serves routines in full; search and its libraries belong to the action server."""
    wrong = {
        name
        for path in _modules("connectors")
        for name in _imports(path)
        if name.split(".")[0] in {"torch", "faiss", "sentence_transformers"} or name == "knowledge.search"
    }
    assert not wrong


def test_every_room_is_in_the_table() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert rooms == set(ALLOWED)
