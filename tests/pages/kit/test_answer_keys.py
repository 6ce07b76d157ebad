"""What the browser tells of a press is read with care, and what is told to it is data, never markup."""

import math

import pytest

from pages.kit import answer_keys, answer_script, reading_picture
from tests.support import tiles

SAID = {"id": "a", "step": "1-blind", "act": "answer", "choice": 1, "seconds": 2.5, "why": "w", "have": ["k"]}


def test_a_press_is_read_whole():
    assert answer_keys._read_press(SAID, 4) == answer_keys.Press("a", "1-blind", "answer", 1, 2.5, "w", ("k",))


@pytest.mark.parametrize(
    "other", [{"act": "delete"}, {"act": None}, {"choice": 4}, {"choice": -1}, {"choice": None}, {"choice": "1"}]
)
def test_what_is_no_press_is_none(other):
    assert answer_keys._read_press(SAID | other, 4) is None
    assert answer_keys._read_press("press", 4) is None


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -3, "2", None])
def test_seconds_that_are_none_are_nought(seconds):
    assert answer_keys._read_press(SAID | {"seconds": seconds}, 4).seconds == 0


def test_a_long_note_is_cut_and_so_is_what_the_browser_says_it_has():
    press = answer_keys._read_press(SAID | {"why": "x" * 999, "have": ["k"] * 999}, 4)
    assert len(press.why) == answer_keys.LONGEST_WHY and len(press.have) == 100


def test_words_are_data_and_never_markup():
    for script in (answer_script.SCRIPT, reading_picture.SCRIPT):
        assert "innerHTML" not in script and "insertAdjacentHTML" not in script


def test_a_picture_that_the_browser_has_is_not_sent_again(monkeypatch):
    picture = reading_picture.Picture("k", b"\xff\xd8picture", (10, 20))
    state = {}
    monkeypatch.setattr(reading_picture.st, "session_state", state)
    sent = tiles.read_content(reading_picture._pack(picture, {"seen": "1"}))
    assert sent["sizes"] == [len(picture.content)]
    assert sent["pictures"] == [{"key": "k", "kind": "image/jpeg", "ratio": 2.0}]
    reading_picture.remember_pictures(["k"])
    assert tiles.read_content(reading_picture._pack(picture, {"seen": "1"}))["sizes"] == [0]
