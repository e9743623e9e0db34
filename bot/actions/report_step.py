"""One step of a report: what the dialogue and its buttons give back. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.actions.report_draft import CONFIRM, ReportDraft, ask_next, next_question

SEND, CANCEL, START_OVER = "send", "cancel", "start_over"
ASIDE_INTENTS = frozenset(
    {
        "ask_routine",
        "emergency",
        "whistleblowing",
        "privacy_question",
        "help_capabilities",
        "talk_to_human",
        "query_cases",
        "act_on_case",
        "statistics",
        "subscribe_updates",
        "feedback_positive",
        "feedback_negative",
        "thanks",
        "greet",
        "goodbye",
    }
)


@dataclass(frozen=True)
class Step:
    """The result of one message.

    Attributes:
        draft: the report after it; `outcome` is set when the form is done.
        say: response keys to utter before the next question.
        aside: an intent that is to be answered on the way, or None.
    """

    draft: ReportDraft
    say: tuple[str, ...] = ()
    aside: str | None = None


def send(draft: ReportDraft) -> Step:
    """Send only what the person has seen: the summary must be the open question."""
    if draft.asking == CONFIRM and next_question(draft) == CONFIRM:
        return Step(replace(draft, outcome=SEND))
    return Step(ask_next(draft))


def skip(draft: ReportDraft) -> Step:
    """Leave the open question unanswered."""
    return Step(ask_next(replace(draft, skipped=(*draft.skipped, draft.asking))))
