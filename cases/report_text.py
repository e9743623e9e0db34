"""The yearly report in words: which blocks it has, from its figures and `report_texts.yml`."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from babel.dates import format_date
from babel.numbers import format_decimal

from cases.categories import SUBTYPES, Category, Severity
from cases.chart_texts import number, table_of
from cases.charts import alt_text, draw
from cases.labels import label
from cases.report_appendix import appendix_blocks
from cases.report_document import Block, Bullets, Document, Grid, Heading, Paragraph, Picture
from cases.report_figures import Duration
from cases.yearly_report import YearReport

if TYPE_CHECKING:
    from cases.trends import Finding

_SUMMARY = ("S1", "S2", "S3", "S4", "S5", "S6", "S7", "F1", "P1")


def write_report(report: YearReport, language: str) -> Document:
    """Write the report.

    Args:
        language: `nb` or `nn`.
    """
    return _Writer(report, language).document()


@lru_cache(maxsize=1)
def report_texts() -> dict[str, Any]:
    """The contents of `report_texts.yml`."""
    texts: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("report_texts.yml").read_text("utf-8"))
    return texts


class _Writer:
    def __init__(self, report: YearReport, language: str) -> None:
        self._report = report
        self._language = language
        self._locale = report_texts()["locale"][language]
        self._values = self._filled_in()

    def document(self) -> Document:
        texts = {key: value[self._language] for key, value in report_texts()["document"].items()}
        return Document(
            title=texts["title"].format_map(self._values),
            subtitle=texts["subtitle"].format_map(self._values),
            language_tag=report_texts()["tag"][self._language],
            contents=texts["contents"],
            page=texts["page"],
            blocks=tuple(self._blocks()),
        )

    def _blocks(self) -> Iterator[Block]:
        yield self._heading("duty")
        yield from self._paragraphs("duty")
        yield from self._summary()
        yield from self._kinds()
        yield self._heading("where")
        yield from self._paragraphs("unit")
        yield from self._counts("K3", drawn=True)
        yield self._heading("months")
        yield from self._counts("K4", drawn=True)
        yield from self._handling()
        yield from self._follow_up()
        yield self._heading("appendix")
        yield from self._paragraphs("appendix")
        yield from appendix_blocks(self._report, report_texts(), self._language)

    def _summary(self) -> Iterator[Block]:
        yield self._heading("summary")
        if not self._report.is_whole_year:
            yield from self._paragraphs("part_of_year")
        yield from self._paragraphs("summary")
        head = (self._word("id"), self._word("figure"), str(self._report.year), self._word("last_year"))
        rows = []
        for figure in _SUMMARY:
            now, before = self._report.numbers[figure]
            rows.append((figure, self._name(figure), number(now), number(before)))
        yield Grid(self._word("key_figures"), head, tuple(rows))

    def _kinds(self) -> Iterator[Block]:
        yield self._heading("kinds")
        yield self._heading("category", 2)
        yield from self._counts("K1", drawn=True)
        yield self._heading("severity", 2)
        yield from self._counts("K2")
        yield self._heading("frequent", 2)
        yield from self._counts("K5", drawn=True)
        if self._report.tables["K6"].rows:
            yield from self._paragraphs("places")
            yield from self._counts("K6")
        else:
            yield from self._paragraphs("no_places")

    def _handling(self) -> Iterator[Block]:
        yield self._heading("handling")
        yield self._heading("response", 2)
        if self._report.responses[None].cases:
            yield from self._paragraphs("response")
            yield self._durations()
        else:
            yield from self._paragraphs("no_response")
        yield self._heading("closing", 2)
        if self._report.closings[None].cases:
            yield from self._paragraphs("closing")
            yield self._closings()
        else:
            yield from self._paragraphs("no_closing")
        yield self._heading("open", 2)
        yield from self._paragraphs("open")

    def _follow_up(self) -> Iterator[Block]:
        yield self._heading("measures")
        yield from self._paragraphs("measures")
        yield self._heading("improvements")
        yield from self._paragraphs("improvements")
        yield self._heading("privacy")
        yield from self._paragraphs("privacy")
        if self._report.breaches.notified is not None:
            yield from self._paragraphs("notified")
        yield self._heading("trends")
        yield from self._paragraphs("trends" if self._report.findings else "no_trends")
        if self._report.findings:
            yield Bullets(tuple(self._trend(finding) for finding in self._report.findings))

    def _counts(self, figure: str, *, drawn: bool = False) -> Iterator[Block]:
        """A table of counts, and a picture of it before."""
        table, labels = self._report.tables[figure], self._labels()
        title = f"{self._name(figure)} [{figure}]"
        if drawn:
            png = draw(table, self._name(figure), labels, self._language, dark=False)
            yield Picture(png, f"{self._name(figure)}. {alt_text(table, labels, self._language)}")
        text = table_of(table, labels, self._language)
        yield Grid(title, text.columns, text.rows)

    def _durations(self) -> Grid:
        head = tuple(map(self._word, ("category", "cases", "median", "p90")))
        rows = (
            (self._category(group), number(duration.cases), *self._days(duration))
            for group, duration in self._report.responses.items()
        )
        return Grid(f"{self._name('T1')} [T1]", head, tuple(rows))

    def _closings(self) -> Grid:
        head = tuple(map(self._word, ("category", "cases", "median", "p90", "in_time")))
        rows = (
            (
                self._category(group), number(closed.cases), *self._days(closed.duration),
                self._share(closed.in_time, closed.cases),
            )
            for group, closed in self._report.closings.items()
        )  # fmt: skip
        return Grid(f"{self._name('T2')} [T2, S4, S5]", head, tuple(rows))

    def _days(self, duration: Duration) -> tuple[str, str]:
        if duration.median_days is None or duration.p90_days is None:
            return self._word("too_few"), self._word("too_few")
        return self._decimal(duration.median_days), self._decimal(duration.p90_days)

    def _decimal(self, value: float) -> str:
        return str(format_decimal(round(value, 1), "#,##0.0", self._locale))

    def _share(self, part: int, whole: int) -> str:
        if not whole:
            return self._word("no_share")
        return self._word("percent").format(value=round(100 * part / whole))

    def _trend(self, finding: "Finding") -> str:
        kind, key = ("subtype", finding.subtype) if finding.subtype else ("category", finding.category)
        subject = label(kind, key, self._language)
        text: str = report_texts()["trend"][self._language]
        return text.format(
            subject=subject[:1].upper() + subject[1:],
            unit=self._report.unit_names.get(finding.unit_id, finding.unit_id),
            count=number(finding.count), days=finding.window_days, expected=self._decimal(finding.expected),
        )  # fmt: skip

    def _category(self, group: Category | None) -> str:
        return label("category", group, self._language) if group else self._word("all")

    def _labels(self) -> dict[str, str]:
        subtypes = [subtype for ids in SUBTYPES.values() for subtype in ids]
        return {
            **self._report.unit_names,
            **{category: label("category", category, self._language) for category in Category},
            **{severity: label("severity", severity, self._language) for severity in Severity},
            **{subtype: label("subtype", subtype, self._language) for subtype in subtypes},
        }

    def _heading(self, key: str, level: int = 1) -> Heading:
        return Heading(report_texts()["headings"][key][self._language], level)

    def _paragraphs(self, key: str) -> Iterator[Paragraph]:
        text: str = report_texts()["paragraphs"][key][self._language]
        for line in text.splitlines():
            yield Paragraph(line.format_map(self._values))

    def _word(self, key: str) -> str:
        text: str = report_texts()["words"][key][self._language]
        return text

    def _name(self, figure: str) -> str:
        text: str = report_texts()["figures"][figure]["name"][self._language]
        return text

    def _cases(self, count: int) -> str:
        form: str = report_texts()["words"]["case_count"]["one" if count == 1 else "other"][self._language]
        return form.format(count=number(count))

    def _filled_in(self) -> dict[str, str]:
        report = self._report
        values = {figure: number(now) for figure, (now, _) in report.numbers.items()}
        values |= {f"{figure}_before": number(before) for figure, (_, before) in report.numbers.items()}
        for figure in ("S1", "S4", "S6"):
            values[figure] = self._cases(report.numbers[figure][0])
        values["S1_before"] = self._cases(report.numbers["S1"][1])
        in_time, closed = report.numbers["S5"][0], report.numbers["S4"][0]
        measures = report.measures
        counts = {
            "in_time": in_time, "planned": measures.planned, "done": measures.done, "left": measures.left,
            "overdue": measures.overdue, "assessed": report.breaches.assessed,
            "notified": report.breaches.notified or 0,
        }  # fmt: skip
        return (
            values
            | {key: number(count) for key, count in counts.items()}
            | {
                "share": self._share(in_time, closed),
                "year": str(report.year),
                "year_before": str(report.before.first.year),
                "first": format_date(report.period.first, "d. MMMM y", self._locale),
                "last": format_date(report.period.last, "d. MMMM y", self._locale),
            }
        )
