"""A picture that can be zoomed, in step with all others of the same image: wheel, two fingers, buttons, keys, drag,
full screen.

`st.image` opens one picture alone, and what is compared is a picture and
the evidence over it. From three times its size on an image shows its own pixels, as squares where these are large.
"""

import io
import json
from typing import Any

import numpy as np
import streamlit as st
import streamlit.components.v2 as components
from PIL import Image

from core.datasets.index import thumbnails
from core.explanation import overlay
from pages.kit import packed

SHOWN_PX = 640  # the longer side of what is seen first
MOST_PX, QUALITY = 2400, 92  # of an image's own pixels, and how a large image is encoded
HTML = """
<div class="zoom">
  <div class="zoom-frame" tabindex="0" role="group">
    <div class="zoom-layers"><img class="zoom-base"><img class="zoom-own" alt=""><img class="zoom-heat" alt=""></div>
  </div>
  <div class="zoom-tools">
    <button type="button" data-do="out" title="Zoom out">&minus;</button>
    <output class="zoom-scale"></output>
    <button type="button" data-do="in" title="Zoom in">+</button>
    <button type="button" data-do="whole" title="Whole image">
      <svg viewBox="0 0 16 16" width="14"><path d="M2 3h12v10H2zM6 6h4v4H6z"/></svg>
    </button>
    <button type="button" data-do="full" title="Full screen">
      <svg viewBox="0 0 16 16" width="14"><path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"/></svg>
    </button>
  </div>
</div>
"""
STYLE = """
.zoom { position: relative; width: 100%; }
.zoom-frame { position: relative; width: 100%; aspect-ratio: var(--ratio); overflow: hidden; border-radius: 4px;
  cursor: zoom-in; }
.zoom-frame:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.zoom-frame.zoomed { cursor: grab; touch-action: none; }
.zoom-layers, .zoom-layers img { position: absolute; inset: 0; width: 100%; height: 100%; max-width: none; }
.zoom-layers { transform-origin: 0 0; }
.zoom-layers img[hidden] { display: none; }
.zoom-tools { position: absolute; top: 6px; right: 6px; display: flex; align-items: center; gap: 2px; padding: 2px;
  opacity: 0; transition: opacity .12s; background: var(--st-secondary-background-color);
  color: var(--st-text-color); border: 1px solid var(--st-border-color); border-radius: 6px;
  font: 13px/1 var(--st-font); }
.zoom:hover .zoom-tools, .zoom:focus-within .zoom-tools { opacity: 1; }
@media (hover: none) { .zoom-tools { opacity: 1; } }
.zoom-tools button { all: unset; box-sizing: border-box; min-width: 26px; height: 26px; text-align: center;
  border-radius: 4px; cursor: pointer; font-size: 16px; line-height: 26px; }
.zoom-tools svg { pointer-events: none; vertical-align: middle; fill: none; stroke: currentColor; stroke-width: 1.6; }
.zoom-tools button:hover { background: var(--st-background-color); }
.zoom-tools button:focus-visible { outline: 2px solid var(--st-primary-color); }
.zoom-scale { min-width: 3em; text-align: center; font-variant-numeric: tabular-nums; }
.zoom:fullscreen { display: flex; align-items: center; background: var(--st-background-color); }
.zoom:fullscreen .zoom-frame { width: min(100vw, calc(100vh * var(--ratio))); margin: auto; }
"""
# JavaScript: what any picture that zooms needs; `listen(root)` once, `draw(group)` after each change.
ZOOMING = (
    packed.UNPACK
    + """
const MOST = 32, STEP = 1.5, WHEEL = 1.2, MOVE = 0.1, OWN_FROM = 3, SQUARES_FROM = 4;
const groups = (window.secondLookZoom ??= {});
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function draw(group) {
  for (const root of group.panes) {
    if (!root.isConnected) { group.panes.delete(root); continue; }
    const frame = root.querySelector(".zoom-frame"), own = root.querySelector(".zoom-own");
    const { scale, x, y } = group;
    root.querySelector(".zoom-layers").style.transform = `translate(${100 * x}%, ${100 * y}%) scale(${scale})`;
    root.querySelector(".zoom-scale").textContent = `${Math.round(100 * scale)} %`;
    own.hidden = scale < OWN_FROM;
    const squares = frame.clientWidth * scale >= SQUARES_FROM * own.naturalWidth;
    own.style.imageRendering = squares ? "pixelated" : "auto";
    frame.classList.toggle("zoomed", scale > 1);
  }
}

function move(group, x, y) {
  group.x = clamp(x, 1 - group.scale, 0);
  group.y = clamp(y, 1 - group.scale, 0);
  draw(group);
}

function zoom(group, factor, x = 0.5, y = 0.5) {
  const before = group.scale;
  group.scale = clamp(before * factor, 1, MOST);
  const grown = group.scale / before;
  move(group, x - (x - group.x) * grown, y - (y - group.y) * grown);
}

function find(frame, event) {
  const { left, top, width, height } = frame.getBoundingClientRect();
  return [(event.clientX - left) / width, (event.clientY - top) / height];
}

const KEYS = {
  "+": (group) => zoom(group, STEP), "=": (group) => zoom(group, STEP), "-": (group) => zoom(group, 1 / STEP),
  "0": (group) => zoom(group, 0),
  ArrowLeft: (group) => move(group, group.x + MOVE, group.y),
  ArrowRight: (group) => move(group, group.x - MOVE, group.y),
  ArrowUp: (group) => move(group, group.x, group.y + MOVE),
  ArrowDown: (group) => move(group, group.x, group.y - MOVE),
};

function listen(root) {
  const frame = root.querySelector(".zoom-frame");
  const group = () => groups[root.content.group];
  const held = new Map();  // what touches the picture: one finger or the mouse moves it, two fingers zoom
  const measure = ([[x, y], [a, b]]) => Math.hypot((x - a) * frame.clientWidth, (y - b) * frame.clientHeight);
  const middle = (places) => [0, 1].map((axis) => places.reduce((sum, one) => sum + one[axis], 0) / places.length);
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== frame && group().scale === 1) return;  // the page scrolls on
    event.preventDefault();
    zoom(group(), event.deltaY < 0 ? WHEEL : 1 / WHEEL, ...find(frame, event));
  }, { passive: false });
  frame.addEventListener("dblclick", (event) => zoom(group(), 2, ...find(frame, event)));
  frame.addEventListener("keydown", (event) => {
    if (!KEYS[event.key] || event.ctrlKey || event.metaKey) return;
    if (event.key.startsWith("Arrow") && group().scale === 1) return;
    event.preventDefault();
    KEYS[event.key](group());
  });
  frame.addEventListener("dragstart", (event) => event.preventDefault());
  frame.addEventListener("touchmove", (event) => { if (event.touches.length > 1) event.preventDefault(); },
    { passive: false });  // two fingers are ours, one scrolls the page
  frame.addEventListener("pointerdown", (event) => {
    held.set(event.pointerId, find(frame, event));
    if (group().scale > 1 || held.size > 1) frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    if (!event.buttons) held.delete(event.pointerId);  // let go of outside the picture
    if (!held.has(event.pointerId)) return;
    const before = [...held.values()];
    held.set(event.pointerId, find(frame, event));
    const now = [...held.values()], [x, y] = middle(now), [fromX, fromY] = middle(before);
    if (now.length === 2 && measure(before) > 0) zoom(group(), measure(now) / measure(before), x, y);
    if (group().scale > 1) move(group(), group().x + x - fromX, group().y + y - fromY);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    frame.addEventListener(name, (event) => held.delete(event.pointerId));
  }
  const tools = {
    in: () => zoom(group(), STEP), out: () => zoom(group(), 1 / STEP), whole: () => zoom(group(), 0),
    full: () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen(),
  };
  root.querySelector("[data-do=full]").hidden = !document.fullscreenEnabled;
  root.querySelector(".zoom-tools").addEventListener("click", (event) => tools[event.target.dataset.do]?.());
  new ResizeObserver(() => draw(group())).observe(frame);
}
"""
)
SCRIPT = (
    ZOOMING
    + """
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".zoom");
  const content = unpack(data);
  const before = root.content;
  root.content = content;
  root.style.setProperty("--ratio", content.ratio);
  if (before?.revision !== content.revision) {
    root.addresses?.forEach((address) => URL.revokeObjectURL(address));
    root.addresses = content.parts.map((part, number) => URL.createObjectURL(new Blob([part], content.kinds[number])));
    const images = root.querySelectorAll("img");
    images.forEach((image, number) => {
      if (root.addresses[number]) image.src = root.addresses[number]; else image.removeAttribute("src");
    });
    images[0].alt = content.alt;
    images[2].style.display = root.addresses[2] ? "" : "none";
    root.querySelector(".zoom-frame").setAttribute("aria-label", `${content.alt}. Plus, minus and arrows zoom.`);
  }
  const group = (groups[content.group] ??= { scale: 1, x: 0, y: 0, panes: new Set() });
  if (group.identity !== content.identity) Object.assign(group, { identity: content.identity, scale: 1, x: 0, y: 0 });
  group.panes.add(root);
  if (!root.listening) { root.listening = true; listen(root); }
  draw(group);
  return () => {
    if (root.isConnected) return;
    group.panes.delete(root);
    root.addresses.forEach((address) => URL.revokeObjectURL(address));
  };
}
"""
)


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_zoom", html=HTML, css=STYLE, js=SCRIPT, isolate_styles=False)


