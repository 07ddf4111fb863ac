"""Who looks: the scope of an account, and engines whose every transaction is held to it.

A scoped engine shares the pool of the engine that it was made from. Each of its transactions begins
by taking on the role of the application, which owns nothing, and by naming the scope; the policies
of the database (migration 0018) read it. Both are local to the transaction, so that a connection
that goes back to the pool is nobody's again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event, text

ROLE = "wangge_app"
OPTION = "wangge_scope"
LOCAL = "wangge_local"  # further settings of each transaction
READING = {"transaction_read_only": "on", "statement_timeout": "20s"}
BEYOND = "wangge_beyond"
WHOLE = (None, "city", "district")
PLATFORM = (*WHOLE, "sub_district", "community")
# Of prefixes, because a setting that was never made is empty, and must mean nothing.
NOTHING, EVERYTHING = "-", "*"
# Only the roles of the desk see the whole tree of their organisation.
DESK_ROLES = frozenset({"planner", "dispatcher", "leader", "administrator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an account may see and change: its organisation's tree, or a part of it.

    Without an organisation it belongs to the whole installation. `prefix`: the code of its
    organisation, of a department the one above it; everything of the tree has a code that begins
    with it, and everything does with the empty one. `jurisdiction_ids`: those in which it may act
    at all: the ones of its tree, or else the ones that its tree is a part of. `grid_codes`: the
    grids in which its person holds a post now.
    """

    account_id: int
    actor: str
    roles: frozenset[str]
    organisation_id: int | None
    organisation_kind: str | None
    prefix: str | None
    department_ids: tuple[int, ...] = ()
    person_id: int | None = None
    grid_codes: tuple[str, ...] = ()
    jurisdiction_ids: tuple[int, ...] = ()

    @property
    def desk(self) -> bool:
        """Whether it sees its organisation's whole tree, rather than its own grids or cases."""
        return self.organisation_kind in PLATFORM and bool(self.roles & DESK_ROLES)

    @property
    def whole(self) -> bool:
        """Whether it sees whole jurisdictions, and so everything in `jurisdiction_ids`."""
        return self.desk and self.organisation_kind in WHOLE

    @property
    def everything(self) -> bool:
        """Whether it is a desk of the whole installation."""
        return self.desk and self.organisation_kind is None

    @property
    def below(self) -> str | None:
        """The code that the grids of a desk begin with that is part of a jurisdiction only."""
        return self.prefix if self.desk and not self.whole else None

    @property
    def departments(self) -> tuple[int, ...]:
        """The departments whose cases it sees."""
        return self.department_ids if self.organisation_kind == "department" else ()

    @property
    def person(self) -> int | None:
        """The person whose cases and grids it sees, where it sees no tree."""
        on_the_ground = self.organisation_kind in PLATFORM and not self.desk
        return self.person_id if on_the_ground else None

    @property
    def series(self) -> str | None:
        """The code of the city or district among whose numbers the references are that it sends;
        whoever is over the whole installation has none of its own."""
        return series_of(self.prefix) if self.prefix else None

    @property
    def login(self) -> str:
        """What its history is known by: a name may change, a login never does."""
        return self.actor.rpartition(" (")[2].removesuffix(")")

    def acts_in(self, jurisdiction_id: int) -> bool:
        """Whether it may see or do anything in a jurisdiction."""
        return self.everything or jurisdiction_id in self.jurisdiction_ids

    def settings(self) -> dict[str, str]:
        """What the policies read, by name of the setting."""
        return {
            "account": str(self.account_id),
            "organisation": str(self.organisation_id or ""),
            "by": self.actor,
            "roles": _array(sorted(self.roles)),
            "prefix": _prefix(self.prefix or (self.prefix if self.desk else None)),
            "own": _prefix(self.prefix if self.desk else None),
            "reach": _array(self.jurisdiction_ids),
            "jurisdictions": _array(self.jurisdiction_ids if self.whole else ()),
            "below": self.below or "",
            "grids": _array(self.grid_codes if self.person is not None else ()),
            "person": str(self.person or ""),
            "departments": _array(self.departments),
        }


def series_of(code: str) -> str:
    """The code of the city or district that an organisation of the platform is or belongs to."""
    return code[:6]


