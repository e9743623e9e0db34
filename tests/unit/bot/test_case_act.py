"""What a handler wants done with a case, read from Norwegian."""

import json
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.actions.case_act import ME, Act, Reply, Verb, describe, read_act, read_reply
from bot.actions.case_act_dates import find_day
from bot.actions.case_act_line import read_line
from bot.evaluation.acts import OWN_SET, evaluate, summary
from cases.categories import SUBTYPES, Severity

# Friday, noon in Norway.
NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
TODAY = date(2026, 11, 20)
FRIDAY = date(2026, 11, 27)
# Enough of the training texts to see a rule that takes too much, and a second's work.
_EVERY = 4


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("eg tek ho", Act(Verb.TAKE)),
        ("overfør til Geir", Act(Verb.ASSIGN, person="Geir")),
        ("sett meg som ansvarlig på #12", Act(Verb.ASSIGN, "2026-00012", person=ME)),
        ("frist fredag", Act(Verb.DEADLINE, date=FRIDAY)),
        (
            "tiltak: bestille ny heis, Terje Volden, innen fredag",
            Act(Verb.MEASURE, text="bestille ny heis", person="Terje Volden", date=FRIDAY),
        ),
        ("tiltak 2 er utført", Act(Verb.MEASURE_DONE, ordinal=2)),
        ("Svar melderen: Takk, vi ser på det!", Act(Verb.COMMENT, text="Takk, vi ser på det!")),
        ("noter internt at legen ble ringt kl. 12", Act(Verb.NOTE, text="legen ble ringt kl. 12")),
        ("det er ikke HMS, det er personvern", Act(Verb.CATEGORY, category="informasjonssikkerhet")),
        ("bytt kategori til medisinavvik", Act(Verb.CATEGORY, category="tjeneste", subtype="legemiddel")),
        ("mindre alvorlig enn det, sett lav", Act(Verb.SEVERITY, severity="lav")),
        ("sannsynligheten er liten", Act(Verb.LIKELIHOOD, likelihood="sjelden")),
        ("12 er det samme som 15", Act(Verb.MERGE, "2026-00012", other="2026-00015")),
        ("slå den sammen med 2025-15", Act(Verb.MERGE, other="2025-00015")),
        ("lukk sak 12, heisen er byttet", Act(Verb.CLOSE, "2026-00012", reason="heisen er byttet")),
        ("avvis 12, dette er ikke et avvik", Act(Verb.REJECT, "2026-00012", reason="dette er ikke et avvik")),
        ("åpne 12 igjen", Act(Verb.REOPEN, "2026-00012")),
        ("skjerm den siste", Act(Verb.SENSITIVE, ordinal=-1)),
        ("ta bort skjermingen", Act(Verb.NOT_SENSITIVE)),
        ("følg 12", Act(Verb.WATCH, "2026-00012")),
        ("slutt å følge 12", Act(Verb.UNWATCH, "2026-00012")),
        (
            "saken gjelder Geir Haugland så han kan ikke behandle den",
            Act(Verb.INVOLVE, person="Geir Haugland"),
        ),
        ("ups feil", Act(Verb.UNDO)),
    ],
)
def test_each_verb_is_read_with_its_details(text: str, act: Act) -> None:
    assert read_act(text, NOW) == act


@pytest.mark.parametrize(
    "text",
    [
        "hvem har tatt 12?",
        "når ble 12 lukket?",
        "hva er fristen på 12?",
        "kan jeg lukke en sak selv?",
        "vi tok saken opp på møtet og heisen ble lukket",
        "vis lukkede saker",
        "det lukter røyk i gangen",
        "ikke lukk 12",
        "lukk den gamle døra",
        "saken gjelder heisen",
        "",
        " ,. ",
    ],
)
def test_questions_reports_and_lists_are_no_acts(text: str) -> None:
    assert read_act(text, NOW) is None


def test_decomposed_letters_and_the_shield_are_read_like_others() -> None:
    text = "\u200b" + unicodedata.normalize("NFD", "gjenåpne 12, røyret lek att")
    assert read_act(text, NOW) == Act(Verb.REOPEN, "2026-00012", reason="røyret lek att")


def test_a_case_that_is_known_fills_in_for_one_that_is_not_named() -> None:
    known = "2026-00007"
    read = [read_act(text, NOW, number=known) for text in ("lukk den", "lukk 12", "lukk den første")]
    assert [act and act.number for act in read] == [known, "2026-00012", None]


def test_the_number_of_a_measure_is_no_case_number() -> None:
    act = read_act("tiltak 2 på sak 12 er utført", NOW)
    assert act == Act(Verb.MEASURE_DONE, "2026-00012", ordinal=2)


def test_a_case_number_within_free_text_is_not_the_case() -> None:
    act = read_act("noter på 12 at 15 ligner", NOW)
    assert act == Act(Verb.NOTE, "2026-00012", text="15 ligner")


