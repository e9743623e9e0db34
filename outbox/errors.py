"""What can go wrong with notices and pictures.

OutboxError
├── InvalidNoticeError     field, reason: the notice cannot be posted as it is
├── UnknownTemplateError   template: `texts.yml` does not have it
├── MissingValueError      template, names: values that its text needs and that were not given
├── UnknownWordError       kind, word: an id that `texts.yml` has no words for
├── UnknownLanguageError   language: neither `nb` nor `nn`
└── InvalidPictureError    reason: the picture cannot be kept
"""

from collections.abc import Iterable


class OutboxError(Exception):
    """Base of the errors of this room."""


class InvalidNoticeError(OutboxError):
    """A notice cannot be posted; `field` names the attribute of `Notice`, or the value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class UnknownTemplateError(OutboxError):
    """There is no such template."""

    def __init__(self, template: str) -> None:
        super().__init__(f"no template {template}")
        self.template = template


class MissingValueError(OutboxError):
    """A template needs values that are missing or empty."""

    def __init__(self, template: str, names: Iterable[str]) -> None:
        self.template = template
        self.names = tuple(sorted(names))
        super().__init__(f"{template} needs {', '.join(self.names)}")


class UnknownWordError(OutboxError):
    """There are no words for an id."""

    def __init__(self, kind: str, word: str) -> None:
        super().__init__(f"no words for a {kind} of this id")
        self.kind = kind
        self.word = word


class UnknownLanguageError(OutboxError):
    """Sifra writes Norwegian in two forms, and this is none of them."""

    def __init__(self, language: str) -> None:
        super().__init__("the language is nb or nn")
        self.language = language


class InvalidPictureError(OutboxError):
    """A picture cannot be kept."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
