"""Web hooks and mail choices: who wants to be told by what means, and of which kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.names import names

FROM_TREE = """
FROM web_hook AS h JOIN organisation AS o ON o.id = h.organisation_id
LEFT JOIN organisation AS p ON p.id = o.parent_id
WHERE h.ended_at IS NULL
  AND starts_with(CASE o.kind WHEN 'department' THEN coalesce(p.code, '') ELSE o.code END, :within)
"""
ROWS = f"""
SELECT h.id, h.name, h.url, h.kinds, h.paused, h.recorded_at, h.recorded_by,
       o.id AS organisation_id, o.code, o.kind, o.name_zh, o.name_en,
       (SELECT count(*) FROM delivery AS d WHERE d.hook_id = h.id AND d.state = 'waiting')
         AS waiting,
       (SELECT count(*) FROM delivery AS d WHERE d.hook_id = h.id AND d.state = 'given_up')
         AS given_up
{FROM_TREE}
"""
KEPT = f"SELECT h.id, h.name, h.url, h.kinds, h.paused, h.organisation_id {FROM_TREE}"
IN_TREE = """
SELECT EXISTS (
  SELECT FROM organisation AS o LEFT JOIN organisation AS p ON p.id = o.parent_id
  WHERE o.id = :id AND (:within = '' OR starts_with(
    CASE WHEN o.is_platform THEN o.code ELSE p.code END, :within)))
"""


def hooks(connection: Connection, within: str) -> list[dict[str, Any]]:
    """The web hooks of a tree (the code that it begins with), without their secrets."""
    rows = connection.execute(text(f"{ROWS} ORDER BY h.id"), {"within": within})
    return [_shown(row) for row in rows.mappings()]


def hook(connection: Connection, hook_id: int, within: str) -> dict[str, Any]:
    """One of them. Raises NotFoundError `web-hook-not-found`."""
    return _shown(_one(connection, ROWS, hook_id, within))


def kept(
    connection: Connection, hook_id: int, within: str, *, lock: bool = False
) -> dict[str, Any]:
    """`name`, `url`, `kinds`, `paused` and `organisation_id` of one, without counting what waits.
    Raises NotFoundError `web-hook-not-found`.

    The lock lets whoever tells of a case go on: a delivery refers to the hook's key alone.
    """
    row = _one(connection, KEPT, hook_id, within, "FOR NO KEY UPDATE OF h" if lock else "")
    return dict(row)


def in_tree(connection: Connection, organisation_id: int, within: str) -> bool:
    """Whether an organisation is in a tree (the code that it begins with), however large that is;
    a department is where the organisation above it is."""
    given = {"id": organisation_id, "within": within}
    return bool(connection.scalar(text(IN_TREE), given))


def add(connection: Connection, **values: Any) -> int:
    """Add one: `organisation_id`, `name`, `url`, `secret`, `kinds`; in the actor's name."""
    query = """INSERT INTO web_hook (organisation_id, name, url, secret, kinds, recorded_by)
      VALUES (:organisation_id, :name, :url, :secret, :kinds, current_actor()) RETURNING id"""
    return int(connection.execute(text(query), values).scalar_one())


def change(connection: Connection, hook_id: int, **values: Any) -> None:
    """Change `name`, `url`, `kinds` and `paused` of one."""
    query = """UPDATE web_hook SET name = :name, url = :url, kinds = :kinds, paused = :paused
      WHERE id = :id"""
    connection.execute(text(query), {"id": hook_id, **values})


def end(connection: Connection, hook_id: int) -> None:
    """Let one hear nothing more; what waits for it is given up."""
    connection.execute(text("UPDATE web_hook SET ended_at = now() WHERE id = :id"), {"id": hook_id})
    connection.execute(
        text(
            "UPDATE delivery SET state = 'given_up', done_at = now(), error = 'ended'"
            " WHERE hook_id = :id AND state = 'waiting'"
        ),
        {"id": hook_id},
    )


def mail_choice(connection: Connection, account_id: int) -> dict[str, Any]:
    """Where an account wants mail, and of which kinds; nothing where it never said."""
    query = text("SELECT address, kinds FROM mail_choice WHERE account_id = :id")
    row = connection.execute(query, {"id": account_id}).mappings().first()
    return dict(row) if row is not None else {"address": None, "kinds": []}


def choose_mail(
    connection: Connection, account_id: int, address: str, kinds: Sequence[str]
) -> None:
    """Keep where an account wants mail, and of which kinds from now on."""
    connection.execute(
        text(
            "INSERT INTO mail_choice (account_id, address, kinds) VALUES (:id, :address, :kinds)"
            " ON CONFLICT (account_id) DO UPDATE SET address = excluded.address,"
            " kinds = excluded.kinds, changed_at = now()"
        ),
        {"id": account_id, "address": address, "kinds": list(kinds)},
    )


def _one(connection: Connection, rows: str, hook_id: int, within: str, lock: str = "") -> Any:
    query = text(f"{rows} AND h.id = :id {lock}")
    row = connection.execute(query, {"within": within, "id": hook_id}).mappings().first()
    if row is None:
        raise NotFoundError("web-hook-not-found", id=hook_id)
    return row


def _shown(row: Any) -> dict[str, Any]:
    found = dict(row)
    organisation = {"id": found.pop("organisation_id"), "code": found.pop("code"),
                    "kind": found.pop("kind")}  # fmt: skip
    name = names(found.pop("name_zh"), found.pop("name_en"))
    return {**found, "organisation": {**organisation, "name": name}}
