"""What one field of a question says of another, after all its words are read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from bot.actions.case_question_periods import MONTHS_OF_A_SERIES, PERIODS, month_start
from bot.actions.case_question_reading import Hit
from bot.actions.case_question_values import OPEN, STATUSES
from cases.categories import SUBTYPES, Category, Status
from cases.query import Days, Grouping, Order, Who

if TYPE_CHECKING:
    from bot.actions.case_question_fields import Fields

# "den eldste åpne saken": so far after the first word of an order its noun may stand.
_WORDS_TO_NOUN = 2
# The period that is set against the one before it when none is named.
_CURRENT = {
    "month": "this_month",
    "week": "this_week",
    "quarter": "this_quarter",
    "half": "this_half",
    "period": "this_month",
}


def _limit(fields: Fields) -> None:
    """Read "de siste fem", "de fem siste" and "topp 3"."""
    last, nouns = fields.words.data["last_word"], fields.words.words("limited_nouns")
    for place in range(len(fields.sentence.tokens)):
        number = fields.words.number(fields.sentence.word(place))
        if not number or fields.is_in_time(place):
            continue
        # "Rom 12 siste 30 dager": what belongs to a time says nothing of a number.
        free = (near for near in (place - 1, place + 1) if not fields.is_in_time(near))
        beside = {fields.sentence.word(near) for near in free}
        if last in beside:
            fields.changes.setdefault("order", Order.NEWEST)
        if (
            last in beside
            or fields.sentence.word(place + 1) in nouns
            or beside & fields.words.words("top_words")
        ):
            fields.changes.setdefault("limit", number)


def settle(fields: Fields) -> None:
    """Add what one field says of another."""
    if (
        "status.new" in fields.said
        and "reported" in fields.said
        and fields.changes["statuses"] == (Status.NY,)
    ):
        del fields.changes["statuses"]
    if "any_status" in fields.marks():
        fields.changes["statuses"] = ()
    _limit(fields)
    _settle_statuses(fields)
    _settle_open(fields)
    _settle_comparison(fields)
    _settle_statistics(fields)
    if fields.changes.get("subtypes"):
        fields.changes["categories"] = ()
    elif fields.changes.get("categories") and "also" not in fields.marks():
        fields.changes.setdefault("subtypes", ())
    _order_statuses(fields)


def _settle_statuses(fields: Fields) -> None:
    """ "åpne saker under behandling" are those under treatment."""
    narrow = [status for name in ("untreated", "under", "action") if f"status.{name}" in fields.said
              for status in STATUSES[name]]  # fmt: skip
    if narrow and "status.open" in fields.said and "status.closed" not in fields.said:
        fields.changes["statuses"] = tuple(narrow)
    if fields.excluded:
        named = fields.changes.get("statuses") or tuple(Status)
        kept = named if isinstance(named, tuple) else ()
        fields.changes["statuses"] = tuple(status for status in kept if status not in fields.excluded)
    asks_how_it_is = fields.sentence.word(0) in fields.words.words("yes_no_words")
    if asks_how_it_is and fields.changes.get("reporter") == Who.ME and fields.previous is None:
        fields.changes.pop("statuses", None)


def _settle_open(fields: Fields) -> None:
    means_open = {"due", "person", "nobody", "assigned_open"} & fields.said
    if fields.said.isdisjoint({"due"}) or fields.changes.get("due") or fields.changes.get("order"):
        keeps = fields.previous is not None and bool(fields.previous.statuses)
        if means_open and not keeps and not fields.changes.get("overdue"):
            fields.changes.setdefault("statuses", OPEN)
    if fields.changes.get("overdue") and (fields.previous is None or "statuses" in fields.changes):
        fields.changes["statuses"] = ()
    if "closed" in fields.said:
        fields.changes.setdefault("statuses", (Status.LUKKET,))


def _settle_comparison(fields: Fields) -> None:
    compared = next((said for said in fields.said if said.startswith("compare.")), None)
    had = fields.previous.reported if fields.previous else None
    if compared is None or {"reported", "closed"} & fields.said or had is not None:
        return
    if compared == "compare.year":
        fields.put("reported", Days(date(fields.today.year, 1, 1)))
    else:
        fields.put("reported", PERIODS[_CURRENT[compared.removeprefix("compare.")]](fields.today))


def _settle_statistics(fields: Fields) -> None:
    named = {"group_by", "statuses", "compare", "reported", "closed", "due", "overdue"} & set(fields.changes)
    if "statistics" in fields.said and not named and fields.previous is None:
        fields.put("group_by", Grouping.MONTH)
        fields.put("reported", Days(month_start(fields.today, 1 - MONTHS_OF_A_SERIES)))


def _order_statuses(fields: Fields) -> None:
    subtypes = tuple(subtype for each in SUBTYPES.values() for subtype in each)
    for name, order in (("statuses", tuple(Status)), ("categories", tuple(Category)), ("subtypes", subtypes)):
        values = fields.changes.get(name)
        if isinstance(values, tuple):
            fields.changes[name] = tuple(value for value in order if value in values)


def limit_beside(fields: Fields, hit: Hit) -> int | None:
    """How many an order wants: "de fem eldste", and one for "den eldste saken"."""
    beside = (hit.start - 1, hit.end, hit.start, hit.end - 1)
    free = (place for place in beside if not fields.is_in_time(place))
    numbers = (fields.words.number(fields.sentence.word(place)) for place in free)
    found = next((number for number in numbers if number), None)
    singular = fields.words.words("singular_nouns")
    near = {fields.sentence.word(place) for place in range(hit.start, hit.end + _WORDS_TO_NOUN)}
    return found or (1 if near & singular else None)


def goes_on(fields: Fields, hit: Hit, earlier: Days, days: Days) -> bool:
    """Tell whether "i juli og august" is one time, and not two that are compared."""
    data, said = fields.words.data, fields.sentence.word
    is_joined = data["and_word"] in {said(hit.start - 1), said(hit.start - 2)} or fields.is_in_time(
        hit.start - 1
    )
    return earlier.end == days.first and is_joined and data["compare_word"] not in fields.sentence.words


def trigger(hit: Hit) -> str | None:
    """The time of a case that a hit speaks of."""
    if hit.kind == "status" and hit.value in {"closed", "rejected"}:
        return "closed"
    if hit.kind == "due":
        return "due"
    is_report = hit.kind == "report" or (hit.kind == "status" and hit.value == "new")
    return "reported" if is_report else None


def is_due(hits: Iterable[Hit]) -> bool:
    """Tell whether a message speaks of due dates."""
    return any(hit.kind == "due" for hit in hits)
