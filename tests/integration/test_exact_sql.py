"""`owning_grid` in SQL gives the answer of the locator, on and a float beside boundaries."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gis.routing.locator import Locator
from gis.store.engine import acting
from tests.unit.routing.exact_reference import difficult_places, lattice, merged, moved, owners

LEAST = 5e-324  # the smallest float above 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Polygons of a plan, in the order of their codes, and the locator of the same."""

    plan_id: int
    polygons: np.ndarray
    locator: Locator


def drawn(engine, polygons: np.ndarray) -> Map:
    """A draft plan whose basic grids are these polygons."""
    codes = [f"410102004001{number:03d}" for number in range(len(polygons))]
    with acting(engine, "tests") as connection:
        body = {"code": "410102", "zh": "中原区"}
        district = connection.scalar(
            text(
                "INSERT INTO organisation (code, kind, name_zh) VALUES (:code, 'district', :zh)"
                " ON CONFLICT DO NOTHING RETURNING id"
            ),
            body,
        ) or connection.scalar(text("SELECT id FROM organisation WHERE code = :code"), body)
        plan_id = connection.scalar(
            text(
                "INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)"
                " VALUES (:district, 'drawn', 0.05, 'tests') RETURNING id"
            ),
            {"district": district},
        )
        whole = shapely.box(*shapely.total_bounds(polygons))
        for code, shape in [
            ("410102004", whole),
            ("410102004001", whole),
            *zip(codes, polygons, strict=True),
        ]:
            connection.execute(
                text(
                    "INSERT INTO grid (plan_id, code, name_zh, name_en, population, households,"
                    " area_m2, load, deviation, units, compactness, hue, geom, geom_3857_low)"
                    " SELECT :plan, :code, 'x', 'x', 1, 1, 1, 1, 0, 1, 0.8, 0, g,"
                    " ST_Transform(g, 3857) FROM ST_Multi(ST_GeomFromWKB(:wkb, 4326)) AS g"
                ),
                {"plan": plan_id, "code": code, "wkb": shapely.to_wkb(shape)},
            )
    return Map(plan_id=plan_id, polygons=polygons, locator=Locator.build(polygons, codes))


def copied(connection: Any, lon: np.ndarray, lat: np.ndarray, owner: np.ndarray) -> None:
    """A temporary table `spot (n, owner, lon, lat, place)` of all points, every bit of them."""
    columns = {"n": np.arange(len(lon)), "owner": owner, "lon": lon, "lat": lat}
    kinds = {"n": ">i4", "owner": ">i4", "lon": ">f8", "lat": ">f8"}
    parts = [part for name in columns for part in ((f"{name}_size", ">i4"), (name, kinds[name]))]
    rows = np.zeros(len(lon), [("fields", ">i2"), *parts])
    rows["fields"] = len(columns)
    for name, values in columns.items():
        rows[name], rows[f"{name}_size"] = values, rows[name].itemsize
    connection.execute(text("SET jit = off"))
    connection.execute(
        text(
            "CREATE TEMP TABLE spot (n int, owner int, lon double precision, lat double precision,"
            " place geometry GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)) STORED)"
        )
    )
    with (
        connection.connection.cursor() as cursor,
        cursor.copy("COPY spot (n, owner, lon, lat) FROM STDIN (FORMAT binary)") as copy,
    ):
        copy.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
        copy.write(rows.tobytes())
        copy.write(struct.pack(">h", -1))
    connection.execute(text("CREATE INDEX ON spot USING gist (place)"))
    connection.execute(text("ANALYZE spot"))


def wrong_in_bulk(connection: Any, plan_id: int) -> list[tuple[Any, ...]]:
    """The spots whose smallest code among the polygons that touch them is not the owner's."""
    return connection.execute(
        text(
            "WITH found AS MATERIALIZED ("
            "  SELECT n, min(right(code, 3)::int) AS owner"
            "  FROM grid JOIN spot ON grid.geom && spot.place"
            "  WHERE plan_id = :plan AND level = 3 AND touches_exactly(geom, lon, lat) GROUP BY n)"
            " SELECT n, lon, lat, spot.owner, found.owner FROM spot LEFT JOIN found USING (n)"
            " WHERE spot.owner <> coalesce(found.owner, -1)"
        ),
        {"plan": plan_id},
    ).all()