def test_the_reason_may_come_first() -> None:
    act = read_act("Heisen er byttet, så du kan lukke 12", NOW)
    assert act == Act(Verb.CLOSE, "2026-00012", reason="Heisen er byttet")


def test_what_is_bid_next_is_no_reason() -> None:
    assert read_act("lukk 12, si til melder at alt er i orden", NOW) == Act(Verb.CLOSE, "2026-00012")


def test_slips_of_the_pen_are_read() -> None:
    act = read_act("set frsit til torsdg på sak 8", NOW)
    assert act == Act(Verb.DEADLINE, "2026-00008", date=date(2026, 11, 26))


def test_names_are_not_taken_for_slips_of_the_pen() -> None:
    assert read_act("gi den til Lukas Friste", NOW) == Act(Verb.ASSIGN, person="Lukas Friste")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("i dag", TODAY),
        ("i morgon", date(2026, 11, 21)),
        ("i går", date(2026, 11, 19)),
        ("fredag", FRIDAY),
        ("innen fredag", FRIDAY),
        ("neste fredag", FRIDAY),
        ("tysdag", date(2026, 11, 24)),
        ("onsdag om to veker", date(2026, 12, 2)),
        ("over helga", date(2026, 11, 23)),
        ("neste uke", FRIDAY),
        ("om 10 dager", date(2026, 11, 30)),
        ("om ei veke", FRIDAY),
        ("om tre måneder", date(2027, 2, 20)),
        ("1. desember", date(2026, 12, 1)),
        ("19. november", date(2027, 11, 19)),
        ("20. november", TODAY),
        ("1.12", date(2026, 12, 1)),
        ("4/12-27", date(2027, 12, 4)),
        ("3. mars 2020", date(2020, 3, 3)),
        ("fredag 4. desember", date(2026, 12, 4)),
        ("fra 1. desember til 8. desember", date(2026, 12, 8)),
        ("innen utgangen av måneden", date(2026, 11, 30)),
        ("utgangen av februar", date(2027, 2, 28)),
        ("uke 50", date(2026, 12, 11)),
        ("den 5.", date(2026, 12, 5)),
        ("årsskiftet", date(2026, 12, 31)),
        ("31. april", None),
        ("kl. 12.30", None),
        ("snart", None),
    ],
)
def test_days_to_come_are_found(text: str, day: date | None) -> None:
    found = find_day(read_line(text, "").spelt, TODAY)
    assert (found and found.value) == day


def test_the_day_is_the_one_in_norway() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert read_act("frist i dag", late) == Act(Verb.DEADLINE, date=date(2026, 11, 21))


@pytest.mark.parametrize(
    "text", ["ja", "Ja gjør det", "jepp", "ja, takk!", "jau", "ok", "gjer det", "stemmer"]
)
def test_consent_is_read(text: str) -> None:
    assert read_reply(text, "confirm", NOW) == Reply(yes=True)


@pytest.mark.parametrize("text", ["nei", "Nei vent", "nei, ikkje gjer det", "vent litt", "ikke send"])
def test_refusal_is_read(text: str) -> None:
    assert read_reply(text, "tell_reporter", NOW) == Reply(yes=False)


@pytest.mark.parametrize("text", ["ja, men sett frist fredag", "hva skjer da", "du"])
def test_what_is_neither_yes_nor_no_is_not_understood(text: str) -> None:
    assert not read_reply(text, "confirm", NOW).understood


@pytest.mark.parametrize(
    "wanted", ["reason", "date", "person", "text", "category", "severity", "likelihood", "other"]
)
@pytest.mark.parametrize("text", ["avbryt", "nei, glem det", "Gløym det", "nei"])
def test_every_question_can_be_called_off(text: str, wanted: str) -> None:
    assert read_reply(text, wanted, NOW) == Reply(cancelled=True)


@pytest.mark.parametrize(
    ("wanted", "text", "reply"),
    [
        ("reason", "fordi heisen er byttet", Reply(reason="heisen er byttet")),
        ("reason", "Nei, det var ikke noe avvik", Reply(reason="Nei, det var ikke noe avvik")),
        ("text", "Takk, vi ser på 12!", Reply(text="Takk, vi ser på 12!")),
        ("date", "helst innen fredag", Reply(date=FRIDAY)),
        ("date", "vet ikke", Reply()),
        ("person", "til Pål Gjerde", Reply(person="Pål Gjerde")),
        ("person", "eg sjølv", Reply(person=ME)),
        ("category", "ikke HMS, personvern", Reply(category="informasjonssikkerhet")),
        ("severity", "ganske alvorleg", Reply(severity="hoy")),
        ("likelihood", "svært ofte", Reply(likelihood="hyppig")),
        ("other", "sak 15", Reply(other="2026-00015")),
        ("number", "den andre", Reply(ordinal=2)),
        ("ordinal", "det siste", Reply(ordinal=-1)),
    ],
)
def test_the_answer_to_a_question_is_read(wanted: str, text: str, reply: Reply) -> None:
    assert read_reply(text, wanted, NOW) == reply


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_act_is_told_in_one_line_even_when_its_details_are_missing(verb: Verb, language: str) -> None:
    line = describe(Act(verb), language)
    assert line and "\n" not in line and "None" not in line and "{" not in line


