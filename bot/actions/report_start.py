"""A report that begins."""

from __future__ import annotations

from typing import Any

from bot.actions.message import latest_message, latest_typed_message
from bot.actions.report_draft import ReportDraft, described_by


def new_draft(tracker: Any) -> ReportDraft:
    """Make a fresh draft of what the latest message tells; nothing of an earlier one can leak into it."""
    message = latest_message(tracker)
    draft = ReportDraft(
        kind="improvement" if message.intent == "start_improvement" else "deviation",
        anonymous=message.intent == "anonymous_request",
    )
    if message.button.get("use") == "previous":
        message = latest_typed_message(tracker)
        return described_by(draft, message) if message.text else draft
    return described_by(draft, message) if message.intent == "report_deviation" else draft
