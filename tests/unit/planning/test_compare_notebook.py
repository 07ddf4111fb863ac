"""The notebook that compares plans and picks one runs as it is, and carries nothing foreign."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import nbformat
import pandas as pd
from nbclient import NotebookClient

ROOT = Path(__file__).parents[3]
NOTEBOOK = ROOT / "notebooks" / "compare_and_pick_a_plan.ipynb"


def test_the_stored_notebook_is_executed_small_and_clean() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    assert not re.search(r"/(?:home|root|tmp|work|Users)/", text)
    # names of the vocabulary of SVG; nothing is loaded from them
    outside = set(re.findall(r"https?://([^/\"\\ >]+)", text))
    assert outside <= {"www.w3.org", "purl.org", "creativecommons.org", "matplotlib.org"}
    notebook = nbformat.reads(text, 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert all(output.output_type != "error" for output in outputs)
    assert all(output.get("name") != "stderr" for output in outputs)
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert {"image/svg+xml", "image/png", "text/html"} <= kinds


def test_every_heading_is_in_both_languages() -> None:
    cells = nbformat.read(NOTEBOOK, 4).cells
    said = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert all(re.search("[一-鿿]", text) and re.search("[a-z]{4}", text) for text in said)
    headings = [line for text in said for line in text.splitlines() if line.startswith("#")]
    assert len(headings) >= 8 and all(" · " in line for line in headings)


def test_the_notebook_runs_and_what_it_writes_is_a_plan() -> None:
    notebook = nbformat.read(NOTEBOOK, 4)
    folder = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources=folder).execute()
    said = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    )
    assert "(synthetic)" in said
    least = float(re.search(r"at least ([\d.]+)%", said)[1])
    moved = float(re.search(r"people move \(([\d.]+)%\)", said)[1])
    assert 0 < least <= moved < 50
    out = ROOT / ".wangge" / "compare"
    plan, grids = pd.read_csv(out / "plan.csv"), gpd.read_file(out / "grids.gpkg")
    assert set(plan["grid_id"]) == set(grids["grid_id"]) and grids["contiguous"].all()
    assert grids["deviation"].abs().max() <= 0.05
    assert "https" not in (out / "trade-off.svg").read_text(encoding="utf-8").split("<g", 1)[1]
