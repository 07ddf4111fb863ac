"""The pages of the printed atlas: what stands around the maps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import takewhile
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.files import atlas_map as draw
from gis.files.atlas_map import Labels, Sheet
from gis.files.plan_export import PlanExtract

MAP_MM = (186.0, 144.0)
OVERVIEW_MM = (186.0, 222.0)
INDEX_ROWS = 44
# Fewer lines fit on a page than some posts have people: what is left out is counted.
MOST_POSTS, MOST_ABOVE, MOST_ATTACHED = 10, 4, 6
STYLE = """
@page { size: A4; margin: 12mm 12mm 10mm }
* { box-sizing: border-box }
body { margin: 0; font: 9.5pt/1.35 "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Zen Hei",
       "Source Han Sans SC", "DejaVu Sans", sans-serif; color: #1c1c1c }
section { width: 186mm; height: 274mm; position: relative; overflow: hidden;
          break-after: page }
section:last-child { break-after: auto }
h1 { font-size: 15pt; margin: 0; line-height: 1.2 }
h1 small { font-size: 10pt; font-weight: normal; color: #555 }
.path { margin: 0 0 2mm; color: #555 }
.synthetic { position: absolute; right: 0; top: 0; border: .4mm solid #9a4d00; color: #9a4d00;
             padding: .3mm 1.5mm; font-size: 8pt }
svg { display: block }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .7mm 1.2mm; border-bottom: .1mm solid #bbb;
         vertical-align: top }
th { font-weight: normal; color: #555 }
td.n { text-align: right; font-variant-numeric: tabular-nums }
.below { display: flex; gap: 6mm; margin-top: 3mm; font-size: 8.5pt }
.below td, .below th { padding: .35mm 1mm; line-height: 1.3 } .below h2 { margin: 1mm 0 .5mm }
h2 { font-size: 9.5pt }
.figures { width: 76mm } .people { flex: 1 }
h2 { font-size: 10pt; margin: 0 0 1mm }
.outside { font-weight: bold }
footer { position: absolute; left: 0; right: 0; bottom: 0; display: flex;
         justify-content: space-between; font-size: 7.5pt; color: #666 }
.index { font-size: 8.5pt } .index td, .index th { padding: .45mm 1.2mm; line-height: 1.25 }
"""


@dataclass(frozen=True, kw_only=True)
class Book:
    """What all pages of one atlas draw on.

    shapes: the grids' polygons in Web Mercator, in the order of `extract.grids`.
    """

    extract: PlanExtract
    shapes: Any

    @property
    def rows(self) -> pd.DataFrame:
        return self.extract.grids

    def row(self, code: str) -> Mapping[Any, Any]:
        """The grid of a code."""
        found: Mapping[Any, Any] = self.rows.iloc[self.place(code)].to_dict()
        return found

    def place(self, code: str) -> int:
        """The position of a grid among `shapes`."""
        return int(np.searchsorted(self.rows["code"].to_numpy(str), code))

    def name(self, code: str) -> str:
        row = self.row(code)
        return self.extract.name_of(row["name_zh"], row["name_en"])

    def below(self, code: str, level: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The positions of the grids of a level whose codes begin with `code`."""
        starts = self.rows["code"].str.startswith(code) & (self.rows["level"] == level)
        return np.flatnonzero(starts.to_numpy(bool))


def document(sections: Sequence[str], language: str) -> str:
    """Pages as one HTML document."""
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><style>{STYLE}</style>'
        f"<body>{''.join(sections)}</body></html>"
    )


def _section(book: Book, inner: str, number: int) -> str:
    say, plan = book.extract.say, book.extract.plan
    mark = ""
    if plan["synthetic"]:
        mark = f'<div class="synthetic">{escape(say("atlas-synthetic"))}</div>'
    since = plan["effective_from"]
    told = say(f"plan-status-{plan['status'].replace('_', '-')}")
    if since is not None:
        told += f" · {since:%Y-%m-%d}"
    when = say("atlas-printed", at=f"{book.extract.at:%Y-%m-%d %H:%M}")
    return (
        # First, so that nothing that is too long can push it off the page.
        f"<section><footer><span>{escape(book.extract.title)} · {escape(told)}</span>"
        f"<span>{escape(when)}</span><span>{number}</span></footer>{mark}{inner}</section>"
    )


def overview_page(book: Book, code: str, ground: Mapping[str, Any], number: int) -> str:
    """A whole sub-district (by its code) with its basic grids; with "" the whole plan with its
    communities."""
    level = 3 if code else 2
    inner, above = book.below(code, level), book.below(code, level - 1)
    sheet = Sheet.around(tuple(shapely.total_bounds(book.shapes[inner])), *OVERVIEW_MM)
    shapes = sheet.clipped(book.shapes[inner])
    hues = book.rows["hue"].to_numpy(int)[inner]
    marks = [
        draw.drawn(shapes[hues == hue], draw.fill_style(colour, 0.75))
        for hue, colour in enumerate(draw.HUES)
    ]
    marks.append(draw.ground(sheet, ground))
    marks.append(draw.drawn(shapes, draw.line_style("#ffffff", 0.9)))
    marks.append(draw.drawn(shapes, draw.line_style(draw.EDGE, 0.35)))
    outer = sheet.clipped(book.shapes[above])
    marks.append(draw.drawn(outer, draw.line_style("#ffffff", 1.6)))
    marks.append(draw.drawn(outer, draw.line_style(draw.AREA_EDGE, 0.8)))
    labels = Labels(sheet)
    _area_names(book, labels, outer, above, 3.4, weight="bold", colour=draw.OWN)
    _area_names(book, labels, shapes, inner, 2.6, inside=True)
    _street_names(book, sheet, ground, labels, 2.2)
    say = book.extract.say
    told = draw.furniture(sheet, f"1:{sheet.scale:,}", say("atlas-north"))
    title = book.name(code) if code else book.extract.title
    counts = say("atlas-counts", grids=len(book.below(code, 3)),
                 communities=len(book.below(code, 2)))  # fmt: skip
    page = (
        f"<h1>{escape(title)}</h1><p class='path'>{escape(code + ' · ' if code else '')}"
        f"{escape(counts)}</p>{draw.svg(sheet, ''.join([*marks, *labels.marks, told]))}"
    )
    return _section(book, page, number)


def _area_names(
    book: Book, labels: Labels, shapes: Any, places: Any, size_mm: float, *, inside: bool = False,
    **more: str,
) -> None:  # fmt: skip
    """Number and name of each area, or its number alone: where there is no room, and with `inside`
    wherever the name would run into a neighbour."""
    for shape, place in zip(shapes, places.tolist(), strict=True):
        row = book.rows.iloc[place]
        tail = str(row["code"])[-3:]
        words = f"{tail} {book.extract.name_of(row['name_zh'], row['name_en'])}"
        middle = shapely.point_on_surface(shape)
        x, y = shapely.get_coordinates(middle)[0].tolist()
        west, _, east, _ = shapely.bounds(shape).tolist()
        across = shapely.intersection(shape, shapely.LineString([(west, y), (east, y)]))
        tried = [] if inside and draw.width_of(words, size_mm) > across.length else [(words, 0.0)]
        # A little above or below what stands in the middle already.
        tried += [(tail, step * size_mm) for step in (0, 1.4, -1.4, 2.6, -2.6)]
        for told, step in tried:
            if inside and step and not shapely.intersects_xy(shape, x, y + step):
                continue
            if labels.put(told, x, y + step, size_mm, **more):
                break


def grid_page(book: Book, code: str, ground: Mapping[str, Any], number: int) -> str:
    """One basic grid: where it is, beside whom, its figures, and who answers for it."""
    place = book.place(code)
    row = book.row(code)
    sheet = sheet_of(book, code)
    say = book.extract.say
    basics = np.flatnonzero((book.rows["level"] == 3).to_numpy())
    near = basics[shapely.intersects(book.shapes[basics], shapely.box(*sheet.bounds))]
    others = near[near != place]
    own = sheet.clipped(book.shapes[[place]])
    paper = shapely.box(-2, -2, sheet.width_mm + 2, sheet.height_mm + 2)
    marks = [draw.ground(sheet, ground)]
    marks.append(draw.drawn(shapely.difference([paper], own), draw.fill_style("#ffffff", 0.5)))
    beside = sheet.clipped(book.shapes[others])
    marks.append(draw.drawn(beside, draw.line_style(draw.EDGE, 0.4, "2 1")))
    for level, width in ((2, 0.6), (1, 0.9)):
        upper = book.below("", level)
        upper = upper[shapely.intersects(book.shapes[upper], shapely.box(*sheet.bounds))]
        marks.append(
            draw.drawn(sheet.clipped(book.shapes[upper]), draw.line_style(draw.AREA_EDGE, width))
        )
    marks.append(draw.drawn(own, draw.line_style("#ffffff", 1.9)))
    marks.append(draw.drawn(own, draw.line_style(draw.OWN, 1.1)))
    labels = Labels(sheet)
    visible = shapely.intersection(beside, shapely.box(0, 0, sheet.width_mm, sheet.height_mm))
    for other, shape in zip(others.tolist(), visible.tolist(), strict=True):
        if shape.is_empty or shape.area < 60:
            continue
        point = shapely.point_on_surface(shape)
        told = book.rows.iloc[other]
        words = book.extract.name_of(told["name_zh"], told["name_en"])
        labels.put(f"{words} {str(told['code'])[-3:]}", point.x, point.y, 2.9, colour="#5a5a5a")
    _compound_names(book, sheet, ground, own, labels)
    _street_names(book, sheet, ground, labels, 2.6)
    told = draw.furniture(sheet, f"1:{sheet.scale:,}", say("atlas-north"))
    path = " › ".join(book.name(upper) for upper in (code[:9], code[:12]))
    page = (
        f"<h1>{escape(book.name(code))} <small>{code}</small></h1>"
        f"<p class='path'>{escape(path)}</p>"
        f"{draw.svg(sheet, ''.join([*marks, *labels.marks, told]))}"
        f"<div class='below'><div class='figures'>{_figures(book, row)}"
        f"{_chain(book, code)}</div>"
        f"<div class='people'>{_people(book, code)}</div></div>"
    )
    return _section(book, page, number)


def sheet_of(book: Book, code: str) -> Sheet:
    """The part of the ground that a grid's page shows."""
    bounds = shapely.bounds(book.shapes[book.place(code)])
    return Sheet.around(tuple(bounds.tolist()), *MAP_MM)


def overview_sheet(book: Book, code: str) -> Sheet:
    """The part of the ground that an overview shows."""
    inner = book.below(code, 3 if code else 2)
    return Sheet.around(tuple(shapely.total_bounds(book.shapes[inner])), *OVERVIEW_MM)


def index_page(book: Book, entries: Sequence[tuple[str, int]], number: int) -> str:
    """Basic grids by code, each with its community, figures, lead and page."""
    say = book.extract.say
    heads = ("grid", "code", "community", "people", "deviation", "lead", "page")
    lines = ["".join(f"<th>{escape(say(f'atlas-index-{head}'))}</th>" for head in heads)]
    limit = float(book.extract.plan["tolerance"]) + 1e-12
    for code, page in entries:
        row = book.row(code)
        lead = book.extract.people.lead(code)[0]
        outside = " outside" if abs(row["deviation"]) > limit else ""
        lines.append(
            f"<td>{escape(book.name(code))}</td><td>{code}</td>"
            f"<td>{escape(book.name(code[:12]))}</td><td class='n'>{row['population']:,}</td>"
            f"<td class='n{outside}'>{row['deviation']:+.1%}</td>"
            f"<td>{escape(lead or '—')}</td><td class='n'>{page}</td>"
        )
    table = "".join(f"<tr>{line}</tr>" for line in lines)
    inner = f"<h1>{escape(say('atlas-index'))}</h1><table class='index'>{table}</table>"
    return _section(book, inner, number)


def _figures(book: Book, row: Mapping[str, Any]) -> str:
    say, tolerance = book.extract.say, float(book.extract.plan["tolerance"])
    outside = abs(row["deviation"]) > tolerance + 1e-12
    verdict = say("atlas-outside" if outside else "atlas-within", tolerance=f"{tolerance:.1%}")
    figures = {
        "population": f"{row['population']:,}",
        "households": f"{row['households']:,}",
        "area": f"{row['area_m2'] / 1e6:.3f} km²",
        "load": f"{row['load']:,.1f}",
        "deviation": f"{row['deviation']:+.1%}",
        "units": f"{row['units']:,}",
        "compactness": f"{row['compactness']:.2f}",
    }
    lines = "".join(
        f"<tr><th>{escape(say(f'atlas-{name}'))}</th><td class='n'>{value}</td></tr>"
        for name, value in figures.items()
    )
    bold = " class='outside'" if outside else ""
    heading = f"<h2>{escape(say('atlas-figures'))}</h2>"
    return f"{heading}<table>{lines}</table><p{bold}>{escape(verdict)}</p>"


def _people(book: Book, code: str) -> str:
    """Who holds the posts of the grid and, above it, the chain up to the district."""
    say = book.extract.say
    parts: list[str] = []
    if not book.extract.people.names:
        return ""
    for level, upper in ((3, code), (2, code[:12]), (1, code[:9])):
        rows = [
            (say(f"post-{post['role'].replace('_', '-')}"), post["name"], post["phone"])
            for post in book.extract.people.posts.get(upper, ())
        ]
        shown = rows[: MOST_POSTS if level == 3 else MOST_ABOVE]
        table = "".join(_person(book, *row) for row in shown)
        if len(rows) > len(shown):
            more = say("atlas-more", count=len(rows) - len(shown))
            table += f"<tr><td colspan=3>{escape(more)}</td></tr>"
        if not rows:
            table = f"<tr><td>{escape(say('atlas-nobody'))}</td></tr>"
        heading = f"{say(f'atlas-level-{level}')} · {book.name(upper)}"
        parts.append(f"<h2>{escape(heading)}</h2><table>{table}</table>")
    return "".join(parts)


def _chain(book: Book, code: str) -> str:
    """Leaders attached to the grid, to what is above it, and to places in it."""
    say = book.extract.say
    chain = [
        (say(f"atlas-attached-{one['kind'].replace('_', '-')}"),
         f"{one['name']} · {one['place'] or _named(book, target)}", one["phone"])
        for target in (code, code[:12], code[:9], code[:6])
        for one in book.extract.people.attached.get(target, ())
    ]  # fmt: skip
    if not chain:
        return ""
    table = "".join(_person(book, *row) for row in chain[:MOST_ATTACHED])
    return f"<h2>{escape(say('atlas-chain'))}</h2><table>{table}</table>"


def _named(book: Book, code: str) -> str:
    plan = book.extract.plan
    if len(code) == 6:
        return book.extract.name_of(plan["jurisdiction_zh"], plan["jurisdiction_en"])
    return book.name(code)


def _person(book: Book, role: str, name: str, phone: str | None) -> str:
    number = f"<td class='n'>{escape(phone or '—')}</td>" if book.extract.people.phones else ""
    return f"<tr><th>{escape(role)}</th><td>{escape(name)}</td>{number}</tr>"


def _street_names(
    book: Book, sheet: Sheet, ground: Mapping[str, Any], labels: Labels, size_mm: float
) -> None:
    streets = ground["streets"]
    named = streets[streets["name_zh"].notna() & (streets["kind"] != "wall")]
    if len(named) == 0:
        return
    names = [
        book.extract.name_of(zh, en)
        for zh, en in zip(named["name_zh"], named["name_en"], strict=True)
    ]
    lines = sheet.clipped(named["geom"].to_numpy(), 0.0)
    labels.along(names, lines, size_mm, colour="#4a3f2f")


def _compound_names(
    book: Book, sheet: Sheet, ground: Mapping[str, Any], own: Any, labels: Labels
) -> None:
    """The names of housing compounds, each at the middle of its buildings inside the grid."""
    houses = ground.get("buildings")
    if houses is None or len(houses) == 0:
        return
    named = houses[houses["compound"].notna()]
    points = shapely.get_coordinates(shapely.centroid(sheet.on_paper(named["geom"].to_numpy())))
    inside = shapely.intersects_xy(own[0], points[:, 0], points[:, 1])
    groups = named[inside].assign(x=points[inside, 0], y=points[inside, 1]).groupby("compound")
    column = "name_en" if book.extract.language == "en" else "name_zh"
    for _, members in groups:
        name = compound_name(members[column].dropna().tolist() or members["name_zh"].tolist())
        if name:
            labels.put(name, members["x"].median(), members["y"].median(), 2.3, colour="#7a2e00")


def compound_name(names: Sequence[str | None]) -> str:
    """What the names of a compound's buildings have in common, without their numbers."""
    alike = takewhile(lambda chars: len(set(chars)) == 1, zip(*filter(None, names), strict=False))
    common = "".join(chars[0] for chars in alike)
    return re.sub(r"[\s,，]*(Building)?[\s\d]*(号楼?)?$", "", common).strip()
