"""From starting the app to its first page drawn in a browser, and which pages load TensorFlow."""

import statistics
import time
from pathlib import Path
from typing import Any

import psutil
from playwright import sync_api

from tests.benchmarks import common
from tests.browser import serving

TURNS = 3
LIGHT_PAGES = ("", "datasets", "explore", "evaluate", "train")


def measure(home: Path, what: str) -> list[dict[str, Any]]:
    """Seconds to the first page (median), the pages after which the server holds TensorFlow, its memory."""
    seconds = []
    with sync_api.sync_playwright() as playwright, serving.browser(playwright) as chromium:
        for _ in range(TURNS):
            began = time.monotonic()
            with serving.app(home) as served:
                page = chromium.new_page()
                page.goto(served.address)
                page.wait_for_selector("text=Look at images")
                seconds.append(time.monotonic() - began)
                loaded = _pages_that_load_tensorflow(page, served)
                memory = psutil.Process(served.pid).memory_info().rss
                page.close()
    first = statistics.median(seconds)
    return [
        common.row(
            "(e) start of the app to its first page drawn",
            ours=f"{first:.1f} s",
            plain="–",
            ratio=first,
            goal="–",
            holds=True,
            note=f"{what} on the machine",
        ),
        common.row(
            "(e) pages other than Predict that load TensorFlow",
            ours=", ".join(loaded) or "none",
            plain="–",
            ratio=0.0,
            goal="none",
            holds=not loaded,
            note=f"server holds {memory / 1e6:,.0f} MB after all of them",
        ),
    ]


def _pages_that_load_tensorflow(page: sync_api.Page, served: serving.Served) -> list[str]:
    found = []
    for name in LIGHT_PAGES:
        page.goto(f"{served.address}/{name}")
        page.wait_for_selector("h1")
        page.wait_for_timeout(1500)
        maps = psutil.Process(served.pid).memory_maps()
        if any("tensorflow" in entry.path for entry in maps):
            found.append(name or "home")
    return found
