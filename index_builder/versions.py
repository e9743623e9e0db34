"""Versions of the tools that shape vectors and index files."""

from functools import cache
from importlib.metadata import version

_TOOLS = ("faiss-cpu", "numpy", "sentence-transformers", "tokenizers", "torch")


@cache
def tool_versions() -> dict[str, str]:
    """Return the installed version of each tool, by package name."""
    return {tool: version(tool) for tool in _TOOLS}
