"""Categories, the queues for what no grid owns, incidents, and their append-only history."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import (
    Base,
    Id,
    Moment,
    OptionalMoment,
    OptionalText,
    RecordedAt,
    RequiredText,
    web_mercator,
    wgs84,
)

# The seven stages of the national procedure, after the thing that each has just brought about.
STAGES = "'collected', 'registered', 'dispatched', 'handled', 'fed_back', 'closed', 'evaluated'"
SOURCES = "'patrol', 'public_report', 'hotline_12345', 'hotline_110', 'department', 'sensor'"
SHOWN_ON_TILES = [
    "id", "tile_px", "tile_py", "top_category", "severity", "is_open", "reported_at",
]  # fmt: skip
RULES = "'inside', 'shared_boundary', 'nearest_grid', 'chosen', 'outside_queue', 'rule'"


class Category(Base):
    """A kind of incident, coded in two levels: two digits, and four below them."""

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(
        Text, Computed("CASE WHEN length(code) = 4 THEN left(code, 2) END", persisted=True)
    )
    name_zh: Mapped[RequiredText]
    name_en: Mapped[RequiredText]
    severity: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    colour: Mapped[RequiredText]
    glyph: Mapped[RequiredText]
    position: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    retired_at: Mapped[OptionalMoment]

    __table_args__ = (
        ForeignKeyConstraint(["parent_code"], ["category.code"]),
        CheckConstraint("code ~ '^[0-9]{2}([0-9]{2})?$'", name="code"),
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
        CheckConstraint("colour ~ '^#[0-9a-f]{6}$'", name="colour"),
    )


class Queue(Base):
    """The named place, with a named person, for incidents outside all grids (属地兜底)."""

    __tablename__ = "queue"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    code: Mapped[RequiredText]
    name_zh: Mapped[RequiredText]
    name_en: Mapped[RequiredText]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)

    __table_args__ = (UniqueConstraint("jurisdiction_id", "code"),)


class SerialCounter(Base):
    """The last serial number of a jurisdiction and day: taken under a row lock, so no gaps."""

    __tablename__ = "serial_counter"

    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    day: Mapped[date] = mapped_column(Date)
    last: Mapped[int] = mapped_column(Integer, nullable=False)

    __table_args__ = (PrimaryKeyConstraint("jurisdiction_id", "day"),)


class SerialBlock(Base):
    """Numbers that the counter has passed and no incident bears: the next ones to be given.

    A running import holds its block by the row's lock, deletes it in the transaction that writes
    the incidents, and so gives the numbers back by failing, however that comes about.
    """

    __tablename__ = "serial_block"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    day: Mapped[date] = mapped_column(Date, nullable=False)
    first: Mapped[int] = mapped_column(Integer, nullable=False)
    last: Mapped[int] = mapped_column(Integer, nullable=False)

    __table_args__ = (
        CheckConstraint("first BETWEEN 1 AND last", name="numbers"),
        Index(None, "jurisdiction_id", "day", "first"),
    )


class Incident(Base):
    """Something reported at a place, with the grid or queue and the person that it belongs to.

    `responsible_level` below 3 says that the posts beneath it were vacant at that moment.
    `department_id` is the first department in charge beside the grid; where a rule lets it answer,
    `contact_id` says as whose contact, and there is no post.
    """

    __tablename__ = "incident"

    id: Mapped[Id]
    serial: Mapped[RequiredText]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    category_code: Mapped[str] = mapped_column(ForeignKey("category.code"), nullable=False)
    top_category: Mapped[str] = mapped_column(
        Text, Computed("left(category_code, 2)", persisted=True)
    )
    severity: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    source: Mapped[RequiredText]
    source_ref: Mapped[OptionalText]
    ref_of: Mapped[OptionalText]
    title: Mapped[RequiredText]
    description: Mapped[OptionalText]
    address: Mapped[OptionalText]
    reporter_name: Mapped[OptionalText]
    reporter_phone: Mapped[OptionalText]
    reported_at: Mapped[Moment]
    recorded_at: Mapped[RecordedAt]
    stage: Mapped[RequiredText]
    is_open: Mapped[bool] = mapped_column(
        Boolean, Computed("stage NOT IN ('closed', 'evaluated')", persisted=True)
    )
    due_at: Mapped[OptionalMoment]
    closed_at: Mapped[OptionalMoment]
    plan_id: Mapped[int | None] = mapped_column(BigInteger)
    grid_id: Mapped[int | None] = mapped_column(BigInteger)
    grid_code: Mapped[OptionalText]
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    responsible_level: Mapped[int | None] = mapped_column(SmallInteger)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("routing_rule.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    route_rule: Mapped[RequiredText]
    # Closed without being solved, and how: such a case counts neither as found nor as closed.
    dismissed: Mapped[OptionalText]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    parked_until: Mapped[OptionalMoment]
    supervised_until: Mapped[OptionalMoment]
    satisfaction: Mapped[OptionalText]
    synthetic: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    version: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("1"))
    location: Mapped[Any] = wgs84("POINT")
    location_3857: Mapped[Any] = web_mercator("POINT", "location")
    # Web Mercator pixels at zoom 30 and their Morton key: tiles are ranges of it.
    tile_px: Mapped[int] = mapped_column(
        Integer, Computed("tile_px(ST_X(location))", persisted=True), nullable=False
    )
    tile_py: Mapped[int] = mapped_column(
        Integer, Computed("tile_py(ST_Y(location))", persisted=True), nullable=False
    )
    tile_key: Mapped[int] = mapped_column(
        BigInteger,
        Computed("tile_key(tile_px(ST_X(location)), tile_py(ST_Y(location)))", persisted=True),
        nullable=False,
    )

    __table_args__ = (
        UniqueConstraint("serial"),
        ForeignKeyConstraint(["plan_id", "jurisdiction_id"], ["plan.id", "plan.jurisdiction_id"]),
        ForeignKeyConstraint(["grid_id", "grid_code"], ["grid.id", "grid.code"]),
        ForeignKeyConstraint(["plan_id", "grid_code"], ["grid.plan_id", "grid.code"]),
        CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
        CheckConstraint(f"source IN ({SOURCES})", name="source"),
        CheckConstraint(f"stage IN ({STAGES})", name="stage"),
        CheckConstraint(f"route_rule IN ({RULES})", name="route_rule"),
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
        CheckConstraint("num_nonnulls(grid_id, queue_id) = 1", name="one_owner"),
        CheckConstraint("num_nonnulls(plan_id, grid_id, grid_code) IN (0, 3)", name="grid_whole"),
        CheckConstraint("(post_id IS NULL) = (responsible_level IS NULL)", name="post_level"),
        CheckConstraint("route_rule <> 'rule' OR rule_id IS NOT NULL", name="rule_named"),
        CheckConstraint(
            "contact_id IS NULL OR (department_id IS NOT NULL AND post_id IS NULL)",
            name="contact_answers",
        ),
        CheckConstraint("grid_code IS NULL OR length(grid_code) = 15", name="basic_grid"),
        CheckConstraint("reported_at <= recorded_at + interval '5 minutes'", name="not_in_future"),
        CheckConstraint(
            "(stage IN ('closed', 'evaluated')) = (closed_at IS NOT NULL)", name="closed_at"
        ),
        CheckConstraint("closed_at >= reported_at", name="closed_after_reported"),
        CheckConstraint("dismissed IN ('rejected', 'merged')", name="dismissed"),
        CheckConstraint("dismissed IS NULL OR closed_at IS NOT NULL", name="dismissed_closed"),
        CheckConstraint(
            "(merged_into IS NOT NULL) = (dismissed IS NOT DISTINCT FROM 'merged')", name="merged"
        ),
        CheckConstraint("merged_into <> id", name="merged_other"),
        CheckConstraint("source_ref IS NULL OR ref_of IS NOT NULL", name="ref_of"),
        CheckConstraint("parked_until IS NULL OR closed_at IS NULL", name="parked_open"),
        CheckConstraint(
            "satisfaction IN ('satisfied', 'fair', 'dissatisfied')", name="satisfaction"
        ),
        CheckConstraint(
            "ST_X(location) BETWEEN -180 AND 180 AND ST_Y(location) BETWEEN -85 AND 85",
            name="location",
        ),
        Index(
            "uq_incident_source_ref", "source", "source_ref", "ref_of",
            unique=True, postgresql_where=text("source_ref IS NOT NULL"),
        ),
        Index("ix_incident_newest", "jurisdiction_id", "reported_at", "id"),
        Index(
            "ix_incident_open_newest", "jurisdiction_id", "reported_at", "id",
            postgresql_where=text("is_open"),
        ),
        Index(
            "ix_incident_category_newest",
            "jurisdiction_id", "top_category", "reported_at", "id",
        ),
        Index(
            "ix_incident_grid_code", "grid_code", "reported_at",
            postgresql_ops={"grid_code": "text_pattern_ops"},
        ),
        Index("ix_incident_person_open", "person_id", postgresql_where=text("is_open")),
        # The desk's order by deadline, and its filters.
        Index(
            "ix_incident_open_due",
            "jurisdiction_id", text("coalesce(due_at, 'infinity'::timestamptz)"), "id",
            postgresql_where=text("is_open"),
        ),
        Index(
            "ix_incident_stage_newest", "jurisdiction_id", "stage", "reported_at", "id",
            postgresql_where=text("stage <> 'closed'"),
        ),
        Index(
            "ix_incident_person_newest", "person_id", "reported_at", "id",
            postgresql_where=text("person_id IS NOT NULL"),
        ),
        Index(
            "ix_incident_department_newest", "department_id", "reported_at", "id",
            postgresql_where=text("department_id IS NOT NULL"),
        ),
        Index(
            "ix_incident_merged_into", "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        # What rests is woken from this alone.
        Index(
            "ix_incident_supervised", "supervised_until",
            postgresql_where=text("supervised_until IS NOT NULL"),
        ),
        Index(
            "ix_incident_parked", "parked_until",
            postgresql_where=text("parked_until IS NOT NULL"),
        ),
        Index("ix_incident_queue", "queue_id", postgresql_where=text("queue_id IS NOT NULL")),
        Index("ix_incident_location_3857", "location_3857", postgresql_using="gist"),
        # All that a tile of points shows: read from the index alone.
        Index("ix_incident_tile", "tile_key", postgresql_include=SHOWN_ON_TILES),
        Index(
            "ix_incident_open_tile", "tile_key", postgresql_include=SHOWN_ON_TILES,
            postgresql_where=text("is_open"),
        ),
        # See word_keys in the migrations: finds words of one and two characters, too.
        Index(
            "ix_incident_words",
            text(
                "word_keys(title || ' ' || CASE WHEN address IS NULL THEN '' ELSE address END)"
                " gin_trgm_ops"
            ),
            postgresql_using="gin",
        ),
        Index("ix_incident_serial_end", text("reverse(lower(serial)) text_pattern_ops")),
    )  # fmt: skip


class IncidentEvent(Base):
    """One step in an incident's life. Triggers refuse to change or delete a row.

    `at` is when it happened, `recorded_at` when it came to be known here. `transaction_id` is the
    transaction that told it: whoever follows changes asks for those that were not finished when
    he last looked.
    """

    __tablename__ = "incident_event"

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), nullable=False)
    recorded_at: Mapped[RecordedAt]
    actor: Mapped[RequiredText]
    action: Mapped[RequiredText]
    from_stage: Mapped[OptionalText]
    to_stage: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    data: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    transaction_id: Mapped[int] = mapped_column(
        BigInteger, nullable=False, server_default=text("pg_current_xact_id()::text::bigint")
    )

    __table_args__ = (
        CheckConstraint(f"from_stage IN ({STAGES})", name="from_stage"),
        CheckConstraint(f"to_stage IN ({STAGES})", name="to_stage"),
        Index(None, "incident_id", "at", "id"),
        Index(None, "transaction_id"),
    )


class IdempotencyKey(Base):
    """What a caller's Idempotency-Key stands for: the request it came with, and its incident."""

    __tablename__ = "idempotency_key"

    caller: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), nullable=False)
    recorded_at: Mapped[RecordedAt]

    __table_args__ = (PrimaryKeyConstraint("caller", "key"),)