def scoped(engine: Engine, scope: Scope) -> Engine:
    """The same pool, every transaction of which sees and changes what the scope allows."""
    if not event.contains(engine, "begin", _enter):
        event.listen(engine, "begin", _enter)
    return engine.execution_options(**{OPTION: scope})


def scope_on(connection: Connection) -> Scope | None:
    """The scope that a connection is held to; None for the owner's, which sees everything."""
    found: Scope | None = connection.get_execution_options().get(OPTION)
    return found


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read-only transaction with a bound on its time."""
    with engine.connect() as fresh:
        connection = fresh.execution_options(**{LOCAL: READING})
        if scope_on(connection) is None:
            for name, value in READING.items():
                connection.execute(
                    text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value}
                )
        yield connection
        # Rolled back, the driver would forget what it has prepared, and all be planned again.
        connection.commit()


def caller_of(scope: Scope | None, actor: str) -> str:
    """Whose an idempotency key is: the account's, whatever it is called by now; without one, of
    whoever bears the name."""
    return actor if scope is None else f"account {scope.account_id}"


@contextmanager
def beyond(connection: Connection) -> Iterator[None]:
    """For the length of the block the transaction sees all, whatever its scope.

    For what is true of everybody, such as who answers for a place; what is read so is shown to
    nobody before the scope has been asked.
    """
    if scope_on(connection) is None or connection.info.get(BEYOND):
        yield
        return
    connection.exec_driver_sql("SET LOCAL ROLE NONE")
    info = connection.info  # it cannot be asked for once the database is away
    info[BEYOND] = True  # for blocks within this one
    try:
        yield
    finally:
        info[BEYOND] = False
        # A transaction that has failed can do nothing more, and ends with its role.
        if not _failed(connection):
            connection.exec_driver_sql(f"SET LOCAL ROLE {ROLE}")


def visible(connection: Connection, scope: Scope, incident_ids: list[int]) -> set[int]:
    """Which of these incidents a scope sees, asked in a transaction that sees all."""
    with connection.begin_nested() as looking:
        _take_on(connection, scope)
        found = set(
            connection.scalars(
                text("SELECT id FROM incident WHERE id = ANY(:ids)"), {"ids": incident_ids}
            )
        )
        looking.rollback()  # and with it what was taken on
    return found


def _enter(connection: Connection) -> None:
    """Hold a transaction that has just begun to the scope of its connection, if there is one."""
    scope = scope_on(connection)
    if scope is None:
        return
    if connection.connection.dbapi_connection.autocommit:  # type: ignore[union-attr]
        raise RuntimeError("a scope lasts for a transaction, and autocommit has none")
    _take_on(connection, scope)


def _take_on(connection: Connection, scope: Scope) -> None:
    driver: Any = connection.connection.dbapi_connection
    local = connection.get_execution_options().get(LOCAL, {})
    driver.execute(*taking_on(scope, local), prepare=True)


def taking_on(scope: Scope, local: Mapping[str, str] | None = None) -> tuple[bytes, list[str]]:
    """The statement, for a driver's own connection, that holds its transaction to a scope, and to
    further settings: one journey to the database for all."""
    settings = {f"wangge.scope_{name}": value for name, value in scope.settings().items()}
    settings |= local or {}
    calls = [f"set_config('{name}', %s, true)" for name in settings]
    query = f"SELECT {', '.join(calls)}, set_config('role', '{ROLE}', true)"
    return query.encode(), list(settings.values())


def _prefix(given: str | None) -> str:
    return {None: NOTHING, "": EVERYTHING}.get(given, str(given))


def _array(values: Iterable[int | str]) -> str:
    """An array as PostgreSQL reads it."""
    marks = str.maketrans({"\\": r"\\", '"': r"\""})
    return "{" + ",".join(f'"{str(value).translate(marks)}"' for value in values) + "}"


def _failed(connection: Connection) -> bool:
    """Whether the transaction is over or can only be rolled back."""
    if connection.closed or not connection.in_transaction():
        return True
    driver: Any = connection.connection.dbapi_connection
    return driver.info.transaction_status not in (TransactionStatus.INTRANS, TransactionStatus.IDLE)
