"""One model on another one's test images: only what it does not know, whole or not at all, and never stale."""

import json

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from core.base import background, errors, files, paths, progress
from core.jobs import jobs
from core.models import backend, loading, package
from core.results import cross_evaluation, on_dataset, predictions_file
from core.runtimes import opening
from tests.support import brightness, hostile_networks, made_models


@pytest.fixture
def pretended(monkeypatch):
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))


def make(data, model_id, *, tested, trained=(), **options):
    """A model that was tested on some patients of a data set and trained on others."""
    table = data.table
    rows = table[table["group"].isin(tested)].reset_index(drop=True)
    answers = made_models.make_answers(rows["label"].to_numpy(), groups=rows["group"].to_numpy())
    known = table[table["group"].isin(trained)]
    return made_models.write_model(
        answers.assign(image_id=rows["image_id"]),
        model_id,
        **{
            "trained": tuple(known["image_id"]),
            "trained_groups": known["group"].to_numpy(),
            "dataset": {"name": data.name, "fingerprint": data.content},
            **options,
        },
    )


@pytest.fixture
def two(tiny_dataset, pretended):
    """A was tested on four patients, of whom B knows one."""
    patients = sorted(tiny_dataset.table["group"].unique())
    a = make(tiny_dataset, "a", tested=patients[:4], trained=patients[4:])
    b = make(tiny_dataset, "b", tested=patients[4:6], trained=[patients[0], *patients[8:]])
    return a, b, patients


def test_unknown_test_images_are_answered(tiny_dataset, two):
    a, b, patients = two
    assert cross_evaluation.read_crossed(b, a) is None
    said = cross_evaluation.cross("b", "a")
    assert (said["dataset"], said["images"], said["left_out"], said["missing"]) == ("tiny", 18, 6, 0)
    found = cross_evaluation.read_crossed(b, a)
    assert set(found["group"]) == set(patients[1:4])
    assert set(found["split"]) == {"test"}
    own = predictions_file.read(b.file(package.PREDICTIONS_FILE))
    assert found.columns.tolist() == own.columns.tolist()
    assert found.dtypes.to_dict() == own.dtypes.to_dict()
    rows = tiny_dataset.table.set_index("image_id").loc[found["image_id"]]
    assert found["label"].tolist() == rows["label"].tolist()
    assert cross_evaluation.describe_crossed(b, a) == said
    assert cross_evaluation.read_crossed(a, b) is None


def test_answers_are_those_of_the_pixels(tiny_dataset, two):
    a, b, _ = two
    cross_evaluation.cross("b", "a")
    found = cross_evaluation.read_crossed(b, a)
    whole = on_dataset.build_table(b, tiny_dataset).set_index("image_id").loc[found["image_id"]].reset_index()
    expected = on_dataset.predict_rows(b, tiny_dataset, whole, opening.open_runtime(b))
    np.testing.assert_array_equal(found[["p_Parasitized", "p_Uninfected"]].to_numpy(), expected)


def test_labels_are_in_the_answering_models_order(tiny_dataset, two):
    a, _, patients = two
    turned = make(tiny_dataset, "turned", tested=patients[5:6], names=made_models.NAMES[::-1])
    cross_evaluation.cross("turned", "a")
    found = cross_evaluation.read_crossed(turned, a)
    rows = tiny_dataset.table.set_index("image_id").loc[found["image_id"]]
    assert found["label"].tolist() == (1 - rows["label"]).tolist()
    assert found.columns[4:].tolist() == ["p_Uninfected", "p_Parasitized"]


@pytest.mark.parametrize("changed", ["a", "b"])
def test_another_model_of_the_same_name_makes_it_stale(two, changed):
    a, b, _ = two
    cross_evaluation.cross("b", "a")
    models = {"a": a, "b": b}
    again = {**models[changed].manifest.to_json(), "created": "2027-01-01T00:00:00+00:00"}
    files.write_json(models[changed].folder / package.MANIFEST, again)
    now = {name: package.find_package(name) for name in "ab"}
    assert cross_evaluation.read_crossed(now["b"], now["a"]) is None
    cross_evaluation.cross("b", "a")
    assert cross_evaluation.read_crossed(now["b"], now["a"]) is not None


def test_a_kept_operating_point_does_not_make_it_stale(two):
    _, b, _ = two
    cross_evaluation.cross("b", "a")
    assert cross_evaluation.read_crossed(b, made_models.keep_threshold(package.find_package("a"), 0.3)) is not None


@pytest.mark.parametrize("content", [b"", b"PAR1 not really", b"x" * 999])
def test_a_damaged_file_counts_as_none(two, content):
    a, b, _ = two
    cross_evaluation.cross("b", "a")
    cross_evaluation.crossed_path(b, a).write_bytes(content)
    assert cross_evaluation.read_crossed(b, a) is None


