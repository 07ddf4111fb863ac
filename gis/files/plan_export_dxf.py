"""A plan as a drawing for CAD: metres, a layer for each level, names as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.files.plan_export import LAYERS, UNITS, PlanExtract, about
from gis.geometry import metric_crs, to_metric

# Colours of the AutoCAD index, and line weights in hundredths of a millimetre.
STYLES = {1: (1, 100), 2: (5, 50), 3: (7, 25)}
UNIT_COLOUR = 8
KINDS = ("TEXT", "FIGURES", "LEAD")
TEXT_OF_SIDE = 0.06  # of the side of a square as large as the grid
NOTE_M = 20.0


def write_dxf(extract: PlanExtract, out: Path) -> None:
    """Write closed outlines in the metric projection of the place, which the drawing names.

    Layers `GRIDS`, `COMMUNITIES`, `SUB_DISTRICTS` and `UNITS` hold outlines, one for each ring;
    `…_TEXT` the name and below it the code, at a point inside the grid; `…_FIGURES` people and
    deviation below these, and `…_LEAD` who answers for it, where the reader may know.
    """
    from ezdxf import filemanagement
    from ezdxf.enums import TextEntityAlignment

    bounds = shapely.total_bounds(extract.grids["geom"].to_numpy())
    crs = metric_crs(bounds.tolist())
    drawing = filemanagement.new("R2010", setup=False)  # from R2007 on texts are in UTF-8
    drawing.header["$INSUNITS"] = 6  # metres
    drawing.styles.add("WANGGE", font="simsun.ttc")
    space = drawing.modelspace()
    told = {**about(extract), "crs": f"EPSG:{crs.to_epsg()}" if crs.to_epsg() else crs.srs}
    for key, value in told.items():
        drawing.header.custom_vars.append(key, value)
    for level, (colour, weight) in STYLES.items():
        name = LAYERS[level].upper()
        drawing.layers.add(name, color=colour, lineweight=weight)
        for kind in KINDS:
            drawing.layers.add(f"{name}_{kind}", color=colour)
        rows = extract.grids[extract.grids["level"] == level]
        shapes = to_metric(rows["geom"].to_numpy(), crs)
        inside = shapely.point_on_surface(shapes)
        for shape, point, row in zip(shapes, inside, rows.to_dict("records"), strict=True):
            for ring in shapely.get_rings(shapely.get_parts(shape)):
                xy = shapely.get_coordinates(ring)[:-1]
                space.add_lwpolyline(xy, close=True, dxfattribs={"layer": name})
            height = float(np.sqrt(shapely.area(shape))) * TEXT_OF_SIDE
            place = shapely.get_coordinates(point)[0]
            lead = " ".join(filter(None, extract.people.lead(row["code"])))
            texts = (
                ("TEXT", extract.name_of(row["name_zh"], row["name_en"])), ("TEXT", row["code"]),
                ("FIGURES", f"{row['population']:,} · {row['deviation']:+.1%}"), ("LEAD", lead),
            )  # fmt: skip
            for line, (kind, words) in enumerate(texts):
                if not words:
                    continue
                text = space.add_text(
                    words, height=height / min(1 + line, 2),
                    dxfattribs={"layer": f"{name}_{kind}", "style": "WANGGE"},
                )  # fmt: skip
                text.set_placement(
                    (place[0], place[1] - line * height),
                    align=TextEntityAlignment.MIDDLE_CENTER,
                )
    drawing.layers.add(UNITS.upper(), color=UNIT_COLOUR, lineweight=9)
    for ring in shapely.get_rings(
        shapely.get_parts(to_metric(extract.units["geom"].to_numpy(), crs))
    ):
        xy = shapely.get_coordinates(ring)[:-1]
        space.add_lwpolyline(xy, close=True, dxfattribs={"layer": UNITS.upper()})
    _note(drawing, extract, to_metric(shapely.box(*bounds), crs).bounds, told["crs"])
    drawing.saveas(out)


def _note(drawing: Any, extract: PlanExtract, bounds: tuple[float, ...], crs: str) -> None:
    """Below the drawing: whose it is, its coordinate system, and whether it is synthetic."""
    lines = [extract.title, extract.say("plan-export-crs", crs=crs)]
    if extract.plan["synthetic"]:
        lines.append(extract.say("plan-export-synthetic"))
    drawing.layers.add("ABOUT", color=7)
    for number, words in enumerate(lines):
        text = drawing.modelspace().add_text(
            words, height=NOTE_M, dxfattribs={"layer": "ABOUT", "style": "WANGGE"}
        )
        text.set_placement((bounds[0], bounds[1] - NOTE_M * 2 * (number + 1)))
