import os
import shutil
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder, with no settings in the environment."""
    for name in list(os.environ):
        if name.startswith("SIFRA_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(PROJECT / ".env.example", folder)
    return folder
