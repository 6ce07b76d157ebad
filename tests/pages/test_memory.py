"""Large images while the memory for them is taken: the page says so, and answers when there is room again."""

import contextlib
import threading

import numpy as np
import pytest
from PIL import Image

from core.base import errors, limits, memory, paths
from core.datasets.index import index

TOTAL_BYTES = 100_000_000


@pytest.fixture
def large(home, monkeypatch):
    """A data set of images of 4 megapixels, and a budget with room for one of them at a time."""
    for number in range(4):
        path = paths.datasets_folder() / "large" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((2000, 2000, 3), 40 * number, np.uint8)).save(path)
    built = index.build_index("large")
    monkeypatch.setattr(memory, "_budgets", {})
    memory.use(memory.Budget(TOTAL_BYTES, wait_seconds=0.3))
    return built


def test_an_opened_image_waits_and_then_says_what_to_do(app, large):
    first = large.table["image_id"].iloc[0]
    with memory.decoding().hold(TOTAL_BYTES, "somebody else"):
        busy = app("explore", dataset="large", image=first)
    said = " ".join(str(part.value) for part in [*busy.error, *busy.warning])
    assert "Try again in a minute" in said and not busy.exception
    again = app("explore", dataset="large", image=first)
    assert len(again.get("plotly_chart")) == 1 and not again.error


def test_the_page_ends_with_an_answer_or_a_message_while_others_read(app, large):
    """AppTest shares one Streamlit runtime, so the other readers are threads that take all of the budget in turns."""
    stop, ended = threading.Event(), []

    def read_again_and_again():
        while not stop.is_set():
            with contextlib.suppress(errors.MemoryBusy), memory.decoding().hold(TOTAL_BYTES, "another reader"):
                stop.wait(0.05)

    others = [threading.Thread(target=read_again_and_again) for _ in range(7)]
    for thread in others:
        thread.start()
    try:
        for image in large.table["image_id"]:
            test = app("explore", dataset="large", image=image)
            assert not test.exception
            ended.append(len(test.get("plotly_chart")) + len(test.error) + len(test.warning))
    finally:
        stop.set()
        for thread in others:
            thread.join()
    assert len(ended) == 4 and min(ended) > 0


def test_too_little_memory_for_the_server_is_said(app, tiny_dataset, monkeypatch):
    monkeypatch.setattr(limits, "find_address_space", lambda: 1_000_000_000)
    test = app("datasets")
    assert "ulimit -v" in " ".join(str(part.value) for part in test.error)
