"""A draft from a file: tried, with everything that was found and mended, then made; never half."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely
from sqlalchemy import Connection, Engine

from gis.errors import ForbiddenError, InputError, WanggeError
from gis.files.plan_polygons import ListedUnits, read_grids
from gis.geometry import metric_crs
from gis.planning.editing.cut import counts_of, new_corners
from gis.planning.overlay import overlay
from gis.planning.overlay_codes import coded
from gis.progress import Progress, part_of, silent
from gis.report import Report
from gis.store import audit, draft_sources, drafts_cutting, known, request_keys
from gis.store.draft_sources import KnownUnits
from gis.store.drafts_cutting import Piece
from gis.store.engine import acting
from gis.store.scope import reading, scope_on
from gis.store.unit_edges import renew_edges
from gis.workflows.draft_file_grids import Named, draft_grids
from gis.workflows.draft_file_reports import DraftPreview, note_faults, preview
from gis.workflows.draft_file_scope import units_beyond
from gis.workflows.drafts import make_draft

MOST_BYTES = 100_000_000
KIND = "draft file"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """What is to be made of a file, and for whom.

    keep_rest: units that the file leaves out stay in their grids of the plan in force; else they
    are in no grid. key: the same of a file under the same key is made once.
    """

    jurisdiction_id: int
    name: str
    file_name: str
    actor: str
    account_id: int | None
    note: str | None = None
    crs: str | None = None
    layer: str | None = None
    code_column: str | None = None
    keep_rest: bool = True
    dry_run: bool = False
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFromFile:
    """What came of a file: the number of the draft (None of a dry run), the findings, what was
    found where, and the grids as they would be."""

    plan_id: int | None
    report: Report
    preview: DraftPreview


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Units and pieces with the number of the file's grid that each is in: of n current units −1
    for none and for those that are cut, −2 for those that stay where they are today."""

    of_unit: np.ndarray[Any, np.dtype[np.int64]]
    pieces: Sequence[Piece]
    of_piece: Sequence[int]
    corners: Any


def draft_from_file(
    engine: Engine, asked: DraftFile, path: Path, *, progress: Progress = silent
) -> DraftFromFile:
    """Make a draft of an assignment or of polygons; a dry run tells what it would be.

    Raises what the readers raise, NotFoundError `jurisdiction-not-found`, InputError
    `plan-import-no-units`, `plan-unit-unknown`, `plan-import-elsewhere`,
    `plan-import-codes-needed`, `plan-import-pieces`; ForbiddenError `plan-import-not-below`,
    `plan-import-beyond`; InputError `idempotency-key-reused`.
    """
    report = Report(source=asked.file_name)
    try:
        drawn = read_grids(
            path, report=report, crs=asked.crs, layer=asked.layer, code_column=asked.code_column,
            max_bytes=MOST_BYTES,
        )  # fmt: skip
    except WanggeError as error:
        if "file" in error.params:  # where it lies on the server is nobody's business
            error.params["file"] = asked.file_name
        raise
    progress("plan-import-step-read", 1.0)
    if asked.dry_run:
        with reading(engine) as connection:
            return _made(connection, asked, drawn, report, progress)
    with path.open("rb") as opened:
        content = hashlib.file_digest(opened, "sha256").hexdigest()
    said = [*astuple(replace(asked, actor="", account_id=None, key=None)), content]
    with acting(engine, asked.actor, action="create", reason=asked.file_name) as connection:
        before = request_keys.before(connection, asked.actor, asked.key, KIND, said)
        if before is not None:  # told and shown again, and not made again
            shown = _made(connection, replace(asked, dry_run=True), drawn, report, progress)
            return replace(shown, plan_id=before)
        done = _made(connection, asked, drawn, report, progress)
        request_keys.keep(connection, asked.actor, asked.key, KIND, said, cast(int, done.plan_id))
        return done


