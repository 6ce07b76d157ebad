"""What changes on a page, for those who do not see it or do not point at it: news are read out, focus is not lost.

Mounted on each page (`theme.show_title`), it lives as long as the browser's tab. Streamlit puts new elements in the
place of old ones; screen readers pass over a live region that is new, and the keyboard's focus falls to the top of
the page with the element that had it. So there is one region that stays, and focus goes to what opened, or back to
what opened it.
"""

import html
from typing import Any

import streamlit as st
import streamlit.components.v2 as components

HTML = '<span class="attention"></span>'
STYLE = """
[data-testid="stElementContainer"]:has(.attention), [data-testid="stElementContainer"]:has(.news) { display: none; }
.read-out { position: fixed; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
h1:focus { outline: none; }
"""
SCRIPT = """
const NEWS = "h2.verdict, .news, .stAlertContainer[role=status]";
const OPENED = "[data-testid=stMain] [class*='st-key-close-'] button";
const STAYS_MS = 10_000, QUIET_MS = 250, MOST = 30;

function start() {
  // In a closed root: heard, but found neither by a search in the page nor by who copies it.
  const host = document.createElement("div"), region = document.createElement("div");
  host.className = "read-out";
  Object.assign(region, { role: "status", ariaLive: "polite", ariaAtomic: "false" });
  const root = host.attachShadow({ mode: "closed" });
  root.append(region);
  document.body.append(host);
  const main = () => document.querySelector("[data-testid=stMain]");
  const works = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning";
  let said = new Set(), held = null, left = [], pointed = false, waits = 0;

  function readOut() {
    const now = new Set([...(main()?.querySelectorAll(NEWS) ?? [])].map((one) => one.textContent.trim()));
    for (const words of now) {
      if (!words || said.has(words)) continue;
      const line = document.createElement("p");
      line.textContent = words;
      region.append(line);
      setTimeout(() => line.remove(), STAYS_MS);
    }
    said = now;
  }

  const list = (ways) =>
    [...(main()?.querySelectorAll(ways) ?? [])].filter((one) => one.checkVisibility({ visibilityProperty: true }));

  // How the same control is found again once it was drawn anew: a tile, a link, or its place under a key.
  function describe(element) {
    if (element.matches(".tile[data-key]")) return { ways: `.tile[data-key="${CSS.escape(element.dataset.key)}"]` };
    if (element.matches("a[href]")) return { ways: `a[href="${CSS.escape(element.getAttribute("href"))}"]` };
    const keyed = element.closest("[class*='st-key-']");
    if (!keyed) return null;
    const ways = `.${CSS.escape([...keyed.classList].find((name) => name.startsWith("st-key-")))} ${element.localName}`;
    return { ways, place: list(ways).indexOf(element) };
  }

  function find({ path, ways, place }) {
    return path === location.pathname ? list(ways)[place ?? 0] : undefined;
  }

  function hand(element) {
    if (!element.matches("a, button, input")) element.tabIndex = -1;
    element.focus({ preventScroll: pointed });
  }

  function mend() {
    if (!held || held.element.isConnected || (document.activeElement ?? document.body) !== document.body) return;
    const again = held.ways && find(held);
    if (again) return hand(again);
    const back = left.findLastIndex((one) => find(one));
    const opened = document.querySelector(OPENED);
    if (opened || (works() === false && held.path !== location.pathname && back < 0)) {
      if (held.ways) left = [...left, held].slice(-MOST);
      held = null;
      return hand(opened ?? document.querySelector("h1"));
    }
    if (back < 0) return;
    const one = find(left[back]);
    left = left.slice(0, back);
    held = null;
    hand(one);
  }

  document.addEventListener("focusin", ({ target }) => {
    held = main()?.contains(target) ? { element: target, path: location.pathname, ...describe(target) } : null;
  });
  for (const [kind, by] of [["pointerdown", true], ["keydown", false]]) {
    document.addEventListener(kind, () => { pointed = by; }, { capture: true, passive: true });
  }
  new MutationObserver(() => {
    waits ||= setTimeout(() => { waits = 0; readOut(); mend(); }, QUIET_MS);
  }).observe(document.body, { subtree: true, childList: true, characterData: true,
    attributeFilter: ["data-test-script-state"] });
  return root;
}

export default function () {
  window.secondLookAttends ??= start();
}
"""


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_attention", html=HTML, css=STYLE, js=SCRIPT, isolate_styles=False)


def attend() -> None:
    """Once on each page: have the large line of a view, boxes that say what came, and news read out as they come, and
    give the keyboard's focus to what opened, afterwards back to what opened it."""
    _component()(key="attention", data={})


def tell(words: str) -> None:
    """News that stand on the page as something else, or not in words: read out, and not shown. words : plain text."""
    st.html(f'<span class="news">{html.escape(words)}</span>')
