"""Which runtime opens a model, and that whatever opens it must answer as the model did when it was published."""

import numpy as np
import pytest

from core.base import errors, files
from core.explanation import gradcam
from core.models import package
from core.runtimes import base, keras, opening, relay
from tests.support import brightness, hostile_networks, made_models


class Refusing(brightness.BrightnessRuntime):
    """A kind that no package is of."""

    @classmethod
    def serves(cls, found: package.Package) -> bool:
        return False


class Darkness(brightness.BrightnessRuntime):
    """Answers the other way round."""

    def _answer(self, chunk: np.ndarray) -> np.ndarray:
        return super()._answer(chunk)[:, ::-1]


def test_the_first_kind_that_serves_a_model_opens_it(home, monkeypatch):
    found = made_models.write_small_model()
    monkeypatch.setattr(opening, "KINDS", (Refusing, brightness.BrightnessRuntime, Darkness))
    opened = opening.open_runtime(found)
    assert type(opened) is relay.Relay  # which would ask Darkness for what the first lacks
    assert opened.predict(np.zeros((1, 64, 64, 3), np.uint8)).tolist() == [[0.0, 1.0]]
    assert opened.input_size_px == (64, 64)
    with pytest.raises(errors.ModelBroken, match="other answers"):
        opened.find_features()


def test_where_none_serves_it_that_is_said(home, monkeypatch):
    monkeypatch.setattr(opening, "KINDS", (Refusing,))
    with pytest.raises(errors.ModelBroken, match="a kind that this program runs"):
        opening.open_runtime(made_models.write_small_model())


def test_a_runtime_that_answers_otherwise_than_at_publishing_is_refused(home, monkeypatch):
    monkeypatch.setattr(opening, "KINDS", (Darkness,))
    with pytest.raises(errors.ModelBroken, match="other answers"):
        opening.open_runtime(made_models.write_small_model())


@pytest.mark.ml
def test_a_published_network_is_opened_by_keras(networked_model):
    opened = opening.open_runtime(networked_model)
    assert type(opened) is keras.KerasRuntime
    said = networked_model.manifest.check.probabilities
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 10, 3), dtype=np.uint8)
    np.testing.assert_allclose(opened.predict(images), said, atol=1e-6)


@pytest.mark.ml
@pytest.mark.parametrize("name", hostile_networks.STRANGE_ANSWERS)
def test_a_network_that_answers_otherwise_is_a_message(networked_model, name):
    parts = hostile_networks.read_parts(networked_model.file(package.MODEL_FILE))
    content = hostile_networks.STRANGE_ANSWERS[name](*parts)
    hostile_networks.replace_file(networked_model, package.MODEL_FILE, content)
    with pytest.raises((errors.ModelBroken, errors.AnswerNotFinite), match="trained_models/m"):
        opening.open_runtime(package.find_package("m"))


@pytest.mark.ml
@pytest.mark.parametrize("said", [[], [[0.5], [0.5, 0.5]], [[1.0, 0.0]] * 4])
def test_a_manifest_that_tells_other_answers_is_a_message(networked_model, said):
    path = networked_model.file(package.MANIFEST)
    files.write_json(path, {**files.read_json(path), "check": {"probabilities": said}})
    with pytest.raises(errors.ModelBroken, match="other answers"):
        opening.open_runtime(package.find_package("m"))


@pytest.mark.ml
@pytest.mark.parametrize("name", ["sample-cells-base-cnn", "malaria-smear-cnn-micro"])
def test_shipped_models_have_features_and_heatmaps(home, name):
    opened = opening.open_runtime(package.find_package(name))
    assert isinstance(opened.find_features(), base.Features)
    assert isinstance(gradcam.find_gradients(opened), base.Gradients)
