"""Two districts of one city for tests of who sees what: sub-districts, people, cases, accounts."""

from __future__ import annotations

from dataclasses import dataclass, field

import shapely
from sqlalchemy import Connection, Engine, text

from gis.store.drafts_writing import open_stored
from gis.store.engine import acting
from tests.factories import (
    CATEGORIES,
    LONG_AGO,
    hold,
    insert_grid,
    insert_unit,
    inserter,
)
from tests.signing import make_account, token_of

WEST, SOUTH, STEP = 113.60, 34.75, 0.0025
# Basic grids from west to east: two of one sub-district, one of the next, one of another district.
GRIDS = {
    "410102004001001": 0, "410102004001002": 1, "410102005001001": 2, "410103001001001": 3,
}  # fmt: skip
DISTRICTS = ("410102", "410103")


@dataclass(slots=True)
class City:
    """Ids by code; incidents by the grid, or the queue, that they belong to."""

    organisations: dict[str, int] = field(default_factory=dict)
    plans: dict[str, int] = field(default_factory=dict)
    drafts: dict[str, int] = field(default_factory=dict)
    grids: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def incident_of(self, place: str) -> int:
        return self.incidents[place]


def place_of(code: str) -> tuple[float, float]:
    """A place inside a basic grid: longitude and latitude."""
    return WEST + (GRIDS[code] + 0.5) * STEP, SOUTH + 0.5 * STEP


def make_city(engine: Engine) -> City:
    """A city with two districts in force, a person on every post, and a case in every grid."""
    city = City()
    with acting(engine, "tests", reason="two districts") as connection:
        _organisations(connection, city)
        _categories(connection)
        for code in DISTRICTS:
            _plan(connection, city, code)
        for code in GRIDS:
            _incident(connection, city, code)
        for code in DISTRICTS:
            _incident(connection, city, f"queue-{code}")
        _incident(connection, city, "department-410102", of="410102005001001")
    return city


def _organisations(connection: Connection, city: City) -> None:
    one, known = inserter(connection), city.organisations
    known["4101"] = one("organisation", code="4101", kind="city", name_zh="郑州市")
    for code, kind, parent in (
        ("410102", "district", "4101"), ("410103", "district", "4101"),
        ("410102004", "sub_district", "410102"), ("410102005", "sub_district", "410102"),
        ("410103001", "sub_district", "410103"), ("410102004001", "community", "410102004"),
        ("410102-D01", "department", "410102"), ("410103-D01", "department", "410103"),
    ):  # fmt: skip
        known[code] = one(
            "organisation", code=code, kind=kind, name_zh=f"机构{code}", parent_id=known[parent]
        )
        city.people[code] = one("person", name=f"人{code}", phone="13800000000",
                                organisation_id=known[code])  # fmt: skip


def _categories(connection: Connection) -> None:
    for code, name, severity in CATEGORIES:
        connection.execute(
            text(
                "INSERT INTO category (code, name_zh, name_en, severity, colour, glyph, position)"
                " VALUES (:code, :name, :name, :severity, '#336699', 'dot', 1)"
            ),
            {"code": code, "name": name, "severity": severity},
        )


