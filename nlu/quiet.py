"""Silences the deprecation warnings of Rasa's frozen stack, which nobody can act on, and its chatter."""

from __future__ import annotations

import logging
import warnings


def silence_warnings() -> None:
    """Show no warnings. A filter is not enough: Rasa and TensorFlow set filters of their own."""
    warnings.showwarning = _say_nothing


def silence_logs() -> None:
    """Let only errors through: Rasa's debug log holds what people write."""
    from rasa.utils.log_utils import configure_structlog

    logging.disable(logging.WARNING)
    configure_structlog(logging.ERROR)


def _say_nothing(*_warning: object, **_details: object) -> None:
    return
