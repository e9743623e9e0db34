"""Handling of cases: history, comments, watchers, breaches; a keyed origin instead of the conversation.

The conversation of a case filed before is forgotten, as the key of its origin is not the database's to know.
Who had reported anonymously then follows up by number no longer.
"""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OLD_TABLES = ("case_routines", "measures", "cases")
_OLD_COLUMNS = (
    *("number", "draft_id", "channel", "kind", "category", "subtype", "severity", "status", "title"),
    *("description", "unit_id", "place", "occurred_at", "occurred_text", "reporter_id", "anonymous"),
    *("assignee_id", "due_date", "reported_at", "closed_at", "closing_note"),
)
_OSLO = ZoneInfo("Europe/Oslo")


def upgrade() -> None:
    """Build the tables of cases anew and carry over what they hold."""
    kept = _take_out()
    op.drop_table("cases")
    _create_cases()
    _create_parts()
    _create_history()
    _put_back(kept, _handled)


def downgrade() -> None:
    """Go back to cases that nobody can handle. **Comments, history and breaches are lost.**"""
    kept = _take_out()
    for table in (
        *("trend_alerts", "case_breaches", "case_subscriptions", "case_events", "case_attachments"),
        *("case_involved", "case_watchers", "case_comments"),
    ):
        op.drop_table(table)
    op.drop_table("cases")
    _create_old_cases()
    _create_old_parts()
    _put_back(kept, lambda row: {name: row[name] for name in _OLD_COLUMNS})


