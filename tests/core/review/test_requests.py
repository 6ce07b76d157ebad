"""Requests for review: kept, taken back, and none lost when several windows ask at once."""

import json
import subprocess
import sys

import pytest

from core import paths
from core.review import requests


def names(**chosen):
    return [one.image_id for one in requests.list_requests(**chosen)]


def test_none_before_the_first(home):
    assert requests.list_requests() == []
    assert requests.read_stamp() == (0, 0)


def test_added_listed_and_withdrawn(home):
    requests.add("cells", "aa", "m1", "answered Uninfected with 99 %", by="Ada")
    requests.add("cells", "bb", "m1", "blurred")
    requests.add("pets", "aa", "m2", "")
    assert names() == ["aa", "bb", "aa"]
    assert names(model_id="m1") == ["aa", "bb"]
    assert names(dataset="pets") == ["aa"]
    first = requests.list_requests()[0]
    assert (first.dataset, first.model_id, first.why, first.by) == (
        "cells",
        "m1",
        "answered Uninfected with 99 %",
        "Ada",
    )
    assert first.at.endswith("+00:00")
    before = requests.read_stamp()
    requests.withdraw("cells", "aa", "m1")
    assert requests.read_stamp() != before
    assert names(model_id="m1") == ["bb"]
    assert names(model_id="m2") == ["aa"]


def test_nothing_is_ever_removed_from_the_file(home):
    requests.add("cells", "aa", "m1", "one")
    requests.withdraw("cells", "aa", "m1", by="Ada")
    rows = [json.loads(line) for line in requests.requests_path().read_text().splitlines()]
    assert [row["action"] for row in rows] == ["added", "withdrawn"]
    assert rows[1]["by"] == "Ada"


def test_asked_again_the_newer_reason_counts_and_the_older_time(home):
    requests.add("cells", "aa", "m1", "one")
    at = requests.list_requests()[0].at
    requests.add("cells", "aa", "m1", "two")
    [only] = requests.list_requests()
    assert (only.why, only.at) == ("two", at)


def test_withdrawing_what_is_not_there_is_fine(home):
    requests.withdraw("cells", "aa", "m1")
    assert requests.list_requests() == []
    requests.add("cells", "aa", "m1", "now")
    assert names() == ["aa"]


def test_torn_and_foreign_lines_are_left_out_and_lose_nothing(home):
    requests.add("cells", "aa", "m1", "one")
    with requests.requests_path().open("a") as file:
        file.write('{"action":"added","dataset":3}\n["no"]\n{"action":"added","dataset":"cells","ima')
    requests.add("cells", "bb", "m1", "two")
    assert names() == ["aa", "bb"]


def test_odd_names_come_back_as_they_were(home):
    requests.add("cells", 'a"b\n{}', "m1", "läuft “so”\nzwei", by="Ö")
    [only] = requests.list_requests()
    assert (only.image_id, only.why, only.by) == ('a"b\n{}', "läuft “so”\nzwei", "Ö")


def test_a_long_reason_is_cut(home):
    requests.add("cells", "aa", "m1", "x" * 100_000)
    assert len(requests.list_requests()[0].why) == requests.WHY_LENGTH


@pytest.mark.parametrize("wrong", [("", "aa", "m"), ("d", "", "m"), ("d", "aa", "")])
def test_empty_names_are_refused(home, wrong):
    with pytest.raises(ValueError, match="expected a data set"):
        requests.add(*wrong, "why")


def test_two_writers_at_once_lose_nothing(home):
    code = (
        "import sys; from core.review import requests\n"
        "for n in range(60): requests.add('cells', f'{sys.argv[1]}-{n}', 'm', 'w')"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(number)], env=paths.child_environment())
        for number in range(3)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert sorted(names()) == sorted(f"{number}-{n}" for number in range(3) for n in range(60))
