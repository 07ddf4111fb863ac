"""An office's own units and plan, from files to force: the way of real data into the database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from gis.errors import InputError
from gis.files.plans import UnitsFile, read_assignment, read_units
from gis.incidents.categories import default_categories
from gis.planning.balance import parse_balance
from gis.planning.codes import number_children
from gis.planning.naming import centres
from gis.progress import Progress, silent
from gis.report import Report
from gis.store import base_data
from gis.store.base_data import OrganisationRow, PersonRow
from gis.store.engine import acting
from gis.workflows.plans import GridNaming, PlanUnits, store_plan
from gis.workflows.publishing import publish_plan

KINDS = {4: "city", 6: "district", 9: "sub_district"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptRequest:
    """Whose plan it is, what it balances, and who answers where no post is filled yet."""

    code: str
    name: str
    duty_name: str
    duty_phone: str | None
    plan_name: str
    balance: str = "pop"
    tolerance: float = 0.05
    actor: str

    def __post_init__(self) -> None:
        if not (self.code.isdigit() and len(self.code) in KINDS):
            raise InputError("adopt-code-invalid", code=self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """What came into force, with the reports of reading and of publishing."""

    plan_id: int
    units: int
    grids: int
    reports: tuple[Report, ...]


def adopt_plan(
    engine: Engine,
    request: AdoptRequest,
    units_path: Path,
    plan_path: Path,
    *,
    crs: str | None = None,
    progress: Progress = silent,
) -> Adopted:
    """Read units and a plan of them, code the grids, store and publish: all or nothing.

    Grid ids that are 15-digit codes of the jurisdiction are kept. Otherwise the jurisdiction must
    be a sub-district, and its grids are numbered in one community, 001.
    """
    file = read_units(units_path, crs=crs, balance=request.balance)
    grid_ids = [str(grid) for grid in read_assignment(plan_path, file, complete=True)]
    codes, titles = _codes(file, grid_ids, request, plan_path)
    units = _plan_units(file, codes, request)
    with acting(engine, request.actor, action="adopt", reason=plan_path.name) as connection:
        organisations = base_data.write_organisations(
            connection,
            [
                OrganisationRow(
                    code=request.code,
                    kind=KINDS[len(request.code)],
                    name_zh=request.name,
                    name_en=None,
                    parent_code=None,
                )
            ],
            synthetic=False,
        )
        jurisdiction_id = organisations[request.code]
        base_data.write_default_categories(connection, default_categories())
        plan_id = store_plan(
            connection,
            jurisdiction_id=jurisdiction_id,
            name=request.plan_name,
            balance=request.balance,
            tolerance=request.tolerance,
            created_by=request.actor,
            units=units,
            naming=GridNaming(names=titles, organisations=organisations),
            progress=progress,
        )
        duty = PersonRow(
            key="duty",
            name=request.duty_name,
            phone=request.duty_phone,
            organisation_code=request.code,
        )
        base_data.keep_queue(connection, jurisdiction_id, duty, organisations)
        published = publish_plan(connection, plan_id, progress=progress)
    return Adopted(
        plan_id=plan_id,
        units=len(codes),
        grids=len(set(codes)),
        reports=(file.report, published.report),
    )


def _codes(
    file: UnitsFile, grid_ids: list[str], request: AdoptRequest, plan_path: Path
) -> tuple[list[str], dict[str, tuple[str, str | None]]]:
    """The code of each unit's basic grid, and the names of all grids by code."""
    coded = re.compile(rf"{request.code}\d{{{15 - len(request.code)}}}")
    if all(coded.fullmatch(grid) for grid in grid_ids):
        codes, called = grid_ids, {grid: grid for grid in grid_ids}
    elif len(request.code) == 9:
        names, labels = np.unique(grid_ids, return_inverse=True)
        points = centres(file.units.polygons, labels.astype(np.int64), len(names))
        given = number_children(f"{request.code}001", points)
        codes = [given[label] for label in labels]
        called = dict(zip(given, names.tolist(), strict=True))
    else:
        raise InputError("adopt-codes-needed", file=plan_path.name, code=request.code)
    titles: dict[str, tuple[str, str | None]] = {
        code: (f"网格 {name}", f"Grid {name}") for code, name in called.items()
    }
    for code in {code[:12] for code in codes}:
        titles[code] = (f"社区 {code[9:]}", f"Community {code[9:]}")
    for code in {code[:9] for code in codes}:
        own = code == request.code
        titles[code] = (request.name, None) if own else (f"街道 {code[6:]}", f"Street {code[6:]}")
    return codes, titles


def _plan_units(file: UnitsFile, codes: list[str], request: AdoptRequest) -> PlanUnits:
    frame = file.frame
    area_m2 = file.graph.area_m2
    households = (
        frame["households"].fillna(0).to_numpy().astype(np.int64)
        if "households" in frame
        else np.zeros(len(frame), np.int64)
    )
    return PlanUnits(
        code=file.units.unit_id,
        polygon=frame.geometry.to_numpy(),
        metric_polygon=file.units.polygons,
        population=np.round(file.units.columns["pop"]).astype(np.int64),
        households=households,
        load=parse_balance(request.balance).load({**file.units.columns, "area": area_m2}),
        grid_code=np.array(codes, dtype=object),
    )
