"""A report as one HTML file that stands alone: nothing is asked of any host, on a screen, a phone, or on paper.

Figures are drawn by plotly.js, which is in the file; where JavaScript is off, their numbers stand there as tables.
"""

import base64
import functools
import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core import report_style
from core.figures import pages

SHORT_ROWS = 16  # a table up to this stays on one sheet of paper
NO_SCRIPT = "Figures need JavaScript, which is off here: their numbers stand below each of them instead."


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
    library = _library() if any(section.figure is not None for section in sections) else ""
    scripts = [script for script in (library, report_style.START) if script and library]
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_write_rule(scripts)}">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{_text(title)}</title>",
        f"<style>{report_style.STYLE}</style>",
    ]
    body = [
        _write_head(title, purpose, facts or {}),
        _write_contents(sections),
        f'<noscript><p class="quiet">{_text(NO_SCRIPT)}</p></noscript>' if library else "",
        *(_write_section(number, section) for number, section in enumerate(sections)),
    ]
    after = [f"<script>{script}</script>" for script in scripts]
    opened, between = ("<!doctype html>", '<html lang="en"><head>'), "</head><body><main>"
    return "\n".join([*opened, *head, between, *body, "</main>", *after, "</body></html>\n"])


@functools.lru_cache(maxsize=1)
def _library() -> str:
    return pages.read_library()


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


def _text(words: Any) -> str:
    """Words for HTML: names of classes and files may hold anything."""
    return html.escape(str(words))


def _write_head(title: str, purpose: str, facts: Mapping[str, str]) -> str:
    rows = "".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in facts.items())
    said = f'<p class="purpose">{_text(purpose)}</p>' if purpose else ""
    return f'<header><h1>{_text(title)}</h1>{said}<dl class="facts">{rows}</dl></header>'


def _write_contents(sections: Sequence[Section]) -> str:
    links = [
        f'<li><a href="#part-{number}">{_text(section.title)}</a></li>'
        for number, section in enumerate(sections)
        if section.level == 2
    ]
    return f"<nav><ul>{''.join(links)}</ul></nav>" if len(links) > 2 else ""


def _write_section(number: int, section: Section) -> str:
    heading = f"h{section.level}"
    parts = [f"<{heading}>{_text(section.title)}</{heading}>"]
    leads_in = section.figure is not None or section.table is not None or section.image  # on paper they stay together
    for place, words in enumerate(section.paragraphs):
        styles = ["loud"] * (section.loud and place == 0) + ["lead-in"] * bool(leads_in)
        parts.append(f'<p class="{" ".join(styles)}">{_text(words)}</p>')
    if section.figure is not None:
        parts.append(_write_figure(section))
    elif section.image:
        image = f'<img src="{_text(require_image(section.image))}" alt="{_text(section.title)}">'
        parts.append(f"<figure>{image}<figcaption>{_text(section.caption)}</figcaption></figure>")
    if section.table is not None:
        table = _write_table(section.table)
        folded = f"<details open><summary>The numbers of this figure</summary>{table}</details>"
        parts.append(folded if section.figure is not None else table)
        if section.figure is None and section.caption and not section.image:
            parts.append(f'<p class="quiet">{_text(section.caption)}</p>')
    parts += [_write_item(item) for item in section.items]
    short = section.figure is not None or (section.table is not None and len(section.table) <= SHORT_ROWS)
    styles = ["new-page"] * section.new_page + ["keep"] * short
    return f'<section id="part-{number}" class="{" ".join(styles)}">{"".join(parts)}</section>'


def require_image(address: str) -> str:
    """`address` if the picture is in it; an address of anything else would be a request, and is a fault of ours."""
    if not address.startswith("data:image/"):
        raise ValueError(f"expected a data URI of an image, found {address[:40]!r}")
    return address


def _write_figure(section: Section) -> str:
    height_px = pages.find_height_px(section.figure)
    return (
        f'<figure><div class="plot" role="img" aria-label="{_text(section.title)}" style="--height: {height_px}px">'
        f'</div><script type="application/json">{pages.write_data(section.figure)}</script>'
        f"<figcaption>{_text(section.caption)}</figcaption></figure>"
    )


def _write_table(table: pd.DataFrame) -> str:
    """Head and rows; columns of numbers stand to the right."""
    styles = [' class="number"' if pd.api.types.is_numeric_dtype(table[name]) else "" for name in table.columns]
    head = "".join(f"<th{style}>{_text(name)}</th>" for name, style in zip(table.columns, styles, strict=True))
    rows = "".join(
        f"<tr>{''.join(f'<td{style}>{_text(_say(cell))}</td>' for cell, style in zip(row, styles, strict=True))}</tr>"
        for row in table.itertuples(index=False)
    )
    short = ' class="short"' if len(table) <= SHORT_ROWS else ""
    return f'<div class="scroll"><table{short}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _say(cell: Any) -> str:
    """A cell as a person reads it: a few digits of a number, a dash where there is none."""
    if cell is None or (isinstance(cell, float) and pd.isna(cell)):
        return "–"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def _write_item(item: Item) -> str:
    answer = f'<p class="answer">{_text(item.answer)}</p>'
    shown = answer if item.answer else f'<p class="open">Not answered yet. {_text(item.hint)}</p>'
    source = f'<p class="quiet">{_text(item.source)}</p>' if item.source else ""
    return f'<div class="item"><p class="question">{_text(item.question)}</p>{shown}{source}</div>'
