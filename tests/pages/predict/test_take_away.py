"""What Predict gives away of one image: the same that the terminal says, and a picture of it."""

import hashlib
import json

import pytest

from core.base import paths
from core.datasets.index import decoding
from core.prediction import answer_picture, file_answers
from core.runtimes import opening
from pages.kit import cache, downloads
from tests.support import brightness, made_models


@pytest.fixture
def given(monkeypatch):
    """What makes each file that is on offer, by the ending of its name."""
    offered = {}
    monkeypatch.setattr(cache, "HEAD_START_SECONDS", 0)
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    monkeypatch.setattr(
        downloads, "offer_file", lambda make, name, **_: offered.update({name.rsplit(".", 1)[1]: (name, make)})
    )
    return offered


def test_the_json_says_what_the_terminal_says(app, tiny_dataset, given):
    found = made_models.write_small_model()
    row = int(tiny_dataset.usable.index[3])
    image_id, path = (str(tiny_dataset.table.at[row, name]) for name in ("image_id", "path"))
    app("predict", model=found.id, dataset="tiny", image=image_id, heatmap="occlusion", opacity="30")
    name, make = given["json"]
    record = json.loads(make())
    file = paths.datasets_folder() / "tiny" / path
    (said,) = file_answers.predict_files(found.id, [file], method="occlusion")
    assert name.endswith(f"-{found.id}.json") and record["image"] == file.name
    assert record["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    same = ("verdict", "class_name", "refer", "probabilities", "gate", "sha256", "model", "decided_with")
    assert {key: record[key] for key in same} == {key: said[key] for key in same}
    assert record["evidence"]["opacity"] == 0.3 and record["evidence"]["method"] == record["method"] == "occlusion"
    assert set(said) < set(record)


def test_the_picture_is_one_and_the_reason_stands_where_there_is_no_heatmap(app, tiny_dataset, given):
    found = made_models.write_small_model()
    app("predict", model=found.id, heatmap="occlusion")
    with_heatmap = decoding.decode_image(given["png"][1](), where="it")
    app("predict", model=found.id, heatmap="layercam")
    without = decoding.decode_image(given["png"][1](), where="it")
    beside = (slice(30, 600), slice(700, 1300))
    assert (without[beside] == answer_picture.PAPER).all() and (with_heatmap[beside] != answer_picture.PAPER).any()
    record = json.loads(given["json"][1]())
    assert record["evidence"] is None and "gives no heatmaps" in record["no_heatmap"]
