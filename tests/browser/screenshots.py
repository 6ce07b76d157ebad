"""`make screenshots`: the pages as README shows them, from the drawn data set, light and dark, wide and narrow.

`python -m tests.browser.screenshots train compare` takes those alone whose names begin so.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright import sync_api

from core.base import paths
from pages.explore import explore_views
from tests.browser import made_home, serving
from tests.browser.made_home import MODEL

FOLDER = paths.PROJECT_FOLDER / "docs" / "screenshots"
PAGES = {
    "home": "",
    "datasets": "datasets?dataset=sample-cells",
    "explore": "explore?dataset=sample-cells",
    "train": "train",
    "evaluate": f"evaluate?model={MODEL}",
    "compare": "compare?dataset=malaria-cells",
    "predict": f"predict?model={MODEL}",
}
VIEWS = {
    **{
        f"explore-{view}": f"explore?dataset=sample-cells&view={view}"
        for view in explore_views.VIEWS
        if view != "images"
    },
    "datasets-split": "datasets?dataset=sample-cells&part=split",
    "datasets-doctor": "datasets?dataset=sample-cells&part=doctor",
    "train-compare": "train?panel=compare&overlay=RUNS",
    "train-series": "train?panel=series",
    "train-result": "train?run=FIRST",
    "evaluate-threshold": f"evaluate?model={MODEL}&view=point",
    "evaluate-trust": f"evaluate?model={MODEL}&view=trust",
    "evaluate-where": f"evaluate?model={MODEL}&view=where",
    "predict-many": "predict?view=many&batch=smears",
    "compare-pair": "compare?dataset=malaria-cells&view=pair&a=malaria-base-cnn&b=malaria-smear-cnn",
}
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 800)}


def main(wanted: tuple[str, ...]) -> None:
    """Draw the sample, train for a while, and take every page in every look. wanted : how the names begin."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        made_home.make_home(at_work=True) as made,
        sync_api.sync_playwright() as tool,
        serving.browser(tool) as chromium,
        serving.app(made.folder) as app,
    ):
        for look, (scheme, width) in LOOKS.items():
            page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            for name, address in (PAGES | (VIEWS if look != "narrow" else {})).items():
                if name.startswith(wanted):
                    take(page, f"{app.address}/{made.fill(address)}", FOLDER / f"{name}-{look}.png", minimum_points=60)
            page.close()


def take(page: sync_api.Page, address: str, target: Path, *, minimum_points: int) -> None:
    """Open a page, wait until it has drawn itself, and keep it as a small PNG."""
    page.goto(address)
    page.get_by_role("heading").first.wait_for(timeout=60_000)
    if "view=many" in address:
        page.get_by_text("need a person first").first.wait_for(timeout=120_000)
    elif "predict" in address:
        page.get_by_text("strength:").first.wait_for(timeout=120_000)
    if address.endswith("/train"):
        page.wait_for_function(
            "(points) => (document.querySelector('.live-chart')?.data?.[0]?.x.length ?? 0) > points",
            arg=minimum_points,
            timeout=240_000,
        )
    page.get_by_test_id("stStatusWidget").wait_for(state="detached", timeout=120_000)
    page.wait_for_timeout(2000)
    height = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": min(max(height, 600), 1400)})
    page.wait_for_timeout(800)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if "predict" not in address:  # an overlay needs all its colours
        picture = picture.quantize(256, dither=Image.Dither.NONE)
    picture.save(target, optimize=True)
    page.set_viewport_size({"width": width, "height": 800})


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or ("",))
