"""What planning reads and writes: units, assignments of units to grids, streets, grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from gis.errors import InputError
from gis.files.clean import LINE, POINT, POLYGON
from gis.files.columns import find_column, need_column, need_unique, numbers, people
from gis.files.layers import read_layer, write_layer
from gis.files.tables import read_table, write_table
from gis.geometry import WGS84, from_metric, metric_crs, to_metric
from gis.planning.adjacency.graph import UnitGraph, build_graph
from gis.planning.adjacency.streets import street_classes
from gis.planning.balance import parse_balance
from gis.planning.model import Units
from gis.report import Report

if TYPE_CHECKING:
    import geopandas as gpd

    from gis.planning.nested import NestedPlan


@dataclass(frozen=True, kw_only=True)
class UnitsFile:
    """Units as read: the frame in WGS 84, the same as `Units` in metres of `crs`, the report."""

    path: Path
    frame: gpd.GeoDataFrame
    units: Units
    crs: pyproj.CRS
    report: Report

    @cached_property
    def graph(self) -> UnitGraph:
        """The neighbourhood of the units."""
        return build_graph(self.units.polygons)

    def names(self, column: str) -> list[str | None]:
        """A column as text per unit, None where empty. Raises InputError `column-missing`."""
        found = need_column(self.frame.columns, "", file=str(self.path), given=column)
        return [_text(value) for value in self.frame[found]]


def read_units(
    path: str | Path, *, crs: str | None = None, balance: str = "pop", also: Sequence[str] = ()
) -> UnitsFile:
    """Units from any geometry file: `unit_id`, `pop`, polygons, and the columns of `balance` and
    of further criteria.

    `pop` may be absent where the balance does not need it (then everyone is 0, with a warning).
    Numbers below zero or unreadable are errors here, not repairs: they would move boundaries.
    """
    report = Report(source=str(path))
    frame = read_layer(path, report=report, crs=crs, kinds=(POLYGON,))
    unit_id = need_unique(
        frame[need_column(frame.columns, "unit_id", file=str(path))], file=str(path)
    )
    mixes = [parse_balance(expression).weights for expression in (balance, *also)]
    needed = {name: None for weights in mixes for name in weights}
    wanted = [name for name in needed if name not in ("pop", "area")]
    columns = {name: need_column(frame.columns, "", file=str(path), given=name) for name in wanted}
    values = {name: numbers(frame[column], report=report) for name, column in columns.items()}
    pop = find_column(frame.columns, "pop")
    if pop is None and "pop" in needed and balance != "pop":
        pop = need_column(frame.columns, "pop", file=str(path))
    if pop is not None:
        values["pop"] = people(frame[pop], report=report)
    elif "pop" in needed:
        need_column(frame.columns, "pop", file=str(path))
    else:
        report.add("warned", "plan-pop-missing", count=len(frame))
        values["pop"] = pd.Series(0.0, index=frame.index)
    for name, series in values.items():
        bad = series.index[series.isna() | (series < 0)]
        if len(bad):
            raise InputError(
                "plan-value-invalid", column=name, count=len(bad),
                unit=str(unit_id[bad[0]]), value=str(frame.loc[bad[0], columns.get(name, pop)]),
            )  # fmt: skip
    metric = metric_crs(frame.total_bounds.tolist())
    units = Units(
        unit_id=unit_id.to_numpy(dtype=object),
        polygons=to_metric(frame.geometry.to_numpy(), metric),
        columns={name: series.to_numpy(dtype=float) for name, series in values.items()},
    )
    return UnitsFile(path=Path(path), frame=frame, units=units, crs=metric, report=report)


def read_assignment(path: str | Path, units: UnitsFile, *, complete: bool) -> list[str | None]:
    """The grid of each unit, in the order of `units`, from a table `unit_id,grid_id`.

    Raises InputError for units unknown, given twice, or (if `complete`) left out.
    """
    table = read_table(path, report=Report(source=str(path)))
    ids = need_unique(table[need_column(table.columns, "unit_id", file=str(path))], file=str(path))
    grids = table[need_column(table.columns, "", file=str(path), given="grid_id")].map(_text)
    place = {str(unit): i for i, unit in enumerate(units.units.unit_id)}
    unknown = [unit for unit in ids if unit not in place]
    if unknown:
        raise InputError("plan-unit-unknown", file=str(path), count=len(unknown), unit=unknown[0])
    result: list[str | None] = [None] * len(place)
    for unit, grid in zip(ids, grids, strict=True):
        result[place[unit]] = grid
    if complete and None in result:
        missing = result.index(None)
        raise InputError(
            "plan-unit-unassigned", file=str(path), count=result.count(None),
            unit=str(units.units.unit_id[missing]),
        )  # fmt: skip
    return result


def read_streets(
    path: str | Path, units: UnitsFile, *, crs: str | None = None
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Street lines in the units' metres, and their classes (see `gis.planning.adjacency.streets`).

    Lines with an OSM `waterway`, `railway` or `barrier` (walls) are as clear as boundaries get.
    """
    report = Report(source=str(path))
    frame = read_layer(path, report=report, crs=crs, kinds=(LINE,), theme="streets")
    number = next((name for name in ("class", "cls") if name in frame.columns), None)
    clear = pd.Series(False, index=frame.index)
    for column in ("waterway", "railway", "barrier"):
        if column in frame.columns:
            clear |= frame[column].map(_text).notna()
    classes = street_classes(
        frame["highway"].to_numpy() if "highway" in frame.columns else None,
        numbers(frame[number], report=report).to_numpy() if number else None,
        clear.to_numpy(bool),
    )
    return to_metric(frame.geometry.to_numpy(), units.crs), classes


