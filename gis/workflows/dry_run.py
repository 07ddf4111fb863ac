"""Why a report would get its owner: every rule's verdict, told in words. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from gis.errors import InputError
from gis.messages import translate
from gis.routing.owner import vacant_levels
from gis.routing.query import NO_GRID
from gis.routing.rule_set import DRAFT, Rule
from gis.routing.rules import Explained, Outcome, explain
from gis.store import rules
from gis.store.contacts import contact_people
from gis.store.reports import severities
from gis.store.responsibility import PlanInForce, person, queue_named
from gis.store.rule_names import Named, duty_documents, named
from gis.store.scope import beyond, scope_on
from gis.workflows.locators import Locators
from gis.workflows.ownership import Owner, owners_under, place_in_wgs84, plans_of_points
from gis.workflows.rules import GIVEN, check_rule
from gis.workflows.ruling import Matter, RuleBook, facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rule to try (see `gis.workflows.rules.GIVEN`), at which place, and instead of which."""

    given: Mapping[str, Any]
    since: datetime | None = None
    until: datetime | None = None
    position: int | None = None
    replaces: int | None = None


def dry_run(
    connection: Connection,
    locators: Locators,
    *,
    lon: float,
    lat: float,
    crs: str = "EPSG:4326",
    category: str | None = None,
    severity: int | None = None,
    source: str | None = None,
    at: datetime | None = None,
    draft: Draft | None = None,
    language: str,
) -> dict[str, Any]:
    """Who would own a report, with the verdict on every rule and what else is to be known.

    By the plan, the rules and the people of a moment (now). Without a severity it is the
    category's own. Raises NotFoundError `no-published-plan`, `no-plan-then`, InputError
    `category-unknown`, `crs-unknown`, `coordinates-invalid`, `place-outside-scope`, and what
    `check_rule` raises.
    """
    moment = at or datetime.now(UTC)
    x, y = place_in_wgs84(lon, lat, crs)
    lons, lats = np.array([x]), np.array([y])
    matter = matter_of(connection, category, severity, source)
    plan = plans_of_points(connection, locators, lons, lats, at=at)[0]
    scope = scope_on(connection)
    if scope is not None and not scope.acts_in(plan.jurisdiction_id):
        raise InputError("place-outside-scope", field="lon")
    with beyond(connection):  # within the jurisdiction whoever answers is told
        return _tried(connection, locators, plan, x, y, moment, matter, draft, category, language)


def _tried(
    connection: Connection,
    locators: Locators,
    plan: PlanInForce,
    x: float,
    y: float,
    moment: datetime,
    matter: Matter,
    draft: Draft | None,
    category: str | None,
    language: str,
) -> dict[str, Any]:
    lons, lats, moments = np.array([x]), np.array([y]), np.array([moment], dtype=object)
    book = locators.books.get(connection, plan.jurisdiction_id)
    if draft is not None:
        check_rule(connection, plan.jurisdiction_id, dict(draft.given))
        rule = _rule(draft, moment)
        tried = book.rules.with_draft(rule, draft.position, draft.replaces, datetime.now(UTC))
        book = replace(book, rules=tried)
    unruled = RuleBook(rules=type(book.rules)(), contacts={})
    by_place, owner = (
        owners_under(
            connection, locators, plan, lons, lats, moments, matter, book=one
        ).one(0)
        for one in (unruled, book)
    )  # fmt: skip
    kept = locators.get(connection, plan.plan_id)
    position = kept.positions([by_place.grid_code])
    facts = facts_of(kept.locator.codes, lons, lats, position, moments, matter)
    found = explain(facts, book.rules)
    told = _told(connection, plan, book, found, draft, owner, moment, category, language)
    return {
        "lon": x,
        "lat": y,
        "at": moment,
        "plan_id": plan.plan_id,
        "jurisdiction_id": plan.jurisdiction_id,
        "place": {**_place(connection, by_place), "rule": by_place.rule},
        "owner": {
            **_place(connection, owner),
            "rule": owner.rule,
            "responsible": responsible_shown(
                connection, owner, found.role.role if found.role else None
            ),
        },
        **told,
    }