class ImportJob(Base):
    """A bulk import of incidents: where it stands, and the report that it gave."""

    __tablename__ = "import_job"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    file_name: Mapped[RequiredText]
    sha256: Mapped[RequiredText]
    status: Mapped[str] = mapped_column(Text, nullable=False, server_default=text("'running'"))
    step: Mapped[OptionalText]
    fraction: Mapped[float] = mapped_column(nullable=False, server_default=text("0"))
    dry_run: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    rows_written: Mapped[int | None] = mapped_column(Integer)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_by: Mapped[RequiredText]
    created_at: Mapped[RecordedAt]
    finished_at: Mapped[OptionalMoment]

    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed')", name="status"),
        CheckConstraint("(status = 'running') = (finished_at IS NULL)", name="finished"),
        CheckConstraint("fraction BETWEEN 0 AND 1", name="fraction"),
        # No two imports of the same content at once, and a quick look for an earlier one.
        Index(
            "uq_import_job_running", "jurisdiction_id", "sha256",
            unique=True, postgresql_where=text("status = 'running' AND NOT dry_run"),
        ),
        Index(
            "ix_import_job_done", "jurisdiction_id", "sha256",
            postgresql_where=text("status = 'done' AND NOT dry_run"),
        ),
    )  # fmt: skip
