"""From a confirmed draft to the case register."""

from __future__ import annotations

from datetime import datetime

from bot.actions.report_draft import SEVERITIES, ReportDraft
from bot.actions.wiring import Sender, Services
from cases.categories import Category, Kind, Severity
from cases.errors import InvalidReportError
from cases.model import Case, NewReport


def new_report(
    draft: ReportDraft, sender: Sender, unit_id: str | None, routine_ids: tuple[str, ...] = ()
) -> NewReport:
    """Return the report of a draft.

    Args:
        routine_ids: the routines that it seems to concern.

    Raises:
        InvalidReportError: something that a case must have is missing.
    """
    if draft.category is None or draft.severity not in SEVERITIES:
        raise InvalidReportError("category", "is missing")
    time = draft.time or {}
    return NewReport(
        draft_id=draft.draft_id,
        conversation_id=sender.conversation_id,
        channel=sender.channel,
        kind=Kind(draft.kind),
        category=Category(draft.category),
        subtype=draft.subtype,
        severity=Severity(draft.severity),
        description=draft.text,
        unit_id=unit_id,
        place=draft.place,
        occurred_at=datetime.fromisoformat(time["begins"]) if "begins" in time else None,
        occurred_text=time.get("text") or None,
        reporter_id=sender.person.employee_id if sender.person else None,
        anonymous=draft.anonymous,
        protected=draft.protected,
        routine_ids=routine_ids,
    )


def file_draft(
    draft: ReportDraft, sender: Sender, services: Services, routine_ids: tuple[str, ...] = ()
) -> Case:
    """File a confirmed draft; the same draft again gives the same case.

    Raises:
        InvalidReportError: it cannot be filed as it is.
    """
    unit = services.unit_of_report(sender, draft.place, draft.text)
    return services.cases.file(new_report(draft, sender, unit.unit_id if unit else None, routine_ids))
