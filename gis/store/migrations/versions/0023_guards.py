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
    # Each jurisdiction's channels have numbers of their own.
    op.add_column("supplement", sa.Column("jurisdiction_id", sa.BigInteger(), nullable=True))
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
    op.alter_column("supplement", "jurisdiction_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_supplement_jurisdiction_id"), "supplement", "organisation", ["jurisdiction_id"],
        ["id"],
    )  # fmt: skip
    for table in ("incident", "supplement"):
        op.drop_index(f"uq_{table}_source_ref", table_name=table)
        op.create_index(
            f"uq_{table}_source_ref", table, ["source", "source_ref", "jurisdiction_id"],
            unique=True, postgresql_where=NUMBERED,
        )  # fmt: skip
    op.drop_constraint("uq_unlocated_report_source_source_ref", "unlocated_report", type_="unique")
    op.create_unique_constraint(
        op.f("uq_unlocated_report_source_source_ref_jurisdiction_id"), "unlocated_report",
        ["source", "source_ref", "jurisdiction_id"],
    )  # fmt: skip
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
