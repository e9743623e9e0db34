"""What became of questions about routines."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "routine_feedback",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("question_key", sa.String(32), nullable=False),
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_routine_feedback"),
        sa.UniqueConstraint(
            "question_key", "document_id", name="uq_routine_feedback_question_key_document_id"
        ),
    )
    op.create_index("ix_routine_feedback_asked_at", "routine_feedback", ["asked_at"])


def downgrade() -> None:
    """Drop the table, with what people said."""
    op.drop_table("routine_feedback")
