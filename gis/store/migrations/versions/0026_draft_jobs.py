"""Long work on plans: searches, new drafts, printed atlases"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

AT_WORK = "status IN ('waiting', 'running')"


def upgrade() -> None:
    op.create_table(
        "draft_job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _big("jurisdiction_id", required=True),
        _big("plan_id"),
        _big("made_plan_id"),
        _text("kind", required=True),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        _text("step"),
        sa.Column("fraction", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("runs", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("handed_back", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        _text("created_by", required=True),
        _big("account_id"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _text("ended_by"),
        sa.Column("tidied_at", sa.DateTime(timezone=True), nullable=True),
        _check("kind", "kind IN ('rebalance', 'alternatives', 'generate', 'atlas')"),
        _check("status", "status IN ('waiting', 'running', 'done', 'failed', 'cancelled')"),
        _check("fraction", "fraction BETWEEN 0 AND 1"),
        _check("plan", "(plan_id IS NULL) = (kind = 'generate')"),
        _check("finished", f"(finished_at IS NULL) = ({AT_WORK})"),
        _check("result", "(status = 'done') = (result IS NOT NULL OR tidied_at IS NOT NULL)"),
        _check("error", "(status = 'failed') = (error IS NOT NULL)"),
        _key("jurisdiction_id", "organisation"),
        _key("plan_id", "plan"),
        _key("made_plan_id", "plan"),
        _key("account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_job")),
    )
    op.create_index(op.f("ix_draft_job_plan_id_id"), "draft_job", ["plan_id", "id"])
    op.create_index(
        op.f("ix_draft_job_made_plan_id"), "draft_job", ["made_plan_id"],
        postgresql_where=sa.text("made_plan_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "uq_draft_job_at_work",
        "draft_job",
        ["jurisdiction_id", sa.text("coalesce(plan_id, 0)"), "created_by"],
        unique=True,
        postgresql_where=sa.text(f"{AT_WORK} AND kind <> 'atlas'"),
    )
    op.create_index(
        "uq_draft_job_same_atlas",
        "draft_job",
        ["plan_id", sa.text("coalesce(account_id, 0)"), sa.text("(request - 'key')")],
        unique=True,
        postgresql_where=sa.text(f"{AT_WORK} AND kind = 'atlas'"),
    )
    op.create_index(
        "uq_draft_job_key",
        "draft_job",
        [sa.text("coalesce(account_id, 0)"), sa.text("(request ->> 'key')")],
        unique=True,
        postgresql_where=sa.text("kind = 'atlas' AND request ->> 'key' IS NOT NULL"),
    )
    op.execute(Path(__file__).with_name("0026_draft_jobs.sql").read_text(encoding="utf-8"))


def _big(name: str, *, required: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=not required)


def _text(name: str, *, required: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=not required)


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_draft_job_{name}"))


def _key(column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_draft_job_{column}"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
