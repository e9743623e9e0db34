"""What people's questions tell the owners of the routines. No person and no conversation is in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FeedbackKind(StrEnum):
    """What became of a question."""

    HELPED = "helped"
    DID_NOT_HELP = "did_not_help"
    UNANSWERED = "unanswered"
    MISSING = "missing"


GAPS = (FeedbackKind.MISSING, FeedbackKind.UNANSWERED, FeedbackKind.DID_NOT_HELP)
"""What an owner should look at, the plainest first."""


@dataclass(frozen=True)
class Feedback:
    """One question, and what became of it.

    Attributes:
        question_key: names the question, 32 hexadecimal digits; it cannot be turned back into who asked.
        question: as asked, personal data left out.
        language: form of the conversation, "nb" or "nn".
        document_id: the routine that was shown; "" when none was.
        section: anchor of the section that was shown.
        owner: owner of that routine, or of the nearest one to a question without an answer; "" when unknown.
    """

    question_key: str
    kind: FeedbackKind
    question: str
    language: str
    document_id: str = ""
    section: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Gap:
    """A question that the routines did not answer well, once however often it was asked in the same words.

    Attributes:
        count: how often.
        last_asked_at: UTC.
    """

    kind: FeedbackKind
    question: str
    language: str
    document_id: str
    section: str
    owner: str
    count: int
    last_asked_at: datetime
