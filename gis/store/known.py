"""Whether what a question names exists, so that its answer is not empty for a wrong reason."""

from __future__ import annotations

from sqlalchemy import Connection, text

from gis.errors import InputError, NotFoundError
from gis.store.engine import planned_once
from gis.store.scope import scope_on

KNOWN = """
SELECT EXISTS (SELECT FROM plan WHERE jurisdiction_id = :id) AS jurisdiction,
       EXISTS (SELECT FROM category WHERE code = :category) AS category,
       EXISTS (SELECT FROM grid JOIN plan ON plan.id = grid.plan_id
               WHERE plan.jurisdiction_id = :id AND grid.code = :grid) AS grid
"""


def require(
    connection: Connection,
    jurisdiction_id: int,
    *,
    category: str | None = None,
    grid_code: str | None = None,
) -> None:
    """Let pass an organisation that has plans and that the caller may ask about, a category in use
    or retired, and a grid of any of those plans. Raises NotFoundError `jurisdiction-not-found`,
    InputError `category-unknown`, `grid-code-unknown`.
    """
    values = {"id": jurisdiction_id, "category": category, "grid": grid_code}
    with planned_once(connection):
        found = connection.execute(text(KNOWN), values).one()
    scope = scope_on(connection)
    if not found.jurisdiction or (scope is not None and not scope.acts_in(jurisdiction_id)):
        raise NotFoundError("jurisdiction-not-found", id=jurisdiction_id, field="jurisdiction")
    if category is not None and not found.category:
        raise InputError("category-unknown", category=category, field="category")
    if grid_code is not None and not found.grid:
        raise InputError("grid-code-unknown", code=grid_code, field="grid")


def require_reach(connection: Connection, jurisdiction_id: int) -> str:
    """The code of an organisation that the caller may ask about, with plans or without.

    Raises NotFoundError `jurisdiction-not-found`.
    """
    query = text("SELECT code FROM organisation WHERE id = :id")
    code: str | None = connection.scalar(query, {"id": jurisdiction_id})
    scope = scope_on(connection)
    if code is None or (scope is not None and not scope.acts_in(jurisdiction_id)):
        raise NotFoundError("jurisdiction-not-found", id=jurisdiction_id, field="jurisdiction")
    return code


def organisation(connection: Connection, organisation_id: int) -> tuple[str, str]:
    """The kind and the code of an organisation. Raises InputError `organisation-unknown`."""
    query = "SELECT kind, code FROM organisation WHERE id = :id"
    found = connection.execute(text(query), {"id": organisation_id}).one_or_none()
    if found is None:
        raise InputError("organisation-unknown", id=organisation_id, field="organisation")
    return found.kind, found.code


def person(connection: Connection, person_id: int) -> None:
    """Let pass a person whom the caller may see. Raises InputError `person-not-found`."""
    query = "SELECT FROM person WHERE id = :id"
    if connection.execute(text(query), {"id": person_id}).one_or_none() is None:
        raise InputError("person-not-found", id=person_id, field="person")


def require_category(connection: Connection, code: str) -> None:
    """Let pass a category in use or retired. Raises InputError `category-unknown`."""
    query = text("SELECT FROM category WHERE code = :code")
    if connection.execute(query, {"code": code}).first() is None:
        raise InputError("category-unknown", category=code, field="category")


def require_incident(connection: Connection, incident_id: int) -> None:
    """Let pass an incident that can be seen. Raises NotFoundError `incident-not-found`."""
    query = text("SELECT FROM incident WHERE id = :id")
    if connection.execute(query, {"id": incident_id}).first() is None:
        raise NotFoundError("incident-not-found", id=incident_id)
