"""Markdown tokens as plain text that reads well in a chat."""

from collections.abc import Sequence

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from knowledge.rendering import plain_text

_BULLET = "–"


def passage_text(tokens: Sequence[Token]) -> str:
    """Write whole blocks as text.

    Args:
        tokens: as the parser gave them, without a heading that opens a section.
    Returns:
        A line per paragraph, list item ("1. ...", "– ...") or table row (cells parted by " | "); what
        belongs to a list item is indented under it. Empty when there is nothing to read.
    """
    lines = [line for block in SyntaxTreeNode(tokens).children for line in _lines(block)]
    return "\n".join(line for line in lines if line.strip())


def _lines(node: SyntaxTreeNode) -> list[str]:
    match node.type:
        case "inline" if node.token is not None:
            return plain_text(node.token).splitlines()
        case "fence" | "code_block":
            return node.content.splitlines()
        case "ordered_list":
            first = int(node.attrs.get("start", 1))
            return _items(node, [f"{first + i}." for i in range(len(node.children))])
        case "bullet_list":
            return _items(node, [_BULLET] * len(node.children))
        case "tr":
            return [" | ".join(" ".join(" ".join(_lines(cell)).split()) for cell in node.children)]
        case _:
            return [line for child in node.children for line in _lines(child)]


def _items(node: SyntaxTreeNode, markers: list[str]) -> list[str]:
    lines: list[str] = []
    for item, marker in zip(node.children, markers, strict=True):
        indent = " " * (len(marker) + 1)
        first, *rest = [line for child in item.children for line in _lines(child)] or [""]
        lines.append(f"{marker} {first}")
        lines += [indent + line for line in rest]
    return lines
