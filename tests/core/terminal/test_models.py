"""Verbs about networks and finished models that test_main does not go through."""

import numpy as np
import pytest

from core.base import files, paths
from core.models import exporting, package, registry, weights
from core.results import on_dataset
from core.runtimes import opening
from tests.support import brightness, made_models, seen_images


def test_architectures_say_whether_their_weights_are_here(call, monkeypatch):
    rows = call("architectures", "--json")[1]
    assert [row["key"] for row in rows] == list(registry.ARCHITECTURES)
    for row in rows:
        network = registry.find_architecture(row["key"])
        assert (row["parameters"], row["trainable"]) == (network.parameters, network.trainable)
        assert row["weights"] == ("not here" if network.backbone else "-")
    monkeypatch.setattr(weights, "find_local", lambda backbone: paths.weights_folder() / backbone)
    assert {row["weights"] for row in call("architectures", "--json")[1]} == {"-", "here"}


@pytest.fixture(autouse=True)
def no_cache(home, monkeypatch):
    """No ImageNet weights of the machine that the tests run on."""
    monkeypatch.setenv("HOME", str(home / "nobody"))


@pytest.mark.ml
def test_export(call, networked_model, tmp_path):
    folder = tmp_path / "out"
    status, said, _ = call("export", "m", folder, "--json")
    assert status == 0
    assert said == {
        "model_id": "m",
        "folder": str(folder),
        "files": {name: (folder / name).stat().st_size for name in exporting.FILES},
    }
    status, out, said = call("export", "m", folder)
    assert (status, out) == (2, "")
    assert said.startswith("ExportNotPossible")
    assert "--overwrite" in said
    assert call("export", "m", folder, "--overwrite")[1].startswith(f"{folder}: read back")
    assert call("export", "nobody", tmp_path / "x")[2].startswith("ModelNotFound")
    assert [found.id for found in package.list_packages()] == ["m"]


def test_a_runtime_that_only_answers_predicts_and_evaluates(call, tiny_dataset, tmp_path, monkeypatch):
    """Heatmaps that it cannot give are said, once, and are no reason to answer nothing."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    made_models.write_small_model()
    images = [paths.datasets_folder() / "tiny" / path for path in tiny_dataset.table["path"][:2]]
    status, entries, said = call("predict", "tiny-base-cnn", *images, "--heatmaps", tmp_path / "heat", "--json")
    assert status == 0
    assert said.strip() == "This runtime gives no heatmaps."
    assert [(entry["heatmap"], entry["no_heatmap"]) for entry in entries] == [(None, said.strip())] * 2
    assert all(sum(entry["probabilities"].values()) == pytest.approx(1) for entry in entries)
    assert list((tmp_path / "heat").iterdir()) == []
    status, result, _ = call("evaluate", "tiny-base-cnn", "--dataset", "tiny", "--json")
    assert status == 0
    assert 0 < result["n"] == len(tiny_dataset.usable) - result["excluded"]["training_images"]


def test_rejudge_brings_intervals_of_before_up_to_now(call):
    table = made_models.make_answers([0, 1] * 60, groups=[f"P{number % 12}" for number in range(120)])
    found = made_models.write_model(table, "old")
    assert call("rejudge")[1].strip() == "No interval is of before."
    manifest = files.read_json_or_none(found.folder / package.MANIFEST)
    manifest["test"].pop("method")
    files.write_json(found.folder / package.MANIFEST, manifest)
    assert "about 90 %" in call("models")[1]
    status, rows, _ = call("rejudge", "--json")
    assert status == 0
    assert [row["id"] for row in rows] == ["old"]
    assert rows[0]["test"] == found.test_now.to_json()
    assert "about 90 %" not in call("models")[1]
    assert call("rejudge", "old")[0] == 0
    assert call("rejudge", "nobody")[2].startswith("ModelNotFound")


def test_remember_writes_how_the_images_of_older_models_look(call, tiny_dataset, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    rows = tiny_dataset.table.index
    seen_images.train(tiny_dataset, rows[:40], tested=rows[40:], model_id="old", keep=False)
    status, said, _ = call("remember", "--json")
    assert (status, said) == (0, [{"id": "old", "images": 72}])
    assert package.find_package("old").has(package.PICTURES_FILE)
    assert call("remember")[1].strip() == "No older model whose images are here."
    assert call("remember", "nobody")[2].startswith("ModelNotFound")


def test_evaluate_says_what_the_model_has_seen(call, tiny_dataset, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(on_dataset, "predict_rows", lambda found, data, table, report: np.full((len(table), 2), 0.5))
    patients = [seen_images.rows_of(tiny_dataset, name) for name in ("P0", "P1", "P2")]
    seen_images.train(tiny_dataset, patients[0], tested=patients[1], model_id="m")
    seen_images.save_anew(tiny_dataset, "copies", [row for rows in patients for row in rows], lambda n, _: str(n))
    said = call("evaluate", "m", "--dataset", "copies")[1]
    assert said.startswith("6 of 18 images are near-identical to its training images.\n")
    assert "n = 12" in said or "12 images" in said