def _made(
    connection: Connection, asked: DraftFile, drawn: Any, report: Report, progress: Progress
) -> DraftFromFile:
    known.require(connection, asked.jurisdiction_id)
    if not asked.dry_run:
        drafts_cutting.hold_cutting(connection, asked.jurisdiction_id)
    head = draft_sources.jurisdiction(connection, asked.jurisdiction_id)
    units = draft_sources.units(connection, asked.jurisdiction_id, head["plan_id"])
    if not units.current.any():
        raise InputError("plan-import-no-units", code=head["code"])
    names = draft_sources.names(connection, head["code"], head["plan_id"])
    if isinstance(drawn, ListedUnits):
        units, laid, grids, faults = _listed(units, drawn, asked, report)
    else:
        units = _chosen(units, units.current)
        laid, faults = _laid(connection, units, drawn, asked, part_of(progress, 0.1, 0.8))
        grids = Named(given=drawn.codes, names_zh=drawn.names_zh, names_en=drawn.names_en)
    laid = _within_scope(connection, units, laid, grids, report)
    codes, origin = _coded(connection, asked, head["code"], units, laid, grids, report)
    of_unit = _final(units, laid, codes, keep_rest=asked.keep_rest)
    of_piece = {piece.id: codes[at] if at >= 0 else None
                for piece, at in zip(laid.pieces, laid.of_piece, strict=True)}  # fmt: skip
    left = sum(code is None for code in of_unit.values()) + list(of_piece.values()).count(None)
    if left:
        report.add("warned", "plan-import-unassigned", count=left)
    drafted = draft_grids(
        {code for code in (*of_unit.values(), *of_piece.values()) if code},
        dict(zip(codes, range(len(codes)), strict=True)), grids, names,
    )  # fmt: skip
    note_faults(report, faults, codes)
    shown = preview(units, laid.pieces, {**of_unit, **of_piece}, drafted, origin, codes, faults)
    plan_id = None
    if not asked.dry_run:
        if laid.pieces:
            drafts_cutting.store_pieces(
                connection, asked.jurisdiction_id, laid.pieces, laid.corners
            )
            renew_edges(connection, asked.jurisdiction_id, [piece.id for piece in laid.pieces])
        plan_id = make_draft(
            connection, jurisdiction_id=asked.jurisdiction_id, name=asked.name, note=asked.note,
            units={**of_unit, **of_piece}, grids=drafted, balance=head["balance"] or "pop",
            tolerance=head["tolerance"] or 0.05, based_on_id=head["plan_id"], actor=asked.actor,
            account_id=asked.account_id, kind="file", params={"file": asked.file_name},
        )  # fmt: skip
        audit.record(connection, "draft-import", f"plan {plan_id}", {"file": asked.file_name})
    progress("plan-import-step-store", 1.0)
    return DraftFromFile(plan_id=plan_id, report=report, preview=shown)


def _chosen(units: KnownUnits, mask: Any) -> KnownUnits:
    return KnownUnits(**{name: getattr(units, name)[mask] for name in KnownUnits.__slots__})


def _listed(
    units: KnownUnits, drawn: ListedUnits, asked: DraftFile, report: Report
) -> tuple[KnownUnits, Laid, Named, list[Any]]:
    """Units by their codes. Pieces that some draft has cut stand for their unit, if all do."""
    place = {str(code): at for at, code in enumerate(units.code)}
    unknown = [code for code in drawn.grid_of_unit if code not in place]
    if unknown:
        raise InputError(
            "plan-unit-unknown", file=asked.file_name, count=len(unknown), unit=unknown[0]
        )
    given = {place[code] for code in drawn.grid_of_unit}
    below: dict[int, list[int]] = {}
    for at, parent in enumerate(units.of.tolist()):
        below.setdefault(parent, []).append(at)

    def tiles(at: int) -> list[int] | None:
        """What of the file stands for a unit: itself, or pieces that leave nothing of it out."""
        inner = [tiles(child) for child in below.get(int(units.id[at]), ())]
        pieces = [one for found in inner if found for one in found]
        if at in given:
            if pieces:
                raise InputError("plan-import-pieces", unit=str(units.code[at]))
            return [at]
        if not pieces:
            return None
        if units.area_m2[pieces].sum() < 0.999 * units.area_m2[at]:
            raise InputError("plan-import-pieces", unit=str(units.code[at]))
        return pieces

    used: list[int] = []
    for at in np.flatnonzero(units.of == -1).tolist():
        used += tiles(at) or [at]
    stray = given - set(used)
    if stray:
        raise InputError("plan-import-pieces", unit=str(units.code[min(stray)]))
    chosen = _chosen(units, np.array(sorted(used), np.int64))
    ids = list(dict.fromkeys(code for code in drawn.grid_of_unit.values() if code))
    number = {code: at for at, code in enumerate(ids)}
    of_unit = np.array(
        [number.get(drawn.grid_of_unit.get(str(code)) or "", -1) for code in chosen.code], np.int64
    )
    laid = Laid(of_unit=of_unit, pieces=(), of_piece=(), corners=np.zeros((0, 2)))
    # What is no code is a name: of grids that planners number in their own way.
    called = [None if code.isdigit() and len(code) == 15 else code for code in ids]
    return chosen, laid, Named(given=ids, names_zh=called, names_en=[None] * len(ids)), []


