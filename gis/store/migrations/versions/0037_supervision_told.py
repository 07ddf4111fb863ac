"""That the time of a supervision is over is told once"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supervision_told",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_supervision_told_incident_id")
        ),
        sa.PrimaryKeyConstraint("incident_id", "until", name=op.f("pk_supervision_told")),
    )  # fmt: skip
    op.create_index(
        "ix_incident_supervised", "incident", ["supervised_until"],
        postgresql_where=sa.text("supervised_until IS NOT NULL"),
    )  # fmt: skip
    op.execute(
        "SELECT guard_rows('supervision_told',"
        " 'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)')"
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
