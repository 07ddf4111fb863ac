"""A district of crooked blocks to draw in: any number of units, with streets, buildings, people and
a year of incidents, the same on every machine."""

from __future__ import annotations

import math

import numpy as np
import shapely
from sqlalchemy import Connection, text

from gis.geometry import metric_crs, to_metric
from gis.store import base_data
from gis.store.base_data import OrganisationRow
from gis.store.drafts_writing import DraftGrid
from gis.store.engine import acting, make_engine
from gis.store.plan_writing import write_units
from gis.store.unit_edges import renew_edges
from gis.workflows.drafts import make_draft

WEST, SOUTH = 113.4, 34.6
STEP = np.array([0.0011, 0.0009])  # about 100 m both ways
GRID, COMMUNITY, STREET = 7, 3, 4  # units a side of a grid, grids of a community, and so on
ARTERIAL, AVENUE = 7, 21  # every so many blocks along a street of class 4, and of class 5

INCIDENTS = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, reported_at,
                      stage, closed_at, queue_id, route_rule, synthetic, location)
SELECT 'B' || u.id || '-' || n, u.jurisdiction_id, '01', 2, 'patrol', '占道堆放杂物',
       now() - interval '300 days', 'closed', now(), q.id, 'outside_queue', true,
       ST_Centroid(u.geom)
FROM unit AS u CROSS JOIN queue AS q CROSS JOIN generate_series(1, 2) AS n
"""


def corners(side: int, seed: int = 7) -> np.ndarray:
    """The corners of the blocks in degrees, (side + 1, side + 1, 2)."""
    rng = np.random.default_rng(seed)
    lattice = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    lattice += rng.uniform(-0.2, 0.2, lattice.shape)
    return np.round(np.array([WEST, SOUTH]) + lattice * STEP, 7)


def blocks(corner: np.ndarray) -> np.ndarray:
    """Polygons of twelve corners that share their sides, row by row."""
    share = np.array([1 / 3, 2 / 3])[:, None]

    def bent(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """The start of each side, and two points on the way to its end."""
        between = start[..., None, :] + share * (end - start)[..., None, :]
        across = (end - start)[..., None, ::-1] * np.array([-1, 1])
        between = between + across * np.array([0.04, -0.04])[:, None]
        return np.round(np.concatenate([start[..., None, :], between], axis=-2), 7)

    south, west = bent(corner[:, :-1], corner[:, 1:]), bent(corner[:-1], corner[1:])

    def back(line: np.ndarray, end: np.ndarray) -> np.ndarray:
        return np.concatenate([end[..., None, :], line[..., :0:-1, :]], axis=-2)

    rings = np.concatenate(
        [
            south[:-1],
            west[:, 1:],
            back(south[1:], corner[1:, 1:]),
            back(west[:, :-1], corner[1:, :-1]),
            corner[:-1, :-1, None],
        ],
        axis=2,
    )
    return np.asarray(shapely.polygons(rings)).ravel()


def code_of(row: int, column: int) -> str:
    """The code of the basic grid that a block is in at first."""
    y, x = row // GRID, column // GRID
    community_y, community_x = y // COMMUNITY, x // COMMUNITY
    street = 1 + community_y // STREET * 10 + community_x // STREET
    community = 1 + community_y % STREET * STREET + community_x % STREET
    return f"410102{street:03}{community:03}{1 + y % COMMUNITY * COMMUNITY + x % COMMUNITY:03}"


def fill(url: str, units: int) -> int:
    """Fill a freshly migrated database and give the id of its draft. The edges of units are not
    found yet: that is measured. Deterministic."""
    side = math.isqrt(units - 1) + 1
    corner = corners(side)
    cells = blocks(corner)[:units]
    cells = cells[shapely.is_valid(cells)]
    rng = np.random.default_rng(3)
    people = np.round(rng.lognormal(4.5, 0.6, len(cells))).astype(int)
    areas = shapely.area(to_metric(cells, metric_crs(shapely.total_bounds(cells).tolist())))
    places = [divmod(n, side) for n in range(len(cells))]
    engine = make_engine(url)
    with acting(engine, "bench", reason="bench") as connection:
        ids = base_data.write_organisations(
            connection,
            [OrganisationRow(code="410102", kind="district", name_zh="测试区",
                             name_en="Bench District", parent_code=None)],
            synthetic=True,
        )  # fmt: skip
        own = ids["410102"]
        _base_map(connection, own, corner, cells, people)
        unit_ids = write_units(
            connection,
            own,
            ((f"U{n:06}", int(people[n]), int(people[n]) // 3, float(areas[n]), cells[n])
             for n in range(len(cells))),
        )  # fmt: skip
        code = {unit_ids[f"U{n:06}"]: code_of(*place) for n, place in enumerate(places)}
        names = sorted({one[:length] for one in code.values() for length in (9, 12, 15)})
        draft = make_draft(
            connection, jurisdiction_id=own, name="bench", note=None, units=code,
            grids=[DraftGrid(code=one, name_zh=f"网格 {one}", name_en=f"Grid {one}")
                   for one in names],
            balance="pop", tolerance=0.1, based_on_id=None, actor="bench", account_id=None,
            kind="generated", params={},
        )  # fmt: skip
        _incidents(connection, own)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    return draft


def find_edges(url: str) -> None:
    """Find the edges of all units, as storing them does."""
    engine = make_engine(url)
    with acting(engine, "bench") as connection:
        renew_edges(
            connection, connection.execute(text("SELECT id FROM organisation")).scalar_one()
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE unit_edge"))
    engine.dispose()


def _base_map(
    connection: Connection, own: int, corner: np.ndarray, cells: np.ndarray, people: np.ndarray
) -> None:
    lines = [
        ("road", 5 if n % AVENUE == 0 else 4, None, None, shapely.LineString(line))
        for n in range(0, len(corner), ARTERIAL)
        for line in (corner[n], corner[:, n])
    ]
    xy = shapely.get_coordinates(shapely.centroid(cells))
    small = shapely.box(*(xy - 1e-5).T, *(xy + 1e-5).T)
    base_data.write_base_map(
        connection,
        own,
        streets=lines,
        buildings=(
            (f"B{n:06}", f"小区{n // 2}", None, None, 6, int(people[n]), int(people[n]) // 3,
             small[n])
            for n in range(len(cells))
        ),
        water=[],
    )  # fmt: skip


def _incidents(connection: Connection, own: int) -> None:
    connection.execute(
        text(
            "INSERT INTO category (code, name_zh, name_en, severity, colour, glyph, position)"
            " VALUES ('01', '类', 'Kind', 2, '#336699', 'dot', 1)"
        )
    )
    connection.execute(
        text(
            "WITH kept AS (INSERT INTO person (name) VALUES ('王五') RETURNING id)"
            " INSERT INTO queue (jurisdiction_id, code, name_zh, name_en, person_id)"
            " SELECT :of, 'outside', '界外', 'Outside', id FROM kept"
        ),
        {"of": own},
    )
    # The load itself is not what is measured: history and counts are left out.
    connection.execute(text("ALTER TABLE incident DISABLE TRIGGER USER"))
    connection.execute(text(INCIDENTS))
    connection.execute(text("ALTER TABLE incident ENABLE TRIGGER USER"))
