"""Where services get the time from, so that tests can hold it still."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers an aware moment."""


def utc_now() -> datetime:
    """The moment now, aware, in UTC."""
    return datetime.now(UTC)
