"""The files below the source folders, and whether they are what they were at the last build."""

import hashlib
import os
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index_builder.document_loader import MAX_FILE_BYTES, SUFFIXES, UNREAD_SUFFIXES, loader_version
from index_builder.front_matter import FOLDER_DEFAULTS_FILE, SIDECAR_SUFFIX
from knowledge.manifest import FileStamp, Manifest, SkippedEntry, SourceEntry

# Two changes within the resolution of the file system get the same time; the coarsest (FAT) has two seconds.
_UNSETTLED_NS = 2 * 10**9
_IGNORED_PREFIXES = (".", "~$")  # hidden files, and the locks of Word


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may become a document.

    Attributes:
        parts: what its document depends on: the file, the one beside it, and each `source.yml` above it.
    """

    path: Path
    source_dir: Path
    parts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """All source files with their entries, in order, and what could not even be looked at."""

    files: list[tuple[SourceFile, SourceEntry]]
    problems: list[SkippedEntry]

    def same_as(self, manifest: Manifest) -> bool:
        """Tell whether an index was made of exactly these."""
        before = Counter(same_content(entry) for entry in entries_of(manifest))
        now = [same_content(entry) for _, entry in self.files]
        return before == Counter(now + [same_content(problem.source) for problem in self.problems])


def read_sources(
    source_dirs: Iterable[Path], manifest: Manifest | None, *, read_all: bool = False
) -> Sources:
    """Look at every file below the folders; those that the manifest knows by their stamps are not read.

    Args:
        read_all: read them in any case.
    """
    found, problems = find_files(source_dirs)
    known = KnownEntries(manifest)
    files: list[tuple[SourceFile, SourceEntry]] = []
    for file in found:
        try:
            files.append((file, known.entry(file, read_all=read_all)))
        except OSError:
            problems.append(_problem(file.path, "cannot be read"))
    return Sources(files, problems)


class KnownEntries:
    """The source files of an index, by which unchanged ones are known."""

    def __init__(self, manifest: Manifest | None) -> None:
        self._by_path: dict[str, list[SourceEntry]] = {}
        if manifest is not None:
            for entry in entries_of(manifest):
                self._by_path.setdefault(entry.path, []).append(entry)

    def entry(self, file: SourceFile, *, read_all: bool = False) -> SourceEntry:
        """Describe a file as it is now; it is read only when its stamps are not known.

        Args:
            read_all: read it in any case.
        Raises:
            OSError: it cannot be read.
        """
        now_ns = time.time_ns()
        stamps = tuple(_stamp(part, file.source_dir, now_ns) for part in file.parts)
        path = stamps[0].path
        settled = not read_all and all(stamp.mtime_ns for stamp in stamps)
        known = next((e for e in self._by_path.get(path, ()) if settled and e.files == stamps), None)
        sha256 = known.sha256 if known else _digest(file.parts, stamps)
        return SourceEntry(path, sha256, loader_version(file.path), stamps)


def entries_of(manifest: Manifest) -> list[SourceEntry]:
    """List every source file that an index knows, those of documents first."""
    return [document.source for document in manifest.documents.values()] + [
        skipped.source for skipped in manifest.skipped
    ]


def same_content(entry: SourceEntry) -> tuple[str, str, str]:
    """Return what must be equal for a document to be taken over as it is."""
    return entry.path, entry.sha256, entry.loader


def find_files(source_dirs: Iterable[Path]) -> tuple[list[SourceFile], list[SkippedEntry]]:
    """Find what may become documents, in the order of the folders and of the paths below them.

    Links to folders are not followed. Files of other formats count when people would miss them.
    """
    files: list[SourceFile] = []
    problems: list[SkippedEntry] = []
    for source_dir in source_dirs:
        if not source_dir.is_dir():
            problems.append(_problem(source_dir, "no such folder"))
            continue
        unreadable: list[OSError] = []
        found = [*_walk(source_dir, unreadable.append)]
        problems += [_problem(Path(str(e.filename)), "the folder cannot be read") for e in unreadable]
        files += sorted((f for f in found if _has_text_name(f.path)), key=lambda f: f.path)
        problems += [
            _problem(Path(os.fsencode(f.path).decode("utf-8", "replace")), "the file name is not UTF-8")
            for f in found
            if not _has_text_name(f.path)
        ]
    return files, problems


def _problem(path: Path, reason: str) -> SkippedEntry:
    return SkippedEntry(SourceEntry(path.name, "", "", ()), str(path.parent), reason)


def _walk(source_dir: Path, on_error: Callable[[OSError], None]) -> Iterator[SourceFile]:
    defaults: dict[Path, tuple[Path, ...]] = {}  # folder -> the source.yml files from the top down to it
    for name, folders, names in os.walk(source_dir, onerror=on_error):
        folder = Path(name)
        folders[:] = sorted(f for f in folders if not f.startswith(_IGNORED_PREFIXES))
        above = defaults.get(folder.parent, ()) if folder != source_dir else ()
        own = (folder / FOLDER_DEFAULTS_FILE,) if FOLDER_DEFAULTS_FILE in names else ()
        defaults[folder] = above + own
        present = set(names)
        for file_name in names:
            if _may_be_document(file_name):
                path = folder / file_name
                sidecar = f"{file_name}{SIDECAR_SUFFIX}"
                beside = (folder / sidecar,) if sidecar in present else ()
                yield SourceFile(path, source_dir, (path, *beside, *defaults[folder]))


def _may_be_document(name: str) -> bool:
    suffix = Path(name).suffix.lower()
    return not name.startswith(_IGNORED_PREFIXES) and (suffix in SUFFIXES or suffix in UNREAD_SUFFIXES)


def _has_text_name(path: Path) -> bool:
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _stamp(path: Path, source_dir: Path, now_ns: int) -> FileStamp:
    status = path.stat()
    settled = now_ns - status.st_mtime_ns > _UNSETTLED_NS
    relative = unicodedata.normalize("NFC", path.relative_to(source_dir).as_posix())
    return FileStamp(relative, status.st_size, status.st_mtime_ns if settled else 0, status.st_ino)


def _digest(parts: tuple[Path, ...], stamps: tuple[FileStamp, ...]) -> str:
    total = hashlib.sha256()
    for part, stamp in zip(parts, stamps, strict=True):
        total.update(f"{stamp.path}\n".encode())
        if stamp.size > MAX_FILE_BYTES:  # it is not read as a document either
            total.update(f"{stamp.size} {stamp.mtime_ns}\n".encode())
        else:
            total.update(hashlib.sha256(part.read_bytes()).digest())
    return total.hexdigest()
