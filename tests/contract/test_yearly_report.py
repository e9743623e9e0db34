"""The yearly report: each figure in both files is the one that plain Python counts in the sample cases.

The sample is changed first: it gets answers, deadlines of measures, merged and sensitive cases,
and units with few cases.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import docx
import pdfplumber
import pytest
import typer
from databases import Databases
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from cases.categories import Category, Severity
from cases.report_text import report_texts, write_report
from cases.sample_import import import_cases
from cases.tables import BreachRow, CaseRow, MeasureRow
from cases.trends import Finding
from cases.yearly_report import BreachCounts, YearReport, collect, topmost_units
from database.base import Base
from database.engine import SessionFactory, make_engine, reading, session_factory
from organisation.csv_import import import_csv
from organisation.model import Unit
from sifra import case_report
from sifra.case_report import write_yearly_report
from sifra.errors import SifraError

SAMPLE = Path(__file__).parents[2] / "sample"
OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
TODAY = date(2026, 11, 20)
FIRST, FIRST_BEFORE, LAST_BEFORE = date(2026, 1, 1), date(2025, 1, 1), date(2025, 11, 20)
MERGED = {"2026-00005": "2026-00004", "2025-00030": "2025-00029"}
SENSITIVE = {"2026-00010", "2026-00011"}
FEW = {"2026-00012": "KD", "2026-00013": "KD", "2026-00014": "ORG", "2025-00010": "KD"}
DUE_TODAY = {"2026-00089": "2026-11-20"}  # still in time
ASSESSED = ("2026-00020", "2026-00021", "2025-00020")

Row = dict[str, Any]


def changed_sample() -> list[Row]:
    """The cases of the sample with what the importer does not read yet."""
    rows = [json.loads(line) for line in (SAMPLE / "cases/cases.jsonl").read_text("utf-8").splitlines()]
    for place, row in enumerate(rows):
        row["unit_id"] = FEW.get(row["case_number"], row["unit_id"])
        row["due_date"] = DUE_TODAY.get(row["case_number"], row["due_date"])
        row["merged_into"] = MERGED.get(row["case_number"])
        row["sensitive"] = row["case_number"] in SENSITIVE
        row["reported_at"] = datetime.fromisoformat(row["reported_at"])
        row["closed_at"] = datetime.fromisoformat(row["closed_at"]) if row["closed_at"] else None
        answered = row["reported_at"] + timedelta(hours=5 + 9 * (place % 11))
        row["responded_at"] = answered if row["status"] != "ny" else None
        for number, measure in enumerate(row["measures"]):
            measure["deadline"] = date(2026, 11, 15 + (place + number) % 10) if (place + number) % 3 else None
            measure["done_at"] = datetime.fromisoformat(measure["done_at"]) if measure["done_at"] else None
    return rows


ROWS = changed_sample()
COUNTED = [row for row in ROWS if row["merged_into"] is None]


def fill(sessions: SessionFactory, folder: Path) -> None:
    """Import the organisation and the cases, then what the importer does not read."""
    units = folder / "cases.jsonl"
    lines = (SAMPLE / "cases/cases.jsonl").read_text("utf-8").splitlines()
    moved = (
        {**row, "unit_id": FEW.get(row["case_number"], row["unit_id"])} for row in map(json.loads, lines)
    )
    units.write_text("\n".join(json.dumps(row) for row in moved), "utf-8")
    with sessions.begin() as session:
        import_csv(session, SAMPLE / "organisation/units.csv", SAMPLE / "organisation/people.csv")
        import_cases(session, units)
        for row in ROWS:
            number = row["case_number"]
            values = {name: row[name] for name in ("merged_into", "sensitive", "responded_at")}
            values["due_date"] = date.fromisoformat(row["due_date"])
            session.execute(update(CaseRow).where(CaseRow.number == number).values(**values))
            stored = select(MeasureRow).where(MeasureRow.case_number == number).order_by(MeasureRow.position)
            for measure, told in zip(session.scalars(stored), row["measures"], strict=True):
                measure.deadline = told["deadline"]
        for number in ASSESSED:
            session.add(BreachRow(case_number=number, discovered_at=NOW, answers={}))


@pytest.fixture(scope="module")
def report_url(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = databases.empty()
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    fill(session_factory(engine), tmp_path_factory.mktemp("sample"))
    engine.dispose()
    yield url
    databases.drop(url)


@pytest.fixture(scope="module")
def report(report_url: str) -> YearReport:
    return collected(report_url, 2026)


def collected(url: str, year: int, today: date = TODAY, **options: Any) -> YearReport:
    engine = make_engine(url)
    with reading(session_factory(engine)) as session:
        found = collect(session, year, today, **options)
    engine.dispose()
    return found


def day(moment: datetime | None) -> date:
    """The date in Norway; a far one for what has not happened."""
    return moment.astimezone(OSLO).date() if moment else date.max


def reported(first: date, last: date) -> list[Row]:
    return [row for row in COUNTED if first <= day(row["reported_at"]) <= last]


def closed(first: date, last: date) -> list[Row]:
    return [row for row in COUNTED if first <= day(row["closed_at"]) <= last]


def open_on(last: date) -> list[Row]:
    return [row for row in COUNTED if day(row["reported_at"]) <= last < day(row["closed_at"])]


def in_time(rows: list[Row]) -> list[Row]:
    return [row for row in rows if day(row["closed_at"]) <= date.fromisoformat(row["due_date"])]


def overdue(last: date) -> list[Row]:
    return [row for row in open_on(last) if date.fromisoformat(row["due_date"]) < last]


def realised(first: date, last: date) -> list[Row]:
    return [
        row
        for row in reported(first, last)
        if row["kind"] == "improvement"
        and row["status"] == "lukket"
        and first <= day(row["closed_at"]) <= last
        if any(day(measure["done_at"]) <= last for measure in row["measures"])
    ]


def of(rows: list[Row], **wanted: str) -> int:
    return sum(all(row[name] == value for name, value in wanted.items()) for row in rows)


def expected_numbers(first: date, last: date) -> dict[str, int]:
    now = reported(first, last)
    return {
        "S1": len(now),
        "S2": of(now, kind="deviation"),
        "S3": of(now, kind="improvement"),
        "S4": len(closed(first, last)),
        "S5": len(in_time(closed(first, last))),
        "S6": len(open_on(last)),
        "S7": len(overdue(last)),
        "F1": len(realised(first, last)),
        "P1": of(now, kind="deviation", category="informasjonssikkerhet"),
    }


def expected_measures() -> dict[str, int]:
    measures = [measure for row in reported(FIRST, TODAY) for measure in row["measures"]]
    left = [measure for measure in measures if day(measure["done_at"]) > TODAY]
    late = [measure for measure in left if measure["deadline"] and measure["deadline"] < TODAY]
    return {"M1": len(measures), "M2": len(measures) - len(left), "M3": len(left), "M4": len(late)}


def decimals(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")


def expected_times(rows: list[Row], end: str) -> list[list[str]]:
    """A line for each category and all: name, cases, median and the ninth tenth in days."""
    lines = []
    for category in (*Category, None):
        days = sorted(
            (row[end] - row["reported_at"]).total_seconds() / 86400
            for row in rows
            if category in (None, row["category"])
        )
        name = CATEGORY_NAMES[category] if category else "Alle"
        assert len(days) >= 3
        nine_of_ten = days[ceil(len(days) * 0.9) - 1]
        lines.append([name, str(len(days)), decimals(median(days)), decimals(nine_of_ten)])
    return lines


CATEGORY_NAMES = {
    Category.HMS: "HMS (helse, miljø og sikkerhet)",
    Category.TJENESTE: "Tjeneste",
    Category.YTRE_MILJO: "Ytre miljø",
    Category.ORGANISASJON: "Organisasjon",
    Category.INFORMASJONSSIKKERHET: "Informasjonssikkerhet og personvern",
}
MONTHS = ("jan.", "feb.", "mars", "apr.", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.")
SEVERITIES = {
    Severity.LAV: "lav",
    Severity.MIDDELS: "middels",
    Severity.HOY: "høy",
    Severity.KRITISK: "kritisk",
}


def expected_tables() -> dict[str, list[list[str]]]:
    """The tables of the Norwegian Bokmål report by the beginning of their captions."""
    now, before = reported(FIRST, TODAY), reported(FIRST_BEFORE, LAST_BEFORE)
    total = ["Totalt", str(len(now)), str(len(before))]
    numbers, numbers_before = expected_numbers(FIRST, TODAY), expected_numbers(FIRST_BEFORE, LAST_BEFORE)
    names = {key: text["name"]["nb"] for key, text in report_texts()["figures"].items()}
    shares = [
        f"{round(100 * len(in_time(part)) / len(part))}\N{NO-BREAK SPACE}%"
        for category in (*Category, None)
        if (part := [row for row in closed(FIRST, TODAY) if category in (None, row["category"])])
    ]
    answered = [row for row in COUNTED if FIRST <= day(row["responded_at"]) <= TODAY]
    closings = expected_times(closed(FIRST, TODAY), "closed_at")
    return {
        "Nøkkeltall": [[key, names[key], str(n), str(numbers_before[key])] for key, n in numbers.items()],
        "Saker etter kategori [K1]": [
            *(
                [name, str(of(now, category=key)), str(of(before, category=key))]
                for key, name in CATEGORY_NAMES.items()
            ),
            total,
        ],
        "Saker etter alvorlighet [K2]": [
            *(
                [name, str(of(now, severity=key)), str(of(before, severity=key))]
                for key, name in SEVERITIES.items()
            ),
            total,
        ],
        "Saker etter måned [K4]": [
            *(
                [
                    f"{name} 26",
                    *(
                        str(sum(day(row["reported_at"]).month == month for row in rows))
                        for rows in (now, before)
                    ),
                ]
                for month, name in enumerate(MONTHS, start=1)
            ),
            total,
        ],
        "Tid til første svar [T1]": expected_times(answered, "responded_at"),
        "Tid til lukking [T2": [[*line, share] for line, share in zip(closings, shares, strict=True)],
    }


def docx_tables(path: Path) -> dict[str, list[list[str]]]:
    """The rows below the head of each table, by caption."""
    file = docx.Document(str(path))
    captions = [paragraph.text for paragraph in file.paragraphs if paragraph.style.name == "Caption"]
    rows = [[[cell.text for cell in row.cells] for row in table.rows[1:]] for table in file.tables]
    return dict(zip(captions, rows, strict=True))


@pytest.fixture(scope="module")
def files(report_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    out = tmp_path_factory.mktemp("report") / "year"
    word, pdf = write_yearly_report(report_url, 2026, out, "nb", NOW)
    return word, pdf


only_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def test_the_numbers_are_those_of_a_plain_count(report: YearReport) -> None:
    now, before = expected_numbers(FIRST, TODAY), expected_numbers(FIRST_BEFORE, LAST_BEFORE)
    assert report.numbers == {key: (now[key], before[key]) for key in now}
    assert report.breaches.assessed == 2
    counted = report.measures
    assert {
        "M1": counted.planned,
        "M2": counted.done,
        "M3": counted.left,
        "M4": counted.overdue,
    } == expected_measures()
    assert 0 < counted.overdue < counted.left


def test_small_numbers_of_units_are_hidden_with_what_would_give_them_away(report: YearReport) -> None:
    tops = Counter(row["unit_id"].split("-")[0] for row in reported(FIRST, TODAY))
    assert tops["KD"] == 2
    rows = {row.key: row for row in report.tables["K3"].rows}
    assert set(rows) == set(tops)
    hidden = {key for key, row in rows.items() if row.count is None}
    assert len(hidden) == 2 and "KD" in hidden
    assert report.tables["K3"].withheld == hidden - {"KD"} | {
        key for key, row in rows.items() if row.before is None and key != "KD"
    }
    assert all(rows[key].count == tops[key] for key in set(tops) - hidden)


def test_sub_types_and_places_are_the_most_frequent(report: YearReport) -> None:
    now = reported(FIRST, TODAY)
    subtypes = Counter(row["subtype"] for row in now if row["subtype"])
    shown = {row.key: row.count for row in report.tables["K5"].rows}
    assert len(shown) == 10 and all(subtypes[key] == count for key, count in shown.items())
    assert min(shown.values()) >= max(count for key, count in subtypes.items() if key not in shown)
    places = Counter(row["place"] for row in now if row["place"] and not row["sensitive"])
    assert {row.key: row.count for row in report.tables["K6"].rows} == {
        key: count for key, count in places.items() if count >= 3
    }


@only_sqlite
def test_every_table_in_the_word_file_is_right(files: tuple[Path, Path]) -> None:
    found = docx_tables(files[0])
    for caption, rows in expected_tables().items():
        (match,) = (name for name in found if name.startswith(caption))
        assert found[match] == rows, caption
    units = {row[0]: row[1:] for row in found["Saker etter enhet [K3]"]}
    assert units["Kommunedirektøren"][0] == "færre enn 3"
    assert units["Totalt"][0] == str(len(reported(FIRST, TODAY)))
    assert {"ikke vist"} <= {cells[0] for cells in units.values()}


@only_sqlite
def test_every_table_in_the_pdf_file_is_right(files: tuple[Path, Path]) -> None:
    with pdfplumber.open(files[1]) as pdf:
        lines = [line for page in pdf.pages for line in (page.extract_text() or "").splitlines()]
    for rows in expected_tables().values():
        for row in rows:
            assert " ".join(row).replace("\N{NO-BREAK SPACE}", " ") in lines


@only_sqlite
@pytest.mark.parametrize("which", [0, 1])
def test_every_figure_in_the_sentences_is_right(files: tuple[Path, Path], which: int) -> None:
    """The last number before each id in square brackets."""
    if which == 0:
        text = " ".join(paragraph.text for paragraph in docx.Document(str(files[0])).paragraphs)
    else:
        with pdfplumber.open(files[1]) as pdf:
            text = " ".join(page.extract_text() or "" for page in pdf.pages)
    text = re.sub(r"\s+", " ", text)
    expected = expected_numbers(FIRST, TODAY) | expected_measures() | {"P2": 2}
    expected["S5"] = round(100 * expected["S5"] / expected["S4"])
    seen = set()
    for match in re.finditer(r"([0-9]+)[^0-9\[\]]*\[([SMFP][0-9])\]", text):
        seen.add(match[2])
        if match[2] == "S5" and match[1] == str(expected["S4"]):
            continue  # "35 of 68 cases were closed in time"
        assert int(match[1]) == expected[match[2]], match[0]
    assert seen == set(expected)


@only_sqlite
def test_the_word_file_tells_pictures_in_words_and_has_contents_and_page_numbers(
    files: tuple[Path, Path],
) -> None:
    file = docx.Document(str(files[0]))
    texts = [shape._inline.docPr.get("descr") for shape in file.inline_shapes]
    assert len(texts) == 4 and all(text and "Totalt" in text for text in texts)
    assert 'TOC \\o "1-2"' in file.element.body.xml
    assert "NUMPAGES" in file.sections[0].footer._element.xml
    assert file.core_properties.language == "nb-NO"
    assert next(p.text for p in file.paragraphs if p.style.name == "Heading 1") == "Hva internkontroll er"


@only_sqlite
def test_the_pdf_file_is_tagged_with_bookmarks_and_page_numbers(files: tuple[Path, Path]) -> None:
    with pdfplumber.open(files[1]) as pdf:
        text = [page.extract_text() or "" for page in pdf.pages]
        tags = list(walk(pdf.structure_tree))
        outline = [title for _, title, *_ in pdf.doc.get_outlines()]
    assert f"Side 1 av {len(text)}" in text[0] and f"Side {len(text)} av {len(text)}" in text[-1]
    figures = [node for node in tags if node["type"] == "Figure"]
    assert [node["type"] for node in tags].count("H") == len(outline)
    assert len(figures) == 4 and all("Totalt" in node["alt_text"] for node in figures)
    assert outline[0] == "Hva internkontroll er" and outline[-1].startswith("Vedlegg")
    assert re.search(r"Hva sakene gjelder[. ]+[0-9]", text[0])


def walk(nodes: list[Any]) -> Iterator[Any]:
    for node in nodes:
        yield node
        yield from walk(node.get("children", []))


@only_sqlite
def test_the_report_quotes_nothing_that_people_wrote_about_cases(files: tuple[Path, Path]) -> None:
    text = "\n".join(paragraph.text for paragraph in docx.Document(str(files[0])).paragraphs)
    for row in ROWS:
        assert row["title"] not in text and (row["closing_note"] or "\0") not in text


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_every_figure_is_traced_to_a_query_that_gives_it(report_url: str, report: YearReport) -> None:
    """The SQL of a plain count, run as it stands in the appendix, gives the number in the report."""
    engine = make_engine(report_url)
    with engine.connect() as connection:
        for source in report.sources:
            if source.figure in report.numbers and source.figure != "S4" and source.query is not None:
                assert connection.exec_driver_sql(source.sql).scalar() == report.numbers[source.figure][0]
        assert connection.scalar(select(func.count()).select_from(CaseRow)) == len(ROWS)
    engine.dispose()
    document = write_report(report, "nn")
    names = [block.name.split()[0] for block in document.blocks if type(block).__name__ == "Definition"]
    assert names == [key for key in report_texts()["figures"] if key != "P3"]


@only_sqlite
def test_a_whole_year_is_told_as_it_was_on_its_last_day(report_url: str) -> None:
    last = date(2025, 12, 31)
    found = collected(report_url, 2025)
    assert found.is_whole_year
    assert {key: now for key, (now, _) in found.numbers.items()} == expected_numbers(FIRST_BEFORE, last)
    assert found == replace(collected(report_url, 2025, date(2027, 5, 5)))
    assert len(found.tables["K4"].rows) == 12


@only_sqlite
def test_a_year_without_cases_can_be_told(report_url: str, tmp_path: Path) -> None:
    word, _ = write_yearly_report(report_url, 2020, tmp_path / "tom", "nn", NOW)
    text = " ".join(paragraph.text for paragraph in docx.Document(str(word)).paragraphs)
    assert "Ingen saker vart lukka eller avviste i perioden" in text


@only_sqlite
def test_trends_and_breaches_are_told_when_given_but_not_small_ones(report_url: str) -> None:
    finding = Finding(
        "OPP-NES", "hms", "vold_trusler", 91, 11, 2.35, 1e-6, 1e-4, ("2026-00001",), TODAY, TODAY
    )
    few = replace(finding, count=2, unit_id="KD")
    found = collected(report_url, 2026, findings=[finding, few], breaches=BreachCounts(7, 4))
    blocks = write_report(found, "nb").blocks
    (bullets,) = (block.items for block in blocks if type(block).__name__ == "Bullets")
    assert len(bullets) == 1
    assert bullets[0].startswith("Vold og trusler i Nes skole: 11 hendelser på 91 dager, ventet 2,")
    text = " ".join(getattr(block, "text", "") for block in blocks)
    assert "7 saker er vurdert" in text and "4 av dem er meldt til Datatilsynet [P3]" in text


def test_topmost_units_are_those_below_the_only_root() -> None:
    def unit(unit_id: str, parent: str | None) -> Unit:
        return Unit(unit_id, unit_id, parent, "s")

    tree = [unit("KD", None), unit("A", "KD"), unit("A1", "A"), unit("A11", "A1"), unit("B", "KD")]
    assert topmost_units(tree) == {"KD": "KD", "A": "A", "A1": "A", "A11": "A", "B": "B"}
    assert topmost_units([unit("X", None), unit("Y", None), unit("Y1", "Y")]) == {
        "X": "X",
        "Y": "Y",
        "Y1": "Y",
    }


def leaves(node: Any) -> Iterator[Any]:
    if isinstance(node, dict) and not {"nb", "nn"} & set(node):
        for key, child in node.items():
            yield from leaves(child) if key != "source" else ()
    else:
        yield node


def test_both_languages_have_all_texts_with_the_same_places() -> None:
    for leaf in leaves(report_texts()):
        assert set(leaf) == {"nb", "nn"}
        assert sorted(re.findall(r"\{\w+\}|\[\w+\]", leaf["nb"])) == sorted(
            re.findall(r"\{\w+\}|\[\w+\]", leaf["nn"])
        )


@only_sqlite
def test_the_command_writes_both_files_and_refuses_a_year_to_come(
    report_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Settings:
        database_url = report_url

    app = typer.Typer()
    app.callback()(lambda: None)
    case_report.add_report_command(app, lambda: Settings())  # type: ignore[arg-type, return-value]
    monkeypatch.setattr("database.clock.utc_now", lambda: NOW)
    out = tmp_path / "new" / "arsrapport.2026"
    done = CliRunner().invoke(app, ["report", "--year", "2026", "--out", str(out), "--language", "nn"])
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.parent.iterdir()} == {"arsrapport.2026.docx", "arsrapport.2026.pdf"}
    assert "Kva internkontroll er" in [p.text for p in docx.Document(f"{out}.docx").paragraphs]
    refused = CliRunner().invoke(app, ["report", "--year", "2027", "--out", str(out)])
    assert isinstance(refused.exception, SifraError)


def test_a_database_without_tables_is_told_plainly(empty_database_url: str, tmp_path: Path) -> None:
    with pytest.raises(SifraError, match="db upgrade"):
        write_yearly_report(empty_database_url, 2026, tmp_path / "x", "nb", NOW)
