"""ImageNet weights: found, loaded, fetched, or a message; never silently random."""

import contextlib
import dataclasses
import functools
import hashlib
import http.client
import http.server
import shutil
import socket
import threading

import h5py
import numpy as np
import pytest

from core.base import asides, errors, files, paths, progress
from core.models import backend, weights
from core.models.architectures import pretrained

KERAS_NAME = pretrained.BACKBONES["mobilenet_v2"].file_names[0]
OTHER_NAME = "mobilenet_v2_0.35_224_no_top.weights.h5"


@pytest.fixture
def alone(home, monkeypatch):
    """A home folder without a Keras cache, and no address from which anything could come."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    paths.weights_folder().mkdir(parents=True)
    for key in pretrained.BACKBONES:
        change(monkeypatch, key, url=f"http://127.0.0.1:{free_port()}/{key}.h5")
    return home


def change(monkeypatch, key, **changes):
    monkeypatch.setitem(pretrained.BACKBONES, key, dataclasses.replace(pretrained.BACKBONES[key], **changes))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def source():
    """Keras' own MobileNetV2 with random weights that are like no other network's."""
    backend.load_keras().utils.set_random_seed(3)
    return pretrained.build_backbone("mobilenet_v2")


@pytest.fixture(scope="module")
def another(source):
    return backend.load_keras().models.clone_model(source)


@pytest.fixture
def built_once(another, monkeypatch):
    """One more network of the same kind, for what is read to go into: building one each time takes seconds."""
    another.set_weights([np.zeros(values.shape) for values in another.get_weights()])
    monkeypatch.setattr(pretrained, "build_backbone", lambda key: another)


@pytest.fixture(scope="module")
def network():
    return pretrained.build_mobilenet_v2_frozen(2, 32)


@pytest.fixture(scope="module")
def written(source, tmp_path_factory):
    """The same weights in both formats: that of Keras 3, and that of Keras' own file, which Keras 3 only reads."""
    folder = tmp_path_factory.mktemp("weights")
    source.save_weights(folder / OTHER_NAME)
    with h5py.File(folder / KERAS_NAME, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in source.layers]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", b"2.2.4"
        for layer in source.layers:
            names = [f"{layer.name}/{number}:0" for number in range(len(layer.weights))]
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, [*layer.trainable_weights, *layer.non_trainable_weights], strict=True):
                group.create_dataset(name, data=np.asarray(weight))
    return folder


@contextlib.contextmanager
def serve(folder):
    """The files of a folder over HTTP on this machine; yields the address and what has been asked for."""
    asked = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def backbone_weights(network):
    return [values for layer in pretrained.list_backbone_layers(network) for values in layer.get_weights()]


def require_same(network, source):
    assert all(
        (a == b).all() for a, b in zip(backbone_weights(network), source.get_weights(), strict=True)
    )  # MobileNetV2's layers all have names, and both lists are in the order of the graph


def test_files_and_sizes_are_stated_for_each_backbone():
    for key, backbone in pretrained.BACKBONES.items():
        assert (backbone.key, backbone.url.rsplit("/", 1)[1]) == (key, backbone.file_names[0])
        assert backbone.size_bytes > 4 * backbone.parameters


def test_looking_loads_no_tensorflow_and_finds_a_persons_file_first(alone, monkeypatch):
    monkeypatch.setattr(backend, "_load", lambda: pytest.fail("TensorFlow was loaded"))
    assert weights.find_local("mobilenet_v2") is None
    cached = alone / ".keras" / "models" / KERAS_NAME
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"x" * pretrained.BACKBONES["mobilenet_v2"].size_bytes)
    assert weights.find_local("mobilenet_v2") == cached
    for name in (OTHER_NAME, KERAS_NAME):
        own = paths.weights_folder() / name
        own.write_bytes(b"x")
        assert weights.find_local("mobilenet_v2") == own


def test_half_a_file_in_keras_cache_is_no_file(alone, monkeypatch):
    cached = alone / ".keras" / "models" / KERAS_NAME
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"x" * 1000)
    assert weights.find_local("mobilenet_v2") is None
    change(monkeypatch, "mobilenet_v2", size_bytes=1000, md5=hashlib.md5(b"y").hexdigest())  # noqa: S324
    assert weights.find_local("mobilenet_v2") is None
    change(monkeypatch, "mobilenet_v2", md5=hashlib.md5(b"x" * 1000).hexdigest())  # noqa: S324
    assert weights.find_local("mobilenet_v2") == cached


@pytest.mark.ml
@pytest.mark.parametrize("name", [KERAS_NAME, OTHER_NAME])
def test_both_formats_go_into_the_backbone_and_leave_the_head(alone, written, source, network, name):
    shutil.copy(written / name, paths.weights_folder())
    head = network.get_layer("logits").get_weights()
    for weight in network.weights:
        if weight.path.split("/")[0] != "logits":
            weight.assign(np.zeros(weight.shape))
    assert weights.load_into(network, "mobilenet_v2") == files.sha256_of(written / name)
    require_same(network, source)
    assert all((a == b).all() for a, b in zip(head, network.get_layer("logits").get_weights(), strict=True))


def spoil(path, how):
    if how == "cut short":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a web page":
        path.write_bytes(b"<html>Sign in</html>" * 50_000)
    elif how == "no layers":
        with h5py.File(path, "w"):
            pass
    elif how == "a layer gone":
        with h5py.File(path, "r+") as file:
            del file["layers/conv2d_7" if "layers" in file else "Conv_1"]
    elif how == "a layer less":
        with h5py.File(path, "r+") as file:
            if "layers" in file:
                del file["layers/conv2d_7/vars/0"]
            else:
                file.attrs["layer_names"] = file.attrs["layer_names"][:-5]
    else:
        with h5py.File(path, "r+") as file:
            place = "layers/conv2d_7/vars/0" if "layers" in file else "Conv_1/Conv_1/0:0"
            file[place][...] = np.nan


