"""Features of a frozen backbone: computed once, kept, shared, and good for something."""

import threading
import time
import zipfile

import numpy as np
import pytest

from core.base import errors, files, paths, progress
from core.datasets.index import index, pixels
from core.models import augmentation, backend, weights
from core.models.architectures import pretrained
from core.training.fit import backbone_features
from tests.support import small_backbone

TURNED = augmentation.Augmentation(flip="both", rotation_degrees=180)


@pytest.fixture(scope="module")
def network():
    """A network named as those of `pretrained`, small: one convolution as its backbone."""
    keras = backend.load_keras()
    keras.utils.set_random_seed(0)
    image = keras.Input((32, 32, 3), dtype="float32", name="image")
    x = keras.layers.Rescaling(1 / 255, dtype="float32", name="preprocess_scale")(image)
    x = keras.layers.Conv2D(5, 3, strides=2, activation="relu", name="conv")(x)
    x = keras.layers.GlobalAveragePooling2D(dtype="float32", name=pretrained.FEATURES)(x)
    x = keras.layers.Dense(2, dtype="float32", name="logits")(x)
    return keras.Model(image, keras.layers.Softmax(name="probabilities")(x))


@pytest.fixture
def asked(tiny_dataset, network):
    """Arguments of `open_features` for the tiny data set."""
    return {
        "data": tiny_dataset,
        "network": network,
        "backbone_key": "stand-in",
        "weights_sha256": "0",
        "input_px": 32,
        "rows": np.array([5, 3, 60, 0, 71, 12, 13]),
        "batch_size": 3,
    }


@pytest.fixture
def runs(monkeypatch):
    """How often the backbone has been compiled to be run."""
    counted, compiled = [], backbone_features._find_features

    def counting(network):
        counted.append(1)
        return compiled(network)

    monkeypatch.setattr(backbone_features, "_find_features", counting)
    return counted


def kept(data):
    return sorted(paths.cache_folder().glob(f"{data.content}-features-*.npy"))


@pytest.mark.ml
def test_each_place_holds_what_the_network_says_of_its_row(asked):
    found = backbone_features.open_features(**asked)
    assert (found.shape, found.dtype, found.flags.writeable) == ((1, 7, 5), np.float32, False)
    images = pixels.open_pixels(asked["data"], 32, 32)[asked["rows"]]
    expected = np.asarray(small_backbone.build_feature_model(asked["network"])(images.astype(np.float32)))
    assert np.abs(found[0] - expected).max() < 1e-5


@pytest.mark.ml
def test_the_backbone_is_run_once(asked, runs):
    one = backbone_features.open_features(**asked)
    other = backbone_features.open_features(**{**asked, "seed": 9, "copies": 4, "batch_size": 5})
    assert len(runs) == 1, "without augmentation, seed, copies and batch size change nothing"
    assert (one == other).all()


@pytest.mark.ml
def test_whatever_changes_the_features_makes_them_anew(asked, runs):
    keras, network = backend.load_keras(), asked["network"]
    other = keras.models.clone_model(network)
    changes = [
        {},
        {"rows": asked["rows"][::-1]},
        {"weights_sha256": "1"},
        {"backbone_key": "another"},
        {"network": other},
        {"augmentation": TURNED},
        {"augmentation": TURNED, "copies": 2},
        {"augmentation": TURNED, "seed": 1},
        {"augmentation": augmentation.Augmentation("both")},
    ]
    for number, change in enumerate(changes, start=1):
        backbone_features.open_features(**{**asked, **change})
        assert (len(runs), len(kept(asked["data"]))) == (number, number), change


@pytest.mark.ml
def test_copies_are_augmented_each_in_its_own_way_and_the_same_again(asked):
    found = backbone_features.open_features(**asked, augmentation=TURNED, copies=3, seed=4)
    assert found.shape == (3, 7, 5)
    plain = backbone_features.open_features(**asked)[0]
    assert all((np.abs(copy - plain) > 1e-6).any() for copy in found)
    assert (found[0] != found[1]).any()
    assert (found[1] != found[2]).any()
    images = pixels.open_pixels(asked["data"], 32, 32)[asked["rows"][3:6]]
    changed = augmentation.augment(images, TURNED, seed=(4, 2, 1))  # copy 2, chunk 1
    expected = np.asarray(small_backbone.build_feature_model(asked["network"])(changed.astype(np.float32)))
    assert np.abs(found[2, 3:6] - expected).max() < 1e-5
    before = found.copy()
    del found
    kept(asked["data"])[0].unlink()
    kept(asked["data"])[0].unlink()
    assert (backbone_features.open_features(**asked, augmentation=TURNED, copies=3, seed=4) == before).all()


@pytest.mark.ml
def test_pixels_and_features_of_a_data_set_go_together(asked):
    backbone_features.open_features(**asked)
    assert kept(asked["data"])
    pixels.remove_caches(asked["data"].content)
    assert kept(asked["data"]) == []


@pytest.mark.ml
@pytest.mark.parametrize("size", [0, 40, 200])
def test_a_torn_file_is_made_anew(asked, runs, size):
    before = backbone_features.open_features(**asked).copy()
    (path,) = kept(asked["data"])
    path.write_bytes(path.read_bytes()[:size])
    assert (backbone_features.open_features(**asked) == before).all()
    assert len(runs) == 2


