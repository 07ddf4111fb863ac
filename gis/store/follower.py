"""Follows what happens to cases and what people are told, without a word from whoever writes.

NOTIFY in a transaction of its own takes a lock at commit that all share; asking a few times a
second costs the writers nothing. Steps and notices bear the transaction that wrote them, and a
snapshot says which transactions were not finished: what those, and later ones, have written since
is what is new. So each is told once, as soon as it can be seen, in whatever order they commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

EVERY_S = 0.25
MOST_STEPS = 2000  # of one look; more are `many`
MOST_CASES = 200
SHOWN = "'{location,top_category,is_open,severity,reported_at}'"  # what a tile shows
# Restored from another server, a history bears numbers of its transactions: those are no news,
# neither those that are yet to come (BEYOND) nor those that come while it is followed (the floors).
BEYOND = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
START = """
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next,
       ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip(pg_current_snapshot()) AS x) AS running,
       CASE WHEN (SELECT max(transaction_id) FROM incident_event)
              >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            THEN (SELECT max(id) FROM incident_event) ELSE 0 END AS floor,
       CASE WHEN (SELECT max(transaction_id) FROM notice)
              >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            THEN (SELECT max(id) FROM notice) ELSE 0 END AS notice_floor
"""
# One statement, so that all of it is of one snapshot.
SINCE = f"""
WITH step AS MATERIALIZED (
  (SELECT incident_id, action, from_stage, data FROM incident_event
   WHERE transaction_id >= %(next)s AND transaction_id < {BEYOND} AND id > %(floor)s
   UNION ALL
   SELECT incident_id, action, from_stage, data FROM incident_event
   WHERE transaction_id = ANY (%(running)s) AND id > %(floor)s)
  LIMIT {MOST_STEPS + 1}
), told AS MATERIALIZED (
  SELECT id FROM notice
  WHERE transaction_id >= %(next)s AND transaction_id < {BEYOND} AND id > %(notice_floor)s
  UNION ALL
  SELECT id FROM notice WHERE transaction_id = ANY (%(running)s) AND id > %(notice_floor)s
), found AS (
  SELECT s.incident_id AS id,
         CASE WHEN bool_or(from_stage IS NULL) THEN 'created'
              WHEN bool_or(action = 'overdue') THEN 'overdue'
              WHEN bool_and(action = 'due_soon') THEN 'due_soon' ELSE 'changed' END AS change,
         coalesce(bool_or(from_stage IS NULL OR data ?| {SHOWN}), false) AS drawn,
         coalesce(bool_or(data ? 'is_open'), false) AS turned,
         array_agg(data #> '{{location,0,coordinates}}') FILTER (WHERE data ? 'location') AS left
  FROM step AS s WHERE (SELECT count(*) FROM step) <= {MOST_STEPS} GROUP BY s.incident_id
), shown AS (
  SELECT f.id, f.change, f.drawn, f.turned OR i.is_open AS any_open, i.jurisdiction_id,
         i.grid_code, i.person_id, i.department_id,
         i.tile_key >> 24 AS tile,
         ARRAY(SELECT tile_key(tile_px((was ->> 0)::float8), tile_py((was ->> 1)::float8)) >> 24
               FROM unnest(f.left) AS was) AS former_tiles,
         ARRAY(SELECT DISTINCT person_id FROM hand
               WHERE incident_id = f.id AND person_id IS NOT NULL) AS persons,
         ARRAY(SELECT organisation_id FROM hand
               WHERE incident_id = f.id AND organisation_id IS NOT NULL
               UNION SELECT c.organisation_id
               FROM whistle AS w JOIN whistle_call AS c ON c.whistle_id = w.id
               WHERE w.incident_id = f.id AND w.ended_how IS DISTINCT FROM 'cancelled'
               ) AS organisations,
         ARRAY(SELECT login_of(actor) FROM incident_event
               WHERE incident_id = f.id AND action = 'report') AS reporters
  FROM found AS f JOIN incident AS i ON i.id = f.id
)
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next,
       ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip(pg_current_snapshot()) AS x) AS running,
       (SELECT count(*) FROM step) AS steps,
       (SELECT jsonb_agg(to_jsonb(shown) ORDER BY id) FROM shown) AS cases,
       (SELECT jsonb_object_agg(account_id, urgent) FROM (
          SELECT account_id, bool_or(urgent) AS urgent
          FROM notice_account JOIN told ON told.id = notice_id GROUP BY account_id) AS each
       ) AS inboxes
"""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What is new. `cases`: each once, with what changed and whom it concerns; None: too many to
    name. `inboxes`: accounts that have new notices, and whether one of these is urgent."""

    cases: list[dict[str, Any]] | None
    inboxes: dict[int, bool]

    def __bool__(self) -> bool:
        return self.cases is None or bool(self.cases or self.inboxes)


class Follower:
    """Looks several times a second, on a connection of its own, made again for as long as it takes.

    Each of `listeners` gets what happened, one after the other, in the order in which they were
    added. Nothing is lost while the database is away: the last mark is kept. `heard(False)` says
    that changes may not be known from now on, `heard(True)` that they are.
    """

    def __init__(self, conninfo: str, *, heard: Callable[[bool], None]) -> None:
        self.conninfo = conninfo
        self.heard = heard
        self.listeners: list[Callable[[Happened], None]] = []
        self._mark: dict[str, Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()

    async def start(self) -> None:
        """Begin to follow; returns when the first attempt to look has come to its end."""
        self._task = asyncio.create_task(self._follow(), name="follower of cases")
        await self._tried.wait()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        pause_s = 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.conninfo, autocommit=True, connect_timeout=5, prepare_threshold=None,
                    row_factory=dict_row,
                ) as connection:  # fmt: skip
                    await self._begin(connection)
                    while True:
                        async with asyncio.timeout(15):
                            await self._look(connection)
                        self._tried.set()
                        pause_s = 0.1
                        await asyncio.sleep(EVERY_S)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning("whoever follows cases waits for the database: %s", error)
            finally:
                self.heard(False)
                self._tried.set()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, 2.0)

    async def _begin(self, connection: psycopg.AsyncConnection[Any]) -> None:
        start: dict[str, Any] = (await (await connection.execute(START)).fetchall())[0]
        if self._mark is None:
            self._mark = start
        elif start["next"] < self._mark["next"]:  # another database than before
            self._mark = start
            self._tell(Happened(cases=None, inboxes={}))
        self.heard(True)

    async def _look(self, connection: psycopg.AsyncConnection[Any]) -> None:
        assert self._mark is not None
        row: dict[str, Any]
        (row,) = await (await connection.execute(SINCE, self._mark)).fetchall()
        self._mark |= {"next": row["next"], "running": row["running"]}
        cases = row["cases"] or []
        many = row["steps"] > MOST_STEPS or len(cases) > MOST_CASES
        inboxes = {int(account): urgent for account, urgent in (row["inboxes"] or {}).items()}
        happened = Happened(cases=None if many else cases, inboxes=inboxes)
        if happened:
            self._tell(happened)

    def _tell(self, happened: Happened) -> None:
        for listener in self.listeners:
            listener(happened)
