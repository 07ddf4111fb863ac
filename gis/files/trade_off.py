"""Alternatives of a plan as a table and a chart, for comparing and picking."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gis.files.tables import write_table
from gis.messages import translate
from gis.planning.alternatives import MORE_IS_BETTER, Alternative, best_in, measures

# Fonts of the systems where a chart is looked at; the text stays text in the file.
FONTS = ["Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "WenQuanYi Zen Hei", "DejaVu Sans"]
BEST, REST, RULE = "#2166ac", "#6b747c", "#dfe3e6"
PER_CENT = 100.0
# How measures are shown: a factor and decimals.
SHOWN = {
    "max_deviation": (PER_CENT, 2), "boundary_m": (1e-3, 2), "arterial_share": (PER_CENT, 1),
    "compactness": (1.0, 2), "moved_load_share": (PER_CENT, 1),
}  # fmt: skip


def rows(alternatives: Sequence[Alternative], files: Sequence[Path]) -> list[dict[str, Any]]:
    """One row per alternative: its file, its lean, and what it is worth.

    `within_tolerance` speaks of what was asked for; `best_in` names the measures of which this
    plan has the best value, joined by `;`.
    """
    best = best_in(alternatives)
    return [
        {
            "plan": file.name,
            "lean": one.lean,
            "max_deviation": one.result.certificate.max_deviation,
            "mean_deviation": one.result.certificate.mean_deviation,
            "boundary_m": one.result.certificate.boundary_m,
            "arterial_share": one.result.certificate.arterial_share,
            "compactness": one.result.certificate.compactness,
            "moved_load_share": one.result.certificate.moved_load_share,
            "within_tolerance": one.kept_to,
            "best_in": ";".join(
                name
                for name, value in measures(one.result.certificate).items()
                if value == best.get(name)
            ),
            "beaten": one.beaten,
        }
        for one, file in zip(alternatives, files, strict=True)
    ]


def compact_rows(alternatives: Sequence[Alternative], language: str) -> list[dict[str, str]]:
    """The rows as texts for a narrow table: numbers from 1, a star at the best of each measure."""
    best = best_in(alternatives)
    table = []
    for number, one in enumerate(alternatives, 1):
        row = {
            "choice_number": str(number),
            "choice_lean": translate("plan-lean-" + one.lean, language, {}),
        }
        for name, value in measures(one.result.certificate).items():
            factor, decimals = SHOWN[name]
            unit = " %" if factor == PER_CENT else ""
            star = "*" if value == best.get(name) else "\u00a0"  # rich strips plain spaces
            row[f"choice_{name}"] = f"{value * factor:,.{decimals}f}{unit}{star}"
        table.append(row)
    return table


def write_comparison(
    alternatives: Sequence[Alternative], files: Sequence[Path], path: str | Path
) -> None:
    """Write the rows as a table, by extension."""
    write_table(pd.DataFrame(rows(alternatives, files)), path)


def write_chart(alternatives: Sequence[Alternative], path: str | Path, language: str) -> None:
    """Draw the trade-off as SVG: a line per alternative, a panel per measure, the best in blue."""
    import matplotlib

    with warnings.catch_warnings():
        # Where no Chinese font is installed the reader's own is used: only widths are guessed.
        warnings.filterwarnings("ignore", message="Glyph")
        with matplotlib.rc_context(chart_settings()):
            figure = _figure(alternatives, language)
            figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def chart_settings() -> dict[Any, Any]:
    """How charts look in all that is printed: text stays text, in a font with Chinese."""
    from matplotlib import font_manager

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    there = {font.name for font in font_manager.fontManager.ttflist}
    return {
        "svg.fonttype": "none", "svg.hashsalt": "wangge", "font.size": 9,
        "font.family": [font for font in FONTS if font in there] or ["DejaVu Sans"],
        "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    }  # fmt: skip


def _figure(alternatives: Sequence[Alternative], language: str) -> Any:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    table = [measures(one.result.certificate) for one in alternatives]
    panels, best, count = list(table[0]), best_in(alternatives), len(alternatives)
    figure = Figure(figsize=(1.6 + 1.55 * len(panels), 1.3 + 0.36 * count), layout="constrained")
    FigureCanvasSVG(figure)
    figure.suptitle(translate("plan-chart-title", language, {}), fontsize=11, x=0.01, ha="left")
    every = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, name in zip(every, panels, strict=True):
        factor, decimals = SHOWN[name]
        values = [row[name] * factor for row in table]
        middle = (min(values) + max(values)) / 2
        axes.hlines(range(count), 0, 1, transform=axes.get_yaxis_transform(), color=RULE, lw=0.8)
        if name == "max_deviation":
            axes.axvline(alternatives[0].request.tolerance * 100, color=REST, lw=0.8, ls=":")
        for at, value in enumerate(values):
            first = best.get(name) == table[at][name]
            colour = BEST if first else REST
            axes.plot(value, at, "o", color=colour, ms=7 if first else 5)
            left = value <= middle
            axes.annotate(
                f"{value:,.{decimals}f}", (value, at), xytext=(7 if left else -7, 0),
                textcoords="offset points", va="center", ha="left" if left else "right",
                color=colour, weight="bold" if first else "normal",
            )  # fmt: skip
        better = "more" if name in MORE_IS_BETTER else "less"
        heading = translate("plan-chart-" + name.replace("_", "-"), language, {})
        axes.set_title(f"{heading}\n{translate('plan-chart-' + better, language, {})}", fontsize=9)
        axes.margins(x=0.3)
        axes.tick_params(axis="x", labelsize=7, colors=REST)
        axes.tick_params(axis="y", length=0)
    every[0].set_ylim(count - 0.5, -0.5)
    names = [translate("plan-lean-" + one.lean, language, {}) for one in alternatives]
    every[0].set_yticks(range(count), [f"{at}  {name}" for at, name in enumerate(names, 1)])
    for tick, label in enumerate(every[0].get_yticklabels()):
        label.set_color("black" if alternatives[tick].kept_to else REST)
    return figure
