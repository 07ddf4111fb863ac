"""What the tests of rules share: a park, a rule, a report, a dry run."""

from __future__ import annotations

import shapely

from gis.store.engine import acting
from gis.workflows import assets, rules
from gis.workflows.dry_run import dry_run
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from tests.factories import SOUTH, STEP, WEST, inserter

PARK = shapely.box(WEST + 0.0005, SOUTH + 0.0005, WEST + 0.001, SOUTH + 0.001)
IN_PARK = (WEST + 0.00075, SOUTH + 0.00075)
ELSEWHERE = (WEST + STEP * 3.5, SOUTH + STEP * 3.5)
HOME, FAR = "410102004001001", "410102004004004"  # grids of those two places


def department(engine, parent_id, code="410102-D32", name="园林绿化中心"):
    with acting(engine, "tests") as connection:
        return inserter(connection)(
            "organisation", code=code, kind="department", name_zh=name, parent_id=parent_id
        )


def park(engine, town, organisation_id=None, **changed):
    values = {
        "code": "P1", "kind": "park", "name_zh": "碧沙岗公园", "name_en": "Bishagang Park",
        "geometry": shapely.geometry.mapping(PARK), "organisation_id": organisation_id,
        "actor": "tests", "reason": "登记",
    }  # fmt: skip
    return assets.record_asset(engine, town.jurisdiction_id, **values | changed)


def rule(engine, town, *, effect="override", name="公园事件归园林", **given):
    where = {
        key: given.pop(key)
        for key in ("since", "until", "position", "replaces", "version") if key in given
    }  # fmt: skip
    made, _ = rules.record_rule(
        engine, town.jurisdiction_id, {"name_zh": name, "effect": effect, **given},
        reason="区政府会议纪要", actor="规划员", **where,
    )  # fmt: skip
    return made


def contact(engine, town, organisation_id, name="王园林", **changed):
    return rules.record_contact(
        engine, town.jurisdiction_id, organisation_id, name=name, phone="000-1", actor="tests",
        **changed,
    )  # fmt: skip


def report(engine, locators, place=IN_PARK, category="0101", source="patrol", **changed):
    given = IncidentReport(
        category=category, title="试验", source=source, lon=place[0], lat=place[1], **changed
    )
    done = report_incident(engine, locators, given, actor="tests", time_zone="Asia/Shanghai")
    return done.case


def tried(engine, locators, place=IN_PARK, category="0101", source="patrol", **changed):
    with engine.connect() as connection:
        return dry_run(
            connection, locators, lon=place[0], lat=place[1], category=category, source=source,
            language="zh-CN", **changed,
        )  # fmt: skip


def outcomes(told):
    return [(one["kind"], one["outcome"]) for one in told["verdicts"]]
