"""The graph components: what each must do whatever it is, and what only one of them does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.shared.data import TrainingType
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.deviation_classifier import DeviationClassifier
from nlu.components.entity_extractor import NorwegianEntityExtractor, sent_at
from nlu.components.linear_intent_classifier import RANKING_LENGTH, LinearIntentClassifier
from nlu.components.norwegian_tokenizer import NorwegianTokenizer, core_tokens
from nlu.components.text_featurizer import TextFeaturizer, sentence_features, sentence_vector
from nlu.core.errors import ModelFileError
from nlu.training_data import annotate

ROOT = Path(__file__).resolve().parents[2]
SENT_AT = "2026-11-20T14:00:00+01:00"
REPORTS = [
    (
        "Jeg falt på glatta utenfor Solbakken skole i går",
        "Solbakken skole",
        "i går",
        "hms",
        "fall",
        "middels",
    ),
    ("En beboer slo meg på Furulia sykehjem", "Furulia sykehjem", None, "hms", "vold", "hoy"),
    ("Eg datt på isen ved Fjordvik skule i natt", "Fjordvik skule", "i natt", "hms", "fall", "middels"),
    ("Hun fikk feil medisin på Furulia sykehjem", "Furulia sykehjem", None, "tjeneste", "legemiddel", "hoy"),
    ("Feil dose ble gitt på Solbakken", "Solbakken", None, "tjeneste", "legemiddel", "hoy"),
    ("Brev sendt til feil person fra NAV", None, None, "personvern", "feilsendt", "lav"),
    ("E-post med journal gikk til feil mottaker i går", None, "i går", "personvern", "feilsendt", "lav"),
    ("Olje renner ut i bekken bak verkstedet", "bekken bak verkstedet", None, "miljo", "utslipp", "hoy"),
]
OTHERS = [
    ("Hvordan melder jeg fravær?", "ask_routine"),
    ("Hva er rutinen for nøkler?", "ask_routine"),
    ("Korleis loggar eg inn?", "ask_routine"),
    ("hei", "greet"),
    ("god morgen", "greet"),
    ("hallo der", "greet"),
    ("Hvor langt er 2026-00042 kommet?", "query_cases"),
    ("Vis sakene mine", "query_cases"),
    ("status på saken 2026-00077", "query_cases"),
]
PROBES = [
    "Hun falt på Solbakken skole i går kl 14, se 2026-00042.",
    "Det er ikkje bra at ho fekk feil medisin på Furulia sykehjem",
    "hei",
    "A\u030apen kum pa\u030a Bølgen 🔥",
    "(" * 300,
    "x",
]


@dataclass
class Part:
    """A trained component and how to have it anew."""

    component: Any
    load: Callable[[], Any]
    files: Path


@pytest.fixture(scope="module")
def context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), node_name="x")


def parsed(marked: str) -> tuple[str, list[dict[str, Any]]]:
    from rasa.shared.nlu.training_data.entities_parser import (
        find_entities_in_training_example,
        replace_entities,
    )

    return replace_entities(marked), find_entities_in_training_example(marked)


@pytest.fixture(scope="module")
def training_data() -> TrainingData:
    examples = []
    for text, place, when, category, subtype, severity in REPORTS:
        plain, entities = parsed(annotate(text, [("place", place or ""), ("time", when or "")]))
        labels = {"category": category, "subtype": subtype, "severity": severity, "kind": "deviation"}
        if text.startswith("Olje"):
            labels["kind"] = "improvement"
        data = {"intent": "report_deviation", "entities": entities, "metadata": {"example": labels}}
        examples.append(Message({"text": plain, **data}))
    examples += [Message({"text": text, "intent": intent}) for text, intent in OTHERS]
    return TrainingData(examples)


COMPONENTS = {
    "tokenizer": NorwegianTokenizer,
    "featurizer": TextFeaturizer,
    "intents": LinearIntentClassifier,
    "deviation": DeviationClassifier,
    "entities": NorwegianEntityExtractor,
}
TRAINED = ["featurizer", "intents", "deviation", "entities"]


@pytest.fixture(scope="module")
def parts(training_data, context, tmp_path_factory) -> dict[str, Part]:
    """Train the pipeline on a handful of rows, in the order of config.yml."""
    made: dict[str, Part] = {}
    for name, kind in COMPONENTS.items():
        folder = tmp_path_factory.mktemp(name)
        storage, resource = LocalModelStorage(folder), Resource("x")
        config = {**kind.get_default_config(), **({"min_documents": 1} if name == "featurizer" else {})}
        component = kind.create(config, storage, resource, context)
        if name in TRAINED:
            assert component.train(training_data) == resource
        if name in {"tokenizer", "featurizer"}:
            component.process_training_data(training_data)

        def load(kind=kind, config=config, storage=storage, resource=resource, name=name) -> Any:
            if name == "tokenizer":
                return kind.create(config, storage, resource, context)
            return kind.load(config, storage, resource, context)

        made[name] = Part(component, load, folder / "x")
    return made


def prepared(parts: dict[str, Part], name: str, text: str, **data: Any) -> Message:
    """Return a message that has passed what comes before a component."""
    message = Message({"text": text, "metadata": {"sent_at": SENT_AT}, **data})
    for earlier in list(COMPONENTS)[: list(COMPONENTS).index(name)]:
        parts[earlier].component.process([message])
    return message


def output_of(message: Message) -> dict[str, Any]:
    """Return what leaves the pipeline, and what later components read."""
    vector = sentence_vector(message)
    return {
        **message.as_dict(only_output_properties=True),
        "tokens": [vars(token) for token in core_tokens(message)],
        "vector": None if vector is None else vector.toarray().round(5).tolist(),
    }


def finished(parts: dict[str, Part], text: str, **data: Any) -> dict[str, Any]:
    message = prepared(parts, "entities", text, **data)
    parts["entities"].component.process([message])
    return message.as_dict(only_output_properties=True)


# What holds for every component


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("text", PROBES, ids=range(len(PROBES)))
def test_a_loaded_component_says_what_the_trained_one_says(parts, name: str, text: str) -> None:
    first, second = prepared(parts, name, text), prepared(parts, name, text)
    parts[name].component.process([first])
    parts[name].load().process([second])
    assert output_of(first) == output_of(second)


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t\u00a0", "🔥", "\x00", "x" * 20_000, "\ud83d alene"], ids=range(7)
)
def test_no_text_stops_a_component(parts, name: str, text: str) -> None:
    message = prepared(parts, name, text)
    assert parts[name].component.process([message]) == [message]


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_message_that_skipped_the_earlier_components_is_let_through(parts, name: str) -> None:
    for data in ({"text": "Hun falt på Solbakken"}, {"intent": "greet"}, {}):
        message = Message(dict(data))
        assert parts[name].component.process([message]) == [message]


@pytest.mark.parametrize("name", COMPONENTS)
def test_many_messages_are_each_read_alone(parts, name: str) -> None:
    together = [prepared(parts, name, text) for text in PROBES]
    parts[name].component.process(together)
    for message, text in zip(together, PROBES, strict=True):
        alone = prepared(parts, name, text)
        parts[name].component.process([alone])
        assert output_of(message) == output_of(alone)


@pytest.mark.parametrize("name", COMPONENTS)
def test_no_message_is_no_work(parts, name: str) -> None:
    assert parts[name].component.process([]) == []


@pytest.mark.parametrize("name", TRAINED)
def test_a_damaged_file_is_an_error_and_not_an_untrained_component(parts, name: str) -> None:
    for path in sorted(parts[name].files.iterdir()):
        good = path.read_bytes()
        try:
            path.write_bytes(good[: len(good) // 2])
            with pytest.raises(ModelFileError, match=path.name):
                parts[name].load()
            path.unlink()
            with pytest.raises(ModelFileError, match=path.name):
                parts[name].load()
        finally:
            path.write_bytes(good)
    parts[name].load()


@pytest.mark.parametrize("name", TRAINED)
def test_an_empty_model_storage_is_an_error(name: str, context, tmp_path: Path) -> None:
    kind = COMPONENTS[name]
    with pytest.raises(ValueError, match="x"):
        kind.load(kind.get_default_config(), LocalModelStorage(tmp_path), Resource("x"), context)


@pytest.mark.parametrize("name", COMPONENTS)
def test_nothing_is_saved_as_a_pickle(parts, name: str) -> None:
    suffixes = {path.suffix for path in parts[name].files.glob("**/*") if path.is_file()}
    assert suffixes <= {".json", ".npz", ".crfsuite"}


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [("intents", "intent_ranking", []), ("deviation", "deviation", None), ("entities", "entities", [])],
)
def test_an_untrained_component_stays_silent(name, key, expected, context, parts, tmp_path: Path) -> None:
    kind = COMPONENTS[name]
    component = kind.create(kind.get_default_config(), LocalModelStorage(tmp_path), Resource("x"), context)
    message = prepared(parts, name, "Furulia")
    component.process([message])
    assert message.get(key) == expected


def test_config_yml_names_these_components_in_this_order_and_only_keys_that_they_know() -> None:
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    ours = [item for item in pipeline if item["name"].startswith("nlu.")]
    assert [item["name"].rpartition(".")[2] for item in ours] == [
        kind.__name__ for kind in COMPONENTS.values()
    ]
    for item, kind in zip(ours, COMPONENTS.values(), strict=True):
        assert item["name"] == f"{kind.__module__}.{kind.__name__}"
        assert set(item) - {"name"} <= set(kind.get_default_config())


def test_rasa_accepts_the_configuration_and_knows_the_classes() -> None:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    graph = DefaultV1Recipe().graph_config_for_recipe(config, {}, training_type=TrainingType.NLU)
    used = {node.uses for node in graph.train_schema.nodes.values()}
    assert set(COMPONENTS.values()) <= used


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_component_comes_after_what_it_requires(name: str) -> None:
    before = list(COMPONENTS.values())[: list(COMPONENTS).index(name)]
    assert all(kind in before for kind in COMPONENTS[name].required_components())


# Tokenizer and featurizer


def test_tokens_carry_lemmas_and_offsets_of_the_text_as_given(parts) -> None:
    message = prepared(parts, "featurizer", "Ga\u030arden  Rutinar")
    tokens = message.get("text_tokens")
    assert [(token.text, token.start, token.lemma) for token in tokens] == [
        ("Ga\u030arden", 0, "gård"),
        ("Rutinar", 9, "rutine"),
    ]


def test_sentence_features_without_the_featurizer_are_an_error() -> None:
    with pytest.raises(ValueError, match="TextFeaturizer"):
        sentence_features([Message({"text": "hei"})])


# Intents


def test_the_ranking_is_sorted_and_its_head_is_the_intent(parts) -> None:
    for text in PROBES[:4]:
        output = finished(parts, text)
        chances = [item["confidence"] for item in output["intent_ranking"]]
        assert chances == sorted(chances, reverse=True)
        assert sum(chances) == pytest.approx(1.0)
        assert output["intent"] == output["intent_ranking"][0]
        assert len(chances) == 4 <= RANKING_LENGTH


@pytest.mark.parametrize(
    ("text", "intent"),
    [("god morgen!", "greet"), ("vis sakene", "query_cases"), ("Hva er rutinen?", "ask_routine")],
)
def test_what_was_taught_is_known(parts, text: str, intent: str) -> None:
    assert finished(parts, text)["intent"]["name"] == intent


@pytest.mark.parametrize("text", ["🔥🔥", "привет", "", "   "])
def test_a_message_of_unknown_characters_has_no_intent_and_no_assessment(parts, text: str) -> None:
    output = finished(parts, text)
    assert output["intent"] == {"name": None, "confidence": 0.0}
    assert output["intent_ranking"] == []
    assert "deviation" not in output


def test_rasas_fallback_takes_over_a_message_without_intent(parts, context, tmp_path: Path) -> None:
    message = prepared(parts, "entities", "🔥🔥")
    config = {**FallbackClassifier.get_default_config(), "threshold": 0.35}
    fallback = FallbackClassifier.create(config, LocalModelStorage(tmp_path), Resource("x"), context)
    fallback.process([message])
    assert message.get("intent")["name"] == "nlu_fallback"


# Deviations


def test_an_assessment_has_its_shape_and_reaches_the_output(parts) -> None:
    deviation = finished(parts, "Hun fikk feil medisin igjen")["deviation"]
    assert set(deviation) == {"categories", "severity", "kind"}
    assert {item["name"] for item in deviation["categories"]} == {"hms", "tjeneste", "personvern", "miljo"}
    assert deviation["categories"][0].keys() == {"name", "confidence", "subtype"}
    assert (deviation["categories"][0]["name"], deviation["categories"][0]["subtype"]) == (
        "tjeneste",
        "legemiddel",
    )
    assert set(deviation["severity"]) == set(deviation["kind"]) == {"name", "confidence"}


def test_a_report_example_without_labels_stops_the_training(parts, context, tmp_path: Path) -> None:
    kind = DeviationClassifier
    component = kind.create(kind.get_default_config(), LocalModelStorage(tmp_path), Resource("x"), context)
    bad = prepared(parts, "deviation", "Falt")
    bad.set("intent", "report_deviation")
    bad.set("metadata", {"example": {"category": "hms"}})
    with pytest.raises(ValueError, match="subtype, severity, kind"):
        component.train(TrainingData([bad]))


# Entities


def entities(parts, text: str, label: str, **data: Any) -> list[dict[str, Any]]:
    return [item for item in finished(parts, text, **data)["entities"] if item["entity"] == label]


def test_a_place_is_found_at_its_place(parts) -> None:
    text = "Noen falt på Furulia sykehjem"
    (place,) = entities(parts, text, "place")
    assert text[place["start"] : place["end"]] == place["value"] == "Furulia sykehjem"
    assert 0.0 < place["confidence_entity"] <= 1.0


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Hvor er 2026-00042 og 2025-01111?", ["2026-00042", "2025-01111"]),
        ("(2026-00042)", ["2026-00042"]),
        ("2026-0042, 12026-00042, 2026-000421, x2026-00042, 1926-00042", []),
    ],
)
def test_case_numbers_are_matched_exactly(parts, text: str, numbers: list[str]) -> None:
    found = entities(parts, text, "case_number")
    assert [item["value"] for item in found] == numbers
    assert all(text[item["start"] : item["end"]] == item["value"] for item in found)


def test_a_learned_time_is_resolved_and_not_doubled(parts) -> None:
    (when,) = entities(parts, "Jeg falt på glatta utenfor Solbakken skole i går", "time")
    assert when["value"] == "i går"
    assert when["resolved"] == {
        "begins": "2026-11-19T00:00:00+01:00",
        "ends": "2026-11-20T00:00:00+01:00",
        "grain": "day",
    }


def test_a_time_that_only_the_grammar_knows_is_added(parts) -> None:
    (when,) = entities(parts, "status den 3. september kl. 10.15", "time")
    assert when["value"] == "den 3. september kl. 10.15"
    assert when["resolved"]["begins"] == "2026-09-03T10:15:00+02:00"


def test_time_is_seen_from_when_the_message_was_sent(parts) -> None:
    older = {"metadata": {"sent_at": "2026-03-02T07:00:00+00:00"}}
    (when,) = entities(parts, "det hendte i går", "time", **older)
    assert when["resolved"]["begins"] == "2026-03-01T00:00:00+01:00"


@pytest.mark.parametrize("stamp", [None, "", "i går", 42, {"x": 1}])
def test_without_a_readable_stamp_it_is_now(stamp: object) -> None:
    moment = sent_at(Message({"metadata": {"sent_at": stamp}}))
    assert abs(moment - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_a_stamp_without_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        moment = sent_at(Message({"metadata": {"sent_at": "2026-03-02T07:00:00"}}))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert moment.isoformat() == "2026-03-02T07:00:00+00:00"


def test_a_message_without_metadata_is_sent_now() -> None:
    assert abs(sent_at(Message({"text": "x"})) - datetime.now(timezone.utc)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Eg veit ikkje kven eg skal seie det til", ["nn"]),
        ("Jeg vet ikke hvem jeg skal si det til", ["nb"]),
        ("takk", []),
    ],
)
def test_the_written_form_is_an_entity(parts, text: str, form: list[str]) -> None:
    assert [item["value"] for item in entities(parts, text, "language")] == form


def test_entities_of_earlier_components_stay(parts) -> None:
    message = prepared(parts, "entities", "hei")
    message.set("entities", [{"entity": "unit", "value": "NAV", "start": 0, "end": 3}], add_to_output=True)
    parts["entities"].component.process([message])
    assert message.get("entities")[0]["value"] == "NAV"


# The whole


@pytest.mark.parametrize("text", [*PROBES, "", "\x00"], ids=range(len(PROBES) + 2))
def test_the_output_is_plain_json(parts, text: str) -> None:
    output = finished(parts, text)
    assert json.loads(json.dumps(output)) == output
    assert {"intent", "intent_ranking", "entities"} <= set(output)
