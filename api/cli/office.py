"""What commands on an office's data share: the database, its moments, and a jurisdiction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An open database and the time zone that moments without one are in."""

    engine: Any
    zone: ZoneInfo

    def moment(self, given: datetime | None) -> datetime | None:
        """A moment as it was typed. Raises InputError `moment-too-far`."""
        from gis.errors import InputError

        if given is None:
            return None
        if not 1900 <= given.year < 2200:  # as over HTTP
            raise InputError("moment-too-far", at=given.isoformat(" "))
        return given.replace(tzinfo=given.tzinfo or self.zone)

    def jurisdiction(self, code: str) -> int:
        """The id of an organisation that has plans. Raises NotFoundError."""
        from gis.workflows.imports import jurisdiction_id_of

        return jurisdiction_id_of(self.engine, code)


@contextmanager
def office() -> Iterator[Office]:
    """The database of the settings, closed at the end."""
    from api.cli.console import progress_bar
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine

    settings = Settings()
    with progress_bar() as progress:
        engine = make_engine(ensure_database(settings, progress))
    try:
        yield Office(engine=engine, zone=ZoneInfo(settings.time_zone))
    finally:
        engine.dispose()


@contextmanager
def show_import(report: Any, *, json: bool, dry_run: bool) -> Iterator[Callable[[Any], None]]:
    """Gives where to hand in what an import did; shows it and the report, which also a refused
    file has."""
    from api.cli.console import language, say, say_json, show_reports

    done: list[Any] = []
    try:
        yield done.append
    finally:
        counts = {
            name: getattr(one, name) for one in done for name in ("added", "replaced", "unchanged")
        }
        if json:
            say_json({**counts, "stored": bool(done) and not dry_run, **report.as_dict(language())})
        else:
            show_reports([report])
        if done and not json:
            say("rows-only-checked" if dry_run else "rows-imported", **counts)