def show_zoom(
    image_rgb: np.ndarray, heat_rgba: np.ndarray | None = None, *, identity: str, revision: str, alt: str, key: str
) -> None:
    """An image, and the evidence over it where there is some. All that are shown of one `identity` zoom in step.

    image_rgb : uint8 (H, W, 3). heat_rgba : uint8 (H', W', 4), of the same shape but for its scale. identity : of the
    image; another one is shown whole again. revision : of this drawing. alt : what it is, for those who do not see it.
    """
    pictures = [*_encode_image(identity, image_rgb)]
    kinds = ["image/png", "image/png" if max(image_rgb.shape) <= SHOWN_PX else "image/jpeg"]
    if heat_rgba is not None:
        pictures.append(thumbnails.encode_picture(heat_rgba))
        kinds.append("image/png")
    said = {
        "group": "image",
        "identity": identity,
        "revision": f"{identity} {revision}",
        "ratio": image_rgb.shape[1] / image_rgb.shape[0],
        "alt": alt,
        "kinds": [{"type": kind} for kind in kinds],
        "sizes": [len(picture) for picture in pictures],
    }
    _component()(key=key, data=packed.pack(json.dumps(said), pictures))


@st.cache_data(max_entries=16, show_spinner=False)
def _encode_image(identity: str, _image_rgb: np.ndarray) -> tuple[bytes, bytes]:
    """What is seen first, enlarged smoothly or made smaller, and the image's own pixels."""
    first = thumbnails.encode_picture(overlay.fit(_image_rgb, SHOWN_PX))
    if max(_image_rgb.shape) <= SHOWN_PX:
        return first, thumbnails.encode_picture(_image_rgb)
    own = overlay.fit(_image_rgb, min(MOST_PX, max(_image_rgb.shape)))
    content = io.BytesIO()
    Image.fromarray(own).save(content, "JPEG", quality=QUALITY)
    return first, content.getvalue()