def test_an_act_is_told_with_its_details() -> None:
    act = Act(Verb.MEASURE, "2026-00012", text="{x}", person=ME, date=FRIDAY)
    told = describe(act, "nn")
    assert all(part in told for part in ("2026-00012", "{x}", "deg", "27. november 2026"))


def test_words_of_values_stand_for_ids_of_the_register() -> None:
    from bot.actions.case_act_words import values

    assert set(values("severity").values()) == {severity.value for severity in Severity}
    assert set(values("category").values()) == {category.value for category in SUBTYPES}
    assert set(values("subtype").values()) == {subtype for below in SUBTYPES.values() for subtype in below}
    assert set(values("likelihood").values()) == {"sjelden", "mulig", "sannsynlig", "hyppig"}


@pytest.mark.parametrize("name", ["acts_dev.jsonl", "acts_dev2.jsonl", "acts_dev3.jsonl"])
def test_a_development_set_is_read_as_its_writer_meant(name: str) -> None:
    scores = evaluate(OWN_SET.with_name(name))
    assert scores.exact.total >= 150
    assert scores.exact.value >= 0.97, summary(scores)


@pytest.mark.parametrize(
    ("folder", "intent", "most"), [("deviations", None, 0.005), ("intents", "ask_routine", 0.005)]
)
def test_what_people_report_and_ask_is_hardly_ever_an_act(
    folder: str, intent: str | None, most: float
) -> None:
    paths = sorted((Path(__file__).parents[3] / "nlu" / "data" / folder).glob("*.jsonl"))
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [row["text"] for row in rows if intent is None or row.get("intent") == intent][::_EVERY]
    acts = [text for text in texts if read_act(text, NOW) is not None]
    assert len(texts) > 200
    assert len(acts) <= most * len(texts), acts[:5]


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("slåsammen 12 me 15", Act(Verb.MERGE, "2026-00012", other="2026-00015")),
        ("føllg den første", Act(Verb.WATCH, ordinal=1)),
        ("lokk den", Act(Verb.CLOSE)),
        ("denne må du sende til Siv", Act(Verb.ASSIGN, person="Siv")),
        (
            "tiltak: male, det gjør jeg i morgen",
            Act(Verb.MEASURE, text="male", person=ME, date=date(2026, 11, 21)),
        ),
        ("dra inn Siv på 12", Act(Verb.INVOLVE, "2026-00012", person="Siv")),
        (
            "involver Siv i 12, hun kjenner bygget",
            Act(Verb.INVOLVE, "2026-00012", person="Siv", reason="hun kjenner bygget"),
        ),
        ("saken gjelder Siv, hun kan ikke ta den", Act(Verb.INVOLVE, person="Siv")),
        ("abonnere på endringer i 12", Act(Verb.WATCH, "2026-00012")),
        ("12 får Siv følge opp", Act(Verb.ASSIGN, "2026-00012", person="Siv")),
        ("12 er bare middels i alvorsgrad", Act(Verb.SEVERITY, "2026-00012", severity="middels")),
        ("12 e'kke sensitiv", Act(Verb.NOT_SENSITIVE, "2026-00012")),
        ("noterer du på 12 at 15 ligner", Act(Verb.NOTE, "2026-00012", text="15 ligner")),
        ("avivs sakne", Act(Verb.REJECT)),
        ("jeg tarsak 12", Act(Verb.TAKE, "2026-00012")),
        ("lukk'an", Act(Verb.CLOSE)),
        ("hei det er Siv her, kan du lukke 12", Act(Verb.CLOSE, "2026-00012")),
        ("det er ordnet her, kan du lukke 12", Act(Verb.CLOSE, "2026-00012", reason="det er ordnet her")),
        ("dette er et personvernavvik", Act(Verb.CATEGORY, category="informasjonssikkerhet")),
    ],
)
def test_what_is_said_in_haste_or_the_other_way_round_is_read(text: str, act: Act) -> None:
    assert read_act(text, NOW) == act


def test_a_wrong_reading_is_counted_by_field_and_verb_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(
        '{"text": "lukk 12", "expected": {"verb": "close", "number": "2026-00013"}}\n'
        '{"text": "hei", "expected": null}\n',
        encoding="utf-8",
    )
    scores = evaluate(path)
    assert (scores.exact.value, scores.fields["verb"].value, scores.fields["number"].value) == (0.5, 1.0, 0.0)
    assert (scores.verbs["close"].right, scores.verbs["none"].right) == (0, 1)
    assert "lukk 12" in summary(scores) and "hei" not in summary(scores)


@pytest.mark.parametrize("row", ["[]", '{"text": "x"}', '{"text": "x", "expected": {"verbs": "close"}}', "x"])
def test_a_row_that_is_none_is_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(row, encoding="utf-8")
    with pytest.raises(ValueError):
        evaluate(path)
