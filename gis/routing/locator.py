"""Every point to its grid: exact, in memory, immutable.

The rule, here and everywhere in Wangge: a point belongs to the grid that it lies in; on a shared
boundary, or where grids overlap, to the grid with the smallest code among all that touch it.
(The same as the least code over ST_Intersects.) Off all grids it belongs to none.

How: a raster of cells answers at once where one grid owns the whole cell; elsewhere a short walk
over the few segments of the cell does. See raster.py for the data, query.py for the walk,
predicates.py for the exact signs and overlap.py for places where grids overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.errors import InputError
from gis.routing.overlap import Resolver
from gis.routing.query import NO_GRID, UNDECIDED, locate_block, locate_single, shared_block
from gis.routing.raster import Floats, Frame, Ints, centre, rasterise
from gis.routing.segments import segments

Coverage = Literal["clean", "overlapping"]
NO_GRIDS = Frame(x0=0.0, y0=0.0, per_unit=1.0, columns=1, rows=1)


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
    cells: Ints
    records: Floats
    ranks: Ints
    resolver: Resolver

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
        resolver = Resolver(shapes, ranks)
        parts = segments(shapes)
        if not len(parts.ends):
            nothing = np.zeros(1, np.int32)
            return cls._sealed(names, "clean", NO_GRIDS, nothing, np.zeros(1), ranks, resolver)
        raster = rasterise(parts, cells_a_side)
        if len(raster.runs):
            _settle_runs(raster.runs, raster.frame, raster.cells, resolver)
        overlapping = bool(parts.repeated or raster.crowded or len(raster.runs))
        coverage: Coverage = "overlapping" if overlapping else "clean"
        return cls._sealed(
            names, coverage, raster.frame, raster.cells, raster.records, ranks, resolver
        )

    @classmethod
    def _sealed(
        cls,
        codes: npt.NDArray[Any],
        coverage: Coverage,
        frame: Frame,
        cells: Ints,
        records: Floats,
        ranks: Ints,
        resolver: Resolver,
    ) -> Locator:
        return cls(
            codes=_read_only(codes),
            coverage=coverage,
            frame=frame,
            cells=_read_only(cells),
            records=_read_only(records),
            ranks=_read_only(ranks),
            resolver=resolver,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # Unpickled arrays could be written to, and would be another type for the kernels.
        values = (self.codes, self.coverage, self.frame, self.cells, self.records, self.ranks)
        return Locator._sealed, (*values, self.resolver)

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
            lon, lat, out, self.frame, self.cells, self.records, self.ranks
        )
        return undecided

    def locate_one(self, lon: float, lat: float) -> int:
        """The same answer for one point, in a microsecond or two."""
        found: int = locate_single(
            float(lon), float(lat), *self.frame, self.cells, self.records, self.ranks
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
        shared_block(xs, ys, out, self.frame, self.cells, self.records)
        return out

    def code_at(self, lon: float, lat: float) -> Any | None:
        """The code of one point's grid, None outside all grids."""
        found = self.locate_one(lon, lat)
        return None if found == NO_GRID else self.codes[found]

    @property
    def nbytes(self) -> int:
        """The memory of the index, polygons not counted."""
        return self.cells.nbytes + self.records.nbytes + self.ranks.nbytes


def warm() -> None:
    """Compile all that a build and a query need, or load it from the cache: at set-up and start,
    so that no request waits for it. Some ten seconds the first time, a tenth of one after that."""
    import shapely

    # Two squares that overlap: every kernel has work to do.
    squares = [shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)]
    locator = Locator.build(squares, ["1", "2"], cells_a_side=16)
    locator.locate([0.5, 1.01, 1.0], [0.5, 0.0, 0.5])
    locator.locate_one(1.0, 0.5)
    locator.on_shared_boundary([0.5], [0.5])


def _prepared(values: npt.ArrayLike) -> Floats:
    """One kind of array for the kernels, whatever came in: they are compiled for this one only."""
    return _read_only(np.ascontiguousarray(values, dtype=np.float64).reshape(-1))


def _read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _settle_runs(
    runs: npt.NDArray[np.int64], frame: Frame, cells: Ints, resolver: Resolver
) -> None:
    row, column = np.divmod(runs[:, 0], frame.columns)
    lon = np.array([centre(frame.x0, int(c), frame.per_unit) for c in column])
    lat = np.array([centre(frame.y0, int(r), frame.per_unit) for r in row])
    for (cell, length), owner in zip(runs.tolist(), resolver.resolve(lon, lat), strict=True):
        cells[cell : cell + length] = owner + 1
