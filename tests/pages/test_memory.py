"""Large images while the memory for them is taken: the page says so, and answers when there is room again."""

import threading

import numpy as np
import pytest
from PIL import Image

from core import limits, paths
from core.datasets import index, memory

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


def test_many_sessions_at_once_end_with_answers_or_messages(app, large):
    ended = []

    def open_image(number):
        test = app("explore", dataset="large", image=large.table["image_id"].iloc[number % 4])
        ended.append((len(test.get("plotly_chart")), len(test.error) + len(test.warning), len(test.exception)))

    threads = [threading.Thread(target=open_image, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 8 and all(answers + messages > 0 and not faults for answers, messages, faults in ended)


def test_too_little_memory_for_the_server_is_said(app, tiny_dataset, monkeypatch):
    monkeypatch.setattr(limits, "find_address_space", lambda: 1_000_000_000)
    test = app("datasets")
    assert "ulimit -v" in " ".join(str(part.value) for part in test.error)
