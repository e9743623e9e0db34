"""How actions speak: a response key with variables, in the language of the conversation."""

from __future__ import annotations

from typing import Any

LANGUAGES = ("nb", "nn")
# Rasa's interpolator takes this pair for a placeholder that it failed to fill.
_PLACEHOLDER = "0["


def language_of(tracker: Any) -> str:
    """Return the written form of the conversation: "nb" unless the person writes Nynorsk."""
    language = tracker.get_slot("language")
    return language if language in LANGUAGES else LANGUAGES[0]


def say(
    dispatcher: Any, response: str, *, buttons: list[dict[str, str]] | None = None, **variables: Any
) -> None:
    """Utter a response of domain.yml.

    Args:
        buttons: further buttons, each with title and payload.
        variables: fill the response; None becomes "". Lists and dicts are passed on as they are.
    """
    values = {key: _plain(value) for key, value in variables.items()}
    dispatcher.utter_message(response=response, buttons=buttons, **values)


def harmless(text: str) -> str:
    """Break up what Rasa's interpolator would stumble over; doing it twice changes nothing more."""
    return text.replace(_PLACEHOLDER, "0\u200b[")


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else value
