"""Every point to its grid: exact, in memory, immutable.

The rule, here and everywhere in Wangge: a point belongs to the grid that it lies in; on a shared
boundary, or where grids overlap, to the grid with the smallest code among all that touch it.
(The same as the least code over ST_Intersects.) Off all grids it belongs to none.

How: a raster of cells answers at once where one grid owns the whole cell; elsewhere a short walk
over the few segments of the cell does. See cells.py for the data, query.py for the walk,
predicates.py for the exact signs, overlap.py for places where grids overlap and edit.py for edits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import InputError
from gis.kernels import plain
from gis.routing.cells import TILE, Frame, centre, place_of_cell
from gis.routing.edit import Room, edit
from gis.routing.nearest import nearest_other
from gis.routing.overlap import Resolver
from gis.routing.query import NO_GRID, UNDECIDED, locate_block, locate_single, shared_block
from gis.routing.raster import Floats, Ints, Longs, rasterise
from gis.routing.segments import NOBODY, Segments, segments

Coverage = Literal["clean", "overlapping"]
NO_GRIDS = Frame(x0=0.0, y0=0.0, per_unit=1.0, columns=TILE, rows=TILE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Locator:
    """Answers for one set of grids; made by `build`. Safe to share between threads, and to pickle.

    codes: the grids' codes; `locate` answers with positions in them.
    coverage: `clean` if no two grids were seen to overlap, else `overlapping`. It says what was
        seen at the centres and edges of cells, not what is assumed: every answer is exact on any
        input, and only the places inside an overlap take the slower way.
    """

    codes: npt.NDArray[Any]
    coverage: Coverage
    frame: Frame
    tiles: Ints
    cells: Ints
    records: Floats
    ranks: Ints
    resolver: Resolver
    room: Room

    @classmethod
    def build(
        cls,
        polygons: Sequence[Any] | npt.NDArray[Any],
        codes: Sequence[Any] | npt.NDArray[Any],
        *,
        cells_a_side: int | None = None,
    ) -> Locator:
        """The locator of valid shapely polygons or multipolygons, in any one coordinate system.

        Numeric codes are compared as numbers, others as text; grids of the same code are parts
        of one. None and empty polygons own nothing. `cells_a_side` overrides the fineness of the
        raster, for tests. Raises InputError: `routing-codes-mismatch`, `routing-not-polygon`,
        `routing-polygon-invalid`, `routing-coordinate-out-of-range`, `routing-too-detailed`.
        """
        shapes = np.asarray(polygons, dtype=object)
        names = np.asarray(codes)
        if shapes.ndim != 1 or names.shape != shapes.shape:
            raise InputError("routing-codes-mismatch", polygons=shapes.size, codes=names.size)
        if names.dtype.kind not in "iuf":
            names = names.astype(object)
        ranks = np.empty(len(names), np.int32)
        order = np.argsort(names if names.dtype != object else names.astype(str), kind="stable")
        ranks[order] = np.arange(len(names), dtype=np.int32)
        return cls._made(names, ranks, shapes, cells_a_side)

    @classmethod
    def _made(
        cls,
        codes: npt.NDArray[Any],
        ranks: Ints,
        polygons: npt.NDArray[Any],
        cells_a_side: int | None = None,
    ) -> Locator:
        resolver = Resolver(polygons, ranks)
        parts = segments(polygons)
        if not len(parts.ends):
            cells, tiles = np.zeros(TILE * TILE, np.int32), np.zeros(1, np.int32)
            room = Room(cells, np.zeros(1), (len(cells), 1))
            return cls._sealed(codes, "clean", NO_GRIDS, tiles, ranks, resolver, room)
        raster = rasterise(parts, cells_a_side)
        _settle_runs(raster.runs, raster.frame, raster.tiles, raster.cells, resolver)
        overlapping = bool(parts.repeated or raster.crowded or len(raster.runs))
        coverage: Coverage = "overlapping" if overlapping else "clean"
        room = Room(raster.cells, raster.records, raster.used)
        return cls._sealed(codes, coverage, raster.frame, raster.tiles, ranks, resolver, room)

    @classmethod
    def _sealed(
        cls,
        codes: npt.NDArray[Any],
        coverage: Coverage,
        frame: Frame,
        tiles: Ints,
        ranks: Ints,
        resolver: Resolver,
        room: Room,
    ) -> Locator:
        return cls(
            codes=_read_only(codes),
            coverage=coverage,
            frame=frame,
            tiles=_read_only(tiles),
            cells=_read_only(room.cells[: room.cells_used]),
            records=_read_only(room.records[: room.records_used]),
            ranks=_read_only(ranks),
            resolver=resolver,
            room=room,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # Unpickled arrays could be written to, and would be another type for the kernels.
        values = (self.codes, self.coverage, self.frame, self.tiles, self.ranks, self.resolver)
        return _unpickled, (*values, self.cells, self.records)

    def edited(self, shapes: Mapping[int, Any]) -> Locator:
        """The locator after some grids took another shape: polygons by position in `codes`.

        None leaves a grid nothing. This locator goes on as it was. What two neighbours change
        takes few milliseconds, whatever the number of grids; what cannot be done in place (grids
        that overlap, or reach beyond all former ones) takes as long as `build`. Raises as it does.
        """
        if not shapes:
            return self
        positions = np.array(sorted(shapes), np.int32)
        polygons = self.resolver.polygons.copy()
        former = polygons[positions]
        polygons[positions] = np.array([*(shapes[k] for k in positions.tolist()), None])[:-1]
        new = polygons[positions]
        parts = segments(new)
        bounds = _bounds_of(former, new)
        if bounds is None:
            return self
        changed = np.zeros(len(self.codes), np.bool_)
        changed[positions] = True
        owners = np.where(parts.owners == NOBODY, NOBODY, positions[parts.owners])
        done = None
        if self.coverage == "clean" and not parts.repeated:
            own = Segments(ends=parts.ends, owners=owners, repeated=0)
            done = edit(self.room, self.frame, self.tiles, own, changed, bounds)
        if done is None:
            return Locator._made(self.codes, self.ranks, polygons)
        resolver = Resolver(polygons, self.ranks)
        _settle_runs(done.runs, self.frame, done.tiles, done.room.cells, resolver)
        coverage: Coverage = "overlapping" if done.crowded or len(done.runs) else "clean"
        return Locator._sealed(
            self.codes, coverage, self.frame, done.tiles, self.ranks, resolver, done.room
        )

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike, *, threads: int = 1) -> Ints:
        """The position in `codes` of each point's grid, -1 for none (NaN and infinity too).

        Coordinates are those of the polygons, easting or longitude first. int32, as long as `lon`.
        Raises InputError `routing-lengths-differ`.
        """
        xs, ys = _prepared(lon), _prepared(lat)
        if xs.shape != ys.shape:
            raise InputError("routing-lengths-differ", lon=xs.size, lat=ys.size)
        out = np.empty(len(xs), np.int32)
        if threads > 1 and len(xs) > threads:
            bounds = np.linspace(0, len(xs), threads + 1, dtype=np.int64)
            with ThreadPoolExecutor(threads) as pool:
                shares = [
                    pool.submit(self._block, xs[a:b], ys[a:b], out[a:b])
                    for a, b in pairwise(bounds)
                ]
                undecided = sum(share.result() for share in shares)
        else:
            undecided = self._block(xs, ys, out)
        if undecided:
            left = np.flatnonzero(out == UNDECIDED)
            out[left] = self.resolver.resolve(xs[left], ys[left])
        return out

    def _block(self, lon: Floats, lat: Floats, out: Ints) -> int:
        undecided: int = locate_block(
            lon, lat, out, self.frame, self.tiles, self.cells, self.records, self.ranks
        )
        return undecided

    def locate_one(self, lon: float, lat: float) -> int:
        """The same answer for one point, in a microsecond or two."""
        found: int = locate_single(
            float(lon), float(lat), *self.frame, self.tiles, self.cells, self.records, self.ranks
        )
        if found == UNDECIDED:
            found = int(self.resolver.resolve(np.array([lon], float), np.array([lat], float))[0])
        return found

    def on_shared_boundary(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether each point lies on the boundary of two grids or more, so that the rule decided.

        A label for people to read; `locate` needs no help from it.
        """
        xs, ys = _prepared(lon), _prepared(lat)
        out = np.empty(len(xs), np.bool_)
        shared_block(xs, ys, out, self.frame, self.tiles, self.cells, self.records)
        return out

    def code_at(self, lon: float, lat: float) -> Any | None:
        """The code of one point's grid, None outside all grids."""
        found = self.locate_one(lon, lat)
        return None if found == NO_GRID else self.codes[found]

    @property
    def nbytes(self) -> int:
        """The memory of the index, polygons not counted."""
        return sum(it.nbytes for it in (self.tiles, self.cells, self.records, self.ranks))


