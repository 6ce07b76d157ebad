"""The contract that every method of explanation keeps, and a network whose maps can be worked out by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.base import errors
from core.explanation import heatmaps, methods
from core.models import backend, loading, registry
from core.runtimes import base
from core.runtimes import keras as keras_runtime
from tests.support import brightness

SIZE_PX = 20
PATCH = np.s_[8:12, 4:8]
RED, THRESHOLD, WEIGHT = 240, 200, 4.0

each_method = pytest.mark.parametrize("key", list(methods.METHODS))


@pytest.fixture(scope="module")
def keras() -> Any:
    return backend.load_keras()


def build(keras: Any, *, seed: int = 1, classes: int = 3) -> Any:
    """A small network of random weights, whose last map has 16 x 16 cells."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    body = [layers.Rescaling(1 / 255), layers.Conv2D(6, 3, activation="relu"), layers.Conv2D(6, 3, activation="relu")]
    head = [layers.GlobalAveragePooling2D(), layers.Dense(classes, name="logits"), layers.Softmax()]
    return keras.Sequential([keras.Input((SIZE_PX, SIZE_PX, 3)), *body, *head])


def build_red(keras: Any, *, weight: float = WEIGHT, threshold: float = THRESHOLD) -> Any:
    """The first logit is `weight` times the mean of how far red is above a threshold; the second one its negative."""
    layers = keras.layers
    layer = layers.Conv2D(1, 1, activation="relu" if threshold else None, name="red")
    head = [layers.GlobalAveragePooling2D(), layers.Dense(2, name="logits"), layers.Softmax()]
    network = keras.Sequential([keras.Input((SIZE_PX, SIZE_PX, 3)), layer, *head])
    layer.set_weights([np.array([1, 0, 0], np.float32).reshape(1, 1, 3, 1), np.array([-threshold], np.float32)])
    network.get_layer("logits").set_weights([np.array([[weight, -weight]], np.float32), np.zeros(2, np.float32)])
    return network


def paint_patch() -> np.ndarray:
    image = np.zeros((SIZE_PX, SIZE_PX, 3), np.uint8)
    image[(*PATCH, 0)] = RED
    return image


def open_network(network: Any) -> base.Runtime:
    return keras_runtime.KerasRuntime(network, where="a test")


def find(key: str, network: Any) -> heatmaps.Source:
    source = methods.find_method(key).find(open_network(network))
    assert not isinstance(source, base.Lacking)
    return source


def explain(key: str, network: Any, image: np.ndarray, class_index: int) -> heatmaps.Heatmap:
    size = (SIZE_PX, SIZE_PX)
    return heatmaps.compute_heatmap(find(key, network), image, class_index, input_size_px=size)


def draw_noise(height_px: int = SIZE_PX, width_px: int = SIZE_PX) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)


@pytest.mark.ml
@each_method
def test_a_heatmap_has_the_size_of_the_image_and_is_in_0_to_1(keras: Any, key: str) -> None:
    source = find(key, build(keras))
    for size in ((SIZE_PX, SIZE_PX), (1, 1), (31, 17)):
        found = [
            heatmaps.compute_heatmap(source, draw_noise(*size), index, input_size_px=(SIZE_PX, SIZE_PX))
            for index in range(3)
        ]
        assert size == (1, 1) or any(one.peak > 0 for one in found)  # a single pixel is all alike
        for one in found:
            assert one.values.shape == size
            assert one.values.dtype == np.float32
            assert np.isfinite(one.values).all()
            assert one.values.min() >= 0
            assert one.values.max() == (1 if one.peak > 0 else 0)
            assert one.evidence >= one.peak >= 0
            assert one.layer_name


