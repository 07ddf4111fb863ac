"""Whistles: departments called to report in"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "whistle",
        _id(),
        _big("jurisdiction_id", required=True),
        _big("organisation_id", required=True),
        _text("code", required=True),
        _big("incident_id"),
        sa.Column("location", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        _text("place", required=True),
        _text("purpose", required=True),
        _moment("called_at", required=True),
        _text("called_by", required=True),
        _text("caller", required=True),
        _text("key"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        _moment("due_at", required=True),
        _moment("counted_at"),
        _moment("ended_at"),
        _text("ended_by"),
        _text("ended_how"),
        _text("result"),
        _check("whistle", "code", "code ~ '^[0-9]{9}$'"),
        _check("whistle", "place", "length(place) BETWEEN 1 AND 300"),
        _check("whistle", "purpose", "length(purpose) BETWEEN 1 AND 500"),
        _check("whistle", "key", "(key IS NULL) = (fingerprint IS NULL)"),
        _check("whistle", "due_at", "due_at > called_at"),
        _check("whistle", "counted_at", "counted_at >= due_at"),
        _check("whistle", "ended_how", "ended_how IN ('done', 'cancelled')"),
        _check(
            "whistle", "ended_whole",
            "num_nonnulls(ended_at, ended_by, ended_how, result) IN (0, 4)",
        ),
        *_keys("whistle", jurisdiction="organisation", organisation="organisation",
               incident="incident"),
        sa.UniqueConstraint("caller", "key", name=op.f("uq_whistle_caller_key")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_whistle_jurisdiction_id_called_at_id"),
        "whistle",
        ["jurisdiction_id", "called_at", "id"],
    )
    op.create_index(
        "ix_whistle_incident", "whistle", ["incident_id"],
        postgresql_where=sa.text("incident_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_whistle_due", "whistle", ["due_at"],
        postgresql_where=sa.text("counted_at IS NULL AND ended_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "whistle_call",
        _id(),
        _big("whistle_id", required=True),
        _big("organisation_id", required=True),
        _moment("coming_at"),
        _text("coming_by"),
        _text("person"),
        _text("phone"),
        _moment("arrived_at"),
        _text("arrived_by"),
        _moment("absent_at"),
        _check("whistle_call", "coming_whole", "(coming_at IS NULL) = (coming_by IS NULL)"),
        _check(
            "whistle_call", "arrived_whole", "num_nonnulls(arrived_at, arrived_by) IN (0, 2)"
        ),
        _check(
            "whistle_call", "person",
            "coalesce(coming_at, arrived_at) IS NULL OR length(person) BETWEEN 1 AND 100",
        ),
        *_keys("whistle_call", whistle="whistle", organisation="organisation"),
        sa.UniqueConstraint(
            "whistle_id", "organisation_id", name=op.f("uq_whistle_call_whistle_id_organisation_id")
        ),
    )  # fmt: skip
    op.create_index(
        op.f("ix_whistle_call_organisation_id_whistle_id"),
        "whistle_call",
        ["organisation_id", "whistle_id"],
    )
    op.create_table(
        "whistle_event",
        _id(),
        _big("whistle_id", required=True),
        _big("call_id"),
        _moment("at", required=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        _text("actor", required=True),
        _text("action", required=True),
        _text("person"),
        _text("reason"),
        _check(
            "whistle_event", "action",
            "action IN ('call', 'come', 'arrive', 'absent', 'end', 'cancel')",
        ),
        *_keys("whistle_event", whistle="whistle", call="whistle_call"),
    )  # fmt: skip
    op.create_index(op.f("ix_whistle_event_whistle_id_id"), "whistle_event", ["whistle_id", "id"])
    op.execute(Path(__file__).with_name("0022_whistles.sql").read_text(encoding="utf-8"))


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _big(name: str, *, required: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=not required)


def _text(name: str, *, required: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=not required)


def _moment(name: str, *, required: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


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
