"""Verbs about networks and finished models that test_main does not go through."""

import numpy as np
import pytest
from PIL import Image

from core.base import files, paths
from core.datasets.index import originals
from core.models import exporting, package, registry, weights
from core.prediction import verdicts
from core.results import stress
from core.runtimes import opening
from tests.support import block_runtimes, brightness, made_models, made_once, plain_cells, seen_images


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


@pytest.mark.ml
def test_onnx_gives_older_models_a_file_once(call, networked_model):
    status, rows, _ = call("onnx", "--json")
    assert (status, [row["id"] for row in rows]) == (0, ["m"])
    assert package.find_package("m").file(package.ONNX_FILE).stat().st_size == rows[0]["bytes"]
    assert call("onnx")[1].strip() == "No model without an ONNX file."
    assert call("onnx", "nobody")[2].startswith("ModelNotFound")


def test_a_runtime_that_only_answers_predicts_and_evaluates(call, tiny_dataset, tmp_path, monkeypatch):
    """Heatmaps that it cannot give are said, once, and are no reason to answer nothing."""
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    made_models.write_small_model()
    images = [paths.datasets_folder() / "tiny" / path for path in tiny_dataset.table["path"][:2]]
    status, entries, said = call("predict", "tiny-base-cnn", *images, "--heatmaps", tmp_path / "heat", "--json")
    assert status == 0
    assert said.strip() == "This runtime gives no gradients by the image."
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
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    patients = [seen_images.rows_of(tiny_dataset, name) for name in ("P0", "P1", "P2")]
    seen_images.train(tiny_dataset, patients[0], tested=patients[1], model_id="m")
    seen_images.save_anew(tiny_dataset, "copies", [row for rows in patients for row in rows], lambda n, _: str(n))
    said = call("evaluate", "m", "--dataset", "copies")[1]
    assert said.startswith("6 of 18 images are near-identical to its training images.\n")
    assert "n = 12" in said or "12 images" in said


@pytest.fixture
def guarded(call, home, monkeypatch):
    """A model of drawn cells with a gate, its data set, and three files: a cell, one of elsewhere, and noise."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (block_runtimes.BlockRuntime,))

    def make():
        data = plain_cells.write_dataset("drawn", patients=40)
        rows = data.table.index
        patient = data.table["group"].str.extract(r"(\d+)$")[0].astype(int)
        form = {"kind": "cells", "colour": [66.0, 18.0, 5.0]}
        seen_images.train(
            data,
            rows[patient < 20],
            validated=rows[(patient >= 20) & (patient < 30)],
            tested=rows[patient >= 30],
            model_id="guarded",
            keep=False,
            input={"height_px": 64, "width_px": 64, "normalisation": form},
        )
        noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
        elsewhere = plain_cells.draw_cell((20, 40, 160), parasite=False, noise=4)
        pictures = {"cell": originals.read_image(data, int(rows[-1])), "elsewhere": elsewhere, "noise": noise}
        for name, image_rgb in pictures.items():
            Image.fromarray(image_rgb).save(paths.home_folder() / f"{name}.png")
        cell = paths.home_folder() / "cell.png"
        assert call("predict", "guarded", cell)[2].strip() == verdicts.NO_GATE
        assert call("predict", "guarded", cell, "--json")[1][0]["gate"] is None
        assert call("gate", "--json")[1][0]["id"] == "guarded"

    made_once.copy_home("guarded-in-the-terminal", make)
    return [home / f"{name}.png" for name in ("cell", "elsewhere", "noise")]


def test_each_image_has_its_verdict(call, guarded):
    status, entries, _ = call("predict", "guarded", *guarded, "--json")
    assert status == 0
    assert [entry["verdict"] for entry in entries] == ["answer", "answer", "unknown"]
    assert [entry["gate"]["away"] for entry in entries] == [False, True, False]
    assert [entry["gate"]["refused"] for entry in entries] == [False, False, True]
    assert [bool(entry["probabilities"]) for entry in entries] == [True, True, False]
    assert entries[2]["class_name"] is None and entries[2]["gate"]["distance"] > entries[2]["gate"]["limit"]
    said = call("predict", "guarded", *guarded)[1].splitlines()
    assert "With caution: It is such an image" in said[1] and "not an image that this model knows" in said[2]


def test_an_answer_anyway_is_marked(call, guarded):
    _, entries, _ = call("predict", "guarded", *guarded, "--answer-anyway", "--json")
    assert [entry["answered_anyway"] for entry in entries] == [False, False, True]
    assert [entry["verdict"] for entry in entries] == ["answer", "answer", "unknown"]
    assert all(entry["probabilities"] for entry in entries)
    assert "answered anyway" in call("predict", "guarded", guarded[2], "--answer-anyway")[1]


def test_a_refused_image_has_no_map_unless_it_is_answered_anyway(call, guarded, tmp_path):
    asked = ("predict", "guarded", *guarded, "--maps", tmp_path, "--method", "occlusion", "--json")
    _, entries, _ = call(*asked)
    assert [bool(entry["map"]) for entry in entries] == [True, True, False]
    assert [entry["method"] for entry in entries] == ["occlusion", "occlusion", None]
    assert [entry["no_heatmap"] for entry in entries] == [None] * 3
    _, entries, _ = call(*asked, "--answer-anyway")
    for entry, image in zip(entries, guarded, strict=True):
        with Image.open(image) as opened:
            assert np.load(entry["map"]).shape == (opened.height, opened.width)


def test_evaluate_scores_every_image_and_says_what_is_refused(call, guarded):
    status, own, _ = call("evaluate", "guarded", "--json")
    assert status == 0 and 0 <= own["refused"] < 0.2 and own["gate"]["share"]["known"]["n"] == own["n"]
    said = call("evaluate", "guarded")[1]
    assert "known: " in said and "answered with caution: " in said and "refused: " in said
    plain_cells.write_dataset("elsewhere", patients=4, first=100, ground=(20, 40, 160))
    status, other, _ = call("evaluate", "guarded", "--dataset", "elsewhere", "--json")
    assert status == 0 and other["n"] == 16, other
    assert other["away"] == 1 and other["refused"] == 0 and other["gate"]["accuracy"]["away"]["n"] == 16


def test_stress_measures_once_and_prints_a_row_a_step(call, guarded, monkeypatch):
    monkeypatch.setattr(stress, "IMAGES", 8)
    status, measured, _ = call("stress", "guarded", "--json")
    assert status == 0 and measured["rows"][0]["change"] == ""
    monkeypatch.setattr(stress, "measure", lambda *_: pytest.fail("it is measured already"))
    said = call("stress", "guarded")[1]
    assert "As they came" in said and "Darkened to" in said and "30 %" in said
