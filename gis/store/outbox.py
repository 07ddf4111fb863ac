"""The outbox: what waits to be sent, who is at it, and what became of it.

A worker takes a delivery by putting the moment at which it is taken again ahead of now, and commits
that before it sends. One that dies in between has lost nothing: the next one sends it again, under
the same key, by which the receiver knows it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

from gis.incidents.notices import KINDS

URGENT = [name for name, kind in KINDS.items() if kind.urgent]
LONGEST_S = 30 * 60  # between two tries, which never end unless the refusal is final
LONGEST_HELD = timedelta(seconds=60)  # a hook that does not answer is left alone
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
  WHERE d.state = 'waiting' AND d.next_at <= now() AND (d.hook_id IS NULL) = :mails
    AND NOT EXISTS (
      SELECT FROM web_hook AS h WHERE h.id = d.hook_id
        AND (h.paused OR h.ended_at IS NOT NULL
             OR h.held_until > now() AND NOT EXISTS (
               SELECT FROM notice AS n WHERE n.id = d.notice_id AND n.kind = ANY(:urgent))))
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
# Where a hook does not answer, what waits for it waits, too: one row says so.
HOLD_BACK = "UPDATE web_hook SET held_until = now() + :wait WHERE id = :hook"
LET_GO = "UPDATE web_hook SET held_until = NULL WHERE id = :hook AND held_until IS NOT NULL"
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
    """Take mails that are due, or calls of web hooks, so that no other worker does for as long as
    `lease`; with all that is needed to send them."""
    given = {"limit": limit, "lease": lease, "mails": mails, "urgent": URGENT}
    ids = list(connection.scalars(text(CLAIM), given))
    return [dict(row) for row in connection.execute(text(WORK), {"ids": ids}).mappings()]


def note_sent(connection: Connection, row: dict[str, Any], detail: str | None) -> None:
    """Note that a try has succeeded: a hook that was left alone is no more."""
    given = {"id": row["id"], "attempts": row["attempts"], "detail": detail}
    connection.execute(text(SENT), given)
    if row["hook_id"] is not None:
        connection.execute(text(LET_GO), {"hook": row["hook_id"]})


def note_failed(
    connection: Connection,
    row: dict[str, Any],
    error: str,
    detail: str,
    *,
    final: bool = False,
    silent: bool = False,
) -> None:
    """Note that a try has failed: the next one comes later each time, up to LONGEST_S; where it is
    `final`, it is given up. `silent`: nobody answered, so that a hook is left alone for a while."""
    wait = timedelta(seconds=min(15 * 2 ** min(row["attempts"] - 1, 12), LONGEST_S))
    given = {"id": row["id"], "attempts": row["attempts"], "wait": wait, "last": final}
    connection.execute(text(FAILED), {**given, "error": error, "detail": detail[:300]})
    if row["hook_id"] is not None and silent:
        held = min(wait, LONGEST_HELD)
        connection.execute(text(HOLD_BACK), {"hook": row["hook_id"], "wait": held})


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
    before: int | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """The last deliveries of a hook, or the last mails of an account, the newest first; `before`:
    older than this one."""
    given = {"of": hook_id if hook_id is not None else account_id, "limit": limit, "before": before}
    column = "hook_id" if hook_id is not None else "account_id"
    older = "" if before is None else "AND d.id < :before"
    query = f"{LISTED} WHERE d.{column} = :of {older} ORDER BY d.id DESC LIMIT :limit"
    return [dict(row) for row in connection.execute(text(query), given).mappings()]


def try_again(
    connection: Connection,
    *,
    hook_id: int | None = None,
    account_id: int | None = None,
    delivery_id: int | None = None,
) -> int:
    """Have what was given up sent now: one delivery of a hook or an account, or all; gives how
    many. A mail goes where the account wants mail now."""
    column = "hook_id" if hook_id is not None else "account_id"
    one = "" if delivery_id is None else "AND d.id = :id"
    query = f"""UPDATE delivery AS d SET state = 'waiting', done_at = NULL, next_at = now(),
        address = coalesce((SELECT m.address FROM mail_choice AS m
                            WHERE m.account_id = d.account_id), d.address)
      WHERE d.{column} = :of AND d.state = 'given_up' {one}"""
    given = {"of": hook_id if hook_id is not None else account_id, "id": delivery_id}
    return connection.execute(text(query), given).rowcount
