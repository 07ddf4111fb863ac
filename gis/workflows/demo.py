"""The demo city brought into the database through the same doors as a real one.

Units are cut from its streets and buildings, grids balanced and coded, the plan checked and
published, incidents routed to people: all in one transaction, so that a demo stopped half-way
leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, Engine, text

from gis.demo.city import SEED, DemoCity, build_city
from gis.demo.incidents import incidents as draw_incidents
from gis.demo.organisations import name_grids, organisations, ties
from gis.demo.people import staff
from gis.demo.rules import demo_rules
from gis.demo.scales import Scale
from gis.demo.weather import days_of_weather
from gis.errors import ConflictError
from gis.geometry import metric_crs, to_metric
from gis.incidents.categories import default_categories
from gis.planning.codes import number_level
from gis.planning.model import Units
from gis.planning.naming import centres
from gis.planning.nested import NestedPlan, generate_nested
from gis.progress import Progress, silent
from gis.store import base_data, migrate
from gis.store import weather as weather_store
from gis.store.base_data import OrganisationRow, PersonRow, PostRow
from gis.store.departments import TieRow, write_ties
from gis.store.engine import acting
from gis.store.plan_writing import grid_ids
from gis.units.build import build_units
from gis.units.options import UnitOptions
from gis.workflows.deadlines import begin_in
from gis.workflows.demo_accounts import write_accounts
from gis.workflows.demo_attachments import write_attachments
from gis.workflows.demo_base_data import write_base_data
from gis.workflows.demo_bulletins import write_bulletins
from gis.workflows.demo_incidents import write_incidents
from gis.workflows.demo_rules import write_rules
from gis.workflows.demo_steps import go_on
from gis.workflows.demo_team_reviews import write_team_review
from gis.workflows.plans import GridNaming, PlanUnits, store_plan
from gis.workflows.publishing import publish_plan
from gis.workflows.scores import begin_in as begin_scores
from gis.workflows.scores_tally import tally

ACTOR = "演示数据"
TOLERANCE = 0.05
# Fewer would be too coarse to balance a community's grids within the tolerance.
UNITS_A_GRID = 9
YEARS = timedelta(days=730)
SCORED = timedelta(days=62)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequest:
    """Which demo city, and the moment that its two years of incidents end."""

    scale: Scale = "sub-districts"
    seed: int = SEED
    until: datetime
    time_zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSummary:
    """What was loaded."""

    population: int
    units: int
    grids: int
    people: int
    incidents: int
    max_deviation: float


def demo_is_loaded(engine: Engine) -> bool:
    """Whether this database already has its demo city.

    Raises ConflictError `demo-other-data` when it holds anything that is not synthetic.
    """
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT synthetic FROM organisation")).scalars().all()
    if not all(rows):
        raise ConflictError("demo-other-data")
    return bool(rows)


def complete_demo(engine: Engine) -> None:
    """Give a demo city that was loaded before there were accounts its accounts."""
    with acting(engine, ACTOR, reason="合成演示数据") as connection:
        owner = connection.scalar(
            text("SELECT jurisdiction_id FROM plan WHERE status = 'published' ORDER BY id LIMIT 1")
        )
        if owner is not None:
            write_accounts(connection, owner)


def clear_demo(engine: Engine) -> None:
    """Drop a demo city with its whole schema. Raises ConflictError `demo-other-data`."""
    if demo_is_loaded(engine):
        migrate.drop_everything(engine)


def load_demo(engine: Engine, request: DemoRequest, progress: Progress = silent) -> DemoSummary:
    """Build the demo city and load it, in one transaction."""
    city = build_city(request.scale, request.seed, progress=progress)
    cut = build_units(
        streets=city.streets[city.streets["kind"] != "wall"],
        boundary=city.sub_districts,
        buildings=city.buildings,
        options=UnitOptions(
            max_pop=city.population / int(city.sub_districts["level_3"].sum()) / UNITS_A_GRID,
            parent="code",
        ),
        progress=progress,
    )
    plan = _divide(cut.frame, city, request.seed, progress)
    grids = _coded_grids(city, cut.frame, plan)
    since = request.until - YEARS
    progress("demo-step-staff", 0.0)
    people, posts = staff(city, grids.table, request.until)
    with acting(engine, ACTOR, reason="合成演示数据") as connection:
        organisation_ids = base_data.write_organisations(
            connection,
            [
                OrganisationRow(
                    code=row.code,
                    kind=row.kind,
                    name_zh=row.name,
                    name_en=row.name_en,
                    parent_code=row.parent_code or None,
                )
                for row in _rows(organisations(city, grids.table))
            ],
            synthetic=True,
        )
        base_data.write_default_categories(connection, default_categories())
        owner_code = "4101" if request.scale == "city" else "410102"
        jurisdiction_id = organisation_ids[owner_code]
        progress("demo-step-map", 0.0)
        _write_base_map(connection, jurisdiction_id, city)
        plan_id = store_plan(
            connection,
            jurisdiction_id=jurisdiction_id,
            name="演示方案",
            balance="pop",
            tolerance=TOLERANCE,
            created_by=ACTOR,
            units=grids.units,
            naming=GridNaming(
                names={
                    code: (zh, en)
                    for code, zh, en in zip(
                        grids.table["code"],
                        grids.table["name"],
                        grids.table["name_en"],
                        strict=True,
                    )
                },
                organisations=organisation_ids,
            ),
            progress=progress,
        )
        progress("demo-step-staff", 0.5)
        staff_ids = _write_staff(
            connection, jurisdiction_id, plan_id, people, posts, organisation_ids
        )
        write_attachments(
            connection, city, grids.table, posts, people=staff_ids,
            organisations=organisation_ids, since=since - timedelta(days=1),
        )  # fmt: skip
        begin = since - timedelta(days=1)
        write_ties(
            connection,
            [
                TieRow(department_code=row.department_code, grid_code=row.grid_code, since=begin)
                for row in _rows(ties(grids.table))
            ],
            organisation_ids,
            grid_ids(connection, plan_id),
        )
        publish_plan(connection, plan_id, at=begin, progress=progress)
        write_rules(connection, jurisdiction_id, demo_rules(city), organisation_ids, begin)
        write_accounts(connection, jurisdiction_id)
        begin_in(
            connection, jurisdiction_id, reason="合成演示数据", since=begin, first_year=begin.year
        )
        table = draw_incidents(city, until=request.until, units=cut.frame, progress=progress)
        write_incidents(
            connection,
            jurisdiction_id,
            owner_code,
            table,
            actor=ACTOR,
            time_zone=request.time_zone,
            progress=progress,
        )
        write_base_data(
            connection, jurisdiction_id, until=request.until, time_zone=request.time_zone,
            actor=ACTOR, seed=request.seed,
        )  # fmt: skip
        today = request.until.astimezone(ZoneInfo(request.time_zone)).date()
        weather_store.write(
            connection, jurisdiction_id,
            days_of_weather(today, np.random.default_rng([request.seed, 34])), job_id=None,
        )  # fmt: skip
        # Points of the last months: older cases would take a worker minutes to read.
        begin_scores(
            connection, jurisdiction_id, since=(request.until - SCORED).date().replace(day=1),
            time_zone=request.time_zone,
        )  # fmt: skip
    go_on(engine, jurisdiction_id, "city" if request.scale == "city" else "district")
    tally(engine, jurisdiction_id, progress)
    write_bulletins(
        engine, jurisdiction_id, now=request.until, time_zone=request.time_zone, actor=ACTOR
    )
    write_team_review(
        engine, jurisdiction_id, year=request.until.year - 1, zone=request.time_zone, actor=ACTOR
    )
    progress("demo-step-analyze", 0.0)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    progress("demo-step-analyze", 1.0)
    return DemoSummary(
        population=city.population,
        units=len(cut.frame),
        grids=len(plan.parent_3),
        people=len(people),
        incidents=len(table),
        max_deviation=plan.certificate.max_deviation,
    )


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame as tuples with named fields."""
    yield from frame.itertuples(index=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CodedGrids:
    """The grids of all levels (code, level, parent_code, name, name_en), and the units in them."""

    table: pd.DataFrame
    units: PlanUnits


def _divide(frame: Any, city: DemoCity, seed: int, progress: Progress) -> NestedPlan:
    counts = {row.code: (int(row.level_2), int(row.level_3)) for row in _rows(city.sub_districts)}
    return generate_nested(
        Units(
            unit_id=frame["unit_id"].to_numpy(),
            polygons=_metric(frame),
            columns={"pop": frame["pop"].to_numpy(np.float64)},
        ),
        frame["code"].tolist(),
        counts,
        tolerance=TOLERANCE,
        seed=seed,
        progress=progress,
    )


def _metric(frame: Any) -> Any:
    return to_metric(frame.geometry.to_numpy(), metric_crs(frame.total_bounds.tolist()))


def _coded_grids(city: DemoCity, frame: Any, plan: NestedPlan) -> _CodedGrids:
    polygons = _metric(frame)
    level_2 = number_level(
        plan.areas, plan.parent_2, centres(polygons, plan.level_2, len(plan.parent_2))
    )
    level_3 = number_level(
        level_2, plan.parent_3, centres(polygons, plan.level_3, len(plan.parent_3))
    )
    codes = [*plan.areas, *level_2, *level_3]
    table = pd.DataFrame({"code": codes})
    table["level"] = table["code"].str.len() // 3 - 2
    table["parent_code"] = [code[:-3] if len(code) > 9 else None for code in codes]
    table = name_grids(city, table)
    households = frame["households"].fillna(0) if "households" in frame else 0 * frame["pop"]
    units = PlanUnits(
        code=frame["unit_id"].to_numpy(),
        polygon=frame.geometry.to_numpy(),
        metric_polygon=polygons,
        population=frame["pop"].to_numpy(np.int64),
        households=households.to_numpy().astype(np.int64),
        load=plan.load,
        grid_code=np.array(level_3, dtype=object)[plan.level_3],
    )
    return _CodedGrids(table=table, units=units)


def _multipolygon(shape: Any) -> Any:
    return shapely.multipolygons(shapely.get_parts(shape))


def _write_base_map(connection: Connection, jurisdiction_id: int, city: DemoCity) -> None:
    base_data.write_base_map(
        connection,
        jurisdiction_id,
        streets=(
            (row.kind, int(row.cls), row.name or None, row.name_en or None, row.geometry)
            for row in _rows(city.streets)
        ),
        buildings=(
            (
                row.building_id, row.compound_id, row.name, row.name_en, int(row.floors),
                int(row.pop), int(row.households), row.geometry,
            )
            for row in _rows(city.buildings)
        ),
        water=(
            (row.kind, row.name, row.name_en, _multipolygon(row.geometry))
            for row in _rows(city.water)
        ),
    )  # fmt: skip


def _write_staff(
    connection: Connection,
    jurisdiction_id: int,
    plan_id: int,
    people: pd.DataFrame,
    posts: pd.DataFrame,
    organisation_ids: dict[str, int],
) -> dict[str, int]:
    """People and posts; gives the ids of the people by key."""
    ids = base_data.write_people(
        connection,
        [
            PersonRow(
                key=str(row.person_id),
                name=row.name,
                phone=row.phone,
                organisation_code=row.organisation_code,
            )
            for row in _rows(people)
        ],
        organisation_ids,
        synthetic=True,
    )
    base_data.write_posts(
        connection,
        [
            PostRow(
                person_key=str(row.person_id),
                grid_code=row.grid_code,
                level=int(row.grid_level),
                role=row.role,
                seat=int(row.seat),
                since=row.since.to_pydatetime(),
                until=None if pd.isna(row.until) else row.until.to_pydatetime(),
            )
            for row in _rows(posts)
        ],
        ids,
        grid_ids(connection, plan_id),
        recorded_by=ACTOR,
        reason="合成演示数据",
    )
    # Whoever leads the first sub-district also looks after what lies outside all grids.
    first = posts[posts["grid_level"] == 1].sort_values(["grid_code", "seat"]).iloc[0]
    base_data.write_queue(
        connection,
        jurisdiction_id,
        code="outside",
        name_zh="界外兜底队列",
        name_en="Outside all grids",
        person_id=ids[str(first["person_id"])],
    )
    return ids
