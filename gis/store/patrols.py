"""Patrols: plans, rounds with their figures, tracks that go, and the streets that were walked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.grid_facts import Span
from gis.store.patrol_settings import KEEP_DAYS
from gis.store.scope import beyond

AROUND_M = 5.0
GROUND = """
SELECT ST_AsBinary(g.geom) AS grid,
       ARRAY(SELECT ST_AsBinary(s.geom) FROM street AS s
             WHERE s.jurisdiction_id = plan.jurisdiction_id AND s.kind = 'road'
               AND s.geom_3857 && ST_Expand(g.geom_3857, :around) ORDER BY s.id) AS streets
FROM grid AS g JOIN plan ON plan.id = g.plan_id
WHERE g.plan_id = :plan AND g.code = :code
"""
COLUMNS = (
    "jurisdiction_id", "grid_code", "plan_id", "walker", "person_id", "account_id", "key", "source",
    "crs", "day", "started_at", "ended_at", "points", "dropped", "length_m", "inside_s", "within_m",
    "walked_m", "streets_m",
)  # fmt: skip
# A find is of the round that the phone named, else of the one that its account was on just then.
FOUND = """f.account_id = p.account_id AND (f.patrol_key = p.key
  OR f.patrol_key IS NULL AND f.found_at BETWEEN p.started_at AND p.ended_at)"""
LIST = f"""
SELECT p.id, p.grid_code, p.walker, p.source, p.crs, p.day, p.started_at, p.ended_at, p.points,
       p.dropped, p.length_m, p.inside_s, p.within_m, p.walked_m, p.streets_m, p.recorded_at,
       plan.duty,
       EXISTS (SELECT FROM patrol_track AS t WHERE t.patrol_id = p.id) AS has_track,
       (SELECT count(*) FROM patrol_find AS f WHERE {FOUND}) AS finds
FROM patrol AS p LEFT JOIN patrol_plan AS plan ON plan.id = p.plan_id
WHERE p.jurisdiction_id = :of AND starts_with(p.grid_code, :grid)
  AND p.day BETWEEN :since AND :until AND p.id < :before
ORDER BY p.id DESC LIMIT :limit
"""
# Rounds of a plan (corrected or not) beyond what it asks for on a day are rounds, but do not make
# up for another day.
DONE = """
SELECT grid_code, sum(rounds) AS rounds, sum(least(rounds, coalesce(times, 0))) AS done,
       sum(inside_s) AS inside_s, sum(length_m) AS length_m
FROM (SELECT p.grid_code, coalesce(plan.first_id, plan.id) AS chain, p.day,
             max(plan.times) AS times, count(*) AS rounds,
             sum(p.inside_s) AS inside_s, sum(p.length_m) AS length_m
      FROM patrol AS p LEFT JOIN patrol_plan AS plan ON plan.id = p.plan_id
      WHERE p.jurisdiction_id = :of AND p.day BETWEEN :since AND :until
        AND p.grid_code BETWEEN :first AND :last
      GROUP BY 1, 2, 3) AS days
GROUP BY 1
"""
FINDS = f"""
SELECT grid_code, count(*) AS finds
FROM (SELECT DISTINCT ON (f.incident_id) p.grid_code
      FROM patrol AS p JOIN patrol_find AS f ON {FOUND}
      WHERE p.jurisdiction_id = :of AND p.day BETWEEN :since AND :until
        AND p.grid_code BETWEEN :first AND :last ORDER BY f.incident_id, p.id) AS found
GROUP BY 1
"""
FOUND_ON = f"""
SELECT i.id, i.serial, i.category_code, i.title, i.stage, f.found_at, f.person_id,
       person.name AS person_name
FROM patrol AS p JOIN patrol_find AS f ON {FOUND}
JOIN incident AS i ON i.id = f.incident_id LEFT JOIN person ON person.id = f.person_id
WHERE p.id = :id ORDER BY f.found_at, i.id LIMIT 200
"""
PIECES = """
SELECT DISTINCT ON (grid_code) grid_code, signature, pieces, lengths FROM street_piece
WHERE jurisdiction_id = :of AND plan_id = :plan AND grid_code BETWEEN :first AND :last
ORDER BY grid_code, recorded_at DESC
"""
WALKED = """
SELECT grid_code, signature, walked FROM street_walked
WHERE jurisdiction_id = :of AND day BETWEEN :since AND :until
  AND grid_code BETWEEN :first AND :last
"""
TIDY = """
DELETE FROM patrol_track AS t USING patrol AS p
WHERE p.id = t.patrol_id AND t.day + coalesce((
  SELECT s.keep_days FROM patrol_setting AS s WHERE s.jurisdiction_id = p.jurisdiction_id
  ORDER BY s.id DESC LIMIT 1), :keep) < current_date
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Walked:
    """A grid's streets in pieces: metres of each, and which were walked."""

    length_m: npt.NDArray[np.float64]
    walked: npt.NDArray[np.bool_]

    @property
    def streets_m(self) -> float:
        return float(self.length_m.sum())

    @property
    def walked_m(self) -> float:
        return float(self.length_m[self.walked].sum())


