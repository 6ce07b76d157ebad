"""Each page and view as it meets the eye: words, what axe-core finds, the first view, and how long it took to come.

`python -m tests.browser.glance FOLDER [names]` writes FOLDER/glance.json and the first views of the pages as pictures.
"""

import importlib.resources
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib import parse

import axe_playwright_python
from playwright import sync_api

from pages.compare import compare_views
from pages.evaluate import evaluate_views
from pages.explore import explore_views
from tests.browser import made_home, serving, windows

MOST_WORDS = 250
WIDTHS, HEIGHT, THEMES = (1280, 820, 390), 800, ("light", "dark")
AT_MODEL = f"?model={made_home.MODEL}"
PAGES = {
    "home": "",
    "datasets": "datasets?dataset=sample-cells",
    "explore": "explore?dataset=sample-cells",
    "train": "train?run=FIRST",
    "evaluate": f"evaluate{AT_MODEL}",
    "compare": "compare?dataset=malaria-cells",
    "predict": f"predict{AT_MODEL}",
}
VIEWS = {
    **{f"datasets-{part}": f"datasets?dataset=sample-cells&part={part}" for part in ("found", "split", "doctor")},
    **{f"explore-{view}": f"explore?dataset=sample-cells&view={view}" for view in explore_views.VIEWS},
    "train-compare": "train?panel=compare&overlay=RUNS",
    "train-series": "train?panel=series",
    **{f"evaluate-{view}": f"evaluate?model=malaria-smear-cnn&view={view}" for view in evaluate_views.VIEWS},
    **{f"compare-{view}": f"compare?dataset=malaria-cells&view={view}" for view in compare_views.VIEWS},
    "predict-many": f"predict?view=many&batch={made_home.ANSWERS}",
}
TITLES = {
    "datasets": {"found": "What was found", "split": "Split", "doctor": "Data doctor"},
    "explore": {view: title for view, (title, _) in explore_views.VIEWS.items()},
    "evaluate": {view: title for view, (title, _) in evaluate_views.VIEWS.items()},
    "compare": {view: title for view, (title, _) in compare_views.VIEWS.items()},
}
# Words that a person sees: the cells of tables, figures and what stands under single tiles of a grid are not prose.
COUNT = """() => {
  const aside = 'table, svg, canvas, style, script, nav, [data-testid=stDataFrame], [data-testid=stImageCaption],' +
    ' .js-plotly-plot, [data-testid=stCode]';
  const said = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) { said.push(node.data); return; }
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (node.matches(aside)) return;
      if (!node.checkVisibility({opacityProperty: true, visibilityProperty: true})) return;
      if (node.shadowRoot) walk(node.shadowRoot);
      if (/^material-symbols|stIconMaterial/.test(node.dataset?.testid ?? '')) return;
    }
    node.childNodes.forEach(walk);
  };
  walk(document.querySelector('[data-testid=stMain]'));
  return said.join(' ').split(/\\s+/).filter((word) => /[\\p{L}\\d]/u.test(word)).length;
}"""
AXE = importlib.resources.files(axe_playwright_python) / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}


def count_words(page: sync_api.Page) -> int:
    """Visible words of the page's main part, tables and figures aside."""
    return int(page.evaluate(COUNT))


def find_violations(page: sync_api.Page) -> list[dict[str, Any]]:
    """What axe-core finds: {rule, impact, help, target, html}, one entry an element."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("(rules) => axe.run(document, rules)", RULES)
    return [
        {
            "rule": one["id"],
            "impact": one["impact"],
            "help": one["help"],
            "target": str(node["target"]),
            "html": node["html"][:300],
            "why": node.get("failureSummary", "")[:300],
        }
        for one in found["violations"]
        for node in one["nodes"]
    ]


def open_view(page: sync_api.Page, address: str) -> float:
    """Load the page there and wait until all of it stands; the seconds that it took."""
    began = time.monotonic()
    page.goto(address)
    page.get_by_role("heading").first.wait_for(timeout=windows.MINUTE)
    windows.wait_until_settled(page)
    return time.monotonic() - began


def find_title(address: str, opened: str) -> str | None:
    """What a person presses to come to this view from the one that is open; None where the page has to be loaded."""
    (page, said), (page_before, said_before) = (_split(each) for each in (address, opened))
    key = "part" if page == "datasets" else "view"
    wanted = said.pop(key, None)
    said_before.pop(key, None)
    return TITLES[page][wanted] if wanted and (page, said) == (page_before, said_before) else None


def _split(address: str) -> tuple[str, dict[str, str]]:
    page, _, said = address.partition("?")
    return page, dict(parse.parse_qsl(said))


def main(target: Path, wanted: tuple[str, ...]) -> None:
    """Measure every page and view in both themes and three widths. wanted : how the names begin."""
    target.mkdir(parents=True, exist_ok=True)
    rows: dict[str, dict[str, Any]] = {}
    with (
        made_home.make_home(at_work=False) as made,
        sync_api.sync_playwright() as tool,
        serving.browser(tool) as chromium,
        serving.app(made.folder) as app,
    ):
        for theme in THEMES:
            for width in WIDTHS:
                page = chromium.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=theme)
                page.add_init_script(windows.WATCH)
                for name, address in (PAGES | (VIEWS if width == WIDTHS[0] else {})).items():
                    if name.startswith(wanted):
                        seconds = open_view(page, f"{app.address}/{made.fill(address)}")
                        page.wait_for_timeout(800)
                        row = rows.setdefault(name, {"words": count_words(page), "seconds": round(seconds, 1)})
                        row[f"{theme}-{width}"] = find_violations(page)
                        page.screenshot(path=target / f"{name}-{theme}-{width}.png")
                page.close()
    (target / "glance.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    for name, row in rows.items():
        counts = {look: len(found) for look, found in row.items() if look not in ("words", "seconds")}
        print(f"{name:24} {row['words']:5} words  {row['seconds']:5} s  {counts}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or ("",))
