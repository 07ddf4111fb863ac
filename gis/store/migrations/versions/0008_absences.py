"""Absences, duty rosters, choices of an owner near the edge"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absence",
        _id(),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("substitute_id", sa.BigInteger(), nullable=True),
        *_dated(),
        postgresql.ExcludeConstraint(
            (sa.column("person_id"), "="),
            (sa.column("held"), "&&"),
            using="gist",
            name="ex_absence_once",
        ),
        sa.CheckConstraint(
            "substitute_id <> person_id", name=op.f("ck_absence_somebody_else")
        ),
        *_checked("absence"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["person.id"], name=op.f("fk_absence_substitute_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_substitute_id"), "absence", ["substitute_id"])
    op.create_table(
        "duty",
        _id(),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        *_dated(),
        postgresql.ExcludeConstraint(
            (sa.column("jurisdiction_id"), "="),
            (sa.column("grid_code"), "="),
            (sa.column("held"), "&&"),
            using="gist",
            name="ex_duty_one_at_once",
        ),
        sa.CheckConstraint(
            "grid_code ~ '^[0-9]{9}([0-9]{3}){0,2}$'", name=op.f("ck_duty_grid_code")
        ),
        *_checked("duty"),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_duty_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_duty_person_id"), "duty", ["person_id"])
    op.create_table(
        "owner_choice",
        _id(),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        _now("at"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("offered", postgresql.JSONB(), nullable=False),
        sa.Column("was_grid_code", sa.Text(), nullable=True),
        sa.Column("chosen_grid_code", sa.Text(), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=False),
        sa.CheckConstraint("distance_m >= 0", name=op.f("ck_owner_choice_distance")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_owner_choice_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_choice")),
    )
    op.create_index(op.f("ix_owner_choice_incident_id_id"), "owner_choice", ["incident_id", "id"])
    op.create_table(
        "routing_setting",
        _id(),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("near_edge_m", sa.Double(), nullable=False),
        sa.Column("nearest_within_m", sa.Double(), nullable=False),
        _now("recorded_at"),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "near_edge_m BETWEEN 0 AND 1000", name=op.f("ck_routing_setting_near_edge")
        ),
        sa.CheckConstraint(
            "nearest_within_m BETWEEN 0 AND 1000", name=op.f("ck_routing_setting_nearest_within")
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["organisation.id"],
            name=op.f("fk_routing_setting_jurisdiction_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_setting")),
    )
    op.create_index(
        op.f("ix_routing_setting_jurisdiction_id_id"), "routing_setting", ["jurisdiction_id", "id"]
    )
    op.drop_constraint(op.f("ck_incident_route_rule"), "incident", type_="check")
    op.create_check_constraint(
        op.f("ck_incident_route_rule"),
        "incident",
        "route_rule IN"
        " ('inside', 'shared_boundary', 'nearest_grid', 'chosen', 'outside_queue')",
    )
    op.execute(Path(__file__).with_name("0008_absences.sql").read_text(encoding="utf-8"))


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _now(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _dated() -> list[sa.Column]:
    return [
        sa.Column("planned", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "held",
            postgresql.TSTZRANGE(),
            sa.Computed("planned * tstzrange(NULL, ended_at)", persisted=True),
            nullable=False,
        ),
        _now("recorded_at"),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
    ]


def _checked(table: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(
            "NOT isempty(planned) AND NOT lower_inf(planned)", name=op.f(f"ck_{table}_since")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f(f"ck_{table}_ended_by")
        ),
    ]


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
