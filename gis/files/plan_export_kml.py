"""A plan as KML, for Google Earth and the map programs of phones: a folder for each level."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import shapely

from gis.files.plan_export import LAYERS, PlanExtract, about

NAMESPACE = "http://www.opengis.net/kml/2.2"
# Alpha, blue, green, red: quiet fills of the six hues that keep neighbours apart.
FILLS = ("66b5a27c", "667ab8e0", "66a3c98f", "66d19bb8", "668fd0d9", "66c9bfa0")
WIDTHS = {1: "5", 2: "3", 3: "1.5"}
SHOWN = ("population", "households", "area_m2", "load", "deviation", "units", "compactness")


def write_kml(extract: PlanExtract, out: Path) -> None:
    """Write grids of all levels; the deepest is drawn, those above are there to be switched on."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}kml")
    document = _add(root, "Document")
    _add(document, "name", extract.title)
    _add(document, "description", "\n".join(f"{k}: {v}" for k, v in about(extract).items()))
    for level, width in WIDTHS.items():
        for hue, fill in enumerate(FILLS):
            style = _add(document, "Style", id=f"level-{level}-{hue}")
            line = _add(style, "LineStyle")
            _add(line, "color", "ff3c3c3c")
            _add(line, "width", width)
            inside = _add(style, "PolyStyle")
            _add(inside, "color", fill)
            _add(inside, "fill", "1" if level == 3 else "0")
    for level in sorted(LAYERS, reverse=True):
        folder = _add(document, "Folder", id=LAYERS[level])
        _add(folder, "name", LAYERS[level])
        _add(folder, "visibility", "1" if level == 3 else "0")
        rows = extract.grids[extract.grids["level"] == level]
        for row in rows.to_dict("records"):
            _placemark(folder, extract, row, shown=level == 3)
    ElementTree.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)


def _placemark(parent: Any, extract: PlanExtract, row: Mapping[Any, Any], *, shown: bool) -> None:
    mark = _add(parent, "Placemark")
    # Many readers keep nothing but the name: the code must be in it.
    _add(mark, "name", f"{extract.name_of(row['name_zh'], row['name_en'])} {row['code']}")
    _add(mark, "visibility", "1" if shown else "0")
    _add(mark, "styleUrl", f"#level-{row['level']}-{row['hue']}")
    more = _add(mark, "ExtendedData")
    for name in ("code", "level", "parent_code", "name_zh", "name_en", *SHOWN):
        if row[name] is not None:
            datum = _add(more, "Data", name=name)
            _add(datum, "displayName", extract.field_title(name))
            _add(datum, "value", f"{row[name]:.6g}" if name == "deviation" else str(row[name]))
    lead = extract.people.lead(row["code"])
    for name, value in zip(extract.people.fields, lead, strict=False):
        if value is not None:
            datum = _add(more, "Data", name=name)
            _add(datum, "displayName", extract.field_title(name))
            _add(datum, "value", value)
    holder = _add(mark, "MultiGeometry")
    for part in shapely.get_parts(row["geom"]):
        polygon = _add(holder, "Polygon")
        _ring(_add(polygon, "outerBoundaryIs"), part.exterior)
        for hole in part.interiors:
            _ring(_add(polygon, "innerBoundaryIs"), hole)


def _ring(parent: Any, ring: Any) -> None:
    xy = shapely.get_coordinates(ring).round(7).tolist()
    ring_element = _add(parent, "LinearRing")
    _add(ring_element, "coordinates", " ".join(f"{x:.7f},{y:.7f}" for x, y in xy))


def _add(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
    child = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
    child.text = text
    return child
