"""A browser for the tests. Without Chromium they skip on a person's machine, and fail where CI runs."""

import os
from collections.abc import Iterator

import pytest
from playwright import sync_api

from core.jobs import jobs
from core.training import run
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


@pytest.fixture(autouse=True)
def leave_no_worker_behind(home) -> Iterator[None]:
    """Workers outlive the app on purpose; a test that fails half way must not leave one training."""
    yield
    for found in run.list_runs():
        if found.state.is_active:
            run.stop_run(found)
    for job in jobs.list_jobs():
        if job.state.is_active:
            jobs.stop_job(job)