@pytest.mark.ml
@pytest.mark.parametrize(
    "how", ["cut short", "empty", "a web page", "no layers", "a layer less", "a layer gone", "NaN"]
)
@pytest.mark.parametrize("name", [KERAS_NAME, OTHER_NAME])
def test_a_damaged_file_is_a_message_and_the_network_stays(alone, built_once, written, network, name, how):
    path = paths.weights_folder() / name
    shutil.copy(written / name, path)
    spoil(path, how)
    before = [values.copy() for values in network.get_weights()]
    with pytest.raises(errors.WeightsNotUsable, match="MobileNetV2") as caught:
        weights.load_into(network, "mobilenet_v2")
    assert KERAS_NAME in caught.value.todo
    assert str(path) == caught.value.where
    assert all((a == b).all() for a, b in zip(before, network.get_weights(), strict=True))


@pytest.mark.ml
@pytest.mark.parametrize("other", [{"alpha": 0.5}, {"include_top": True, "alpha": 0.35, "classes": 3}])
def test_a_file_of_another_network_is_a_message_or_holds_the_same_backbone(alone, network, other):
    keras = backend.load_keras()
    plain = keras.applications.MobileNetV2(**{"include_top": False, "weights": None, **other})
    plain.save_weights(paths.weights_folder() / OTHER_NAME)
    if other["alpha"] == 0.35:  # the whole network with its top: its backbone is the one that is wanted
        weights.load_into(network, "mobilenet_v2")
        assert (network.get_layer("Conv1").get_weights()[0] == plain.get_layer("Conv1").get_weights()[0]).all()
    else:
        with pytest.raises(errors.WeightsNotUsable, match="shape"):
            weights.load_into(network, "mobilenet_v2")


@pytest.mark.ml
def test_without_a_network_the_message_says_all_that_is_needed(alone):
    with pytest.raises(errors.WeightsNotFound) as caught:
        weights.find("vgg16")
    said = str(caught.value)
    backbone = pretrained.BACKBONES["vgg16"]
    for wanted in (backbone.file_names[0], "59 MB", backbone.url, "data/weights/", str(paths.weights_folder())):
        assert wanted in said, wanted
    assert [path.name for path in paths.weights_folder().iterdir() if not path.name.endswith(".lock")] == []


@pytest.mark.ml
def test_what_is_fetched_is_checked_and_kept(alone, built_once, written, network, source, monkeypatch, capsys):
    said = []
    others = asides.name(paths.weights_folder(), "fetching-vgg16")  # of another training, which is at it
    killed = paths.weights_folder() / ".fetching-mobilenet_v2-0000-0000000000-000000"
    for folder in (others, killed):
        folder.mkdir(parents=True)
        (folder / "half").touch()
    with serve(written) as (address, asked):
        change(
            monkeypatch, "mobilenet_v2", url=f"{address}/{KERAS_NAME}", size_bytes=(written / KERAS_NAME).stat().st_size
        )
        weights.load_into(network, "mobilenet_v2", lambda done, total, what: said.append((done, total, what)))
        assert weights.find("mobilenet_v2") == paths.weights_folder() / KERAS_NAME
        assert asked == [f"/{KERAS_NAME}"]
    require_same(network, source)
    assert any("Fetching" in what and total == 3 for _, total, what in said)
    assert not any(done > total > 0 for done, total, _ in said)
    assert capsys.readouterr().out == ""
    left = {path.name for path in paths.weights_folder().iterdir() if not path.name.endswith(".lock")}
    assert left == {KERAS_NAME, others.name}
    assert (others / "half").exists()


@pytest.mark.ml
@pytest.mark.parametrize("what", ["other size", "other bytes", "other md5", "gone", "no http", "cancelled"])
def test_what_is_fetched_and_not_the_file_is_never_kept(alone, built_once, written, tmp_path, monkeypatch, what):
    folder = tmp_path / "served"
    folder.mkdir()
    whole = (written / KERAS_NAME).read_bytes()
    served = {"other size": whole[:-10], "other bytes": b"?" * len(whole)}.get(what, whole)
    if what != "gone":
        (folder / KERAS_NAME).write_bytes(served)
    md5 = hashlib.md5(b"other").hexdigest() if what == "other md5" else ""  # noqa: S324
    wanted = progress.Cancelled if what == "cancelled" else errors.WeightsNotFound

    def report(done, total, words):
        if what == "cancelled" and done:
            raise progress.Cancelled

    def answer(*arguments, **settings):
        raise http.client.BadStatusLine("SOCKS")

    if what == "no http":
        monkeypatch.setattr(backend.load_keras().utils, "get_file", answer)
    with serve(folder) as (address, _):
        change(monkeypatch, "mobilenet_v2", url=f"{address}/{KERAS_NAME}", size_bytes=len(whole), md5=md5)
        with pytest.raises(wanted):
            weights.find("mobilenet_v2", report)
    assert weights.find_local("mobilenet_v2") is None
    assert [path.name for path in paths.weights_folder().iterdir() if not path.name.endswith(".lock")] == []


@pytest.mark.ml
@pytest.mark.data
def test_the_shared_file_is_read(alone, built_once, shared_datasets, network):
    shared = shared_datasets / OTHER_NAME
    if not shared.is_file():
        pytest.skip(f"no {shared}")
    shutil.copy(shared, paths.weights_folder())
    assert weights.load_into(network, "mobilenet_v2") == files.sha256_of(shared)
    first = network.get_layer("Conv1").get_weights()[0]
    with h5py.File(shared) as file:
        assert (first == file["layers/conv2d/vars/0"][...]).all()
