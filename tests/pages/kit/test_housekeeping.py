"""Garbage goes without a page being run, and only while the server lives."""

import gc
import threading
import time
import weakref

import pytest
import streamlit as st

from pages.kit import housekeeping


class Knot:
    """Something that only the collector can free."""

    def __init__(self):
        self.itself = self


@pytest.fixture
def no_collection_by_itself():
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


def make_garbage():
    return weakref.ref(Knot())


def wait_until_gone(garbage, seconds):
    deadline = time.monotonic() + seconds
    while garbage() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    return garbage() is None


def test_garbage_is_collected_until_it_ends(no_collection_by_itself):
    end = housekeeping.start(every_seconds=0.02)
    try:
        assert wait_until_gone(make_garbage(), 10)
    finally:
        end()
    deadline = time.monotonic() + 10
    while any(thread.name == "housekeeping" for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not wait_until_gone(make_garbage(), 0.2)


def test_memory_can_be_handed_back_on_every_system(monkeypatch):
    housekeeping._find_trim()()
    monkeypatch.setattr(housekeeping.os, "name", "nt")
    housekeeping._find_trim()()


def test_streamlit_leaves_it_to_us():
    assert st.get_option("runner.postScriptGC") is False
