"""Pictures as square tiles, never cut or stretched: the class as a bar of its colour and a name, words on level lines.

`show_tiles` draws a whole grid as one element of the page and one message to the browser, however many pictures it
holds: a Streamlit element for each picture, its caption and its button took most of the time of turning a page. A tile
that opens is one button: Tab comes to it, arrows go on from it, Enter opens it. `show_tile` draws a single one, for
places where a menu stands under each picture.
"""

import base64
import hashlib
import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
import streamlit.components.v2 as components

from pages.kit import packed

NARROWEST_PX = 100  # three in a row on a telephone
NO_PICTURE = "Its file cannot be shown"
HTML = '<p class="tiles-news" role="status"></p><ul class="tiles"></ul>'
STYLE = """
.tiles { display: grid; gap: 10px; list-style: none; margin: 0 -3px; padding: 3px; font-family: inherit;
  grid-template-columns: repeat(auto-fill, minmax(max(var(--narrowest),
    calc((100% - (var(--across) - 1) * 10px) / var(--across) - .1px)), 1fr)); }
.tiles li { margin: 0; min-width: 0; }
.tiles-news { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
.tile { display: block; box-sizing: border-box; width: 100%; margin: 0; padding: 0; border: 0; background: none;
  color: inherit; font: inherit; font-size: .8125rem; line-height: 1.35; text-align: left; border-radius: 4px; }
.tile-frame { display: block; aspect-ratio: 1; overflow: hidden; border-radius: 4px 4px 0 0;
  background: color-mix(in srgb, currentcolor 8%, transparent); border-bottom: 4px solid var(--edge, transparent); }
.tile-frame img { display: block; width: 100%; height: 100%; object-fit: contain; border-radius: 0; }
.tile-frame { container-type: inline-size; }
@container (max-width: 79px) { .tile-lost { font-size: 0; } .tile-lost::before { content: "✕"; font-size: 1rem; } }
.tile-fault { display: flex; align-items: center; justify-content: center; padding: 6px; text-align: center; }
.tile-name, .tile-words { display: block; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.tile-name { font-weight: 600; margin-top: 2px; }
.tiles-wrapped .tile-words { white-space: pre-line; overflow-wrap: anywhere; }
button.tile { cursor: zoom-in; }
button.tile:hover .tile-frame { box-shadow: 0 0 0 2px currentcolor; }
button.tile:focus-visible { outline: 3px solid currentcolor; outline-offset: 2px; }
"""
SCRIPT = (
    packed.UNPACK
    + """
const STEPS = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (across) => -across, ArrowDown: (across) => across };

function add(parent, kind, name, words) {
  const made = document.createElement(kind);
  made.className = name;
  if (words !== undefined) made.textContent = words;
  parent.append(made);
  return made;
}

function draw(list, tile, address, opens) {
  const box = add(add(list, "li", ""), opens ? "button" : "div", "tile");
  if (opens) { box.type = "button"; box.dataset.key = tile.key; }
  if (tile.colour) box.style.setProperty("--edge", tile.colour);
  box.title = [tile.fault, tile.name, tile.caption].filter(Boolean).join("\\n");
  const frame = add(box, "span", "tile-frame");
  if (address) Object.assign(add(frame, "img", ""), { alt: tile.alt, src: address, draggable: false });
  else { frame.classList.add("tile-fault"); add(frame, "span", "tile-lost", NO_PICTURE); }
  if (tile.name) add(box, "span", "tile-name", tile.name).ariaHidden = Boolean(address);
  if (tile.caption) add(box, "span", "tile-words", tile.caption);
}

function listen(list) {
  list.addEventListener("click", (event) => {
    const key = event.target.closest("button.tile")?.dataset.key;
    if (key !== undefined) list.tell(key);
  });
  list.addEventListener("keydown", (event) => {
    const boxes = [...list.querySelectorAll("button.tile")];
    const across = getComputedStyle(list).gridTemplateColumns.split(" ").length;
    const next = boxes[boxes.indexOf(event.target) + STEPS[event.key]?.(across)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".tiles");
  list.tell = (key) => setTriggerValue("opened", key);
  const content = unpack(data);
  if (list.revision !== content.revision) {
    list.revision = content.revision;
    const before = list.addresses ?? [];
    list.addresses = content.parts.map((part) => part.length ? URL.createObjectURL(new Blob([part])) : "");
    list.style.setProperty("--across", content.across);
    list.style.setProperty("--narrowest", `${content.narrowest_px}px`);
    list.classList.toggle("tiles-wrapped", content.wrapped);
    list.ariaLabel = content.label;
    list.replaceChildren();
    content.tiles.forEach((tile, place) => draw(list, tile, list.addresses[place], content.opens));
    before.forEach((address) => URL.revokeObjectURL(address));
    parentElement.querySelector(".tiles-news").textContent = content.news;
  }
  if (!list.listening) { list.listening = true; listen(list); }
  return () => {
    if (!list.isConnected) list.addresses.forEach((address) => URL.revokeObjectURL(address));
  };
}
"""
).replace("NO_PICTURE", json.dumps(NO_PICTURE))


