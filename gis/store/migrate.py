"""Bring a database to the newest schema, and tell whether models and migrations agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, text

# Alembic and the models are imported where something has to be done: a server that starts on a
# database at the newest schema needs neither.
if TYPE_CHECKING:
    from alembic.config import Config

OWN_FUNCTIONS = """
SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND NOT EXISTS (
  SELECT FROM pg_depend WHERE objid = p.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')
"""

FOLDER = Path(__file__).parent / "migrations"
VERSIONS = FOLDER / "versions"


def _config(url: str) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Run every migration that the database has not seen, each in one transaction."""
    if current(url) == newest():
        return
    from alembic import command

    command.upgrade(_config(url), "head")


def newest() -> str:
    """The newest revision that this code knows: files are named by their revisions, in order."""
    return max(path.name for path in VERSIONS.glob("[0-9]*.py")).split("_")[0]


def current(url: str) -> str | None:
    """The revision that the database is at; None for an empty one."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    finally:
        engine.dispose()


def differences(connection: Connection) -> list[Any]:
    """What Alembic would still change to make this database agree with the models."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from geoalchemy2 import alembic_helpers

    from gis.store.models import Base

    context = MigrationContext.configure(
        connection,
        opts={
            "include_object": alembic_helpers.include_object,
            "render_item": alembic_helpers.render_item,
            "compare_type": True,
            "compare_server_default": False,
        },
    )
    return list(compare_metadata(context, Base.metadata))


def drop_everything(engine: Engine) -> None:
    """Drop all tables and functions of ours, and what we noted of migrations; extensions stay."""
    from gis.store.models import Base

    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(text(f'DROP TABLE IF EXISTS "{table.name}" CASCADE'))
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
        connection.execute(text("DROP SCHEMA IF EXISTS jobs CASCADE"))
        for function in connection.execute(text(OWN_FUNCTIONS)).scalars().all():
            connection.execute(text(f"DROP FUNCTION IF EXISTS {function} CASCADE"))
