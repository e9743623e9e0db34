"""Who stands in for which leader, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "deputies",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("leader_id", sa.String(64), nullable=False),
        sa.Column("deputy_id", sa.String(64), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_deputies"),
        sa.UniqueConstraint(
            "leader_id", "deputy_id", "begins", name="uq_deputies_leader_id_deputy_id_begins"
        ),
        sa.ForeignKeyConstraint(["leader_id"], ["people.employee_id"], name="fk_deputies_leader_id_people"),
        sa.ForeignKeyConstraint(["deputy_id"], ["people.employee_id"], name="fk_deputies_deputy_id_people"),
    )
    op.create_index("ix_deputies_deputy_id", "deputies", ["deputy_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("deputies")
