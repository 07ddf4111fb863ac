"""The outbox: what waits to be sent, who is at it, and what became of it.

A worker takes a delivery by putting the moment at which it is taken again ahead of now, and commits
that before it sends. One that dies in between has lost nothing: the next one sends it again, under
the same key, by which the receiver knows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

MOST_TRIES = 12  # then it is given up, until somebody asks for it again
QUIET = timedelta(seconds=60)  # what comes within a minute goes together
PATIENCE = timedelta(minutes=5)  # and waits no longer than this, however much comes
BETWEEN = timedelta(minutes=10)  # two mails to the same person, unless it is urgent
# One worker at a time, in a statement of its own: the next one sees what the last has gathered.
ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('wangge outbox mails'))"
GATHER = """
WITH waiting AS (
  SELECT a.account_id, bool_or(a.urgent) AS urgent,
         max(n.recorded_at) AS last, min(n.recorded_at) AS first
  FROM notice_account AS a JOIN notice AS n ON n.id = a.notice_id
  WHERE a.by_mail AND a.mail_id IS NULL GROUP BY a.account_id
), ready AS (
  SELECT w.account_id, m.address FROM waiting AS w
  JOIN mail_choice AS m USING (account_id) JOIN account AS c ON c.id = w.account_id
  WHERE c.disabled_at IS NULL AND (w.urgent
     OR (w.last < now() - :quiet OR w.first < now() - :patience) AND NOT EXISTS (
       SELECT FROM delivery AS d WHERE d.account_id = w.account_id
         AND d.created_at > now() - :between
         AND EXISTS (SELECT FROM notice_account AS g WHERE g.mail_id = d.id)))
), made AS (
  INSERT INTO delivery (account_id, address) SELECT account_id, address FROM ready
  ORDER BY account_id RETURNING id, account_id
)
UPDATE notice_account AS a SET mail_id = made.id FROM made
WHERE a.account_id = made.account_id AND a.by_mail AND a.mail_id IS NULL
"""
CLAIM = """
UPDATE delivery SET attempts = attempts + 1, next_at = now() + :lease
WHERE id IN (
  SELECT d.id FROM delivery AS d
  WHERE d.state = 'waiting' AND d.next_at <= now() AND (d.account_id IS NULL OR :mails)
    AND NOT EXISTS (SELECT FROM web_hook AS h WHERE h.id = d.hook_id AND h.paused)
  ORDER BY d.next_at LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING id
"""
WORK = """
SELECT d.id, d.key, d.attempts, d.hook_id, d.account_id, d.address, d.created_at,
       h.url, h.secret, c.name AS account_name, c.language, o.code AS organisation_code,
       (SELECT jsonb_agg(jsonb_build_object('id', n.id, 'kind', n.kind, 'at', n.at,
                 'incident_id', n.incident_id, 'params', n.params) ORDER BY n.id)
        FROM notice AS n
        WHERE n.id = d.notice_id
           OR n.id IN (SELECT notice_id FROM notice_account WHERE mail_id = d.id)) AS notices
FROM delivery AS d LEFT JOIN web_hook AS h ON h.id = d.hook_id
LEFT JOIN organisation AS o ON o.id = h.organisation_id
LEFT JOIN account AS c ON c.id = d.account_id
WHERE d.id = ANY(:ids) ORDER BY d.id
"""
SENT = """
UPDATE delivery SET state = 'sent', done_at = now(), error = NULL, detail = :detail
WHERE id = :id AND attempts = :attempts AND state = 'waiting'
"""
FAILED = """
UPDATE delivery SET error = :error, detail = :detail, next_at = now() + :wait,
       state = CASE WHEN :last THEN 'given_up' ELSE 'waiting' END,
       done_at = CASE WHEN :last THEN now() END
WHERE id = :id AND attempts = :attempts AND state = 'waiting'
"""
# Where a hook does not answer, what waits for it waits, too.
HOLD_BACK = """
UPDATE delivery SET next_at = greatest(next_at, now() + :wait)
WHERE hook_id = :hook AND state = 'waiting' AND attempts = 0
"""
LISTED = """
SELECT d.id, d.key, d.state, d.attempts, d.next_at, d.created_at, d.done_at, d.error, d.detail,
       d.address, coalesce(
         (SELECT array_agg(n.kind ORDER BY n.id) FROM notice AS n WHERE n.id = d.notice_id
            OR n.id IN (SELECT notice_id FROM notice_account WHERE mail_id = d.id)), '{}') AS kinds
FROM delivery AS d
"""


def gather_mails(connection: Connection) -> int:
    """Make up mails of what waits for them, one for each person; gives how many notices they hold.

    What comes shortly after another goes with it, and nobody gets one mail after the other; what is
    urgent goes at once, with all that waits.
    """
    if not connection.scalar(text(ALONE)):
        return 0
    given = {"quiet": QUIET, "patience": PATIENCE, "between": BETWEEN}
    return connection.execute(text(GATHER), given).rowcount


def claim(
    connection: Connection, *, limit: int, lease: timedelta, mails: bool
) -> list[dict[str, Any]]:
    """Take what is due, so that no other worker does for as long as `lease`; with all that is
    needed to send it. Without `mails`, calls of web hooks only."""
    given = {"limit": limit, "lease": lease, "mails": mails}
    ids = list(connection.scalars(text(CLAIM), given))
    return [dict(row) for row in connection.execute(text(WORK), {"ids": ids}).mappings()]


def note_sent(connection: Connection, delivery_id: int, attempts: int, detail: str | None) -> None:
    """Note that a try has succeeded."""
    given = {"id": delivery_id, "attempts": attempts, "detail": detail}
    connection.execute(text(SENT), given)


def note_failed(
    connection: Connection, row: dict[str, Any], error: str, detail: str, *, final: bool
) -> None:
    """Note that a try has failed: the next one comes later each time; after MOST_TRIES, or where it
    is `final`, it is given up."""
    wait = timedelta(seconds=min(15 * 2 ** ((row["attempts"] - 1) % MOST_TRIES), 6 * 3600))
    last = final or row["attempts"] % MOST_TRIES == 0
    given = {"id": row["id"], "attempts": row["attempts"], "wait": wait, "last": last}
    connection.execute(text(FAILED), {**given, "error": error, "detail": detail[:300]})
    if row["hook_id"] is not None:
        connection.execute(text(HOLD_BACK), {"hook": row["hook_id"], "wait": wait})


def add_test(
    connection: Connection,
    *,
    hook_id: int | None = None,
    account_id: int | None = None,
    address: str | None = None,
) -> int:
    """Have something sent that tells of nothing; gives the delivery."""
    query = """INSERT INTO delivery (hook_id, account_id, address)
      VALUES (:hook, :account, :address) RETURNING id"""
    given = {"hook": hook_id, "account": account_id, "address": address}
    return int(connection.execute(text(query), given).scalar_one())


def listed(
    connection: Connection,
    *,
    hook_id: int | None = None,
    account_id: int | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """The last deliveries of a hook, or the last mails of an account, the newest first."""
    given = {"of": hook_id if hook_id is not None else account_id, "limit": limit}
    column = "hook_id" if hook_id is not None else "account_id"
    query = f"{LISTED} WHERE d.{column} = :of ORDER BY d.id DESC LIMIT :limit"
    return [dict(row) for row in connection.execute(text(query), given).mappings()]


def try_again(connection: Connection, delivery_id: int, *, hook_ids: Sequence[int]) -> bool:
    """Have a call that failed made again now; False where there is none of these hooks to be."""
    query = """UPDATE delivery SET state = 'waiting', done_at = NULL, next_at = now()
      WHERE id = :id AND hook_id = ANY(:hooks) AND state <> 'sent'"""
    given = {"id": delivery_id, "hooks": list(hook_ids)}
    return connection.execute(text(query), given).rowcount == 1
