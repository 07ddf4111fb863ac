"""Pixels, counts per cell and word of every touched tile, for live maps"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(Path(__file__).with_name("0002_pixels.sql").read_text(encoding="utf-8"))
    px, py = "tile_px(ST_X(location))", "tile_py(ST_Y(location))"
    op.add_column(
        "incident", sa.Column("tile_px", sa.Integer(), sa.Computed(px, persisted=True), nullable=False)
    )
    op.add_column(
        "incident", sa.Column("tile_py", sa.Integer(), sa.Computed(py, persisted=True), nullable=False)
    )
    op.add_column(
        "incident",
        sa.Column(
            "tile_key",
            sa.BigInteger(),
            sa.Computed(f"tile_key({px}, {py})", persisted=True),
            nullable=False,
        ),
    )
    shown = ["id", "tile_px", "tile_py", "top_category", "severity", "is_open", "reported_at"]
    op.create_index("ix_incident_tile", "incident", ["tile_key"], postgresql_include=shown)
    op.create_index(
        "ix_incident_open_tile",
        "incident",
        ["tile_key"],
        postgresql_include=shown,
        postgresql_where=sa.text("is_open"),
    )
    # Its only use was tiles of open incidents.
    op.drop_index("ix_incident_open_location_3857", table_name="incident")
    op.create_table(
        "incident_cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("sum_px", sa.BigInteger(), nullable=False),
        sa.Column("sum_py", sa.BigInteger(), nullable=False),
        sa.Column("open_sum_px", sa.BigInteger(), nullable=False),
        sa.Column("open_sum_py", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_cell")),
        # Counting updates a row in place: room for that on its page keeps the index out of it.
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_incident_cell", "incident_cell", ["level", "cell", "category"])
    op.execute(Path(__file__).with_name("0002_tiles.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
