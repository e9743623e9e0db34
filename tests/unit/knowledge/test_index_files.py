"""Versions take over in one step, readers follow, and a failure leaves things as they were."""

import logging
from pathlib import Path

import pytest

from knowledge.errors import IndexUnavailableError
from knowledge.index_files import POINTER_FILE, VERSIONS_DIR, CurrentVersion, current_version_dir, new_version


def publish(index_dir: Path, content: str) -> str:
    with new_version(index_dir) as folder:
        (folder / "content").write_text(content, encoding="utf-8")
    return current_version_dir(index_dir).name


def load(version_dir: Path) -> str:
    path = version_dir / "content"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise IndexUnavailableError(path, "missing") from exc
    if text == "bad":
        raise IndexUnavailableError(path, "bad")
    return text


def versions(index_dir: Path) -> set[str]:
    return {path.name for path in (index_dir / VERSIONS_DIR).iterdir()}


def test_reader_follows_the_pointer(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    current = CurrentVersion(tmp_path, load)
    assert current.get() == "one"
    publish(tmp_path, "two")
    assert current.get() == "two"


def test_value_is_loaded_once_per_version(tmp_path: Path) -> None:
    loads: list[str] = []
    publish(tmp_path, "one")
    current = CurrentVersion(tmp_path, lambda path: loads.append(path.name) or load(path))
    for _ in range(3):
        current.get()
    assert len(loads) == 1


def test_previous_version_is_kept_and_older_ones_go(tmp_path: Path) -> None:
    names = [publish(tmp_path, str(i)) for i in range(3)]
    assert versions(tmp_path) == set(names[1:])


def test_failure_while_writing_leaves_the_old_version(tmp_path: Path) -> None:
    name = publish(tmp_path, "one")
    with pytest.raises(KeyboardInterrupt), new_version(tmp_path) as folder:
        (folder / "content").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert current_version_dir(tmp_path).name == name
    assert versions(tmp_path) == {name}


def test_remains_of_a_killed_build_are_removed_by_the_next(tmp_path: Path) -> None:
    remains = tmp_path / VERSIONS_DIR / ".20260101T000000-aaaaaa.tmp"
    remains.mkdir(parents=True)
    name = publish(tmp_path, "one")
    assert versions(tmp_path) == {name}


def test_bad_new_version_is_logged_and_the_old_one_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path, "one")
    current = CurrentVersion(tmp_path, load)
    current.get()
    publish(tmp_path, "bad")
    with caplog.at_level(logging.ERROR):
        assert [current.get() for _ in range(3)] == ["one"] * 3
    assert len(caplog.records) == 1
    publish(tmp_path, "three")
    assert current.get() == "three"


def test_lost_pointer_does_not_stop_a_reader_that_has_a_version(tmp_path: Path) -> None:
    publish(tmp_path, "one")
    current = CurrentVersion(tmp_path, load)
    current.get()
    (tmp_path / POINTER_FILE).unlink()
    assert current.get() == "one"


@pytest.mark.parametrize("content", [None, b"", b"../../etc", b"\xff\xfe"])
def test_missing_or_damaged_pointer_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / POINTER_FILE).write_bytes(content)
    with pytest.raises(IndexUnavailableError, match=r"current: .*sifra index build"):
        CurrentVersion(tmp_path, load).get()
