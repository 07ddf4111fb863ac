"""Two plans compared: people and units moved, each grid, open incidents and posts."""

from __future__ import annotations

import json

import shapely
from sqlalchemy import text

from gis.store.engine import acting
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from tests.factories import make_neighbour
from tests.integration.reviews_help import (
    API,
    NE,
    NORTHERN,
    NW,
    SE,
    SOUTHERN,
    SW,
    THIRD,
    Desk,
    at,
    changed,
    coarse,
    draw,
    publish,
)


def compared(client, desk, a, b, what="", who="leader", **query):
    answer = client.get(
        f"{API}/plans/{a}/compare/{b}{what}", params=query, headers=desk.header(who)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_moves_is_counted_by_grid_and_adds_up(client, desk):
    """The south-east unit goes north, and the south-west one becomes a grid of its own."""
    draft = draw(desk, changed(desk, {SE: NORTHERN, SW: THIRD}))
    told = compared(client, desk, desk.plan_id, draft)
    # The southern grid is gone, and goes on under the code of the new one: nobody moves there.
    assert (told["units"], told["units_moved"], told["people_moved"]) == (16, 1, 100)
    assert (told["people"], told["renumbered"]) == (1600, 100)
    changes = {row["code"]: row for row in told["grids"]}
    southern, northern = changes[SOUTHERN], changes[NORTHERN]
    assert (southern["change"], southern["code_after"]) == ("renumbered", THIRD)
    assert (southern["people_out"], southern["people_in"]) == (100, 0)
    assert (northern["change"], northern["people_in"]) == ("reshaped", 100)
    assert (northern["before"]["population"], northern["after"]["population"]) == (200, 300)
    assert northern["after"]["deviation"] > 0 > southern["after"]["deviation"]
    assert told["counts"] == {"same": 6, "reshaped": 1, "new": 0, "gone": 0, "renumbered": 1}
    for row in told["grids"]:
        grown = row["after"]["population"] - row["before"]["population"]
        assert grown == row["people_in"] - row["people_out"]
    assert [(m["from"], m["to"], m["people"]) for m in told["moves"]] == [(SOUTHERN, NORTHERN, 100)]
    # At the level of communities nothing changes; and all is turned round from the other side.
    above = compared(client, desk, desk.plan_id, draft, level=2)
    assert (above["units_moved"], above["counts"]["same"]) == (0, 4)
    back = compared(client, desk, draft, desk.plan_id)
    assert [(m["from"], m["to"], m["people"]) for m in back["moves"]] == [(NORTHERN, SOUTHERN, 100)]
    same = compared(client, desk, draft, draft)
    assert (same["units_moved"], same["counts"]["same"]) == (0, 8)


def test_new_gone_and_loose_land_are_told(client, desk):
    draft = draw(desk, changed(desk, {NW: SOUTHERN, NE: SOUTHERN, "410102004004004": None}))
    told = compared(client, desk, desk.plan_id, draft)
    changes = {row["code"]: row["change"] for row in told["grids"]}
    assert changes[NORTHERN] == "gone"
    assert {(m["from"], m["to"]) for m in told["moves"]} == {
        (NORTHERN, SOUTHERN), ("410102004004003", None),
    }  # fmt: skip
    split = draw(desk, changed(desk, {NE: THIRD}))
    changes = {row["code"]: row for row in compared(client, desk, desk.plan_id, split)["grids"]}
    assert (changes[THIRD]["change"], changes[THIRD]["before"]) == ("new", None)


def test_the_land_that_moves_is_where_its_units_are(client, desk):
    draft = draw(desk, changed(desk, {SE: NORTHERN, SW: NORTHERN, "410102004002001": SOUTHERN}))
    found = compared(client, desk, desk.plan_id, draft, "/moved")
    for feature in found["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        units = [code for code, was in coarse(desk.units).items()
                 if was == feature["properties"]["from"]]  # fmt: skip
        with desk.engine.connect() as connection:
            wkbs = connection.scalars(
                text("SELECT ST_AsBinary(geom) FROM unit WHERE code = ANY(:codes)"),
                {"codes": units},
            ).all()
        land = shapely.union_all(shapely.from_wkb([bytes(one) for one in wkbs]))
        assert shapely.area(shapely.difference(shape, land)) < 1e-12
        assert feature["properties"]["units"] * 100 == feature["properties"]["people"]
    assert sum(one["properties"]["units"] for one in found["features"]) == 3


def test_a_cut_unit_is_compared_by_its_pieces(client, desk):
    """The eastern third of a unit goes over: its people, not the whole unit's."""
    west, east = 30, 70
    with acting(desk.engine, "tests") as connection:
        shape = shapely.from_wkb(
            bytes(connection.scalar(
                text("SELECT ST_AsBinary(geom) FROM unit WHERE code = :code"), {"code": SE}
            ))
        )  # fmt: skip
        x0, y0, x1, y1 = shape.bounds
        pieces = {}
        for name, people, part in (
            ("w", west, shapely.box(x0, y0, x0 + (x1 - x0) * 0.3, y1)),
            ("e", east, shapely.box(x0 + (x1 - x0) * 0.3, y0, x1, y1)),
        ):
            pieces[f"{SE}-{name}"] = connection.scalar(
                text(
                    "INSERT INTO unit (jurisdiction_id, code, population, area_m2, split_from_id,"
                    " retired_at, geom) VALUES (:of, :code, :people, :people * 10, :whole, now(),"
                    " ST_GeomFromText(:wkt, 4326)) RETURNING id"
                ),
                {"of": desk.town.jurisdiction_id, "code": f"{SE}-{name}", "people": people,
                 "whole": desk.units[SE], "wkt": part.wkt},
            )  # fmt: skip
    cut = Desk(desk.engine, desk.town, desk.plan_id, {**desk.units, **pieces}, desk.people)
    where = {code: grid for code, grid in coarse(desk.units).items() if code != SE}
    draft = draw(cut, where | {f"{SE}-w": SOUTHERN, f"{SE}-e": NORTHERN})
    for a, b in ((desk.plan_id, draft), (draft, desk.plan_id)):
        told = compared(client, desk, a, b)
        assert (told["people_moved"], told["units_moved"]) == (east, 1)
        assert told["people"] == 1600


def test_what_becomes_of_incidents_and_posts(client, desk):
    locators = Locators()
    for place in (at(0, 0), at(1, 0), at(3, 3)):
        report_incident(
            desk.engine, locators,
            IncidentReport(category="01", title="t", source="patrol", **place),
            actor="tests", time_zone="Asia/Shanghai",
        )  # fmt: skip
    before = len(rows_of(desk, "SELECT id FROM hand_over"))
    draft = draw(desk, changed(desk, {SE: NORTHERN, SW: THIRD}))
    told = compared(client, desk, desk.plan_id, draft, "/effects")
    assert (told["open_incidents"], told["incidents_moved"], told["nowhere"]) == (3, 2, 0)
    assert {(p["from"], p["to"]) for p in told["pairs"]} == {
        (SOUTHERN, THIRD), (SOUTHERN, NORTHERN),
    }  # fmt: skip
    # The southern lead's post goes with its code; the new grid has nobody.
    assert told["posts"] == {"stay": 12, "end": 1, "return": 0}
    assert (told["people_end"], told["unfilled"]) == (1, {"1": 0, "2": 0, "3": 1})
    assert told["unfilled_codes"] == [THIRD]
    # Publishing would do just that, and was not done.
    exact = told["exact"]
    assert (exact["incidents_moved"], exact["posts"]) == (2, {"moved": 12, "ended": 1})
    assert len(rows_of(desk, "SELECT id FROM hand_over")) == before
    # Of two plans that are not in force nothing is exact, and the posts of now are counted.
    other = draw(desk, changed(desk, {NE: SOUTHERN}))
    told = compared(client, desk, draft, other, "/effects")
    assert (told["exact"], told["posts"]) == (None, {"stay": 12, "end": 0, "return": 1})


def test_only_plans_of_a_jurisdiction_of_ones_own_are_compared(client, desk):
    _, district = make_neighbour(desk.engine)
    ((other,),) = rows_of(desk, "SELECT id FROM plan WHERE jurisdiction_id = :id", id=district)
    for a, b in ((desk.plan_id, other), (other, desk.plan_id), (desk.plan_id, 10**9)):
        for what in ("", "/moved", "/effects"):
            answer = client.get(f"{API}/plans/{a}/compare/{b}{what}", headers=desk.header("leader"))
            assert (answer.status_code, answer.json()["code"]) == (404, "plan-not-found")
    refused = client.get(
        f"{API}/plans/{desk.plan_id}/compare/{desk.plan_id}", headers=desk.header("dispatcher")
    )
    assert refused.status_code == 403
    # A part sees its own figures.
    part = compared(client, desk, desk.plan_id, desk.plan_id, who="part")
    assert len(part["grids"]) == 8


def test_plans_that_were_in_force_are_compared_as_they_were(client, desk):
    """The last test: it puts another plan in force."""
    former = desk.plan_id
    draft = draw(desk, changed(desk, {SE: NORTHERN}))
    wanted = compared(client, desk, former, draft)
    publish(desk, draft)
    told = compared(client, desk, former, draft)
    assert {key: told[key] for key in ("grids", "moves", "people_moved")} == {
        key: wanted[key] for key in ("grids", "moves", "people_moved")
    }
    assert (told["a"]["status"], told["b"]["status"]) == ("superseded", "published")


def rows_of(desk, query, **values):
    with desk.engine.connect() as connection:
        return connection.execute(text(query), values).all()
