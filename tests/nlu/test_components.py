"""The graph components: what each must do whatever it is, and what only one of them does."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
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
from rasa.shared.utils.io import read_model_configuration

from nlu.components.deviation_classifier import DeviationClassifier
from nlu.components.entity_extractor import NorwegianEntityExtractor, sent_at
from nlu.components.filing_fallback import FilingFallback
from nlu.components.intent_classifier import EnsembleIntentClassifier
from nlu.components.norwegian_tokenizer import NorwegianTokenizer, core_tokens
from nlu.components.personal_data_detector import PersonalDataDetector
from nlu.components.text_featurizer import TextFeaturizer, sentence_features, sentence_vector
from nlu.core import person_names
from nlu.core.errors import ModelFileError
from nlu.core.intents import RANKING_LENGTH
from nlu.importer import message_of
from nlu.training_data import Example, marks

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


@pytest.fixture(scope="module")
def training_data() -> TrainingData:
    examples = []
    for text, place, when, category, subtype, severity in REPORTS:
        labels = {"category": category, "subtype": subtype, "severity": severity, "kind": "deviation"}
        if text.startswith("Olje"):
            labels["kind"] = "improvement"
        found = marks(text, [("place", place or ""), ("time", when or "")])
        examples.append(message_of(Example(text, "report_deviation", tuple(found), labels)))
    examples += [Message({"text": text, "intent": intent}) for text, intent in OTHERS]
    return TrainingData(examples)


COMPONENTS = {
    "tokenizer": NorwegianTokenizer,
    "featurizer": TextFeaturizer,
    "intents": EnsembleIntentClassifier,
    "deviation": DeviationClassifier,
    "entities": NorwegianEntityExtractor,
    "personal data": PersonalDataDetector,
}
# What a handful of rows needs; the rest is as the component has it.
SMALL = {
    "featurizer": {"min_documents": 1, "min_documents_rare": 1},
    "intents": {"hidden": 8, "epochs": 40},
    "deviation": {"hidden": 8, "epochs": 40},
}
FILES = {
    "featurizer": ["features.json"],
    "intents": ["intents.linear.npz", "intents.neural.npz"],
    "deviation": ["kind.npz", "severity.npz", "subtypes.linear.npz", "subtypes.neural.npz"],
    "entities": ["entities.crfsuite"],
}
TRAINED = list(FILES)


@pytest.fixture(scope="module")
def parts(training_data, context, tmp_path_factory) -> dict[str, Part]:
    """Train the pipeline on a handful of rows, in the order of config.yml."""
    made: dict[str, Part] = {}
    for name, kind in COMPONENTS.items():
        folder = tmp_path_factory.mktemp(name)
        storage, resource = LocalModelStorage(folder), Resource("x")
        config = {**kind.get_default_config(), **SMALL.get(name, {})}
        component = kind.create(config, storage, resource, context)
        if name in TRAINED:
            assert component.train(training_data) == resource
        if name in {"tokenizer", "featurizer"}:
            component.process_training_data(training_data)

        def load(kind=kind, config=config, storage=storage, resource=resource, name=name) -> Any:
            if name not in TRAINED:
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


def assert_same(first: Message, second: Message) -> None:
    """Compare what leaves the pipeline, and what later components read."""
    outputs = [
        (item.as_dict(only_output_properties=True), [vars(token) for token in core_tokens(item)])
        for item in (first, second)
    ]
    assert outputs[0] == outputs[1]
    one, other = sentence_vector(first), sentence_vector(second)
    if one is None or other is None:
        assert one is other
    else:  # saved weights are rounded
        np.testing.assert_allclose(one.toarray(), other.toarray(), atol=1e-4)


def finished(parts: dict[str, Part], text: str, **data: Any) -> dict[str, Any]:
    message = prepared(parts, "personal data", text, **data)
    parts["personal data"].component.process([message])
    return message.as_dict(only_output_properties=True)


# What holds for every component


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("text", PROBES, ids=range(len(PROBES)))
def test_a_loaded_component_says_what_the_trained_one_says(parts, name: str, text: str) -> None:
    first, second = prepared(parts, name, text), prepared(parts, name, text)
    parts[name].component.process([first])
    parts[name].load().process([second])
    assert_same(first, second)


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
        assert_same(message, alone)


@pytest.mark.parametrize("name", COMPONENTS)
def test_no_message_is_no_work(parts, name: str) -> None:
    assert parts[name].component.process([]) == []


def test_each_trained_component_keeps_the_files_that_it_needs(parts) -> None:
    kept = {name: sorted(path.name for path in parts[name].files.iterdir()) for name in TRAINED}
    assert kept == FILES


@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in FILES.items() for file in files])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut off", "another file"])
def test_a_missing_or_damaged_file_is_named_at_load(parts, name: str, file: str, damage: str) -> None:
    """An error in one sentence, and not an untrained component."""
    path = parts[name].files / file
    good = path.read_bytes()
    content = {"empty": b"", "cut off": good[: len(good) // 2], "another file": b"Hei, dette er en tekst.\n"}
    try:
        path.unlink() if damage == "missing" else path.write_bytes(content[damage])
        with pytest.raises(ModelFileError) as caught:
            parts[name].load()
    finally:
        path.write_bytes(good)
    assert caught.value.path.name == file
    assert str(caught.value).startswith(str(caught.value.path) + ": ")
    assert len(str(caught.value).splitlines()) == 1
    assert len(caught.value.reason.split()) > 2
    parts[name].load()


@pytest.mark.parametrize("name", TRAINED)
def test_the_same_rows_give_the_same_files(parts, name: str, training_data, context, tmp_path: Path) -> None:
    kind = COMPONENTS[name]
    config = {**kind.get_default_config(), **SMALL.get(name, {})}
    again = kind.create(config, LocalModelStorage(tmp_path), Resource("x"), context)
    again.train(training_data)
    for file in FILES[name]:
        assert (tmp_path / "x" / file).read_bytes() == (parts[name].files / file).read_bytes(), file


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
    [
        ("intents", "intent_ranking", []),
        ("deviation", "deviation", None),
        ("entities", "entities", []),
    ],
)
def test_an_untrained_component_stays_silent(name, key, expected, context, parts, tmp_path: Path) -> None:
    kind = COMPONENTS[name]
    component = kind.create(kind.get_default_config(), LocalModelStorage(tmp_path), Resource("x"), context)
    message = prepared(parts, name, "Furulia")
    component.process([message])
    assert message.get(key) == expected


def test_config_yml_names_these_components_in_this_order_and_only_keys_that_they_know() -> None:
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    kinds = [*COMPONENTS.values(), FilingFallback]
    assert [item["name"].rpartition(".")[2] for item in pipeline] == [kind.__name__ for kind in kinds]
    for item, kind in zip(pipeline, kinds, strict=True):
        assert item["name"] == f"{kind.__module__}.{kind.__name__}"
        assert set(item) - {"name"} <= set(kind.get_default_config())


@pytest.mark.parametrize(
    ("name", "confidence", "asks"),
    [
        ("report_deviation", 0.54, True),
        ("report_deviation", 0.56, False),
        ("ask_routine", 0.54, False),
        ("ask_routine", 0.34, True),
    ],
)
def test_a_report_must_be_surer_than_the_rest(name: str, confidence: float, asks: bool, context) -> None:
    config = {**FilingFallback.get_default_config(), "threshold": 0.35, "filing_threshold": 0.55}
    component = FilingFallback.create(config, None, Resource("x"), context)
    ranking = [{"name": name, "confidence": confidence}, {"name": "other", "confidence": 0.1}]
    message = Message({"text": "x", "intent": dict(ranking[0]), "intent_ranking": ranking})
    component.process([message])
    assert message.get("intent")["name"] == ("nlu_fallback" if asks else name)
    assert message.get("intent_ranking")[-2]["name"] == name


def test_a_message_without_an_intent_is_asked_about(context) -> None:
    component = FilingFallback.create(FilingFallback.get_default_config(), None, Resource("x"), context)
    nothing = {"name": None, "confidence": 0.0}
    message = Message({"text": "x", "intent": nothing, "intent_ranking": []})
    component.process([message])
    assert message.get("intent")["name"] == "nlu_fallback"


def test_rasa_accepts_the_configuration_and_knows_the_classes() -> None:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    graph = DefaultV1Recipe().graph_config_for_recipe(config, {}, training_type=TrainingType.NLU)
    learning, reading = (
        {node.uses for node in schema.nodes.values()} for schema in (graph.train_schema, graph.predict_schema)
    )
    assert {COMPONENTS[name] for name in TRAINED} <= learning
    assert set(COMPONENTS.values()) <= reading


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


def test_an_alarm_of_the_configuration_goes_first(parts, context) -> None:
    files = parts["intents"].files
    message, raised = (prepared(parts, "intents", "Hvor langt er sakene kommet?") for _ in range(2))
    parts["intents"].component.process([message])
    plain = message.get("intent_ranking")
    assert plain[0]["name"] != "greet"
    config = {**EnsembleIntentClassifier.get_default_config(), "alarms": {"greet": 0.0}}
    storage = LocalModelStorage(files.parent)
    EnsembleIntentClassifier.load(config, storage, Resource(files.name), context).process([raised])
    own = {item["name"]: item["confidence"] for item in plain}["greet"]
    first = {"name": "greet", "confidence": pytest.approx(own + plain[0]["confidence"])}
    assert raised.get("intent") == first
    assert raised.get("intent_ranking") == [first, *(item for item in plain if item["name"] != "greet")]


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
        ("12026-00042, 2026-000421, x2026-00042, 1926-00042", []),
        ("sak 42 og avvik 118, ikke rom 12", ["2026-00042", "2026-00118"]),
    ],
)
def test_case_numbers_are_given_as_the_register_writes_them(parts, text: str, numbers: list[str]) -> None:
    found = entities(parts, text, "case_number")
    assert [item["value"] for item in found] == numbers
    for item in found:
        assert item["value"].endswith(text[item["start"] : item["end"]])


def test_a_case_number_without_a_year_is_of_the_year_in_which_it_was_written(parts) -> None:
    new_year = {"metadata": {"sent_at": "2025-12-31T23:30:00+00:00"}}  # in Norway it is 2026
    assert [item["value"] for item in entities(parts, "sak 42", "case_number", **new_year)] == ["2026-00042"]
    older = {"metadata": {"sent_at": "2025-12-31T22:30:00+00:00"}}
    assert [item["value"] for item in entities(parts, "sak 42", "case_number", **older)] == ["2025-00042"]


# The organisation's own names


UNITS = [
    {"label": "unit", "name": "Solbakken sykehjem", "id": "HO-SOL"},
    {"label": "place", "name": "Furulia sykehjem", "id": None},
    {"label": "place", "name": "Nes", "aliases": ["Nesodden brygge"]},
]


@pytest.fixture
def extractor(parts, context, tmp_path: Path) -> Callable[..., NorwegianEntityExtractor]:
    """Load the trained extractor with a file of units and places."""

    def load(path: str | None = None, rows: object = UNITS) -> NorwegianEntityExtractor:
        file = tmp_path / "units.json"
        file.write_text(json.dumps(rows), encoding="utf-8")
        config = {**NorwegianEntityExtractor.get_default_config(), "gazetteer": path or str(file)}
        files = parts["entities"].files
        return NorwegianEntityExtractor.load(
            config, LocalModelStorage(files.parent), Resource(files.name), context
        )

    return load


def named(parts, component: NorwegianEntityExtractor, text: str, label: str) -> list[dict[str, Any]]:
    message = prepared(parts, "entities", text)
    component.process([message])
    return [item for item in message.get("entities") if item["entity"] == label]


def test_a_unit_of_the_organisation_is_found_with_its_name_and_id(parts, extractor) -> None:
    text = "Heisen på solbaken sjukeheim står"
    (unit,) = named(parts, extractor(), text, "unit")
    assert text[unit["start"] : unit["end"]] == unit["value"] == "solbaken sjukeheim"
    assert (unit["name"], unit["id"]) == ("Solbakken sykehjem", "HO-SOL")
    assert 0 < unit["confidence_entity"] < 1
    assert unit["extractor"] == "NorwegianEntityExtractor"


def test_a_learned_place_and_the_name_of_one_are_one_entity(parts, extractor) -> None:
    text = "Noen falt på Furulia sykehjem"
    (learned,) = entities(parts, text, "place")
    (place,) = named(parts, extractor(), text, "place")
    assert (place["value"], place["name"]) == (learned["value"], "Furulia sykehjem")


def test_of_a_learned_place_and_a_name_the_longer_stretch_is_kept(parts, extractor) -> None:
    """The file knows less of the text, then more of it, than was learned."""
    text = "Noen falt på Furulia sykehjem"
    (place,) = named(parts, extractor(rows=[{"label": "place", "name": "Furulia"}]), text, "place")
    assert (place["value"], place["name"]) == ("Furulia sykehjem", "Furulia")
    rows = [{"label": "place", "name": "falt på Furulia sykehjem"}]
    (place,) = named(parts, extractor(rows=rows), text, "place")
    assert place["value"] == place["name"] == "falt på Furulia sykehjem"


def test_two_names_in_one_learned_place_stay_two(parts, extractor) -> None:
    text = "Noen falt på Furulia sykehjem"
    whole = named(parts, extractor(rows=[]), text, "place")
    assert [item["value"] for item in whole] == ["Furulia sykehjem"]
    rows = [{"label": "place", "name": name} for name in ("Furulia", "Sykehjemmet")]
    assert [item["value"] for item in named(parts, extractor(rows=rows), text, "place")] == [
        "Furulia",
        "sykehjem",
    ]


def test_a_file_that_is_missing_or_damaged_is_an_error_at_load(extractor, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"none\.json"):
        extractor(path=str(tmp_path / "none.json"))
    with pytest.raises(ModelFileError, match=r"units\.json"):
        extractor(rows={"label": "unit"})


def test_a_relative_path_starts_at_the_project_folder(extractor) -> None:
    with pytest.raises(ModelFileError) as caught:
        extractor(path="var/no/such.json")
    assert caught.value.path == ROOT / "var" / "no" / "such.json"


def test_a_path_may_name_an_environment_variable(parts, extractor, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SIFRA_VAR_DIR", str(tmp_path))
    assert named(parts, extractor(path="$SIFRA_VAR_DIR/units.json"), "på Solbakken sykehjem", "unit")
    monkeypatch.delenv("SIFRA_VAR_DIR")
    assert not named(parts, extractor(path="$SIFRA_VAR_DIR/units.json"), "på Solbakken sykehjem", "unit")


def test_rasa_keeps_the_variable_of_the_path_until_the_model_is_loaded(monkeypatch) -> None:
    """It would replace `${NAME}` when it trains, and the model would know one machine only."""
    monkeypatch.setenv("SIFRA_VAR_DIR", "/elsewhere")
    pipeline = read_model_configuration(ROOT / "config.yml")["pipeline"]
    paths = [item["gazetteer"] for item in pipeline if "gazetteer" in item]
    assert paths == ["$SIFRA_VAR_DIR/gazetteer.json"]


def test_a_new_file_needs_no_training(parts, extractor) -> None:
    extractor()
    rows = [{"label": "unit", "name": "Granlia skole", "id": "G"}]
    assert [item["id"] for item in named(parts, extractor(rows=rows), "på Granlia", "unit")] == ["G"]


# The language


@pytest.mark.parametrize(
    ("text", "language", "slot"),
    [
        ("Hun skrev at medisinene ikke ble gitt", "nb", ["nb"]),
        ("Det er ikkje bra at ho fekk feil medisin", "nn", ["nn"]),
        ("I fell on the stairs and hurt my back yesterday", "other", []),
        ("привет", "other", []),
        ("hei", None, []),
        ("", None, []),
    ],
)
def test_the_language_is_told_and_only_a_form_of_norwegian_reaches_the_slot(
    parts, text: str, language: str | None, slot: list[str]
) -> None:
    output = finished(parts, text)
    assert output.get("language") == language  # Rasa leaves out what is None
    found = [item for item in output["entities"] if item["entity"] == "language"]
    assert [item["value"] for item in found] == slot
    assert all((item["start"], item["end"]) == (0, len(text)) for item in found)


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


# Personal data


def test_personal_data_reaches_the_output_as_places_without_the_values(parts) -> None:
    text = "Ring Kari Nordmann på 918 27 364 eller kari.nordmann@eksempel.no"
    found = finished(parts, text)["personal_data"]
    assert [(item["type"], text[item["start"] : item["end"]]) for item in found] == [
        ("person", "Kari Nordmann"),
        ("phone", "918 27 364"),
        ("email", "kari.nordmann@eksempel.no"),
    ]
    assert all(item.keys() == {"type", "start", "end"} for item in found)
    assert all(type(item["start"]) is type(item["end"]) is int for item in found)


@pytest.mark.parametrize("text", ["Heisen står", "🔥"])
def test_without_personal_data_the_list_is_empty_and_there(parts, text: str) -> None:
    assert finished(parts, text)["personal_data"] == []


def test_a_damaged_list_of_names_is_an_error_at_the_start(context, tmp_path: Path, monkeypatch) -> None:
    damaged = tmp_path / "names.yml"
    damaged.write_text("a: [", encoding="utf-8")
    monkeypatch.setattr(person_names, "LEXICON_PATH", damaged)
    person_names.lexicon.cache_clear()
    try:
        with pytest.raises(ModelFileError, match=r"names\.yml: "):
            PersonalDataDetector.create({}, LocalModelStorage(tmp_path), Resource("x"), context)
    finally:
        monkeypatch.undo()
        person_names.lexicon.cache_clear()


# Bad input

BAD_INPUT = {
    "English": "I fell on the stairs at Solbakken school yesterday and hurt my back",
    "Polish": "Pacjent upadł wczoraj na schodach i złamał rękę",
    "Arabic": "سقط المريض على الدرج أمس",
    "Ukrainian": "Пацієнт упав учора на сходах",
    "Chinese": "病人昨天在楼梯上摔倒了",
    "Norwegian and English": "Jeg fikk ikke tak i nurse, so the patient fikk feil medisin yesterday",
    "Norwegian and Arabic": "Hun falt i går, المريض",
    "10,000 characters": ("Hun fikk feil medisin på Furulia sykehjem i går. " * 205)[:10_000],
    "10,000 letters": "x" * 10_000,
    "10,000 digits": "1234567890" * 1000,
    "10,000 signs": "?" * 10_000,
    "10,000 emoji": "🔥" * 10_000,
    "10,000 line ends": "a\n" * 5_000,
    "one word": "medisin",
    "one letter": "å",
    "only digits": "91827364",
    "digits of the world": "٣٤٥ １２３ ²³",
    "unknown words": "Qvrzk wuxtli bfghp",
    "repeated letters": "hjeeeelp jeeeeeg faaaalt",
    "decomposed": "Hun datt pa\u030a gla\u030aret, bla\u0308 o\u0338y",
    "marks alone": "\u030a\u0308" * 200,
    "smart quotes": "\u201cHun falt\u201d, sa \u00abKari\u00bb \u2013 \u2018i g\u00e5r\u2019\u2026",
    "empty": "",
    "white space": " \t\n\u00a0\u2028",
    "emoji": "👩🏽‍⚕️🔥🇳🇴",
    "lone surrogate": "Hun falt \ud83d i går \udc00",
    "only surrogates": "\ud83d\ud83d",
    "control characters": "\x00\x07\x1b[31m",
    "right to left": "\u202eilah rof eg\u202c",
    "no width": "\u200b\u200d\ufeff",
    "markup": "<script>alert(1)</script> {{7*7}} [Furulia](place) /greet{}",
    "SQL": "'; DROP TABLE cases; --",
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_has_a_defined_result(parts, case: str) -> None:
    text = BAD_INPUT[case]
    output = finished(parts, text)
    assert output.keys() - {"deviation", "language"} == {
        "intent",
        "intent_ranking",
        "entities",
        "personal_data",
        "text",
    }
    intents = {intent for _, intent in OTHERS} | {"report_deviation"}
    ranking = output["intent_ranking"]
    if ranking:
        assert output["intent"] == ranking[0]
        assert {item["name"] for item in ranking} == intents
        assert sum(item["confidence"] for item in ranking) == pytest.approx(1.0)
    else:
        assert output["intent"] == {"name": None, "confidence": 0.0}
    assert ("deviation" in output) == bool(ranking)
    if ranking:
        chances = [item["confidence"] for item in output["deviation"]["categories"]]
        assert sum(chances) == pytest.approx(1.0)
        assert 0 <= output["deviation"]["severity"]["confidence"] <= 1
    for span in [*output["entities"], *output["personal_data"]]:
        assert 0 <= span["start"] < span["end"] <= len(text)
    assert output.get("language") in (None, "nb", "nn", "other")


@pytest.mark.parametrize(
    ("case", "understood"),
    [
        ("one word", True),
        ("repeated letters", True),
        ("10,000 characters", True),
        ("smart quotes", True),
        ("lone surrogate", True),
        ("Arabic", False),
        ("Ukrainian", False),
        ("Chinese", False),
        ("empty", False),
        ("white space", False),
        ("emoji", False),
        ("only surrogates", False),
        ("10,000 emoji", False),
    ],
)
def test_bad_input_is_read_as_far_as_something_in_it_is_known(parts, case: str, understood: bool) -> None:
    assert bool(finished(parts, BAD_INPUT[case])["intent_ranking"]) is understood


def test_composed_and_decomposed_letters_are_read_alike(parts) -> None:
    composed = "På Solbakken slår en beboer, ring Åse Bråthen på 918 27 364"
    decomposed = unicodedata.normalize("NFD", composed)
    assert decomposed != composed
    first, second = (finished(parts, text) for text in (composed, decomposed))
    for key in ("intent_ranking", "deviation", "language"):
        assert first[key] == second[key]
    assert [item["type"] for item in second["personal_data"]] == ["person", "phone"]
    for item, same in zip(first["personal_data"], second["personal_data"], strict=True):
        written = unicodedata.normalize("NFC", decomposed[same["start"] : same["end"]])
        assert composed[item["start"] : item["end"]] == written


# The whole


@pytest.mark.parametrize("text", [*PROBES, "", "\x00"], ids=range(len(PROBES) + 2))
def test_the_output_is_plain_json(parts, text: str) -> None:
    output = finished(parts, text)
    assert json.loads(json.dumps(output)) == output
    assert {"intent", "intent_ranking", "entities"} <= set(output)
