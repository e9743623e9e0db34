import os
from pathlib import Path

import pytest

from sifra.fingerprints import FingerprintStore, Inputs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("blåbær", encoding="utf-8")
    (folder / "sub" / "b.txt").write_text("two", encoding="utf-8")
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "fingerprints.json"


def record(file: Path, inputs: Inputs) -> None:
    store = FingerprintStore(file)
    store.record("step", store.fingerprint(inputs))


def is_current(file: Path, inputs: Inputs) -> bool:
    return FingerprintStore(file).is_current("step", inputs)


def test_step_is_current_only_after_it_was_recorded(file: Path, folder: Path) -> None:
    inputs = Inputs((folder,), ("torch==2",))
    assert not is_current(file, inputs)
    record(file, inputs)
    assert is_current(file, inputs)
    assert not FingerprintStore(file).is_current("another step", inputs)


@pytest.mark.parametrize("change", ["edit", "add", "remove", "rename"])
def test_any_change_below_a_folder_counts(file: Path, folder: Path, change: str) -> None:
    inputs = Inputs((folder,))
    record(file, inputs)
    changed = folder / "sub" / "b.txt"
    if change == "edit":
        changed.write_text("three", encoding="utf-8")
    elif change == "add":
        (folder / "sub" / "c.txt").touch()
    elif change == "remove":
        changed.unlink()
    else:
        changed.rename(folder / "b.txt")
    assert not is_current(file, inputs)


def test_a_new_version_counts(file: Path, folder: Path) -> None:
    record(file, Inputs((folder,), ("torch==2",)))
    assert not is_current(file, Inputs((folder,), ("torch==3",)))


def test_a_touched_file_with_the_same_contents_does_not_count(file: Path, folder: Path) -> None:
    inputs = Inputs((folder,))
    record(file, inputs)
    os.utime(folder / "a.txt", ns=(1, 1))
    assert is_current(file, inputs)


def test_an_unchanged_file_is_not_read_again(file: Path, folder: Path) -> None:
    inputs = Inputs((folder,))
    record(file, inputs)
    text = folder / "a.txt"
    stat = text.stat()
    text.write_text("BLÅBÆR", encoding="utf-8")
    os.utime(text, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert text.stat().st_size == stat.st_size
    assert is_current(file, inputs), "same time and size: the remembered hash is used"


def test_excluded_folders_and_bytecode_do_not_count(file: Path, folder: Path) -> None:
    inputs = Inputs((folder,), without=(folder / "sub",))
    record(file, inputs)
    (folder / "sub" / "b.txt").write_text("changed", encoding="utf-8")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.pyc").touch()
    assert is_current(file, inputs)


def test_a_missing_input_is_no_error_and_counts_when_it_appears(file: Path, tmp_path: Path) -> None:
    inputs = Inputs((tmp_path / "later.yml",))
    record(file, inputs)
    assert is_current(file, inputs)
    (tmp_path / "later.yml").write_text("x", encoding="utf-8")
    assert not is_current(file, inputs)


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"steps": 1}'])
def test_a_damaged_store_means_that_steps_run_again(file: Path, folder: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8")
    inputs = Inputs((folder,))
    assert not is_current(file, inputs)
    record(file, inputs)
    assert is_current(file, inputs)
