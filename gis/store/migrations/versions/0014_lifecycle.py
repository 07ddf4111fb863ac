"""The life of a case: hands, approvals, alarms, settings of steps, and what a case keeps of them"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TASKS = "'verify_report', 'register', 'dispatch', 'handle', 'feed_back', 'verify_result', 'close'"
ENDS = (
    "'done', 'passed', 'failed', 'returned', 'redispatched', 'escalated', 'moved', 'rejected',"
    " 'merged', 'rechecked'"
)


def upgrade() -> None:
    _columns()
    op.create_table(
        "hand",
        _id(),
        _big("incident_id", required=True),
        _text("task", required=True),
        sa.Column("is_lead", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        _big("organisation_id"),
        _big("post_id"),
        _big("person_id"),
        _moment("since", required=True),
        _text("given_by", required=True),
        _text("reason"),
        _moment("accepted_at"),
        _text("accepted_by"),
        _moment("until"),
        _text("ended_by"),
        _text("ended_how"),
        _check("hand", "task", f"task IN ({TASKS})"),
        _check("hand", "ended_how", f"ended_how IN ({ENDS})"),
        _check("hand", "level", "level BETWEEN -1 AND 3"),
        _check("hand", "somebody", "num_nonnulls(organisation_id, person_id) > 0"),
        _check("hand", "until", "until >= since"),
        _check("hand", "ended_whole", "num_nonnulls(until, ended_by, ended_how) IN (0, 3)"),
        _check("hand", "accepted_whole", "(accepted_at IS NULL) = (accepted_by IS NULL)"),
        *_keys("hand", incident="incident", organisation="organisation", post="post",
               person="person"),
    )  # fmt: skip
    op.create_index(op.f("ix_hand_incident_id_id"), "hand", ["incident_id", "id"])
    op.create_index(
        "uq_hand_lead", "hand", ["incident_id"],
        unique=True, postgresql_where=sa.text("is_lead AND until IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_hand_organisation", "hand", ["organisation_id"],
        postgresql_where=sa.text("organisation_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_hand_person_open", "hand", ["person_id"],
        postgresql_where=sa.text("until IS NULL AND person_id IS NOT NULL"),
    )  # fmt: skip
    _approval()
    op.create_table(
        "alarm",
        _id(),
        _big("incident_id", required=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        _text("role"),
        _big("organisation_id"),
        _big("person_id"),
        _now("raised_at"),
        _check("alarm", "level", "level BETWEEN -1 AND 3"),
        _check("alarm", "somebody", "num_nonnulls(organisation_id, person_id) = 1"),
        *_keys("alarm", incident="incident", organisation="organisation", person="person"),
    )
    op.create_index(op.f("ix_alarm_incident_id"), "alarm", ["incident_id"])
    op.create_table(
        "step_setting",
        _id(),
        _big("jurisdiction_id", required=True),
        sa.Column("checked_sources", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("photo_categories", postgresql.ARRAY(sa.Text()), nullable=False),
        _now("recorded_at"),
        _text("recorded_by", required=True),
        *_keys("step_setting", jurisdiction="organisation"),
    )
    op.create_index(
        op.f("ix_step_setting_jurisdiction_id_id"), "step_setting", ["jurisdiction_id", "id"]
    )
    op.execute(Path(__file__).with_name("0014_lifecycle.sql").read_text(encoding="utf-8"))


def _columns() -> None:
    for column in (
        _text("dismissed"),
        _big("merged_into"),
        _moment("parked_until"),
        _moment("supervised_until"),
        _text("satisfaction"),
    ):
        op.add_column("incident", column)
    op.create_foreign_key(
        op.f("fk_incident_merged_into"), "incident", "incident", ["merged_into"], ["id"]
    )
    for name, rule in (
        ("dismissed", "dismissed IN ('rejected', 'merged')"),
        ("dismissed_closed", "dismissed IS NULL OR closed_at IS NOT NULL"),
        ("merged", "(merged_into IS NOT NULL) = (dismissed IS NOT DISTINCT FROM 'merged')"),
        ("merged_other", "merged_into <> id"),
        ("parked_open", "parked_until IS NULL OR closed_at IS NULL"),
        ("satisfaction", "satisfaction IN ('satisfied', 'fair', 'dissatisfied')"),
    ):
        op.create_check_constraint(op.f(f"ck_incident_{name}"), "incident", rule)
    op.create_index(
        "ix_incident_merged_into", "incident", ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )  # fmt: skip


def _approval() -> None:
    op.create_table(
        "approval",
        _id(),
        _big("incident_id", required=True),
        _text("kind", required=True),
        _moment("until", required=True),
        _text("reason", required=True),
        _moment("asked_at", required=True),
        _text("asked_by", required=True),
        _text("code", required=True),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        _moment("decided_at"),
        _text("decided_by"),
        _text("decision"),
        _text("decided_reason"),
        _moment("resumed_at"),
        _check("approval", "kind", "kind IN ('extend', 'park')"),
        _check("approval", "decision", "decision IN ('granted', 'refused', 'void')"),
        _check(
            "approval", "decided_whole", "num_nonnulls(decided_at, decided_by, decision) IN (0, 3)"
        ),
        _check(
            "approval", "resumed",
            "resumed_at IS NULL OR (kind = 'park' AND decision = 'granted')",
        ),
        *_keys("approval", incident="incident"),
    )  # fmt: skip
    op.create_index(op.f("ix_approval_incident_id_id"), "approval", ["incident_id", "id"])
    op.create_index(
        "uq_approval_pending", "approval", ["incident_id"],
        unique=True, postgresql_where=sa.text("decided_at IS NULL"),
    )  # fmt: skip


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


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _keys(table: str, **parents: str) -> list[sa.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], [f"{parent}.id"], name=op.f(f"fk_{table}_{name}_id")
            )
            for name, parent in parents.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
