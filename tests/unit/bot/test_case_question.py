"""Natural Norwegian about cases becomes a `CaseQuery`. Today is Friday 20 November 2026."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.actions import case_question_words
from bot.actions.case_question import Asker, Understood, Vocabulary, describe, understand
from bot.actions.case_question_periods import FUTURE, PERIODS
from bot.actions.case_question_values import OPEN, SEVERITIES, STATUSES
from bot.actions.case_question_words import case_words
from bot.evaluation.errors import QuestionSetError
from bot.evaluation.questions import ASKED_AT, evaluate, sample_vocabulary, summary
from cases.categories import SUBTYPES, Category, Kind, Severity, Status
from cases.query import CaseQuery, Comparison, Days, Grouping, Order, Want, Who
from organisation.model import Person, Role, Unit

EVALUATION = Path(case_question_words.__file__).parents[1] / "evaluation"
VOCABULARY = sample_vocabulary()
LEADER, EMPLOYEE = "E1006", "E1009"
TODAY = date(2026, 11, 20)


def _ask(text: str, who: str | None = LEADER, **more: Any) -> Understood:
    person = next((person for person in VOCABULARY.people if person.employee_id == who), None)
    asker = Asker(person, person.unit_id if person else None)
    return understand(text, asker, VOCABULARY, ASKED_AT, **more)


def _query(text: str, who: str | None = LEADER, **more: Any) -> CaseQuery:
    return _ask(text, who, **more).query


class _SampleNames:
    def unit(self, unit_id: str) -> str:
        return next(unit.name for unit in VOCABULARY.units if unit.unit_id == unit_id)

    def person(self, employee_id: str) -> str:
        return next(person.name for person in VOCABULARY.people if person.employee_id == employee_id)


@pytest.mark.parametrize("name", ["questions_dev.jsonl", "questions_dev2.jsonl", "questions_dev3.jsonl"])
def test_a_development_set_is_understood(name: str) -> None:
    report = evaluate(EVALUATION / name)
    assert report.questions >= 200
    assert report.exact >= 0.98, summary(report)


@pytest.mark.parametrize(
    "text",
    [
        "vis åpne saker",
        "ka har vi liggandes",
        "kva ventar no?",
        "opne avvik",
        "apne saker",
        "ÅPNE SAKER!!",
        "åpne saker",
    ],
)
def test_the_open_ones_in_any_variety(text: str) -> None:
    assert _query(text) == CaseQuery(statuses=OPEN)


def test_mine_are_a_leaders_own_work_and_an_employees_own_reports() -> None:
    assert _query("mine saker", LEADER) == CaseQuery(assignee=Who.ME)
    assert _query("mine saker", EMPLOYEE) == CaseQuery(reporter=Who.ME)
    assert _query("mine saker", None) == CaseQuery(reporter=Who.ME)


def test_new_is_a_status_but_new_since_monday_is_a_time() -> None:
    assert _query("nye saker") == CaseQuery(statuses=(Status.NY,))
    assert _query("nye saker siden mandag") == CaseQuery(reported=Days(date(2026, 11, 16)))
    assert _query("ubehandlede siden mandag").statuses == (Status.NY,)


def test_a_period_belongs_to_the_word_before_it() -> None:
    query = _query("meldt i september og lukket i oktober")
    assert query.reported == Days(date(2026, 9, 1), date(2026, 10, 1))
    assert query.closed == Days(date(2026, 10, 1), date(2026, 11, 1))
    assert query.statuses == (Status.LUKKET,)


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("frist før fredag", None, date(2026, 11, 27)),
        ("forfaller innen 1. desember", None, date(2026, 12, 2)),
        ("forfaller neste uke", date(2026, 11, 23), date(2026, 11, 30)),
        ("forfell i morgon", date(2026, 11, 21), date(2026, 11, 22)),
        ("frist i januar", date(2027, 1, 1), date(2027, 2, 1)),
        ("frist de neste 14 dagene", TODAY, date(2026, 12, 4)),
        ("frist 3.12.", date(2026, 12, 3), date(2026, 12, 4)),
        ("frist innen utgangen av måneden", None, date(2026, 12, 1)),
    ],
)
def test_due_dates_lie_ahead(text: str, first: date | None, end: date | None) -> None:
    assert _query(text) == CaseQuery(due=Days(first, end), statuses=OPEN)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("avvik dette kvartalet", Days(date(2026, 10, 1), date(2027, 1, 1))),
        ("avvik q3", Days(date(2026, 7, 1), date(2026, 10, 1))),
        ("avvik forrige kvartal", Days(date(2026, 7, 1), date(2026, 10, 1))),
        ("avvik eldre enn en måned", Days(None, date(2026, 10, 20))),
        ("avvik før 1. oktober", Days(None, date(2026, 10, 1))),
        ("avvik fra og med 1. september", Days(date(2026, 9, 1))),
        ("avvik 2024", Days(date(2024, 1, 1), date(2025, 1, 1))),
        ("avvik siste 30 dager", Days(date(2026, 10, 21))),
    ],
)
def test_periods_that_the_dialogue_model_does_not_read(text: str, days: Days) -> None:
    assert _query(text).reported == days


def test_a_date_that_is_none_is_passed_over() -> None:
    assert _query("frist 31. april").due is None


@pytest.mark.parametrize(
    ("text", "unit_id"),
    [
        ("avvik på Furu", "HO-SOL-FUR"),
        ("avvik på solbaken", "HO-SOL"),
        ("avvik på Solbakken, avdeling Bjørk", "HO-SOL-BJO"),
        ("avvik på sjukeheimen", "HO-SOL"),
        ("heimetenesta sør", "HO-HJT-SOR"),
        ("skolen på Nes", "OPP-NES"),
        ("hos teknisk", "TEK"),
        ("økonomiavdelinga", "ORG-OKO"),
        ("kjøkkenet på Solbakken", "HO-SOL-KJO"),
        ("hos vann og avløp", "TEK-VVA"),
    ],
)
def test_units_by_their_everyday_names(text: str, unit_id: str) -> None:
    assert _query(text).unit_id == unit_id


def test_the_word_of_a_category_is_no_unit() -> None:
    assert _query("avvik om vann og avløp") == CaseQuery(subtypes=("vann_avlop",))
    assert _query("miljøavvik") == CaseQuery(categories=(Category.YTRE_MILJO,))


def test_two_units_of_a_kind_are_unclear_but_not_to_those_who_work_in_one() -> None:
    asked = _ask("saker på skolen", "E1001")
    assert asked.query.unit_id is None
    assert [(item.kind, item.options) for item in asked.unclear] == [("unit", ("OPP-FJS", "OPP-NES"))]
    assert _query("saker på skolen", "E1038").unit_id == "OPP-NES"


def test_two_units_in_one_question_are_unclear() -> None:
    assert _ask("åpne saker på Furu og Lerkeveien").unclear[0].kind == "unit"


def test_own_unit_of_somebody_without_one_is_unclear() -> None:
    assert _ask("saker hos oss", None).unclear[0].kind == "unit"
    assert _query("saker hos oss", LEADER).unit_id == "HO-SOL-FUR"


def test_people_by_first_name_sound_and_ordinary_word() -> None:
    assert _query("kamilla sine saker") == CaseQuery(assignee="E1006", statuses=OPEN)
    assert _query("Live sine saker").assignee == "E1009"
    assert _query("antall avvik per måned").assignee is None


def test_two_people_of_one_name_are_unclear() -> None:
    twin = replace(VOCABULARY.people[0], employee_id="E9", name="Camilla Berge")
    vocabulary = Vocabulary(VOCABULARY.units, (*VOCABULARY.people, twin))
    asked = understand("Camilla sine saker", Asker(None, None), vocabulary, ASKED_AT)
    assert asked.query.assignee is None
    assert [(item.kind, item.options) for item in asked.unclear] == [("person", ("E1006", "E9"))]


def test_cases_that_another_has_reported_cannot_be_asked_for() -> None:
    asked = _ask("saker meldt av Jorunn")
    assert (asked.query.reporter, asked.query.assignee) == (None, None)
    assert asked.unclear[0].kind == "reporter"


def test_negation_leaves_the_others() -> None:
    assert _query("åpne saker uten tiltak").statuses == (Status.NY, Status.UNDER_BEHANDLING)
    assert _query("alt utenom HMS").categories == tuple(Category)[1:]
    query = _query("ikke kritiske åpne saker")
    assert (query.statuses, query.severities) == (OPEN, (Severity.LAV, Severity.MIDDELS, Severity.HOY))


def test_statistics_alone_is_a_series_of_twelve_months() -> None:
    expected = CaseQuery(want=Want.COUNT, group_by=Grouping.MONTH, reported=Days(date(2025, 12, 1)))
    assert _query("statistikk") == expected


def test_two_periods_are_a_comparison() -> None:
    query = _query("legemiddel 2025 vs 2024")
    assert (query.want, query.compare) == (Want.COUNT, Comparison.YEAR_BEFORE)
    assert query.reported == Days(date(2025, 1, 1), date(2026, 1, 1))
    assert _query("fall i oktober mot september").compare is Comparison.PERIOD_BEFORE


def test_months_that_follow_each_other_are_one_time() -> None:
    assert _query("avvik i august, september og oktober") == CaseQuery(
        reported=Days(date(2026, 8, 1), date(2026, 11, 1))
    )
    assert _query("sammenlign september og oktober").compare is Comparison.PERIOD_BEFORE


def test_a_comparison_without_a_period_is_of_the_current_one() -> None:
    assert _query("flere fall enn i fjor?").reported == Days(date(2026, 1, 1))
    assert _query("flere fall enn forrige uke?").reported == Days(date(2026, 11, 16), date(2026, 11, 23))


@pytest.mark.parametrize(
    ("text", "order", "limit"),
    [
        ("de siste fem avvikene", Order.NEWEST, 5),
        ("dei fem siste sakene", Order.NEWEST, 5),
        ("den eldste åpne saken", Order.OLDEST, 1),
        ("avvik de siste fem dagene", Order.URGENCY, None),
        ("åpne saker nærmest fristen", Order.DUE, None),
    ],
)
def test_order_and_limit(text: str, order: Order, limit: int | None) -> None:
    query = _query(text)
    assert (query.order, query.limit) == (order, limit)


def test_what_no_word_list_covers_is_searched_for_as_typed() -> None:
    assert _query("saker om Heisen") == CaseQuery(text="heisen")
    assert _query("avvik på rom 12") == CaseQuery(text="rom 12")
    assert _query("avvik med «løs list»") == CaseQuery(text="løs list")
    assert _ask("heis furu").leftover == ("heis",)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("hvormange er forfalt", CaseQuery(want=Want.COUNT, overdue=True)),
        ("hvr mange er ovr fristen", CaseQuery(want=Want.COUNT, overdue=True)),
        ("fall på fruu i oktbr", _query("fall på Furu i oktober")),
        ("de sistefem sakene", CaseQuery(order=Order.NEWEST, limit=5)),
        ("avvik siste tre måneda", CaseQuery(reported=Days(date(2026, 8, 20)))),
        ("beborefall", CaseQuery(subtypes=("fall_skade_bruker",))),
        ("Kva for saker har ingen teke?", CaseQuery(statuses=OPEN, assignee=Who.NOBODY)),
    ],
)
def test_small_words_are_read_however_they_are_typed(text: str, query: CaseQuery) -> None:
    assert _query(text) == query


def test_a_lead_in_is_neither_searched_for_nor_a_unit() -> None:
    assert _query("jeg skal i ledermøte om litt, vis åpne saker").text is None
    asked = _ask("svaret skal til rådmannen: hvor mange saker har barnevernet?")
    assert (asked.query.unit_id, asked.unclear) == ("OPP-BVT", ())
    assert _query("Furu, åpne saker").unit_id == "HO-SOL-FUR"


@pytest.mark.parametrize(
    "lead_in",
    [
        "hei, det er Heidi her, kan du",
        "hei dette er heidi fra barnevernet kan du",
        "Heidi Lund her, kan du",
        "mitt navn er Geir Haugland, kan du",
        "jeg sitter i bilen, kan du",
        "eg sit på bussen og lurer på om du kan",
        "jeg er på jobb i dag kan du",
    ],
)
def test_who_speaks_and_from_where_is_no_condition(lead_in: str) -> None:
    asked = _ask(f"{lead_in} vise åpne saker på renhold")
    assert asked.query == CaseQuery(statuses=OPEN, unit_id="TEK-EIE-REN")
    assert (asked.leftover, asked.unclear) == ((), ())


def test_what_only_looks_like_a_lead_in_is_asked_for() -> None:
    assert _query("jeg er interessert i fall, hvor mange hadde vi").subtypes == ("fall_skade_bruker",)
    assert _query("jeg er leder på Furu, hvor mange avvik har vi").unit_id == "HO-SOL-FUR"
    assert _query("jeg har saker som er over fristen, vis dem").overdue
    assert _query("det er fall på Bjørk, hvor mange saker").subtypes == ("fall_skade_bruker",)


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("e det någe som forfalle denne vekå", "er det noe som forfaller denne uka"),
        ("ka for ein avdeling har flest saker", "hvilken avdeling har flest saker"),
        ("alvorlgie saekr i otkober", "alvorlige saker i oktober"),
        ("fall såå langt i år", "fall så langt i år"),
        ("medisinavik i fjro", "medisinavvik i fjor"),
        ("avviste sakerhos oss", "avviste saker hos oss"),
    ],
)
def test_swapped_drawn_out_and_joined_letters_are_read(text: str, usual: str) -> None:
    assert _query(text) == _query(usual) != CaseQuery()


def test_a_category_before_a_unit_keeps_its_words() -> None:
    query = _query("ytre miljø i teknisk")
    assert (query.categories, query.unit_id) == ((Category.YTRE_MILJO,), "TEK")


def test_a_place_keeps_its_number_and_a_common_noun_is_no_name() -> None:
    assert _query("saker i Storgata 14").text == "storgata 14"
    assert _query("er det meldt noe om gjerdet") == CaseQuery(text="gjerdet")


def test_one_case_by_number() -> None:
    assert _query("hva er status på sak 12?") == CaseQuery(number="2026-00012")
    assert _query("2025-42") == CaseQuery(number="2025-00042")
    assert _query("den saken", number="2026-00007") == CaseQuery(number="2026-00007")
    assert _query("sak 12 dager gammel").number is None


def test_a_short_question_adds_to_the_one_before() -> None:
    before = CaseQuery(statuses=OPEN, unit_id="HO-SOL-FUR", categories=(Category.HMS,))
    assert _query("bare de kritiske", previous=before) == replace(before, severities=(Severity.KRITISK,))
    assert _query("hva med Bjørk?", previous=before) == replace(before, unit_id="HO-SOL-BJO")
    assert _query("de andre kategoriene også", previous=before) == replace(before, categories=())
    both = (Category.HMS, Category.INFORMASJONSSIKKERHET)
    assert _query("også personvern", previous=before) == replace(before, categories=both)
    last_year = Days(date(2025, 1, 1), date(2026, 1, 1))
    assert _query("hva med i fjor?", previous=before) == replace(before, reported=last_year)
    assert _query("også de lukkede", previous=before).statuses == (*OPEN, Status.LUKKET)
    assert _query("uten forslag", previous=before) == replace(before, kind=Kind.DEVIATION)


def test_a_whole_question_stands_for_itself() -> None:
    before = CaseQuery(unit_id="HO-SOL-FUR", categories=(Category.HMS,))
    assert _query("vis saker over fristen", previous=before) == CaseQuery(overdue=True)


def test_every_id_has_words_and_every_word_an_id() -> None:
    meanings = set(case_words().data["meanings"])
    wanted = {f"subtype.{name}" for names in SUBTYPES.values() for name in names}
    wanted |= {f"category.{name}" for name in Category} | {f"group.{name}" for name in Grouping}
    wanted |= {f"status.{name}" for name in STATUSES} | {f"severity.{name}" for name in SEVERITIES}
    assert wanted <= meanings
    named = {name for name in meanings if name.split(".")[0] in {"subtype", "group", "status", "severity"}}
    assert named - wanted == {"severity.any"}
    times = {name.split(".")[1] for name in meanings if name.startswith("time.")}
    assert times <= set(PERIODS)
    assert {name.split(".")[1] for name in meanings if name.startswith("future.")} - {"soon"} <= set(FUTURE)


@pytest.mark.parametrize("category", list(Category))
def test_the_labels_of_the_register_are_understood(category: Category) -> None:
    labels = yaml.safe_load(
        (Path(case_question_words.__file__).parents[2] / "cases" / "labels.yml").read_text()
    )
    wrong = {
        label: query.subtypes
        for subtype in SUBTYPES[category]
        for label in labels["subtype"][subtype].values()
        if (query := _query(f"avvik om {label}")).subtypes != (subtype,) or query.text
    }
    assert not wrong


def test_another_municipality_has_other_names() -> None:
    units = (
        Unit("K", "Kommunedirektøren", None, "ledelse"),
        Unit("S", "Granheim sykehjem", "K", "helse"),
        Unit("G", "Granheim, avdeling Lyng", "S", "helse"),
    )
    people = (Person("P1", "Bjørg Ås", "b@example.no", "Leder", "S", Role.LEADER),)
    vocabulary = Vocabulary(units, people)
    asked = understand("åpne saker på lyng", Asker(people[0], "S"), vocabulary, ASKED_AT)
    assert asked.query == CaseQuery(statuses=OPEN, unit_id="G")
    assert understand("Bjørg sine", Asker(None, None), vocabulary, ASKED_AT).query.assignee == "P1"


@pytest.mark.parametrize(
    "text", ["", "   ", "??", "😀", "a" * 5000, "på på på", "2026", "«»", "\u0000", "ikke"]
)
def test_any_text_is_read_without_fault(text: str) -> None:
    assert isinstance(_ask(text), Understood)


def test_now_may_be_in_another_zone() -> None:
    late = datetime.fromisoformat("2026-11-20T23:30:00+00:00")
    asked = understand("avvik i dag", Asker(None, None), VOCABULARY, late)
    assert asked.query.reported == Days(date(2026, 11, 21), date(2026, 11, 22))


def test_a_question_is_told_back_in_one_line() -> None:
    query = CaseQuery(
        statuses=OPEN, unit_id="HO-SOL-FUR", categories=(Category.HMS,), reported=Days(date(2026, 10, 21))
    )
    told = describe(query, "nb", _SampleNames(), TODAY)
    assert told == "Åpne saker hos Solbakken, avdeling Furu · HMS · meldt siste 30 dager"
    assert describe(query, "nn", _SampleNames(), TODAY).startswith("Opne saker hos")
    assert describe(CaseQuery(number="2026-00012"), "nn", _SampleNames()) == "Sak 2026-00012"


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_field_can_be_told_back(language: str) -> None:
    days = Days(None, date(2026, 12, 1))
    full = CaseQuery(
        Want.COUNT, None, Kind.IMPROVEMENT, "TEK", True, (Category.HMS,), ("stoy_luft",), (Severity.HOY,),
        (Status.NY, Status.LUKKET), Who.NOBODY, Who.ME, Days(date(2026, 1, 1), date(2026, 2, 1)), days, days,
        True, "heis", Grouping.WEEK, Comparison.YEAR_BEFORE, Order.DUE, 5,
    )  # fmt: skip
    told = describe(full, language, _SampleNames(), TODAY)
    assert told.count(" · ") == 16
    for field, values in (("group_by", Grouping), ("compare", Comparison), ("order", Order)):
        for value in values:
            assert describe(replace(full, **{field: value}), language, _SampleNames())


def test_a_bad_row_is_named(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"text": "x", "as": null, "expected": {"wanted": 1}}\n')
    with pytest.raises(QuestionSetError, match="line 1"):
        evaluate(path)


def test_the_report_tells_what_was_wrong(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"text": "åpne saker", "as": null, "expected": {"overdue": true}}\n', encoding="utf-8")
    report = evaluate(path)
    assert report.exact == 0
    assert report.fields["overdue"] == (0.0, 1)
    assert "åpne saker" in summary(report)
