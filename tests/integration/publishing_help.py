"""What the tests of publishing share: a town with reports, plans published and tried."""

from __future__ import annotations

from sqlalchemy import text

from gis.store.engine import acting
from gis.workflows import previews
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from gis.workflows.publishing import publish_plan
from gis.workflows.reviews import take_step
from tests.factories import STEP as CELL
from tests.factories import make_draft, make_town, redrawn

WEST, SOUTH, STEP = 113.60, 34.75, 0.001
FIRST, SECOND = "410102004001001", "410102004001002"


def rows(engine, query, **values):
    with engine.connect() as connection:
        return connection.execute(text(query), values).all()


def report_at(engine, column, row):
    lon, lat = WEST + (column + 0.5) * STEP, SOUTH + (row + 0.5) * STEP
    done = report_incident(
        engine,
        Locators(),
        IncidentReport(category="01", title="t", source="patrol", lon=lon, lat=lat),
        actor="tests",
        time_zone="Asia/Shanghai",
    )
    return done.incident_id


def town_with_reports(engine):
    """A town, and an open report in each of three quarter cells of row 0, and a closed one."""
    town = make_town(engine)
    town.plan_id = make_draft(engine, town, redrawn({}))
    publish(engine, town.plan_id)
    ids = [report_at(engine, column * CELL / STEP - 0.5, 0) for column in (0.25, 1.25, 1.75, 1.2)]
    with acting(engine, "tests") as connection:
        connection.execute(
            text("UPDATE incident SET stage = 'closed', closed_at = now() WHERE id = :id"),
            {"id": ids[3]},
        )
    return town, ids


def publish(engine, plan, **more):
    with acting(engine, "planner", action="publish") as connection:
        return publish_plan(connection, plan, **more)


def preview(engine, plan, **more):
    return previews.Previews().page(engine, plan, **more)


def approve(engine, plan):
    """Send a draft for review and approve it as somebody else."""
    take_step(engine, plan, "send", actor="起草人 (drawer)")
    take_step(engine, plan, "approve", actor="审查人 (reviewer)")
