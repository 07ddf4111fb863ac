"""The whole first schema"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for extension in ("postgis", "btree_gist", "pg_trgm"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.create_table(
        "category",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "parent_code",
            sa.Text(),
            sa.Computed("CASE WHEN length(code) = 4 THEN left(code, 2) END", persisted=True),
            nullable=True,
        ),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("glyph", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("code ~ '^[0-9]{2}([0-9]{2})?$'", name=op.f("ck_category_code")),
        sa.CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name=op.f("ck_category_colour")),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_category_severity")),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["category.code"], name=op.f("fk_category_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_category")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "parent_kind",
            sa.Text(),
            sa.Computed(
                "CASE kind WHEN 'district' THEN 'city' WHEN 'sub_district' THEN 'district'\nWHEN 'community' THEN 'sub_district' END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "is_platform",
            sa.Boolean(),
            sa.Computed("kind <> 'department'", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "parent_is_platform", sa.Boolean(), sa.Computed("true", persisted=True), nullable=False
        ),
        sa.Column("synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "code ~ CASE kind WHEN 'city' THEN '^[0-9]{4}$' WHEN 'district' THEN '^[0-9]{6}$' WHEN 'sub_district' THEN '^[0-9]{9}$' WHEN 'community' THEN '^[0-9]{12}$' ELSE '^[A-Za-z0-9-]+$' END",
            name=op.f("ck_organisation_code_of_kind"),
        ),
        sa.CheckConstraint(
            "kind IN ('city', 'district', 'sub_district', 'community', 'department')",
            name=op.f("ck_organisation_kind"),
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_organisation_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["parent_id", "parent_is_platform"],
            ["organisation.id", "organisation.is_platform"],
            name=op.f("fk_organisation_parent_id_parent_is_platform"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id", "parent_kind"],
            ["organisation.id", "organisation.kind"],
            name=op.f("fk_organisation_parent_id_parent_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("code", name=op.f("uq_organisation_code")),
        sa.UniqueConstraint("id", "is_platform", name=op.f("uq_organisation_id_is_platform")),
        sa.UniqueConstraint("id", "kind", name=op.f("uq_organisation_id_kind")),
    )
    op.create_index(op.f("ix_organisation_parent_id"), "organisation", ["parent_id"], unique=False)
    op.create_geospatial_table(
        "building",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("compound", sa.Text(), nullable=True),
        sa.Column("name_zh", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("floors", sa.SmallInteger(), nullable=True),
        sa.Column("population", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("households", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("population >= 0 AND households >= 0", name=op.f("ck_building_counts")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_building_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint(
            "jurisdiction_id", "code", name=op.f("uq_building_jurisdiction_id_code")
        ),
    )
    op.create_geospatial_index(
        "ix_building_geom_3857",
        "building",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "import_job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'running'"), nullable=False),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("fraction", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'running') = (finished_at IS NULL)", name=op.f("ck_import_job_finished")
        ),
        sa.CheckConstraint(
            "status IN ('running', 'done', 'failed')", name=op.f("ck_import_job_status")
        ),
        sa.CheckConstraint("fraction BETWEEN 0 AND 1", name=op.f("ck_import_job_fraction")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_import_job_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_person_name_length")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_person_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_organisation_id"), "person", ["organisation_id"], unique=False)
    op.create_table(
        "plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("effective", postgresql.TSTZRANGE(), nullable=True),
        sa.Column("based_on_id", sa.BigInteger(), nullable=True),
        sa.Column("balance", sa.Text(), server_default=sa.text("'pop'"), nullable=False),
        sa.Column("tolerance", sa.Double(), nullable=False),
        sa.Column(
            "measures",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("jurisdiction_id"), "="),
            (sa.column("effective"), "&&"),
            using="gist",
            name="ex_plan_effective",
        ),
        sa.CheckConstraint(
            "(status IN ('published', 'superseded')) = (effective IS NOT NULL)",
            name=op.f("ck_plan_effective"),
        ),
        sa.CheckConstraint(
            "status <> 'superseded' OR NOT upper_inf(effective)",
            name=op.f("ck_plan_superseded_ended"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'published', 'superseded')",
            name=op.f("ck_plan_status"),
        ),
        sa.CheckConstraint("NOT isempty(effective)", name=op.f("ck_plan_effective_not_empty")),
        sa.CheckConstraint("tolerance > 0 AND tolerance < 1", name=op.f("ck_plan_tolerance")),
        sa.ForeignKeyConstraint(["based_on_id"], ["plan.id"], name=op.f("fk_plan_based_on_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_plan_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("id", "jurisdiction_id", name=op.f("uq_plan_id_jurisdiction_id")),
    )
    op.create_index(
        op.f("ix_plan_jurisdiction_id_created_at"),
        "plan",
        ["jurisdiction_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "serial_counter",
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_serial_counter_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("jurisdiction_id", "day", name=op.f("pk_serial_counter")),
    )
    op.create_geospatial_table(
        "street",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cls", sa.SmallInteger(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="LINESTRING",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('road', 'rail', 'river', 'wall')", name=op.f("ck_street_kind")
        ),
        sa.CheckConstraint("cls BETWEEN 0 AND 6", name=op.f("ck_street_cls")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_street_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street")),
    )
    op.create_geospatial_index(
        "ix_street_geom_3857",
        "street",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_street_jurisdiction_id"), "street", ["jurisdiction_id"], unique=False)
    op.create_geospatial_table(
        "unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("split_from_id", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="POLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_unit_valid")),
        sa.CheckConstraint("area_m2 > 0", name=op.f("ck_unit_area")),
        sa.CheckConstraint("population >= 0 AND households >= 0", name=op.f("ck_unit_counts")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_unit_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["split_from_id"], ["unit.id"], name=op.f("fk_unit_split_from_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("jurisdiction_id", "code", name=op.f("uq_unit_jurisdiction_id_code")),
    )
    op.create_geospatial_index(
        "ix_unit_geom_3857",
        "unit",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_unit_split_from_id"),
        "unit",
        ["split_from_id"],
        unique=False,
        postgresql_where=sa.text("split_from_id IS NOT NULL"),
    )
    op.create_geospatial_table(
        "water",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('river', 'lake', 'park')", name=op.f("ck_water_kind")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_water_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_water")),
    )
    op.create_geospatial_index(
        "ix_water_geom_3857",
        "water",
        ["geom_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(op.f("ix_water_jurisdiction_id"), "water", ["jurisdiction_id"], unique=False)
    op.create_geospatial_table(
        "grid",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.SmallInteger(),
            sa.Computed("(length(code) / 3 - 2)::smallint", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "parent_code",
            sa.Text(),
            sa.Computed(
                "CASE WHEN length(code) > 9 THEN left(code, length(code) - 3) END", persisted=True
            ),
            nullable=True,
        ),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("load", sa.Double(), nullable=False),
        sa.Column("deviation", sa.Double(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("compactness", sa.Double(), nullable=False),
        sa.Column("hue", sa.SmallInteger(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "geom_3857",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            sa.Computed("ST_Transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "geom_3857_low",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("code ~ '^[0-9]{9}([0-9]{3}){0,2}$'", name=op.f("ck_grid_code")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_grid_valid")),
        sa.CheckConstraint("area_m2 > 0", name=op.f("ck_grid_area")),
        sa.CheckConstraint(
            "compactness > 0 AND compactness <= 1", name=op.f("ck_grid_compactness")
        ),
        sa.CheckConstraint("hue BETWEEN 0 AND 5", name=op.f("ck_grid_hue")),
        sa.CheckConstraint(
            "population >= 0 AND households >= 0 AND units > 0", name=op.f("ck_grid_counts")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_grid_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id", "parent_code"],
            ["grid.plan_id", "grid.code"],
            name=op.f("fk_grid_plan_id_parent_code"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_grid_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid")),
        sa.UniqueConstraint("id", "code", name=op.f("uq_grid_id_code")),
        sa.UniqueConstraint("id", "level", name=op.f("uq_grid_id_level")),
        sa.UniqueConstraint("id", "plan_id", "level", name=op.f("uq_grid_id_plan_id_level")),
        sa.UniqueConstraint("plan_id", "code", name=op.f("uq_grid_plan_id_code")),
    )
    op.create_index(
        "ix_grid_geom_3857",
        "grid",
        ["plan_id", "level", "geom_3857"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(op.f("ix_grid_organisation_id"), "grid", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_grid_plan_id_level"), "grid", ["plan_id", "level"], unique=False)
    op.create_table(
        "plan_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_event_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_event")),
    )
    op.create_index(op.f("ix_plan_event_plan_id_at"), "plan_event", ["plan_id", "at"], unique=False)
    op.create_table(
        "queue",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_queue_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_queue_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
        sa.UniqueConstraint("jurisdiction_id", "code", name=op.f("uq_queue_jurisdiction_id_code")),
    )
    op.create_table(
        "grid_unit",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "grid_level",
            sa.SmallInteger(),
            sa.Computed("3::smallint", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["grid_id", "plan_id", "grid_level"],
            ["grid.id", "grid.plan_id", "grid.level"],
            name=op.f("fk_grid_unit_grid_id_plan_id_grid_level"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_grid_unit_unit_id")),
        sa.PrimaryKeyConstraint("plan_id", "unit_id", name=op.f("pk_grid_unit")),
    )
    op.create_index(op.f("ix_grid_unit_grid_id"), "grid_unit", ["grid_id"], unique=False)
    op.create_index(op.f("ix_grid_unit_unit_id"), "grid_unit", ["unit_id"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_level", sa.SmallInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("seat", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("held", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("grid_id"), "="),
            (sa.column("role"), "="),
            (sa.column("seat"), "="),
            (sa.column("held"), "&&"),
            using="gist",
            name="ex_post_seat",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("person_id"), "="),
            (sa.column("grid_id"), "="),
            (sa.column("role"), "="),
            (sa.column("held"), "&&"),
            using="gist",
            name="ex_post_person",
        ),
        sa.CheckConstraint(
            "(grid_level = 1 AND role = 'first_responsible' AND seat BETWEEN 1 AND 2) OR (grid_level = 2 AND role IN ('leader', 'secretary', 'director', 'officer') AND seat = 1) OR (grid_level = 3 AND role = 'lead' AND seat = 1) OR (grid_level = 3 AND role IN ('adviser', 'assistant', 'participant') AND seat BETWEEN 1 AND 99)",
            name=op.f("ck_post_role_of_level"),
        ),
        sa.CheckConstraint(
            "NOT isempty(held) AND NOT lower_inf(held)", name=op.f("ck_post_held_since")
        ),
        sa.CheckConstraint(
            "upper_inf(held) OR ended_by IS NOT NULL", name=op.f("ck_post_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["grid_id", "grid_level"],
            ["grid.id", "grid.level"],
            name=op.f("fk_post_grid_id_grid_level"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_post_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    op.create_index(op.f("ix_post_person_id"), "post", ["person_id"], unique=False)
    op.create_geospatial_table(
        "incident",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("jurisdiction_id", sa.BigInteger(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column(
            "top_category",
            sa.Text(),
            sa.Computed("left(category_code, 2)", persisted=True),
            nullable=False,
        ),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("reporter_name", sa.Text(), nullable=True),
        sa.Column("reporter_phone", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column(
            "is_open",
            sa.Boolean(),
            sa.Computed("stage NOT IN ('closed', 'evaluated')", persisted=True),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan_id", sa.BigInteger(), nullable=True),
        sa.Column("grid_id", sa.BigInteger(), nullable=True),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        sa.Column("post_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("responsible_level", sa.SmallInteger(), nullable=True),
        sa.Column("route_rule", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column(
            "location_3857",
            Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            sa.Computed("ST_Transform(location, 3857)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(stage IN ('closed', 'evaluated')) = (closed_at IS NOT NULL)",
            name=op.f("ck_incident_closed_at"),
        ),
        sa.CheckConstraint(
            "reported_at <= recorded_at + interval '5 minutes'",
            name=op.f("ck_incident_not_in_future"),
        ),
        sa.CheckConstraint(
            "route_rule IN ('inside', 'shared_boundary', 'outside_queue')",
            name=op.f("ck_incident_route_rule"),
        ),
        sa.CheckConstraint(
            "source IN ('patrol', 'public_report', 'hotline_12345', 'hotline_110', 'department', 'sensor')",
            name=op.f("ck_incident_source"),
        ),
        sa.CheckConstraint(
            "stage IN ('collected', 'registered', 'dispatched', 'handled', 'fed_back', 'closed', 'evaluated')",
            name=op.f("ck_incident_stage"),
        ),
        sa.CheckConstraint(
            "(post_id IS NULL) = (responsible_level IS NULL)", name=op.f("ck_incident_post_level")
        ),
        sa.CheckConstraint(
            "ST_X(location) BETWEEN -180 AND 180 AND ST_Y(location) BETWEEN -85 AND 85",
            name=op.f("ck_incident_location"),
        ),
        sa.CheckConstraint(
            "closed_at >= reported_at", name=op.f("ck_incident_closed_after_reported")
        ),
        sa.CheckConstraint(
            "grid_code IS NULL OR length(grid_code) = 15", name=op.f("ck_incident_basic_grid")
        ),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 200", name=op.f("ck_incident_title_length")
        ),
        sa.CheckConstraint(
            "num_nonnulls(grid_id, queue_id) = 1", name=op.f("ck_incident_one_owner")
        ),
        sa.CheckConstraint(
            "num_nonnulls(plan_id, grid_id, grid_code) IN (0, 3)",
            name=op.f("ck_incident_grid_whole"),
        ),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_incident_severity")),
        sa.ForeignKeyConstraint(
            ["category_code"], ["category.code"], name=op.f("fk_incident_category_code")
        ),
        sa.ForeignKeyConstraint(
            ["grid_id", "grid_code"],
            ["grid.id", "grid.code"],
            name=op.f("fk_incident_grid_id_grid_code"),
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["organisation.id"], name=op.f("fk_incident_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_incident_person_id")),
        sa.ForeignKeyConstraint(
            ["plan_id", "grid_code"],
            ["grid.plan_id", "grid.code"],
            name=op.f("fk_incident_plan_id_grid_code"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id", "jurisdiction_id"],
            ["plan.id", "plan.jurisdiction_id"],
            name=op.f("fk_incident_plan_id_jurisdiction_id"),
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_incident_post_id")),
        sa.ForeignKeyConstraint(["queue_id"], ["queue.id"], name=op.f("fk_incident_queue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("serial", name=op.f("uq_incident_serial")),
    )
    op.create_index(
        "ix_incident_category_newest",
        "incident",
        ["jurisdiction_id", "top_category", "reported_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_incident_grid_code",
        "incident",
        ["grid_code", "reported_at"],
        unique=False,
        postgresql_ops={"grid_code": "text_pattern_ops"},
    )
    op.create_geospatial_index(
        "ix_incident_location_3857",
        "incident",
        ["location_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_incident_newest", "incident", ["jurisdiction_id", "reported_at", "id"], unique=False
    )
    op.create_geospatial_index(
        "ix_incident_open_location_3857",
        "incident",
        ["location_3857"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("is_open"),
        postgresql_ops={},
    )
    op.create_index(
        "ix_incident_open_newest",
        "incident",
        ["jurisdiction_id", "reported_at", "id"],
        unique=False,
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(
        "ix_incident_person_open",
        "incident",
        ["person_id"],
        unique=False,
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(
        "ix_incident_queue",
        "incident",
        ["queue_id"],
        unique=False,
        postgresql_where=sa.text("queue_id IS NOT NULL"),
    )
    op.create_index(
        "ix_incident_words",
        "incident",
        [
            sa.literal_column(
                "(serial || ' ' || title || ' ' || coalesce(address, '')) gin_trgm_ops"
            )
        ],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "uq_incident_source_ref",
        "incident",
        ["source", "source_ref"],
        unique=True,
        postgresql_where=sa.text("source_ref IS NOT NULL"),
    )
    op.create_table(
        "incident_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_stage", sa.Text(), nullable=True),
        sa.Column("to_stage", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "from_stage IN ('collected', 'registered', 'dispatched', 'handled', 'fed_back', 'closed', 'evaluated')",
            name=op.f("ck_incident_event_from_stage"),
        ),
        sa.CheckConstraint(
            "to_stage IN ('collected', 'registered', 'dispatched', 'handled', 'fed_back', 'closed', 'evaluated')",
            name=op.f("ck_incident_event_to_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_event_incident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_event")),
    )
    op.create_index(
        op.f("ix_incident_event_incident_id_at_id"),
        "incident_event",
        ["incident_id", "at", "id"],
        unique=False,
    )
    op.execute(Path(__file__).with_name("0001_history.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing before it: drop the database")
