"""What the tests of boards share: outlines by edges, and polygons as they are stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from shapely.ops import split
from sqlalchemy import Connection, text

from gis.store.unit_edges import renew_edges
from tests.factories import STEP


def around(board: Any) -> Any:
    inner = ~board.edges.outer
    length_m = board.edges.length_m
    return np.bincount(board.edges.left, length_m, board.size) + np.bincount(
        board.edges.right[inner], length_m[inner], board.size
    )


def shapes_of(connection: Connection, ids: list[int]) -> Any:
    rows = connection.execute(
        text("SELECT ST_AsBinary(geom) FROM unit WHERE id = ANY (:ids) ORDER BY id"), {"ids": ids}
    )
    return np.asarray(shapely.from_wkb([bytes(row[0]) for row in rows]), object)


def same_board(one: Any, other: Any) -> None:
    """A board made from the one before it is the one that is read anew."""
    for name in (
        "unit_id", "code", "lon", "lat", "pop", "households", "area_m2", "load", "incidents",
        "perimeter_m", "compound_start", "compound",
    ):  # fmt: skip
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    for name in ("id", "left", "right", "length_m", "cls"):
        assert getattr(one.edges, name).tolist() == getattr(other.edges, name).tolist(), name


def cut_unit(
    connection: Connection, place: Any, code: str = "410102004001004"
) -> tuple[int, list[int]]:
    """Cut a unit of the town along a line, as an editor does."""
    unit, polygon = connection.execute(
        text("SELECT u.id, ST_AsBinary(u.geom) FROM unit AS u WHERE u.code = :code"),
        {"code": code},
    ).one()
    whole = shapely.from_wkb(bytes(polygon))
    west, south = shapely.bounds(whole)[:2]
    line = shapely.LineString(
        [(west + 0.31 * STEP, south - STEP), (west + 0.5 * STEP, south + 0.4 * STEP),
         (west + 0.77 * STEP, south + 4 * STEP)]
    )  # fmt: skip
    found = split(whole, line).geoms
    pieces = [
        connection.execute(
            text(
                "INSERT INTO unit (jurisdiction_id, code, population, area_m2, split_from_id,"
                " retired_at, geom) VALUES (:of, :code, 50, 500, :unit, now(),"
                " ST_GeomFromText(:wkt, 4326)) RETURNING id"
            ),
            {
                "of": place.town.jurisdiction_id, "code": f"{code} {number}", "unit": unit,
                "wkt": shapely.set_precision(piece, 1e-7).wkt,
            },
        ).scalar_one()
        for number, piece in enumerate(found)
    ]  # fmt: skip
    renew_edges(connection, place.town.jurisdiction_id, pieces)
    connection.execute(
        text("DELETE FROM draft_unit WHERE plan_id = :plan AND unit_id = :unit"),
        {"plan": place.draft, "unit": unit},
    )
    for piece in pieces:
        connection.execute(
            text(
                "INSERT INTO draft_unit (plan_id, unit_id, grid_code) VALUES (:plan, :piece, :code)"
            ),
            {"plan": place.draft, "piece": piece, "code": code},
        )
    return unit, pieces


def board_as_told(place: Any) -> dict[str, Any]:
    """Units by id, and edges by id with their sides, as the streams tell them."""
    units, edges = table_of(place, "units"), table_of(place, "edges")
    ids = units["unit"].to_pylist()
    told = [{**row, "perimeter_m": pytest.approx(row["perimeter_m"])} for row in units.to_pylist()]
    rows = [
        {**row, "left": ids[row["left"]], "right": ids[row["right"]] if row["right"] >= 0 else -1}
        for row in edges.to_pylist()
    ]
    return {
        "units": {row["unit"]: row for row in told}, "edges": {row["edge"]: row for row in rows},
        "terms": units.schema.metadata[b"terms"].decode(),
    }  # fmt: skip


def changed(held: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    def by(name: str, part: dict[str, list[Any]]) -> dict[int, dict[str, Any]]:
        rows = [dict(zip(part, values, strict=True)) for values in zip(*part.values(), strict=True)]
        return {row[name]: row for row in rows}

    units = {u: row for u, row in held["units"].items() if u not in answer["gone"]}
    units |= by("unit", answer["units"])
    edges = {
        e: row for e, row in held["edges"].items()
        if row["left"] in units and (row["right"] in units or row["right"] < 0)
    }  # fmt: skip
    return {"units": units, "edges": edges | by("edge", answer["edges"])}


def table_of(place: Any, part: str, who: str = "planner", plan: int | None = None) -> pa.Table:
    answer = place.client.get(
        f"/api/v1/drafts/{plan or place.draft}/board?part={part}", headers=place.headers[who]
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    return pa.ipc.open_stream(answer.content).read_all()
