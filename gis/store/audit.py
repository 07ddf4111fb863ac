"""The audit trail: an append-only chain of what was done to accounts, rights and data.

Each entry's hash covers the entry and the hash before it. Whoever can rewrite the whole database
can rewrite the chain as well: note down its head elsewhere now and then, and give it to `verify`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

BLOCK = 10_000
# Some type their password where the login belongs: what was no account's is shown to nobody. What
# an issuer named is no such thing.
SHOWN = """
SELECT CASE WHEN subject LIKE 'login %' AND NOT detail ? 'subject'
                 AND NOT EXISTS (SELECT FROM account WHERE login = substr(subject, 7))
            THEN 'login ?' ELSE subject END AS shown
"""


def record(
    connection: Connection,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    *,
    organisation_id: int | None = None,
) -> int:
    """Add an entry, in the name of who acts, in the transaction of what it tells of; gives its
    number.

    `action`: a verb in kebab-case (`account-create`). `subject`: what it was done to, as
    `account 12`. Administrators read what their own tree did and what was done to it: to an
    account, organisation, person, incident or plan, or in what `organisation_id` names. Call it
    last: until the transaction ends, others wait to add theirs.
    """
    added = connection.execute(
        text("SELECT record_audit(:action, :subject, cast(:detail AS jsonb), :organisation)"),
        {
            "organisation": organisation_id,
            "action": action,
            "subject": subject,
            "detail": json.dumps(dict(detail or {}), ensure_ascii=False, default=str),
        },
    )
    return int(added.scalar_one())


def entries(
    connection: Connection,
    *,
    limit: int,
    before: int | None = None,
    action: str | None = None,
    words: str | None = None,
    within: str = "",
) -> list[dict[str, Any]]:
    """Entries by number, the newest first; those whose actor or subject holds `words`, that tell
    of the organisation with the code `within` or of what is below it."""
    wanted = {
        "id < :before": before,
        "action = :action": action,
        "strpos(lower(concat_ws(' ', actor, shown)), lower(:words)) > 0": words,
        "codes @> ARRAY[:within]": within or None,
    }
    asked = " AND ".join(condition for condition, value in wanted.items() if value is not None)
    rows = connection.execute(
        text(
            "SELECT id, at, actor, action, shown AS subject, detail,"
            f" encode(hash, 'hex') AS hash FROM audit_entry, LATERAL ({SHOWN}) AS subject_shown"
            f" WHERE {asked or 'true'} ORDER BY id DESC LIMIT :limit"
        ),
        {"before": before, "action": action, "words": words, "limit": limit, "within": within},
    ).mappings()
    return [dict(row) for row in rows]


def head(connection: Connection) -> tuple[int, str]:
    """The number and the hash (hexadecimal) of the newest entry; 0 and "" of an empty trail."""
    row = connection.execute(
        text("SELECT id, encode(hash, 'hex') AS hash FROM audit_entry ORDER BY id DESC LIMIT 1")
    ).one_or_none()
    return (0, "") if row is None else (int(row.id), str(row.hash))


def links(connection: Connection, after: int) -> list[Any]:
    """The next entries behind a number, as the chain is checked by: id, former_hash, hash, and the
    text that the hash covers besides the former one."""
    return list(
        connection.execute(
            text(
                "SELECT id, former_hash, hash, audit_text(audit_entry) AS covered"
                " FROM audit_entry WHERE id > :after ORDER BY id LIMIT :block"
            ),
            {"after": after, "block": BLOCK},
        )
    )
