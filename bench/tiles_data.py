"""A city to serve: 20,000 basic grids and 2 million incidents, the same on every machine."""

from __future__ import annotations

import numpy as np
import psycopg
import shapely

WEST, SOUTH, STEP = 113.2, 34.45, 0.0044  # about 400 m: 125 by 160 grids are 50 by 78 km
COLUMNS, ROWS, PIECES = 125, 160, 6
ACTOR = "SELECT set_config('wangge.actor', 'bench', false)"
CENTRES = 400

BASE = """
INSERT INTO organisation (code, kind, name_zh, name_en, synthetic)
  VALUES ('4101', 'city', '测试市', 'Bench City', true);
INSERT INTO organisation (code, kind, name_zh, name_en, parent_id, synthetic)
  SELECT '410102', 'district', '测试区', 'Bench District', id, true FROM organisation;
INSERT INTO organisation (code, kind, name_zh, name_en, parent_id, synthetic)
  SELECT '410102' || lpad(n::text, 3, '0'), 'sub_district', '测试街道' || n, 'Bench Street ' || n,
         id, true FROM organisation, generate_series(1, 40) AS n WHERE kind = 'district';
INSERT INTO person (name) VALUES ('王五');
INSERT INTO queue (jurisdiction_id, code, name_zh, name_en, person_id)
  SELECT o.id, 'outside', '界外', 'Outside', p.id
  FROM organisation AS o, person AS p WHERE kind = 'district';
INSERT INTO category (code, name_zh, name_en, severity, colour, glyph, position)
  SELECT lpad(n::text, 2, '0'), '类' || n, 'Kind ' || n, 2, '#336699', 'dot', n
  FROM generate_series(1, 7) AS n;
INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)
  SELECT id, 'bench', 0.05, 'bench' FROM organisation WHERE kind = 'district';
"""

# Three in ten incidents anywhere, the others around 400 centres; three in a hundred are open. The
# grid is that of the even lattice: near enough for what lists cost; those off it are in the queue.
INCIDENTS = """
WITH centre AS (
  SELECT n, {west} + random() * {width} AS lon, {south} + random() * {height} AS lat
  FROM generate_series(0, {centres} - 1) AS n
), place AS (
  SELECT n, floor(random() * {centres})::int AS near, random() < 0.3 AS anywhere,
         random() AS a, random() AS b, random() AS c, random() AS d, random() AS e
  FROM generate_series(1, {total}) AS n
)
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, description,
                      address, reported_at, recorded_at, stage, closed_at, plan_id, grid_id,
                      grid_code, queue_id, route_rule, synthetic, location)
SELECT 'B' || p.n, q.jurisdiction_id, lpad((1 + floor(7 * c * c))::text, 2, '0'),
       1 + p.n % 4, 'patrol', '占道堆放杂物 ' || p.n, '巡查发现,现场已拍照,请核实处置。',
       '测试路' || p.n % 999 || '号', timestamptz '2024-11-01' + d * interval '730 days',
       timestamptz '2026-11-02', CASE WHEN e < 0.03 THEN 'dispatched' ELSE 'closed' END,
       CASE WHEN e >= 0.03 THEN timestamptz '2026-11-02' END, g.plan_id, g.id, g.code,
       CASE WHEN g.id IS NULL THEN q.id END,
       CASE WHEN g.id IS NULL THEN 'outside_queue' ELSE 'inside' END, true,
       ST_SetSRID(ST_MakePoint(at.lon, at.lat), 4326)
FROM place AS p JOIN centre ON centre.n = p.near CROSS JOIN queue AS q
CROSS JOIN LATERAL (SELECT
  CASE WHEN anywhere THEN {west} + a * {width}
       ELSE centre.lon + 0.012 * sqrt(-2 * ln(1 - a)) * cos(2 * pi() * b) END,
  CASE WHEN anywhere THEN {south} + b * {height}
       ELSE centre.lat + 0.010 * sqrt(-2 * ln(1 - a)) * sin(2 * pi() * b) END
) AS at (lon, lat)
CROSS JOIN LATERAL (
  SELECT floor((at.lon - {west}) / {step})::int, floor((at.lat - {south}) / {step})::int
) AS cell (x, y)
LEFT JOIN grid AS g ON cell.x BETWEEN 0 AND {columns} - 1 AND cell.y BETWEEN 0 AND {rows} - 1
  AND g.code = '410102' || lpad((1 + cell.y / 20 * 5 + cell.x / 25)::text, 3, '0')
    || lpad((1 + cell.y % 20 / 5 * 5 + cell.x % 25 / 5)::text, 3, '0')
    || lpad((1 + cell.y % 5 * 5 + cell.x % 5)::text, 3, '0')
"""

