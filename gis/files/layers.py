"""Geometry files: any of them read into one clean WGS 84 frame, and written by extension."""

from __future__ import annotations

import json
import warnings
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyproj

from gis.errors import InputError, WanggeError
from gis.files.clean import LINE, POINT, POLYGON, clean_layer
from gis.files.osm import OSM_THEMES
from gis.files.source import corrupt, dbf_encoding, identify, not_writable, unzipped
from gis.geometry import WGS84, parse_crs
from gis.report import Report

if TYPE_CHECKING:
    import geopandas as gpd

ALL_KINDS = (POINT, LINE, POLYGON)
_WRITERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON", ".shp": "ESRI Shapefile",
            ".fgb": "FlatGeobuf"}  # fmt: skip


def read_layer(
    path: str | Path,
    *,
    report: Report,
    crs: str | None = None,
    layer: str | None = None,
    columns: Sequence[str] | None = None,
    kinds: Iterable[str] = ALL_KINDS,
    theme: str | None = None,
    max_bytes: int | None = None,
) -> gpd.GeoDataFrame:
    """A layer of any geometry file in WGS 84, cleaned by the rules of `gis.files.clean`.

    Reads OSM PBF, GeoPackage, GeoParquet, Shapefile (also zipped), GeoJSON and whatever else
    GDAL knows. The index is the feature's number from 1, of which `report` speaks.

    crs: the name of the coordinate system (`gis.geometry.parse_crs`); it wins over the file's
    own, with a warning where they differ. None: the file's own; GeoJSON is WGS 84 by its
    standard, any other file without one is refused.
    layer: the name of the layer in a file of several. columns: those wanted besides the
    geometry; a missing one is an error. kinds: geometry kinds wanted, of `point`, `line`,
    `polygon`. theme: `streets`, `buildings` or `barriers`: what to take from an OSM extract, and
    of any file the layer to take of several (in an archive: the file) where none is named.
    Raises InputError (`file-…`, `crs-…`, `layer-…`, `column-missing`) and TooLargeError.
    """
    path = Path(path)
    if crs is not None:
        parse_crs(crs)  # a mistyped name is told before the long work
    kind = identify(path, report=report, max_bytes=max_bytes)
    try:
        with warnings.catch_warnings():
            # GDAL warns of single geometries; `clean_layer` names them by row instead
            warnings.simplefilter("ignore")
            frame = _read(path, kind, layer, columns, theme, report, max_bytes)
    except WanggeError:
        raise
    except Exception as error:  # every reader has its own tree of errors: the file is at fault
        raise corrupt(path, kind) from error
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return clean_layer(
        frame, crs=_chosen(crs, frame.crs, kind, report), kinds=kinds, file=str(path), report=report
    )


def _chosen(named: str | None, own: Any, kind: str, report: Report) -> Any:
    if own is None and kind == "geojson":
        own = WGS84
    if named is None:
        return own
    system = parse_crs(named)
    # GCJ-02 and BD-09 have no code that a file could carry: such files say WGS 84
    if own is not None and not isinstance(system, str) and system != own:
        report.add("warned", "crs-overridden", named=named, own=pyproj.CRS(own).name)
    return system


def _read(
    path: Path,
    kind: str,
    layer: str | None,
    columns: Sequence[str] | None,
    theme: str | None,
    report: Report,
    max_bytes: int | None,
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    if kind == "parquet":
        return _read_parquet(path, columns)
    if kind == "zip":
        with unzipped(path, max_bytes, layer or theme) as inner:
            inner_kind = identify(inner, report=report)
            return _read(inner, inner_kind, layer, columns, theme, report, max_bytes)
    if kind in ("pbf", "osm") and layer is None:
        if theme not in OSM_THEMES:
            raise InputError("osm-theme", file=str(path))
        parts = [_ogr(path, name, columns, where=where) for name, where in OSM_THEMES[theme]]
        frame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=WGS84)
    if kind == "shp":
        for suffix in (".shx", ".dbf"):
            if not any(path.with_suffix(part).exists() for part in (suffix, suffix.upper())):
                raise InputError(
                    "shapefile-incomplete", file=str(path), missing=path.with_suffix(suffix).name
                )
        table = next(p for p in (path.with_suffix(".dbf"), path.with_suffix(".DBF")) if p.exists())
        return _ogr(path, None, columns, encoding=dbf_encoding(table, report=report))
    if kind == "geojson":
        try:
            return _ogr(path, layer, columns)
        except UnicodeDecodeError:
            report.add("repaired", "file-encoding", encoding="gb18030", named="utf-8")
            text = path.read_bytes().removeprefix(BOM_UTF8).decode("gb18030")
            return _ogr(text.encode(), layer, columns)
    return _ogr(path, layer or _only_layer(path, theme), columns)


