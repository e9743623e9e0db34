"""Finds the rules of case_act_words.yml that hold in a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.actions.case_act_model import Verb
from bot.actions.case_act_words import listed, rules

_MAX_PREFACES = 6
# "Det skjer ikke ofte" names a value; "ikke lukk" does not bid a closing.
_EVEN_NEGATED = frozenset({Verb.UNWATCH, Verb.NOT_SENSITIVE, Verb.LIKELIHOOD, Verb.SEVERITY, Verb.CATEGORY})


@dataclass(frozen=True)
class Found:
    """A rule that holds. `lead` is where the clauses before it end."""

    verb: Verb
    match: re.Match[str]
    lead: int
    is_anywhere: bool = False


def candidates(spelt: str) -> Iterator[Found]:
    """Rules that hold, at the beginning first, then at the clauses after it, then anywhere."""
    yield from _at(spelt, 0, 0)
    if _is_no_act(spelt):
        return
    for cut in listed("reasons", "clause").finditer(spelt):
        yield from _at(spelt, cut.end(), cut.start())
    if listed("asks").search(spelt):
        return
    for verb, rule in rules("anywhere"):
        match = rule.search(spelt)
        if match and (verb in _EVEN_NEGATED or not listed("negated").search(spelt[: match.end()])):
            yield Found(Verb(verb), match, 0, is_anywhere=True)


def _is_no_act(spelt: str) -> bool:
    return any(listed("not_acts").match(spelt, place) for place in starts(spelt, 0))


def starts(spelt: str, place: int) -> list[int]:
    """The place, and those behind each greeting and politeness."""
    found = [place]
    for _ in range(_MAX_PREFACES):
        preface = listed("prefaces").match(spelt, place)
        if not preface or preface.end() == place:
            break
        place = preface.end()
        found.append(place)
    return found


def _at(spelt: str, place: int, lead: int) -> Iterator[Found]:
    for start in starts(spelt, place):
        if listed("not_acts").match(spelt, start):
            return
        yield from holding(spelt, start, lead)
    named = listed("leading_case").match(spelt, start)
    if named:
        for behind in starts(spelt, named.end()):
            yield from holding(spelt, behind, lead)


def holding(spelt: str, start: int, lead: int) -> Iterator[Found]:
    for verb, rule in rules():
        if match := rule.match(spelt, start):
            yield Found(Verb(verb), match, lead)