def _laid(
    connection: Connection, units: KnownUnits, drawn: Any, asked: DraftFile, progress: Progress
) -> tuple[Laid, list[Any]]:
    """Polygons laid over the current units; pieces with their people, and numbers of their own."""
    west, south, east, north = shapely.total_bounds(units.polygon).tolist()
    crs = metric_crs((west, south, east, north))
    land = shapely.box(west, south, east, north)
    if not shapely.intersects(drawn.polygons, land).any():
        bounds = " ".join(f"{value:.4f}" for value in shapely.total_bounds(drawn.polygons))
        raise InputError(
            "plan-import-elsewhere", file=asked.file_name, bounds=bounds,
            wanted=f"{west:.4f} {south:.4f} {east:.4f} {north:.4f}",
        )  # fmt: skip
    found = overlay(units.polygon, drawn.polygons, crs, progress=progress)
    cut_ids = [int(units.id[cut.unit]) for cut in found.cuts]
    housing = drafts_cutting.housing(connection, cut_ids)
    count = sum(len(cut.pieces) for cut in found.cuts)
    ids = [-at - 1 for at in range(count)] if asked.dry_run else drafts_cutting.new_ids(
        connection, count
    )  # fmt: skip
    pieces: list[Piece] = []
    of_piece: list[int] = []
    corners = [np.zeros((0, 2))]
    for cut in found.cuts:
        at = cut.unit
        counts = counts_of(
            list(cut.pieces), housing[int(units.id[at])], population=int(units.population[at]),
            households=int(units.households[at]), area_m2=float(units.area_m2[at]),
        )  # fmt: skip
        corners.append(new_corners(units.polygon[at], list(cut.pieces)))
        for number, shape in enumerate(cut.pieces):
            pieces.append(
                Piece(
                    id=ids[len(pieces)], of=int(units.id[at]), polygon=shape,
                    code=f"{units.code[at]}-{units.pieces[at] + number + 1}",
                    population=int(counts.population[number]),
                    households=int(counts.households[number]),
                    area_m2=float(counts.area_m2[number]),
                )
            )  # fmt: skip
            of_piece.append(int(cut.polygon[number]))
    return Laid(
        of_unit=found.polygon_of, pieces=pieces, of_piece=of_piece,
        corners=np.unique(np.concatenate(corners), axis=0),
    ), list(found.faults)  # fmt: skip


def _within_scope(
    connection: Connection, units: KnownUnits, laid: Laid, grids: Named, report: Report
) -> Laid:
    """Whoever plans for a part of the jurisdiction changes that part: the rest stays as it is.

    A file that takes units into the part, or out of it, or changes others is refused whole.
    """
    scope = scope_on(connection)
    below = (scope.below if scope is not None else None) or ""
    if not below:
        return laid
    own = np.array([str(code or "").startswith(below) for code in units.grid_code], bool)
    if not own.any():
        raise ForbiddenError("plan-import-not-below", code=below)
    mine = set(units.id[own].tolist())
    beyond = units_beyond(units, _wishes(units, laid), grids.given, own, below)
    if beyond:
        raise ForbiddenError(
            "plan-import-beyond", count=len(beyond), below=below, units=", ".join(beyond[:5])
        )
    kept = [at for at, piece in enumerate(laid.pieces) if piece.of in mine]
    of_unit = np.where(own, laid.of_unit, -2)
    outside = int((~own & (laid.of_unit >= 0)).sum())
    if outside:
        report.add("warned", "plan-import-outside-scope", count=outside, below=below)
    return Laid(
        of_unit=of_unit, pieces=[laid.pieces[at] for at in kept],
        of_piece=[laid.of_piece[at] for at in kept], corners=laid.corners,
    )  # fmt: skip


