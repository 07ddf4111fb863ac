"""Whether a page can be read and used by everybody, as axe judges it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
# What fades has no colours of its own: judged is what stands still for some frames.
STANDS_STILL = """async () => {
  const moves = () => document.getAnimations().some((one) =>
    one.playState === 'running' && one.effect.getComputedTiming().iterations !== Infinity)
  for (let still = 0, frames = 0; still < 6 && frames < 600; frames++) {
    await new Promise(requestAnimationFrame)
    still = moves() ? 0 : still + 1
  }
}"""
JUDGE = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'], iframes: false })
  return found.violations
    .filter((fault) => ['serious', 'critical'].includes(fault.impact))
    .map((fault) => fault.id + ': ' + fault.nodes.slice(0, 3).map((node) => node.html).join(' | '))
}"""


def serious_faults(page: Page) -> list[str]:
    """What axe finds serious or critical on a page, once nothing moves on it any more."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate(STANDS_STILL)
    return page.evaluate(JUDGE)
