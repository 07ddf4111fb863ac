"""The queue of jobs: procrastinate's tables, in their own schema of the same database.

A job is deferred in the transaction of what it follows from, so neither is there without the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import procrastinate
from sqlalchemy import Connection, text

from gis.store.cluster.database import connection_string

SCHEMA = "jobs"
QUEUE = "wangge"
# Searches take minutes: they have a queue of their own, so that nothing that is due waits for one.
LONG = "wangge-long"
# Printing as well, and no search waits for it.
PRINT = "wangge-print"
DEFER = """
SELECT jobs.procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, :once, cast(:args AS
  jsonb), cast(NULL AS timestamptz))::jobs.procrastinate_job_to_defer_v1])
"""


def open_jobs(url: str) -> procrastinate.App:
    """The queue of a database, without tasks; to be opened before it is used."""
    return procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=connection_string(url),
            min_size=1,
            max_size=4,
            kwargs={"options": f"-c search_path={SCHEMA},public"},
        )
    )


def defer(
    connection: Connection,
    task: str,
    args: Mapping[str, Any],
    *,
    lock: str | None = None,
    once: str | None = None,
    queue: str = QUEUE,
) -> int:
    """Have a task done by whichever worker is free, once this transaction commits; gives the job.

    Jobs of one `lock` run one after the other; no two of one `once` wait at a time.
    """
    values = {
        "queue": queue, "task": task, "lock": lock, "once": once, "args": json.dumps(dict(args)),
    }  # fmt: skip
    made: list[int] = connection.execute(text(DEFER), values).scalar_one()
    return made[0]
