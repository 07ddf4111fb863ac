"""One running import of a file at a time; numbers that a failed import leaves are kept for others"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    no = sa.text("false")
    op.add_column("import_job", sa.Column("dry_run", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("import_job", sa.Column("rows_written", sa.Integer(), nullable=True))
    # What earlier imports wrote stands in their reports; those that still run come to nothing.
    op.execute("UPDATE import_job SET rows_written = (report -> 'en' ->> 'rows_accepted')::integer"
               " WHERE status = 'done'")
    op.execute("UPDATE import_job SET status = 'failed', finished_at = now()"
               " WHERE status = 'running'")
    op.create_index(
        "uq_import_job_running",
        "import_job",
        ["jurisdiction_id", "sha256"],
        unique=True,
        postgresql_where=sa.text("status = 'running' AND NOT dry_run"),
    )
    op.create_index(
        "ix_import_job_done",
        "import_job",
        ["jurisdiction_id", "sha256"],
        postgresql_where=sa.text("status = 'done' AND NOT dry_run"),
    )
    op.create_table(
        "serial_block",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("first BETWEEN 1 AND last", name=op.f("ck_serial_block_numbers")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_serial_block_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_serial_block")),
    )
    op.create_index(
        op.f("ix_serial_block_jurisdiction_id_day_first"),
        "serial_block",
        ["jurisdiction_id", "day", "first"],
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
