"""Departments tied to communities (条块融合), with the same history as posts"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "department_tie",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "department_kind",
            sa.Text(),
            sa.Computed("'department'::text", persisted=True),
            nullable=False,
        ),
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "grid_level",
            sa.SmallInteger(),
            sa.Computed("2::smallint", persisted=True),
            nullable=False,
        ),
        sa.Column("held", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("grid_id"), "="),
            (sa.column("department_id"), "="),
            (sa.column("held"), "&&"),
            using="gist",
            name="ex_department_tie_once",
        ),
        sa.CheckConstraint(
            "NOT isempty(held) AND NOT lower_inf(held)", name=op.f("ck_department_tie_held_since")
        ),
        sa.CheckConstraint(
            "upper_inf(held) OR ended_by IS NOT NULL", name=op.f("ck_department_tie_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["department_id", "department_kind"],
            ["organisation.id", "organisation.kind"],
            name=op.f("fk_department_tie_department_id_department_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["grid_id", "grid_level"],
            ["grid.id", "grid.level"],
            name=op.f("fk_department_tie_grid_id_grid_level"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_tie")),
    )
    op.create_index(op.f("ix_department_tie_department_id"), "department_tie", ["department_id"])
    op.execute(
        Path(__file__).with_name("0006_department_ties.sql").read_text(encoding="utf-8")
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
