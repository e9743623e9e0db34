"""The evaluation: labelled rows, scores against values worked out by hand, summary, pictures, commands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlu.core.categories import SUBTYPES
from nlu.core.ensemble import EnsembleSettings
from nlu.core.errors import ModelFileError
from nlu.core.features import FeatureShape
from nlu.evaluation import __main__ as command
from nlu.evaluation import learning_curve, metrics, xsid
from nlu.evaluation.plots import draw_all, draw_learning_curve
from nlu.evaluation.readings import FALLBACK_INTENT, Reading, TrainedModel, reading_of
from nlu.evaluation.rows import (
    EvaluationDataError,
    LabelledMessage,
    MarkedSpan,
    groups_in,
    read_others,
    read_personal_data,
    read_reports,
)
from nlu.evaluation.summary import nlu_summary, xsid_summary
from nlu.evaluation.xsid import Sentence
from nlu.training_data import DATA_DIR, REPORT_INTENT

# The keys that people read off the JSON by name, and those that stand beside them.
NAMED = {
    "report_accuracy",
    "false_file_rate",
    "category_macro_f1",
    "category_top2",
    "per_variety",
    "hard_accuracy",
    "subtype_accuracy",
    "severity_within_one",
    "severity_qwk",
    "intent_macro_f1",
    "emergency_recall",
    "whistleblowing_recall",
    "pii",
    "ece",
    "latency_ms",
}
BESIDE = {
    "report_recall",
    "false_report_rate",
    "asked_rate",
    "intent_confusions",
    "emergency_false_alarms",
    "whistleblowing_false_alarms",
    "category_accuracy",
    "per_hard_flag",
    "severity_accuracy",
    "kind_accuracy",
    "pii_precision",
    "load_seconds",
    "rows",
}


def write(path: Path, *rows: Any) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def report(hard: tuple[str, ...] = (), **labels: str) -> LabelledMessage:
    return LabelledMessage("tekst", REPORT_INTENT, {"category": "hms", **labels}, hard)


def other(intent: str, pii: tuple[MarkedSpan, ...] | None = None) -> LabelledMessage:
    return LabelledMessage("tekst", intent, personal_data=pii)


def assessed(*choices: tuple[str, float, str], severity: str = "lav", kind: str = "deviation") -> Reading:
    """A report as read: (category, confidence, sub-type) by falling confidence."""
    return Reading(
        REPORT_INTENT,
        REPORT_INTENT,
        {
            "categories": [{"name": name, "confidence": sure, "subtype": sub} for name, sure, sub in choices],
            "severity": {"name": severity, "confidence": 0.5},
            "kind": {"name": kind, "confidence": 0.5},
        },
    )


def said(intent: str, likeliest: str | None = None, spans: Sequence[MarkedSpan] = ()) -> Reading:
    found = [{"type": span.type, "start": span.start, "end": span.end} for span in spans]
    return Reading(intent, likeliest or intent, None, found)


# Rows


def test_reports_are_read_with_their_labels(tmp_path: Path) -> None:
    row = {"text": "Falt", "category": "hms", "subtype": "personskade", "severity": "hoy", "variety": "nn"}
    path = write(tmp_path / "a.jsonl", {**row, "kind": "deviation", "place": None}, "", row)
    messages = read_reports(path)
    assert len(messages) == 2  # empty lines are passed over
    assert messages[0].intent == REPORT_INTENT
    assert messages[0].labels == {
        **{key: row[key] for key in ("category", "subtype", "severity", "variety")},
        "kind": "deviation",
    }
    assert (messages[0].hard, messages[0].personal_data) == ((), None)


@pytest.mark.parametrize(
    ("flag", "names"),
    [
        (True, ("hard",)),
        (1, ("hard",)),
        (False, ()),
        (None, ()),
        ("", ()),
        ([], ()),
        ("irony", ("irony",)),
        (["irony", "two_things"], ("irony", "two_things")),
    ],
)
def test_hard_flags(tmp_path: Path, flag: Any, names: tuple[str, ...]) -> None:
    path = write(tmp_path / "a.jsonl", {"text": "Falt", "category": "hms", "hard": flag})
    assert read_reports(path)[0].hard == names


def test_intents_may_be_renamed(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        {"text": "Forfra", "intent": "restart"},
        {"text": "Hva gjelder?", "intent": "routine_question"},
        {"text": "Hei", "intent": "greet"},
    )
    assert [message.intent for message in read_others(path, {"routine_question": "ask_routine"})] == [
        "start_over",
        "ask_routine",
        "greet",
    ]


def test_groups_are_those_that_the_labels_use() -> None:
    assert groups_in([other("greet"), other("emergency")]) == {}
    assert groups_in([other("greet_goodbye_thanks")]) == dict.fromkeys(
        ("greet", "goodbye", "thanks"), "greet_goodbye_thanks"
    )
    assert set(groups_in([other("affirm_deny_cancel")])) == {"affirm", "deny", "cancel"}


TEXT = "Ring Kari 22334455 eller Kari på a@b.no"
KARI, AGAIN = MarkedSpan("person", 5, 9), MarkedSpan("person", 25, 29)
NUMBER = MarkedSpan("phone", 10, 18)


@pytest.mark.parametrize(
    ("marks", "spans"),
    [
        ([], ()),
        ({}, ()),
        ([{"type": "phone", "value": "22334455"}], (NUMBER,)),
        ([{"label": "tlf", "text": "22334455"}], (NUMBER,)),
        ([{"kind": "telefon", "span": "22334455"}], (NUMBER,)),
        ([{"entity": "mobile", "start": 10, "end": 18}], (NUMBER,)),
        ([["phone", "22334455"]], (NUMBER,)),
        ({"phone": ["22334455"], "navn": "Kari"}, (NUMBER, KARI)),
        ([{"type": "person", "value": "Kari"}, {"type": "PER", "value": "Kari"}], (KARI, AGAIN)),
        ([{"type": "E-post", "value": "a@b.no"}], (MarkedSpan("email", 33, 39),)),
    ],
)
def test_personal_data_in_all_its_shapes(tmp_path: Path, marks: Any, spans: tuple[MarkedSpan, ...]) -> None:
    path = write(tmp_path / "a.jsonl", {"text": TEXT, "pii": marks})
    [message] = read_personal_data(path)
    assert message.personal_data == spans
    assert message.intent is None


@pytest.mark.parametrize(
    ("alias", "ours"),
    [
        ("fodselsnummer", "national_id"),
        ("Fødselsnummer", "national_id"),
        ("D-nummer", "national_id"),
        ("ssn", "national_id"),
        ("telephone", "phone"),
        ("e_mail", "email"),
        ("Kontonummer", "account_number"),
        ("bank account", "account_number"),
        ("name", "person"),
    ],
)
def test_names_of_types(tmp_path: Path, alias: str, ours: str) -> None:
    path = write(tmp_path / "a.jsonl", {"text": "x 1", "pii": [{"type": alias, "value": "1"}]})
    assert read_personal_data(path)[0].personal_data == (MarkedSpan(ours, 2, 3),)


@pytest.mark.parametrize(
    "row",
    [
        "not json",
        '["a list"]',
        {"pii": []},
        {"text": "", "pii": []},
        {"text": None, "pii": []},
        {"text": 7, "pii": []},
        {"text": "Kari"},
        {"text": "Kari", "pii": None},
        {"text": "Kari", "pii": 7},
        {"text": "Kari", "pii": ["Kari"]},
        {"text": "Kari", "pii": [{"type": "animal", "value": "Kari"}]},
        {"text": "Kari", "pii": [{"type": "person", "value": "Ola"}]},
        {"text": "Kari", "pii": [{"type": "person"}]},
        {"text": "Kari", "pii": [{"type": "person", "value": "Kari"}] * 2},
        {"text": "Kari", "pii": [{"type": "person", "start": "a", "end": "b"}]},
        {"text": "Kari", "pii": [{"type": "person", "start": 2, "end": 9}]},
    ],
)
def test_a_wrong_row_is_named_with_file_and_line(tmp_path: Path, row: Any) -> None:
    path = write(tmp_path / "marked.jsonl", {"text": "x", "pii": []}, row)
    with pytest.raises(EvaluationDataError, match=r"marked\.jsonl:2: ") as caught:
        read_personal_data(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "row",
    [
        {"text": "Falt"},
        {"text": "Falt", "category": ""},
        {"text": "Falt", "category": "hms", "severity": "x"},
    ],
)
def test_a_wrong_report_is_named_with_file_and_line(tmp_path: Path, row: dict[str, Any]) -> None:
    with pytest.raises(EvaluationDataError, match=r"a\.jsonl:1: "):
        read_reports(write(tmp_path / "a.jsonl", row))


@pytest.mark.parametrize("intent", [None, "", ["greet"]])
def test_a_message_needs_an_intent(tmp_path: Path, intent: Any) -> None:
    with pytest.raises(EvaluationDataError, match=r"a\.jsonl:1: "):
        read_others(write(tmp_path / "a.jsonl", {"text": "Hei", "intent": intent}))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes('{"text": "Få"}'.encode("latin-1"))
    for name in ("latin.jsonl", "missing.jsonl"):
        with pytest.raises(EvaluationDataError, match=name):
            read_others(tmp_path / name)


def test_the_own_set_can_be_read_and_has_known_labels() -> None:
    folder = DATA_DIR / "evaluation"
    reports = read_reports(folder / "reports.jsonl")
    assert {message.labels["category"] for message in reports} == set(SUBTYPES)
    assert all(message.labels["subtype"] in SUBTYPES[message.labels["category"]] for message in reports)
    assert any(message.hard for message in reports)
    assert {message.intent for message in read_others(folder / "others.jsonl")} >= {
        "emergency",
        "whistleblowing",
        "start_over",
    }
    assert any(message.personal_data for message in read_personal_data(folder / "personal_data.jsonl"))


# Readings


def test_a_reading_keeps_the_likeliest_intent_behind_the_fallback() -> None:
    parsed = {
        "intent": {"name": FALLBACK_INTENT},
        "intent_ranking": [{"name": FALLBACK_INTENT}, {"name": "greet"}, {"name": "thanks"}],
        "deviation": {"categories": []},
        "personal_data": [{"type": "phone", "start": 0, "end": 8}],
    }
    reading = reading_of(parsed, 12.5)
    assert (reading.intent, reading.likeliest, reading.milliseconds) == (FALLBACK_INTENT, "greet", 12.5)
    assert reading.deviation == {"categories": []}
    assert reading.personal_data == parsed["personal_data"]


@pytest.mark.parametrize("parsed", [{}, {"intent": None, "intent_ranking": None, "personal_data": None}])
def test_a_message_of_unknown_characters_has_no_reading(parsed: dict[str, Any]) -> None:
    assert reading_of(parsed) == Reading(None, None, None)


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="sifra train"):
        TrainedModel(tmp_path / "none.tar.gz")


# Scores


def test_what_people_want() -> None:
    reports = [
        *[(report(), said(REPORT_INTENT))] * 3,
        (report(), said("ask_routine")),
    ]
    others = [
        (other("greet"), said("greet")),
        (other("greet"), said("thanks")),
        (other("thanks"), said("thanks")),
        (other("thanks"), said("thanks")),
        (other("query_cases"), said(REPORT_INTENT)),
        (other("query_cases"), said(FALLBACK_INTENT, REPORT_INTENT)),
    ]
    scores = metrics.intent_scores(reports, others, {})
    assert scores["report_accuracy"] == pytest.approx(7 / 10)
    assert scores["report_recall"] == pytest.approx(3 / 4)
    assert scores["false_report_rate"] == pytest.approx(2 / 6)
    assert scores["false_file_rate"] == pytest.approx(1 / 6)  # the other one is asked about first
    assert scores["asked_rate"] == pytest.approx(1 / 10)
    # greet: precision 1, recall 1/2; thanks: precision 2/3, recall 1; query_cases: 0.
    assert scores["intent_macro_f1"] == pytest.approx((2 / 3 + 4 / 5 + 0) / 3)
    assert scores["intent_confusions"] == [["query_cases", REPORT_INTENT, 2], ["greet", "thanks", 1]]


def test_an_intent_of_a_group_counts_as_the_group() -> None:
    others = [(other("greet_goodbye_thanks"), said("goodbye")), (other("deny"), said("deny"))]
    groups = groups_in(message for message, _ in others)
    assert metrics.intent_scores([], others, groups)["intent_macro_f1"] == pytest.approx(1.0)
    assert metrics.intent_scores([], others, {})["intent_macro_f1"] == pytest.approx(0.5)


def test_alarms_count_when_acted_on() -> None:
    pairs = [
        (other("emergency"), said("emergency")),
        (other("emergency"), said(FALLBACK_INTENT, "emergency")),
        (other("emergency"), said(REPORT_INTENT)),
        (report(), said("emergency")),
        (other("whistleblowing"), said("emergency")),
        (other("whistleblowing"), said("whistleblowing")),
        (other("greet"), said(FALLBACK_INTENT, "whistleblowing")),
    ]
    assert metrics.alarm_scores(pairs, "emergency") == {
        "emergency_recall": pytest.approx(1 / 3),
        "emergency_false_alarms": 2,
    }
    assert metrics.alarm_scores(pairs, "whistleblowing") == {
        "whistleblowing_recall": pytest.approx(1 / 2),
        "whistleblowing_false_alarms": 0,
    }


def test_what_reports_are_about() -> None:
    hms, tjeneste = ("hms", 0.6, "personskade"), ("tjeneste", 0.3, "bemanning")
    turned = (("tjeneste", 0.6, "bemanning"), ("hms", 0.3, "personskade"))
    pairs = [
        (report(subtype="personskade", variety="nb", kind="deviation"), assessed(hms, tjeneste)),
        (report(subtype="personskade", variety="nn", hard=("irony",)), assessed(*turned)),
        (report(category="tjeneste", subtype="ernaering", variety="nb"), assessed(*turned)),
        (report(category="tjeneste", variety="nb", hard=("irony", "long")), assessed(*turned)),
    ]
    scores = metrics.report_scores(pairs)
    # hms: precision 1, recall 1/2; tjeneste: precision 2/3, recall 1.
    assert scores["category_macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert scores["category_accuracy"] == pytest.approx(3 / 4)
    assert scores["category_top2"] == pytest.approx(1.0)
    assert scores["per_variety"] == {"nb": pytest.approx(1.0), "nn": pytest.approx(0.0)}
    assert scores["hard_accuracy"] == pytest.approx(1 / 2)
    assert scores["per_hard_flag"] == {"irony": pytest.approx(1 / 2), "long": pytest.approx(1.0)}
    # The first is right, the second is of another category, the third errs within it, the fourth has none.
    assert scores["subtype_accuracy"] == pytest.approx(1 / 3)
    assert scores["kind_accuracy"] == pytest.approx(1.0)
    # All are 0.6 sure and three of four are right.
    assert scores["ece"] == pytest.approx(0.15)


def test_the_third_category_is_not_among_two() -> None:
    choices = [(name, 0.2, "x") for name in ("tjeneste", "organisasjon", "hms")]
    assert metrics.report_scores([(report(), assessed(*choices))])["category_top2"] == 0.0


def test_a_report_that_was_not_assessed_is_wrong() -> None:
    scores = metrics.report_scores([(report(subtype="ergonomi", severity="lav"), said("greet"))])
    for name in ("category_macro_f1", "category_accuracy", "category_top2", "subtype_accuracy"):
        assert scores[name] == 0.0
    assert (scores["severity_qwk"], scores["ece"]) == (None, None)


def severities(gold: Sequence[str], read: Sequence[str]) -> dict[str, float | None]:
    hms = ("hms", 0.9, "ergonomi")
    pairs = [
        (report(severity=told), assessed(hms, severity=step)) for told, step in zip(gold, read, strict=True)
    ]
    return metrics.severity_scores([*pairs, (report(), assessed(hms, severity="kritisk"))])


def test_severity_against_values_by_hand() -> None:
    # Observed 0 + 4 + 1 = 5; by chance (2·2·4 + 1·1·9 + 1·2·1) / 3 = 9.
    assert severities(["lav", "lav", "kritisk"], ["lav", "hoy", "hoy"]) == {
        "severity_accuracy": pytest.approx(1 / 3),
        "severity_within_one": pytest.approx(2 / 3),
        "severity_qwk": pytest.approx(1 - 5 / 9),
    }
    # Observed 2; by chance the sum of all squared distances, 40, over 4.
    steps = ["lav", "middels", "hoy", "kritisk"]
    assert severities(steps, ["lav", "middels", "kritisk", "hoy"])["severity_qwk"] == pytest.approx(0.8)


def test_severity_on_one_step_only_has_no_kappa() -> None:
    scores = severities(["lav", "lav"], ["lav", "lav"])
    assert (scores["severity_accuracy"], scores["severity_qwk"]) == (1.0, None)


def test_calibration_error_against_a_value_by_hand() -> None:
    sure, right = np.array([1.0, 0.9, 0.85, 0.85, 0.55]), np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    assert metrics.calibration_bins(sure, right) == [
        (pytest.approx(0.55), 0.0, 1),
        (pytest.approx(0.85), 0.5, 2),
        (pytest.approx(0.95), 1.0, 2),
    ]
    expected = (1 * 0.55 + 2 * 0.35 + 2 * 0.05) / 5
    assert metrics.expected_calibration_error(sure, right) == pytest.approx(expected)


def test_personal_data_is_found_where_it_overlaps_by_type() -> None:
    phone, mail = MarkedSpan("phone", 0, 8), MarkedSpan("email", 10, 20)
    pairs = [
        (other("greet", (phone, mail)), said("greet", spans=[MarkedSpan("phone", 4, 12)])),
        (
            other("greet", (phone,)),
            said("greet", spans=[MarkedSpan("person", 0, 8), MarkedSpan("phone", 8, 9)]),
        ),
        (other("greet", ()), said("greet", spans=[mail])),
        (other("greet"), said("greet", spans=[phone])),  # says nothing about personal data
    ]
    assert metrics.personal_data_scores(pairs) == {
        "pii": {"email": 0.0, "phone": pytest.approx(1 / 2)},
        "pii_precision": {"email": 0.0, "person": 0.0, "phone": pytest.approx(1 / 2)},
    }


def test_latency_percentiles() -> None:
    readings = [Reading(None, None, None, milliseconds=float(time)) for time in range(100, 0, -1)]
    assert metrics.latency(readings) == {"p50": pytest.approx(50.5), "p95": pytest.approx(95.05)}


def test_without_rows_there_are_no_scores() -> None:
    scores = {**metrics.intent_scores([], [], {}), **metrics.report_scores([])}
    assert {name for name, value in scores.items() if value} == set()
    assert metrics.latency([]) == {"p50": None, "p95": None}
    assert metrics.personal_data_scores([]) == {"pii": {}, "pii_precision": {}}


# Summary and pictures


def small_pairs() -> tuple[list[metrics.Pair], list[metrics.Pair]]:
    hms, tjeneste = ("hms", 0.7, "personskade"), ("tjeneste", 0.3, "bemanning")
    labels = {"subtype": "personskade", "variety": "nb", "kind": "deviation"}
    reports = [
        (report(severity="lav", hard=("irony",), **labels), assessed(hms, tjeneste)),
        (report(severity="hoy", **labels), assessed(hms, tjeneste, severity="middels")),
    ]
    span = MarkedSpan("phone", 0, 8)
    others = [
        (other("emergency", (span,)), said("emergency", spans=[span])),
        (other("whistleblowing"), said("emergency")),
        (other("greet_goodbye_thanks"), said("thanks")),
    ]
    return reports, others


def test_the_summary_names_every_score_and_the_confusions() -> None:
    reports, others = small_pairs()
    scores = {
        **metrics.intent_scores(reports, others, {}),
        **metrics.report_scores(reports),
        **metrics.personal_data_scores(others),
        "latency_ms": {"p50": 7.25, "p95": 9.5},
        "load_seconds": 3.0,
        "rows": {"reports": 2, "others": 3, "personal_data": 0},
    }
    text = nlu_summary(scores)
    assert text.startswith("Measured on 2 reports, 3 others, 0 personal data\n")
    words = text.split()
    assert set(words) >= (NAMED | BESIDE) - {"rows", "intent_confusions"}
    assert "p50 7.250  p95 9.500" in text
    assert "  whistleblowing -> emergency  1\n" in text


def test_pictures_are_drawn(tmp_path: Path) -> None:
    reports, others = small_pairs()
    draw_all(tmp_path / "pictures", reports, others, groups_in(message for message, _ in others))
    draw_learning_curve(tmp_path / "pictures" / "curve.png", [(10, 0.3, 0.5), (20, 0.4, 0.6)])
    pictures = {path.name: path.read_bytes()[:8] for path in (tmp_path / "pictures").iterdir()}
    assert pictures == dict.fromkeys(
        ("categories.png", "reliability.png", "intents.png", "curve.png"), b"\x89PNG\r\n\x1a\n"
    )


def test_without_rows_nothing_is_drawn(tmp_path: Path) -> None:
    draw_all(tmp_path, [], [], {})
    assert list(tmp_path.iterdir()) == []


def test_the_learning_curve_learns_as_the_pipeline_does() -> None:
    config = learning_curve.component_config("DeviationClassifier")
    assert list(learning_curve.deviation_settings().cuts) == config["severity_cuts"]
    assert learning_curve.feature_shape() == FeatureShape.from_config(
        learning_curve.component_config("TextFeaturizer")
    )


# The public benchmark

SENTENCES = {
    "alarm/set_alarm": [
        "sett alarm til sju",
        "sett alarmen klokka ni",
        "lag alarm i morgen",
        "alarm åtte takk",
    ],
    "weather/find": ["blir det regn i dag", "regn i Bergen", "kommer det regn snart", "e det meldt regn"],
    "reminder/set_reminder": ["minn mæ på møtet", "minn meg på mat", "husk å minn meg", "minn me på tur"],
}
SMALL = FeatureShape(min_documents=1, min_documents_rare=1)
QUICK = EnsembleSettings(hidden=8, epochs=3)


def dozen() -> list[Sentence]:
    return [
        Sentence(text, intent, dialect)
        for intent, texts in SENTENCES.items()
        for text, dialect in zip(texts, "BNTV", strict=True)
    ]


def test_the_benchmark_is_scored_by_dialect_and_without_known_texts() -> None:
    asked = [
        Sentence("Sett alarm til sju", "alarm/set_alarm", "B"),  # known from training
        Sentence("regn i Oslo i dag", "weather/find", "V"),
        Sentence("minn meg på regn", "not/known", "X"),
    ]
    scores = xsid.evaluate(dozen(), asked, SMALL, QUICK)
    assert (scores["train_rows"], scores["test_rows"], scores["unseen"]) == (12, 3, 2)
    assert scores["per_dialect"] == {"Bokmal": 1.0, "West": 1.0, "X": 0.0}
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["accuracy_unseen"] == pytest.approx(1 / 2)
    text = xsid_summary(scores)
    assert "Trained on 12, tested on 3 sentences" in text
    assert "0.6667" in text
    assert all(name in text for name in (*xsid.PUBLISHED, "Bokmal", "West"))


def test_the_benchmark_runs_as_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(command, "feature_shape", lambda: SMALL)
    monkeypatch.setattr(command, "silence_warnings", lambda: None)
    rows = [vars(sentence) for sentence in dozen()]
    path, out = write(tmp_path / "a.jsonl", *rows), tmp_path / "out.json"
    command.main(["xsid", "--dev", str(path), "--test", str(path), "--json", str(out)])
    scores = json.loads(out.read_text(encoding="utf-8"))
    assert (scores["accuracy"], scores["accuracy_unseen"]) == (1.0, None)
    assert set(scores["per_dialect"]) == {"Bokmal", "North", "Trondersk", "West"}
    assert capsys.readouterr().out == xsid_summary(scores)


@pytest.mark.parametrize("row", ["{", {"text": "a", "intent": "b"}, "[]"])
def test_a_benchmark_file_of_another_shape_is_told(tmp_path: Path, row: Any) -> None:
    with pytest.raises(EvaluationDataError, match="needs text, intent and dialect"):
        xsid.read_sentences(write(tmp_path / "a.jsonl", row))


# The command


class StandIn:
    """Reads messages from their first word; knows the first telephone number of the tests."""

    load_seconds = 1.5

    def __init__(self, path: Path) -> None:
        if path.name == "missing":
            raise ModelFileError(path, "no such model; run `sifra train`")

    def read(self, texts: Sequence[str]) -> list[Reading]:
        return [self._reading(text) for text in texts]

    def _reading(self, text: str) -> Reading:
        intent = {"Falt": REPORT_INTENT, "Brann": "emergency", "Korrupt": "whistleblowing"}.get(
            text.split()[0], "greet"
        )
        start = text.find("22334455")
        spans = [{"type": "phone", "start": start, "end": start + 8}] if start >= 0 else []
        deviation = assessed(("hms", 0.8, "personskade"), ("tjeneste", 0.2, "bemanning")).deviation
        return Reading(intent, intent, deviation, spans, 4.0)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    monkeypatch.setattr(command, "TrainedModel", StandIn)
    monkeypatch.setattr(command, "silence_warnings", lambda: None)  # it lasts, and other tests want theirs
    labels = {"subtype": "personskade", "kind": "deviation", "category": "hms"}
    return {
        "reports": write(
            tmp_path / "reports.jsonl",
            {"text": "Falt på isen", **labels, "severity": "lav", "variety": "nb", "hard": True},
            {"text": "Datt på isen", **labels, "severity": "middels", "variety": "dialect", "hard": False},
        ),
        "others": write(
            tmp_path / "others.jsonl",
            {"text": "Brann i kjelleren", "intent": "emergency"},
            {"text": "Korrupt sjef", "intent": "whistleblowing"},
            {"text": "Heisann", "intent": "hello"},
        ),
        "personal-data": write(
            tmp_path / "marked.jsonl", {"text": "Ring 22334455", "pii": {"phone": ["22334455"]}}
        ),
    }


def run(files: dict[str, Path], *more: str) -> None:
    given = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    command.main(["nlu", "--model", "model.tar.gz", *given, "--map", "hello=greet", *more])


def test_the_json_holds_exactly_the_agreed_keys(files: dict[str, Path], tmp_path: Path, capsys) -> None:
    run(files, "--json", str(tmp_path / "out.json"))
    scores = json.loads(
        (tmp_path / "out.json").read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(name)
    )
    assert set(scores) == NAMED | BESIDE
    assert set(scores["latency_ms"]) == {"p50", "p95"}
    assert scores["report_accuracy"] == pytest.approx(4 / 5)
    assert scores["hard_accuracy"] == 1.0
    assert scores["per_variety"] == {"dialect": 1.0, "nb": 1.0}
    assert (scores["emergency_recall"], scores["whistleblowing_recall"]) == (1.0, 1.0)
    assert scores["intent_macro_f1"] == 1.0  # by --map
    assert scores["pii"] == {"phone": 1.0}
    assert scores["latency_ms"] == {"p50": 4.0, "p95": 4.0}
    assert scores["rows"] == {"reports": 2, "others": 3, "personal_data": 1}
    assert capsys.readouterr().out == nlu_summary(scores)


def test_pictures_and_learning_curve_are_drawn_when_asked_for(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "learning_curve", lambda reports: [(10, 0.3, 0.5), (len(reports), 0.4, 0.6)])
    run(files, "--plot", str(tmp_path / "plots"), "--json", str(tmp_path / "out.json"))
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {
        "categories.png",
        "reliability.png",
        "intents.png",
        "learning_curve.png",
    }
    scores = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert scores["learning_curve"][1] == [2, 0.4, 0.6]


@pytest.mark.parametrize("name", ["reports", "others", "personal-data"])
@pytest.mark.parametrize("row", ["no json", {"text": ""}])
def test_a_bad_file_ends_with_one_sentence(files: dict[str, Path], name: str, row: Any, capsys) -> None:
    path = write(files[name], row)
    with pytest.raises(SystemExit) as stopped:
        run(files)
    message = stopped.value.code  # a text: Python prints it and exits with 1
    assert isinstance(message, str)
    assert message.startswith(f"{path}:1: ")
    assert "\n" not in message
    assert capsys.readouterr().out == ""


def test_a_missing_model_and_a_wrong_map_end_with_one_sentence(files: dict[str, Path]) -> None:
    with pytest.raises(SystemExit, match="no such model; run `sifra train`"):
        command.main(["nlu", "--model", "missing"])
    with pytest.raises(SystemExit, match="--map hello: write THEIRS=OURS"):
        run(files, "--map", "hello")