def read_barriers(
    path: str | Path, units: UnitsFile, *, crs: str | None = None
) -> npt.NDArray[Any]:
    """Lines that no grid crosses, in the units' metres."""
    frame = read_layer(
        path, report=Report(source=str(path)), crs=crs, kinds=(LINE,), theme="barriers"
    )
    lines: npt.NDArray[Any] = to_metric(frame.geometry.to_numpy(), units.crs)
    return lines


def read_seeds(path: str | Path, units: UnitsFile, *, crs: str | None = None) -> list[str | None]:
    """The grid that each unit must belong to, from points such as community offices: the unit
    below a point belongs to the grid named by its `grid_id`, or to one of its own.

    Raises InputError for points outside all units and for two grids in one unit.
    """
    frame = read_layer(path, report=Report(source=str(path)), crs=crs, kinds=(POINT,))
    points = to_metric(frame.geometry.to_numpy(), units.crs)
    column = next((name for name in frame.columns if name == "grid_id"), None)
    names = [
        _text(value) or f"S{row:03d}"
        for row, value in enumerate(frame[column] if column else [None] * len(frame), 1)
    ]
    point, unit = shapely.STRtree(units.units.polygons).query(points, predicate="intersects")
    pins: list[str | None] = [None] * len(units.units.unit_id)
    outside = sorted(set(range(len(points))) - set(point.tolist()))
    if outside:
        raise InputError(
            "plan-seed-outside", file=str(path), count=len(outside), row=outside[0] + 1
        )
    # A point on a shared boundary belongs to the first of the units.
    for row in range(len(points)):
        at = int(unit[point == row].min())
        if pins[at] not in (None, names[row]):
            raise InputError(
                "plan-seeds-in-one-unit", file=str(path), unit=str(units.units.unit_id[at]),
                one=str(pins[at]), other=names[row],
            )  # fmt: skip
        pins[at] = names[row]
    return pins


def write_plan(units: UnitsFile, grid_of_unit: Sequence[str], path: str | Path) -> None:
    """Write `unit_id,grid_id`, one line per unit, in the order of the units."""
    write_table(pd.DataFrame({"unit_id": units.units.unit_id, "grid_id": list(grid_of_unit)}), path)


def write_levels(units: UnitsFile, plan: NestedPlan, path: str | Path) -> None:
    """Write `unit_id,grid_id,level_2,level_1`: the basic grid of each unit and those above it."""
    area, upper, lower = plan.names()
    columns = {"unit_id": units.units.unit_id, "grid_id": lower, "level_2": upper, "level_1": area}
    write_table(pd.DataFrame(columns), path)


def write_grids(
    units: UnitsFile, polygons: npt.NDArray[Any], rows: Sequence[dict[str, Any]], path: str | Path
) -> None:
    """Write grids, polygons in the units' metres, with their measures, in WGS 84."""
    import geopandas as gpd

    frame = gpd.GeoDataFrame(
        pd.DataFrame(list(rows)), geometry=from_metric(polygons, units.crs), crs=WGS84
    )
    write_layer(frame, path)


def _text(value: Any) -> str | None:
    if pd.isna(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or None