def _take_out() -> dict[str, list[dict[str, Any]]]:
    """Read all three tables and drop the two that point to cases."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for table in _OLD_TABLES:
        if not op.get_context().as_sql:
            rows = op.get_bind().execute(sa.text(f"SELECT * FROM {table}")).mappings()  # noqa: S608
            kept[table] = [dict(row) for row in rows]
    for table in _OLD_TABLES[:2]:
        op.drop_table(table)
    return kept


def _put_back(kept: dict[str, list[dict[str, Any]]], convert: Any) -> None:
    if not kept:
        return
    columns = {"measures": {"case_number", "position", "text", "responsible_id", "done_at"}}
    bind = op.get_bind()
    for table in reversed(_OLD_TABLES):
        rows = kept[table]
        if table == "cases":
            rows = [convert(row) for row in rows]
        elif table in columns:
            rows = [{name: row[name] for name in columns[table]} for row in rows]
        if rows:
            names: Sequence[str] = list(rows[0])
            places = ", ".join(f":{name}" for name in names)
            bind.execute(
                sa.text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"),  # noqa: S608
                rows,
            )


def _handled(row: dict[str, Any]) -> dict[str, Any]:
    told = " ".join(row[name] or "" for name in ("title", "description", "place"))
    return {
        **{name: row[name] for name in _OLD_COLUMNS},
        "search_text": unicodedata.normalize("NFC", told).casefold(),
        "protected": False,
        "sensitive": False,
        "reported_on": _norwegian_day(row["reported_at"]),
        "version": 1,
    }


def _norwegian_day(moment: datetime | str) -> Any:
    # Without its type SQLite gives the text that it stores: UTC without an offset.
    if isinstance(moment, str):
        day = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(_OSLO).date()
        return day.isoformat()
    return moment.astimezone(_OSLO).date()


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(32)),
        sa.Column("draft_id", sa.String(64)),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("subtype", sa.String(64)),
        sa.Column("severity", sa.String(32), nullable=False),
        sa.Column("likelihood", sa.String(32)),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("nonce", sa.String(32)),
        sa.Column("unit_id", sa.String(64)),
        sa.Column("place", sa.String(500)),
        sa.Column("occurred_at", sa.DateTime(timezone=True)),
        sa.Column("occurred_text", sa.String(500)),
        sa.Column("reporter_id", sa.String(64)),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("assignee_id", sa.String(64)),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("responded_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closing_note", sa.Text()),
        sa.Column("merged_into", sa.String(16)),
        sa.Column("anonymised_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_cases"),
        sa.UniqueConstraint("origin", "draft_id", name="uq_cases_origin_draft_id"),
        sa.CheckConstraint(
            "NOT anonymous OR reporter_id IS NULL", name=op.f("ck_cases_anonymous_has_no_reporter")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.unit_id"], name="fk_cases_unit_id_units"),
        _to_person("cases", "reporter_id"),
        _to_person("cases", "assignee_id"),
        sa.ForeignKeyConstraint(["merged_into"], ["cases.number"], name="fk_cases_merged_into_cases"),
    )
    for columns in (
        *(["reporter_id"], ["assignee_id"], ["reported_on"], ["status", "due_date"]),
        *(["unit_id", "reported_on"], ["category", "reported_on"], ["unit_id", "status", "due_date"]),
        *(["merged_into"], ["closed_at"]),
    ):
        op.create_index(f"ix_cases_{'_'.join(columns)}", "cases", columns)


def _create_parts() -> None:
    op.create_table(
        "measures",
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("nonce", sa.String(32)),
        sa.Column("responsible_id", sa.String(64)),
        sa.Column("deadline", sa.Date()),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("case_number", "position", name="pk_measures"),
        _to_case("measures"),
        _to_person("measures", "responsible_id"),
    )
    op.create_index("ix_measures_responsible_id", "measures", ["responsible_id"])
    op.create_table(
        "case_routines",
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("routine_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("case_number", "position", name="pk_case_routines"),
        _to_case("case_routines"),
    )
    op.create_index("ix_case_routines_routine_id", "case_routines", ["routine_id"])
    op.create_table(
        "case_comments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("author_id", sa.String(64)),
        sa.Column("speaker", sa.String(32), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("nonce", sa.String(32)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_comments"),
        _to_case("case_comments"),
        _to_person("case_comments", "author_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_comments_case_number", "case_comments", ["case_number"])
    for table in ("case_watchers", "case_involved"):
        op.create_table(
            table,
            sa.Column("case_number", sa.String(16), nullable=False),
            sa.Column("employee_id", sa.String(64), nullable=False),
            sa.PrimaryKeyConstraint("case_number", "employee_id", name=f"pk_{table}"),
            _to_case(table),
            _to_person(table, "employee_id"),
        )
        op.create_index(f"ix_{table}_employee_id", table, ["employee_id"])
    op.create_table(
        "case_attachments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(64)),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_attachments"),
        _to_case("case_attachments"),
        _to_person("case_attachments", "added_by"),
    )
    op.create_index("ix_case_attachments_case_number", "case_attachments", ["case_number"])


def _create_history() -> None:
    op.create_table(
        "case_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(64)),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_events"),
        sa.UniqueConstraint("case_number", "seq", name="uq_case_events_case_number_seq"),
        _to_case("case_events"),
        _to_person("case_events", "actor_id"),
    )
    op.create_index("ix_case_events_actor_id_at", "case_events", ["actor_id", "at"])
    op.create_table(
        "case_subscriptions",
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("frequency", sa.String(16), nullable=False),
        sa.Column("weekday", sa.Integer()),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("employee_id", name="pk_case_subscriptions"),
        _to_person("case_subscriptions", "employee_id"),
    )
    op.create_table(
        "case_breaches",
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("discovered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("decision", sa.String(16)),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("case_number", name="pk_case_breaches"),
        _to_case("case_breaches"),
        _to_person("case_breaches", "decided_by"),
    )
    op.create_table(
        "trend_alerts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("unit_id", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trend_alerts"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.unit_id"], name="fk_trend_alerts_unit_id_units"),
    )
    op.create_index("ix_trend_alerts_unit_id", "trend_alerts", ["unit_id"])


def _create_old_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("conversation_id", sa.String(32)),
        sa.Column("draft_id", sa.String(64)),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("subtype", sa.String(64)),
        sa.Column("severity", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.String(64)),
        sa.Column("place", sa.String(500)),
        sa.Column("occurred_at", sa.DateTime(timezone=True)),
        sa.Column("occurred_text", sa.String(500)),
        sa.Column("reporter_id", sa.String(64)),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("assignee_id", sa.String(64)),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closing_note", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_cases"),
        sa.UniqueConstraint("conversation_id", "draft_id", name="uq_cases_conversation_id_draft_id"),
        sa.CheckConstraint(
            "NOT anonymous OR reporter_id IS NULL", name=op.f("ck_cases_anonymous_has_no_reporter")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_cases_conversation_id_conversations"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.unit_id"], name="fk_cases_unit_id_units"),
        _to_person("cases", "reporter_id"),
        _to_person("cases", "assignee_id"),
    )
    for column in ("unit_id", "reporter_id", "assignee_id"):
        op.create_index(f"ix_cases_{column}", "cases", [column])


def _create_old_parts() -> None:
    op.create_table(
        "measures",
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("responsible_id", sa.String(64)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("case_number", "position", name="pk_measures"),
        _to_case("measures"),
        _to_person("measures", "responsible_id"),
    )
    op.create_table(
        "case_routines",
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("routine_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("case_number", "position", name="pk_case_routines"),
        _to_case("case_routines"),
    )


def _to_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=f"fk_{table}_case_number_cases")


def _to_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["people.employee_id"], name=f"fk_{table}_{column}_people")
