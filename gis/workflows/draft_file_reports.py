"""What a file of grids was found to hold, for people: sentences, places on a map, a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gis.planning.overlay import Fault
from gis.report import Report
from gis.store.draft_sources import KnownUnits
from gis.store.drafts_cutting import Piece
from gis.store.drafts_writing import DraftGrid

SHOWN = 200  # places of each kind
SIMPLE_DEG = 2e-5  # about 2 m
OUTCOMES = {
    "duplicate": "refused", "overlap": "repaired", "gap": "repaired", "sliver": "repaired",
    "missing": "warned", "outside": "warned", "split": "repaired", "lost": "refused",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPreview:
    """The draft as it would be: grids with shapes (GeoJSON), and places where something was found.

    faults: kind, lon, lat, area_m2, the codes of the grids that it concerns (or, of a polygon that
    got no unit, its place in the file), how many units, and whether they were handed on.
    """

    grids: int
    units: int
    units_cut: int
    unassigned: int
    population: int
    shapes: dict[str, Any]
    faults: Sequence[dict[str, Any]]


def note_faults(report: Report, faults: Sequence[Fault], codes: Sequence[str]) -> None:
    """Findings by kind, each with how many, how much land, and where the largest is."""
    for kind, outcome in OUTCOMES.items():
        mine = [fault for fault in faults if fault.kind == kind]
        for handed_on in (True, False):
            some = [fault for fault in mine if fault.handed_on is handed_on]
            if not some:
                continue
            largest = max(some, key=lambda fault: fault.area_m2)
            report.add(
                "repaired" if handed_on else outcome,  # type: ignore[arg-type]
                f"plan-import-{kind}{'-handed-on' if handed_on else ''}", count=len(some),
                area_m2=round(sum(fault.area_m2 for fault in some)),
                largest_m2=round(largest.area_m2), lon=f"{largest.lon:.5f}",
                lat=f"{largest.lat:.5f}",
                units=len({unit for fault in some for unit in fault.units}),
            )  # fmt: skip


def preview(
    units: KnownUnits, pieces: Sequence[Piece], grid_of: Mapping[int, str | None],
    grids: Sequence[DraftGrid], origin: Sequence[str], codes: Sequence[str],
    faults: Sequence[Fault],
) -> DraftPreview:  # fmt: skip
    """What a draft would look like, before it is one."""
    whole = np.array([unit in grid_of for unit in units.id.tolist()], bool)
    shapes = np.concatenate(
        [units.polygon[whole], np.array([piece.polygon for piece in pieces], object)]
    )
    ids = [*units.id[whole].tolist(), *(piece.id for piece in pieces)]
    people = [*units.population[whole].tolist(), *(piece.population for piece in pieces)]
    labels = np.array([grid_of[unit] or "" for unit in ids], str)
    named = {grid.code: grid for grid in grids}
    how = dict(zip(codes, origin, strict=True))
    features = []
    for code in sorted(set(labels.tolist()) - {""}):
        inside = labels == code
        joined = shapely.union_all(shapes[inside], grid_size=1e-7)
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "code": code, "name_zh": named[code].name_zh, "name_en": named[code].name_en,
                    "population": int(np.asarray(people)[inside].sum()),
                    "units": int(inside.sum()), "origin": how.get(code, "kept"),
                },
                "geometry": shapely.geometry.mapping(shapely.simplify(joined, SIMPLE_DEG)),
            }
        )  # fmt: skip
    told: list[dict[str, Any]] = []
    for kind in OUTCOMES:
        for fault in [one for one in faults if one.kind == kind][:SHOWN]:
            told.append(
                {
                    "kind": kind, "lon": fault.lon, "lat": fault.lat,
                    "area_m2": round(fault.area_m2, 1), "units": len(fault.units),
                    "grids": [codes[at] or f"#{at + 1}" for at in fault.polygons],
                    "handed_on": fault.handed_on,
                }
            )  # fmt: skip
    return DraftPreview(
        grids=len(features), units=len(ids), units_cut=len({piece.of for piece in pieces}),
        unassigned=int((labels == "").sum()), population=int(np.asarray(people).sum()),
        shapes={"type": "FeatureCollection", "features": features}, faults=told,
    )  # fmt: skip
