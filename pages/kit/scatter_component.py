"""The map that answers to the pointer: a picture of the image under it, and what a lasso caught.

Plotly's own labels hold text only, and asking the server for each picture would lag behind the pointer. The pictures
come along once, as tiles of a few large ones, and are cut out in the browser. Names are set as text, never as HTML.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
import streamlit.components.v2 as components

from pages.kit import live_chart, packed

HTML = """
<div class="picture-map">
  <div class="picture-map-figure"></div>
  <div class="picture-map-card" hidden><div class="picture-map-tile"></div><div class="picture-map-words"></div></div>
</div>
"""
STYLE = """
.picture-map { position: relative; width: 100%; height: 100%; }
.picture-map-figure { width: 100%; height: 100%; }
.picture-map-card { position: absolute; z-index: 5; pointer-events: none; width: 128px; padding: 8px;
  background: var(--st-secondary-background-color); color: var(--st-text-color);
  border: 1px solid var(--st-border-color); border-radius: 6px; box-shadow: 0 2px 10px rgba(0, 0, 0, .18);
  font: 13px/1.35 var(--st-font); }
.picture-map-card[hidden] { display: none; }
.picture-map-tile { width: 112px; height: 112px; border-radius: 4px; margin-bottom: 6px; }
.picture-map-words { white-space: pre-line; overflow-wrap: anywhere; }
"""
BUTTONS = ["lasso2d", "select2d", "pan2d", "zoom2d", "resetScale2d"]
SCRIPT = (
    live_chart.LOADER
    + packed.UNPACK
    + live_chart.write_options(displayModeBar=True, scrollZoom=True, modeBarButtons=[BUTTONS])
    + """
const SHOWN = 112, MARGIN = 14, ACROSS = 64, TILES = ACROSS * ACROSS;

function showCard(root, card, event) {
  const position = event.points[0]?.customdata;
  const pictures = window.secondLookSheets?.[root.content.identity];
  if (position === undefined || !pictures) return;
  const { words, count, addresses } = pictures;
  const place = position % TILES;
  const sheet = Math.floor(position / TILES);
  const rows = Math.ceil(Math.min(TILES, count - sheet * TILES) / ACROSS);
  const tile = card.querySelector(".picture-map-tile");
  tile.style.backgroundImage = `url("${addresses[sheet]}")`;
  tile.style.backgroundSize = `${ACROSS * SHOWN}px ${rows * SHOWN}px`;
  tile.style.backgroundPosition = `${-(place % ACROSS) * SHOWN}px ${-Math.floor(place / ACROSS) * SHOWN}px`;
  card.querySelector(".picture-map-words").textContent =
    words.map(({ names, codes }) => names[codes[position]]).filter(Boolean).join("\\n");
  card.dataset.position = position;
  card.hidden = false;
  const frame = root.getBoundingClientRect();
  const x = event.event.clientX - frame.left, y = event.event.clientY - frame.top;
  const { offsetWidth: width, offsetHeight: height } = card;
  card.style.left = `${x + MARGIN + width > frame.width ? Math.max(0, x - MARGIN - width) : x + MARGIN}px`;
  card.style.top = `${Math.max(0, Math.min(y - height / 2, frame.height - height))}px`;
}

function listen(root, holder, card) {
  holder.on("plotly_hover", (event) => showCard(root, card, event));
  holder.on("plotly_unhover", () => { card.hidden = true; });
  holder.addEventListener("mouseleave", () => { card.hidden = true; });
  const tell = (positions) => {
    const said = JSON.stringify(positions);
    if (root.said === said) return;
    root.said = said;
    root.tell("caught", positions);
  };
  holder.on("plotly_selected", (event) => {
    card.hidden = true;
    if (event?.points) tell(event.points.map((point) => point.customdata).sort((a, b) => a - b));
  });
  holder.on("plotly_deselect", () => tell([]));
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".picture-map");
  const holder = root.querySelector(".picture-map-figure");
  const card = root.querySelector(".picture-map-card");
  root.tell = setStateValue;
  const content = unpack(data);
  if (root.content?.revision !== content.revision) {
    root.content = content;
    const { figure, identity } = content;
    library().then(async (plotly) => {
      const layout = { ...figure.layout, uirevision: identity, selectionrevision: identity, autosize: true };
      await plotly.react(holder, figure.data, layout, OPTIONS);
      root.dataset.drawn = content.revision;
      if (!root.listening) { root.listening = true; listen(root, holder, card); }
    }).catch((error) => { holder.textContent = error.message; });
  }
  return () => { if (window.Plotly && !root.isConnected) window.Plotly.purge(holder); };
}
"""
)
# The pictures of the map that was seen last stay in the browser: a drawing of it in other colours is a tenth of them.
SHEETS = (
    packed.UNPACK
    + """
export default function ({ data }) {
  const kept = (window.secondLookSheets ??= {});
  const { identity, words, count, parts } = unpack(data);
  if (kept[identity]) return;
  for (const [other, { addresses }] of Object.entries(kept)) {
    addresses.forEach((address) => URL.revokeObjectURL(address));
    delete kept[other];
  }
  const addresses = parts.map((sheet) => URL.createObjectURL(new Blob([sheet], { type: "image/jpeg" })));
  kept[identity] = { words, count, addresses };
}
"""
)


@dataclass(frozen=True)
class Content:
    """What the browser needs, packed: the drawing, and the pictures and words of its points, which all drawings of a
    map share."""

    drawing: bytes
    sheets: bytes


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_picture_map", html=HTML, css=STYLE, js=SCRIPT, isolate_styles=False)


@st.cache_resource(show_spinner=False)
def _sheets() -> Any:
    return components.component("second_look_picture_sheets", html="<i hidden></i>", js=SHEETS, isolate_styles=False)


def show_picture_map(content: Content, *, points: int, key: str, height_px: int) -> list[int] | None:
    """Draw the map of `pack_content`; returns which of its points the lasso holds, as positions, rising.

    None as long as nothing has been drawn or cleared since the map came onto the page.
    """
    with st.container(gap=None):
        result = _component()(key=key, data=content.drawing, height=height_px, on_caught_change=lambda: None)
        _sheets()(key=f"{key}-sheets", data=content.sheets)
    caught = result.get("caught")
    if caught is None:
        return None
    return [position for position in caught if isinstance(position, int) and 0 <= position < points]


def pack_content(figure: Any, sheets: Sequence[bytes], words: Sequence[Sequence[str]], *, identity: str) -> Content:
    """What the browser needs: the figure, the sheets of tiles, and a line of words for each point from each of `words`.

    identity : of the map, whose zoom, lasso and pictures stay while it is coloured anew.
    Words are sent as codes into their distinct values. All of it as bytes (`packed`): 6 MB of pictures
    inside of JSON would cost each rerun 0.1 s; and apart from the figure, since only that changes with its colours.
    """
    coded = []
    for column in words:
        names = list(dict.fromkeys(column))
        places = {name: place for place, name in enumerate(names)}
        coded.append({"names": names, "codes": [places[name] for name in column]})
    said = {
        "words": coded,
        "count": len(words[0]) if words else 0,
        "identity": identity,
        "sizes": [len(sheet) for sheet in sheets],
    }
    drawn = figure.to_json()
    revision = hashlib.blake2b(drawn.encode(), digest_size=16).hexdigest()
    head = json.dumps({"identity": identity, "revision": revision, "sizes": []})
    return Content(
        packed.pack(f'{head[:-1]}, "figure": {drawn}}}', ()), packed.pack(json.dumps(said, ensure_ascii=False), sheets)
    )
