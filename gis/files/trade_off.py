"""Alternatives of a plan as a table and a chart, for comparing and picking."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gis.files.tables import write_table
from gis.messages import translate
from gis.planning.alternatives import Alternative

# Fonts of the systems where a chart is looked at; the text stays text in the file.
FONTS = ["Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "WenQuanYi Zen Hei", "DejaVu Sans"]
BEST, REST = "#2166ac", "#9aa3ab"


def rows(alternatives: Sequence[Alternative], files: Sequence[Path]) -> list[dict[str, Any]]:
    """One row per alternative: its file, its lean, and what it is worth."""
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
            "within_tolerance": one.result.certificate.within_tolerance,
            "best_in_something": one.best_in_something,
        }
        for one, file in zip(alternatives, files, strict=True)
    ]


def write_comparison(
    alternatives: Sequence[Alternative], files: Sequence[Path], path: str | Path
) -> None:
    """Write the rows as a table, by extension."""
    write_table(pd.DataFrame(rows(alternatives, files)), path)


def write_chart(alternatives: Sequence[Alternative], path: str | Path, language: str) -> None:
    """Draw deviation against length of boundary as SVG, one point per alternative.

    Blue points are best in something; the size tells the share of people who stay.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    def word(code: str, **params: Any) -> str:
        return translate(code, language, params)

    settings: Any = {
        "svg.fonttype": "none", "font.family": FONTS, "svg.hashsalt": "wangge",
        "axes.spines.top": False, "axes.spines.right": False,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(7.2, 4.8), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for number, one in enumerate(alternatives, 1):
            worth = one.result.certificate
            x, y = worth.max_deviation * 100, worth.boundary_m / 1000
            moved = worth.moved_load_share or 0.0
            axes.scatter(
                x, y, s=60 * (1 - moved) + 12, color=BEST if one.best_in_something else REST
            )
            label = f"{number} {word('plan-lean-' + one.lean)}"
            axes.annotate(label, (x, y), xytext=(6, 5), textcoords="offset points", fontsize=9)
        axes.set_xlabel(word("plan-chart-deviation"))
        axes.set_ylabel(word("plan-chart-boundary"))
        axes.set_title(word("plan-chart-title"), fontsize=11, loc="left")
        axes.margins(0.18)
        figure.savefig(path, format="svg", metadata={"Date": None})
