"""`python -m core`: one JSON document on stdout, progress on stderr, exit 0 or 2 with the page's message."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from core import __main__ as terminal
from core.base import files, paths
from core.models import package, registry
from tests import conftest


def test_architectures(call):
    status, rows, _ = call("architectures", "--json")
    assert status == 0
    weights = {row["key"]: row.pop("weights") for row in rows}
    assert rows == registry.describe_architectures()
    assert rows[0]["key"] == "base_cnn"
    assert {key for key, said in weights.items() if said == "-"} == {r["key"] for r in rows if not r["backbone"]}
    assert set(weights.values()) <= {"-", "here", "not here"}


def test_import_index_and_datasets_agree(call, source):
    status, imported, said = call("import", source, "--name", "tiny", "--json")
    assert status == 0
    assert "Reading images" in said
    assert set(imported) >= {"name", "fingerprint", "images", "classes", "splits", "groups", "problems"}
    assert imported["images"] == 72
    assert imported["classes"] == {"Parasitized": 36, "Uninfected": 36}
    assert imported["groups"] == 12
    assert imported["splits"] == {}
    ((path, problem),) = [row.values() for row in imported["problems"]]
    assert path.endswith("Uninfected/P1thin_text.png")
    assert problem
    assert call("index", "tiny", "--json")[1] == imported
    status, rows, _ = call("datasets", "--json")
    assert [(row["name"], row["status"], row["images"]) for row in rows] == [("tiny", "ready", 72)]


def test_an_index_is_made_again_when_the_folder_changed(call, source):
    _, before, _ = call("import", source, "--name", "tiny", "--json")
    next((paths.datasets_folder() / "tiny").rglob("P3thin*.png")).unlink()
    status, after, _ = call("index", "tiny", "--json")
    assert status == 0
    assert after["images"] == before["images"] - 1
    assert after["fingerprint"] != before["fingerprint"]


def test_a_chosen_group_rule_and_positive_class(call, source):
    _, made, _ = call("import", source, "--name", "t", "--groups", r"regex:P(\d)", "--positive", "Uninfected", "--json")
    assert made["positive_class"] == "Uninfected"
    assert made["groups"] == 10  # P1, P10 and P11 share a first digit


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", "/no/such/place", "--name", "x"), "SourceNotFound: expected a folder or a .zip archive"),
        (("index", "nobody"), "DatasetNotFound"),
        (("train", "nobody"), "DatasetNotFound"),
        (("evaluate", "nobody"), "ModelNotFound"),
        (("predict", "nobody", "x.png"), "ModelNotFound"),
        (("stop", "nobody"), "RunNotFound"),
        (("resume", "20260101-000000-x"), "RunNotFound"),
        (("draw", "--name", "UPPER"), "NameNotUsable"),
        (("draw", "--name", "few", "--images", "3"), "80"),
    ],
)
def test_faults_are_messages_with_exit_2_and_no_traceback(call, arguments, words):
    status, out, said = call(*arguments)
    assert status == 2
    assert words in said
    assert out == ""


def test_a_taken_name(call, source):
    call("import", source, "--name", "tiny")
    status, _, said = call("import", source, "--name", "tiny")
    assert status == 2
    assert said.startswith("NameTaken") or "\nNameTaken" in said


def test_usage_faults_exit_2(call):
    with pytest.raises(SystemExit) as caught:
        call("train")
    assert caught.value.code == 2


def test_without_json_people_read_tables(call, source):
    assert call("datasets")[1] == "No data set yet: import or draw one.\n"
    call("import", source, "--name", "tiny")
    assert "tiny" in call("datasets")[1]
    assert "base_cnn" in call("architectures")[1]
    assert call("runs")[1] == "No training yet.\n"


def test_help_of_every_verb_is_printable():
    for verb in ("import", "train", "evaluate", "predict"):
        with pytest.raises(SystemExit) as caught:
            terminal.main([verb, "--help"])
        assert caught.value.code == 0


@pytest.mark.ml
def test_from_images_to_predictions(call, source, tmp_path):
    """The whole path, as a script would go it."""
    call("import", source, "--name", "tiny", "--json")
    status, ended, said = call("train", "tiny", "--epochs", 2, "--batch-size", 16, "--seed", 3, "--json")
    assert status == 0
    assert set(ended) == {"run_id", "model_id", "status"}
    assert ended["status"] == "finished"
    assert ended["model_id"] == "tiny-base-cnn"
    assert "TensorFlow" not in json.dumps(ended)

    _, models, _ = call("models", "--json")
    (model,) = [row for row in models if row["id"] == "tiny-base-cnn"]
    assert {"architecture", "parameters", "dataset", "split", "leaky", "test"} <= set(model)
    test = model["test"]
    assert test["n"] == sum(map(sum, test["confusion"]))
    for name in ("accuracy", "sensitivity", "specificity", "auc"):
        assert {"value", "low", "high"} <= set(test[name])
        assert test[name]["low"] <= test[name]["value"] <= test[name]["high"]
    assert call("evaluate", "tiny-base-cnn", "--json")[1] == test
    assert call("evaluate", "tiny-base-cnn", "--dataset", "tiny", "--json")[1] == test
    assert [row["status"] for row in call("runs", "--json")[1]] == ["finished"]

    good, empty = sorted(source.rglob("P2thin*.png"))[0], tmp_path / "empty"
    empty.mkdir()
    images = [good, source / "Uninfected" / "P1thin_text.png", tmp_path / "absent.png", empty]
    folders = ("--heatmaps", tmp_path / "heat", "--maps", tmp_path / "maps")
    status, entries, said = call("predict", "tiny-base-cnn", *images, *folders, "--json")
    assert status == 2
    assert [entry["image"] for entry in entries] == [str(path) for path in images]
    assert [entry["error"] is None for entry in entries] == [True, False, False, False]
    first = entries[0]
    assert sum(first["probabilities"].values()) == pytest.approx(1)
    assert first["class_name"] == max(first["probabilities"], key=first["probabilities"].get)
    with Image.open(first["heatmap"]) as drawn, Image.open(good) as original:
        assert drawn.size == original.size
        assert np.load(first["map"]).shape == (original.height, original.width)
    assert first["method"] == "integrated-gradients"

    path = package.find_package("tiny-base-cnn").file(package.MANIFEST)
    content = files.read_json(path)
    published = content["heatmap"].pop("peaks")["integrated-gradients"]
    files.write_json(path, content)
    assert package.find_package("tiny-base-cnn").manifest.heatmap.peaks == {}
    status, (measured,), _ = call("heatmaps", "--json")
    assert (status, measured["id"]) == (0, "tiny-base-cnn")
    assert measured["integrated-gradients"] == pytest.approx(published, rel=1e-4)
    assert measured["integrated-gradients"] > 0
    assert measured["occlusion"] is None
    assert package.find_package("tiny-base-cnn").manifest.heatmap.layer == content["heatmap"]["layer"]
    assert call("heatmaps")[1].strip() == "No unmeasured model whose images are here."

    assert all(entry["probabilities"] is None for entry in entries[1:])
    assert said.count("UnreadableImage") == 3
    status, again, _ = call("predict", "tiny-base-cnn", good, "--json")
    assert status == 0
    assert again[0]["probabilities"] == first["probabilities"]

    other = tmp_path / "elsewhere"
    conftest.write_tiny_images(other, patients=3)
    Image.new("RGB", (20, 20), (200, 10, 10)).save(other / "Parasitized" / "P99thin_new.png")
    call("import", other, "--name", "elsewhere")
    status, result, _ = call("evaluate", "tiny-base-cnn", "--dataset", "elsewhere", "--json")
    assert status == 0
    assert result["excluded"]["training_images"] > 0
    assert result["n"] + result["excluded"]["training_images"] == 19

    (other / "Third").mkdir()
    Image.new("RGB", (20, 20)).save(other / "Third" / "a.png")
    call("import", other, "--name", "three")
    status, _, said = call("evaluate", "tiny-base-cnn", "--dataset", "three", "--json")
    assert status == 2
    assert "ClassesDiffer" in said


@pytest.mark.ml
def test_a_random_split_is_leaky_wherever_it_appears(call, source, small_network):
    call("import", source, "--name", "tiny")
    call("train", "tiny", "--architecture", small_network, "--epochs", 1, "--split", "random", "--save-as", "leaky-one")
    (row,) = [row for row in call("models", "--json")[1] if row["id"] == "leaky-one"]
    assert (row["split"], row["split_rule"], row["leaky"]) == ("at random", "random", True)
    assert row["leaky"] is True
    assert package.find_package("leaky-one").manifest.command.endswith("--save-as leaky-one")
    assert "True" in call("models")[1]
    assert call("runs", "--json")[1][0]["leaky"] is True
    assert call("evaluate", "leaky-one")[1].startswith("Leaky split: images of ")
    text = source / "Uninfected" / "P1thin_text.png"
    status, _, said = call("predict", "leaky-one", text, "--heatmaps", text)
    assert status == 2
    assert "SourceNotUsable" in said


def test_a_model_name_that_cannot_be_is_refused_before_the_training(call, source):
    call("import", source, "--name", "tiny")
    status, _, said = call("train", "tiny", "--save-as", "My Model")
    assert status == 2
    assert "NameNotUsable" in said
    assert call("runs", "--json")[1] == []


def test_a_reader_that_has_read_enough_ends_it_without_a_traceback(home):
    command = [sys.executable, "-m", "core", "architectures", "--json"]
    child = subprocess.Popen(
        command, cwd=paths.PROJECT_FOLDER, env=paths.child_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    child.stdout.close()  # as `| head` does
    said = child.stderr.read()
    assert child.wait() == 141
    assert said == b""


def test_a_broken_index_is_made_anew_as_its_message_says(call, source):
    _, made, _ = call("import", source, "--name", "tiny", "--json")
    (paths.index_folder() / "tiny.parquet").write_text("torn")
    assert call("datasets", "--json")[1][0]["status"] == "broken"
    status, again, _ = call("index", "tiny", "--json")
    assert status == 0
    assert again["fingerprint"] == made["fingerprint"]


def test_a_home_that_is_a_file_is_a_message(call, home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("SECOND_LOOK_HOME", str(home / "file"))
    status, _, said = call("datasets")
    assert status == 2
    assert said.startswith("HomeNotUsable")


@pytest.mark.ml
def test_ctrl_c_stops_as_the_button_does(call, home, source):
    """A real process, a real signal: the best weights are published and the exit is clean."""
    environment = {**os.environ, "SECOND_LOOK_HOME": str(home)}
    call("import", source, "--name", "tiny")
    train = [sys.executable, "-m", "core", "train", "tiny", "--epochs", "500", "--patience", "500", "--json"]
    child = subprocess.Popen(
        train, cwd=paths.PROJECT_FOLDER, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in child.stderr:
        if line.startswith("Epoch"):
            break
    child.send_signal(2)
    out, said = child.communicate(timeout=120)
    ended = json.loads(out)
    assert child.returncode == 0, said
    assert ended["status"] == "stopped"
    assert "Traceback" not in said