def _wishes(units: KnownUnits, laid: Laid) -> list[tuple[int, int]]:
    """The place of each unit, and of the unit of each piece, with the number of its grid."""
    place = {unit: at for at, unit in enumerate(units.id.tolist())}
    pieces = zip(laid.pieces, laid.of_piece, strict=True)
    return [*enumerate(laid.of_unit.tolist()), *((place[one.of], at) for one, at in pieces)]


def _coded(
    connection: Connection, asked: DraftFile, jurisdiction: str, units: KnownUnits, laid: Laid,
    grids: Named, report: Report,
) -> tuple[list[str], list[str]]:  # fmt: skip
    """The code of each grid of the file, and where it comes from."""
    count = len(grids.given)
    common: list[dict[str, float]] = [{} for _ in range(count)]
    today = dict(zip(units.id.tolist(), units.grid_code.tolist(), strict=True))

    # Where nobody lives a little counts for the ground.
    def weigh(at: int, code: str | None, people: int, area_m2: float) -> None:
        if at >= 0 and code:
            common[at][code] = common[at].get(code, 0.0) + people + area_m2 * 1e-6

    for at, code, people, area in zip(
        laid.of_unit.tolist(), units.grid_code.tolist(), units.population.tolist(),
        units.area_m2.tolist(), strict=True,
    ):  # fmt: skip
        weigh(at, code, people, area)
    for at, piece in zip(laid.of_piece, laid.pieces, strict=True):
        weigh(at, today.get(piece.of), piece.population, piece.area_m2)
    scope = scope_on(connection)
    below = (scope.below if scope is not None else None) or jurisdiction
    shapes = [*units.polygon, *(piece.polygon for piece in laid.pieces)]
    label = np.array([*laid.of_unit.tolist(), *laid.of_piece], np.int64)
    points = shapely.get_coordinates(shapely.centroid(np.array(shapes, object)))
    total = np.maximum(np.bincount(label[label >= 0], minlength=count), 1)
    centres = np.column_stack(
        [np.bincount(label[label >= 0], points[label >= 0, axis], count) / total for axis in (0, 1)]
    )
    present = np.flatnonzero(np.bincount(label[label >= 0], minlength=count) > 0)
    used = draft_sources.used_codes(connection, asked.jurisdiction_id)
    found = coded(
        [grids.given[at] for at in present.tolist()],
        [common[at] for at in present.tolist()],
        centres[present],
        jurisdiction=max(jurisdiction, below, key=len), used=used,
    )  # fmt: skip
    codes, origin = [""] * count, ["new"] * count
    for at, code, how in zip(present.tolist(), found.codes, found.origin, strict=True):
        codes[at], origin[at] = code, how
    wrong = [code for code in found.invalid if code not in (grids.names_zh or ())]
    if wrong:
        report.add("warned", "plan-import-codes-invalid", count=len(wrong),
                   examples=", ".join(wrong[:5]), below=below)  # fmt: skip
    for how in ("kept", "new"):
        number = list(found.origin).count(how)
        if number:
            report.add("repaired", f"plan-import-codes-{how}", count=number)
    return codes, origin


def _final(
    units: KnownUnits, laid: Laid, codes: Sequence[str], *, keep_rest: bool
) -> dict[int, str | None]:
    """The code of each unit that is not cut. A grid of today that the file has is not kept for
    units that the file leaves out."""
    cut = {piece.of for piece in laid.pieces}
    taken = set(codes)
    final: dict[int, str | None] = {}
    for unit, at, today in zip(
        units.id.tolist(), laid.of_unit.tolist(), units.grid_code.tolist(), strict=True
    ):
        if unit in cut:
            continue
        stays = at == -2 or (at == -1 and keep_rest and today not in taken)
        final[unit] = codes[at] if at >= 0 else today if stays else None
    return final
