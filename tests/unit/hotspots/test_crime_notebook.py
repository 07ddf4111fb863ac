"""The notebook that finds and tests hotspots runs as it is, and carries nothing it should not."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from gis.hotspots.assets import outside_loads

ROOT = Path(__file__).parents[3]
NOTEBOOK = ROOT / "notebooks" / "find_and_test_hotspots.ipynb"


def test_the_stored_notebook_is_executed_small_and_clean() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < 60_000
    assert not re.search(r"/(?:home|root|tmp|work|Users)/", text)
    assert re.findall(r"https?://", text) == []
    code = [cell for cell in nbformat.reads(text, 4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all(output.output_type != "error" for cell in code for output in cell.outputs)


@pytest.mark.skipif(
    not (ROOT / "web/dist/folium-assets.json").exists(),
    reason="the web application, which holds Leaflet, is not built: make setup",
)
def test_the_notebook_runs() -> None:
    """It asserts itself that random neighbourhoods and an unplanted city show none."""
    notebook = nbformat.read(NOTEBOOK, 4)
    folder = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources=folder).execute()
    said = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    )
    apart = re.search(r"largest difference from esda: (\S+)", said)
    assert apart
    assert float(apart[1]) < 1e-9
    assert "0 without" in said
    page = (ROOT / ".wangge" / "find_and_test_hotspots.html").read_text(encoding="utf-8")
    assert outside_loads(page) == []
    assert not re.search(r"<(?:script|link)[^>]+(?:src|href)=\"(?!data:)", page)
