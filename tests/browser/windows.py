"""What the journeys do in a window of the browser: open, wait, choose, and read what went wrong."""

import contextlib
import re
import time

from playwright import sync_api

MINUTE = 180_000  # of a machine that others use too; usually seconds
SIZE = {"width": 1280, "height": 1000}
HARMLESS = ("_stcore", "404", "WebSocket", "ERR_CONNECTION_REFUSED", "favicon")

# What a page does, from its first moment on: when it last sent to its server, heard from it, was touched by a person or
# drawn anew, and how many requests are on their way. Whoever waits can stop as soon as nothing is owed any more.
WATCH = """(() => {
  const now = () => performance.now();
  const seen = (window.seenByTests = { sent: 0, heard: now(), touched: 0, drawn: now(), asked: 0 });
  window.WebSocket = class extends WebSocket {
    constructor(...given) { super(...given); this.addEventListener("message", () => { seen.heard = now(); }); }
    send(said) { seen.sent = now(); super.send(said); }
  };
  const ask = window.fetch, send = XMLHttpRequest.prototype.send;
  const end = () => { seen.asked -= 1; seen.touched = now(); };
  window.fetch = (...given) => { seen.asked += 1; return ask(...given).finally(end); };
  XMLHttpRequest.prototype.send = function (body) {
    seen.asked += 1;
    this.addEventListener("loadend", end);
    send.call(this, body);
  };
  const touch = () => { seen.touched = now(); };
  for (const kind of ["pointerdown", "pointerup", "click", "keydown", "keyup", "input", "change", "wheel", "paste"])
    addEventListener(kind, touch, { capture: true, passive: true });
  for (const kind of ["resize", "popstate"]) addEventListener(kind, touch);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", touch);
  new MutationObserver(() => { seen.drawn = now(); })
    .observe(document, { subtree: true, childList: true, characterData: true });
})()"""
SETTLED = """(quiet) => {
  const app = document.querySelector("[data-testid=stApp]"), seen = window.seenByTests;
  return app?.getAttribute("data-test-script-state") === "notRunning" && !seen.asked && seen.heard >= seen.sent
    && performance.now() - Math.max(seen.heard, seen.touched) >= quiet;
}"""
AT_REST = "(quiet) => performance.now() - window.seenByTests.drawn >= quiet"
QUIET, AT_REST_AFTER = 300, 700  # milliseconds: of a person's last touch and the server's last word; of the last change
LOOK = 50  # between two looks; at each frame, as Playwright would, it looks so often that the page itself is late


def open_page(chromium, served, path=""):
    """A window of a person's own; of a context instead of the browser, one more window of the same person."""
    page = chromium.new_page(**({} if isinstance(chromium, sync_api.BrowserContext) else {"viewport": SIZE}))
    page.add_init_script(WATCH)
    page.faults = []
    page.foreign = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: page.foreign.append(asked.url) if _is_foreign(asked.url, served) else None)
    page.goto(f"{served.address}/{path}")
    return page


def _is_foreign(url, served):
    return url.startswith(("http", "ws")) and not url.split("//", 1)[1].startswith(served.address.split("//", 1)[1])


def faults_of(page):
    return [fault for fault in page.faults if not any(word in fault for word in HARMLESS)]


def wait_for(condition, page, seconds=180):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)


def choose(page, label):
    page.get_by_role("radio", name=label, exact=True).or_(
        page.get_by_role("button", name=label, exact=True)
    ).first.click(timeout=MINUTE)


def press(page, name, done, seconds=60):
    """Press a button until it has done its work: a press while the page is drawn anew is lost, also a person's."""
    _press_until(page, page.get_by_role("button", name=name).first, done, seconds)


def press_switch(page, name, done, seconds=60):
    """The same with a switch, by its words."""
    _press_until(page, page.get_by_test_id("stCheckbox").filter(has_text=name).locator("label").first, done, seconds)


def _press_until(page, target, done, seconds):
    def pressed():
        if done():
            return True
        with contextlib.suppress(sync_api.TimeoutError):
            target.click(delay=120, timeout=5_000)
        for _ in range(50):
            if done():
                return True
            page.wait_for_timeout(100)
        return False

    wait_for(pressed, page, seconds)


def expect_address(page, *parts):
    """The address comes to say these: it follows the page a moment later."""
    wait_for(lambda: all(part in page.url for part in parts), page, seconds=60)


def chosen_in(page, label):
    """What the select box of this label shows."""
    return page.get_by_role("combobox", name=label, exact=True).first.input_value(timeout=MINUTE)


def choose_option(page, label, option):
    wanted = page.get_by_role("option", name=option).first

    box = page.get_by_role("combobox", name=label, exact=True).first

    def open_list():
        box.click(timeout=MINUTE)
        with contextlib.suppress(sync_api.TimeoutError):
            wanted.wait_for(timeout=2000)
        if not wanted.is_visible() and isinstance(option, str):  # of a long list only a part is drawn
            with contextlib.suppress(sync_api.TimeoutError):
                box.fill(option, timeout=2000)
                wanted.wait_for(timeout=2000)
        return wanted.is_visible()

    wait_for(open_list, page)  # a list that was opened while the page was drawn anew is closed again
    wanted.click(timeout=MINUTE)


def wait_until_settled(page, quiet=QUIET):
    """No run is at work, none is owed, and for a moment neither a person nor the server has done anything."""
    page.wait_for_function(SETTLED, arg=quiet, polling=LOOK, timeout=2 * MINUTE)


def wait_until_still(page):
    """The address has been the same for a while in which no run was at work."""

    def is_still():
        before = page.url
        wait_until_settled(page, 1_000)
        return page.url == before

    wait_for(is_still, page)


def expect_choice(page, label, wanted):
    wait_until_settled(page)
    wait_for(lambda: chosen_in(page, label).startswith(wanted), page, seconds=60)


BUTTONS = """() => [...document.querySelectorAll("a, button, [role], [title], [data-title]")].map(
  (one) => [one.innerText, one.title, one.dataset.title, one.ariaLabel].filter(Boolean).join(" "))"""


AWAY = re.compile(
    r"share( chart| this| app|\W*$)|\bcloud\b|plotly|studio|deploy|streamlit|google|chatgpt", re.IGNORECASE
)


LINKS = "() => [...document.querySelectorAll('a[href], area[href], form[action]')].map((one) => one.href || one.action)"
