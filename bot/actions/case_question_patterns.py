"""The patterns of case_words.yml as one tree, so that all are tried at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

ANY_WORD = "_"
_CHOICE = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")


@dataclass(frozen=True)
class Meaning:
    """What a pattern says: a field of a question and its value. Earlier meanings win a tie."""

    field: str
    value: str
    rank: int


@dataclass(frozen=True)
class Match:
    """Words from `start` to before `end` that mean something; those at `gaps` may be any words."""

    start: int
    end: int
    meaning: Meaning
    gaps: tuple[int, ...] = ()


@dataclass
class Node:
    """A place in the tree of patterns: what may come next, and what is complete here."""

    words: dict[str, Node] = field(default_factory=dict)
    stems: dict[str, Node] = field(default_factory=dict)
    any_word: Node | None = None
    meanings: list[Meaning] = field(default_factory=list)

    def after(self, word: str) -> Iterator[Node]:
        """The nodes that a word leads to."""
        if word in self.words:
            yield self.words[word]
        if self.stems:
            for end in range(2, len(word) + 1):
                if (node := self.stems.get(word[:end])) is not None:
                    yield node
        if self.any_word is not None:
            yield self.any_word

    def child(self, word: str) -> Node:
        """The node that a word of a pattern leads to, made when it is new."""
        if word == ANY_WORD:
            self.any_word = self.any_word or Node()
            return self.any_word
        if word.endswith("*"):
            return self.stems.setdefault(word[:-1], Node())
        return self.words.setdefault(word, Node())


def find_all(root: Node, words: list[str]) -> list[Match]:
    """All patterns that stand in a row of words, overlaps too."""
    found: list[Match] = []
    for start in range(len(words)):
        paths: list[tuple[Node, tuple[int, ...]]] = [(root, ())]
        for end in range(start, len(words)):
            paths = [
                (after, (*gaps, end) if after is node.any_word else gaps)
                for node, gaps in paths
                for after in node.after(words[end])
            ]
            if not paths:
                break
            found += [
                Match(start, end + 1, meaning, gaps) for node, gaps in paths for meaning in node.meanings
            ]
    return found


def expanded(pattern: str) -> Iterable[tuple[str, ...]]:
    """Every row of words that a pattern with choices stands for."""
    choice = _CHOICE.search(pattern)
    if choice is None:
        return [tuple(pattern.split())] if pattern.split() else []
    options = choice[1].split("|") if choice[1] is not None else [*choice[2].split("|"), ""]
    return [
        words
        for option in options
        for words in expanded(pattern[: choice.start()] + option + pattern[choice.end() :])
    ]