def test_a_table_without_our_note_counts_as_none(two):
    a, b, _ = two
    cross_evaluation.cross("b", "a")
    path = cross_evaluation.crossed_path(b, a)
    parquet.write_table(
        parquet.read_table(path).replace_schema_metadata({b"second_look": json.dumps([1]).encode()}), path
    )
    assert cross_evaluation.read_crossed(b, a) is None


def test_cancelling_leaves_nothing(two):
    def report(done, total, what):
        if what == "Predicting":
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        cross_evaluation.cross("b", "a", report=report)
    assert not paths.evaluations_folder().exists() or not list(paths.evaluations_folder().iterdir())


def test_a_model_that_knows_everything_is_refused(tiny_dataset, two):
    _, _, patients = two
    make(tiny_dataset, "leaky", tested=[], trained=patients, leaky=True)
    with pytest.raises(errors.DatasetHasNoImages, match="none of them unseen"):
        cross_evaluation.cross("leaky", "a")


def test_other_classes_are_refused(two):
    labels = np.tile([0, 1], 20)
    made_models.write_model(made_models.make_answers(labels, names=("cats", "dogs")), "pets", names=("cats", "dogs"))
    with pytest.raises(errors.ClassesDiffer):
        cross_evaluation.cross("pets", "a")


def test_the_data_set_must_be_here(home, pretended):
    for name in ("a", "b"):
        made_models.write_model(made_models.make_answers(np.tile([0, 1], 20)), name)
    with pytest.raises(errors.DatasetNotFound, match="none with its images or its name"):
        cross_evaluation.cross("b", "a")


def test_the_data_set_is_found_by_content_before_name(tiny_dataset, two):
    a, _, patients = two
    assert cross_evaluation.find_dataset(a) == "tiny"
    renamed = make(
        tiny_dataset, "renamed", tested=patients[:2], dataset={"name": "x", "fingerprint": tiny_dataset.content}
    )
    assert cross_evaluation.find_dataset(renamed) == "tiny"
    changed = make(tiny_dataset, "changed", tested=patients[:2], dataset={"name": "tiny", "fingerprint": "0" * 64})
    assert cross_evaluation.find_dataset(changed) == "tiny"
    gone = make(tiny_dataset, "gone", tested=patients[:2], dataset={"name": "x", "fingerprint": "0" * 64})
    assert cross_evaluation.find_dataset(gone) is None


def test_images_that_are_gone_are_counted(tiny_dataset, two):
    _, _, patients = two
    table = made_models.make_answers(np.array([0, 1, 0]))
    table.loc[0, "image_id"] = tiny_dataset.table.loc[tiny_dataset.table["group"] == patients[1], "image_id"].iloc[0]
    made_models.write_model(table, "older", dataset={"name": "tiny", "fingerprint": "0" * 64})
    said = cross_evaluation.cross("b", "older")
    assert (said["images"], said["missing"]) == (1, 2)


def test_as_a_job(tiny_dataset, two, monkeypatch):
    a, b, _ = two
    monkeypatch.setattr(jobs.background, "start", lambda folder, arguments: None)
    job = jobs.start_job("cross", "tiny", model="b", on="a")
    assert jobs.work(job.id).name == "finished"
    assert background.read_details(job.folder).images == 18
    assert len(cross_evaluation.read_crossed(b, a)) == 18
    job = jobs.start_job("cross", "tiny", model="b", on="nobody")
    assert "ModelNotFound" in jobs.work(job.id).message


@pytest.mark.ml
def test_with_a_network(tiny_dataset):
    keras = backend.load_keras()
    keras.utils.set_random_seed(1)
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(2, name="logits"),
            layers.Softmax(),
        ]
    )
    patients = sorted(tiny_dataset.table["group"].unique())
    size = {"height_px": 8, "width_px": 8}
    a = make(tiny_dataset, "a", tested=patients[:4])
    check = {"probabilities": loading.compute_check(network, (8, 8)).round(7).tolist()}
    b = make(tiny_dataset, "b", tested=patients[4:6], trained=patients[6:], input=size, check=check, parameters=386)
    network.save(b.file(package.MODEL_FILE))
    hostile_networks.replace_file(b, package.MODEL_FILE, b.file(package.MODEL_FILE).read_bytes())
    assert cross_evaluation.cross("b", "a")["images"] == 24
    found = cross_evaluation.read_crossed(package.find_package("b"), a)
    assert isinstance(found, pd.DataFrame)
    rows = tiny_dataset.table.reset_index().set_index("image_id").loc[found["image_id"], "index"].to_numpy()
    images = cross_evaluation.on_dataset.pixels.open_pixels(tiny_dataset, 8, 8)[rows]
    expected = np.asarray(network(images.astype(np.float32)))
    np.testing.assert_allclose(found[["p_Parasitized", "p_Uninfected"]].to_numpy(), expected, atol=1e-5)
