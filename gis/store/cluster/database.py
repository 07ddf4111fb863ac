"""The database that the service works on: the office's own, or one in the private cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import errors, sql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from gis.errors import InputError, UnavailableError
from gis.progress import Progress, silent
from gis.store.cluster.cluster import DATABASE, Cluster
from gis.store.cluster.role import prepare_role
from gis.store.cluster.server import OLDEST_MAJOR, find_server

if TYPE_CHECKING:
    from gis.settings import Settings

EXTENSIONS = ("postgis", "btree_gist", "ltree", "pg_trgm")
POSTGIS_OLDEST = (3, 1)
# Any number: it keeps two processes from creating the extensions at once.
ADVISORY_LOCK = 7_365_290
OUR_DRIVERS = ("postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2")


def cluster_of(settings: Settings) -> Cluster:
    """The private cluster of these settings, to ask and to stop, even without its programs."""
    return Cluster(settings.data_dir, settings.socket_dir)


def start_cluster(settings: Settings, progress: Progress = silent) -> Cluster:
    """The private cluster of these settings, taking connections.

    Raises UnavailableError where PostgreSQL with PostGIS is missing or of another major version.
    """
    server = find_server(settings, cluster_of(settings).major)
    cluster = Cluster(settings.data_dir, settings.socket_dir, server=server)
    cluster.start(progress)
    return cluster


def ensure_database(settings: Settings, progress: Progress = silent) -> str:
    """The SQLAlchemy URL (postgresql+psycopg) of a reachable database with the extensions we need.

    DATABASE_URL if it is set, otherwise the database `wangge` of the private cluster, started and
    created as needed. Migrations are not run. Raises InputError for a DATABASE_URL that is none,
    UnavailableError for a server that is not there or lacks PostGIS.
    """
    if settings.database_url:
        url = normalised(settings.database_url)
    else:
        cluster = start_cluster(settings, progress)
        create_database(cluster.url_of("postgres"), DATABASE)
        url = cluster.url
    progress("cluster-extensions", 0.0)
    prepare(url)
    progress("cluster-extensions", 1.0)
    return url


def normalised(url: str) -> str:
    """A URL as SQLAlchemy and psycopg 3 want it; raises InputError for another kind of database."""
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError):
        raise InputError("database-url-malformed") from None
    if parsed.drivername not in OUR_DRIVERS:
        raise InputError("database-url-kind", kind=parsed.drivername)
    return _rendered(parsed.set(drivername="postgresql+psycopg"))


def without_password(url: str) -> str:
    """A URL as it may be shown and logged."""
    return make_url(normalised(url)).render_as_string(hide_password=True)


def connection_string(url: str) -> str:
    """The same URL as psycopg itself understands it."""
    return _rendered(make_url(normalised(url)).set(drivername="postgresql"))


def _rendered(url: URL) -> str:
    """SQLAlchemy writes a space in the query as "+"; libpq understands only %20."""
    address, mark, query = url.render_as_string(hide_password=False).partition("?")
    return address + mark + query.replace("+", "%20")


def create_database(maintenance_url: str, name: str, template: str | None = None) -> None:
    """Create a database, from `template` if one is named; an existing one stays as it is."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        # As files: through the log, as by default, it costs three times as much.
        statement += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    with psycopg.connect(connection_string(maintenance_url), autocommit=True) as connection:
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if exists.fetchone():
            return
        try:
            connection.execute(statement)
        except (errors.DuplicateDatabase, errors.UniqueViolation):
            return  # another process was quicker


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection; raises UnavailableError that names the server, never the password."""
    try:
        return psycopg.connect(connection_string(url), connect_timeout=10)
    except psycopg.Error as error:
        reason = (str(error).strip().splitlines() or ["?"])[0]
        shown = without_password(url)
        raise UnavailableError("database-unreachable", url=shown, reason=reason) from error


def prepare(url: str) -> None:
    """Make sure that the database answers, is new enough, and has the extensions and role we use.

    Raises UnavailableError that says what the administrator of the server has to type.
    """
    shown = without_password(url)
    with connect(url) as connection:
        if connection.info.server_version < OLDEST_MAJOR * 10_000:
            version = connection.info.server_version // 10_000
            raise UnavailableError(
                "database-too-old", url=shown, version=version, oldest=OLDEST_MAJOR
            )
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        for extension in EXTENSIONS:
            _create_extension(connection, extension, shown)
        _check_postgis(connection, shown)
        prepare_role(connection, shown)


def _create_extension(
    connection: psycopg.Connection[tuple[object, ...]], extension: str, shown: str
) -> None:
    present = connection.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [extension])
    if present.fetchone():
        return
    try:
        connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction) as error:
        raise UnavailableError(
            "database-extension-forbidden", url=shown, extension=extension
        ) from error
    except psycopg.Error as error:
        raise UnavailableError(
            "database-extension-missing",
            url=shown,
            extension=extension,
            reason=str(error).strip().splitlines()[0],
        ) from error


def _check_postgis(connection: psycopg.Connection[tuple[object, ...]], shown: str) -> None:
    row = connection.execute(
        "SELECT extversion FROM pg_extension WHERE extname = 'postgis'"
    ).fetchone()
    version = str(row[0]) if row else "0"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < POSTGIS_OLDEST:
        oldest = ".".join(map(str, POSTGIS_OLDEST))
        raise UnavailableError("database-postgis-old", url=shown, version=version, oldest=oldest)
