"""Errors of the edge.

EdgeError
├── ButtonGoneError       the button is unknown, or belongs to another conversation
└── RelayError            Rasa did not complete the turn; the message is tried again
    ├── RasaAwayError     nobody answered: an outage, wait as long as it takes
    └── TurnRefusedError  this message fails: give up after some tries
"""

from __future__ import annotations


class EdgeError(Exception):
    """Base of all errors of the gateway."""


class ButtonGoneError(EdgeError):
    """The button cannot be pressed."""


class RelayError(EdgeError):
    """A turn was not completed."""


class RasaAwayError(RelayError):
    """Rasa, its database or the action server is away."""


class TurnRefusedError(RelayError):
    """The processes answer, but not to this message."""
