"""The real app on a free port with a home of its own, and a real browser: for tests, screenshots and benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright import sync_api

from core.base import paths

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@dataclass(frozen=True)
class Served:
    """A running app."""

    address: str
    pid: int
    log: Path


def find_chromium() -> str | None:
    """The path of a Chromium on this machine."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@contextmanager
def browser(playwright: sync_api.Playwright) -> Iterator[sync_api.Browser]:
    """A headless Chromium."""
    launched = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_OPTIONS)
    try:
        yield launched
    finally:
        launched.close()


@contextmanager
def app(home: Path, *flags: str) -> Iterator[Served]:
    """The app as `make run` starts it, on a free port, until the block ends. Workers that it started go on.

    flags : of `streamlit run`, as `make run HOST=...` adds them.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    command += flags
    log = home / "server.log"
    environment = {**os.environ, "SECOND_LOOK_HOME": str(home)}
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=paths.PROJECT_FOLDER, env=environment, stdout=out, stderr=out)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, process, log)
        yield Served(address, process.pid, log)
    finally:
        process.terminate()
        process.wait(timeout=60)  # a machine that others use too takes its time


def _wait_until_healthy(address: str, process: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    """The body decides: any unknown path of the server answers 200 too."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended at once:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the app did not answer in {seconds} s:\n{log.read_text()[-2000:]}")
