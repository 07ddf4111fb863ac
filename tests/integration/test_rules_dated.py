"""Rules at the edges of their dates and of their jurisdiction."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from sqlalchemy import text

from gis.errors import ConflictError, InputError, NotFoundError
from gis.report import Report
from gis.store.engine import acting
from gis.workflows import absences, assets, duty_list, ruling
from gis.workflows.dry_run import Draft
from gis.workflows.locators import Locators
from gis.workflows.rule_files import import_rules
from gis.workflows.rules import record_contact
from tests.factories import inserter, make_town
from tests.integration.rules_help import (
    FAR,
    contact,
    department,
    outcomes,
    park,
    report,
    rule,
    tried,
)


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def parks(engine, town):
    """A department of the district."""
    return department(engine, town.jurisdiction_id)


@pytest.fixture
def strange(engine, town):
    """A department of another district."""
    with acting(engine, "tests") as connection:
        district = inserter(connection)(
            "organisation", code="410103", kind="district", name_zh="别区"
        )
    return department(engine, district, "410103-D01", "别区城管局")


def test_between_a_rule_and_the_one_that_replaces_it_there_is_no_time(engine, town, parks):
    beaten = rule(engine, town, grid_code=FAR, name="后")
    former = rule(engine, town, role="officer", name="前", position=1)
    made = rule(engine, town, organisation_id=parks, name="新", replaces=former)
    contact(engine, town, parks)
    contact(engine, town, parks, name="李园林")
    with engine.connect() as connection:
        spans = dict(
            connection.execute(text("SELECT id, held FROM routing_rule ORDER BY id")).all()
        )
        ordered = connection.scalar(text("SELECT max(at) FROM rule_order"))
        first, second = connection.scalars(text("SELECT held FROM contact ORDER BY id")).all()
    assert spans[former].upper == spans[made].lower == ordered
    assert first.upper == second.lower
    # At the very moment it has its place already, before the one that it stands in front of.
    told = tried(engine, Locators(), at=ordered)
    assert outcomes(told)[:2] == [("rule", "won"), ("rule", "beaten")]
    assert (told["winner"]["id"], told["verdicts"][1]["id"]) == (made, beaten)


def test_nobody_of_another_district_is_named_a_contact(engine, town, parks, strange):
    with acting(engine, "tests") as connection:
        theirs = inserter(connection)("person", name="别区某", organisation_id=strange)
        ours = inserter(connection)("person", name="园林某", organisation_id=parks)
    named = {"actor": "tests", "reason": "任命"}
    with pytest.raises(NotFoundError, match="no person"):
        record_contact(engine, town.jurisdiction_id, parks, person_id=theirs, **named)
    assert record_contact(engine, town.jurisdiction_id, parks, person_id=ours, **named)


def test_organisations_of_others_are_refused_wherever_they_are_named(engine, town, strange):
    refused = []
    for record in (
        lambda: rule(engine, town, organisation_id=strange),
        lambda: park(engine, town, strange),
        lambda: contact(engine, town, strange),
        lambda: duty_list.record_duty(
            engine, town.jurisdiction_id, category="01", organisation_id=strange, kind="duty",
            document="三定方案", actor="tests",
        ),
        lambda: tried(
            engine, Locators(),
            draft=Draft(given={"name_zh": "x", "effect": "refine", "organisation_id": strange}),
        ),
    ):  # fmt: skip
        with pytest.raises(InputError) as wrong:
            record()
        refused.append(wrong.value.code)
    assert refused == ["organisation-unknown"] * 5


@pytest.mark.parametrize("ago", [timedelta(days=1), timedelta(0)])
def test_what_is_over_before_it_begins_is_refused(engine, town, parks, ago):
    over = datetime.now(UTC) - ago
    for record in (
        lambda: rule(engine, town, organisation_id=parks, until=over),
        lambda: park(engine, town, until=over),
        lambda: contact(engine, town, parks, until=over),
    ):
        with pytest.raises(InputError) as wrong:
            record()
        assert wrong.value.code == "window-reversed"


def test_refusals_name_the_person_and_the_code(engine, town, parks):
    later = datetime.now(UTC) + timedelta(days=1)
    contact(engine, town, parks, since=later)
    with pytest.raises(ConflictError, match="410102-D32"):
        contact(engine, town, parks)
    with engine.connect() as connection:
        person = connection.scalar(text("SELECT id FROM person WHERE name = '王园林'"))
    for _ in range(2):
        try:
            absences.record_absence(
                engine, town.jurisdiction_id, person_id=person, substitute_id=None, since=later,
                until=None, reason="年休", actor="tests",
            )  # fmt: skip
        except ConflictError as twice:
            assert str(twice).startswith("王园林 is away already")
            return
    pytest.fail("away twice")


FOREVER = "9999-12-31T23:59:59-14:00"


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": FOREVER}, {"since": "0001-01-01T00:00:00+14:00"}, {"name_zh": "甲\u0000乙"},
        {"name_zh": "\ud800"}, {"severities": [1, 2.0]}, {"reason": "\u202e"}, {"role": None},
        {"until": "2027-01-01T00:00:00"}, {"asset_code": "\u0000", "within_m": 1},
    ],
)  # fmt: skip
def test_what_the_database_cannot_hold_is_refused_by_its_number(engine, town, tmp_path, wrong):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps([{"name_zh": "甲", "effect": "refine", "role": "lead", **wrong}]))
    told = Report()
    with pytest.raises(InputError, match="1"):
        import_rules(engine, town.jurisdiction_id, path, actor="tests", report=told)
    assert [(one.code, one.rows) for one in told.findings] == [("rule-field-wrong", (1,))]
    assert report(engine, Locators())["rule"] == "inside"


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [10**400, 34]},
        {"type": "LineString", "coordinates": [[113.6, 34.7], [float("nan"), 34.7]]},
        {"type": "Point", "coordinates": [float("inf"), 34]},
        {"type": "Polygon", "coordinates": {}},
        {"type": "Polygon", "coordinates": []},
        {"type": "GeometryCollection", "geometries": []},
        {"type": ["Point"], "coordinates": [113.6, 34.7]},
        {"type": "Point", "coordinates": [True, "34"]},
        {},
    ],
)
def test_what_is_no_geometry_is_refused(engine, town, geometry):
    with pytest.raises(InputError) as wrong:
        park(engine, town, geometry=geometry)
    assert wrong.value.code == "geometry-invalid"


def test_an_import_follows_also_what_was_to_come(engine, town, tmp_path):
    soon = datetime.now(UTC) + timedelta(days=30)
    park(engine, town, until=soon)
    park(engine, town, since=soon, name_zh="明年的公园")
    path = tmp_path / "parks.geojson"
    shape = shapely.box(113.6, 34.7, 113.61, 34.71)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [{
        "type": "Feature", "geometry": shapely.geometry.mapping(shape),
        "properties": {"code": "P1", "name": "新公园", "kind": "park"},
    }]}))  # fmt: skip
    done = assets.import_assets(
        engine, town.jurisdiction_id, path, actor="tests", report=Report(source=path.name)
    )
    assert (done.added, done.replaced, done.unchanged) == (0, 1, 0)
    with engine.connect() as connection:
        held = connection.execute(text(
            "SELECT name_zh, isempty(held), upper_inf(held) FROM asset ORDER BY id"
        )).all()  # fmt: skip
    assert [tuple(row) for row in held] == [
        ("碧沙岗公园", False, False), ("明年的公园", True, False), ("新公园", False, True),
    ]  # fmt: skip


def test_rules_of_a_file_come_in_once_however_often_it_is_sent(engine, town, parks, tmp_path):
    given = [
        {"name_zh": "甲", "effect": "refine", "role": "lead", "severities": [4, 1, 4],
         "until": "2199-01-01T00:00:00+08:00"},
        {"name_zh": "乙", "name_en": "B", "effect": "override", "organisation": "410102-D32",
         "categories": ["01"], "reason": "会议纪要"},
    ]  # fmt: skip
    path = tmp_path / "rules.json"
    counts = []
    for listed in (given, given, [given[0] | {"severities": [1]}, given[1]]):
        path.write_text(json.dumps(listed))
        done = import_rules(engine, town.jurisdiction_id, path, actor="tests", report=Report())
        counts.append((done.added, done.unchanged))
    assert counts == [(2, 0), (0, 2), (1, 1)]


def test_no_report_is_routed_by_rules_of_which_half_was_read_before_a_change(
    engine, town, parks, monkeypatch
):
    rule(engine, town, grid_code=FAR, name="后")
    former = rule(engine, town, role="director", name="前", position=1)
    read, made = ruling.orders_of, []

    def changed_meanwhile(connection, jurisdiction_id):
        if not made:
            made.append(rule(engine, town, organisation_id=parks, name="新", replaces=former))
        return read(connection, jurisdiction_id)

    monkeypatch.setattr(ruling, "orders_of", changed_meanwhile)
    with engine.connect() as connection:
        book = Locators().books.get(connection, town.jurisdiction_id)
    first = book.rules.in_order(2)[0]
    assert book.rules.rules[first].rule_id == made[0]
