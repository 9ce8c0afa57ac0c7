"""One console in a real browser: when marks appear on the screen, and how long the page was busy at a stretch."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page, async_playwright

CHROMIUM = os.environ.get("CC_CHROMIUM", "")
READY_SECONDS = 30.0
LONG_MS = 100
# Wall-clock milliseconds, as the process that posts reads them too: both are on this machine.
_WATCH = """
window.arrivals = new Map();
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: "longtask", buffered: true });
addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
  const at = performance.timeOrigin + performance.now();
  // Not what something was added to: that may be a list of thousands, which this would read instead of the page.
  const nodes = changes.flatMap((one) => one.type === "characterData" ? [one.target] : [...one.addedNodes]);
  for (const node of nodes) {
    for (const mark of node.textContent.match(/mark-[0-9a-f]{12}/g) ?? []) {
      if (!window.arrivals.has(mark)) window.arrivals.set(mark, at);
    }
  }
}).observe(document.body, { childList: true, characterData: true, subtree: true }));
"""


class ConsolePage:
    """An agent's console in Chromium."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self._url}{path}")
        await self.until("document.querySelector('#live').className.includes('ok')", "the console to be live")

    async def until(self, truth: str, what: str, seconds: float = READY_SECONDS) -> None:
        """Raises EOFError when it does not become true."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await self.page.evaluate(truth):
            if asyncio.get_running_loop().time() > deadline:
                raise EOFError(f"waited {seconds:.0f} s for {what}")
            await asyncio.sleep(0.05)

    async def arrivals(self) -> dict[str, float]:
        """Mark -> when it was first on the screen, in seconds of the wall clock."""
        found: dict[str, float] = await self.page.evaluate("Object.fromEntries(window.arrivals)")
        return {mark: at / 1000 for mark, at in found.items()}

    async def row_seqs(self) -> dict[int, int]:
        """Which event each row of the list stands at."""
        rows: list[list[int]] = await self.page.evaluate(
            "[...document.querySelectorAll('#rows .conv')].map(r => [+r.dataset.conversation, +r.dataset.seq])"
        )
        return {row[0]: row[1] for row in rows}

    async def forget_tasks(self) -> None:
        await self.page.evaluate("window.tasks.length = 0")

    async def long_tasks(self) -> dict[str, float]:
        """How often the page was busy for more than 100 ms, and for how long at most."""
        tasks: list[float] = await self.page.evaluate("window.tasks")
        return {
            "long_tasks": float(len([task for task in tasks if task > LONG_MS])),
            "longest_task_ms": max(tasks, default=0.0),
        }


@asynccontextmanager
async def console_page(url: str, session: str) -> AsyncIterator[ConsolePage]:
    """A browser of its own with this session."""
    async with async_playwright() as playwright:
        arguments: dict[str, Any] = {"executable_path": CHROMIUM} if CHROMIUM else {}
        browser = await playwright.chromium.launch(
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"], **arguments
        )
        try:
            context = await browser.new_context(viewport={"width": 1440, "height": 900})
            await context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
            await context.add_init_script(_WATCH)
            yield ConsolePage(await context.new_page(), url)
        finally:
            await browser.close()
