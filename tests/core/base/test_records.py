"""JSON of ours is read strictly, or is one fault that names the place; what earlier and later versions wrote stays."""

import json
import shutil
from pathlib import Path

import pytest

from core.base import background, files, paths, records
from core.experiments import series
from core.jobs import jobs
from core.models import amending, manifests, package
from core.statistics import estimate
from core.training import checkpoint, recipe, run
from tests.support import spoiled

BEFORE = Path(__file__).parent / "written_before"
KINDS = {"recipe": run.Facts, "status": background.Status, "series": series.Facts, "job": jobs.Facts}
OPTIONAL = (None, [], "", False)


class Inner(records.Record, frozen=True, kw_only=True):
    n: records.Count
    names: tuple[records.Name, ...] = ()


class Outer(records.Record, frozen=True, kw_only=True):
    part: Inner
    share: records.Number | None = None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"part": {"n": -1}}', "a usable part.n (a whole number >= 0); found another value"),
        ('{"part": {"n": true}}', "a usable part.n (a whole number); found true or false"),
        ('{"part": {"n": 1.5}}', "a usable part.n (a whole number); found a number"),
        ('{"part": {"n": 1, "names": ["a", 2]}}', "a usable part.names[1] (text); found a whole number"),
        ('{"part": {}}', "a usable part.n (a value); found none"),
        ('{"part": [1]}', "a usable part (a section); found a list"),
        ('{"part": {"n": 1}, "share": "x"}', "a usable share (a number or nothing); found text"),
        ("[1]", "a usable content (a section); found a list"),
        ('{"part": {"n": 1}, "share": NaN}', "a usable content (JSON)"),
        ('{"part": {"n": 1}, "share": 1e999}', "a usable share"),
        ('{"part": {"n": 1}, "later": "\\ud800 and more"}', "a usable content (JSON)"),
        ('{"part": {"n": 1}, "later": ' + "[" * 200_000, "brackets in brackets"),
        ('{"part": {"n": ' + "9" * 5000 + "}}", "a usable part.n"),
        ("", "a usable content (JSON)"),
    ],
)
def test_a_fault_says_the_place_and_what_belongs_there(text, said):
    with pytest.raises(records.Fault) as caught:
        records.parse(text, Outer)
    assert said in str(caught.value)


def test_what_is_read_is_as_it_was_written():
    text = '{"part": {"n": 3, "names": ["a", "ä😀"]}, "later": [1, {"x": null}]}'
    found = records.parse(text, Outer)
    assert found.to_json() == {"part": {"n": 3, "names": ["a", "ä😀"]}, "share": None}
    assert records.convert(found.to_json(), Outer) == found
    assert records.parse(text) == json.loads(text)


