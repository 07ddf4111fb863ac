"""A small pool of read-only connections for tiles: bounded in number, time and patience."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import AsyncConnection, errors
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from gis.errors import UnavailableError
from tiles.queries import Query

# JIT and parallel workers cost more than these short queries themselves.
SETTINGS = """
SET default_transaction_read_only = on; SET jit = off; SET max_parallel_workers_per_gather = 0;
SET application_name = 'wangge tiles';
"""


class TileDatabase:
    """Runs one query at a time on a pooled connection; a cancelled caller cancels the query."""

    def __init__(self, conninfo: str, *, connections: int, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self.pool: AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]] = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=connections,
            open=False,
            timeout=timeout_s,
            configure=self._configure,
            kwargs={"autocommit": True, "connect_timeout": 5},
            name="tiles",
        )

    async def _configure(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        await connection.execute(SETTINGS)
        await connection.execute(
            "SELECT set_config('statement_timeout', %s, false)", [str(int(self.timeout_s * 1000))]
        )

    async def row(self, query: Query) -> tuple[Any, ...]:
        """The first row of a query.

        A connection that broke (the database was restarted) is replaced and the query asked once
        more. Raises UnavailableError: `tiles-too-slow` past the time limit, `tiles-busy` when no
        connection came free, `tiles-no-database` when there is none.
        """
        try:
            try:
                return await self._row(query)
            except errors.QueryCanceled:
                raise
            except psycopg.OperationalError:
                await self.pool.check()
                return await self._row(query)
        except errors.QueryCanceled as error:
            raise UnavailableError("tiles-too-slow", seconds=self.timeout_s) from error
        except PoolTimeout as error:
            code = "tiles-busy" if self.pool.get_stats().get("pool_size") else "tiles-no-database"
            raise UnavailableError(code) from error
        except (psycopg.OperationalError, PoolClosed) as error:
            raise UnavailableError("tiles-no-database") from error

    async def _row(self, query: Query) -> tuple[Any, ...]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(*query, binary=True)
            row = await cursor.fetchone()
        assert row is not None
        return row
