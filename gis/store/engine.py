"""Connections to the database, and transactions that say in whose name they act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, text


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine that checks connections before use, so that a restarted server is no fault."""
    return create_engine(url, pool_pre_ping=True, pool_size=pool_size, max_overflow=pool_size)


@contextmanager
def acting(
    engine: Engine, actor: str, *, action: str | None = None, reason: str | None = None
) -> Iterator[Connection]:
    """A transaction in somebody's name; history triggers read it. Committed when the block ends."""
    with engine.begin() as connection:
        speak_as(connection, actor, action=action, reason=reason)
        yield connection


def speak_as(
    connection: Connection, actor: str, *, action: str | None = None, reason: str | None = None
) -> None:
    """Say in whose name the transaction that runs on a connection acts."""
    connection.execute(
        text(
            "SELECT set_config('wangge.actor', :actor, true),"
            " set_config('wangge.action', coalesce(:action, ''), true),"
            " set_config('wangge.reason', coalesce(:reason, ''), true)"
        ),
        {"actor": actor, "action": action, "reason": reason},
    )


@contextmanager
def planned_once(connection: Connection) -> Iterator[None]:
    """For the length of the block statements that a connection has prepared are planned once, for
    any values. With row security, planning may take longer than what is planned.

    Only for statements whose best plan does not depend on their values.
    """
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    yield
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = auto")
