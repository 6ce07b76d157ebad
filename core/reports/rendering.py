"""A report as one HTML file that stands alone: nothing is asked of any host, on a screen, a phone, or on paper.

Figures are drawn by plotly.js, which is packed in the file; where JavaScript is off, their numbers stand there as
tables. How it looks is in `templates/`, where jinja escapes every text.
"""

import base64
import functools
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from core.figures import standalone, toolbar

TEMPLATES = Path(__file__).parent / "templates"
SHORT_ROWS = 16  # a table up to this stays on one sheet of paper
OPTIONS = toolbar.configure(toolbar=False, responsive=True)
JPEG_QUALITY = 85


@dataclass(frozen=True)
class Item:
    """A question of a card with its answer; one that nobody has answered is shown as an empty box with its hint."""

    question: str
    answer: str
    hint: str = ""
    source: str = ""


@dataclass(frozen=True)
class Badge:
    """A caution in a word or two, and in a sentence. loud : nobody may overlook it."""

    name: str
    words: str
    loud: bool = False


@dataclass(frozen=True)
class Tile:
    """Pictures of one thing beside each other: data URIs with what each shows in words. colour : of its edge."""

    title: str
    pictures: tuple[tuple[str, str], ...]
    caption: str
    colour: str


@dataclass(frozen=True)
class Section:
    """One part of a report, from top to bottom: title, verdict, badges, paragraphs, facts, tiles, figure or image with
    its caption, table, items.

    level : 2 begins a part that the contents name, 3 a part of that. loud : the first paragraph is a warning.
    verdict : the one large line. facts : name -> text. figure : a Plotly figure in the light theme. table : shown, or
    folded away as the numbers of the figure where there is one. image : a data URI. new_page : on paper it begins a
    page.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    verdict: str = ""
    badges: tuple[Badge, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    tiles: tuple[Tile, ...] = ()
    figure: Any = None
    table: pd.DataFrame | None = None
    image: str = ""
    caption: str = ""
    items: tuple[Item, ...] = ()
    level: int = 2
    loud: bool = False
    new_page: bool = False


def write_report(
    title: str,
    sections: Sequence[Section],
    *,
    purpose: str = "",
    facts: Mapping[str, str] | None = None,
    foot: str = "",
) -> str:
    """One whole HTML page. Every text is shown as it stands, whatever it holds; figures make it about 2.5 MB.

    purpose : what it is for and what not, under the title. facts : what stands in the head, name -> text. foot : what
    stands at the foot of each sheet of paper; "" = the title. The same arguments give the same bytes.
    Its own rule (Content-Security-Policy) lets no browser fetch anything for it or run a script that we did not write.
    """
    drawn = any(section.figure is not None for section in sections)
    script = _load("report.js").render(options=OPTIONS) if drawn else ""
    return _load("report.html").render(
        title=title,
        purpose=purpose,
        facts=facts or {},
        sections=sections,
        foot=foot or title,
        contents=[(number, section) for number, section in enumerate(sections) if section.level == 2],
        script=script,
        library=_library().packed if drawn else "",
        rule=_write_rule([_library().sha256, _hash(script)] if drawn else []),
        short_rows=SHORT_ROWS,
    )


def _load(name: str) -> jinja2.Template:
    return _templates().get_template(name)


@functools.lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    """The templates, with what they ask Python for. A name that they lack is an error, never an empty place."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    found.filters |= {
        "as_css": _write_css,
        "as_data": standalone.write_data,
        "height_px": standalone.find_height_px,
        "number_columns": _find_number_columns,
        "require_image": require_image,
        "say": _say,
    }
    return found


@dataclass(frozen=True)
class _Library:
    """plotly.js as it stands in the file, and the hash of what a browser makes of that."""

    packed: str
    sha256: str


@functools.lru_cache(maxsize=1)
def _library() -> _Library:
    source = standalone.read_library()
    return _Library(standalone.pack(source), _hash(source))


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _write_rule(hashes: Sequence[str]) -> str:
    """What a browser may do for this page: draw with our own scripts, known by their hashes, and nothing else."""
    own = " ".join(f"'sha256-{one}'" for one in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {own}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _write_css(words: str) -> str:
    """A text for a string in a style sheet: nothing in it can end the string, or the sheet."""
    return "".join(one if one.isascii() and (one.isalnum() or one == " ") else f"\\{ord(one):x} " for one in words)


def write_picture(image_rgb: NDArray[np.uint8]) -> str:
    """An image, uint8 (H, W, 3), as the data URI of a JPEG."""
    encoded = io.BytesIO()
    Image.fromarray(image_rgb).save(encoded, "JPEG", quality=JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getvalue()).decode()}"


def require_image(address: str) -> str:
    """`address` if the picture is in it; an address of anything else would be a request, and is a fault of ours."""
    if not address.startswith("data:image/"):
        raise ValueError(f"expected a data URI of an image, found {address[:40]!r}")
    return address


def _find_number_columns(table: pd.DataFrame) -> list[Any]:
    """Columns of numbers, which stand to the right."""
    return [name for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]


def _say(cell: Any) -> str:
    """A cell as a person reads it: a few digits of a number, a dash where there is none."""
    if cell is None or (isinstance(cell, float) and pd.isna(cell)):
        return "–"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
