"""The picture of a case that is read: zoomed as all others, and shown brighter, inverted, in hue or under a grid by the
browser alone, so that no tool waits for the server and none touches the image.

Pictures stay in the browser under a name that says nothing of them, so the next one can be there before it is wanted
(`fetch_ahead`). What is seen, and since when, is told to the page's keys (`answer_keys`): an answer is about a picture
that was seen.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import streamlit as st
import streamlit.components.v2 as components

from pages.kit import packed, zoom_component

KEPT = 12  # pictures in the browser
HTML = (
    '<div class="reading">'
    + zoom_component.HTML
    + """
  <p class="reading-fault" hidden></p>
  <div class="reading-tools" role="group" aria-label="How the picture is shown">
    <label>Brightness <input type="range" data-look="brightness" min="40" max="240" step="5"></label>
    <label>Contrast <input type="range" data-look="contrast" min="40" max="300" step="5"></label>
    <span class="reading-switches">
      <button type="button" data-channel="hue" title="Hue at full strength; grey where there is none">Hue</button>
      <button type="button" data-channel="saturation" title="Saturation as grey">Saturation</button>
      <button type="button" data-channel="value" title="Value (brightest channel) as grey">Value</button>
      <button type="button" data-switch="invert">Invert</button>
      <button type="button" data-switch="grid">Grid</button>
      <button type="button" data-reset="yes" title="Show the picture as it is">Reset</button>
    </span>
  </div>
</div>
"""
)
STYLE = (
    zoom_component.STYLE
    + """