def ground(connection: Connection, plan_id: int, code: str) -> tuple[Any, list[Any]]:
    """A basic grid and the streets in or along it, in WGS 84."""
    values = {"plan": plan_id, "code": code, "around": AROUND_M}
    row = connection.execute(text(GROUND), values).one()
    return shapely.from_wkb(bytes(row.grid)), [shapely.from_wkb(bytes(it)) for it in row.streets]


def of_key(connection: Connection, account_id: int, key: UUID) -> dict[str, Any] | None:
    """The round that an account sent under a key, if it did."""
    query = """SELECT id, grid_code, started_at, ended_at, points FROM patrol
      WHERE account_id = :account AND key = :key"""
    row = connection.execute(text(query), {"account": account_id, "key": key}).mappings().first()
    return None if row is None else dict(row)


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Record a round: COLUMNS. Gives its id. Raises IntegrityError where the key was used."""
    names = ", ".join(COLUMNS)
    bound = ", ".join(f":{name}" for name in COLUMNS)
    query = f"INSERT INTO patrol ({names}) VALUES ({bound}) RETURNING id"
    return int(connection.execute(text(query), dict(values)).scalar_one())


def add_tracks(connection: Connection, patrol_id: int, rows: Sequence[tuple[date, Any]]) -> None:
    """Keep the stretches of a round's track: day and line in WGS 84."""
    connection.execute(
        text(
            "INSERT INTO patrol_track (patrol_id, number, day, geom)"
            " SELECT :id, number, day, ST_GeomFromWKB(line, 4326)"
            " FROM unnest(cast(:days AS date[]), cast(:lines AS bytea[]))"
            " WITH ORDINALITY AS given (day, line, number)"
        ),
        {
            "id": patrol_id, "days": [day for day, _ in rows],
            "lines": [shapely.to_wkb(line) for _, line in rows],
        },
    )  # fmt: skip


def keep_pieces(
    connection: Connection,
    jurisdiction_id: int,
    plan_id: int,
    grid_code: str,
    signature: str,
    lines: npt.NDArray[Any],
    length_m: npt.NDArray[np.float64],
) -> None:
    """Keep a grid's pieces, unless they are known."""
    connection.execute(
        text(
            "INSERT INTO street_piece (jurisdiction_id, grid_code, signature, plan_id, pieces,"
            " lengths, geom) VALUES (:of, :grid, :signature, :plan, :pieces, :lengths,"
            " ST_Multi(ST_GeomFromWKB(:geom, 4326))) ON CONFLICT DO NOTHING"
        ),
        {
            "of": jurisdiction_id, "plan": plan_id, "grid": grid_code, "signature": signature,
            "pieces": len(lines), "lengths": length_m.astype("<f4").tobytes(),
            "geom": shapely.to_wkb(shapely.multilinestrings(list(lines))),
        },
    )  # fmt: skip


def add_walked(
    connection: Connection,
    jurisdiction_id: int,
    grid_code: str,
    day: date,
    signature: str,
    walked: npt.NDArray[np.bool_],
) -> None:
    """Add to the pieces that were walked in a grid on a day."""
    values: dict[str, Any] = {
        "of": jurisdiction_id, "grid": grid_code, "day": day, "signature": signature,
        "pieces": len(walked), "walked": np.packbits(walked).tobytes(),
    }  # fmt: skip
    connection.execute(
        text(
            "SELECT pg_advisory_xact_lock(hashtextextended(format('walked %s %s %s',"
            " cast(:of AS text), cast(:grid AS text), cast(:day AS text)), 0))"
        ),
        values,
    )
    where = """jurisdiction_id = :of AND grid_code = :grid AND day = :day
      AND signature = :signature"""
    before = connection.scalar(text(f"SELECT walked FROM street_walked WHERE {where}"), values)
    if before is None:
        query = """INSERT INTO street_walked
          (jurisdiction_id, grid_code, day, signature, pieces, walked)
          VALUES (:of, :grid, :day, :signature, :pieces, :walked)"""
    else:
        query = f"UPDATE street_walked SET walked = :walked WHERE {where}"
        both = np.frombuffer(before, np.uint8) | np.frombuffer(values["walked"], np.uint8)
        values["walked"] = both.tobytes()
    connection.execute(text(query), values)