@pytest.mark.ml
@each_method
def test_the_heat_is_where_the_evidence_is_and_nowhere_else(keras: Any, key: str) -> None:
    values = explain(key, build_red(keras), paint_patch(), 0).values
    row, column = np.unravel_index(values.argmax(), values.shape)
    assert 8 <= row < 12
    assert 4 <= column < 8
    beside = np.ones((SIZE_PX, SIZE_PX), bool)
    beside[5:15, 1:11] = False  # a patch that covers the nearest pixel reaches further, and maps are smoothed
    assert values[beside].max() == 0


@pytest.mark.ml
@each_method
def test_no_evidence_is_an_empty_map(keras: Any, key: str) -> None:
    for network, index in ((build_red(keras, weight=0.0), 0), (build_red(keras), 1)):
        heatmap = explain(key, network, paint_patch(), index)
        assert (heatmap.values == 0).all()
        assert (heatmap.peak, heatmap.evidence) == (0, 0)


@pytest.mark.ml
@each_method
def test_the_same_after_reloading(keras: Any, key: str, tmp_path: Path) -> None:
    network = build(keras)
    network.save(tmp_path / "model.keras")
    before = explain(key, network, draw_noise(), 1)
    after = explain(key, loading.read_network(tmp_path / "model.keras"), draw_noise(), 1)
    np.testing.assert_allclose(after.values, before.values, atol=1e-5)
    assert after.peak == pytest.approx(before.peak, rel=1e-4)


@pytest.mark.ml
@each_method
def test_it_reacts_to_the_class_and_to_the_weights(keras: Any, key: str) -> None:
    """A map that stayed as it was would show the image, and not what the network makes of it (Adebayo et al. 2018)."""
    first, second = build(keras), build(keras, seed=2)
    maps = [explain(key, first, draw_noise(), index).values for index in range(3)]
    assert max(np.abs(maps[0] - other).max() for other in maps[1:]) > 0.2
    others = [explain(key, second, draw_noise(), index).values for index in range(3)]
    assert max(np.abs(one - other).max() for one, other in zip(maps, others, strict=True)) > 0.2


@pytest.mark.ml
@each_method
def test_batches_are_what_their_images_are_alone(keras: Any, key: str) -> None:
    source = find(key, build(keras))
    batch, classes = np.stack([draw_noise(), paint_patch()]), np.array([2, 0])
    together = heatmaps.compute_maps(source, batch, classes)
    for row in range(2):
        alone = heatmaps.compute_maps(source, batch[row : row + 1], int(classes[row]))
        np.testing.assert_allclose(together.maps[row], alone.maps[0], atol=1e-5)
        assert together.logits[row] == pytest.approx(alone.logits[0], abs=1e-5)
    assert heatmaps.compute_maps(source, batch[:0], 0).maps.shape == (0, *together.maps.shape[1:])


@pytest.mark.ml
@each_method
def test_what_is_no_class_or_no_number_is_an_error(keras: Any, key: str) -> None:
    network = build(keras)
    for index in (-1, 3):
        with pytest.raises(ValueError, match="class indices 0 to 2"):
            explain(key, network, draw_noise(), index)
    network.get_layer("logits").set_weights([np.full((6, 3), np.nan), np.zeros(3)])
    with pytest.raises(errors.AnswerNotFinite):
        explain(key, network, draw_noise(), 0)


@pytest.mark.ml
def test_the_layer_of_a_fine_map_is_the_last_one_with_so_many_cells(keras: Any) -> None:
    layers = keras.layers
    body = [layers.Conv2D(2, 3, name="fine"), layers.ReLU(name="bent"), layers.MaxPooling2D(), layers.Conv2D(2, 3)]
    head = [layers.GlobalAveragePooling2D(), layers.Dense(2, name="logits")]
    network = keras.Sequential([keras.Input((SIZE_PX, SIZE_PX, 3)), *body, *head])
    assert find(methods.LAYER_CAM, network).layer_name == "bent"
    small = keras.Sequential([keras.Input((12, 12, 3)), layers.Conv2D(2, 3), *head[:1], layers.Dense(2)])
    lacking = methods.find_method(methods.LAYER_CAM).find(open_network(small))
    assert lacking == base.Lacking(
        "This network has no convolution with a map of at least 16 x 16 cells, so it has no map of where it looks."
    )


