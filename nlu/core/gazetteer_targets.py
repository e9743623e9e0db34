"""Decides which phrase names which entry, and leaves out those that could mean several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nlu.core.gazetteer_file import GazetteerEntry
from nlu.core.gazetteer_names import Phrase, keys_of_name, phrases_of


@dataclass(frozen=True)
class Target:
    """A phrase that names one entry, and the keys of that entry's whole name."""

    phrase: Phrase
    entry: GazetteerEntry
    keys: frozenset[str] = frozenset()


def targets_of(entries: list[GazetteerEntry]) -> Iterator[Target]:
    """Find for each phrase the one entry of a label that it names; leave out what stays open."""
    phrases: dict[tuple[str, ...], list[Target]] = defaultdict(list)
    keys = {entry: keys_of_name(entry.name) for entry in entries}
    with_word: dict[str, list[GazetteerEntry]] = defaultdict(list)
    for entry in keys:
        for key in dict.fromkeys(keys[entry]):
            with_word[key].append(entry)
        for phrase in phrases_of(entry.name, entry.aliases):
            if phrase.words:
                phrases[phrase.words].append(Target(phrase, entry))
    parents = {entry.id: entry.parent for entry in entries if entry.id}
    for words, targets in phrases.items():
        whole = [target for target in targets if target.phrase.is_whole]
        # Whoever has the words in its name has a claim on them, unless they are somebody's whole name.
        claims = [] if whole else [entry for entry in with_word[words[0]] if _holds(keys[entry], words)]
        owners = [target.entry for target in whole or targets]
        owner = _head_of(list(dict.fromkeys([*owners, *claims])), parents)
        if owner is None:
            continue
        alone = min(target.phrase.alone for target in whole or targets)
        target = Target(
            Phrase(words, alone, is_whole=bool(whole)), owner, frozenset(keys_of_name(owner.name))
        )
        yield target
        if whole and len(words) > 1:  # "Solbakkensykehjem"
            yield replace(target, phrase=Phrase(("".join(words),), is_whole=True))


def _holds(keys: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return any(keys[start : start + len(words)] == words for start in range(len(keys) - len(words) + 1))


def _head_of(entries: list[GazetteerEntry], parents: dict[str, str | None]) -> GazetteerEntry | None:
    """Return the entry that all others are below; of namesakes, one without id."""
    if len({entry.name for entry in entries}) == 1:
        return entries[0] if len(entries) == 1 else replace(entries[0], id=None, parent=None)
    for candidate in entries:
        if candidate.id and all(candidate.id in _upwards(entry.id, parents) for entry in entries):
            return candidate
    return None


def _upwards(unit_id: str | None, parents: dict[str, str | None]) -> set[str]:
    seen: set[str] = set()
    while unit_id and unit_id not in seen:
        seen.add(unit_id)
        unit_id = parents.get(unit_id)
    return seen
