"""From what the words of a question say to the fields of a `CaseQuery`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from bot.actions.case_question_names import Named
from bot.actions.case_question_periods import later_and_comparison
from bot.actions.case_question_reading import Hit, Sentence
from bot.actions.case_question_settling import goes_on, limit_beside, settle, trigger
from bot.actions.case_question_times import TimeReader
from bot.actions.case_question_values import OPEN, SEVERITIES, STATUSES, Unclear
from bot.actions.case_question_words import CaseWords
from cases.categories import Category, Kind, Severity, Status
from cases.query import CaseQuery, Comparison, Days, Grouping, Order, Want, Who
from organisation.model import Person, Role

_HANDLERS = frozenset({Role.LEADER, Role.QUALITY_ADVISER, Role.PRIVACY_OFFICER})


@dataclass
class Fields:
    """The fields of one question, filled hit by hit in reading order.

    Attributes:
        changes: fields of `CaseQuery` that the message speaks of.
        said: what else it says, such as "due" without a day.
        excluded: the states that it does not want.
    """

    sentence: Sentence
    hits: list[Hit]
    words: CaseWords
    times: TimeReader
    today: date
    person: Person | None
    own_unit: str | None
    previous: CaseQuery | None
    changes: dict[str, object] = field(default_factory=dict)
    unclear: list[Unclear] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    excluded: set[Status] = field(default_factory=set)

    def fill(self) -> None:
        """Read all hits."""
        readers: dict[str, Callable[[Hit], None]] = {
            "want": self._want,
            "group": self._group,
            "compare": self._compare,
            "status": self._status,
            "severity": self._severity,
            "category": self._category,
            "subtype": self._subtype,
            "kind": self._kind,
            "overdue": lambda _: self.put("overdue", True),
            "who": self._who,
            "person": self._named_person,
            "unit": self._unit,
            "order": self._order,
            "time": self._time,
            "future": self._time,
            "due": lambda _: self.said.add("due"),
            "mark": self._mark,
        }
        for hit in self.hits:
            if hit.kind in readers:
                readers[hit.kind](hit)
        settle(self)

    def put(self, name: str, value: object) -> None:
        self.changes[name] = value

    def _add(self, name: str, values: tuple[object, ...]) -> None:
        """Put values into a list field, beside those named before; "also" keeps the previous too."""
        already = self.changes.get(name)
        if already is None and self.previous is not None and "also" in self.marks():
            already = getattr(self.previous, name)
        kept = already if isinstance(already, tuple) else ()
        self.changes[name] = (*kept, *(value for value in values if value not in kept))

    def marks(self) -> set[str]:
        return {str(hit.value) for hit in self.hits if hit.kind == "mark"}

    def _is_negated(self, hit: Hit) -> bool:
        """Tell whether "ikke", "unntatt" stands before a hit, with one small word between at most."""
        said = {place for other in self.hits if other.kind != "mark" for place in other.places}
        return any(
            mark.kind == "mark" and mark.value == "not" and mark.end <= hit.start <= mark.end + 1
            and (mark.end == hit.start or mark.end not in said)
            for mark in self.hits
        )  # fmt: skip

    def _want(self, hit: Hit) -> None:
        if hit.value == "list":
            self.put("want", Want.LIST)
            self.put("group_by", None)
            self.put("compare", None)
        elif hit.value != "more":
            self.put("want", Want.COUNT)
            self.said.add(str(hit.value))

    def _group(self, hit: Hit) -> None:
        self.put("want", Want.COUNT)
        self.put("group_by", Grouping(str(hit.value)))

    def _compare(self, hit: Hit) -> None:
        self.put("want", Want.COUNT)
        is_year = hit.value == "year"
        self.put("compare", Comparison.YEAR_BEFORE if is_year else Comparison.PERIOD_BEFORE)
        self.said.add(f"compare.{hit.value}")

    def _status(self, hit: Hit) -> None:
        named = STATUSES[str(hit.value)]
        if not self._is_negated(hit):
            self.said.add(f"status.{hit.value}")
            self._add("statuses", named)
        elif hit.value == "closed":
            self.said.add("status.open")
            self._add("statuses", OPEN)
        else:
            self.excluded.update(named)

    def _severity(self, hit: Hit) -> None:
        if hit.value == "any":
            self.put("severities", ())
            return
        named = SEVERITIES[str(hit.value)]
        if self._is_negated(hit):
            named = tuple(severity for severity in Severity if severity not in named)
        self._add("severities", named)
        severities = self.changes["severities"]
        if isinstance(severities, tuple):
            self.put("severities", tuple(severity for severity in Severity if severity in severities))

    def _category(self, hit: Hit) -> None:
        if hit.value == "any":
            self.put("categories", ())
            self.put("subtypes", ())
            return
        named: tuple[Category, ...] = (Category(str(hit.value)),)
        if self._is_negated(hit):
            named = tuple(category for category in Category if category not in named)
        self._add("categories", named)

    def _subtype(self, hit: Hit) -> None:
        if not self._is_negated(hit):
            self._add("subtypes", (str(hit.value),))

    def _kind(self, hit: Hit) -> None:
        kind = None if hit.value == "any" else Kind(str(hit.value))
        self.put("kind", Kind.DEVIATION if kind is Kind.IMPROVEMENT and self._is_negated(hit) else kind)

    def _who(self, hit: Hit) -> None:
        handles = self.person is not None and self.person.role in _HANDLERS
        value = str(hit.value)
        if value == "mine":
            value = "assigned" if handles else "reported"
        if value in {"assigned", "assigned_open"}:
            self.put("assignee", Who.ME)
        elif value in {"reported", "suggested"}:
            self.put("reporter", Who.ME)
        elif value == "any":
            self.put("assignee", None)
            self.put("reporter", None)
        elif value == "nobody":
            self.put("assignee", Who.NOBODY)
        if value == "suggested":
            self.put("kind", Kind.IMPROVEMENT)
        self.said.add(value)

    def _named_person(self, hit: Hit) -> None:
        assert isinstance(hit.value, Named)  # noqa: S101 - made so in case_question_names
        if "reported_by" in self.said:
            self.unclear.append(Unclear("reporter", (), self._typed(hit)))
        elif len(hit.value.ids) > 1:
            self.unclear.append(Unclear("person", hit.value.ids, self._typed(hit)))
        else:
            self.put("assignee", hit.value.ids[0])
            self.said.add("person")

    def _unit(self, hit: Hit) -> None:
        if hit.value == "own":
            if self.own_unit is None:
                self.unclear.append(Unclear("unit", (), self._typed(hit)))
            self.changes.setdefault("unit_id", self.own_unit)
        elif hit.value == "all":
            self.put("unit_id", None)
            self.put("only_unit", False)
        elif hit.value == "only":
            self.put("only_unit", True)
        elif isinstance(hit.value, Named):
            self._named_unit(hit, hit.value)

    def _named_unit(self, hit: Hit, named: Named) -> None:
        if len(named.ids) > 1:
            self.unclear.append(Unclear("unit", named.ids, self._typed(hit)))
            return
        if "unit" in self.said and self.changes.get("unit_id") != named.ids[0]:
            options = (str(self.changes["unit_id"]), named.ids[0])
            self.unclear.append(Unclear("unit", options, self._typed(hit)))
            return
        self.put("unit_id", named.ids[0])
        self.said.add("unit")

    def _order(self, hit: Hit) -> None:
        self.put("order", Order(str(hit.value)))
        limit = limit_beside(self, hit)
        if limit is not None:
            self.put("limit", limit)

    def is_in_time(self, place: int) -> bool:
        return any(
            hit.kind in {"time", "future"} and hit.start <= place < hit.end and self.sentence.word(place)
            for hit in self.hits
        )

    def _time(self, hit: Hit) -> None:
        name = self._time_field(hit)
        days = self.times.bounded(self.sentence, hit)
        earlier = self.changes.get(name) if name in self.said else None
        self.put(name, days)
        self.said.add(name)
        if isinstance(earlier, Days) and goes_on(self, hit, earlier, days):
            self.put(name, Days(earlier.first, days.end))
        elif isinstance(earlier, Days) and (pair := later_and_comparison(earlier, days)):
            self.put(name, pair[0])
            self.put("want", Want.COUNT)
            self.changes.setdefault("compare", pair[1])

    def _time_field(self, hit: Hit) -> str:
        """Which of its times a period speaks of: the one named last before it, else the first after it."""
        if hit.kind == "future":
            return "due"
        triggers = [(other.end, name) for other in self.hits if (name := trigger(other))]
        before = [name for end, name in triggers if end <= hit.start]
        after = [name for end, name in triggers if end > hit.start]
        return before[-1] if before else after[0] if after else "reported"

    def _mark(self, hit: Hit) -> None:
        fields = {"any_time": ("reported", None), "any_status": ("statuses", ())}
        fields |= {"no_compare": ("compare", None), "no_group": ("group_by", None)}
        if hit.value in fields:
            self.put(*fields[str(hit.value)])

    def _typed(self, hit: Hit) -> str:
        return " ".join(token.typed for token in self.sentence.tokens[hit.start : hit.end])
