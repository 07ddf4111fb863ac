"""Bulletins: made by the worker when a week or month is over, or again by hand; printed after."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gis.assessment.periods import Period, Span, last_ended, moments, period_of, up_to
from gis.errors import ConflictError, InputError, UnavailableError, WanggeError
from gis.files.atlas_map import Sheet, mercator
from gis.files.atlas_press import Press
from gis.files.bulletin_pages import MAP_MM, Map, document
from gis.files.bulletin_sheet import workbook
from gis.files.bulletin_words import Words
from gis.messages import LANGUAGES
from gis.store import bulletins as store
from gis.store import plan_extracts
from gis.store.bulletins import Subject
from gis.store.engine import acting
from gis.store.scope import scope_on
from gis.workflows.analysis import LeaderView
from gis.workflows.bulletin_figures import gather
from gis.workflows.closure import ClosureView

MADE_BY = "system"
LATE = 6  # periods that are made belatedly, after a worker was away
AT_A_TIME, MOST_LACKING = 8, 10_000
# Below this scale of the map streets of lesser classes have no room.
ALL_STREETS, MOST_STREETS = 12_000, 40_000
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What making a bulletin asks of the process: what it holds for leaders, the office's zone."""

    leader: LeaderView
    closure: ClosureView
    time_zone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinDesk:
    """Who makes and prints bulletins: the office, a press, and where the pages are, for links."""

    office: Office
    press: Press
    page_url: str | None
    folder: Path

    def work(self, engine: Engine) -> None:
        """Make what is due and print what lacks, on the owner's engine."""
        make_what_is_due(engine, self.office)
        self.folder.mkdir(parents=True, exist_ok=True)
        while print_what_lacks(engine, self.press, self.page_url, self.folder) == AT_A_TIME:
            pass


def make_what_is_due(engine: Engine, office: Office, now: datetime | None = None) -> int:
    """Make every bulletin whose time has come, once, on the owner's engine; gives how many.

    What a worker missed while it was away is made now, as far as `LATE` periods back, from the
    cases as they stand now; nothing is made from before the schedule was set, nor of a jurisdiction
    without any incident in or before the period.
    """
    moment = now or datetime.now(UTC)
    made = 0
    with engine.connect() as connection:
        found = store.series(connection)
    for series in found:
        for period in _due(series, moment, office.zone):
            made += _make_one(engine, office, series, period)
    return made


def make_again(
    engine: Engine, office: Office, subject: Subject, first: date, *, reason: str | None, actor: str
) -> int:
    """Make the bulletin of a period by hand: the first edition, or with a reason the next one.

    The same reason for the same period again gives the bulletin that it made. Raises InputError
    `bulletin-first-day`, `bulletin-not-over`; ConflictError `bulletin-made-already`,
    `bulletin-not-made`; and as `gather`.
    """
    period = period_of(first, cast("Span", subject.kind))
    if period.since != first:
        raise InputError("bulletin-first-day", first=first.isoformat())
    if moments(period, office.zone)[1] > datetime.now(UTC):
        raise InputError("bulletin-not-over", first=first.isoformat())
    with acting(engine, actor, action="bulletin") as connection:
        _of_own_area(connection, subject)
        count = store.editions(connection, subject, first)
        same = store.edition_for(connection, subject, first, reason, actor) if reason else None
        if same is not None:
            return same
        if count and not reason:
            raise ConflictError("bulletin-made-already", first=first.isoformat())
        if reason and not count:
            raise ConflictError("bulletin-not-made", first=first.isoformat())
        figures = _figures(connection, office, subject, period)
        made = store.add(
            connection,
            subject,
            period.since,
            figures,
            edition=count + 1,
            reason=reason,
            actor=actor,
        )
        if made is None:
            raise ConflictError("bulletin-made-already", first=first.isoformat())
        return made


def set_series(
    engine: Engine, subject: Subject, at: tuple[int, int] | None, *, actor: str
) -> list[dict[str, Any]]:
    """Set when bulletins are made, or with None that none is; gives all schedules there."""
    with acting(engine, actor, action="bulletin-series") as connection:
        _of_own_area(connection, subject)
        store.set_series(connection, subject, at, actor)
        return store.series(connection, subject.jurisdiction_id)


