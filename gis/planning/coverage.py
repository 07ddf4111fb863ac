"""Polygons of grids, derived from units; the check that they cover without gap or overlap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import InputError
from gis.report import Report

Geometries = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

# Areas below this are rounding, not land (1 cm by 10 m).
NEGLIGIBLE_M2 = 0.1
# A hole whose mean width is below this is a gap between grids, a wider one may be a lake.
GAP_M = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The grids of one level: polygons in metres, codes, and the code of each one's parent."""

    level: int
    codes: Sequence[str]
    polygons: Geometries
    parent_codes: Sequence[str | None]


def union_by_label(polygons: Geometries, labels: Ints, count: int | None = None) -> Geometries:
    """One polygon (or multipolygon) per label, from the polygons that carry it.

    On a valid coverage shared edges vanish exactly, so the results are a valid coverage again.
    Where the input is none, the slower general union repairs what it can.
    """
    number = int(count if count is not None else labels.max() + 1)
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(number + 1))
    exact = bool(shapely.coverage_is_valid(polygons))
    result = np.empty(number, object)
    for label in range(number):
        members = polygons[order[bounds[label] : bounds[label + 1]]]
        joined = shapely.coverage_union_all(members) if exact else shapely.union_all(members)
        result[label] = _polygonal(joined)
    return result


def _polygonal(shape: Any) -> Any:
    """The polygon or multipolygon in a union's result."""
    parts = [part for part in shapely.get_parts(shape) if shapely.get_type_id(part) in (3, 6)]
    flat = shapely.get_parts(np.array(parts, object)) if parts else np.zeros(0, object)
    return flat[0] if len(flat) == 1 else shapely.multipolygons(flat)


def _holes(land: Any) -> tuple[Geometries, npt.NDArray[np.bool_]]:
    """The holes of a union, and which of them are so thin that they are gaps, not lakes."""
    rings, piece = shapely.get_rings(shapely.get_parts(land), return_index=True)
    if len(rings) == 0:
        return np.zeros(0, object), np.zeros(0, bool)
    inner = np.concatenate([[False], piece[1:] == piece[:-1]])  # the first ring is the outline
    holes = np.array([shapely.Polygon(ring) for ring in rings[inner]], object)
    return holes, 2 * shapely.area(holes) < GAP_M * shapely.length(holes)


def thin_gaps(polygons: Geometries) -> tuple[Geometries, Ints]:
    """Gaps of less than a metre's mean width between units, and for each the unit to fill it.

    That is the unit with the longest common boundary. Only gaps enclosed by units are found.
    """
    exact = bool(shapely.coverage_is_valid(polygons))
    land = shapely.coverage_union_all(polygons) if exact else shapely.union_all(polygons)
    holes, thin = _holes(land)
    gaps = holes[thin]
    if len(gaps) == 0:
        return gaps, np.zeros(0, np.int64)
    at, unit = shapely.STRtree(polygons).query(gaps, predicate="intersects")
    common = shapely.intersection(shapely.boundary(gaps[at]), shapely.boundary(polygons[unit]))
    order = np.lexsort((unit, -shapely.length(common), at))
    first = np.unique(at[order], return_index=True)[1]
    return gaps, np.asarray(unit[order][first], np.int64)


def grid_polygons(
    polygons: Geometries, labels: Sequence[Ints], *, simplify_m: float = 0.0
) -> list[Geometries]:
    """The polygons of nested levels, finest first.

    `labels[0]` gives the basic grid of each unit, `labels[1]` the parent of each basic grid, and
    so on. Thin gaps between units (see `thin_gaps`) are filled. With `simplify_m` the basic grids
    are simplified as one coverage before their parents are made from them: at every level
    neighbours keep one common line, and children fill their parent exactly.
    """
    if simplify_m < 0:
        raise InputError("plan-simplify-invalid", simplify=str(simplify_m))
    gaps, filler = thin_gaps(polygons)
    whole = np.concatenate([polygons, gaps])
    levels = [union_by_label(whole, np.concatenate([labels[0], labels[0][filler]]))]
    if simplify_m > 0:
        levels[0] = np.asarray(shapely.coverage_simplify(levels[0], simplify_m), object)
    for parent_of in labels[1:]:
        levels.append(union_by_label(levels[-1], parent_of))
    return levels


