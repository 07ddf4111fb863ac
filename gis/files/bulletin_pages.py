"""A bulletin as pages to be printed: sentences, key figures, tables, a trend and a map."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import shapely

from gis.files import atlas_map as draw
from gis.files.atlas_map import Labels, Sheet
from gis.files.bulletin_words import (
    COLUMNS,
    Words,
    closure_rate,
    narrowed,
    on_time_rate,
    sentences,
    times,
)
from gis.files.trade_off import chart_settings

MAP_MM = (186.0, 150.0)
BAR_MM = 22.0
FOUND, CLOSED, HOT = "#5a6f86", "#0b6bb0", "#b3500b"
STYLE = """
@page { size: A4; margin: 14mm 12mm 14mm; @bottom-right { content: counter(page) " / "
        counter(pages); font: 8pt "Noto Sans CJK SC", sans-serif; color: #666 } }
@page { @bottom-left { content: string(foot); font: 8pt "Noto Sans CJK SC", sans-serif;
        color: #666 } }
* { box-sizing: border-box }
body { margin: 0; font: 9.5pt/1.45 "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Zen Hei",
       "Source Han Sans SC", "DejaVu Sans", sans-serif; color: #1c1c1c }
.foot { string-set: foot content(); position: absolute; visibility: hidden }
h1 { font-size: 18pt; margin: 0; line-height: 1.25 }
h2 { font-size: 11pt; margin: 6mm 0 1.5mm; break-after: avoid }
.period { color: #444; margin: 0 0 3mm }
.synthetic { border: .4mm solid #9a4d00; color: #9a4d00; padding: .6mm 2mm; margin: 0 0 3mm }
.says { margin: 0 0 3mm; padding-left: 5mm; font-size: 11pt }
.key { display: flex; gap: 3mm } .key div { flex: 1; border: .2mm solid #bbb; padding: 2mm }
.key b { display: block; font-size: 14pt; font-variant-numeric: tabular-nums }
.key span { color: #555; font-size: 8.5pt }
table { border-collapse: collapse; width: 100% } tr { break-inside: avoid }
thead { display: table-header-group }
th, td { padding: .8mm 1.2mm; border-bottom: .1mm solid #bbb; text-align: right;
         font-variant-numeric: tabular-nums; vertical-align: middle }
th { font-weight: normal; color: #555; vertical-align: bottom }
th:first-child, td:first-child, td.t, th.t { text-align: left }
td { white-space: nowrap } td:first-child { white-space: normal }
tr.sum td { font-weight: bold; border-top: .3mm solid #555 }
a { color: inherit; text-decoration: underline dotted #999 }
svg { display: block } .small { font-size: 8.5pt; color: #444 } .small p { margin: 0 0 1mm }
.whole { break-before: page }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """What the map shows: the sub-districts with their names and the communities, as polygons in
    Web Mercator, and what
    `gis.store.plan_extracts` reads of the ground below."""

    sheet: Sheet
    areas: Sequence[tuple[str, Any]]
    communities: Sequence[Any]
    ground: Mapping[str, Any]


def document(words: Words, found: Map | None) -> str:
    """The whole bulletin as HTML that needs nothing from outside."""
    figures = words.figures
    parts = [
        f'<div class="foot">{escape(words.title)} · {escape(words.period)} · {escape(words.made)}'
        "</div>",
        f"<h1>{escape(words.title)}</h1>",
        f'<p class="period">{escape(words.period)} · {escape(words.made)}</p>',
    ]
    if figures["edition"] > 1:
        told = words.say("edition", edition=figures["edition"], reason=figures["reason"])
        parts.append(f'<p class="period">{escape(told)}</p>')
    if figures["synthetic"]:
        parts.append(f'<p class="synthetic">{escape(words.say("synthetic"))}</p>')
    said = "".join(f"<li>{escape(one)}</li>" for one in sentences(words))
    parts += [
        f'<ul class="says">{said}</ul>',
        _heading(words, "key-figures"), _key_figures(words),
        _heading(words, "by-category"), _table(words, "category", figures["categories"]),
        _heading(words, "trend"), trend_chart(words),
    ]  # fmt: skip
    if len(figures["places"]) > 1:
        parts += [
            _heading(words, "by-place"),
            _table(words, "place", _best_first(figures["places"])),
        ]
    if figures["departments"]:
        rows = figures["departments"]
        parts += [_heading(words, "by-department"), _table(words, "department", rows)]
    if found is not None:
        parts.append(f'<div class="whole">{_heading(words, "map")}{_drawn(words, found)}</div>')
    parts.append(_how(words))
    return (
        f'<!doctype html><html lang="{words.language}"><meta charset="utf-8">'
        f"<title>{escape(words.title)}</title><style>{STYLE}</style><body>{''.join(parts)}</body>"
    )


def _heading(words: Words, key: str) -> str:
    return f"<h2>{escape(words.say(key))}</h2>"


def _key_figures(words: Words) -> str:
    total = words.figures["total"]
    rates = {"closure_rate": closure_rate(total), "on_time_rate": on_time_rate(total)}
    cells = [(name, _number(words, total, name)) for name in ("found", "due")]
    cells += [(name, words.per_cent(rate)) for name, rate in rates.items()]
    cells += [("overdue", _number(words, total, "overdue")),
              ("median", escape(words.took(total["median_s"])))]  # fmt: skip
    inner = "".join(
        f"<div><span>{escape(words.say(name.replace('_', '-')))}</span><b>{told}</b></div>"
        for name, told in cells
    )
    return f'<div class="key">{inner}</div>'


def _table(
    words: Words, first: str, rows: Sequence[Mapping[str, Any]], *, bars: bool = True
) -> str:
    """Counts by category, place or department; of places also bars with intervals and ranks."""
    ranked = bars and any(row.get("rank") for row in rows)
    names = [first, *COLUMNS, "closure_rate", "on_time_rate"]
    names += ["fair", "rank"] if ranked else ["median"]
    head = "".join(f"<th>{escape(words.say(name.replace('_', '-')))}</th>" for name in names)
    body = "".join(_row(words, first, row, ranked) for row in rows)
    total = _row(words, "", words.figures["total"] | {"name": None, "code": ""}, ranked)
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        f"{total.replace('<tr>', '<tr class=sum>', 1)}</table>"
    )


def _row(words: Words, first: str, row: Mapping[str, Any], ranked: bool) -> str:
    filters = narrowed(first, row["code"]) if first else {}
    name = words.say("sum") if not first else words.name(row)
    cells = [f"<td>{escape(name)}</td>"]
    cells += [f"<td>{_number(words, row, column, **filters)}</td>" for column in COLUMNS]
    cells += [f"<td>{words.per_cent(rate(row))}</td>" for rate in (closure_rate, on_time_rate)]
    if ranked and first:
        cells += [f'<td class="t">{_bar(words, row)}</td>', f"<td>{_rank(words, row)}</td>"]
    elif ranked:
        cells += ["<td></td>", "<td></td>"]
    else:
        cells.append(f"<td>{escape(words.took(row['median_s']))}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _number(words: Words, row: Mapping[str, Any], column: str, **filters: str) -> str:
    link, told = words.cases(column, **filters), f"{row[column]:,}"
    return f'<a href="{escape(link)}">{told}</a>' if link and row[column] else told


def _rank(words: Words, row: Mapping[str, Any]) -> str:
    if not row["rank"]:
        return "–"
    if row["rank_low"] == row["rank_high"]:
        return f"{row['rank']}"
    return f"{row['rank']} ({row['rank_low']}–{row['rank_high']})"


def _bar(words: Words, row: Mapping[str, Any]) -> str:
    """The comparable rate, and as a line what the raw one might as well be."""
    if row["fair"] is None:
        return "–"
    x, low, high = (BAR_MM * min(max(row[key], 0.0), 1.0) for key in ("fair", "low", "high"))
    return (
        f'<svg width="{BAR_MM + 14}mm" height="4mm" viewBox="0 0 {BAR_MM + 14} 4">'
        f'<rect y="0.8" width="{BAR_MM}" height="2.4" fill="#eceff2"/>'
        f'<rect y="0.8" width="{x:.2f}" height="2.4" fill="{CLOSED}" fill-opacity="0.55"/>'
        f'<path d="M{low:.2f} 2H{high:.2f}" stroke="#1c1c1c" stroke-width="0.35"/>'
        f'<text x="{BAR_MM + 1}" y="3" font-size="2.9">{100 * row["fair"]:.1f} %</text></svg>'
    )


def _best_first(places: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(places, key=lambda one: (one["rank"] or len(places) + 1, one["code"]))


def trend_chart(words: Words) -> str:
    """Reported and closed of the periods up to this one, as SVG whose text stays text."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    rows = words.figures["trend"]
    with matplotlib.rc_context(chart_settings()):
        figure = Figure(figsize=(7.3, 1.9), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        at = np.arange(len(rows))
        for key, colour, mark in (("found", FOUND, "o"), ("closed", CLOSED, "s")):
            values = [row[key] for row in rows]
            axes.plot(at, values, marker=mark, ms=4, lw=1.4, color=colour, label=words.say(key))
            axes.annotate(
                f"{words.say(key)} {values[-1]:,}", (at[-1], values[-1]), xytext=(6, 0),
                textcoords="offset points", va="center", color=colour, fontsize=8,
            )  # fmt: skip
        axes.set_ylim(bottom=0)
        step = max(1, len(rows) // 6)
        shown = [(i, row["first"][2:] if words.figures["kind"] == "week" else row["first"][:7])
                 for i, row in enumerate(rows) if (len(rows) - 1 - i) % step == 0]  # fmt: skip
        axes.set_xticks([i for i, _ in shown], [told for _, told in shown], fontsize=8)
        axes.tick_params(axis="y", labelsize=8, length=0)
        axes.grid(axis="y", lw=0.4, color="#d8dce0")
        axes.margins(x=0.02)
        axes.set_xlim(-0.3, len(rows) - 1 + max(1.6, len(rows) * 0.14))
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = drawn.getvalue()
    return text[text.index("<svg") :]


def _drawn(words: Words, found: Map) -> str:
    """The map with its hotspots, numbered as in the list below it."""
    sheet, spots = found.sheet, words.figures["hotspots"]
    marks = [draw.ground(sheet, found.ground)]
    if found.communities:
        lines = sheet.clipped(np.array(found.communities, object))
        marks.append(draw.drawn(lines, draw.line_style(draw.EDGE, 0.2)))
    if found.areas:
        lines = sheet.clipped(np.array([area for _, area in found.areas], object))
        marks.append(draw.drawn(lines, draw.line_style(draw.AREA_EDGE, 0.6)))
    labels = Labels(sheet)
    for number, spot in enumerate(spots, 1):
        x, y, radius = _circle(sheet, spot)
        marks.append(
            f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" fill="{HOT}" fill-opacity="0.25"'
            f' stroke="{HOT}" stroke-width="0.5"/>'
        )
        labels.put(str(number), x, y, 4.2, weight="bold", colour="#7a3300")
    for name, area in found.areas:
        at = sheet.on_paper(shapely.point_on_surface(area))
        labels.put(name, at.x, at.y, 3.4, weight="bold")
    scale = words.say("scale", scale=f"{sheet.scale:,}")
    marks += [*labels.marks, draw.furniture(sheet, scale, words.say("north"))]
    told = [
        words.say(
            "hotspot", number=number, where=words.name(spot), count=spot["count"],
            expected=f"{spot['expected']:.1f}", times=times(spot), p=f"{spot['p']:.1g}",
        )
        for number, spot in enumerate(spots, 1)
    ] or [words.say("says-no-hotspots")]  # fmt: skip
    lines_below = "".join(f"<p>{escape(one)}</p>" for one in told)
    return f'{draw.svg(sheet, "".join(marks))}<div class="small">{lines_below}</div>'


def _circle(sheet: Sheet, spot: Mapping[str, Any]) -> tuple[float, float, float]:
    """The middle and radius of a hotspot on paper, in millimetres."""
    middle = sheet.on_paper(draw.mercator(shapely.Point(spot["lon"], spot["lat"])))
    return middle.x, middle.y, max(spot["radius_m"] * 1000 / sheet.scale, 2.5)


def _how(words: Words) -> str:
    told = [words.say(key) for key in ("how-rates", "how-rank", "how-hotspots")]
    told.append(words.say("query" if words.page_url else "no-links"))
    inner = "".join(f"<p>{escape(one)}</p>" for one in told)
    return f'{_heading(words, "how")}<div class="small">{inner}</div>'
