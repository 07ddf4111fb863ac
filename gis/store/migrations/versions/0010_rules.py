"""Rules, assets, the duty list, contacts; incidents know their rule and department"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = "'park', 'bridge', 'building', 'road', 'other'"
SOURCES = "'patrol', 'public_report', 'hotline_12345', 'hotline_110', 'department', 'sensor'"
ROLES = (
    "'lead', 'adviser', 'assistant', 'participant', 'officer', 'director', 'secretary', 'leader',"
    " 'first_responsible'"
)
ROUTES = "'inside', 'shared_boundary', 'nearest_grid', 'chosen', 'outside_queue', 'rule'"


def upgrade() -> None:
    op.create_table(
        "asset",
        _id(),
        _number("jurisdiction_id"),
        _text("code"),
        _text("kind"),
        _text("name_zh"),
        _text("name_en", nullable=True),
        _number("organisation_id", nullable=True),
        sa.Column("reach_m", sa.Double(), nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        *_dated(),
        _check("asset", "kind", f"kind IN ({KINDS})"),
        _check("asset", "code_length", "length(code) BETWEEN 1 AND 60"),
        _check("asset", "name_length", "length(name_zh) BETWEEN 1 AND 200"),
        _check("asset", "reach", "reach_m BETWEEN 0 AND 500"),
        _check("asset", "somewhere", "NOT ST_IsEmpty(geom)"),
        *_checked("asset"),
        _once("ex_asset_code_once", "jurisdiction_id", "code"),
        *_keys("asset", jurisdiction_id="organisation", organisation_id="organisation"),
    )
    op.create_index("ix_asset_geom", "asset", ["geom"], postgresql_using="gist")
    op.create_index(op.f("ix_asset_jurisdiction_id_id"), "asset", ["jurisdiction_id", "id"])
    op.create_table(
        "duty_item",
        _id(),
        _number("jurisdiction_id"),
        _text("category_code"),
        _number("organisation_id"),
        _text("kind"),
        _text("document"),
        *_dated(),
        _check("duty_item", "kind", "kind IN ('duty', 'access')"),
        _check("duty_item", "document_length", "length(document) BETWEEN 1 AND 500"),
        *_checked("duty_item"),
        _once(
            "ex_duty_item_once", "jurisdiction_id", "category_code", "organisation_id", "kind"
        ),
        sa.ForeignKeyConstraint(
            ["category_code"], ["category.code"], name=op.f("fk_duty_item_category_code")
        ),
        *_keys("duty_item", jurisdiction_id="organisation", organisation_id="organisation"),
    )
    op.create_index(op.f("ix_duty_item_jurisdiction_id_id"), "duty_item", ["jurisdiction_id", "id"])
    op.create_table(
        "contact",
        _id(),
        _number("organisation_id"),
        _number("person_id"),
        *_dated(),
        *_checked("contact"),
        _once("ex_contact_one_at_once", "organisation_id"),
        *_keys("contact", organisation_id="organisation", person_id="person"),
    )
    op.create_index(op.f("ix_contact_person_id"), "contact", ["person_id"])
    _create_rules()
    op.create_table(
        "routing_version",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        _number("version"),
        _check("routing_version", "one_row", "id = 1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_version")),
    )
    _add_to_incidents()
    op.execute(Path(__file__).with_name("0010_rules.sql").read_text(encoding="utf-8"))


def _create_rules() -> None:
    op.create_table(
        "routing_rule",
        _id(),
        _number("jurisdiction_id"),
        _text("name_zh"),
        _text("name_en", nullable=True),
        _text("effect"),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("severities", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("sources", postgresql.ARRAY(sa.Text()), nullable=False),
        _text("grid_prefix", nullable=True),
        _text("asset_code", nullable=True),
        _text("asset_kind", nullable=True),
        sa.Column("within_m", sa.Double(), nullable=True),
        _text("street_code", nullable=True),
        _text("street_side", nullable=True),
        sa.Column("street_within_m", sa.Double(), nullable=True),
        _number("target_organisation_id", nullable=True),
        _text("target_grid_code", nullable=True),
        _text("target_role", nullable=True),
        *_dated(),
        *(
            _check("routing_rule", name, body)
            for name, body in (
                ("effect", "effect IN ('override', 'refine')"),
                ("name_length", "length(name_zh) BETWEEN 1 AND 200"),
                ("severities", "severities <@ '{1,2,3,4}'::smallint[]"),
                ("sources", f"sources <@ ARRAY[{SOURCES}]"),
                ("grid_prefix", "grid_prefix ~ '^[0-9]{6}([0-9]{3}){0,3}$'"),
                ("asset_within", "num_nonnulls(asset_code, asset_kind) = num_nonnulls(within_m)"),
                ("asset_kind", f"asset_kind IN ({KINDS})"),
                ("within", "within_m BETWEEN 0 AND 2000"),
                (
                    "street_whole",
                    "num_nonnulls(street_code, street_side, street_within_m) IN (0, 3)",
                ),
                ("street_side", "street_side IN ('left', 'right')"),
                ("street_within", "street_within_m BETWEEN 1 AND 500"),
                (
                    "one_target",
                    "num_nonnulls(target_organisation_id, target_grid_code, target_role) = 1",
                ),
                ("refine_keeps_grid", "effect = 'override' OR target_grid_code IS NULL"),
                ("target_grid_code", "target_grid_code ~ '^[0-9]{15}$'"),
                ("target_role", f"target_role IN ({ROLES})"),
            )
        ),
        *_checked("routing_rule"),
        *_keys(
            "routing_rule", jurisdiction_id="organisation", target_organisation_id="organisation"
        ),
    )
    op.create_index(
        op.f("ix_routing_rule_jurisdiction_id_id"), "routing_rule", ["jurisdiction_id", "id"]
    )
    op.create_table(
        "rule_order",
        _id(),
        _number("jurisdiction_id"),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        _text("actor"),
        _text("action"),
        _text("reason", nullable=True),
        _number("rule_id", nullable=True),
        sa.Column("ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        _check("rule_order", "action", "action IN ('add', 'replace', 'end', 'order')"),
        _check("rule_order", "rule", "(action = 'order') = (rule_id IS NULL)"),
        *_keys("rule_order", jurisdiction_id="organisation", rule_id="routing_rule"),
    )
    op.create_index(
        op.f("ix_rule_order_jurisdiction_id_id"), "rule_order", ["jurisdiction_id", "id"]
    )


def _add_to_incidents() -> None:
    for name, table in (
        ("rule_id", "routing_rule"), ("department_id", "organisation"), ("contact_id", "contact"),
    ):  # fmt: skip
        op.add_column("incident", _number(name, nullable=True))
        op.create_foreign_key(op.f(f"fk_incident_{name}"), "incident", table, [name], ["id"])
    op.drop_constraint(op.f("ck_incident_route_rule"), "incident", type_="check")
    for name, body in (
        ("route_rule", f"route_rule IN ({ROUTES})"),
        ("rule_named", "route_rule <> 'rule' OR rule_id IS NOT NULL"),
        (
            "contact_answers",
            "contact_id IS NULL OR (department_id IS NOT NULL AND post_id IS NULL)",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_incident_{name}"), "incident", body)


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _dated() -> list[sa.Column]:
    return [
        sa.Column("planned", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "held",
            postgresql.TSTZRANGE(),
            sa.Computed("planned * tstzrange(NULL, ended_at)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        _text("recorded_by"),
        _text("reason", nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _text("ended_by", nullable=True),
        _text("ended_reason", nullable=True),
    ]


def _check(table: str, name: str, body: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(body, name=op.f(f"ck_{table}_{name}"))


def _checked(table: str) -> list[sa.CheckConstraint]:
    return [
        _check(table, "since", "NOT isempty(planned) AND NOT lower_inf(planned)"),
        _check(table, "ended_by", "(ended_at IS NULL) = (ended_by IS NULL)"),
    ]


def _once(name: str, *columns: str) -> postgresql.ExcludeConstraint:
    return postgresql.ExcludeConstraint(
        *((sa.column(column), "=") for column in columns),
        (sa.column("held"), "&&"),
        using="gist",
        name=name,
    )


def _keys(table: str, **others: str) -> list[sa.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}"))
            for name, other in others.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
