"""Drafts: the working copy of a plan, and every operation on it"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        _big("plan_id"),
        _int("version", default="0"),
        _int("settled", default="'-1'"),
        _int("board", default="0"),
        sa.Column("origin", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_by", sa.Text(), nullable=True),
        _check("draft", "version", "version >= 0 AND settled BETWEEN -1 AND version"),
        _check("draft", "discarded", "(discarded_at IS NULL) = (discarded_by IS NULL)"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_draft_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "draft_grid",
        _big("plan_id"),
        _text("code"),
        _text("name_zh"),
        _text("name_en", required=False),
        _big("organisation_id", required=False),
        sa.Column("locked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _check("draft_grid", "code", "code ~ '^[0-9]{9}([0-9]{3}){0,2}$'"),
        _of_draft("draft_grid"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_draft_grid_organisation_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "code", name=op.f("pk_draft_grid")),
    )
    op.create_table(
        "draft_unit",
        _big("plan_id"),
        _big("unit_id"),
        _text("grid_code", required=False),
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("together", sa.Integer(), nullable=True),
        _check("draft_unit", "grid_code", "length(grid_code) = 15"),
        _of_draft("draft_unit"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_draft_unit_unit_id")),
        sa.ForeignKeyConstraint(
            ["plan_id", "grid_code"], ["draft_grid.plan_id", "draft_grid.code"],
            name=op.f("fk_draft_unit_plan_id_grid_code"), deferrable=True, initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("plan_id", "unit_id", name=op.f("pk_draft_unit")),
    )  # fmt: skip
    op.create_index(op.f("ix_draft_unit_plan_id_grid_code"), "draft_unit", ["plan_id", "grid_code"])
    op.create_index(
        "ix_draft_unit_together", "draft_unit", ["plan_id", "together"],
        postgresql_where=sa.text("together IS NOT NULL"),
    )  # fmt: skip
    op.create_index(op.f("ix_draft_unit_unit_id"), "draft_unit", ["unit_id"])
    op.create_table(
        "draft_operation",
        _big("plan_id"),
        _int("number"),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        _text("actor"),
        _big("account_id", required=False),
        _text("kind"),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("delta", postgresql.JSONB(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        _check("draft_operation", "undoes", "undoes < number AND number < undone_by"),
        _of_draft("draft_operation"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_draft_operation_account_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "number", name=op.f("pk_draft_operation")),
        sa.UniqueConstraint("plan_id", "key", name=op.f("uq_draft_operation_plan_id_key")),
    )
    op.create_index("ix_draft_operation_by", "draft_operation", ["plan_id", "account_id", "number"])
    op.create_index(
        "ix_draft_operation_undone", "draft_operation", ["plan_id", "account_id", "undone_by"],
        postgresql_where=sa.text("undone_by IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "request_key",
        _text("caller"),
        _text("key"),
        _text("kind"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        _big("made_id"),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_request_key")),
    )  # fmt: skip
    for column in ("from_grid_id", "to_grid_id"):
        op.create_index(op.f(f"ix_hand_over_{column}"), "hand_over", [column])
    op.execute(Path(__file__).with_name("0024_drafts.sql").read_text(encoding="utf-8"))


def _big(name: str, *, required: bool = True) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=not required)


def _int(name: str, *, default: str | None = None) -> sa.Column:
    return sa.Column(
        name, sa.Integer(), nullable=False,
        server_default=None if default is None else sa.text(default),
    )  # fmt: skip


def _text(name: str, *, required: bool = True) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=not required)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _of_draft(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["plan_id"], ["draft.plan_id"], name=op.f(f"fk_{table}_plan_id"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
