"""The owning grid exactly, and the coordinate system of each source"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_system",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "source IN ('patrol', 'public_report', 'hotline_12345', 'hotline_110', 'department',"
            " 'sensor')",
            name=op.f("ck_source_system_source"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_system")),
    )
    op.create_index(op.f("ix_source_system_source_id"), "source_system", ["source", "id"])
    op.execute(Path(__file__).with_name("0009_exact_owner.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