COUNT_CELLS = """
TRUNCATE incident_cell;
SELECT add_to_incident_cells(array_agg(change)) FROM (
  SELECT ROW(0, 12, tile_key >> 28, top_category, count(*), count(*) FILTER (WHERE is_open),
             sum(tile_px::bigint), sum(tile_py::bigint),
             coalesce(sum(tile_px::bigint) FILTER (WHERE is_open), 0),
             coalesce(sum(tile_py::bigint) FILTER (WHERE is_open), 0))::incident_cell AS change
  FROM incident GROUP BY tile_key >> 28, top_category) AS changes;
"""

# The peer gets lean tables of its own, with the index that it needs and only what a tile shows.
PEER = """
CREATE SCHEMA peer;
CREATE TABLE peer.grids AS
  SELECT id, code, name_zh AS name, name_en, population AS pop, deviation::real AS deviation,
         hue, geom FROM grid WHERE level = 3;
CREATE TABLE peer.incidents AS
  SELECT id, top_category AS category, severity, is_open::int AS open,
         date_part('epoch', reported_at)::bigint AS reported, location AS geom FROM incident;
CREATE TABLE peer.incidents_open AS SELECT * FROM peer.incidents WHERE open = 1;
ALTER TABLE peer.grids ADD PRIMARY KEY (id);
ALTER TABLE peer.incidents ADD PRIMARY KEY (id);
ALTER TABLE peer.incidents_open ADD PRIMARY KEY (id);
CREATE INDEX ON peer.incidents (reported DESC);
CREATE INDEX ON peer.grids USING gist (geom);
CREATE INDEX ON peer.incidents USING gist (geom);
CREATE INDEX ON peer.incidents_open USING gist (geom);
"""

# What a former run of the bench has inserted, the peer shows as well.
MIRROR = """
WITH missing AS (
  INSERT INTO peer.incidents
  SELECT id, top_category, severity, is_open::int, date_part('epoch', reported_at)::bigint, location
  FROM incident WHERE id > (SELECT max(id) FROM peer.incidents) RETURNING *
)
INSERT INTO peer.incidents_open SELECT * FROM missing WHERE open = 1
"""