@pytest.mark.ml
@pytest.mark.parametrize(("settings", "stop"), [({}, 3), ({"augmentation": TURNED, "copies": 2, "seed": 4}, 10)])
def test_cancelled_half_way_it_goes_on_to_the_same_features(asked, settings, stop):
    whole = backbone_features.open_features(**asked, **settings).copy()
    pixels.remove_caches(asked["data"].content)
    said = []

    def report(done, total, what):
        if "backbone" in what:
            said.append(done)
        if done >= stop and len(said) < 10 and "backbone" in what:
            said.extend([0] * 10)
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        backbone_features.open_features(**asked, **settings, report=report)
    assert kept(asked["data"]) == []
    said.clear()
    said.extend([0] * 10)
    again = backbone_features.open_features(**asked, **settings, report=report)
    assert said[10] == stop, "it goes on from where it was"
    np.testing.assert_allclose(again, whole, atol=1e-6)
    assert not list(paths.cache_folder().glob("*.part*"))


@pytest.mark.ml
def test_what_is_half_done_goes_with_the_data_set(asked):
    def report(done, total, what):
        if done >= 3 and "backbone" in what:
            raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        backbone_features.open_features(**asked, report=report)
    assert list(paths.cache_folder().glob("*.part"))
    pixels.remove_caches(asked["data"].content)
    assert not list(paths.cache_folder().glob("*.part*"))


@pytest.mark.ml
def test_progress_counts_images_of_all_copies(asked):
    said = []
    backbone_features.open_features(
        **asked, augmentation=TURNED, copies=2, report=lambda done, total, what: said.append((done, total, what))
    )
    counted = [(done, total) for done, total, what in said if "backbone" in what]
    assert counted == [(done, 14) for done in (0, 3, 6, 7, 10, 13, 14)]


@pytest.mark.ml
def test_a_full_disk_is_a_message(asked, monkeypatch):
    pixels.open_pixels(asked["data"], 32, 32)
    monkeypatch.setattr(files, "free_bytes", lambda where: 1000)
    with pytest.raises(errors.DiskFull):
        backbone_features.open_features(**asked)
    assert kept(asked["data"]) == []


@pytest.mark.ml
def test_two_at_once_share_the_work(asked, runs):
    said, found = [], []
    lock = threading.Lock()

    def report(done, total, what):
        with lock:
            said.append(what)
        time.sleep(0.02)

    def work():
        found.append(backbone_features.open_features(**asked, report=report))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1
    assert (found[0] == found[1]).all()


@pytest.mark.ml
def test_features_that_are_no_numbers_are_a_message(asked):
    broken = backend.load_keras().models.clone_model(asked["network"])
    broken.get_layer("conv").set_weights([np.zeros((3, 3, 3, 5)), np.full(5, np.inf)])  # a relu hides NaN
    with pytest.raises(errors.AnswerNotFinite, match="data/weights"):
        backbone_features.open_features(**{**asked, "network": broken})
    assert kept(asked["data"]) == []


def test_the_cost_is_said_in_words():
    numbers = {"training": 1700, "validation": 300, "test": 400, "epochs": 20, "images_per_second": 100.0}
    said = backbone_features.describe_cost(**numbers, copies=1, augmented=False)
    assert "once over all 2,400 images (about 24 s)" in said
    assert "in each of 20 epochs over 2,000 images: about 7 min in all" in said
    said = backbone_features.describe_cost(**numbers, copies=3, augmented=True)
    assert "1,700 training images, each changed in 3 ways, and 300 validation images (about 54 s)" in said
    said = backbone_features.describe_cost(**numbers, copies=0, augmented=True)
    assert "every epoch sees the images changed anew" in said


def test_the_estimate_grows_with_fewer_pixels():
    assert backbone_features.estimate_images_per_second(
        "vgg16", 112
    ) == 4 * backbone_features.estimate_images_per_second("vgg16", 224)


def separate(values, labels):
    """Accuracy of a regularised logistic regression by five-fold cross-validation."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return cross_val_score(
        make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500)), values, labels
    ).mean()


def take_some(archive, images_per_class):
    """The first images of each class of an archive, as a data set called `pets`."""
    with zipfile.ZipFile(archive) as opened:
        for class_name in ("cats", "dogs"):
            folder = paths.datasets_folder() / "pets" / class_name
            folder.mkdir(parents=True)
            names = sorted(name for name in opened.namelist() if f"/{class_name}/" in name and name.endswith(".jpg"))
            for name in names[:images_per_class]:
                (folder / name.rsplit("/", 1)[1]).write_bytes(opened.read(name))
    return index.build_index("pets")


@pytest.mark.ml
@pytest.mark.data
def test_imagenet_features_tell_cats_from_dogs(home, shared_datasets):
    """A known truth: 0.965 with all 2,000 at 224 pixels."""
    found = shared_datasets / "mobilenet_v2_0.35_224_no_top.weights.h5"
    source = shared_datasets / "dogs_vs_cats.zip"
    for path in (found, source):
        if not path.is_file():
            pytest.skip(f"no {path}")
    paths.weights_folder().mkdir(parents=True)
    (paths.weights_folder() / found.name).write_bytes(found.read_bytes())
    data = take_some(source, 150)
    network = pretrained.build_mobilenet_v2_frozen(2, 224)
    sha256 = weights.load_into(network, "mobilenet_v2")
    rows, labels = data.usable.index.to_numpy(np.int64), data.usable["label"].to_numpy()
    values = backbone_features.open_features(
        data, network, backbone_key="mobilenet_v2", weights_sha256=sha256, input_px=224, rows=rows
    )[0]
    assert values.shape == (300, 1280)
    assert separate(values, labels) > 0.9
