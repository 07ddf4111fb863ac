"""Notices, and the outbox that sends them"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("organisation_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("person_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column(
            "transaction_id",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_notice_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(
        "ix_notice_incident",
        "notice",
        ["incident_id"],
        unique=False,
        postgresql_where=sa.text("kind = 'emergency'"),
    )
    op.create_index(op.f("ix_notice_transaction_id"), "notice", ["transaction_id"], unique=False)
    op.create_table(
        "web_hook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_web_hook_name_length")),
        sa.CheckConstraint("length(url) <= 2000", name=op.f("ck_web_hook_url_length")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_web_hook_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_hook")),
    )
    op.create_index(
        op.f("ix_web_hook_organisation_id"),
        "web_hook",
        ["organisation_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("hook_id", sa.BigInteger(), nullable=True),
        sa.Column("notice_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (done_at IS NULL)", name=op.f("ck_delivery_done")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'given_up')", name=op.f("ck_delivery_state")
        ),
        sa.CheckConstraint(
            "(account_id IS NULL) = (address IS NULL)", name=op.f("ck_delivery_address")
        ),
        sa.CheckConstraint(
            "num_nonnulls(hook_id, account_id) = 1", name=op.f("ck_delivery_one_way")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_delivery_account_id")
        ),
        sa.ForeignKeyConstraint(["hook_id"], ["web_hook.id"], name=op.f("fk_delivery_hook_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_delivery_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    op.create_index(
        "ix_delivery_account",
        "delivery",
        ["account_id", "id"],
        unique=False,
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )
    op.create_index(
        "ix_delivery_hook",
        "delivery",
        ["hook_id", "id"],
        unique=False,
        postgresql_where=sa.text("hook_id IS NOT NULL"),
    )
    op.create_index(
        "ix_delivery_hook_open",
        "delivery",
        ["hook_id", "state"],
        unique=False,
        postgresql_where=sa.text("hook_id IS NOT NULL AND state <> 'sent'"),
    )
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "notice_account",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notice_account_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["delivery.id"], name=op.f("fk_notice_account_mail_id")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_account_notice_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "notice_id", name=op.f("pk_notice_account")),
    )
    op.create_index(
        "ix_notice_account_mail",
        "notice_account",
        ["mail_id"],
        unique=False,
        postgresql_where=sa.text("mail_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_notice_account_notice_id"), "notice_account", ["notice_id"], unique=False
    )
    op.create_index(
        "ix_notice_account_to_mail",
        "notice_account",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("by_mail AND mail_id IS NULL"),
    )
    op.create_index(
        "ix_notice_account_unread",
        "notice_account",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index(
        "ix_notice_account_urgent",
        "notice_account",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("urgent AND acknowledged_at IS NULL"),
    )
    op.create_table(
        "mail_choice",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("length(address) <= 254", name=op.f("ck_mail_choice_address_length")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_mail_choice_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_mail_choice")),
    )
    op.execute(Path(__file__).with_name("0021_notices.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
