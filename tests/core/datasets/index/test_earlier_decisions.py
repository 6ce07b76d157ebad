"""Decisions that earlier versions wrote stay readable, count as before, and can be taken back with a name."""

import json

import pytest

from core.base import errors, paths
from core.datasets.index import acts, earlier_decisions, index, ledger
from core.datasets.intake import importing

REQUESTS = """{"action":"added","dataset":"tiny","image_id":"%(a)s","model_id":"m1","why":"sure","by":"Ada","at":"2026-03-04T05:06:07.123456+00:00"}
{"action":"added","dataset":"pets","image_id":"cc","model_id":"m1","why":"x","by":"","at":"2026-03-04T05:06:08.123456+00:00"}
{"action":"added","dataset":3}
["no"]
{"action":"added","dataset":"tiny","image_id":"%(b)s","model_id":"m1","why":"","by":"","at":"2026-03-04T05:06:09.123456+00:00"}
{"action":"withdrawn","dataset":"tiny","image_id":"%(b)s","model_id":"m1","why":"","by":"","at":"2026-03-05T05:06:07.123456+00:00"}
{"action":"added","dataset":"tiny","ima"""  # noqa: E501


@pytest.fixture
def written(tiny_dataset):
    """The files as an earlier version wrote them: one of tiny's images excluded, one proposed, one fine, one asked."""
    ids, places = (tiny_dataset.table[column].tolist() for column in ("image_id", "path"))
    content = {
        "excluded": {ids[0]: "Darker than the rest"},
        "proposals": {ids[1]: {"class_name": "Uninfected", "reason": "by hand"}},
        "ignored": {"dark": [ids[2]]},
        "places": {ids[0]: places[0], ids[1]: places[1]},
        "changed_at": "2026-03-04T05:06:07+00:00",
    }
    files = {
        paths.curation_folder() / "tiny.json": json.dumps(content, indent=2),
        paths.review_folder() / "requests.jsonl": REQUESTS % {"a": ids[3], "b": ids[4]},
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return files


def test_they_count_as_they_did_and_are_not_written_again(tiny_dataset, written):
    ids = tiny_dataset.table["image_id"].tolist()
    data = index.read_index("tiny")
    assert [(act.kind, act.image_id, act.by) for act in data.decided.standing] == [
        ("exclude", ids[0], ""),
        ("relabel", ids[1], ""),
        ("keep", ids[2], ""),
        ("second_look", ids[3], "Ada"),
    ]
    assert len(data.usable) == 71
    assert data.decided.excluded[ids[0]].at == "2026-03-04T05:06:07+00:00"
    assert ledger.read_stamp("tiny") != (0, 0, 0)
    (row,) = index.list_datasets()
    assert (row["excluded"], row["fingerprint"]) == (1, data.fingerprint)
    assert [act.dataset for act in ledger.list_acts(model_id="m1")] == ["pets", "tiny"]
    ledger.record([acts.Act(acts.EXCLUDE, "tiny", ids[5], "Ben")])
    assert list(index.read_index("tiny").decided.excluded) == [ids[0], ids[5]]
    assert {path: path.read_text() for path in written} == written


def test_they_are_taken_back_by_somebody_who_gives_a_name(tiny_dataset, written):
    ledger.withdraw(index.read_index("tiny").decided.standing, by="Ben")
    data = index.read_index("tiny")
    assert data.decided.standing == ()
    assert data.fingerprint == tiny_dataset.content
    assert [act.by for act in ledger.read_acts("tiny") if act.withdrawn] == ["", "Ben", "Ben", "Ben", "Ben"]


def test_they_go_with_their_data_set(tiny_dataset, written):
    importing.remove_dataset("tiny")
    assert not earlier_decisions.curation_path("tiny").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"excluded": 3, "proposals": {}, "ignored": {}, "places": {}}'])
def test_a_damaged_file_is_said_and_nothing_is_overwritten(tiny_dataset, content):
    path = earlier_decisions.curation_path("tiny")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(errors.IndexBroken, match="what people decided"):
        index.read_index("tiny")
    with pytest.raises(errors.IndexBroken):
        ledger.record([acts.Act(acts.EXCLUDE, "tiny", "a", "Ada")])
    assert path.read_text() == content
    (row,) = index.list_datasets()
    assert row["status"] == "broken"