def wrong_one_by_one(connection: Any, plan_id: int, below: int) -> list[tuple[Any, ...]]:
    """The spots below a number whose owner is not what `owning_grid` says."""
    return connection.execute(
        text(
            "SELECT n, lon, lat, owner FROM spot WHERE n < :below"
            " AND owner <> coalesce(right(owning_grid(:plan, lon, lat), 3)::int, -1)"
        ),
        {"plan": plan_id, "below": below},
    ).all()


def maps() -> dict[str, tuple[np.ndarray, int]]:
    """Polygons and how many places to draw the difficult ones from (each gives some twenty-six)."""
    rng = np.random.default_rng(11)
    thirds = lattice(8, 8, 0.3, rng)
    mixed = merged(lattice(6, 6, 0.25, rng), rng.integers(0, 4, 36))
    return {
        # cells of a third of a degree, where PostGIS by itself errs
        "thirds": (moved(thirds, 1 / 3, 112.0, 33.0), 20_000),
        "straight thirds": (moved(lattice(8, 8, 0.0, rng), 1 / 3, 113.0, 34.0), 20_000),
        "enclaves and islands": (moved(mixed, 0.004, 113.6, 34.74), 5_000),
        # across Greenwich and the equator twice the digits of a float are not enough
        "origin": (moved(lattice(4, 4, 0.3, rng), 1 / 3, -2 / 3, -2 / 3), 150),
    }


@pytest.mark.parametrize("name", maps())
def test_sql_and_locator_agree_on_millions_of_points_on_and_a_float_beside_edges(engine, name):
    polygons, number = maps()[name]
    town = drawn(engine, polygons)
    lon, lat = difficult_places(polygons, np.random.default_rng(5), number).T
    expected = town.locator.locate(lon, lat)
    with engine.connect() as connection:
        copied(connection, lon, lat, expected)
        assert wrong_in_bulk(connection, town.plan_id) == []
        assert wrong_one_by_one(connection, town.plan_id, 6_000) == []
    assert set(expected.tolist()) == {-1, *range(len(polygons))}  # the points are everywhere


def test_the_smallest_floats_and_rational_arithmetic_agree(engine):
    """Corners and points so near 0 that no product of their differences is a float."""
    tiny = [0.0, LEAST, -LEAST, 3e-310, -3e-310, 1e-200, -1e-200, 1e-9, -1e-9, 0.1, -0.1, 1 / 3]
    polygons = np.array([
        shapely.Polygon([(0, 0), (1 / 3, LEAST), (0.7, 1 / 3), (0, 0.3)]),
        shapely.Polygon([(0, 0), (1 / 3, LEAST), (0.3, -0.4), (-LEAST, -0.2)]),
        shapely.Polygon([(0, 0), (0, 0.3), (-1 / 3, 0.1), (-0.2, -1e-200)]),
    ])  # fmt: skip
    town = drawn(engine, polygons)
    lon, lat = (axis.ravel() for axis in np.meshgrid(tiny, tiny))
    expected = owners(polygons, ["0", "1", "2"], lon, lat)
    with engine.connect() as connection:
        copied(connection, lon, lat, expected)
        assert wrong_one_by_one(connection, town.plan_id, len(lon)) == []
        assert wrong_in_bulk(connection, town.plan_id) == []
    assert set(expected.tolist()) == {-1, 0, 1, 2}


def test_a_step_of_a_few_floats_in_a_boundary_far_off_changes_nothing(engine):
    top = np.nextafter(34.0, 35)
    shape = shapely.Polygon([(113, 33), (115, 33), (115, 34), (115, top), (115, 35), (113, 35)])
    town = drawn(engine, np.array([shape]))
    with engine.connect() as connection:
        lon, lat = np.array([114.0, 114.0, 116.0, 112.0]), np.array([34.0, top, 34.0, top])
        copied(connection, lon, lat, np.array([0, 0, -1, -1]))
        assert wrong_one_by_one(connection, town.plan_id, 4) == []


@pytest.mark.parametrize(
    "lon, lat",
    [("nan", 34), (113, "nan"), ("inf", "-inf"), (1e300, -1e300), (0, 90), (473.6, 34.1)],
)
def test_what_is_not_on_earth_has_no_owner(engine, lon, lat):
    town = drawn(engine, moved(lattice(2, 2, 0.0, np.random.default_rng(1)), 0.5, 113, 34))
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT owning_grid(:plan, cast(:lon AS float8), cast(:lat AS float8))"),
            {"plan": town.plan_id, "lon": float(lon), "lat": float(lat)},
        )
    assert found is None
