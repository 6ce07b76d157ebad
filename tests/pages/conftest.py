"""The pages through app.py, on a home of their own, without starting any worker."""

import functools
import sys

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_cache
from streamlit.testing.v1 import AppTest, local_script_runner

from core.base import background, paths
from tests.support import app_pages


@pytest.fixture(scope="session", autouse=True)
def scan_packages_once():
    """Each AppTest looks through all installed packages for components; half of the time of these tests was that."""
    with pytest.MonkeyPatch.context() as patched:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patched.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session", autouse=True)
def compile_pages_once():
    """As the server does; each AppTest would compile app.py and its page anew in each of its runs."""
    with pytest.MonkeyPatch.context() as patched:
        compiled = script_cache.ScriptCache()
        patched.setattr(local_script_runner, "ScriptCache", lambda: compiled)
        yield


@pytest.fixture(autouse=True)
def main_module(monkeypatch):
    """AppTest leaves the script as `__main__`; a later test that spawns processes would run the app in each of them."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def started(monkeypatch):
    """The folders whose workers would have been started, with their arguments."""
    calls = []
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(background, "start", lambda folder, arguments: calls.append((folder, arguments)))
    return calls


@pytest.fixture
def app(home, started):
    """Open a page of the app: `app("train", run="...")`."""

    def open_page(name, **address):
        test = AppTest.from_file(str(paths.PROJECT_FOLDER / "app.py"), default_timeout=120)
        for key, value in address.items():
            test.query_params[key] = value
        app_pages.choose(test, name).run()
        assert not test.exception, test.exception
        return test

    return open_page
