"""Says in one line what an act does, for "Skal jeg …?" and for "Gjort: …"."""

from __future__ import annotations

from bot.actions.case_act_model import ME, Act, Verb
from bot.actions.case_act_words import words
from bot.actions.phrases import format_day
from cases.labels import label


def describe(act: Act, language: str) -> str:
    """Return the state that an act brings about, such as "sak 2026-00012: lukket (grunn: heisen er byttet)".

    Args:
        language: `nb` or `nn`.
    """
    line = _piece(f"verbs/{act.verb.value}", language).format(
        case=_case(act, language),
        person=_person(act.person, language),
        date=format_day(act.date, language) if act.date else _piece("missing", language),
        text=act.text or _piece("missing", language),
        extra=_extra(act, language),
        measure=_measure(act, language),
        category=_category(act, language),
        severity=label("severity", act.severity, language) if act.severity else _piece("missing", language),
        likelihood=_piece(f"likelihood/{act.likelihood}" if act.likelihood else "missing", language),
        other=_number(act.other, language) if act.other else _piece("other_case", language),
    )
    return line + (_piece("reason", language).format(reason=act.reason) if act.reason else "")


def _piece(path: str, language: str) -> str:
    found = words()["describe"]
    for key in path.split("/"):
        found = found[key]
    return str(found[language])


def _case(act: Act, language: str) -> str:
    if act.number:
        return _number(act.number, language)
    if act.ordinal is None or act.verb is Verb.MEASURE_DONE:
        return _piece("this_case", language)
    return _nth("case", act.ordinal, language)


def _number(number: str, language: str) -> str:
    return _piece("case", language).format(number=number)


def _measure(act: Act, language: str) -> str:
    return _nth("measure", act.ordinal, language) if act.ordinal else _piece("the_measure", language)


def _nth(thing: str, ordinal: int, language: str) -> str:
    return _piece(f"{'last' if ordinal < 0 else 'nth'}_{thing}", language).format(ordinal=ordinal)


def _person(person: str | None, language: str) -> str:
    return _piece("you", language) if person == ME else person or _piece("missing", language)


def _extra(act: Act, language: str) -> str:
    extra = []
    if act.person:
        extra.append(_piece("responsible", language).format(person=_person(act.person, language)))
    if act.date:
        extra.append(_piece("deadline", language).format(date=format_day(act.date, language)))
    return f" ({', '.join(extra)})" if extra else ""


def _category(act: Act, language: str) -> str:
    names = [label("category_short", act.category, language)] if act.category else []
    names += [label("subtype", act.subtype, language)] if act.subtype else []
    return ": ".join(names) or _piece("missing", language)
