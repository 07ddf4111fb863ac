"""A draft of the demo city in which two neighbouring basic grids have exchanged their ground."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from gis.store.engine import acting

# Two basic grids of one community, so that every level above them stays as it is. The pair with
# the most open incidents: these are what would move.
PAIR = """
SELECT array_agg(code ORDER BY code) AS codes FROM (
  SELECT g.code, g.parent_code, count(i.id) AS open FROM grid AS g
  JOIN plan ON plan.id = g.plan_id AND plan.status = 'published'
  LEFT JOIN incident AS i ON i.grid_id = g.id AND i.is_open
  WHERE g.level = 3 GROUP BY g.id
) AS counted
GROUP BY parent_code HAVING count(*) > 1 ORDER BY sum(open) DESC, parent_code LIMIT 1
"""


def exchanged(engine: Engine, name: str) -> int:
    """Store the draft; gives its id."""
    with acting(engine, "tests", reason="a draft to look at") as connection:
        first, second, *_ = connection.execute(text(PAIR)).scalar_one()
        draft = _copy_plan(connection, name)
        whose = f"CASE code WHEN '{first}' THEN '{second}' WHEN '{second}' THEN '{first}' END"
        for column in ("geom", "geom_3857_low"):
            connection.execute(
                text(
                    f"UPDATE grid SET {column} = other.{column} FROM grid AS other"
                    f" WHERE grid.plan_id = :draft AND other.plan_id = :old AND other.code ="
                    f" {whose.replace('code', 'grid.code')} AND other.level = 3"
                ),
                {"draft": draft, "old": _in_force(connection)},
            )
        connection.execute(
            text(
                "INSERT INTO grid_unit (plan_id, unit_id, grid_id)"
                " SELECT :draft, unit_id, new.id FROM grid_unit"
                " JOIN grid AS old ON old.id = grid_unit.grid_id AND old.plan_id = :old"
                f" JOIN grid AS new ON new.plan_id = :draft AND new.code ="
                f" coalesce({whose.replace('code', 'old.code')}, old.code)"
            ),
            {"draft": draft, "old": _in_force(connection)},
        )
    return draft


def _in_force(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT id FROM plan WHERE status = 'published'")))


def _copy_plan(connection: Connection, name: str) -> int:
    old = _in_force(connection)
    draft = connection.scalar(
        text(
            "INSERT INTO plan (jurisdiction_id, name, tolerance, balance, measures, created_by,"
            " based_on_id)"
            " SELECT jurisdiction_id, :name, tolerance, balance, measures, 'tests', id"
            " FROM plan WHERE id = :old RETURNING id"
        ),
        {"name": name, "old": old},
    )
    columns = connection.scalars(
        text(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'grid'"
            " AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'plan_id')"
        )
    ).all()
    listed = ", ".join(sorted(columns))
    connection.execute(
        text(
            f"INSERT INTO grid (plan_id, {listed}) SELECT :draft, {listed} FROM grid"
            " WHERE plan_id = :old"
        ),
        {"draft": draft, "old": old},
    )
    return int(draft)
