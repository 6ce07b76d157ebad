"""A report as one HTML file that stands alone: nothing is asked of any host, on a screen, a phone, or on paper.

Figures are drawn by plotly.js, which is in the file; where JavaScript is off, their numbers stand there as tables.
How it looks is in `report_templates/`, where jinja escapes every text.
"""

import base64
import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from core.figures import standalone, toolbar

TEMPLATES = Path(__file__).parent / "templates"
SHORT_ROWS = 16  # a table up to this stays on one sheet of paper
OPTIONS = toolbar.configure(toolbar=False, responsive=True)


@dataclass(frozen=True)
class Item:
    """A question of a card with its answer; one that nobody has answered is shown as an empty box with its hint."""

    question: str
    answer: str
    hint: str = ""
    source: str = ""


@dataclass(frozen=True)
class Section:
    """One part of a report, from top to bottom: title, paragraphs, figure or image with its caption, table, items.

    level : 2 begins a part that the contents name, 3 a part of that. loud : the first paragraph is a warning.
    figure : a Plotly figure in the light theme. table : shown, or folded away as the numbers of the figure where there
    is one. image : a data URI. new_page : on paper it begins a page.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    figure: Any = None
    table: pd.DataFrame | None = None
    image: str = ""
    caption: str = ""
    items: tuple[Item, ...] = ()
    level: int = 2
    loud: bool = False
    new_page: bool = False


def write_report(
    title: str, sections: Sequence[Section], *, purpose: str = "", facts: Mapping[str, str] | None = None
) -> str:
    """One whole HTML page. Every text is shown as it stands, whatever it holds; figures make it about 5 MB.

    purpose : what it is for and what not, under the title. facts : what stands in the head, name -> text.
    Its own rule (Content-Security-Policy) lets no browser fetch anything for it or run a script that we did not write.
    """
    drawn = any(section.figure is not None for section in sections)
    scripts = [_library(), _load("report.js").render(options=OPTIONS)] if drawn else []
    return _load("report.html").render(
        title=title,
        purpose=purpose,
        facts=facts or {},
        sections=sections,
        contents=[(number, section) for number, section in enumerate(sections) if section.level == 2],
        scripts=scripts,
        rule=_write_rule(scripts),
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
        "as_data": standalone.write_data,
        "height_px": standalone.find_height_px,
        "number_columns": _find_number_columns,
        "require_image": require_image,
        "say": _say,
    }
    return found


@functools.lru_cache(maxsize=1)
def _library() -> str:
    return standalone.read_library()


@functools.lru_cache(maxsize=4)
def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _write_rule(scripts: Sequence[str]) -> str:
    """What a browser may do for this page: draw with our own scripts, known by their hashes, and nothing else."""
    own = " ".join(f"'sha256-{_hash(script)}'" for script in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {own}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


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
