"""Something that Sifra has to tell somebody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from outbox.errors import InvalidNoticeError

Value = str | int | None
MAX_KEY_CHARS = 200
MAX_ID_CHARS = 64


@dataclass(frozen=True)
class Notice:
    """Something to tell one person, once.

    Attributes:
        key: the same key is posted once, ever, such as `case:2026-00012:taken:7:E1007`.
        template: key in `texts.yml`.
        values: what the template's text needs. Ids such as categories are put in words at delivery, and days
            (`YYYY-MM-DD`) are written out. A text that differs between the languages is given twice, as
            `body_nb` and `body_nn` instead of `body`.
        person_id: an employee, who gets it in the conversation that they used last; None for `origin`.
        origin: the keyed hash of an anonymous reporter's conversation (`organisation.origin`); None for
            `person_id`.
        not_before: aware; it is delivered then or soon after.
        topic: what may cancel it, such as `case:2026-00012`.
        urgent: it ignored quiet hours when `not_before` was set.

    Raises:
        InvalidNoticeError: a field is empty, too long or does not go with another.
    """

    key: str
    template: str
    values: Mapping[str, Value] = field(repr=False)  # what people wrote stays out of logs
    person_id: str | None
    origin: str | None
    not_before: datetime
    topic: str
    urgent: bool = False

    def __post_init__(self) -> None:
        for name, max_chars in (
            ("key", MAX_KEY_CHARS), ("template", MAX_ID_CHARS), ("topic", MAX_ID_CHARS),
            ("person_id", MAX_ID_CHARS), ("origin", MAX_ID_CHARS),
        ):  # fmt: skip
            _check_length(name, getattr(self, name), max_chars)
        if (self.person_id is None) == (self.origin is None):
            raise InvalidNoticeError("person_id", "either a person or an origin gets it")
        if self.not_before.utcoffset() is None:
            raise InvalidNoticeError("not_before", "has no UTC offset")
        for name, value in self.values.items():
            if isinstance(value, bool) or not (value is None or isinstance(value, str | int)):
                raise InvalidNoticeError(name, "is neither text nor a whole number")


def _check_length(field_name: str, text: str | None, max_chars: int) -> None:
    if text is not None and not 1 <= len(text) <= max_chars:
        raise InvalidNoticeError(field_name, f"wants 1 to {max_chars} characters")
