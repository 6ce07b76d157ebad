"""The plotly.js that our components load: the file that was taken, of the version that the figures are written for."""

import hashlib
import re

from core.base import paths
from core.figures import standalone
from pages.kit import live_chart

SHA256 = "4ac841837b31c1bfd2ab140e3a248ddcc6c2106978fbf2c1c18a7aada930a37a"


def test_the_library_is_the_file_that_was_taken():
    content = (paths.PROJECT_FOLDER / "static" / live_chart.LIBRARY).read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256
    assert f"./app/static/{live_chart.LIBRARY}" in live_chart.LOADER


def test_it_fits_the_package_that_writes_the_figures():
    version = re.compile(r"plotly\.js (?:\(strict - minified\) )?v(\d+)\.")
    ours = (paths.PROJECT_FOLDER / "static" / live_chart.LIBRARY).read_text(encoding="utf-8")
    assert version.search(ours[:200])[1] == version.search(standalone.read_library()[:200])[1]
