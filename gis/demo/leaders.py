"""Invented leaders of the demo city and the units below that they are attached to (五级联动)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.demo.organisations import CITY
from gis.demo.people import person_names

if TYPE_CHECKING:
    from gis.demo.city import DemoCity


def leaders(city: DemoCity, grids: pd.DataFrame) -> pd.DataFrame:
    """Leaders without a post in a grid: person_id, name, phone, organisation_code, target_code.

    One of the city for each district, one of a district for each of its sub-districts. The phones
    have no such area code: nobody can be called.
    """
    rng = np.random.default_rng([city.seed, 17])
    below = sorted(grids.loc[grids["level"] == 1, "code"])
    districts = sorted({code[:6] for code in below})
    rows = [(CITY[0], code) for code in districts] + [(code[:6], code) for code in below]
    return pd.DataFrame({
        "person_id": [f"L{number:04d}" for number in range(1, len(rows) + 1)],
        "name": person_names(len(rows), rng),
        "phone": [f"000-9{number:03d}-0000" for number in range(1, len(rows) + 1)],
        "organisation_code": [of for of, _ in rows],
        "target_code": [target for _, target in rows],
    })  # fmt: skip


def attachments(above: pd.DataFrame, posts: pd.DataFrame) -> pd.DataFrame:
    """Who is attached to what: person_id, organisation_code, kind, target_code, since, synthetic.

    `above` of `leaders`, `posts` of `gis.demo.people.staff`. The leader of each community is of
    the sub-district's team and in charge of it; its secretary and director are in charge of its
    basic grids by turns. `since` is missing where the leader was attached from the beginning.
    """
    listed: list[Any] = list(above.itertuples(index=False))
    rows: list[dict[str, Any]] = [
        {
            "person_id": row.person_id, "organisation_code": row.organisation_code,
            "kind": "in_charge" if len(row.target_code) == 6 else "contact",
            "target_code": row.target_code, "since": pd.NaT,
        }
        for row in listed
    ]  # fmt: skip
    held = posts[posts["until"].isna()]
    cadres: dict[str, list[Any]] = {}
    level_2: list[Any] = list(
        held[held["grid_level"] == 2].sort_values(["grid_code", "role"]).itertuples()
    )
    for row in level_2:
        if row.role == "leader":
            rows.append(_row(row, row.grid_code[:9], row.grid_code))
        elif row.role in ("secretary", "director"):
            cadres.setdefault(row.grid_code, []).append(row)
    for code in sorted(posts.loc[posts["grid_level"] == 3, "grid_code"].unique()):
        team = cadres.get(code[:12])
        if team:
            rows.append(_row(team[int(code[12:]) % len(team)], code[:12], code))
    return pd.DataFrame(rows).assign(synthetic=True)


def _row(post: Any, organisation_code: str, target: str) -> dict[str, Any]:
    return {
        "person_id": post.person_id, "organisation_code": organisation_code,
        "kind": "in_charge", "target_code": target, "since": post.since,
    }  # fmt: skip