@dataclass(frozen=True)
class Tile:
    """A picture with its class and words, all of them plain text, since names of folders may hold anything.

    key : what `on_open` is told, of its own in a grid. picture : a PNG or JPEG file, of any shape; None where it cannot
    be shown, and `fault` says why. name : of the class, and `colour` its bar ("#D55E00"; "" for none), as
    `template.choose_class_colours` gives it. caption : what else stands under it; a line break begins a line.
    alt : what the picture is, for those who do not see it; the class where it is not given.
    """

    key: str
    picture: bytes | None
    name: str = ""
    colour: str = ""
    caption: str = ""
    alt: str = ""
    fault: str = ""


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_tiles", html=HTML, css=STYLE, js=SCRIPT, isolate_styles=False)


def show_tiles(
    tiles: Sequence[Tile],
    *,
    key: str,
    label: str,
    across: int | None = None,
    narrowest_px: int = NARROWEST_PX,
    wrapped: bool = False,
    news: str = "",
    on_open: Callable[[str], object] | None = None,
) -> None:
    """A grid of tiles.

    key : of the grid, on its page. label : what it is a list of, for those who do not see it. across : how many in a
    row where there is room, each at least `narrowest_px` wide; None: as many as fit. wrapped : captions in full on as
    many lines as they need, in place of one line each that ends in dots. news : said aloud by screen readers when the
    pictures change. on_open : called with the key of the tile that was clicked, before the page is drawn anew; without
    it the tiles are no buttons.
    """
    said = {
        "tiles": [_describe(tile) for tile in tiles],
        "across": across or 99,
        "narrowest_px": narrowest_px,
        "wrapped": wrapped,
        "label": label,
        "news": news,
        "opens": on_open is not None,
        "sizes": [len(tile.picture or b"") for tile in tiles],
    }
    parts = [tile.picture or b"" for tile in tiles]
    revision = hashlib.blake2b(b"".join([json.dumps(said).encode(), *parts]), digest_size=16).hexdigest()
    content = packed.pack(json.dumps(said | {"revision": revision}), parts)
    keys = frozenset(tile.key for tile in tiles)

    def open_clicked() -> None:
        opened = (st.session_state.get(key) or {}).get("opened")
        if on_open is not None and opened in keys:
            on_open(opened)

    _component()(key=key, data=content, on_opened_change=open_clicked)


def _describe(tile: Tile) -> dict[str, str]:
    said = {name: getattr(tile, name) for name in ("key", "name", "colour", "caption", "fault")}
    return said | {"alt": tile.alt or tile.name}


def show_style() -> None:
    """What `show_tile` needs, once on a page."""
    st.html(f"<style>{STYLE}</style>")


def show_tile(tile: Tile) -> None:
    """One tile that is not a button, its caption in full."""
    inside = f'<span class="tile-lost">{html.escape(NO_PICTURE)}</span>'
    if tile.picture is not None:
        kind = "jpeg" if tile.picture.startswith(b"\xff\xd8") else "png"
        encoded = base64.b64encode(tile.picture).decode()
        inside = f'<img alt="{html.escape(tile.alt or tile.name)}" src="data:image/{kind};base64,{encoded}">'
    edge = f' style="--edge: {html.escape(tile.colour)}"' if tile.colour else ""
    fault = "" if tile.picture is not None else " tile-fault"
    st.html(
        f'<div class="tile tiles-wrapped"{edge} title="{html.escape(tile.fault)}">'
        f'<span class="tile-frame{fault}">{inside}</span><span class="tile-name">{html.escape(tile.name)}</span>'
        f'<span class="tile-words">{html.escape(tile.caption)}</span></div>'
    )