def warm() -> None:
    """Compile all that a build and a query need, or load it from the cache: at set-up and start,
    so that no request waits for it. Half a minute the first time, a second after that."""
    # Two squares that overlap: every kernel has work to do.
    squares = [shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)]
    locator = Locator.build(squares, ["1", "2"], cells_a_side=16)
    locator.locate([0.5, 1.01, 1.0], [0.5, 0.0, 0.5])
    locator.locate_one(1.0, 0.5)
    locator.on_shared_boundary([0.5], [0.5])
    pair = Locator.build([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], ["1", "2"])
    nearest_other(pair, [0.5], [0.5], [0], within_m=1.0)
    pair.edited({0: shapely.box(0, 0, 0.5, 1), 1: shapely.box(0.5, 0, 2, 1)})


def _prepared(values: npt.ArrayLike) -> Floats:
    """One kind of array for the kernels, whatever came in: they are compiled for this one only."""
    return _read_only(np.ascontiguousarray(values, dtype=np.float64).reshape(-1))


def _read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _unpickled(
    codes: npt.NDArray[Any],
    coverage: Coverage,
    frame: Frame,
    tiles: Ints,
    ranks: Ints,
    resolver: Resolver,
    cells: Ints,
    records: Floats,
) -> Locator:
    room = Room(cells, records, (len(cells), len(records)))
    return Locator._sealed(codes, coverage, frame, tiles, ranks, resolver, room)


def _bounds_of(*shapes: npt.NDArray[Any]) -> tuple[float, float, float, float] | None:
    """Around all shapes; None if they are all empty."""
    bounds = shapely.total_bounds(np.concatenate(shapes)).tolist()
    return None if np.isnan(bounds[0]) else (bounds[0], bounds[1], bounds[2], bounds[3])


def _settle_runs(runs: Longs, frame: Frame, tiles: Ints, cells: Ints, resolver: Resolver) -> None:
    """Give cells without segments where polygons overlap to the polygon of the lowest rank."""
    if not len(runs):
        return
    row, column, _ = runs.T
    lon = plain(centre)(frame.x0, column, frame.per_unit)
    lat = plain(centre)(frame.y0, row, frame.per_unit)
    for (line, first, length), owner in zip(runs.tolist(), resolver.resolve(lon, lat), strict=True):
        along = np.arange(first, first + length)
        cells[plain(place_of_cell)(tiles, frame.columns, line, along)] = owner + 1