def _plan(connection: Connection, city: City, district: str) -> None:
    one, of = inserter(connection), city.organisations[district]
    for kept in (city.plans, city.drafts):
        plan = kept[district] = one(
            "plan", jurisdiction_id=of, name="x", tolerance=0.05, created_by="tests"
        )
        shapes = {
            code: shapely.box(WEST + k * STEP, SOUTH, WEST + (k + 1) * STEP, SOUTH + STEP)
            for code, k in GRIDS.items()
            if code.startswith(district)
        }
        for length in (9, 12, 15):
            for code in sorted({code[:length] for code in shapes}):
                whole = shapely.union_all([s for c, s in shapes.items() if c.startswith(code)])
                grid = insert_grid(connection, plan, code, whole, None)
                if kept is city.plans:
                    city.grids[code] = grid
                    role = {9: "first_responsible", 12: "director", 15: "lead"}[length]
                    person = one("person", name=f"岗{code}", phone="13900000000")
                    city.people[f"post-{code}"] = person
                    city.posts[code] = hold(connection, person, grid, length // 3 - 2, role)
        _units(connection, city, kept is city.drafts, plan, shapes)
    keeper = city.people[f"queue-{district}"] = one("person", name=f"兜底{district}")
    city.queues[district] = one(
        "queue", jurisdiction_id=of, code="outside", name_zh="兜底", name_en="Fallback",
        person_id=keeper,
    )  # fmt: skip
    connection.execute(
        text(
            "UPDATE plan SET status = 'published', effective = tstzrange(:since, NULL)"
            " WHERE id = :id"
        ),
        {"id": city.plans[district], "since": LONG_AGO},
    )


def _units(
    connection: Connection, city: City, draft: bool, plan: int, shapes: dict[str, shapely.Polygon]
) -> None:
    """A unit for each basic grid, in both plans; of the draft a working copy, too."""
    for code, shape in shapes.items():
        if code not in city.units:
            city.units[code] = insert_unit(connection, city.organisations[code[:6]], code, shape)
        connection.execute(
            text(
                "INSERT INTO grid_unit (plan_id, unit_id, grid_id) SELECT :plan, :unit, id"
                " FROM grid WHERE plan_id = :plan AND code = :code"
            ),
            {"plan": plan, "unit": city.units[code], "code": code},
        )
    if draft:
        open_stored(connection, plan)


def _incident(connection: Connection, city: City, name: str, *, of: str | None = None) -> None:
    """A case in the grid of its name (or `of`), or in the queue of a district."""
    grid = of or name
    queued = name.startswith("queue-")
    district = name[-6:] if queued or of else name[:6]
    lon, lat = place_of(grid) if not queued else (WEST + 1, SOUTH)
    values = {
        "serial": f"{district}-20260101-{len(city.incidents) + 1:05d}",
        "jurisdiction": city.organisations[district], "ref": f"ref-{name}",
        "plan": None if queued else city.plans[district],
        "grid": None if queued else city.grids[grid], "code": None if queued else grid,
        "queue": city.queues[district] if queued else None,
        "post": None if queued else city.posts[grid], "level": None if queued else 3,
        "person": city.people[f"queue-{district}" if queued else f"post-{grid}"],
        "department": city.organisations["410102-D01"] if of else None,
        "ref_of": district, "title": f"事件 {name}", "lon": lon, "lat": lat,
    }  # fmt: skip
    city.incidents[name] = connection.execute(
        text(
            "INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source,"
            " source_ref, ref_of, title, reporter_name, reporter_phone, reported_at, stage,"
            " plan_id, grid_id, grid_code, queue_id, post_id, person_id, responsible_level,"
            " department_id, route_rule, location) VALUES (:serial, :jurisdiction, '0101', 3,"
            " 'hotline_12345',"
            " :ref, :ref_of, :title, '张三丰', '13812345678', '2026-01-01T00:00:00Z',"
            " 'dispatched', :plan, :grid, :code, :queue, :post, :person, :level, :department,"
            " CASE WHEN cast(:grid AS bigint) IS NULL THEN 'outside_queue' ELSE 'inside' END,"
            " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) RETURNING id"
        ),
        values,
    ).scalar_one()


# Who: the organisation's code (None: the whole installation), and the person on whose post.
WHO: dict[str, tuple[str | None, str | None]] = {
    "installation": (None, None), "city": ("4101", None), "district": ("410102", None),
    "other": ("410103", None), "sub_district": ("410102004", None),
    "community": ("410102004001", None), "department": ("410102-D01", None),
    "worker": ("410102004001", "post-410102004001001"),
}  # fmt: skip
# Which cases each of them sees.
SEEN = {
    "installation": {*GRIDS, "queue-410102", "queue-410103", "department-410102"},
    "city": {*GRIDS, "queue-410102", "queue-410103", "department-410102"},
    "district": {
        "410102004001001", "410102004001002", "410102005001001", "queue-410102",
        "department-410102",
    },
    "other": {"410103001001001", "queue-410103"},
    "sub_district": {"410102004001001", "410102004001002"},
    "community": {"410102004001001", "410102004001002"},
    "department": {"department-410102"},
    "worker": {"410102004001001"},
}  # fmt: skip
DESKS = ("planner", "dispatcher", "leader", "administrator")


def sign_in_all(engine: Engine, city: City) -> None:
    """An account for each of WHO with every role that fits it, and for each role in each place:
    `district` and `district/leader`. Tokens are made once."""
    for who, (code, person) in WHO.items():
        roles = {"department": ("department",), "worker": ("grid_worker",)}.get(who, DESKS)
        of = None if code is None else city.organisations[code]
        for role in (None, *(roles if len(roles) > 1 else ())):
            name = who if role is None else f"{who}/{role}"
            account = make_account(
                engine, *(roles if role is None else (role,)), organisation_id=of,
                person_id=city.people[person] if person else None, name=name,
            )  # fmt: skip
            city.accounts[name] = account
            city.headers[name] = token_of(engine, account)
