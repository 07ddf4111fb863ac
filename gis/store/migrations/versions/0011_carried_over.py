"""Incidents that a plan left with their owners, told together; choices that it ended"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carried_over",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("from_plan_id", sa.BigInteger(), nullable=False),
        sa.Column("to_plan_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("incident_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_plan_id"], ["plan.id"], name=op.f("fk_carried_over_from_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_plan_id"], ["plan.id"], name=op.f("fk_carried_over_to_plan_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_over")),
    )
    op.create_index(op.f("ix_carried_over_at"), "carried_over", ["at"])
    op.add_column(
        "hand_over",
        sa.Column("choice_ended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.execute(Path(__file__).with_name("0011_carried_over.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
