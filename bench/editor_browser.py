"""Strokes in a real Chromium: from the movement of the pointer to the figures on the page.

The whole draft is on the screen, so that every unit of it is drawn, or as much as has tiles. The
hand keeps its own time: it moves whether or not the page has answered, and what waits behind a
frame counts as waiting. Without a graphics card Chromium paints by software, on the same processors
as everything else: the frames are told, too, and would be a small part of it on a card.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from playwright.async_api import Page, async_playwright

from gis.settings import Settings
from scripts.browser import find_chromium

FLAGS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
# From one unit to the next: as a hand goes that looks where it paints, and as a hasty one.
CALM_S, HASTY_S = 0.2, 0.06
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
  // Farther out there are no tiles of units: then as much as a screen can show of them.
  if (map.getZoom() < 12) map.jumpTo({ center: [x, y], zoom: 12.1 })
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
  window.__frames = []
  window.__watching = performance.now()
  let moved = null, begun = null
  // Of movements that waited together the first one counts.
  window.addEventListener('pointermove', (event) => {
    moved = event.getCoalescedEvents?.()[0]?.timeStamp ?? event.timeStamp
    begun = performance.now()
  }, true)
  window.addEventListener('pointerup', (event) => { window.__up = event.timeStamp }, true)
  const figures = '[data-testid=live-figures]'
  new MutationObserver((changes) => {
    if (moved === null) return
    if (!changes.some(({ target }) => (target.parentElement ?? target).closest?.(figures))) return
    const now = performance.now()
    const one = { began: moved, figures: now - moved, worked: now - begun }
    moved = null
    window.__taken.push(one)
    requestAnimationFrame(() => setTimeout(() => { one.painted = performance.now() - one.began }))
  }).observe(document.body, { subtree: true, childList: true, characterData: true })
  new PerformanceObserver((list) => {
    for (const { name, startTime, duration } of list.getEntries())
      if (name === 'map-painted') window.__frames.push([startTime, duration])
  }).observe({ entryTypes: ['measure'] })
}"""
# Nothing has been painted for a while: a hand begins when it sees where it is.
REST = """() => {
  const [start, duration] = window.__frames.at(-1) ?? [window.__watching, 0]
  return window.__wangge.map.loaded() && performance.now() - start - duration > 700
}"""
SHOWN = """() => window.__frames.some(([start]) => start > window.__up)"""
SOFTWARE = """() => {
  const gl = window.__wangge.map.getCanvas().getContext('webgl2')
  return gl.getParameter(gl.getExtension('WEBGL_debug_renderer_info').UNMASKED_RENDERER_WEBGL)
}"""
SEEN = """() => ({
  zoom: window.__wangge.map.getZoom(),
  units: new Set(window.__wangge.map.queryRenderedFeatures({ layers: ['draft-fill'] })
    .map((one) => one.id)).size,
})"""


def painted(base: str, draft: int, strokes: int) -> dict[str, Any]:
    """Load a draft's page, paint, and tell how long each movement took to reach the figures, of
    that how long the page itself worked, how long frames of the map take, and when the map showed
    the stroke; of a hasty hand, and under `calm` of one that looks."""
    address = f"{base}/plan?draft={draft}"
    hasty = asyncio.run(_painted(address, strokes, HASTY_S))
    return hasty | {"calm": asyncio.run(_painted(address, strokes, CALM_S))}


async def _painted(address: str, strokes: int, move_s: float) -> dict[str, Any]:
    chromium = find_chromium(Settings())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(chromium.executable),
            env={**os.environ, **chromium.environment},
            args=FLAGS,
        )
        try:
            context = await browser.new_context(viewport={"width": 1440, "height": 900})
            await context.add_init_script("localStorage.setItem('wangge.guide.editor', 'seen')")
            context.set_default_timeout(WAIT_MS)
            return await _strokes(await context.new_page(), address, strokes, move_s)
        finally:
            await browser.close()


async def _strokes(page: Page, address: str, strokes: int, move_s: float) -> dict[str, Any]:
    start = time.perf_counter()
    await page.goto(address)
    await page.wait_for_function(READY)
    loaded_s = time.perf_counter() - start
    begun = await page.evaluate(BEGIN, strokes)
    await page.wait_for_function(READY)
    await page.get_by_test_id("live-figures").wait_for()
    spots = await page.evaluate(SPOTS, begun["units"])
    seen = await page.evaluate(SEEN)
    await page.evaluate(WATCH)
    await page.keyboard.press("b")
    await page.wait_for_function(REST)
    await page.mouse.move(*spots[0])
    await page.mouse.down()
    sent = []
    for spot in spots[1:]:
        sent.append(asyncio.create_task(page.mouse.move(*spot)))
        await asyncio.sleep(move_s)
    await asyncio.gather(*sent)
    await page.mouse.up()
    await page.wait_for_function(SHOWN)
    taken, frames, up = await page.evaluate("() => [window.__taken, window.__frames, window.__up]")
    software = await page.evaluate(SOFTWARE)
    await page.keyboard.press("Control+z")
    await page.wait_for_timeout(1000)
    return {
        "painter": software,
        "loaded_s": round(loaded_s, 1),
        "zoom": round(seen["zoom"], 1),
        "units_seen": seen["units"],
        "figures": _spread([one["figures"] for one in taken]),
        "worked": _spread([one["worked"] for one in taken]),
        "painted": _spread([one["painted"] for one in taken if "painted" in one]),
        "frames": _spread([duration for _, duration in frames]),
        "map_follows_ms": round(min(s + d for s, d in frames if s > up) - up),
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
