"""Boundaries between units, and what was counted on them"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unit_edge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _jurisdiction(),
        sa.Column("left_id", sa.BigInteger(), nullable=False),
        sa.Column("right_id", sa.BigInteger(), nullable=True),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("cls", sa.SmallInteger(), nullable=True),
        sa.Column(
            "geom_3857",
            Geometry("MULTILINESTRING", srid=3857, spatial_index=False),
            nullable=False,
        ),
        sa.CheckConstraint("left_id < right_id", name=op.f("ck_unit_edge_sides")),
        sa.CheckConstraint("length_m > 0", name=op.f("ck_unit_edge_length")),
        sa.CheckConstraint("cls BETWEEN 0 AND 7", name=op.f("ck_unit_edge_cls")),
        _of_jurisdiction("unit_edge"),
        _of_unit("unit_edge", "left_id"),
        _of_unit("unit_edge", "right_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_edge")),
        sa.UniqueConstraint(
            "left_id",
            "right_id",
            name=op.f("uq_unit_edge_left_id_right_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_unit_edge_geom_3857", "unit_edge", ["geom_3857"], postgresql_using="gist")
    op.create_index(op.f("ix_unit_edge_right_id"), "unit_edge", ["right_id"])
    op.create_index(op.f("ix_unit_edge_jurisdiction_id"), "unit_edge", ["jurisdiction_id"])
    op.create_table(
        "unit_compound",
        _jurisdiction(),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("compound", sa.Text(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        _of_jurisdiction("unit_compound"),
        _of_unit("unit_compound", "unit_id"),
        sa.PrimaryKeyConstraint("unit_id", "compound", name=op.f("pk_unit_compound")),
    )
    op.create_index(op.f("ix_unit_compound_jurisdiction_id"), "unit_compound", ["jurisdiction_id"])
    op.create_table(
        "unit_expectation",
        _jurisdiction(),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("per_year", sa.Double(), nullable=False),
        sa.CheckConstraint("per_year > 0", name=op.f("ck_unit_expectation_per_year")),
        _of_jurisdiction("unit_expectation"),
        _of_unit("unit_expectation", "unit_id"),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_expectation")),
    )
    op.create_index(
        op.f("ix_unit_expectation_jurisdiction_id"), "unit_expectation", ["jurisdiction_id"]
    )
    op.create_table(
        "expectation_count",
        _jurisdiction(),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        _of_jurisdiction("expectation_count"),
        sa.PrimaryKeyConstraint("jurisdiction_id", name=op.f("pk_expectation_count")),
    )
    op.execute(Path(__file__).with_name("0025_boards.sql").read_text(encoding="utf-8"))


def _jurisdiction() -> sa.Column:
    return sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False)


def _of_jurisdiction(table: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["jurisdiction_id"], ["organisation.id"], name=op.f(f"fk_{table}_jurisdiction_id")
    )


def _of_unit(table: str, column: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        [column], ["unit.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
