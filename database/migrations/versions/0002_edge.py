"""The edge: transcript, issued buttons, inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, those that others point to first."""
    op.create_table(
        "transcript",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("speaker", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("card", sa.JSON()),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_transcript"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_transcript_conversation_id_conversations"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_transcript_conversation", "transcript", ["conversation_id", "seq"])
    op.create_table(
        "buttons",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("style", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_buttons"),
        sa.ForeignKeyConstraint(["seq"], ["transcript.seq"], name="fk_buttons_seq_transcript"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_buttons_conversation_id_conversations"
        ),
    )
    op.create_index("ix_buttons_seq", "buttons", ["seq"])
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text()),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("channel", "message_id", name="uq_inbox_channel_message_id"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_inbox_conversation_id_conversations"
        ),
        sa.ForeignKeyConstraint(["seq"], ["transcript.seq"], name="fk_inbox_seq_transcript"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_waiting", "inbox", ["status", "conversation_id", "id"])


def downgrade() -> None:
    """Drop the tables, those that point to others first."""
    for table in ("inbox", "buttons", "transcript"):
        op.drop_table(table)
