"""A report stands alone, and shows every text as text."""

import base64
import gzip
import hashlib
import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

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
    library = gzip.decompress(base64.b64decode(read.scripts[1])).decode()
    scripts = [library, read.scripts[2]]
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
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
    assert [attributes.get("type") for attributes in written] == ["application/json", "text/plain", None]
    assert gzip.decompress(base64.b64decode(read.scripts[1])).decode() == standalone.read_library()
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


def test_a_first_sheet():
    badges = (rendering.Badge(NASTY, NASTY, loud=True), rendering.Badge("b", "words"))
    tile = rendering.Tile(NASTY, ((PIXEL, NASTY), (PIXEL, "heat")), NASTY, "#D55E00")
    read = Reader(write(figure=None, verdict=NASTY, badges=badges, facts={NASTY: NASTY}, tiles=(tile,)))
    images = [attributes for tag, attributes in read.tags if tag == "img"]
    assert [(one["src"], one["alt"]) for one in images] == [(PIXEL, NASTY), (PIXEL, "heat")]
    assert [one.get("class") for tag, one in read.tags if tag == "span"] == ["badge grave", "badge"]
    with pytest.raises(ValueError, match="data URI"):
        write(figure=None, tiles=(rendering.Tile("", (("https://example.org/x.png", ""),), "", ""),))


def test_a_picture_is_a_jpeg_of_its_size():
    address = rendering.write_picture(np.full((5, 7, 3), 200, np.uint8))
    picture = Image.open(io.BytesIO(base64.b64decode(address.split(",")[1])))
    assert (picture.format, picture.size) == ("JPEG", (7, 5))
    assert rendering.require_image(address) == address


def test_the_foot_of_the_paper_is_a_text_whatever_it_holds():
    foot = 'a\\"; } </style><script>\nü'
    said = re.search(r'content: "([^"]*)"; \}', rendering.write_report("x", [], foot=foot))[1]
    assert not set("<>;}\n") & set(said)
    read = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), said)  # as a style sheet is read
    assert read == foot


def test_paper():
    assert "size:" not in re.search(r"@page \{[^}]*", STYLE)[0]  # that of the printer, A4 or Letter
    assert "counter(pages)" in STYLE
    assert re.search(r"figure, img, tr, .*break-inside: avoid", STYLE)
    assert 'class="new-page keep"' in write(new_page=True)
    assert "color-scheme: light" in STYLE  # a dark theme is not printed
