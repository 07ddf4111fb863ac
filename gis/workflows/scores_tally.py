"""The tally: histories read for what is worth points, by any number of workers, to the same end.

Each look reads the cases of which something was told since the last; what is older than the day
that scoring began is read in blocks beside it. Every fact and every entry has a name of its own in
the database, so that reading again, late steps, or a worker that dies add nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gis.assessment.scoring import facts_of_call, facts_of_case
from gis.progress import Progress, silent
from gis.store import scores, scores_facts, scores_tally
from gis.store.engine import acting
from gis.workflows.closure import ClosureView
from gis.workflows.due import ACTOR
from gis.workflows.scores_city import publish_cities
from gis.workflows.scores_rankings import publish_closed

# As many cases in one transaction as are read in about a second.
BLOCK = 1_000


def tally_all(engine: Engine, view: Callable[[], ClosureView] = ClosureView) -> bool:
    """One look at every office that scores: what is new, a block of the archive, and rankings of
    periods that are over. Whether there is more of the archive.

    view: what holds the cases, asked for only where districts of a city are to be ranked.
    """
    with engine.connect() as connection:
        offices = scores_tally.offices(connection)
    more = [_look(engine, one) for one in offices]  # each of them, whatever the first says
    publish_cities(engine, offices, view)
    return any(more)


def tally(engine: Engine, jurisdiction_id: int, progress: Progress = silent) -> None:
    """Read an office to the end, the archive in blocks, each its own transaction."""
    while True:
        more = _look(engine, jurisdiction_id)
        with engine.connect() as connection:
            at = scores_tally.progress(connection, jurisdiction_id)
        progress("scores-archive", 1.0 if at is None else at.fraction)
        if not more:
            return


def _look(engine: Engine, jurisdiction_id: int) -> bool:
    with engine.connect() as connection:
        at = scores_tally.progress(connection, jurisdiction_id)
        if at is None:
            return False
        oldest, following = scores_tally.snapshot(connection)
        restored = following < at.since_transaction  # another server's counting
        new = [] if restored else scores_tally.touched(
            connection, jurisdiction_id, at.since_transaction, following
        )  # fmt: skip
    for start in range(0, len(new), BLOCK):
        with acting(engine, ACTOR, action="score") as connection:
            _read_cases(connection, jurisdiction_id, new[start : start + BLOCK])
    with acting(engine, ACTOR, action="score") as connection:
        _read_calls(connection, jurisdiction_id, at.whistle_after)
        now = {"since_transaction": oldest, "whistle_after": scores_facts.whistle_end(connection)}
        if restored:
            now["archive_after"] = 0
        scores_tally.note(connection, jurisdiction_id, **now)
    more = _read_archive(engine, jurisdiction_id)
    if not more:
        publish_closed(engine, jurisdiction_id)
    return more


def _read_archive(engine: Engine, jurisdiction_id: int) -> bool:
    """Read a block of what is older; whether there is more."""
    with acting(engine, ACTOR, action="score") as connection:
        scores_tally.hold(connection, jurisdiction_id)
        at = scores_tally.progress(connection, jurisdiction_id)
        if at is None or at.archive_done:
            return False
        ids = scores_tally.older(connection, at, BLOCK)
        _read_cases(connection, jurisdiction_id, ids)
        last = ids[-1] if len(ids) == BLOCK else at.archive_until
        scores_tally.note(connection, jurisdiction_id, archive_after=last)
        return last < at.archive_until


def _read_cases(connection: Connection, jurisdiction_id: int, ids: Sequence[int]) -> None:
    scores_tally.hold(connection, jurisdiction_id)
    zone = ZoneInfo(scores.setting(connection, jurisdiction_id).zone)
    found = [
        fact
        for history in scores_facts.histories(connection, jurisdiction_id, ids)
        for fact in facts_of_case(history)
    ]
    scores_facts.write(connection, jurisdiction_id, "incident", found, zone)


def _read_calls(connection: Connection, jurisdiction_id: int, after: int) -> None:
    scores_tally.hold(connection, jurisdiction_id)
    zone = ZoneInfo(scores.setting(connection, jurisdiction_id).zone)
    found = [
        fact
        for call in scores_facts.calls(connection, jurisdiction_id, after)
        for fact in facts_of_call(call)
    ]
    scores_facts.write(connection, jurisdiction_id, "whistle", found, zone)
