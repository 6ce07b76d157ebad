"""Whole trainings on a backbone: run once, or run in each epoch, or unfrozen; with weights like no other network's."""

import dataclasses

import numpy as np
import pytest

from core.base import files, paths
from core.jobs import training_worker
from core.models import augmentation, backend, loading, package
from core.models.architectures import pretrained
from core.training import checkpoint, history, recipe, run
from tests.support import dying, small_backbone

pytestmark = pytest.mark.ml
NAME = "mobilenet_v2_0.35_224_no_top.weights.h5"
SMALL = (
    "from core.models.architectures import pretrained as transfer\nfrom tests.support import small_backbone\n"
    "transfer.build_backbone = small_backbone.build\n"
)


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory):
    backend.load_keras().utils.set_random_seed(3)
    path = tmp_path_factory.mktemp("weights") / NAME
    pretrained.build_backbone("mobilenet_v2").save_weights(path)
    return path


@pytest.fixture
def small(tiny_dataset, monkeypatch):
    """The data set, and a small backbone in MobileNetV2's place, with its weights."""
    monkeypatch.setattr(pretrained, "build_backbone", small_backbone.build)
    paths.weights_folder().mkdir(parents=True)
    backend.load_keras().utils.set_random_seed(3)
    small_backbone.build("mobilenet_v2").save_weights(paths.weights_folder() / NAME)
    return tiny_dataset


@pytest.fixture
def dataset(tiny_dataset, weights_file):
    paths.weights_folder().mkdir(parents=True)
    (paths.weights_folder() / NAME).write_bytes(weights_file.read_bytes())
    return tiny_dataset


def create(key, **settings):
    usual = {"input_px": 32, "batch_size": 16, "epochs": 2, "patience": 9, "averaging": 0.5}
    return run.create_run(recipe.suggest("tiny", key, **{**usual, **settings}))


def backbone_of(network):
    return [np.asarray(weight) for layer in pretrained.list_backbone_layers(network) for weight in layer.get_weights()]


def test_a_frozen_backbone_is_run_once_and_the_model_is_whole(dataset):
    found = create("mobilenet_v2_frozen")
    assert found.recipe.extracts_features
    state = training_worker.work(found.id)
    assert (state.name, state.message) == ("finished", "")
    made = package.find_package(state.details.model_id)
    assert made.manifest.parameters == 412_770 and made.manifest.trainable == 2_562
    assert made.manifest.training.backbone.key == "mobilenet_v2"
    network = loading.load_model(made.id).network
    source = pretrained.build_backbone("mobilenet_v2")
    source.load_weights(paths.weights_folder() / NAME)
    expected = [weight for layer in source.layers for weight in layer.get_weights()]
    assert len(expected) == 260
    for mine, theirs in zip(backbone_of(network), expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)

    assert_the_parts_answer_as_the_whole_does(found, network)
    assert len(list(paths.cache_folder().glob("*-features-*.npy"))) == 1


def test_another_seed_and_another_split_share_what_the_backbone_has_seen(small):
    for seed in (0, 1):
        assert training_worker.work(create("mobilenet_v2_frozen", seed=seed, epochs=1).id).name == "finished"
    assert len(list(paths.cache_folder().glob("*-features-*.npy"))) == 1


def test_augmented_copies_are_seen_by_the_backbone_once(small):
    found = create("mobilenet_v2_frozen", feature_copies=2, augmentation=augmentation.PRESETS["cells"])
    assert found.recipe.extracts_features
    state = training_worker.work(found.id)
    assert (state.name, state.message) == ("finished", "")
    assert_the_parts_answer_as_the_whole_does(found, loading.load_model(state.details.model_id).network)
    assert len(list(paths.cache_folder().glob("*-features-*.npy"))) == 2


def assert_the_parts_answer_as_the_whole_does(found, network):
    images = np.random.default_rng(1).integers(0, 256, (5, 32, 32, 3)).astype(np.float32)
    head = pretrained.build_head("mobilenet_v2_frozen", 2)
    head.set_weights(checkpoint.read_best(found.folder, checkpoint.read_progress(found.folder).best_epoch))
    seen = small_backbone.build_feature_model(network)(images)
    np.testing.assert_allclose(np.asarray(network(images)), np.asarray(head(seen)), atol=1e-5)


