"""The index on disk, and how a new version takes over from the old one.

    <index_dir>/current                 names the live version
    <index_dir>/versions/<id>/          vectors.faiss, chunks.jsonl, documents.jsonl, manifest.json

A version is written in a hidden folder beside the others, made durable, given its name, and only then does
`current` point to it, in one atomic step. Readers see the old index or the new one, never half of one.
"""

import hashlib
import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from knowledge.errors import IndexUnavailableError, KnowledgeError

POINTER_FILE = "current"
VERSIONS_DIR = "versions"
VECTORS_FILE = "vectors.faiss"
CHUNKS_FILE = "chunks.jsonl"
DOCUMENTS_FILE = "documents.jsonl"
MANIFEST_FILE = "manifest.json"

_RETRY_AFTER_S = 30.0
_log = logging.getLogger(__name__)
T = TypeVar("T")


def current_version_dir(index_dir: Path) -> Path:
    """Return the folder of the live version.

    Raises:
        IndexUnavailableError: no index has been built here, or the pointer is damaged.
    """
    return index_dir / VERSIONS_DIR / _read_pointer(index_dir)


@contextmanager
def new_version(index_dir: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; on a clean exit it becomes the live version.

    The caller holds the build lock. After an exception the folder is gone and the old version still serves.
    The version before the new one is kept, older ones and remains of killed builds are removed.
    """
    versions = index_dir / VERSIONS_DIR
    versions.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    staging = versions / f".{name}.tmp"
    staging.mkdir()
    try:
        yield staging
        for path in staging.iterdir():
            _fsync(path)
        _fsync(staging)
        previous = _previous_version(index_dir)
        staging.rename(versions / name)
        _fsync(versions)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    _swap_pointer(index_dir, name)
    _prune(versions, keep={name, previous})


def write_json_lines(path: Path, items: Iterable[T], adapter: TypeAdapter[T]) -> None:
    """Write one JSON object per line, UTF-8."""
    with path.open("wb") as file:
        for item in items:
            file.write(adapter.dump_json(item) + b"\n")


def read_json_lines(path: Path, adapter: TypeAdapter[T]) -> list[T]:
    """Read what `write_json_lines` wrote, in the same order.

    Raises:
        IndexUnavailableError: the file is missing, or a line is not what it should be.
    """
    try:
        with path.open("rb") as file:
            return [adapter.validate_json(line) for line in file]
    except OSError as exc:
        raise IndexUnavailableError(path, "the file cannot be read") from exc
    except ValidationError as exc:
        raise IndexUnavailableError(path, "the file is damaged") from exc


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal.

    Raises:
        IndexUnavailableError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise IndexUnavailableError(path, "the file cannot be read") from exc


@dataclass(frozen=True, slots=True)
class _Loaded(Generic[T]):
    name: str
    value: T


class CurrentVersion(Generic[T]):
    """Something loaded from the live version, loaded again when `current` names another one.

    Safe to share between threads. While one thread loads, the others go on with the old value. A new version
    that cannot be loaded is logged and tried again later; the old value serves meanwhile.
    """

    def __init__(self, index_dir: Path, load: Callable[[Path], T]) -> None:
        self._index_dir = index_dir
        self._load = load
        self._lock = threading.Lock()
        self._loaded: _Loaded[T] | None = None
        self._failed_name = ""
        self._failed_at_s = 0.0

    def get(self) -> T:
        """Return the value of the live version.

        Raises:
            KnowledgeError: nothing has been loaded yet and the live version cannot be.
        """
        loaded = self._loaded
        try:
            name = _read_pointer(self._index_dir)
        except IndexUnavailableError:
            if loaded is None:
                raise
            return loaded.value
        if loaded is not None and (loaded.name == name or self._failed_lately(name)):
            return loaded.value
        if not self._lock.acquire(blocking=loaded is None):
            assert loaded is not None  # noqa: S101  a blocking acquire does not return false
            return loaded.value
        try:
            return self._reload()
        finally:
            self._lock.release()

    def _reload(self) -> T:
        name = _read_pointer(self._index_dir)
        if self._loaded is not None and self._loaded.name == name:
            return self._loaded.value
        try:
            self._loaded = _Loaded(name, self._load(self._index_dir / VERSIONS_DIR / name))
        except KnowledgeError as exc:
            if _read_pointer(self._index_dir) != name:
                return self._reload()  # it was replaced, and pruned, while it was being read
            if self._loaded is None:
                raise
            _log.error("index version %s not taken into use: %s", name, exc)
            self._failed_name, self._failed_at_s = name, time.monotonic()
        return self._loaded.value

    def _failed_lately(self, name: str) -> bool:
        return name == self._failed_name and time.monotonic() - self._failed_at_s < _RETRY_AFTER_S


def _read_pointer(index_dir: Path) -> str:
    path = index_dir / POINTER_FILE
    try:
        name = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as exc:
        raise IndexUnavailableError(path, "there is no index here yet") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise IndexUnavailableError(path, "the file cannot be read") from exc
    if not name or name != Path(name).name:
        raise IndexUnavailableError(path, "the file does not name an index version")
    return name


def _previous_version(index_dir: Path) -> str:
    try:
        return _read_pointer(index_dir)
    except IndexUnavailableError:
        return ""


def _swap_pointer(index_dir: Path, name: str) -> None:
    temporary = index_dir / f".{POINTER_FILE}.tmp"
    temporary.write_text(name + "\n", encoding="utf-8")
    _fsync(temporary)
    temporary.replace(index_dir / POINTER_FILE)
    _fsync(index_dir)


def _prune(versions: Path, keep: set[str]) -> None:
    for path in versions.iterdir():
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