def check_coverage(levels: Sequence[Level], *, in_pieces: Collection[str] = ()) -> Report:
    """The report of what keeps these levels from being published; no `refused` finding, no fault.

    Looks for empty and invalid polygons, overlaps, gaps, grids in several pieces (only warned of
    where `in_pieces` says that it is known), duplicate codes, orphans, and parents that are not
    exactly the sum of their children. Lakes are holes without an owner: warned of.
    """
    report = Report(rows_read=sum(len(level.codes) for level in levels))
    ordered = sorted(levels, key=lambda level: level.level)
    for level in ordered:
        _check_level(report, level, in_pieces)
    for parents, children in pairwise(ordered):
        _check_family(report, parents, children)
    refused = sum(f.count for f in report.findings if f.outcome == "refused")
    report.rows_accepted = max(report.rows_read - refused, 0)
    return report


def _check_level(report: Report, level: Level, in_pieces: Collection[str]) -> None:
    codes, polygons = np.asarray(level.codes, object), np.asarray(level.polygons, object)

    def note(outcome: Any, code: str, bad: npt.NDArray[Any], **params: Any) -> None:
        if len(bad):
            names = ", ".join(str(name) for name in bad[:5]) + ("…" if len(bad) > 5 else "")
            report.add(outcome, code, count=len(bad), grids=names, level=level.level, **params)

    unique, counts = np.unique(codes.astype(str), return_counts=True)
    note("refused", "coverage-code-duplicate", unique[counts > 1])
    empty = shapely.is_missing(polygons) | shapely.is_empty(polygons)
    note("refused", "coverage-empty", codes[empty])
    invalid = ~empty & ~(
        shapely.is_valid(polygons) & np.isin(shapely.get_type_id(polygons), (3, 6))
    )
    note("refused", "coverage-invalid", codes[invalid])
    sound = ~empty & ~invalid
    codes, polygons = codes[sound], polygons[sound]
    if len(polygons) == 0:
        return
    several = np.array([len(shapely.get_parts(shape)) > 1 for shape in polygons])
    known = (
        np.isin(codes.astype(str), sorted(in_pieces)) if in_pieces else np.zeros(len(codes), bool)
    )
    note("refused", "coverage-in-pieces", codes[several & ~known])
    note("warned", "coverage-in-pieces-known", codes[several & known])
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common_m2 = shapely.area(shapely.intersection(polygons[one], polygons[other]))
    over = common_m2 > NEGLIGIBLE_M2
    touched = np.unique(np.concatenate([one[over], other[over]]))
    note("refused", "coverage-overlap", codes[touched], area_m2=round(float(common_m2[over].sum())))
    loose = ~shapely.is_empty(shapely.coverage_invalid_edges(polygons))
    loose[touched] = False
    note("refused", "coverage-edges", codes[loose])
    holes, thin = _holes(shapely.union_all(polygons))
    beside = shapely.STRtree(polygons).query(holes[thin], predicate="intersects")[1]
    note(
        "refused", "coverage-gap", codes[np.unique(beside)],
        area_m2=round(float(shapely.area(holes[thin]).sum()), 1),
    )  # fmt: skip
    if (~thin).any():
        report.add("warned", "coverage-hole", count=int((~thin).sum()), level=level.level)


def _check_family(report: Report, parents: Level, children: Level) -> None:
    known = {str(code): i for i, code in enumerate(parents.codes)}
    orphans = [
        code
        for code, parent in zip(children.codes, children.parent_codes, strict=True)
        if parent is None or str(parent) not in known
    ]
    params: dict[str, Any] = {"level": children.level, "parent_level": parents.level}
    if orphans:
        report.add(
            "refused", "coverage-orphan", count=len(orphans), grids=_listed(orphans), **params
        )
    members: list[list[int]] = [[] for _ in parents.codes]
    for i, parent in enumerate(children.parent_codes):
        if parent is not None and str(parent) in known:
            members[known[str(parent)]].append(i)
    different, childless = [], []
    for code, shape, mine in zip(parents.codes, parents.polygons, members, strict=True):
        if not mine:
            childless.append(code)
            continue
        together = shapely.union_all(np.asarray(children.polygons, object)[mine])
        if shapely.area(shapely.symmetric_difference(shape, together)) > NEGLIGIBLE_M2:
            different.append(code)
    if childless:
        report.add(
            "refused",
            "coverage-childless",
            count=len(childless),
            grids=_listed(childless),
            **params,
        )
    if different:
        report.add(
            "refused", "coverage-not-sum", count=len(different), grids=_listed(different), **params
        )


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(str(code) for code in codes[:5]) + ("…" if len(codes) > 5 else "")
