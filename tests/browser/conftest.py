"""A browser for the tests. Without Chromium they skip on a person's machine, and fail where CI runs."""

import os
from collections.abc import Iterator

import pytest
from playwright import sync_api

from tests.browser import serving


@pytest.fixture(scope="session")
def chromium() -> Iterator[sync_api.Browser]:
    if serving.find_chromium() is None:
        words = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    with sync_api.sync_playwright() as playwright, serving.browser(playwright) as launched:
        yield launched
