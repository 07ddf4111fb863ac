"""Review, comments and publishing at a set time"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_review",
        _id(),
        _big("plan_id", required=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _now("sent_at"),
        _text("sent_by", required=True),
        _big("sent_account_id"),
        _text("note"),
        _moment("approved_at"),
        _text("approved_by"),
        _big("approved_account_id"),
        _text("remark"),
        *_ended(),
        _text("reason"),
        _check("plan_review", "approved_whole", "(approved_at IS NULL) = (approved_by IS NULL)"),
        _check(
            "plan_review", "approved_by_somebody_else", "approved_account_id <> sent_account_id"
        ),
        _check(
            "plan_review", "ended_whole", "num_nonnulls(ended_at, ended_by, ended_how) IN (0, 3)"
        ),
        _check(
            "plan_review", "ended_how", "ended_how IN ('returned', 'withdrawn', 'published')"
        ),
        _check(
            "plan_review", "returned_why",
            "ended_how <> 'returned' OR length(reason) BETWEEN 1 AND 1000",
        ),
        *_keys("plan_review", plan_id="plan", sent_account_id="account",
               approved_account_id="account"),
    )  # fmt: skip
    _indexes("plan_review")
    op.create_table(
        "plan_schedule",
        _id(),
        _big("plan_id", required=True),
        _big("review_id", required=True),
        _moment("due_at", required=True),
        _moment("next_at", required=True),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        _big("instead_of_id"),
        _now("set_at"),
        _text("set_by", required=True),
        _big("account_id"),
        *_ended(),
        sa.Column("fault", postgresql.JSONB(), nullable=True),
        _check(
            "plan_schedule", "ended_whole",
            "num_nonnulls(ended_at, ended_by, ended_how) IN (0, 3)",
        ),
        _check(
            "plan_schedule", "ended_how", "ended_how IN ('published', 'cancelled', 'failed')"
        ),
        _check(
            "plan_schedule", "fault",
            "(ended_how = 'failed') IS NOT DISTINCT FROM (fault IS NOT NULL) OR ended_at IS NULL",
        ),
        *_keys("plan_schedule", plan_id="plan", review_id="plan_review", instead_of_id="plan",
               account_id="account"),
    )  # fmt: skip
    _indexes("plan_schedule")
    op.create_index(
        "ix_plan_schedule_next", "plan_schedule", ["next_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "plan_comment",
        _id(),
        _big("plan_id", required=True),
        _now("at"),
        _text("actor", required=True),
        _big("account_id"),
        sa.Column("place", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
        _text("grid_code"),
        _text("text", required=True),
        _big("answers_id"),
        _moment("resolved_at"),
        _text("resolved_by"),
        _check("plan_comment", "text", "length(text) BETWEEN 1 AND 2000"),
        _check("plan_comment", "grid_code", "grid_code ~ '^[0-9]{9}([0-9]{3}){0,2}$'"),
        _check("plan_comment", "resolved_whole", "(resolved_at IS NULL) = (resolved_by IS NULL)"),
        _check(
            "plan_comment", "answer",
            "answers_id IS NULL OR num_nonnulls(place, grid_code, resolved_at) = 0",
        ),
        *_keys("plan_comment", plan_id="plan", account_id="account", answers_id="plan_comment"),
    )  # fmt: skip
    for columns in (("plan_id", "id"), ("answers_id",)):
        op.create_index(op.f(f"ix_plan_comment_{'_'.join(columns)}"), "plan_comment", list(columns))
    op.execute(Path(__file__).with_name("0027_reviews.sql").read_text(encoding="utf-8"))


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _big(name: str, *, required: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=not required)


def _text(name: str, *, required: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=not required)


def _moment(name: str, *, required: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def _now(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _ended() -> list[sa.Column]:
    return [_moment("ended_at"), _text("ended_by"), _text("ended_how")]


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _keys(table: str, **parents: str) -> list[sa.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint([name], [f"{parent}.id"], name=op.f(f"fk_{table}_{name}"))
            for name, parent in parents.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _indexes(table: str) -> None:
    """One open row of each plan, and the rows of a plan in order."""
    op.create_index(
        f"uq_{table}_open", table, ["plan_id"], unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    op.create_index(op.f(f"ix_{table}_plan_id_id"), table, ["plan_id", "id"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
