"""Networks that somebody could send: refused in words, in seconds, in little memory, and never half loaded."""

import resource
import time

import pytest

from core.base import errors, files
from core.models import backend, laying, loading, package, vetting
from tests.support import hostile_networks

pytestmark = pytest.mark.ml
GROWTH_BYTES, SECONDS = 400_000_000, 10


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """A pickle that is opened makes a folder; it must not make one here."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "second-look-was-here").exists()


@pytest.fixture
def parts(networked_model):
    return hostile_networks.read_parts(networked_model.file(package.MODEL_FILE))


@pytest.mark.parametrize("name", hostile_networks.CHANGES)
def test_a_network_that_is_refused_is_a_message(networked_model, parts, name):
    content = hostile_networks.CHANGES[name](*parts)
    hostile_networks.replace_file(networked_model, package.MODEL_FILE, content)
    backend.load_keras()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with pytest.raises(errors.ModelBroken) as caught:
        loading.load_model("m")
    assert time.perf_counter() - began < SECONDS
    assert 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < GROWTH_BYTES
    assert str(caught.value).isprintable() and len(str(caught.value)) < 700
    assert "m/model.keras" in str(caught.value)
    assert "Remove its folder" in str(caught.value)


@pytest.mark.parametrize("name", hostile_networks.STRANGE_ANSWERS)
def test_a_network_that_answers_otherwise_is_a_message(networked_model, parts, name):
    content = hostile_networks.STRANGE_ANSWERS[name](*parts)
    hostile_networks.replace_file(networked_model, package.MODEL_FILE, content)
    with pytest.raises(errors.ModelBroken, match="other answers"):
        loading.load_model("m")


def test_a_whole_one_is_loaded_whole(networked_model, parts):
    hostile_networks.replace_file(networked_model, package.MODEL_FILE, hostile_networks.pack(*parts))
    assert loading.load_model("m").network.count_params() == networked_model.manifest.parameters


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("parameters", 7, "7 parameters"),
        ("input", {"height_px": 9, "width_px": 10}, "None, 9, 10, 3"),
        ("check", {"probabilities": []}, "other answers"),
        ("check", {"probabilities": [[0.5], [0.5, 0.5]]}, "other answers"),
        ("check", {"probabilities": [[1.0, 0.0]] * 4}, "other answers"),
    ],
)
def test_a_network_that_is_not_as_its_manifest_says_is_a_message(networked_model, key, value, words):
    path = networked_model.file(package.MANIFEST)
    files.write_json(path, {**files.read_json(path), key: value})
    with pytest.raises(errors.ModelBroken, match=words):
        loading.load_model("m")


def test_a_network_laid_out_leaves_no_weights_to_be_made_later(parts):
    config, _ = parts
    found = laying.lay_out(config)
    assert (found.parameters, found.largest_map) == (hostile_networks.build_network().count_params(), 240)
    hostile_networks.set_layers(config, "Conv2D", filters=10_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert laying.lay_out(config).parameters > 300_000_000
    with backend.load_keras().StatelessScope():
        pass  # which makes what is still to be made
    assert 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < GROWTH_BYTES


def test_a_file_that_is_checked_is_read_as_often_as_wanted(networked_model):
    path = networked_model.file(package.MODEL_FILE)
    found = vetting.vet(path)
    assert found.stored >= networked_model.manifest.parameters
    assert vetting.vet(path) == found
