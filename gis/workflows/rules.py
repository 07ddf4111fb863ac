"""Rules, their order, and contacts: looked at, recorded, ended and ordered in somebody's name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.errors import ConflictError, InputError, NotFoundError
from gis.routing.owner import ANSWERING, LAST_RESORT
from gis.store import assets, contacts, dated, known, rules
from gis.store.engine import acting

# What a rule says, as it comes in: by these names or not at all.
GIVEN = (*rules.CONDITIONS, "name_zh", "name_en", "effect", "organisation_id", "grid_code", "role")

ROLES = tuple(role for _, roles in (*ANSWERING, *LAST_RESORT) for role in roles)


def shown_rules(
    connection: Connection,
    jurisdiction_id: int,
    *,
    at: datetime | None = None,
    ended: bool = False,
) -> tuple[list[dict[str, Any]], int]:
    """Rules in their order and the number of the latest change.

    `problems` of each are codes of what keeps it from working as things are.
    """
    known.require(connection, jurisdiction_id)
    listed = rules.list_rules(connection, jurisdiction_id, at=at, ended=ended)
    standing = assets.standing(connection, jurisdiction_id)
    kinds = {asset["kind"] for asset in standing.values()}
    answering = {
        one["id"]
        for one in contacts.organisations(connection, jurisdiction_id)
        if one["contact"] is not None
    }
    for row in listed:
        asks, target = row["conditions"], row["target"]
        wrong = {
            "rule-grid-gone": target["grid"] is not None and target["grid"]["name"] is None,
            "rule-no-contact": row["effect"] == "override"
            and target["organisation"] is not None
            and target["organisation"]["id"] not in answering,
            "rule-asset-gone": asks["asset_code"] not in (None, *standing)
            or asks["asset_kind"] not in (None, *kinds),
            "rule-street-gone": asks["street_code"] not in (None, *standing),
        }
        over = row["state"] == "ended"
        row["problems"] = [code for code, is_wrong in wrong.items() if is_wrong and not over]
    version, _ = rules.latest_order(connection, jurisdiction_id)
    return listed, version


def record_rule(
    engine: Engine,
    jurisdiction_id: int,
    given: dict[str, Any],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    position: int | None = None,
    replaces: int | None = None,
    version: int | None = None,
    reason: str,
    actor: str,
) -> tuple[int, int]:
    """Record a rule (see GIVEN); gives its id and the number of this change.

    It comes at a position (from 1) or last, or in place of the rule that it replaces, which ends.
    Raises what `check_rule` does, ConflictError `rules-changed` where somebody else was first,
    NotFoundError `rule-not-found`, InputError `window-reversed`.
    """
    with acting(engine, actor, action="rule", reason=reason) as connection:
        _unchanged(connection, jurisdiction_id, version)
        check_rule(connection, jurisdiction_id, given)
        return add_rule(
            connection, jurisdiction_id, given, since=since, until=until, position=position,
            replaces=replaces, reason=reason,
        )  # fmt: skip


def add_rule(
    connection: Connection,
    jurisdiction_id: int,
    given: dict[str, Any],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    position: int | None = None,
    replaces: int | None = None,
    reason: str,
) -> tuple[int, int]:
    """The same in a running transaction, of a rule that has been checked."""
    ids = rules.living(connection, jurisdiction_id)
    place = position - 1 if position is not None else len(ids)
    if replaces is not None:
        if replaces not in ids:
            raise NotFoundError("rule-not-found", id=replaces)
        if position is None:
            place = ids.index(replaces)
        rules.end_rule(connection, jurisdiction_id, replaces)
        ids.remove(replaces)
    values = {name: given.get(name) for name in (*rules.CONDITIONS, "name_zh", "name_en", "effect")}
    for name in ("categories", "severities", "sources"):
        values[name] = sorted(set(values[name] or ()))
    for name in ("organisation_id", "grid_code", "role"):
        values[f"target_{name}"] = given.get(name)
    made = rules.add_rule(
        connection, jurisdiction_id, values, since=since, until=until, reason=reason
    )
    ids.insert(place, made)
    action = "add" if replaces is None else "replace"
    version = rules.record_order(
        connection, jurisdiction_id, ids, action=action, rule_id=made, reason=reason
    )
    return made, version


def end_rule(
    engine: Engine, jurisdiction_id: int, rule_id: int, *, reason: str, actor: str
) -> None:
    """End a rule now, or call it off. Raises NotFoundError `rule-not-found`."""
    with acting(engine, actor, action="rule", reason=reason) as connection:
        _unchanged(connection, jurisdiction_id, None)
        rules.end_rule(connection, jurisdiction_id, rule_id)
        ids = rules.living(connection, jurisdiction_id)
        rules.record_order(
            connection, jurisdiction_id, ids, action="end", rule_id=rule_id, reason=reason
        )


def order_rules(
    engine: Engine,
    jurisdiction_id: int,
    ids: Sequence[int],
    *,
    version: int,
    reason: str,
    actor: str,
) -> int:
    """Put all rules that hold or are to come in an order; gives the number of this change.

    Raises ConflictError `rules-changed` where they are not those that were looked at.
    """
    with acting(engine, actor, action="rule", reason=reason) as connection:
        _unchanged(connection, jurisdiction_id, version)
        if sorted(ids) != sorted(rules.living(connection, jurisdiction_id)):
            raise ConflictError("rules-changed")
        return rules.record_order(
            connection, jurisdiction_id, ids, action="order", rule_id=None, reason=reason
        )


def check_rule(connection: Connection, jurisdiction_id: int, given: dict[str, Any]) -> None:
    """Let pass a rule that makes sense and names only what there is.

    Raises InputError `rule-target-one`, `rule-refine-grid`, `rule-asset-or-kind`,
    `rule-within-alone`, `rule-street-whole`, `asset-code-unknown`, `street-unknown`,
    `category-unknown`, `grid-code-unknown`, `organisation-unknown`.
    """
    targets = [n for n in ("organisation_id", "grid_code", "role") if given.get(n) is not None]
    if len(targets) != 1:
        raise InputError("rule-target-one", field=targets[-1] if targets else "organisation_id")
    if given["effect"] == "refine" and given.get("grid_code") is not None:
        raise InputError("rule-refine-grid", field="grid_code")
    named = [n for n in ("asset_code", "asset_kind") if given.get(n) is not None]
    if len(named) == 2:
        raise InputError("rule-asset-or-kind", field="asset_kind")
    if len(named) != (given.get("within_m") is not None):
        raise InputError("rule-within-alone", field="within_m")
    street = [n for n in ("street_code", "street_side", "street_within_m") if given.get(n) is None]
    if len(street) not in (0, 3):
        raise InputError("rule-street-whole", field=street[0])
    if given.get("asset_code") is not None:
        assets.require_asset(connection, jurisdiction_id, given["asset_code"])
    if given.get("street_code") is not None:
        assets.require_asset(connection, jurisdiction_id, given["street_code"], street=True)
    if given.get("organisation_id") is not None:
        contacts.require_organisation(connection, jurisdiction_id, given["organisation_id"])
    for category in given.get("categories") or ():
        require_category(connection, category, "categories")
    for field in ("grid_code", "grid_prefix"):
        _require_grids(connection, jurisdiction_id, given.get(field), field)


def require_category(connection: Connection, code: str, field: str) -> None:
    """Let pass a category in use. Raises InputError `category-unknown`."""
    query = "SELECT code FROM category WHERE code = :code AND retired_at IS NULL"
    if connection.scalar(text(query), {"code": code}) is None:
        raise InputError("category-unknown", category=code, field=field)


def _require_grids(
    connection: Connection, jurisdiction_id: int, code: str | None, field: str
) -> None:
    """Let pass what grids of the plan in force begin with."""
    query = """SELECT 1 FROM grid JOIN plan ON plan.id = grid.plan_id
      WHERE plan.jurisdiction_id = :id AND plan.status = 'published'
        AND starts_with(grid.code, :code) LIMIT 1"""
    if code is not None and not connection.scalar(
        text(query), {"id": jurisdiction_id, "code": code}
    ):
        raise InputError("grid-code-unknown", code=code, field=field)


def _unchanged(connection: Connection, jurisdiction_id: int, version: int | None) -> None:
    """Have the rules to oneself, as they were looked at. Raises ConflictError `rules-changed`."""
    dated.one_after_the_other(connection)
    known.require(connection, jurisdiction_id)
    if version is not None and rules.latest_order(connection, jurisdiction_id)[0] != version:
        raise ConflictError("rules-changed")


def record_contact(
    engine: Engine,
    jurisdiction_id: int,
    organisation_id: int,
    *,
    person_id: int | None = None,
    name: str | None = None,
    phone: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    reason: str | None = None,
    actor: str,
) -> int:
    """Name who answers for an organisation: a person of it or of the jurisdiction, or a new one;
    gives the id of the contact.

    Whoever did so until then no longer does. Raises InputError `contact-person-one`,
    `organisation-unknown`, NotFoundError `person-not-found`, ConflictError `contact-twice` where
    somebody is named for a time to come.
    """
    if (person_id is None) == (name is None):
        raise InputError("contact-person-one", field="person_id")
    with acting(engine, actor, action="contact", reason=reason) as connection:
        dated.one_after_the_other(connection)
        known.require(connection, jurisdiction_id)
        contacts.require_organisation(connection, jurisdiction_id, organisation_id)
        present = contacts.present_contact(connection, organisation_id)
        if present is not None and since is None:
            contacts.end_contact(connection, present.id, [organisation_id])
        if name is not None:
            person_id = contacts.add_person(connection, organisation_id, name, phone)
        elif person_id is not None:
            contacts.require_person(connection, jurisdiction_id, organisation_id, person_id)
        return contacts.add_contact(
            connection, organisation_id=organisation_id, person_id=person_id, since=since,
            until=until, reason=reason,
        )  # fmt: skip


def end_contact(
    engine: Engine, jurisdiction_id: int, contact_id: int, *, reason: str, actor: str
) -> None:
    """End a contact now. Raises NotFoundError `contact-not-found`."""
    with acting(engine, actor, action="contact", reason=reason) as connection:
        dated.one_after_the_other(connection)
        listed = contacts.organisations(connection, jurisdiction_id)
        contacts.end_contact(connection, contact_id, [one["id"] for one in listed])
