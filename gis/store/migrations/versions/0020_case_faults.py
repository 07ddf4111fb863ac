"""The life of a case: what resumes, who checks, what escalates"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column in (
        ("hand", "accepted_account_id"),
        ("hand", "ended_account_id"),
        ("approval", "asked_account_id"),
    ):
        op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, "account", [column], ["id"])
    op.create_index(
        "ix_incident_parked", "incident", ["parked_until"],
        postgresql_where=sa.text("parked_until IS NOT NULL"),
    )  # fmt: skip
    op.execute(Path(__file__).with_name("0020_case_faults.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
