"""The organisation, conversations and the case register."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, those that others point to first."""
    _create_organisation()
    _create_cases()
    op.create_table(
        "measures",
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("responsible_id", sa.String(64)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("case_number", "position", name="pk_measures"),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name="fk_measures_case_number_cases"),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["people.employee_id"], name="fk_measures_responsible_id_people"
        ),
    )
    op.create_table(
        "case_routines",
        sa.Column("case_number", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("routine_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("case_number", "position", name="pk_case_routines"),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name="fk_case_routines_case_number_cases"),
    )


def _create_organisation() -> None:
    op.create_table(
        "units",
        sa.Column("unit_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("parent_id", sa.String(64)),
        sa.Column("sector", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("unit_id", name="pk_units"),
        sa.ForeignKeyConstraint(["parent_id"], ["units.unit_id"], name="fk_units_parent_id_units"),
    )
    op.create_table(
        "people",
        sa.Column("employee_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("unit_id", sa.String(64), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("employee_id", name="pk_people"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.unit_id"], name="fk_people_unit_id_units"),
    )
    op.create_index("ix_people_unit_id", "people", ["unit_id"])
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(512), nullable=False),
        sa.Column("employee_id", sa.String(64)),
        sa.Column("language", sa.String(8)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint("channel", "external_id", name="uq_conversations_channel_external_id"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["people.employee_id"], name="fk_conversations_employee_id_people"
        ),
    )
    op.create_index("ix_conversations_employee_id", "conversations", ["employee_id"])


def _create_cases() -> None:
    op.create_table(
        "case_number_series",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_case_number_series"),
    )
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
        sa.ForeignKeyConstraint(["reporter_id"], ["people.employee_id"], name="fk_cases_reporter_id_people"),
        sa.ForeignKeyConstraint(["assignee_id"], ["people.employee_id"], name="fk_cases_assignee_id_people"),
    )
    for column in ("unit_id", "reporter_id", "assignee_id"):
        op.create_index(f"ix_cases_{column}", "cases", [column])


def downgrade() -> None:
    """Drop the tables, those that point to others first."""
    tables = "case_routines measures cases case_number_series conversations people units"
    for table in tables.split():
        op.drop_table(table)