def in_charge(
    connection: Connection,
    locators: Locators,
    plan: PlanInForce,
    *,
    lon: float,
    lat: float,
    grid_code: str | None,
    matter: Matter,
    at: datetime,
) -> list[dict[str, Any]]:
    """The departments in charge beside the grid of a place (WGS 84), by the rules of a moment.

    grid_code: the owner's, which counts where the place lies off all grids.
    """
    book = locators.books.get(connection, plan.jurisdiction_id)
    if not book.rules:
        return []
    kept = locators.get(connection, plan.plan_id)
    lons, lats = np.array([lon]), np.array([lat])
    position = kept.locator.locate(lons, lats)
    if position[0] == NO_GRID:
        position = kept.positions([grid_code])
    moments = np.array([at], dtype=object)
    facts = facts_of(kept.locator.codes, lons, lats, position, moments, matter)
    return _beside(connection, explain(facts, book.rules), at)


def responsible_shown(
    connection: Connection, owner: Owner, role_asked: str | None = None
) -> dict[str, Any] | None:
    """Who answers for an owner, as it is shown; `role_asked`: the role that a rule asked for."""
    if owner.person_id is None:
        return None
    level, role = owner.responsible_level, owner.role
    return {
        "person": person(connection, owner.person_id),
        "role": role,
        "level": level,
        "vacant_levels": list(vacant_levels(level, role))
        if level is not None and role is not None and role != role_asked
        else [],
        "stands_in_for": person(connection, owner.stands_in_for)
        if owner.stands_in_for is not None
        else None,
    }


def department_shown(connection: Connection, owner: Owner, at: datetime) -> dict[str, Any] | None:
    """The first department in charge of an owner's place, as it is shown."""
    if owner.department_id is None:
        return None
    people = contact_people(connection, [owner.department_id], at)
    return {
        **named(connection, "organisation", [owner.department_id])[owner.department_id],
        "person": people.get(owner.department_id),
        "answers": owner.contact_id is not None,
    }


def rule_shown(connection: Connection, owner: Owner) -> dict[str, Any] | None:
    """The rule that decided an owner, as it is shown."""
    if owner.rule_id is None:
        return None
    return rules.decided_by(connection, [owner.rule_id])[owner.rule_id]


def matter_of(
    connection: Connection, category: str | None, severity: int | None, source: str | None
) -> Matter:
    """What is reported at one place; without a severity the category's own. Raises InputError
    `category-unknown`."""
    if category is not None:
        known = severities(connection, [category])
        if category not in known:
            raise InputError("category-unknown", category=category, field="category")
        severity = severity or known[category]
    return Matter.one(category, severity, source)


def _rule(draft: Draft, at: datetime) -> Rule:
    given: dict[str, Any] = {
        name: draft.given.get(name) for name in GIVEN if not name.startswith("name_")
    }
    for name in ("categories", "severities", "sources"):
        given[name] = tuple(given[name] or ())
    for name in ("within_m", "street_within_m"):
        given[name] = given[name] or 0.0
    return Rule(rule_id=DRAFT, since=draft.since or at, until=draft.until, **given)


def _place(connection: Connection, owner: Owner) -> dict[str, Any]:
    return {
        "grid": named(connection, "grid", [owner.grid_id])[owner.grid_id]
        if owner.grid_id is not None
        else None,
        "queue": queue_named(connection, owner.queue_id) if owner.queue_id is not None else None,
    }