@pytest.mark.parametrize("path", sorted(BEFORE.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_written_before_is_read_whole(path):
    said = json.loads(path.read_text())
    found = files.read_json(path, KINDS[path.stem.split("-")[0]])
    assert _find_lost(said, found.to_json()) == []


@pytest.mark.parametrize("found", package.list_packages(), ids=lambda found: found.id)
def test_the_manifests_that_ship_are_read_whole(found):
    said = json.loads(found.file(package.MANIFEST).read_text())
    assert _find_lost(said, found.manifest.to_json()) == []


def _find_lost(said, read, place=""):
    """The places of a JSON content that are not in what was read of it; what is as by default may be left out."""
    if not isinstance(said, dict):
        return [] if said == read else [place]
    names = [name for name, value in said.items() if name in read or value not in OPTIONAL]
    return [lost for name in names for lost in _find_lost(said[name], read.get(name), f"{place}.{name}")]


def test_a_run_and_its_series_of_before_are_listed(home):
    folder = paths.runs_folder() / "20261121-184035-tiny-base_cnn"
    folder.mkdir(parents=True)
    shutil.copy(BEFORE / "recipe.json", folder / run.RECIPE)
    shutil.copy(BEFORE / "status-finished.json", folder / background.STATUS)
    (found,) = run.list_runs()
    assert (found.recipe.epochs, found.facts.save_as, found.facts.tensorboard) == (8, "mine", True)
    assert found.rate_since == 5 and run.describe(found)["model_id"] == "mine"
    folder = paths.series_folder() / "20261121-184035-tiny-base_cnn-2-repeats"
    folder.mkdir(parents=True)
    shutil.copy(BEFORE / "series.json", folder / series.FILE)
    assert [one.kind for one in series.list_series()] == ["repeats"]
    assert run.list_broken() == series.list_broken() == []


def test_what_a_later_version_added_to_a_manifest_survives_a_decision(small_model):
    path = small_model.file(package.MANIFEST)
    for place in ("later", "test.f1", "dataset.later"):
        spoiled.change(path, place, {"value": 1})
    amending.amend(package.find_package(small_model.id), {package.CALIBRATION: {"temperature": 2.0}})
    now = amending.amend(package.find_package(small_model.id), {package.CALIBRATION: None})
    content = files.read_json(path)
    assert content["later"] == content["test"]["f1"] == content["dataset"]["later"] == {"value": 1}
    assert now.temperature is None and now.count_choices(package.CALIBRATION) == 1


@pytest.mark.parametrize(("key", "value"), [("accuracy", "high"), ("f1", "high"), ("f1", float("inf"))])
def test_a_metric_of_another_shape_is_a_fault_with_its_place_whoever_knows_it(small_model, key, value):
    result = small_model.manifest.test.to_json()
    with pytest.raises(records.Fault) as caught:
        manifests.Result({**result, key: {"value": 0.5, "low": 0.4, "high": value, "n": 3}})
    assert caught.value.place == f"{key}.high"


def test_a_metric_that_the_manifest_does_not_name_is_read_and_written(small_model):
    result = {**small_model.manifest.test.to_json(), "f1": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 3}}
    assert estimate.find(manifests.Result(result), "f1") == estimate.Estimate(0.5, 0.4, 0.6, 3)
    assert estimate.find(manifests.Result(result), "mcc") == estimate.NOT_MEASURED
    assert manifests.Result(result).to_json() == result


def test_a_decision_that_would_break_a_manifest_is_not_written(small_model):
    before = small_model.file(package.MANIFEST).read_text()
    with pytest.raises(records.Fault, match=r"calibration\.temperature"):
        amending.amend(small_model, {package.CALIBRATION: {"temperature": "warm"}})
    assert small_model.file(package.MANIFEST).read_text() == before


def test_what_a_later_version_added_to_a_run_survives_a_change_of_course(tiny_dataset):
    made = run.create_run(recipe.Recipe("tiny", epochs=5, patience=9))
    spoiled.change(made.folder / run.RECIPE, "later", 7)
    files.write_json(made.folder / background.STATUS, {"phase": "stopped"})
    folder = made.folder / "checkpoint-0003"
    folder.mkdir()
    files.write_json(folder / checkpoint.STATE, {"epochs_done": 3, "best_epoch": 3, "best_loss": 0.5, "seconds": 1.0})
    run.change_course(made, epochs=8)
    assert files.read_json(made.folder / run.RECIPE)["later"] == 7


def test_a_manifest_of_a_thousand_classes_is_read(tmp_path, small_model):
    content = files.read_json(small_model.file(package.MANIFEST))
    names = [f"class {number}" for number in range(1000)]
    test = {**content["test"], "confusion": [[0] * 1000] * 1000}
    written = {**content, "class_names": names, "positive_class": names[0], "test": test, "validation": test}
    files.write_json(tmp_path / "m.json", written)
    assert 16_000_000 < (tmp_path / "m.json").stat().st_size < manifests.LARGEST_BYTES
    assert len(manifests.read(tmp_path / "m.json").class_names) == 1000
