"""Hand-overs by publishing: which incident went from whom to whom"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

POINTERS = {
    "plan_id": ("plan", False),
    "incident_id": ("incident", False),
    "from_grid_id": ("grid", True),
    "to_grid_id": ("grid", True),
    "from_queue_id": ("queue", True),
    "to_queue_id": ("queue", True),
    "from_person_id": ("person", True),
    "to_person_id": ("person", True),
}


def upgrade() -> None:
    op.create_table(
        "hand_over",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=nullable)
            for name, (_, nullable) in POINTERS.items()
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by_from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by_to_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(from_grid_id, from_queue_id) = 1", name=op.f("ck_hand_over_one_from")
        ),
        sa.CheckConstraint(
            "num_nonnulls(to_grid_id, to_queue_id) = 1", name=op.f("ck_hand_over_one_to")
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_hand_over_{name}"))
            for name, (table, _) in POINTERS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        sa.UniqueConstraint(
            "plan_id", "incident_id", name=op.f("uq_hand_over_plan_id_incident_id")
        ),
    )
    for name in ("from_person_id", "to_person_id", "incident_id"):
        op.create_index(op.f(f"ix_hand_over_{name}"), "hand_over", [name])
    op.execute(Path(__file__).with_name("0007_hand_over.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
