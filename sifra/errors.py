"""What can go wrong on the command line, each said in one sentence that tells how to go on.

SifraError
├── SettingsError          a value is missing or not usable
├── PortTakenError         somebody else listens where we want to
├── StepFailedError        a set-up step ended badly; carries the end of its log
├── ServiceFailedError     a process will not become ready; carries the end of its log
└── ChatError              the gateway is away, refuses, or answers too late
"""

from pathlib import Path


class SifraError(Exception):
    """The base: `str()` of it is meant for the operator."""


class SettingsError(SifraError):
    """A setting is missing or not usable."""


class PortTakenError(SifraError):
    """A port that we need is held by another process."""


class _LoggedError(SifraError):
    def __init__(self, message: str, log: Path, tail: str) -> None:
        super().__init__(message)
        self.log = log
        self.tail = tail

    def __str__(self) -> str:
        shown = self.tail or "(the log is empty)"
        return f"{self.args[0]}\nThe last lines of {self.log}:\n\n{shown}"


class StepFailedError(_LoggedError):
    """A set-up step ended with an error."""


class ServiceFailedError(_LoggedError):
    """A process died again and again, or never became ready."""


class ChatError(SifraError):
    """The conversation with the gateway cannot go on."""
