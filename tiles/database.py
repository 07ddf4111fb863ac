"""A small pool of read-only connections for tiles: bounded in number, time and patience."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from gis.errors import UnavailableError
from gis.store.scope import Scope, taking_on
from tiles.queries import Query

# How long a query waits for a database that has just gone: it may only be starting again.
GRACE_S = 1.0
# How long the pool tries for one lost connection. Then the next query makes a new one: left to
# itself, the pool would pause longer after each failure, and be away long after the database is.
RETRIED_S = 1.0
# JIT and parallel workers cost more than these short queries themselves.
SETTINGS = """
SET default_transaction_read_only = on; SET jit = off; SET max_parallel_workers_per_gather = 0;
SET application_name = 'wangge tiles';
"""


class TileDatabase:
    """Runs one query at a time on a pooled connection; a cancelled caller cancels the query."""

    def __init__(self, conninfo: str, *, connections: int, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._there = asyncio.Event()
        self._lost_at = float("-inf")  # a time of the event loop's clock
        self.pool: AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]] = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=connections,
            open=False,
            timeout=timeout_s,
            reconnect_timeout=RETRIED_S,
            configure=self._configure,
            kwargs={"autocommit": True, "connect_timeout": 5},
            name="tiles",
        )

    async def _configure(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        await connection.execute(SETTINGS)
        await connection.execute(
            "SELECT set_config('statement_timeout', %s, false)", [str(int(self.timeout_s * 1000))]
        )

    def seen(self, there: bool) -> None:
        """Be told by whoever keeps a connection open that the database is there, or has gone."""
        if there:
            self._there.set()
        elif self._there.is_set():
            self._there.clear()
            self._lost_at = asyncio.get_running_loop().time()

    async def row(self, query: Query, scope: Scope | None = None) -> tuple[Any, ...]:
        """The first row of a query, of what a scope sees if one is given, or else of everything.

        A connection that broke (the database was restarted) is replaced and the query asked once
        more. Raises UnavailableError: `tiles-too-slow` past the time limit, `tiles-busy` when no
        connection came free, `database-unavailable` when there is none, at once unless it has only
        just gone.
        """
        if not self._there.is_set():
            try:
                async with asyncio.timeout_at(self._lost_at + GRACE_S):
                    await self._there.wait()
            except TimeoutError as error:
                raise UnavailableError("database-unavailable") from error
        try:
            try:
                return await self._row(query, scope)
            except errors.QueryCanceled:
                raise
            except psycopg.OperationalError:
                await self.pool.check()
                return await self._row(query, scope)
        except errors.QueryCanceled as error:
            raise UnavailableError("tiles-too-slow", seconds=self.timeout_s) from error
        except PoolTimeout as error:
            code = "tiles-busy" if self._there.is_set() else "database-unavailable"
            raise UnavailableError(code) from error
        except (psycopg.OperationalError, PoolClosed) as error:
            raise UnavailableError("database-unavailable") from error

    async def _row(self, query: Query, scope: Scope | None) -> tuple[Any, ...]:
        async with self.pool.connection() as connection:
            if scope is None:
                return await self._first(connection, query)
            async with connection.transaction():
                await connection.execute(*taking_on(scope))
                return await self._first(connection, query)

    @staticmethod
    async def _first(connection: AsyncConnection[tuple[Any, ...]], query: Query) -> tuple[Any, ...]:
        cursor = await connection.execute(*query, binary=True)
        row = await cursor.fetchone()
        assert row is not None
        return row
