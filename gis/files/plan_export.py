"""A plan as files for others: what is exported, and the formats that GIS programs read."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from gis.errors import InputError
from gis.files.source import not_writable
from gis.geometry import GRID_DEG, WGS84
from gis.messages import translate
from gis.progress import Progress, silent

if TYPE_CHECKING:
    import geopandas as gpd

# The name of each level's layer, in every format that has layers.
LAYERS = {1: "sub_districts", 2: "communities", 3: "grids"}
UNITS = "units"
EXTENSIONS = {
    "gpkg": ".gpkg", "shp": ".zip", "geojson": ".geojson", "kml": ".kml", "dxf": ".dxf",
    "csv": ".csv", "xlsx": ".xlsx", "atlas": ".pdf",
}  # fmt: skip
MEDIA_TYPES = {
    "gpkg": "application/geopackage+sqlite3", "shp": "application/zip",
    "geojson": "application/geo+json", "kml": "application/vnd.google-earth.kml+xml",
    "dxf": "image/vnd.dxf", "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "atlas": "application/pdf",
}  # fmt: skip
GRID_FIELDS = (
    "code", "level", "parent_code", "name_zh", "name_en", "population", "households", "area_m2",
    "load", "deviation", "units", "compactness",
)  # fmt: skip
# A Shapefile's names have ten characters at most; the list goes with it.
SHORT = {
    "parent_code": "parent", "population": "pop", "households": "househ", "deviation": "dev",
    "compactness": "compact", "synthetic": "synthetic", "lead_phone": "lead_tel",
}  # fmt: skip
CODE_LENGTHS = {1: 9, 2: 12, 3: 15}
_TEXTS = ("code", "parent_code", "name_zh", "name_en", "lead", "lead_phone", "unit_id", "grid_id")


@dataclass(frozen=True, kw_only=True)
class People:
    """Who answers for the grids of a plan, of those whom the reader may see.

    posts, attached: by code of a grid, as `gis.store.plan_extracts` gives them, those who come
    first before the others. names, phones: whether names, and telephone numbers, may leave at all.
    """

    posts: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    attached: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    names: bool = False
    phones: bool = False

    def lead(self, code: str) -> tuple[str | None, str | None]:
        """The name and the number of who answers for a grid first: of a basic grid its lead."""
        held = self.posts.get(code, ()) if self.names else ()
        first = next((one for one in held if len(code) < 15 or one["role"] == "lead"), None)
        if first is None:
            return None, None
        return first["name"], first["phone"] if self.phones else None

    @property
    def fields(self) -> tuple[str, ...]:
        """What of a lead stands beside the figures of a grid."""
        return ("lead", "lead_phone")[: self.names + (self.names and self.phones)]


@dataclass(frozen=True, kw_only=True)
class PlanExtract:
    """One plan as it leaves the house.

    plan: what `gis.store.plan_extracts.head` gives. grids: all levels, by code; units: each with
    `grid_code`. Both have `geom`, in WGS 84. `language` is that of headings and labels.
    """

    plan: Mapping[str, Any]
    grids: pd.DataFrame
    units: pd.DataFrame
    language: str
    at: datetime
    people: People = field(default_factory=People)

    def level(self, level: int) -> gpd.GeoDataFrame:
        """The grids of one level, with the fields that are exported."""
        import geopandas as gpd

        mine = self.grids[self.grids["level"] == level]
        told = mine[list(GRID_FIELDS)].reset_index(drop=True)
        leads = [self.people.lead(code) for code in told["code"]]
        for place, name in enumerate(self.people.fields):
            told[name] = pd.Series([lead[place] for lead in leads], told.index, object)
        frame = gpd.GeoDataFrame(told, geometry=mine["geom"].to_numpy(), crs=WGS84)
        return self._marked(frame)

    def unit_frame(self) -> gpd.GeoDataFrame:
        """The units as `wangge plan` reads them: `unit_id`, `pop`, and the grid that each is in."""
        import geopandas as gpd

        frame = gpd.GeoDataFrame(
            {
                "unit_id": self.units["code"].to_numpy(object),
                "grid_id": self.units["grid_code"].to_numpy(object),
                "pop": self.units["population"].to_numpy(),
                "households": self.units["households"].to_numpy(),
                "area_m2": self.units["area_m2"].to_numpy(),
            },
            geometry=self.units["geom"].to_numpy(),
            crs=WGS84,
        )
        return self._marked(frame)

    def _marked(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """The frame with its texts as texts, and a mark where the data are synthetic."""
        for name in _TEXTS:
            if name in frame.columns:
                frame[name] = frame[name].astype(object)
        if self.plan["synthetic"]:
            frame.insert(len(frame.columns) - 1, "synthetic", True)
        return frame

    @cached_property
    def title(self) -> str:
        """Whose plan it is, and what it is called."""
        return (
            f"{self.name_of(self.plan['jurisdiction_zh'], self.plan['jurisdiction_en'])} · "
            + str(self.plan["name"])
        )

    def name_of(self, name_zh: str, name_en: str | None) -> str:
        """A name in the language of the reader, or the only one there is."""
        return name_en if self.language == "en" and name_en else name_zh

    def say(self, code: str, **params: Any) -> str:
        """A text of the catalogues in the language of the reader."""
        return translate(code, self.language, params)

    def layer_title(self, name: str) -> str:
        """What a layer is called in the language of the reader."""
        return self.say(f"plan-export-layer-{name.replace('_', '-')}")

    def field_title(self, name: str) -> str:
        """What a field is called in the language of the reader."""
        return self.say(f"plan-export-field-{name.replace('_', '-')}")

    def file_name(self, form: str) -> str:
        """A name for the file: ASCII, so that every browser and archive keeps it."""
        return f"plan-{self.plan['id']}-{self.plan['jurisdiction_code']}{EXTENSIONS[form]}"


def check_format(form: str) -> None:
    """Raise InputError `plan-export-format` for a format that is not written here."""
    if form not in EXTENSIONS:
        raise InputError("plan-export-format", format=form, known=", ".join(EXTENSIONS))


def write_export(
    extract: PlanExtract, form: str, out: Path, *, progress: Progress = silent
) -> None:
    """Write a plan in a format of `EXTENSIONS` (but the atlas: `gis.files.atlas`) to `out`.

    The file appears whole or not at all. Raises InputError `plan-export-format`,
    `file-not-writable`.
    """
    check_format(form)
    from gis.files.plan_export_dxf import write_dxf
    from gis.files.plan_export_kml import write_kml
    from gis.files.plan_export_sheet import write_assignment, write_workbook

    writers = {
        "gpkg": _write_geopackage, "shp": _write_shapefiles, "geojson": _write_geojson,
        "kml": write_kml, "dxf": write_dxf, "csv": write_assignment, "xlsx": write_workbook,
    }  # fmt: skip
    progress("plan-export-step-write", 0.0)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / f"part{EXTENSIONS[form]}"
        writers[form](extract, part)
        put_in_place(part, out)
    progress("plan-export-step-write", 1.0)


def put_in_place(part: Path, out: Path) -> None:
    """Move a finished file to where it is wanted, in one step. Raises InputError."""
    beside = out.with_name(f".{out.name}.part")
    try:
        shutil.copyfile(part, beside)
        beside.replace(out)
    except OSError as error:
        raise not_writable(out, error) from error
    finally:
        beside.unlink(missing_ok=True)


def _layers(extract: PlanExtract) -> dict[str, gpd.GeoDataFrame]:
    found = {name: extract.level(level) for level, name in LAYERS.items()}
    return {**found, UNITS: extract.unit_frame()}


def about(extract: PlanExtract) -> dict[str, str]:
    """What a file says of itself, so that nobody has to guess where it comes from."""
    plan = extract.plan
    since = plan["effective_from"]
    told = {
        "plan_id": str(plan["id"]), "name": str(plan["name"]), "status": str(plan["status"]),
        "jurisdiction": f"{plan['jurisdiction_code']} {plan['jurisdiction_zh']}",
        "effective_from": since.isoformat() if since else "", "balance": str(plan["balance"]),
        "tolerance": str(plan["tolerance"]), "exported_at": extract.at.isoformat(),
        "crs": "EPSG:4326",
    }  # fmt: skip
    if plan["synthetic"]:
        told["synthetic"] = extract.say("plan-export-synthetic")
    return told


def _write_geopackage(extract: PlanExtract, out: Path) -> None:
    import pyogrio

    for name, frame in _layers(extract).items():
        pyogrio.write_dataframe(
            frame, out, layer=name, driver="GPKG", append=out.exists(),
            promote_to_multi=name != UNITS,
            layer_options={"DESCRIPTION": extract.layer_title(name)},
        )  # fmt: skip
    told = pd.DataFrame({"key": list(about(extract)), "value": list(about(extract).values())})
    pyogrio.write_dataframe(told, out, layer="about", driver="GPKG", append=True)


def _write_shapefiles(extract: PlanExtract, out: Path) -> None:
    import pyogrio

    folder = out.parent / "shapes"
    folder.mkdir()
    for name, frame in _layers(extract).items():
        short = frame.rename(columns=SHORT)
        if "synthetic" in short.columns:
            short["synthetic"] = 1
        pyogrio.write_dataframe(
            short, folder / f"{name}.shp", driver="ESRI Shapefile", encoding="UTF-8",
            promote_to_multi=name != UNITS,
        )  # fmt: skip
    (folder / "about.txt").write_text(_field_list(extract), encoding="utf-8-sig")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(folder.iterdir()):
            archive.write(member, member.name)


def _field_list(extract: PlanExtract) -> str:
    """What a Shapefile cannot hold: whose it is, and what its short names mean."""
    lines = [f"{key}: {value}" for key, value in about(extract).items()]
    lines += ["encoding: UTF-8 (.cpg)", ""]
    for name in (*GRID_FIELDS, *extract.people.fields, "unit_id", "grid_id"):
        lines.append(f"{SHORT.get(name, name)}: {extract.field_title(name)}")
    return "\n".join(lines) + "\n"


def _write_geojson(extract: PlanExtract, out: Path) -> None:
    """All levels in one collection, as RFC 7946 wants it: `level` tells them apart."""
    import pyogrio

    frames = [extract.level(level) for level in LAYERS]
    whole = pd.concat(frames, ignore_index=True)
    # Rounded here, where it stays polygons: what the driver rounds, it may mend into lines.
    whole = whole.set_geometry(shapely.set_precision(whole.geometry.to_numpy(), GRID_DEG))
    pyogrio.write_dataframe(
        whole, out, driver="GeoJSON", layer="plan",
        layer_options={"RFC7946": "YES", "COORDINATE_PRECISION": "7", "WRITE_NAME": "YES"},
        promote_to_multi=True,
    )  # fmt: skip
