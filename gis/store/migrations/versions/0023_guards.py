"""Guards of sign-in, of sources and of departures"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NUMBERED = sa.text("source_ref IS NOT NULL")


def upgrade() -> None:
    # Each city and each district has numbers of its own, wherever their cases move.
    for table in ("incident", "supplement", "unlocated_report"):
        op.add_column(table, sa.Column("ref_of", sa.Text(), nullable=True))
    op.add_column("supplement", sa.Column("caller", sa.Text(), nullable=True))
    op.add_column("photo", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("sign_in_attempt", sa.Column("device", sa.Text(), nullable=True))
    op.add_column(
        "audit_entry", sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=True)
    )
    op.add_column("departure", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("departure", sa.Column("fault", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_departure_failed"), "departure", "(failed_at IS NULL) = (fault IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_photo_address_forgotten"), "photo", "used_at IS NULL OR address IS NULL"
    )
    op.execute(Path(__file__).with_name("0023_guards.sql").read_text(encoding="utf-8"))
    op.alter_column("unlocated_report", "ref_of", nullable=False)
    for table in ("incident", "supplement"):
        op.create_check_constraint(
            op.f(f"ck_{table}_ref_of"), table, "source_ref IS NULL OR ref_of IS NOT NULL"
        )
        op.drop_index(f"uq_{table}_source_ref", table_name=table)
        op.create_index(
            f"uq_{table}_source_ref", table, ["source", "source_ref", "ref_of"],
            unique=True, postgresql_where=NUMBERED,
        )  # fmt: skip
    op.drop_constraint("uq_unlocated_report_source_source_ref", "unlocated_report", type_="unique")
    op.create_unique_constraint(
        op.f("uq_unlocated_report_source_source_ref_ref_of"), "unlocated_report",
        ["source", "source_ref", "ref_of"],
    )  # fmt: skip
    op.create_index(
        op.f("ix_audit_entry_codes"), "audit_entry", ["codes"], postgresql_using="gin"
    )
    # Keys and what waits are an account's, whatever it is called; those of strangers an address's.
    op.drop_index("uq_supplement_key", table_name="supplement")
    op.create_index("uq_supplement_key", "supplement", ["caller", "key"], unique=True)
    op.drop_index("uq_photo_key", table_name="photo")
    op.create_index(
        "uq_photo_key", "photo", ["account_id", "key"], unique=True,
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "uq_photo_key_of_strangers", "photo", ["uploaded_by", "key"], unique=True,
        postgresql_where=sa.text("account_id IS NULL"),
    )  # fmt: skip
    op.drop_index("ix_photo_waiting", table_name="photo")
    op.create_index(
        "ix_photo_waiting", "photo", ["account_id", "address", "uploaded_at"],
        postgresql_where=sa.text("used_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
