"""A number with its uncertainty: how it is written to files and read back, and how it is said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base import files, records
from core.statistics import estimate

Estimate = estimate.Estimate
FOUND = Estimate(0.9412, 0.9204, 0.9581, 3012)
numbers = st.floats(-1, 1) | st.none()


def write(content: object) -> str:
    return json.dumps(content, allow_nan=False, default=files.encode)


def read(content: dict[str, Any]) -> Estimate:
    return records.convert(content, Estimate)


@given(numbers, numbers, numbers, st.integers(0, 10**9), st.sampled_from([estimate.SURE, estimate.ABOUT]))
def test_what_is_written_is_read_back(value, low, high, n, level):
    found = Estimate(value, low, high, n, level=level)
    assert read(json.loads(write(found))) == found


def test_it_is_written_as_it_always_was():
    assert write(FOUND) == '{"value": 0.9412, "low": 0.9204, "high": 0.9581, "n": 3012}'
    assert json.loads(write(Estimate(0.9, 0.8, 1.0, 9, level=estimate.ABOUT)))["level"] == "about 90 %"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"value": "0.5"}, "value"),
        ({"n": 3.5}, "n"),
        ({"n": True}, "n"),
        ({"low": float("nan")}, "low"),
        ({"level": 95}, "level"),
    ],
)
def test_another_shape_is_a_fault(changes, place):
    with pytest.raises(records.Fault) as caught:
        read({"value": 0.5, "low": None, "high": None, "n": 3, **changes})
    assert caught.value.place == place


def test_only_what_is_ours_is_written():
    with pytest.raises(TypeError, match="expected what JSON can hold, found object"):
        write({"a": object()})


@pytest.mark.parametrize(
    ("found", "form", "said"),
    [
        (FOUND, estimate.PER_CENT, "94.1 % (92.0 to 95.8)"),
        (FOUND, estimate.NUMBER, "0.941 (0.920 to 0.958)"),
        (Estimate(0.9, 0.8, 1.0, 9, level=estimate.ABOUT), estimate.PER_CENT, "90.0 % (80.0 to 100.0, about 90 %)"),
        (Estimate(0.011, -0.004, 0.019, 9), estimate.POINTS, "+1.1 (\N{MINUS SIGN}0.4 to +1.9)"),
        (Estimate(0.011, -0.004, 0.019, 9), estimate.DIFFERENCE, "+0.011 (-0.004 to +0.019)"),
        (Estimate(0.5, None, None, 9), estimate.DISTANCE, "50.0 points"),
        (Estimate(None, None, None, 0), estimate.PER_CENT, "not defined"),
    ],
)
def test_it_is_said_with_its_interval(found, form, said):
    assert found.say(form) == said


def test_what_is_left_of_a_share():
    assert Estimate(0.75, 0.5, 1.0, 8).reverse() == Estimate(0.25, 0.0, 0.5, 8)
    assert Estimate(None, None, None, 0).reverse() == Estimate(None, None, None, 0)


def test_a_result_of_before_a_metric_lacks_it():
    assert estimate.find({"accuracy": FOUND}, "accuracy") is FOUND
    assert estimate.find({"accuracy": FOUND}, "youden") == estimate.NOT_MEASURED
    with pytest.raises(TypeError, match="expected an estimate as 'n', found int"):
        estimate.find({"n": 3}, "n")
