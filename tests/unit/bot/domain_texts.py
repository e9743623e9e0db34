"""The responses of domain.yml, filled as Rasa 3.6 fills them, only strictly.

`interpolate` follows `rasa/core/nlg/interpolator.py`. Rasa answers with the unfilled text when a variable
is missing; here that is an error, and slots do not help out.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
VARIANTS = {"nn": 0, "nb": 1}
VARIABLE = re.compile(r"(?<!{){([a-z_]+)}")
FILLED_PARTS = ("text", "custom", "buttons")
# What `CollectingDispatcher` puts into each message besides the variables of the response.
OTHER_PARTS = {"text", "buttons", "elements", "custom", "template", "response", "image", "attachment"}


@lru_cache(maxsize=1)
def responses() -> dict[str, list[dict[str, Any]]]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    found: dict[str, list[dict[str, Any]]] = content["responses"]
    return found


def keys_with_variables() -> set[str]:
    return {
        key
        for key, variants in responses().items()
        if any(VARIABLE.search(text) for variant in variants for text in texts(variant))
    }


def render(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Fill a response in both written forms.

    Args:
        message: as `CollectingDispatcher` holds it.
    Raises:
        AssertionError: a variable is missing or None, a brace is left over, or a payload is no payload.
    """
    # A variable of one of these names would overwrite the filled response.
    assert not any(message[part] for part in ("text", "custom", "elements", "image", "attachment"))
    values = {key: value for key, value in message.items() if key not in OTHER_PARTS}
    for key, value in values.items():
        assert value is not None, f"{message['response']}: {key} is None"
    rendered = {}
    for language, place in VARIANTS.items():
        variant = deepcopy(responses()[message["response"]][place])
        filled = {part: interpolate(variant[part], values) for part in FILLED_PARTS if part in variant}
        filled["buttons"] = [*filled.get("buttons", []), *message["buttons"]]
        for button in filled["buttons"]:
            intent, given = re.fullmatch(r"/([a-z_]+)(\{.*\})?", button["payload"]).groups()  # type: ignore[union-attr]
            assert intent and (given is None or isinstance(json.loads(given), dict))
        rendered[language] = filled
    return rendered


def interpolate(part: Any, values: dict[str, Any]) -> Any:
    if isinstance(part, str):
        return _interpolate_text(part, values)
    if isinstance(part, dict):
        return {key: interpolate(item, values) for key, item in part.items()}
    if isinstance(part, list):
        return [interpolate(item, values) for item in part]
    return part


def _interpolate_text(template: str, values: dict[str, Any]) -> str:
    missing = set(VARIABLE.findall(template)) - set(values)
    assert not missing, f"{template}: {missing}"
    text = re.sub(r"{([^\n{}]+?)}", r"{0[\1]}", template).format(values)
    return template.format({}) if "0[" in text else text


def texts(part: Any) -> Iterator[str]:
    """All strings in a response."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for item in part.values():
            yield from texts(item)
    elif isinstance(part, list):
        for item in part:
            yield from texts(item)
