"""User text lives in data files: none in Python (a tripwire: letters that only Norwegian has)."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "bot",
    "cases",
    "connectors",
    "database",
    "index_builder",
    "knowledge",
    "nlu",
    "organisation",
    "outbox",
    "sifra",
)
NORWEGIAN = re.compile("[æøåÆØÅ]")
# Spelling tables are about letters, not text for users; each entry says why.
ALLOWED: dict[str, str] = {}


def _strings(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def test_no_norwegian_in_python_strings() -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {string[:40]!r}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if str(path.relative_to(ROOT)) not in ALLOWED
        for string in _strings(path)
        if NORWEGIAN.search(string)
    }
    assert not wrong