def _read_parquet(path: Path, columns: Sequence[str] | None) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    if b"geo" not in (schema.metadata or {}):
        raise InputError("layer-no-geometry", file=str(path))
    if columns is None:
        return gpd.read_parquet(path)
    _check_columns(path, columns, schema.names)
    primary = json.loads(schema.metadata[b"geo"])["primary_column"]
    return gpd.read_parquet(path, columns=[*columns, primary])


def _only_layer(path: Path, theme: str | None) -> str | None:
    import pyogrio

    names = [str(name) for name, geometry in pyogrio.list_layers(path) if geometry is not None]
    if not names:
        raise InputError("layer-no-geometry", file=str(path))
    if theme in names:
        return theme
    if len(names) > 1:
        raise InputError("layer-unnamed", file=str(path), found=", ".join(names))
    return names[0]


def _ogr(
    source: Path | bytes, layer: str | None, columns: Sequence[str] | None, **options: Any
) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pyogrio

    if layer is not None and isinstance(source, Path):
        names = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
        if layer not in names:
            raise InputError("layer-missing", file=str(source), layer=layer, found=", ".join(names))
    if columns is not None:
        info = pyogrio.read_info(source, layer=layer, encoding=options.get("encoding"))
        _check_columns(source, columns, [str(name) for name in info["fields"]])
    frame = pyogrio.read_dataframe(
        source, layer=layer, columns=columns, on_invalid="ignore", **options
    )
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError("layer-no-geometry", file="" if isinstance(source, bytes) else str(source))
    return frame


def _check_columns(source: Path | bytes, wanted: Sequence[str], found: Sequence[str]) -> None:
    for name in wanted:
        if name not in found:
            raise InputError(
                "column-missing", file="" if isinstance(source, bytes) else str(source),
                column=name, aliases=name, found=", ".join(found),
            )  # fmt: skip


def check_writable(path: str | Path) -> None:
    """Raise InputError now if `write_layer` could not write there after long work."""
    path = Path(path)
    if path.suffix.lower() not in (".parquet", ".geoparquet", *_WRITERS):
        known = ", ".join((".parquet", *_WRITERS))
        raise InputError("file-kind-unknown", file=str(path), known=known)
    if not path.absolute().parent.is_dir():
        raise InputError("folder-missing", file=str(path), folder=str(path.parent))


def write_layer(frame: gpd.GeoDataFrame, path: str | Path, *, layer: str | None = None) -> None:
    """Write a frame by the extension of `path`: .parquet, .gpkg, .geojson, .shp (UTF-8) or .fgb.

    The index is not written. A file of one piece appears whole or not at all. Raises InputError
    `file-kind-unknown`, `file-not-writable`.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    check_writable(path)
    plain = frame.reset_index(drop=True)
    part = path if suffix == ".shp" else path.with_name(f".{path.stem}.part{path.suffix}")
    options: dict[str, Any] = {"layer": layer or path.stem}
    if suffix == ".shp":
        options = {"encoding": "UTF-8"}
    elif suffix in (".geojson", ".json"):
        options |= {"RFC7946": "YES", "COORDINATE_PRECISION": "7"}
    try:
        if suffix in (".parquet", ".geoparquet"):
            plain.to_parquet(part, index=False)
        else:
            plain.to_file(part, driver=_WRITERS[suffix], engine="pyogrio", **options)
        part.replace(path)
    except OSError as error:
        raise not_writable(path, error) from error
    finally:
        if part != path:
            part.unlink(missing_ok=True)