def test_without_its_weights_a_run_fails_in_words_and_can_go_on(small, monkeypatch):
    monkeypatch.setenv("HOME", str(paths.home_folder()))
    monkeypatch.setitem(
        pretrained.BACKBONES,
        "mobilenet_v2",
        dataclasses.replace(pretrained.BACKBONES["mobilenet_v2"], url="http://127.0.0.1:9/none.h5"),
    )
    here, away = paths.weights_folder() / NAME, paths.home_folder() / NAME
    here.rename(away)
    found = create("mobilenet_v2_frozen", epochs=1)
    state = training_worker.work(found.id)
    assert state.name == "failed" and state.can_resume
    assert "data/weights" in state.message.replace("\\", "/") and "mobilenet_v2" in state.message
    away.rename(here)
    run.queue_again(found)
    assert training_worker.work(found.id).name == "finished"


@pytest.mark.parametrize("when", ["between epochs", "before publishing"])
def test_what_was_learnt_on_one_backbone_is_never_put_on_another(small, when):
    """Another valid file in data/weights: refused, as often as it is tried, until the first one is back."""
    here, away = paths.weights_folder() / NAME, paths.home_folder() / NAME
    found = create("mobilenet_v2_frozen", epochs=1)
    if when == "between epochs":
        assert training_worker.work(found.id).name == "finished"
        found = run.change_course(found, epochs=2)
    else:
        dying.die_as_told(found, SMALL + dying.IN_PUBLISHING)
    listed = {made.id for made in dying.own_packages()}
    before = backbone_file_of(found)
    here.rename(away)
    backend.load_keras().utils.set_random_seed(4)
    small_backbone.build("mobilenet_v2").save_weights(here)
    for _ in range(2):
        run.queue_again(found)
        state = training_worker.work(found.id)
        assert state.name == "failed" and "weights that the run began with" in state.message
        assert backbone_file_of(found) == before
        assert {made.id for made in dying.own_packages()} == listed
    away.replace(here)
    run.queue_again(found)
    state = training_worker.work(found.id)
    assert (state.name, state.message) == ("finished", "")
    assert package.find_package(state.details.model_id).manifest.training.backbone.to_json() == before


def backbone_file_of(found):
    return files.read_json(found.folder / run.BACKBONE)


def test_fine_tuning_begins_after_the_head_and_resumes_to_the_same_bits(small):
    """Killed in the first checkpoint of the second phase: its optimizer is new, the network is not."""
    settings = {"epochs": 2, "head_epochs": 1, "unfreeze_layers": 2, "fine_tuning_rate": 0.01, "schedule": "cosine"}
    whole, broken = (create("mobilenet_v2_finetuned", **settings) for _ in range(2))
    assert training_worker.work(whole.id).name == "finished"
    dying.die_as_told(broken, SMALL + dying.IN_A_CHECKPOINT)
    assert checkpoint.read_progress(broken.folder).epochs_done == 1
    state = training_worker.work(broken.id)
    assert state.name == "finished"
    for one, other in zip(dying.best_of(whole), dying.best_of(broken), strict=True):
        np.testing.assert_array_equal(one, other)
    rates = [row["learning_rate"] for row in history.read_history(whole.folder)["epochs"]]
    assert rates[0] == pytest.approx(0.001) and 0 < rates[1] < 0.01

    network = loading.read_network(checkpoint.model_path(whole.folder))
    before = pretrained.build_backbone("mobilenet_v2")
    before.load_weights(paths.weights_folder() / NAME)
    names = [layer.name for layer in before.layers if layer.get_weights()]
    moved = [
        name
        for name, layer in ((name, network.get_layer(name)) for name in names)
        if any((a != b).any() for a, b in zip(layer.get_weights(), before.get_layer(name).get_weights(), strict=True))
    ]
    convolutions = [name for name in names if "BN" not in name and "bn" not in name]
    assert moved == convolutions[-2:]  # and no batch normalisation

    made = package.find_package(str(whole.state.details.model_id)).manifest
    unfrozen = sum(before.get_layer(name).count_params() for name in moved)
    assert made.trainable == {1: 2_562, 2: 2_562 + unfrozen}[made.training.best_epoch]
