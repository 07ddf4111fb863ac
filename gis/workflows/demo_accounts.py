"""The demo's accounts brought into the database, and offered to whoever opens it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from gis.demo.accounts import DEMO_PASSWORD, DemoAccount, demo_accounts
from gis.store.names import names
from gis.workflows.accounts import NewAccount, create_account
from gis.workflows.passwords import hash_of

# The first basic grid of the sub-district that has a lead now.
WORKER = """
SELECT post.person_id, person.name, person.organisation_id FROM post
JOIN grid ON grid.id = post.grid_id JOIN plan ON plan.id = grid.plan_id
JOIN person ON person.id = post.person_id
WHERE plan.status = 'published' AND post.role = 'lead' AND post.held @> now()
  AND starts_with(grid.code, :sub_district)
ORDER BY grid.code LIMIT 1
"""
OFFERED = """
SELECT account.login, account.name, organisation.name_zh, organisation.name_en,
       (SELECT min(role) FROM account_role WHERE account_id = account.id) AS role
FROM account JOIN organisation ON organisation.id = account.organisation_id
WHERE account.synthetic AND account.disabled_at IS NULL AND account.password_hash IS NOT NULL
  AND NOT EXISTS (SELECT FROM organisation WHERE NOT synthetic)
ORDER BY account.id
"""


def write_accounts(connection: Connection, jurisdiction_id: int) -> None:
    """Make the demo's accounts, unless there are accounts already."""
    if connection.scalar(text("SELECT EXISTS (SELECT FROM account)")):
        return
    sub_district = connection.execute(
        text(
            "SELECT o.id, o.code FROM organisation AS o"
            " JOIN organisation AS above ON above.id = :id"
            " WHERE o.kind = 'sub_district' AND starts_with(o.code, above.code)"
            " ORDER BY o.code LIMIT 1"
        ),
        {"id": jurisdiction_id},
    ).one()
    kept = hash_of(DEMO_PASSWORD)
    for account in demo_accounts(sub_district.code):
        create_account(
            connection,
            _placed(connection, account, jurisdiction_id, sub_district),
            password_hash=kept,
            must_change=False,
        )


def _placed(
    connection: Connection, account: DemoAccount, jurisdiction_id: int, sub_district: Any
) -> NewAccount:
    name, person_id, organisation_id = account.name, None, jurisdiction_id
    if account.where is not None:
        organisation_id = sub_district.id
    elif account.role == "grid_worker":
        row = connection.execute(text(WORKER), {"sub_district": sub_district.code}).one()
        person_id, name = row.person_id, row.name
        organisation_id = row.organisation_id or sub_district.id
    elif account.role == "department":
        department = connection.execute(
            text(
                "SELECT id FROM organisation WHERE kind = 'department' AND parent_id = :id"
                " ORDER BY code LIMIT 1"
            ),
            {"id": jurisdiction_id},
        ).one()
        organisation_id = department.id
    return NewAccount(
        login=account.login,
        name=name,
        roles=(account.role,),
        organisation_id=organisation_id,
        person_id=person_id,
        synthetic=True,
    )


def offered_accounts(connection: Connection) -> list[dict[str, Any]]:
    """The demo's accounts with their password; none as soon as anything in the database is real."""
    return [
        {
            "login": row.login,
            "name": row.name,
            "role": row.role,
            "organisation": names(row.name_zh, row.name_en),
            "password": DEMO_PASSWORD,
        }
        for row in connection.execute(text(OFFERED))
    ]
