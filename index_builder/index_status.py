"""What an index holds, and what has happened to its source files since."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from index_builder.source_files import read_sources, same_content
from knowledge.index_files import current_version_dir
from knowledge.manifest import Manifest, SourceEntry, read_manifest


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The live index beside its source folders: how many files an update would treat in which way."""

    manifest: Manifest
    unchanged: int
    changed: int
    new: int
    removed: int


def index_status(index_dir: Path, source_dirs: list[Path]) -> IndexStatus:
    """Compare the live index with the files as they are now; nothing is parsed.

    A file counts as changed also when the one beside it, a `source.yml` above it or its loader has changed.

    Raises:
        IndexUnavailableError: there is no index, or its manifest is damaged.
        IndexMismatchError: it has another format.
    """
    manifest = read_manifest(current_version_dir(index_dir))
    sources = read_sources(source_dirs, manifest)
    now = [entry for _, entry in sources.files]
    before = [entry.source for entry in manifest.documents.values()]
    before += [skipped.source for skipped in manifest.skipped if skipped.source.files]
    unchanged = (Counter(map(same_content, now)) & Counter(map(same_content, before))).total()
    same_path = (_paths(now) & _paths(before)).total()
    return IndexStatus(
        manifest, unchanged, same_path - unchanged, len(now) - same_path, len(before) - same_path
    )


def _paths(entries: list[SourceEntry]) -> Counter[str]:
    return Counter(entry.path for entry in entries)
