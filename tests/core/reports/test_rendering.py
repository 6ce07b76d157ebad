"""A report stands alone, and shows every text as text."""

import base64
import hashlib
import re

import pandas as pd
import pytest

from core.figures import confusion, standalone
from core.reports import rendering
from tests.support.html_reader import Reader

NASTY = "<script>alert(1)</script>\"'&<img src=https://example.org/x onerror=alert(2)>"
STYLE = (rendering.TEMPLATES / "report.css").read_text()
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def write(**changes):
    figure = confusion.figure_confusion([[5, 1], [2, 7]], [NASTY, "b"], "light")
    section = {
        "title": NASTY,
        "paragraphs": (NASTY, "second"),
        "figure": figure,
        "table": pd.DataFrame({NASTY: [NASTY, "x"], "n": [1234, 5], "share": [0.123456, float("nan")]}),
        "caption": NASTY,
        "items": (rendering.Item(NASTY, NASTY, source=NASTY), rendering.Item("open", "", NASTY)),
    }
    sections = [rendering.Section(**{**section, **changes}), rendering.Section("two"), rendering.Section("three")]
    return rendering.write_report(NASTY, sections, purpose="assists", facts={NASTY: NASTY})


def find_policy(read):
    return next(a["content"] for _, a in read.tags if a.get("http-equiv") == "Content-Security-Policy")


def test_a_browser_may_run_the_scripts_that_are_in_it_and_no_others():
    read = Reader(write())
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in read.scripts[1:]]
    assert re.findall(r"'sha256-([^']+)'", find_policy(read)) == hashes


def test_templates_leave_nothing_unescaped_but_our_scripts():
    for path in rendering.TEMPLATES.iterdir():
        said = path.read_text()
        assert re.findall(r"\{\{([^}]*\|\s*safe[^}]*)\}\}", said) == (
            [" script | safe "] if path.name == "report.html" else []
        )
        assert "autoescape" not in re.sub(r"\{#.*?#\}", "", said, flags=re.DOTALL)
        assert "//" not in said


def test_texts_are_shown_as_they_are_and_run_nothing():
    read = Reader(write())
    written = [attributes for tag, attributes in read.tags if tag == "script"]
    assert [attributes.get("type") for attributes in written] == ["application/json", None, None]
    assert read.scripts[1] == standalone.read_library()
    assert read.scripts[2].startswith("const OPTIONS = {")
    assert "<" not in read.scripts[0]  # a figure cannot end its own script
    assert not [attributes for _, attributes in read.tags if any(name.startswith("on") for name in attributes)]
    assert not [tag for tag, _ in read.tags if tag == "img"]
    said = "".join(read.texts)
    assert said.count("<script>alert(1)</script>") >= 10


def test_it_asks_nothing_of_any_host():
    read = Reader(write())
    for _, attributes in read.tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert attributes.get(name, "#").startswith(("#", "data:")), attributes
    policy = find_policy(read)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "http" not in policy
    assert not re.search(r"url\(|@import", STYLE)


def test_a_report_without_figures_carries_no_script():
    written = write(figure=None)
    assert len(written) < 20_000
    assert "script-src 'none'" in find_policy(Reader(written))
    assert "<noscript>" not in written


def test_without_javascript_the_numbers_stand_there():
    written = write()
    assert "<noscript>" in written
    assert "<details open>" in written
    assert "1,234" in written
    assert "0.1235" in written
    assert "–" in written


def test_an_image_is_in_the_file_or_refused():
    assert f'<img src="{PIXEL}"' in write(figure=None, image=PIXEL)
    for address in ("https://example.org/x.png", "data:text/html,<b>", "javascript:alert(1)", "file:///etc/passwd"):
        with pytest.raises(ValueError, match="data URI"):
            write(figure=None, image=address)


def test_open_items_are_visible_boxes_and_contents_lead_to_parts():
    written = write()
    assert written.count('class="open"') == 1
    assert "Not answered yet." in written
    links = re.findall(r'href="#(part-\d)"', written)
    assert links == ["part-0", "part-1", "part-2"]
    assert all(f'id="{link}"' in written for link in links)


def test_paper():
    assert "@page { size: A4;" in STYLE
    assert re.search(r"figure, img, tr, .*break-inside: avoid", STYLE)
    assert 'class="new-page keep"' in write(new_page=True)
    assert "color-scheme: light" in STYLE  # a dark theme is not printed