@pytest.mark.ml
def test_every_layer_that_is_listed_can_be_looked_at(keras: Any) -> None:
    """Each convolution stands for what follows it at its size, and the last for what the method itself would take."""
    layers = keras.layers
    body = [
        layers.Conv2D(2, 3, padding="same", name="one"),
        layers.ReLU(name="bent"),
        layers.MaxPooling2D(),
        layers.Conv2D(2, 3, name="two", activation="relu"),
        layers.GlobalAveragePooling2D(),
    ]
    network = keras.Sequential([keras.Input((SIZE_PX, SIZE_PX, 3)), *body, layers.Dense(2, name="logits")])
    asked, image = open_network(network), draw_noise()
    listed = asked.find_layers()
    assert listed == (base.Layer("bent", "one", (20, 20)), base.Layer("two", "two", (8, 8)))
    for key in (methods.GRAD_CAM, methods.LAYER_CAM):
        own = methods.METHODS[key].find_source(asked)
        for layer in listed:
            source = methods.METHODS[key].find_source(asked, layer.name)
            assert not isinstance(source, base.Lacking) and source.layer_name == layer.name
            maps = heatmaps.compute_maps(source, image[np.newaxis], 1).maps
            assert maps.shape[1:] == layer.map_size
            if layer.name == own.layer_name:  # type: ignore[union-attr]
                np.testing.assert_array_equal(maps, heatmaps.compute_maps(own, image[np.newaxis], 1).maps)  # type: ignore[arg-type]
        lacking = methods.METHODS[key].find_source(asked, "absent")
        assert isinstance(lacking, base.Lacking) and "no layer absent with a map" in lacking.why
    flat = keras.Sequential([keras.Input((4, 4, 3)), layers.Flatten(), layers.Dense(2)])
    assert isinstance(open_network(flat).find_layers(), base.Lacking)


def test_a_method_that_looks_at_no_layer_is_told_none() -> None:
    asked = brightness.BrightnessRuntime((SIZE_PX, SIZE_PX), where="a test")
    with pytest.raises(errors.SettingNotUsable, match="a layer with layercam or grad-cam; found conv with occlusion"):
        methods.METHODS[methods.OCCLUSION].find_source(asked, "conv")
    assert asked.find_layers() == base.Lacking("This runtime gives no heatmaps.")


def test_a_runtime_that_only_answers_has_occlusion_and_says_what_it_lacks() -> None:
    asked = brightness.BrightnessRuntime((SIZE_PX, SIZE_PX), where="a test")
    found = {key: one.find(asked) for key, one in methods.METHODS.items()}
    assert [key for key, one in found.items() if not isinstance(one, base.Lacking)] == [methods.OCCLUSION]
    assert found[methods.INTEGRATED] == base.Lacking("This runtime gives no gradients by the image.")
    image = paint_patch()
    source = found[methods.OCCLUSION]
    assert not isinstance(source, base.Lacking)
    values = heatmaps.compute_heatmap(source, image, 0, input_size_px=(SIZE_PX, SIZE_PX)).values
    assert values[PATCH].max() == 1


def test_methods_are_described_and_every_architecture_has_a_default() -> None:
    for key, one in methods.METHODS.items():
        assert one.key == key
        assert one.title
        assert one.source
        assert one.help.endswith(".")
        assert one.needs
    for key, network in registry.ARCHITECTURES.items():
        slow = network.backbone or key in ("squeeze_excite_cnn", "vgg16_scratch")
        assert methods.find_default(key).key == (methods.LAYER_CAM if slow else methods.INTEGRATED)
    assert methods.find_default("of elsewhere").key == methods.INTEGRATED
    with pytest.raises(errors.UnknownMethod, match="grad-cam"):
        methods.find_method("saliency")