def lattice(seed: int = 7) -> np.ndarray:
    """Rings of all basic grids in degrees, (ROWS, COLUMNS, 4 * PIECES + 1, 2); edges are shared."""
    rng = np.random.default_rng(seed)
    corner = np.stack(np.meshgrid(np.arange(COLUMNS + 1.0), np.arange(ROWS + 1.0)), axis=-1)
    corner += rng.uniform(-0.2, 0.2, corner.shape)
    share = (np.arange(PIECES) / PIECES)[None, None, :, None]

    def edges(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        points = start[:, :, None] * (1 - share) + end[:, :, None] * share
        points[:, :, 1:] += rng.uniform(-0.04, 0.04, points[:, :, 1:].shape)
        return points

    across = edges(corner[:, :-1], corner[:, 1:])  # (ROWS + 1, COLUMNS, PIECES, 2)
    upward = edges(corner[:-1], corner[1:])  # (ROWS, COLUMNS + 1, PIECES, 2)

    def backward(line: np.ndarray, end: np.ndarray) -> np.ndarray:
        return np.concatenate([end[:, :, None], line[:, :, :0:-1]], axis=2)

    ring = np.concatenate(
        [
            across[:-1],
            upward[:, 1:],
            backward(across[1:], corner[1:, 1:]),
            backward(upward[:, :-1], corner[1:, :-1]),
            corner[:-1, :-1, None],
        ],
        axis=2,
    )
    return np.array([WEST, SOUTH]) + ring * STEP


def grid_rows() -> list[tuple[str, shapely.Geometry]]:
    """Codes and polygons: 40 sub-districts of 20 communities of 25 basic grids, parents first."""
    cells = shapely.polygons(lattice()).reshape(ROWS, COLUMNS)
    by_code: dict[str, list[shapely.Geometry]] = {}
    for row in range(ROWS):
        for column in range(COLUMNS):
            street = 1 + row // 20 * 5 + column // 25
            community = 1 + row % 20 // 5 * 5 + column % 25 // 5
            basic = 1 + row % 5 * 5 + column % 5
            code = f"410102{street:03}{community:03}{basic:03}"
            for length in (9, 12, 15):
                by_code.setdefault(code[:length], []).append(cells[row, column])
    return [
        (code, shapely.coverage_union_all(parts) if len(parts) > 1 else parts[0])
        for code, parts in sorted(by_code.items(), key=lambda item: (len(item[0]), item[0]))
    ]


def mercator(geometries: np.ndarray) -> np.ndarray:
    """EPSG:4326 to EPSG:3857."""
    radius = 6378137.0

    def project(xy: np.ndarray) -> np.ndarray:
        lon, lat = np.radians(xy).T
        return radius * np.stack([lon, np.log(np.tan(np.pi / 4 + lat / 2))], axis=1)

    return np.asarray(shapely.transform(geometries, project))


def fill(conninfo: str, incidents: int) -> None:
    """Fill a freshly migrated database. Deterministic; a few minutes for 2 million incidents."""
    rows = grid_rows()
    polygons = np.array([polygon for _, polygon in rows])
    low = mercator(polygons)
    for length in (9, 12, 15):
        level = np.array([len(code) == length for code, _ in rows])
        low[level] = shapely.coverage_simplify(low[level], 20)
    with psycopg.connect(conninfo) as connection:
        connection.execute(ACTOR)
        connection.execute(BASE)
        plan = connection.execute("SELECT id FROM plan").fetchone()
        assert plan is not None
        with connection.cursor().copy(
            "COPY grid (plan_id, code, name_zh, name_en, population, households, area_m2, load,"
            " deviation, units, compactness, hue, geom, geom_3857_low) FROM STDIN"
        ) as copy:
            for n, (code, _) in enumerate(rows):
                copy.write_row(
                    (plan[0], code, f"第{code[6:]}网格", f"Grid {code[6:]}", 500 + n % 997, 180,
                     160_000.0, 500.0, (n % 41 - 20) / 400, 12, 0.7, n % 6,
                     _hex(polygons[n], 4326), _hex(low[n], 3857))
                )  # fmt: skip
        connection.execute(
            "UPDATE plan SET status = 'published', effective = tstzrange('2026-11-01', NULL)"
        )
        # The load itself is not what is measured: history and search are left out.
        connection.execute("DROP INDEX ix_incident_words")
        connection.execute("ALTER TABLE incident DISABLE TRIGGER USER")
        connection.execute("SELECT setseed(0.42)")
        connection.execute(
            INCIDENTS.format(
                west=WEST, south=SOUTH, width=COLUMNS * STEP, height=ROWS * STEP,
                centres=CENTRES, total=incidents, step=STEP, columns=COLUMNS, rows=ROWS,
            )
        )  # fmt: skip
        connection.execute("ALTER TABLE incident ENABLE TRIGGER USER")
        connection.execute(COUNT_CELLS)
        connection.execute(PEER)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _hex(geometry: shapely.Geometry, srid: int) -> str:
    multi = geometry if geometry.geom_type == "MultiPolygon" else shapely.multipolygons([geometry])
    return str(shapely.to_wkb(shapely.set_srid(multi, srid), hex=True, include_srid=True))
