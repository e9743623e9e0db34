"""One file of any format that is read becomes a document."""

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from index_builder.errors import DocumentError
from index_builder.front_matter import Metadata, read_folder_defaults, read_sidecar
from index_builder.markdown_loader import document_of, parse_markdown_file
from index_builder.parsed_file import ParsedFile
from index_builder.text_cleaning import decode
from knowledge.documents import Document, anchor_for

MAX_FILE_BYTES = 20 * 2**20
# Documents that people keep beside the others and would miss; any other file is passed over in silence.
UNREAD_SUFFIXES = frozenset(
    {".doc", ".docm", ".dot", ".odp", ".ods", ".odt", ".pages", ".ppt", ".pptx", ".rst", ".rtf", ".txt"}
    | {".wpd", ".xls", ".xlsx"}
)
_ROOM = Path(__file__).parent
_KNOWLEDGE_MODULES = ("documents.py", "rendering.py")
_SHARED_MODULES = (
    "document_loader.py", "embedded_html.py", "front_matter.py", "html_markdown.py", "language.py",
    "loader_words.yml", "markdown_loader.py", "parsed_file.py", "passage_text.py", "sections.py",
    "text_cleaning.py",
)  # fmt: skip
_SHARED_PACKAGES = (
    "beautifulsoup4", "charset-normalizer", "lxml", "markdown-it-py", "markdownify", "python-frontmatter",
    "pyyaml",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Loader:
    """How one format is read, and the modules and packages that a change of result could come from."""

    name: str
    parse: Callable[[bytes], ParsedFile]
    modules: tuple[str, ...]
    packages: tuple[str, ...]


# The libraries are imported with the first file of their format: most folders hold one or two formats.
def _parse_markdown(data: bytes) -> ParsedFile:
    return parse_markdown_file(decode(data))


def _parse_html(data: bytes) -> ParsedFile:
    from index_builder.html_loader import parse_html_file

    return parse_html_file(data)


def _parse_docx(data: bytes) -> ParsedFile:
    from index_builder.docx_loader import parse_docx_file

    return parse_docx_file(data)


def _parse_pdf(data: bytes) -> ParsedFile:
    from index_builder.pdf_loader import parse_pdf_file

    return parse_pdf_file(data)


_MARKDOWN = _Loader("markdown", _parse_markdown, (), ())
_HTML = _Loader("html", _parse_html, ("html_loader.py",), ())
_DOCX = _Loader("docx", _parse_docx, ("docx_loader.py",), ("mammoth",))
_PDF = _Loader("pdf", _parse_pdf, ("pdf_loader.py", "pdf_layout.py"), ("pdfplumber", "pdfminer.six"))
_LOADERS = {
    ".md": _MARKDOWN, ".markdown": _MARKDOWN, ".html": _HTML, ".htm": _HTML, ".xhtml": _HTML,
    ".docx": _DOCX, ".pdf": _PDF,
}  # fmt: skip
SUFFIXES = frozenset(_LOADERS)


def load_document(path: Path, source_dir: Path | None = None) -> Document:
    """Read one file.

    What is said about it comes from the file beside it (`<file>.yml`), else from the file itself, else from
    the nearest `source.yml` above it within the source folder.

    Args:
        source_dir: the folder that the id of a document without one is derived from; by default its own.
    Returns:
        The document, all text NFC; `body_markdown` has what the web page shows.
    Raises:
        DocumentError: with a sentence for the owner: a format that is not read, a broken or encrypted file,
            more than 20 MB, wrong metadata, or no text.
    """
    loader = _LOADERS.get(path.suffix.lower())
    if loader is None:
        raise DocumentError(f"{path.suffix or 'a file without a suffix'} is not read; save it as DOCX or PDF")
    root = source_dir or path.parent
    sidecar = read_sidecar(path)
    parsed = loader.parse(_read(path))
    said: Metadata = {**folder_defaults(path, root), **parsed.metadata, **sidecar}
    return document_of(parsed, {"id": derived_id(path, root), **said}, _title_from_name(path))


def loader_version(path: Path) -> str:
    """Return the name of a file's loader and a hash of its code and libraries; "" for a format not read.

    Equal versions make equal documents of equal files.
    """
    loader = _LOADERS.get(path.suffix.lower())
    return "" if loader is None else _version(loader)


def derived_id(path: Path, source_dir: Path) -> str:
    """Make an id of a path: the same on every machine, and another for every file below the folder."""
    relative = unicodedata.normalize("NFC", path.relative_to(source_dir).as_posix())
    words = "-".join(anchor_for(part) for part in Path(relative).with_suffix("").parts)
    return f"{words[:48].rstrip('-')}-{hashlib.sha256(relative.encode()).hexdigest()[:8]}"


def folder_defaults(path: Path, source_dir: Path) -> Metadata:
    """Gather what the `source.yml` files above a file say; the nearest has the last word.

    Raises:
        DocumentError: one of them is broken, and who may read the document is not known.
    """
    defaults: Metadata = {}
    for folder in folders_above(path, source_dir):
        defaults |= read_folder_defaults(folder)
    return defaults


def folders_above(path: Path, source_dir: Path) -> list[Path]:
    """List the folders from the source folder down to the file's own."""
    below = path.parent.relative_to(source_dir).parts
    return [source_dir.joinpath(*below[:depth]) for depth in range(len(below) + 1)]


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise DocumentError(f"larger than {MAX_FILE_BYTES // 2**20} MB")
        return path.read_bytes()
    except OSError as exc:
        raise DocumentError("cannot be read") from exc


def _title_from_name(path: Path) -> str:
    words = " ".join(unicodedata.normalize("NFC", path.stem).replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]


@cache
def _version(loader: _Loader) -> str:
    digest = hashlib.sha256()
    files = [_ROOM / name for name in (*_SHARED_MODULES, *loader.modules)]
    files += [_ROOM.parent / "knowledge" / name for name in _KNOWLEDGE_MODULES]
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    for package in (*_SHARED_PACKAGES, *loader.packages):
        digest.update(f"{package}=={version(package)}\n".encode())
    return f"{loader.name}:{digest.hexdigest()[:12]}"
