"""Strokes in a real Chromium: from the movement of the pointer to the figures on the page.

The whole draft is on the screen, so that every unit of it is drawn. Chromium draws without a
graphics card here, which says nothing of the figures: they are on the page before it is painted.
"""

from __future__ import annotations

import os
import time
from typing import Any

from playwright.sync_api import Page, sync_playwright

from gis.settings import Settings
from scripts.browser import find_chromium

FLAGS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
WAIT_MS = 240_000
READY = """() => {
  const { map, draft } = window.__wangge ?? {}
  return Boolean(map && draft?.state.board && map.loaded() && map.areTilesLoaded() &&
                 !map.isMoving())
}"""
# All of the board in view, a grid in its middle selected, and the places of units around it.
BEGIN = """(strokes) => {
  const { map, draft } = window.__wangge
  const { board, working } = draft.state
  let box = [180, 90, -180, -90]
  for (let u = 0; u < board.size; u++) {
    box = [Math.min(box[0], board.lon[u]), Math.min(box[1], board.lat[u]),
           Math.max(box[2], board.lon[u]), Math.max(box[3], board.lat[u])]
  }
  map.fitBounds([[box[0], box[1]], [box[2], box[3]]], { duration: 0, padding: 10 })
  const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
  const near = [...Array(board.size).keys()]
    .map((u) => [Math.hypot(board.lon[u] - x, board.lat[u] - y), u])
    .sort((a, b) => a[0] - b[0]).map((one) => one[1])
  const code = working.codes[working.gridOf[near[0]]]
  draft.select(code)
  return { code, units: near.filter((u) => working.gridOf[u] !== working.gridOf[near[0]])
                            .slice(0, strokes * 3) }
}"""
SPOTS = """(units) => {
  const { map, draft } = window.__wangge
  const { board } = draft.state
  const box = map.getCanvas().getBoundingClientRect()
  return units.map((u) => {
    const { x, y } = map.project([board.lon[u], board.lat[u]])
    return [box.left + x, box.top + y]
  })
}"""
WATCH = """() => {
  window.__taken = []
  let moved = null
  window.addEventListener('pointermove', (event) => { moved = event.timeStamp }, true)
  const figures = '[data-testid=live-figures]'
  new MutationObserver((changes) => {
    if (moved === null) return
    if (!changes.some(({ target }) => (target.parentElement ?? target).closest?.(figures))) return
    const one = { figures: performance.now() - moved }
    moved = null
    window.__taken.push(one)
    requestAnimationFrame(() => setTimeout(() => { one.painted = performance.now() - one.began }))
    one.began = performance.now() - one.figures
  }).observe(document.body, { subtree: true, childList: true, characterData: true })
}"""


def painted(base: str, draft: int, strokes: int) -> dict[str, Any]:
    """Load a draft's page, paint, and tell how long each movement took to reach the figures."""
    chromium = find_chromium(Settings())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(chromium.executable),
            env={**os.environ, **chromium.environment},
            args=FLAGS,
        )
        try:
            context = browser.new_context(
                viewport={"width": 1440, "height": 900}, device_scale_factor=0.5
            )
            context.add_init_script("localStorage.setItem('wangge.guide.editor', 'seen')")
            context.set_default_timeout(WAIT_MS)
            return _painted(context.new_page(), f"{base}/plan?draft={draft}", strokes)
        finally:
            browser.close()


def _painted(page: Page, address: str, strokes: int) -> dict[str, Any]:
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_function(READY)
    loaded_s = time.perf_counter() - start
    begun = page.evaluate(BEGIN, strokes)
    page.wait_for_function(READY)
    page.get_by_test_id("live-figures").wait_for()
    spots = page.evaluate(SPOTS, begun["units"])
    page.evaluate(WATCH)
    page.keyboard.press("b")
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        before = page.evaluate("() => window.__taken.length")
        page.mouse.move(*spot)
        page.wait_for_timeout(60)  # a hand moves on; what was already in the grid changes nothing
        if page.evaluate("() => window.__taken.length") > before:
            strokes -= 1
        if not strokes:
            break
    page.mouse.up()
    page.wait_for_timeout(500)
    taken = page.evaluate("() => window.__taken")
    page.keyboard.press("Control+z")
    page.wait_for_timeout(1000)
    return {
        "loaded_s": round(loaded_s, 1),
        "figures": _spread([one["figures"] for one in taken]),
        "painted": _spread([one["painted"] for one in taken if "painted" in one]),
    }


def _spread(values: list[float]) -> dict[str, Any]:
    ordered = sorted(values)
    if not ordered:
        return {"count": 0}
    return {
        "count": len(ordered), "median_ms": round(ordered[len(ordered) // 2], 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)], 1),
        "most_ms": round(ordered[-1], 1),
    }  # fmt: skip
