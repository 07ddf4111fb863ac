"""Channels: photos, supplements, codes to follow a case by, reports without a place"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SOURCES = "'patrol', 'public_report', 'hotline_12345', 'hotline_110', 'department', 'sensor'"
STAGES = "'collected', 'registered', 'dispatched', 'handled', 'fed_back', 'closed', 'evaluated'"


def upgrade() -> None:
    op.create_table(
        "supplement",
        _id(),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        *_reporter(),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(f"source IN ({SOURCES})", name=op.f("ck_supplement_source")),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 5000", name=op.f("ck_supplement_text_length")
        ),
        _refers("supplement", "incident_id", "incident"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplement")),
    )
    op.create_index(
        op.f("ix_supplement_incident_id_id"), "supplement", ["incident_id", "id"]
    )
    op.create_index("uq_supplement_key", "supplement", ["recorded_by", "key"], unique=True)
    op.create_index(
        "uq_supplement_source_ref",
        "supplement",
        ["source", "source_ref"],
        unique=True,
        postgresql_where=sa.text("source_ref IS NOT NULL"),
    )
    op.create_table(
        "follow_code",
        _id(),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("supplement_id", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _now("recorded_at"),
        sa.CheckConstraint("length(digest) = 32", name=op.f("ck_follow_code_digest")),
        _refers("follow_code", "incident_id", "incident"),
        _refers("follow_code", "supplement_id", "supplement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_code")),
        sa.UniqueConstraint("incident_id", "digest", name=op.f("uq_follow_code_incident_id_digest")),
    )
    op.create_table(
        "unlocated_report",
        _id(),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("severity", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        *_reporter(),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("supplement_id", sa.BigInteger(), nullable=True),
        sa.Column("refused_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(f"source IN ({SOURCES})", name=op.f("ck_unlocated_report_source")),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_unlocated_report_severity")),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 200", name=op.f("ck_unlocated_report_title_length")
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)"
            " AND num_nonnulls(incident_id, refused_reason)"
            " = CASE WHEN settled_at IS NULL THEN 0 ELSE 1 END"
            " AND (supplement_id IS NULL OR incident_id IS NOT NULL)",
            name=op.f("ck_unlocated_report_settled"),
        ),
        _refers("unlocated_report", "jurisdiction_id", "organisation"),
        sa.ForeignKeyConstraint(
            ["category_code"], ["category.code"], name=op.f("fk_unlocated_report_category_code")
        ),
        _refers("unlocated_report", "incident_id", "incident"),
        _refers("unlocated_report", "supplement_id", "supplement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unlocated_report")),
        sa.UniqueConstraint(
            "source", "source_ref", name=op.f("uq_unlocated_report_source_source_ref")
        ),
    )
    op.create_index(
        "ix_unlocated_report_waiting",
        "unlocated_report",
        ["jurisdiction_id", "reported_at", "id"],
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "photo",
        _id(),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", postgresql.JSONB(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("sent_sha256", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        _now("uploaded_at"),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("supplement_id", sa.BigInteger(), nullable=True),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.Text(), nullable=True),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_photo_sha256")),
        sa.CheckConstraint("bytes > 0 AND width > 0 AND height > 0", name=op.f("ck_photo_size")),
        sa.CheckConstraint(f"stage IN ({STAGES})", name=op.f("ck_photo_stage")),
        sa.CheckConstraint(
            "(coalesce(incident_id, report_id) IS NULL) = (used_at IS NULL)"
            " AND (used_at IS NULL) = (used_by IS NULL)",
            name=op.f("ck_photo_used"),
        ),
        sa.CheckConstraint(
            "incident_id IS NULL OR stage IS NOT NULL", name=op.f("ck_photo_used_stage")
        ),
        sa.CheckConstraint(
            "used_at IS NULL OR place IS NULL", name=op.f("ck_photo_place_forgotten")
        ),
        _refers("photo", "account_id", "account"),
        _refers("photo", "incident_id", "incident"),
        _refers("photo", "supplement_id", "supplement"),
        _refers("photo", "report_id", "unlocated_report"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
    )
    op.create_index("uq_photo_key", "photo", ["uploaded_by", "key"], unique=True)
    op.create_index("ix_photo_incident_id", "photo", ["incident_id", "id"])
    op.create_index("ix_photo_sha256", "photo", ["sha256"])
    op.create_index(
        "ix_photo_waiting",
        "photo",
        ["uploaded_by", "uploaded_at"],
        postgresql_where=sa.text("used_at IS NULL"),
    )
    op.execute(Path(__file__).with_name("0016_channels.sql").read_text(encoding="utf-8"))


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _now(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _reporter() -> list[sa.Column]:
    return [
        sa.Column("reporter_name", sa.Text(), nullable=True),
        sa.Column("reporter_phone", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        _now("recorded_at"),
        sa.Column("recorded_by", sa.Text(), nullable=False),
    ]


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}")
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