def walked(
    connection: Connection,
    jurisdiction_id: int,
    plan_id: int,
    within: Span,
    *,
    since: date,
    until: date,
) -> dict[str, Walked]:
    """The pieces of each grid whose streets are cut, and which were walked in some days."""
    values = {
        "of": jurisdiction_id, "plan": plan_id, "since": since, "until": until, **within._asdict()
    }  # fmt: skip
    cut = {row.grid_code: row for row in connection.execute(text(PIECES), values)}
    bits = {
        code: np.zeros((row.pieces + 7) // 8, dtype=np.uint8) for code, row in cut.items()
    }  # fmt: skip
    for row in connection.execute(text(WALKED), values):
        if row.grid_code in cut and cut[row.grid_code].signature == row.signature:
            bits[row.grid_code] |= np.frombuffer(row.walked, np.uint8)
    return {
        code: Walked(
            length_m=np.frombuffer(row.lengths, "<f4").astype(np.float64),
            walked=np.unpackbits(bits[code], count=row.pieces).astype(bool),
        )
        for code, row in cut.items()
    }


def piece_lines(
    connection: Connection, jurisdiction_id: int, plan_id: int, grid_code: str
) -> npt.NDArray[Any]:
    """The lines of a grid's pieces, in the order of their bits; none where none are cut."""
    query = """SELECT ST_AsBinary(geom) FROM street_piece WHERE jurisdiction_id = :of
      AND plan_id = :plan AND grid_code = :grid ORDER BY recorded_at DESC LIMIT 1"""
    values = {"of": jurisdiction_id, "plan": plan_id, "grid": grid_code}
    found = connection.scalar(text(query), values)
    return np.zeros(0, dtype=object) if found is None else shapely.get_parts(
        shapely.from_wkb(bytes(found))
    )  # fmt: skip


def done(
    connection: Connection, jurisdiction_id: int, within: Span, *, since: date, until: date
) -> dict[str, Any]:
    """Rounds by basic grid: `rounds`, of them `done` as plans ask, seconds inside, and metres."""
    values = {"of": jurisdiction_id, "since": since, "until": until, **within._asdict()}
    return {row.grid_code: row for row in connection.execute(text(DONE), values)}


def finds(
    connection: Connection, jurisdiction_id: int, within: Span, *, since: date, until: date
) -> dict[str, int]:
    """How many cases were found on the rounds of some days, by basic grid of the round."""
    values = {"of": jurisdiction_id, "since": since, "until": until, **within._asdict()}
    return {row.grid_code: row.finds for row in connection.execute(text(FINDS), values)}


def require(connection: Connection, patrol_id: int) -> None:
    """Let pass a round that the caller sees. Raises NotFoundError `patrol-not-found`."""
    query = "SELECT EXISTS (SELECT FROM patrol WHERE id = :id)"
    if not connection.scalar(text(query), {"id": patrol_id}):
        raise NotFoundError("patrol-not-found", id=patrol_id)


def found_on(connection: Connection, patrol_id: int) -> list[dict[str, Any]]:
    """The cases that were found on a round, as far as the caller may see them, and by whom."""
    return [dict(row) for row in connection.execute(text(FOUND_ON), {"id": patrol_id}).mappings()]


def add_finds(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note whose finds some new cases are: incident_id, account_id, person_id, patrol_key."""
    if not rows:
        return
    query = """INSERT INTO patrol_find (incident_id, jurisdiction_id, grid_code, account_id,
        person_id, patrol_key, found_at)
      SELECT i.id, i.jurisdiction_id, i.grid_code, :account_id, :person_id, :patrol_key,
             i.reported_at
      FROM incident AS i WHERE i.id = :incident_id"""
    with beyond(connection):
        connection.execute(text(query), [dict(row) for row in rows])


def listed(
    connection: Connection,
    jurisdiction_id: int,
    *,
    grid: str,
    since: date,
    until: date,
    limit: int,
    before: int,
) -> list[dict[str, Any]]:
    """Rounds in a grid of any level, the newest first; `has_track`: one that the caller may see."""
    values = {
        "of": jurisdiction_id, "grid": grid, "since": since, "until": until, "limit": limit,
        "before": before,
    }  # fmt: skip
    return [dict(row) for row in connection.execute(text(LIST), values).mappings()]


def track(connection: Connection, patrol_id: int, tolerance_deg: float) -> list[Any]:
    """The stretches of a round's track that the caller may see, simplified, as lists of places.

    Raises NotFoundError `patrol-not-found`.
    """
    query = """SELECT ST_AsBinary(ST_Simplify(geom, :tolerance, true)) AS line FROM patrol_track
      WHERE patrol_id = :id ORDER BY number LIMIT 1000"""
    rows = connection.execute(text(query), {"id": patrol_id, "tolerance": tolerance_deg}).all()
    if not rows:
        raise NotFoundError("patrol-not-found", id=patrol_id)
    return [shapely.get_coordinates(shapely.from_wkb(bytes(row.line))).tolist() for row in rows]


def tidy(connection: Connection) -> int:
    """Delete the tracks whose days are over, as the owner of the tables; gives how many."""
    return connection.execute(text(TIDY), {"keep": KEEP_DAYS}).rowcount
