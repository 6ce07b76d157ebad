"""A browser for the tests. Without Chromium they skip on a person's machine, and fail where CI runs."""

import os
from collections.abc import Generator, Iterator

import pytest
from playwright import sync_api

from core.datasets.sample import drawn
from core.jobs import jobs
from core.training import run
from tests.browser import serving


@pytest.fixture(scope="package")
def chromium() -> Iterator[sync_api.Browser]:
    """One for all journeys of a process, gone after them: while Playwright lives, its event loop is the process's."""
    if serving.find_chromium() is None:
        words = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    with sync_api.sync_playwright() as playwright, serving.browser(playwright) as launched:
        yield launched


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving.Served]:
    """The app with two data sets, for all journeys that only look, each in windows of its own."""
    home = tmp_path_factory.mktemp("looked-at")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SECOND_LOOK_HOME", str(home))
        for name, seed in (("sample-cells", 1), ("two", 2)):
            drawn.draw_dataset(name, images=200, seed=seed)
    with serving.app(home) as started:
        yield started


MOST_WORDS = 4_000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, object, object]:
    """What stood on each open page when a journey failed: the one thing that its assertion cannot say."""
    report = yield
    launched = getattr(item, "funcargs", {}).get("chromium")
    if launched and call.when == "call" and call.excinfo:
        for page in [page for context in launched.contexts for page in context.pages]:
            report.sections.append((page.url, _read(page)))  # type: ignore[attr-defined]
    return report


def _read(page: sync_api.Page) -> str:
    try:
        return page.locator("body").inner_text(timeout=5_000)[:MOST_WORDS]
    except sync_api.Error as error:
        return str(error)


@pytest.fixture(autouse=True)
def leave_nothing_behind(home, request: pytest.FixtureRequest) -> Iterator[None]:
    """A page whose app has ended asks for it for ever; workers outlive the app on purpose, also where a test fails."""
    yield
    if "chromium" in request.fixturenames:
        for context in request.getfixturevalue("chromium").contexts:
            context.close()
    for found in run.list_runs():
        if found.state.is_active:
            run.stop_run(found)
    for job in jobs.list_jobs():
        if job.state.is_active:
            jobs.stop_job(job)
