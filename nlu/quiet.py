"""Silences the deprecation warnings of Rasa's frozen stack, which nobody can act on."""

from __future__ import annotations

import warnings


def silence_warnings() -> None:
    """Show no warnings. A filter is not enough: Rasa and TensorFlow set filters of their own."""
    warnings.showwarning = _say_nothing


def _say_nothing(*_warning: object, **_details: object) -> None:
    return