def print_what_lacks(
    engine: Engine, press: Press, page_url: str | None, folder: Path | None = None
) -> int:
    """Make the files that bulletins lack, on the owner's engine, some at a time; gives how many.

    On a machine that cannot lay out pages the workbooks are made all the same. What cannot be made
    stands in the way of nothing else.
    """
    with engine.connect() as connection:
        lacking = store.lacking(connection, LANGUAGES, MOST_LACKING)
    printed = 0
    without_press = False
    for bulletin_id, language, form in lacking:
        if printed == AT_A_TIME:
            break
        if form == "pdf" and without_press:
            continue
        try:
            content = _file(engine, press, bulletin_id, language, form, page_url, folder)
        except UnavailableError as fault:
            log.warning("bulletins cannot be printed here", fault=fault.code)
            without_press = True
            continue
        except SQLAlchemyError:
            raise
        except Exception:
            log.exception("a bulletin could not be printed", bulletin=bulletin_id, form=form)
            continue
        with acting(engine, MADE_BY) as connection:
            store.keep_file(connection, bulletin_id, language, form, content)
        printed += 1
    return printed


def _due(series: dict[str, Any], now: datetime, zone: ZoneInfo) -> Iterator[Period]:
    """The periods whose bulletins are due by a schedule, the oldest first."""
    kind: Span = series["kind"]
    for one in up_to(last_ended(now, kind, zone), kind, LATE):
        end = moments(one, zone)[1]
        at = (end + timedelta(days=series["after_days"] - 1)).replace(
            hour=series["at_minute"] // 60, minute=series["at_minute"] % 60
        )
        if series["set_at"] <= at <= now:
            yield one


def _make_one(engine: Engine, office: Office, series: dict[str, Any], period: Period) -> bool:
    subject = Subject(
        jurisdiction_id=series["jurisdiction_id"], area_code=series["area_code"],
        kind=series["kind"],
    )  # fmt: skip
    try:
        with acting(engine, MADE_BY, action="bulletin") as connection:
            if store.editions(connection, subject, period.since):
                return False
            earliest = store.first_incident(connection, subject.jurisdiction_id)
            if earliest is None or earliest >= moments(period, office.zone)[1]:
                return False
            figures = _figures(connection, office, subject, period)
            made = store.add(
                connection, subject, period.since, figures, edition=1, reason=None, actor=MADE_BY
            )
            return made is not None
    except WanggeError as fault:
        # As where no plan is in force: it stands in no other bulletin's way.
        log.warning("a bulletin could not be made", fault=fault.code, of=str(subject))
        return False


def _figures(
    connection: Connection, office: Office, subject: Subject, period: Period
) -> dict[str, Any]:
    return gather(
        connection, office.leader, office.closure, subject, period, time_zone=office.time_zone
    )


def _of_own_area(connection: Connection, subject: Subject) -> None:
    """Raise InputError `bulletin-of-area` where somebody of a part asks for more than that."""
    scope = scope_on(connection)
    below = scope.below if scope is not None else None
    if below is not None and subject.area_code != below:
        raise InputError("bulletin-of-area", code=below)


def _file(
    engine: Engine, press: Press, bulletin_id: int, language: str, form: str,
    page_url: str | None, folder: Path | None,
) -> bytes:  # fmt: skip
    with engine.connect() as connection:
        row = store.get(connection, bulletin_id)
        figures = row["figures"] | {"edition": row["edition"], "reason": row["reason"]}
        words = Words(figures=figures, language=language, page_url=page_url)
        if form == "xlsx":
            return workbook(words)
        press.check()
        html = document(words, _map(connection, words))
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        source, out = Path(scratch) / "bulletin.html", Path(scratch) / "bulletin.pdf"
        source.write_text(html, encoding="utf-8")
        with press.begin(source, out) as program:
            told = program.communicate()[0]
        if program.returncode != 0:
            raise RuntimeError(f"a bulletin could not be laid out ({program.returncode}): {told}")
        return out.read_bytes()


def _map(connection: Connection, words: Words) -> Map | None:
    """What the map of a bulletin shows: the plan that was in force when it was made."""
    figures = words.figures
    head = plan_extracts.head(connection, figures["plan_id"])
    grids = plan_extracts.grids(connection, head["id"], figures["area_code"] or "")
    if not len(grids):
        return None
    level = grids["level"].to_numpy(int)
    shapes = mercator(grids["geom"].to_numpy())
    whole = shapes[level == 1]
    bounds = np.array([shape.bounds for shape in whole])
    box = (*bounds[:, :2].min(axis=0).tolist(), *bounds[:, 2:].max(axis=0).tolist())
    sheet = Sheet.around(box, *MAP_MM)
    cls = 2 if sheet.scale <= ALL_STREETS else 3 if sheet.scale <= MOST_STREETS else 4
    names = grids["name_zh" if words.language == "zh-CN" else "name_en"].fillna(grids["name_zh"])
    return Map(
        sheet=sheet,
        areas=list(zip(names[level == 1], whole, strict=True)),
        communities=list(shapes[level == 2]),
        ground=plan_extracts.ground(connection, sheet.bounds, least_class=cls),
    )
