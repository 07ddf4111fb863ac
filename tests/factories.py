"""Small real things for tests: a jurisdiction with drawn grids, people, categories and a queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import shapely
from sqlalchemy import Connection, Engine, text

from gis.store.engine import acting

# A square of 0.01 degrees a side in Zhengzhou, cut into 4 × 4 basic grids: 2 × 2 communities.
WEST, SOUTH, STEP = 113.60, 34.75, 0.0025
CATEGORIES = (
    ("01", "非法生产", 3),
    ("0101", "黑作坊", 3),
    ("02", "非法经营", 2),
    ("03", "非法建设", 3),
)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Town:
    """Ids of what `make_town` put into a database."""

    jurisdiction_id: int
    plan_id: int
    grid_ids: dict[str, int] = field(default_factory=dict)
    person_ids: dict[str, int] = field(default_factory=dict)
    queue_id: int = 0


def community_of(column: int, row: int) -> str:
    return f"410102004{2 * (row // 2) + column // 2 + 1:03d}"


def cell(column: int, row: int) -> Any:
    # Neighbours have the same numbers to the last digit, as units of a coverage do.
    xs, ys = (
        [WEST + STEP * (column + k) for k in (0, 1)],
        [SOUTH + STEP * (row + k) for k in (0, 1)],
    )
    return shapely.box(xs[0], ys[0], xs[1], ys[1])


def basic_grid_shapes() -> dict[str, Any]:
    """Polygons of the sixteen basic grids by code."""
    return {
        f"{community_of(c, r)}{2 * (r % 2) + c % 2 + 1:03d}": cell(c, r)
        for r in range(4)
        for c in range(4)
    }


def halves(west: int, east: int, row: int) -> Any:
    """A basic grid over some half columns (of eight) of one of the four rows.

    Each half step has a vertex, so that grids cut at different places still meet exactly.
    """
    xs = [WEST + STEP / 2 * k for k in range(west, east + 1)]
    south, north = SOUTH + STEP * row, SOUTH + STEP * (row + 1)
    return shapely.Polygon([(x, south) for x in xs] + [(x, north) for x in reversed(xs)])


def redrawn(cut: dict[int, int]) -> dict[str, Any]:
    """The town's grids with the boundary of a row's first two grids at another half column (2).

    A grid that is left nothing is not there.
    """
    shapes = {}
    for row in range(4):
        edges = (0, cut.get(row, 2), 4, 6, 8)
        for column in range(4):
            code = f"{community_of(column, row)}{2 * (row % 2) + column % 2 + 1:03d}"
            if edges[column] < edges[column + 1]:
                shapes[code] = halves(edges[column], edges[column + 1], row)
    return shapes


def make_draft(engine: Engine, town: Town, shapes: dict[str, Any]) -> int:
    """A draft of the town's jurisdiction with these basic grids by code; gives the plan's id."""
    with acting(engine, "tests", reason="a draft to test with") as connection:
        plan = inserter(connection)(
            "plan", jurisdiction_id=town.jurisdiction_id, name="Draft", tolerance=0.05,
            created_by="tests",
        )  # fmt: skip
        for length in (9, 12, 15):
            for code in sorted({code[:length] for code in shapes}):
                whole = shapely.union_all([s for c, s in shapes.items() if c.startswith(code)])
                insert_grid(connection, int(plan), code, whole, None)
    return int(plan)


def make_town(engine: Engine, *, published: bool = True, posts: bool = True) -> Town:
    """A sub-district with four communities and sixteen basic grids, each with its people."""
    with acting(engine, "tests", reason="a town to test with") as connection:
        one = inserter(connection)
        district = one("organisation", code="410102", kind="district", name_zh="中原区")
        sub_district = one(
            "organisation", code="410102004", kind="sub_district", name_zh="秦岭路街道",
            parent_id=district,
        )  # fmt: skip
        plan = one(
            "plan", jurisdiction_id=district, name="Test plan", tolerance=0.05, created_by="tests"
        )
        town = Town(jurisdiction_id=district, plan_id=plan)
        shapes = basic_grid_shapes()
        for length in (9, 12, 15):
            for code in sorted({code[:length] for code in shapes}):
                whole = shapely.union_all([s for c, s in shapes.items() if c.startswith(code)])
                town.grid_ids[code] = insert_grid(
                    connection, plan, code, whole, sub_district if length == 9 else None
                )
        for code, shape in shapes.items():
            unit = insert_unit(connection, district, code, shape)
            connection.execute(
                text("INSERT INTO grid_unit (plan_id, unit_id, grid_id) VALUES (:p, :u, :g)"),
                {"p": plan, "u": unit, "g": town.grid_ids[code]},
            )
        duty = one("person", name="值班员", phone="000-0000-0000")
        town.person_ids["duty"] = duty
        town.queue_id = one(
            "queue", jurisdiction_id=district, code="outside", name_zh="兜底队列",
            name_en="Fallback queue", person_id=duty,
        )  # fmt: skip
        if posts:
            for code, grid_id in town.grid_ids.items():
                role = {9: "first_responsible", 12: "director", 15: "lead"}[len(code)]
                person = one("person", name=f"{role} {code}", phone=f"000-{code[-8:]}")
                town.person_ids[code] = person
                hold(connection, person, grid_id, (len(code) // 3) - 2, role)
        for code, name, severity in CATEGORIES:
            connection.execute(
                text(
                    "INSERT INTO category (code, name_zh, name_en, severity, colour, glyph,"
                    " position) VALUES (:code, :name, :name, :severity, '#336699', 'dot', 1)"
                ),
                {"code": code, "name": name, "severity": severity},
            )
        if published:
            connection.execute(
                text(
                    "UPDATE plan SET status = 'published', effective = tstzrange(:since, NULL)"
                    " WHERE id = :id"
                ),
                {"id": plan, "since": LONG_AGO},
            )
    return town


def make_neighbour(engine: Engine) -> tuple[float, int]:
    """A second district, 60 m east of the town, with one basic grid and a queue of its own; gives
    the longitude of its western edge and its id."""
    west = WEST + 4 * STEP + 60 / 91_600
    shape = shapely.box(west, SOUTH, west + STEP, SOUTH + STEP)
    with acting(engine, "tests") as connection:
        one = inserter(connection)
        district = one("organisation", code="410103", kind="district", name_zh="二七区")
        plan = one("plan", jurisdiction_id=district, name="x", tolerance=0.05, created_by="tests")
        for code in ("410103001", "410103001001", "410103001001001"):
            insert_grid(connection, plan, code, shape, None)
        keeper = one("person", name="二七值班")
        one(
            "queue", jurisdiction_id=district, code="outside", name_zh="x", name_en="x",
            person_id=keeper,
        )  # fmt: skip
        connection.execute(
            text(
                "UPDATE plan SET status = 'published', effective = tstzrange('2020-01-01Z', NULL)"
                " WHERE id = :id"
            ),
            {"id": plan},
        )
    return west, district


def hold(
    connection: Connection,
    person_id: int,
    grid_id: int,
    level: int,
    role: str,
    *,
    since: datetime = LONG_AGO,
    until: datetime | None = None,
    seat: int = 1,
) -> int:
    """Put a person on a post."""
    return int(
        connection.execute(
            text(
                "INSERT INTO post (person_id, grid_id, grid_level, role, seat, held, recorded_by,"
                " ended_by) VALUES (:person, :grid, :level, :role, :seat,"
                " tstzrange(:since, :until), 'tests', :ended_by) RETURNING id"
            ),
            {
                "person": person_id,
                "grid": grid_id,
                "level": level,
                "role": role,
                "seat": seat,
                "since": since,
                "until": until,
                "ended_by": "tests" if until else None,
            },
        ).scalar_one()
    )


def tie(
    connection: Connection, grid_id: int, name: str = "中原区司法局", *, since: datetime = LONG_AGO
) -> int:
    """Tie a department, which is made for it unless known by its name, to a community."""
    department = connection.scalar(
        text("SELECT id FROM organisation WHERE kind = 'department' AND name_zh = :name"),
        {"name": name},
    )
    if department is None:
        count = connection.scalar(text("SELECT count(*) FROM organisation"))
        department = inserter(connection)(
            "organisation", code=f"410102-D{count:02d}", kind="department", name_zh=name
        )
    return int(
        connection.execute(
            text(
                "INSERT INTO department_tie (department_id, grid_id, held)"
                " VALUES (:department, :grid, tstzrange(:since, NULL)) RETURNING id"
            ),
            {"department": department, "grid": grid_id, "since": since},
        ).scalar_one()
    )


def inserter(connection: Connection) -> Any:
    """A function that inserts a row into a table and gives its id."""

    def one(table: str, **values: Any) -> int:
        columns = ", ".join(values)
        bound = ", ".join(f":{name}" for name in values)
        query = f"INSERT INTO {table} ({columns}) VALUES ({bound}) RETURNING id"
        return int(connection.execute(text(query), values).scalar_one())

    return one


def insert_unit(connection: Connection, jurisdiction_id: int, code: str, shape: Any) -> int:
    """Insert a unit of a hundred people; gives its id."""
    return int(
        connection.execute(
            text(
                "INSERT INTO unit (jurisdiction_id, code, population, area_m2, geom)"
                " VALUES (:j, :code, 100, 1000, ST_GeomFromText(:wkt, 4326)) RETURNING id"
            ),
            {"j": jurisdiction_id, "code": code, "wkt": shape.wkt},
        ).scalar_one()
    )


def insert_grid(
    connection: Connection, plan_id: int, code: str, shape: Any, organisation_id: int | None
) -> int:
    """Insert a grid of a plan; gives its id."""
    return int(
        connection.execute(
            text(
                "INSERT INTO grid (plan_id, code, name_zh, name_en, organisation_id, population,"
                " households, area_m2, load, deviation, units, compactness, hue, geom,"
                " geom_3857_low) VALUES (:plan, :code, :name, :name, :organisation, 100, 30, 1000,"
                " 100, 0, 1, 0.8, 0, ST_Multi(ST_GeomFromText(:wkt, 4326)),"
                " ST_Multi(ST_Transform(ST_GeomFromText(:wkt, 4326), 3857))) RETURNING id"
            ),
            {
                "plan": plan_id,
                "code": code,
                "name": f"网格{code[-3:]}",
                "organisation": organisation_id,
                "wkt": shape.wkt,
            },
        ).scalar_one()
    )
