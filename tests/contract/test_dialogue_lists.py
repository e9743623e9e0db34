"""Lists that must agree: the domain, the rules, the actions, the data files."""

import ast
import json
import re
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from bot.actions.answer_buttons import (
    helped_buttons,
    note_missing_button,
    report_button,
    see_also_buttons,
)
from bot.actions.case_act_model import Verb
from bot.actions.case_missing import NEEDS
from bot.actions.message import BUTTON_ENTITIES
from bot.actions.phrases import names
from bot.actions.report_draft import CATEGORIES, SEVERITIES
from cases.breaches import Decision
from cases.labels import label
from cases.subscriptions import Frequency

ROOT = Path(__file__).parents[2]
LANGUAGES = ("nb", "nn")
# Spoken by Rasa itself or only named in rules.
DEFAULT_INTENTS = {"nlu_fallback", "button"}


def _yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    content: dict[str, Any] = _yaml("domain.yml")
    return content


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    return [
        rule for path in sorted((ROOT / "bot/data/rules").glob("*.yml")) for rule in _yaml(str(path))["rules"]
    ]


def test_every_custom_action_exists_and_no_other(domain: dict[str, Any]) -> None:
    executor = ActionExecutor()
    executor.register_package("bot.actions")
    assert set(executor.actions) == set(domain["actions"])


def test_every_response_has_bokmal_and_nynorsk_with_the_same_variables(domain: dict[str, Any]) -> None:
    for key, variants in domain["responses"].items():
        conditions = [variant.get("condition") for variant in variants]
        assert conditions == [[{"type": "slot", "name": "language", "value": "nn"}], None], key
        variables = [set(re.findall(r"(?<!{){([a-z_]+)}(?!})", str(variant))) for variant in variants]
        assert variables[0] == variables[1], key
        payloads = [[button["payload"] for button in variant.get("buttons", [])] for variant in variants]
        assert payloads[0] == payloads[1], key


def test_no_response_shouts(domain: dict[str, Any]) -> None:
    assert not [key for key, variants in domain["responses"].items() if "!" in str(variants)]


def test_every_intent_is_answered_by_a_rule(domain: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    answered = {step["intent"] for rule in rules for step in rule["steps"] if "intent" in step}
    assert answered == set(domain["intents"])


def test_every_intent_has_training_rows(domain: dict[str, Any]) -> None:
    rows = [
        yaml.safe_load(line)["intent"]
        for path in (ROOT / "nlu/data/intents").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()[:1]
    ]
    trained = {"start_over" if intent == "restart" else intent for intent in rows} | {"report_deviation"}
    assert trained <= set(domain["intents"])


def test_every_response_that_rules_or_actions_name_exists_and_none_is_left_over(
    domain: dict[str, Any], rules: list[dict[str, Any]]
) -> None:
    in_rules = {step["action"] for rule in rules for step in rule["steps"] if "action" in step}
    named = {name for name in in_rules if name.startswith("utter_")}
    for path in (ROOT / "bot/actions").glob("*.py"):
        named |= {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch("utter_[a-z_]+[a-z]", node.value)
        }
    built = {
        f"utter_ask_report_{question}"
        for question in ("text", "category", "place", "time", "severity", "change")
    }
    built |= {f"utter_case_did_{verb.value}" for verb in Verb if verb is not Verb.UNDO}
    built |= {f"utter_case_ask_{wanted}" for wanted in {need for needs in NEEDS.values() for need in needs}}
    built |= {"utter_case_ask_number", "utter_case_undone", "utter_case_answered"}
    built |= {f"utter_breach_{decision.value}" for decision in Decision}
    built |= {f"utter_subscribed_{frequency.value}" for frequency in Frequency}
    assert named | built == set(domain["responses"])


def test_every_button_payload_is_an_intent_of_the_domain(domain: dict[str, Any]) -> None:
    payloads = {
        button["payload"]
        for variants in domain["responses"].values()
        for variant in variants
        for button in variant.get("buttons", [])
    }
    assert {re.match("/([a-z_]+)", payload)[1] for payload in payloads} <= set(domain["intents"])  # type: ignore[index]


def test_buttons_carry_only_what_rasa_hands_on(domain: dict[str, Any]) -> None:
    """Rasa drops an entity of a payload that the domain does not know."""
    assert set(BUTTON_ENTITIES) <= set(domain["entities"])
    document = SimpleNamespace(id="A", title="Fall", shared_by=None)
    hit: Any = SimpleNamespace(anchor="tiltak", document=document)
    buttons = [
        *helped_buttons("key", hit, ["A"], "nb"),
        *see_also_buttons("key", [hit], ["B"], "nn"),
        note_missing_button("key", "nb"),
        report_button("nn"),
    ]
    for button in buttons:
        intent, brace, values = button["payload"].removeprefix("/").partition("{")
        assert intent in domain["intents"]
        assert set(json.loads(brace + values) if brace else {}) <= set(BUTTON_ENTITIES)
    assert len(buttons) == 5


def test_words_for_fields_and_values_name_what_the_code_knows() -> None:
    meanings = set(names().values())
    assert {value for field, value in meanings if field == "category"} == set(CATEGORIES)
    assert {value for field, value in meanings if field == "severity"} == set(SEVERITIES)
    assert {value for field, value in meanings if field == "field"} == {
        "text",
        "category",
        "place",
        "time",
        "severity",
    }
    assert all(word == word.casefold() for word in names())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_that_the_classifier_can_give_has_a_name(language: str) -> None:
    for path in (ROOT / "nlu/data/deviations").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for field in ("category", "subtype", "severity"):
                assert label(field, row[field], language)


def test_phrases_have_both_forms_with_the_same_variables() -> None:
    for key, forms in _yaml("bot/actions/phrases.yml").items():
        assert set(forms) == set(LANGUAGES), key
        fields = [
            {name for _, name, _, _ in Formatter().parse(forms[language]) if name} for language in LANGUAGES
        ]
        assert fields[0] == fields[1], key