def _told(
    connection: Connection,
    plan: PlanInForce,
    book: RuleBook,
    found: Explained,
    draft: Draft | None,
    owner: Owner,
    at: datetime,
    category: str | None,
    language: str,
) -> dict[str, Any]:
    effects = {rule.rule_id: rule.effect for rule in book.rules.rules}
    names = {kind: _names(connection, found, kind) for kind in ("rule", "asset", "duty")}
    if draft is not None:
        zh, en = draft.given.get("name_zh"), draft.given.get("name_en")
        names["rule"][DRAFT] = {"zh": zh or en or "", "en": en or zh or ""}
    # Rules that were over by then stand last, and have no place in the order.
    ordered = sorted(found.verdicts, key=lambda one: one.outcome == Outcome.ENDED)
    living = [v.id for v in ordered if v.kind == "rule" and v.outcome != Outcome.ENDED]
    place = {rule_id: number for number, rule_id in enumerate(living, start=1)}
    short = "zh" if language == "zh-CN" else "en"
    verdicts = []
    for one in ordered:
        by = names["rule"].get(one.by, {}).get(short, "") if one.by is not None else ""
        is_draft = one.kind == "rule" and one.id == DRAFT
        verdicts.append({
            "kind": "draft" if is_draft else one.kind,
            "id": None if is_draft else one.id,
            "position": place.get(one.id) if one.kind == "rule" else None,
            "name": names[one.kind][one.id],
            "effect": effects[one.id] if one.kind == "rule" else "refine",
            "outcome": one.outcome.value,
            "message": translate(
                f"verdict-{one.outcome.value.replace('_', '-')}", language, {"by": by}
            ),
            "distance_m": None if one.distance_m is None else round(one.distance_m, 2),
        })  # fmt: skip
    winner = found.override or found.role
    beside = _beside(connection, found, at)
    return {
        "winner": winner and {
            "id": winner.rule_id or None,
            "name": names["rule"][winner.rule_id],
            "effect": winner.effect,
        },
        "department": department_shown(connection, owner, at),
        "beside": beside,
        "verdicts": verdicts,
        "notes": [
            {"code": code, "message": translate(code, language)}
            for code in _notes(book, found, owner, category)
        ],
    }  # fmt: skip


def _names(connection: Connection, found: Explained, kind: str) -> dict[int, dict[str, str]]:
    ids = [one.id for one in found.verdicts if one.kind == kind]
    if kind == "duty":
        return duty_documents(connection, ids)
    table: Named = "routing_rule" if kind == "rule" else "asset"
    return {row_id: row["name"] for row_id, row in named(connection, table, ids).items()}


def _beside(connection: Connection, found: Explained, at: datetime) -> list[dict[str, Any]]:
    ids = [one.organisation_id for one in found.beside]
    organisations = named(connection, "organisation", ids)
    people = contact_people(connection, ids, at)
    because = {
        "rule": named(connection, "routing_rule", [b.id for b in found.beside if b.why == "rule"]),
        "asset": named(connection, "asset", [b.id for b in found.beside if b.why == "asset"]),
    }
    documents = duty_documents(connection, [b.id for b in found.beside if b.why == "duty"])
    unnamed: dict[str, Any] = {"name": {"zh": "", "en": ""}}
    return [
        {
            **organisations[one.organisation_id],
            "person": people.get(one.organisation_id),
            "why": one.why,
            "because": documents[one.id]
            if one.why == "duty"
            else because[one.why].get(one.id, unnamed)["name"],
        }
        for one in found.beside
    ]


def _notes(book: RuleBook, found: Explained, owner: Owner, category: str | None) -> list[str]:
    notes = []
    if category is not None and book.rules.duties:
        if not found.listed:
            notes.append("duty-nobody")
        if not found.street:
            notes.append("duty-not-street")
    rule = found.override
    if rule is not None and rule.organisation_id is not None and owner.contact_id is None:
        notes.append("department-no-contact")
    speaking = found.role or (rule if rule is not None and rule.role is not None else None)
    if speaking is not None and owner.role != speaking.role:
        notes.append("role-vacant")
    return notes
