"""The web chat's JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.messages import Line


class Sending(BaseModel):
    """A message from the page: a text or a pressed button."""

    model_config = ConfigDict(extra="forbid")

    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    text: str | None = None
    button: Annotated[str, Field(max_length=64)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.text is None) == (self.button is None):
            raise ValueError("wants either text or button")
        return self


class Sent(BaseModel):
    """Where the message stands in the conversation."""

    seq: int


class Choice(BaseModel):
    """A button as people see it."""

    id: str
    title: str
    style: str


class Message(BaseModel):
    """A line of the conversation."""

    model_config = ConfigDict(populate_by_name=True)

    seq: int
    speaker: Annotated[Literal["user", "sifra", "system"], Field(serialization_alias="from")]
    text: str
    card: dict[str, Any] | None
    buttons: list[Choice]
    sent_at: datetime

    @classmethod
    def of(cls, line: Line) -> Message:
        """Leave the payloads behind."""
        buttons = [Choice(id=b.button_id, title=b.title, style=b.style) for b in line.buttons]
        return cls.model_validate(
            {
                "seq": line.seq,
                "speaker": line.speaker,
                "text": line.text,
                "card": line.card,
                "buttons": buttons,
                "sent_at": line.sent_at,
            }
        )


class Messages(BaseModel):
    """What is new in the conversation."""

    messages: list[Message]
    pending: bool
    last: int


class PersonOut(BaseModel):
    """Somebody whom one can be."""

    employee_id: str
    name: str
    title: str
    unit: str
    role: str


class SessionOut(BaseModel):
    """Who one is, and in development whom one can be."""

    person: PersonOut | None
    development: bool
    people: list[PersonOut]


class Login(BaseModel):
    """Whom one wants to be; None for nobody."""

    model_config = ConfigDict(extra="forbid")

    employee_id: Annotated[str, Field(max_length=64)] | None