.reading .zoom { width: min(100%, max(260px, calc((100vh - var(--beside, 330px)) * var(--ratio)))); margin: 0 auto; }
.reading .zoom-base, .reading .zoom-own { filter: var(--look, none); }
.reading-lines { position: absolute; inset: 0; pointer-events: none; opacity: .55;
  background-image: linear-gradient(to right, #7A7F87 1px, transparent 1px),
    linear-gradient(to bottom, #7A7F87 1px, transparent 1px);
  background-size: 10% 10%; border: solid #7A7F87; border-width: 0 1px 1px 0; }
.reading-lines[hidden], .reading-fault[hidden], .reading-tools[hidden] { display: none; }
.reading-fault { margin: 2rem 0; text-align: center; }
.reading-tools { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; justify-content: center;
  margin-top: 8px; font: 13px/1.4 var(--st-font); color: var(--st-text-color); }
.reading-tools label { display: flex; align-items: center; gap: 6px; }
.reading-tools input { width: 84px; accent-color: var(--st-primary-color); }
.reading-switches { display: flex; flex-wrap: wrap; gap: 4px; }
.reading-switches button { font: inherit; color: inherit; min-height: 26px; padding: 1px 8px; cursor: pointer;
  background: none; border: 1px solid var(--st-border-color); border-radius: 6px; }
.reading-switches button:hover { background: var(--st-secondary-background-color); }
.reading-switches button[aria-pressed=true], .reading[data-changed] [data-reset] { font-weight: 600;
  border-color: var(--st-primary-color); box-shadow: inset 0 0 0 1px var(--st-primary-color); }
.reading-switches button:disabled { cursor: default; color: inherit; opacity: .62; }
@media (max-width: 640px) { .reading .zoom { width: min(100%, calc((100vh - 400px) * var(--ratio))); } }
"""
)
SCRIPT = (
    zoom_component.ZOOMING
    + """
const pictures = (window.secondLookPictures ??= new Map());
const room = (window.secondLookReading ??= { shown: "", since: 0, heard: new Set() });
const PLAIN = { brightness: 100, contrast: 100, channel: "", invert: false, grid: false };
const look = (room.look ??= { ...PLAIN });
const LEAST = 0.1, NO_HUE = 128;

function keep(content) {
  content.pictures.forEach((one, number) => {
    if (pictures.has(one.key) || !content.parts[number].length) return;
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([content.parts[number]], { type: one.kind }));
    pictures.set(one.key, { image, ratio: one.ratio, ready: image.decode().catch(() => {}) });
  });
  for (const key of [...pictures.keys()].slice(0, Math.max(0, pictures.size - MOST_KEPT))) {
    URL.revokeObjectURL(pictures.get(key).image.src);
    pictures.delete(key);
  }
}

const CHANNELS = {
  hue: (red, green, blue, most, least) => {
    if (most < 255 * LEAST || most - least < most * LEAST) return [NO_HUE, NO_HUE, NO_HUE];
    const spread = most - least, full = (one) => Math.round(255 * (one - least) / spread);
    return [full(red), full(green), full(blue)];
  },
  saturation: (red, green, blue, most, least) => Array(3).fill(most ? Math.round(255 * (most - least) / most) : 0),
  value: (red, green, blue, most) => [most, most, most],
};

function paint(image, channel) {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height), values = pixels.data;
  for (let at = 0; at < values.length; at += 4) {
    const [red, green, blue] = [values[at], values[at + 1], values[at + 2]];
    values.set(channel(red, green, blue, Math.max(red, green, blue), Math.min(red, green, blue)), at);
  }
  context.putImageData(pixels, 0, 0);
  return new Promise((done) => canvas.toBlob((blob) => done(URL.createObjectURL(blob))));
}

async function dress(root) {
  const shown = pictures.get(root.content.key)?.image;
  const changed = Object.keys(PLAIN).some((name) => look[name] !== PLAIN[name]);
  root.toggleAttribute("data-changed", changed);
  root.querySelector("[data-reset]").disabled = !changed;
  root.querySelectorAll("input").forEach((input) => { input.value = look[input.dataset.look]; });
  for (const button of root.querySelectorAll("[data-channel], [data-switch]")) {
    const { channel, switch: name } = button.dataset;
    button.ariaPressed = String(channel ? look.channel === channel : look[name]);
  }
  const filters = [`brightness(${look.brightness / 100})`, `contrast(${look.contrast / 100})`];
  root.style.setProperty("--look", changed ? filters.join(" ") + (look.invert ? " invert(1)" : "") : "none");
  root.lines.hidden = !look.grid;
  if (!shown) return;
  const wanted = (root.wanted = `${root.content.key} ${look.channel}`);
  const address = look.channel ? await paint(shown, CHANNELS[look.channel]) : shown.src;
  if (root.wanted !== wanted) return;
  if (root.painted) URL.revokeObjectURL(root.painted);
  root.painted = look.channel ? address : "";
  for (const name of [".zoom-base", ".zoom-own"]) root.querySelector(name).src = address;
}

function listenToTools(root) {
  const change = (changes) => { Object.assign(look, changes); dress(root); };
  root.querySelector(".reading-tools").addEventListener("input", (event) => {
    if (event.target.dataset.look) change({ [event.target.dataset.look]: Number(event.target.value) });
  });
  root.querySelector(".reading-tools").addEventListener("click", (event) => {
    const { channel, switch: name, reset } = event.target.dataset;
    if (reset) change(PLAIN);
    else if (channel) change({ channel: look.channel === channel ? "" : channel });
    else if (name) change({ [name]: !look[name] });
  });
}

async function show(root) {
  const content = root.content, found = pictures.get(content.key);
  if (!found && !content.fault) return root.ask(content.key);
  await found?.ready;
  if (root.content !== content || !root.isConnected) return;
  const pane = root.querySelector(".zoom"), fault = root.querySelector(".reading-fault");
  pane.hidden = root.querySelector(".reading-tools").hidden = Boolean(content.fault);
  fault.hidden = !content.fault;
  fault.textContent = content.fault;
  if (found) {
    pictures.delete(content.key);
    pictures.set(content.key, found);  // the one that was seen last goes last
    pane.style.setProperty("--ratio", found.ratio);
    pane.content = { group: "image" };
    const group = (groups.image ??= { scale: 1, x: 0, y: 0, panes: new Set() });
    if (group.identity !== content.key) Object.assign(group, { identity: content.key, scale: 1, x: 0, y: 0 });
    group.panes.add(pane);
    if (!pane.listening) { pane.listening = true; listen(pane); listenToTools(root); }
    pane.querySelector(".zoom-base").alt = content.alt;
    pane.querySelector(".zoom-frame").setAttribute("aria-label", `${content.alt}. Plus, minus and arrows zoom.`);
    await dress(root);
    draw(group);
  }
  if (room.shown === content.seen) return;
  Object.assign(room, { shown: content.seen, since: performance.now() });
  room.heard.forEach((hear) => hear());
}

export default function ({ data, parentElement, setTriggerValue }) {
  const content = unpack(data);
  keep(content);
  if (!content.seen) return;  // fetched ahead
  const root = parentElement.querySelector(".reading");
  root.content = content;
  root.ask = (key) => setTriggerValue("missing", key);
  if (!root.lines) {
    root.lines = Object.assign(document.createElement("div"), { className: "reading-lines", hidden: true });
    root.querySelector(".zoom-layers").append(root.lines);
    root.querySelector(".zoom-heat").remove();
  }
  show(root);
  return () => {
    if (root.isConnected) return;
    groups.image?.panes.delete(root.querySelector(".zoom"));
    room.shown = "";
    if (root.painted) URL.revokeObjectURL(root.painted);
  };
}
"""
).replace("MOST_KEPT", str(KEPT))
HAVE = "pictures-in-browser"


@dataclass(frozen=True)
class Picture:
    """key : by which the browser keeps it. content : PNG or JPEG, b"" where it cannot be shown, and `fault` says why.
    size_px : (height, width)."""

    key: str
    content: bytes
    size_px: tuple[int, int]
    fault: str = ""


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_reading", html=HTML, css=STYLE, js=SCRIPT, isolate_styles=False)


@st.cache_resource(show_spinner=False)
def _ahead() -> Any:
    return components.component("second_look_reading_ahead", html="", js=SCRIPT, isolate_styles=False)


def show_picture(picture: Picture, *, seen: str, alt: str, key: str) -> None:
    """A picture, whole again where it is another one. seen : what the keys are told once it is seen."""

    def send_again() -> None:
        remember_pictures(())

    said = {"key": picture.key, "seen": seen, "alt": alt, "fault": picture.fault}
    _component()(key=key, data=_pack(picture, said), on_missing_change=send_again)


def fetch_ahead(picture: Picture, *, key: str) -> None:
    """Have the browser keep a picture; nothing of it is seen."""
    _ahead()(key=key, data=_pack(picture, {"seen": ""}))


def remember_pictures(keys: Collection[str]) -> None:
    """Which pictures the browser says that it has; these are not sent again."""
    st.session_state[HAVE] = frozenset(keys)


def _pack(picture: Picture, said: dict[str, str]) -> bytes:
    known = picture.key in st.session_state.get(HAVE, ())
    content = b"" if known else picture.content
    kind = "image/jpeg" if picture.content.startswith(b"\xff\xd8") else "image/png"
    about = {"key": picture.key, "kind": kind, "ratio": picture.size_px[1] / picture.size_px[0]}
    return packed.pack(json.dumps(said | {"pictures": [about], "sizes": [len(content)]}), [content])
