"""Rules, assets, the duty list and the contacts of departments: dated, ended, never overwritten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gis.store.models.base import Base, Id, OptionalText, RequiredText
from gis.store.models.incident import SOURCES
from gis.store.models.planned import Planned, planned_checks

KINDS = "'park', 'bridge', 'building', 'road', 'other'"
ROLES = (
    "'lead', 'adviser', 'assistant', 'participant', 'officer', 'director', 'secretary', 'leader',"
    " 'first_responsible'"
)


class Asset(Planned, Base):
    """A named thing with a place, and the organisation in charge of it, if there is one.

    The code outlives a change: the new row of a code follows the ended one. `reach_m`: how far
    from its point or line a place still counts as on it.
    """

    __tablename__ = "asset"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    code: Mapped[RequiredText]
    kind: Mapped[RequiredText]
    name_zh: Mapped[RequiredText]
    name_en: Mapped[OptionalText]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    reach_m: Mapped[float] = mapped_column(Double, nullable=False)
    geom: Mapped[Any] = mapped_column(
        Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False
    )

    __table_args__ = (
        CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        CheckConstraint("length(code) BETWEEN 1 AND 60", name="code_length"),
        CheckConstraint("length(name_zh) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint("reach_m BETWEEN 0 AND 500", name="reach"),
        CheckConstraint("NOT ST_IsEmpty(geom)", name="somewhere"),
        *planned_checks(),
        ExcludeConstraint(
            ("jurisdiction_id", "="), ("code", "="), ("held", "&&"), name="ex_asset_code_once"
        ),
        Index("ix_asset_geom", "geom", postgresql_using="gist"),
        Index(None, "jurisdiction_id", "id"),
    )


class DutyItem(Planned, Base):
    """An item of the duty list (权责清单): who handles a category by which document.

    `access` items are what may be handed down to communities (社区准入事项).
    """

    __tablename__ = "duty_item"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    category_code: Mapped[str] = mapped_column(ForeignKey("category.code"), nullable=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    kind: Mapped[RequiredText]
    document: Mapped[RequiredText]

    __table_args__ = (
        CheckConstraint("kind IN ('duty', 'access')", name="kind"),
        CheckConstraint("length(document) BETWEEN 1 AND 500", name="document_length"),
        *planned_checks(),
        ExcludeConstraint(
            ("jurisdiction_id", "="), ("category_code", "="), ("organisation_id", "="),
            ("kind", "="), ("held", "&&"), name="ex_duty_item_once",
        ),
        Index(None, "jurisdiction_id", "id"),
    )  # fmt: skip


class Contact(Planned, Base):
    """The person who answers for an organisation where a rule gives it a case."""

    __tablename__ = "contact"

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=False)

    __table_args__ = (
        *planned_checks(),
        ExcludeConstraint(("organisation_id", "="), ("held", "&&"), name="ex_contact_one_at_once"),
        Index(None, "person_id"),
    )


class RoutingRule(Planned, Base):
    """A rule that overrides or refines the owner by place. Its order stands in `rule_order`.

    An empty list or NULL asks for nothing. What it decides: `gis.routing.rules`.
    """

    __tablename__ = "routing_rule"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    name_zh: Mapped[RequiredText]
    name_en: Mapped[OptionalText]
    effect: Mapped[RequiredText]
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    severities: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), nullable=False)
    sources: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    grid_prefix: Mapped[OptionalText]
    asset_code: Mapped[OptionalText]
    asset_kind: Mapped[OptionalText]
    within_m: Mapped[float | None] = mapped_column(Double)
    street_code: Mapped[OptionalText]
    street_side: Mapped[OptionalText]
    street_within_m: Mapped[float | None] = mapped_column(Double)
    target_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    target_grid_code: Mapped[OptionalText]
    target_role: Mapped[OptionalText]

    __table_args__ = (
        CheckConstraint("effect IN ('override', 'refine')", name="effect"),
        CheckConstraint("length(name_zh) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint("severities <@ '{1,2,3,4}'::smallint[]", name="severities"),
        CheckConstraint(f"sources <@ ARRAY[{SOURCES}]", name="sources"),
        CheckConstraint("grid_prefix ~ '^[0-9]{6}([0-9]{3}){0,3}$'", name="grid_prefix"),
        CheckConstraint(
            "num_nonnulls(asset_code, asset_kind) = num_nonnulls(within_m)", name="asset_within"
        ),
        CheckConstraint(f"asset_kind IN ({KINDS})", name="asset_kind"),
        CheckConstraint("within_m BETWEEN 0 AND 2000", name="within"),
        CheckConstraint(
            "num_nonnulls(street_code, street_side, street_within_m) IN (0, 3)", name="street_whole"
        ),
        CheckConstraint("street_side IN ('left', 'right')", name="street_side"),
        CheckConstraint("street_within_m BETWEEN 1 AND 500", name="street_within"),
        CheckConstraint(
            "num_nonnulls(target_organisation_id, target_grid_code, target_role) = 1",
            name="one_target",
        ),
        CheckConstraint(
            "effect = 'override' OR target_grid_code IS NULL", name="refine_keeps_grid"
        ),
        CheckConstraint("target_grid_code ~ '^[0-9]{15}$'", name="target_grid_code"),
        CheckConstraint(f"target_role IN ({ROLES})", name="target_role"),
        *planned_checks(),
        Index(None, "jurisdiction_id", "id"),
    )


class RuleOrder(Base):
    """The order of a jurisdiction's rules from a moment on, one row for every change. Append-only.

    `ids`: all rules that had not ended then, the first one first.
    """

    __tablename__ = "rule_order"

    id: Mapped[Id]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), nullable=False)
    at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")
    )
    actor: Mapped[RequiredText]
    action: Mapped[RequiredText]
    reason: Mapped[OptionalText]
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("routing_rule.id"))
    ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), nullable=False)

    __table_args__ = (
        CheckConstraint("action IN ('add', 'replace', 'end', 'order')", name="action"),
        CheckConstraint("(action = 'order') = (rule_id IS NULL)", name="rule"),
        Index(None, "jurisdiction_id", "id"),
    )


class RoutingVersion(Base):
    """One row that every change of rules, assets, duty lists and contacts counts up, in the same
    transaction: who has read it knows whether what he keeps still holds."""

    __tablename__ = "routing_version"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger, nullable=False)

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
