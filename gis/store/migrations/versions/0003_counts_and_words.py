"""Words of one and two characters by index; which transaction told of a change"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(Path(__file__).with_name("0003_words.sql").read_text(encoding="utf-8"))
    op.drop_index("ix_incident_words", table_name="incident", if_exists=True)
    op.create_index(
        "ix_incident_words",
        "incident",
        [sa.literal_column("word_keys(title || ' ' || coalesce(address, '')) gin_trgm_ops")],
        postgresql_using="gin",
    )
    op.create_index(
        "ix_incident_serial_end",
        "incident",
        [sa.literal_column("reverse(lower(serial)) text_pattern_ops")],
    )
    # A constant first, so that no row is rewritten: what is there was told by finished transactions.
    op.add_column(
        "incident_event",
        sa.Column("transaction_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.alter_column(
        "incident_event",
        "transaction_id",
        server_default=sa.text("pg_current_xact_id()::text::bigint"),
    )
    op.create_index(
        op.f("ix_incident_event_transaction_id"), "incident_event", ["transaction_id"]
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
