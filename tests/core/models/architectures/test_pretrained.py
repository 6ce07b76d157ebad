"""ImageNet backbones: counts, preprocessing, what learns and what does not, and the two parts that answer as one."""

import numpy as np
import pytest

from core.base import errors
from core.explanation import heatmaps
from core.models import backend, loading
from core.models.architectures import pretrained
from tests.support import explaining, small_backbone

pytestmark = pytest.mark.ml

# key, smallest size, all parameters, those of the head, per class more, those that learn when all is unfrozen
STATED = {
    "vgg16_frozen": (32, 14_780_610, 65_922, 129, 14_780_610),
    "vgg16_features": (50, 14_780_610, 65_922, 129, 14_780_610),
    "xception_finetuned": (71, 20_865_578, 4_098, 2_049, 20_756_522),
    "mobilenet_v2_frozen": (32, 412_770, 2_562, 1_281, 384_610),
    "mobilenet_v2_finetuned": (32, 412_770, 2_562, 1_281, 384_610),
}
ONE_EACH = ("vgg16_features", "xception_finetuned", "mobilenet_v2_finetuned")


def count_trainable(network):
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


def random_images(network, count=3, seed=0):
    shape = (count, *network.input_shape[1:])
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.float32)


def answer(network, batch):
    return np.asarray(network(batch, training=False))


def calibrate(network):
    """Give random weights the means of some images, so that signals neither die nor grow on their way."""
    keras = backend.load_keras()
    normalising = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in normalising:
        layer.trainable, kept, layer.momentum = True, layer.momentum, 0.0
    if normalising:
        network(random_images(network, 8, seed=1), training=True)
    for layer in normalising:
        layer.trainable, layer.momentum = False, kept


@pytest.fixture(scope="module")
def built():
    """One network of each backbone, at a small size: building them takes seconds."""
    backend.load_keras().utils.set_random_seed(0)
    networks = {key: getattr(pretrained, f"build_{key}")(2, STATED[key][0]) for key in ONE_EACH}
    for network in networks.values():
        calibrate(network)
    return networks


def require_contract(network, key):
    px, parameters, head, _, unfrozen = STATED[key]
    assert (network.count_params(), count_trainable(network)) == (parameters, head)
    assert (network.input_shape, network.output_shape) == ((None, px, px, 3), (None, 2))
    backbone = pretrained.BACKBONES[pretrained.HEADS[key].backbone]
    assert sum(layer.count_params() for layer in pretrained.list_backbone_layers(network)) == backbone.parameters
    assert network.get_layer(pretrained.FEATURES).output.shape == (None, backbone.feature_count)
    pretrained.unfreeze(network, -1)
    assert count_trainable(network) == unfrozen
    pretrained.freeze(network)
    assert count_trainable(network) == head


@pytest.mark.parametrize("key", ONE_EACH)
def test_counts_are_exact_and_the_contract_of_builders_holds(built, key):
    require_contract(built[key], key)
    assert np.allclose(answer(built[key], random_images(built[key])).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("key", sorted(set(STATED) - set(ONE_EACH)))
def test_counts_of_the_others_are_exact(key):
    require_contract(getattr(pretrained, f"build_{key}")(2, STATED[key][0]), key)


@pytest.mark.parametrize("key", STATED)
def test_each_further_class_adds_what_is_stated(key):
    _, _, head, per_class, _ = STATED[key]
    for classes in (2, 3, 7):
        assert pretrained.build_head(key, classes).count_params() == head + per_class * (classes - 2)


def test_the_graph_is_flat_and_layers_are_told_apart_by_name(built):
    keras = backend.load_keras()
    for key, network in built.items():
        assert not [layer for layer in network.layers if isinstance(layer, keras.Model)]
        names = {layer.name for layer in network.layers}
        assert {"image", pretrained.FEATURES, "logits", "probabilities"} <= names
        backbone = {layer.name for layer in pretrained.list_backbone_layers(network)}
        told = [name for name in names - backbone if name.startswith(("head_", "preprocess_"))]
        assert names - backbone == {"image", "logits", "probabilities", *told}, key


@pytest.mark.parametrize("key", ONE_EACH)
def test_preprocessing_is_that_of_keras(built, key):
    """The same weights in Keras' own network, fed by Keras' own preprocess_input, give the same last map."""
    keras = backend.load_keras()
    network, backbone = built[key], pretrained.HEADS[key].backbone
    plain = pretrained.build_backbone(backbone)
    for given, taken in zip(
        [layer for layer in pretrained.list_backbone_layers(network) if layer.weights],
        [layer for layer in plain.layers if layer.weights],
        strict=True,
    ):
        taken.set_weights(given.get_weights())
    batch = random_images(network)
    prepared = getattr(keras.applications, backbone).preprocess_input(batch.copy())
    last_map = pretrained.list_backbone_layers(network)[-1].output
    ours = answer(keras.Model(network.inputs, last_map), [batch])
    theirs = answer(plain, prepared)
    # Not to the bit: Keras divides by 127.5, the layer multiplies, and random layers make more of the last digit.
    assert np.abs(ours - theirs).max() <= 1e-4 * max(1, np.abs(theirs).max())


@pytest.mark.parametrize("key", ONE_EACH)
def test_the_whole_answers_as_its_two_parts(built, key):
    network, head = built[key], pretrained.build_head(key, 2)
    batch = random_images(network)
    before = answer(network, batch)
    pretrained.join(network, head)
    features = answer(small_backbone.build_feature_model(network), batch)
    assert features.shape == (3, pretrained.BACKBONES[pretrained.HEADS[key].backbone].feature_count)
    whole = answer(network, batch)
    assert np.abs(whole - answer(head, features)).max() < 1e-5
    assert np.abs(whole - before).max() > 1e-5


@pytest.mark.parametrize(("key", "last"), list(zip(ONE_EACH, (2, 2, -1), strict=True)))
def test_a_training_step_changes_what_is_unfrozen_and_nothing_else(built, key, last):
    """Nor the statistics of batch normalisation: had it run in training mode, those of this batch would be in them."""
    keras = backend.load_keras()
    network = built[key]
    pretrained.unfreeze(network, last)
    network.compile(optimizer=keras.optimizers.SGD(1.0), loss="sparse_categorical_crossentropy", run_eagerly=True)
    before = {layer.name: layer.get_weights() for layer in network.layers if layer.weights}
    assert np.isfinite(network.train_on_batch(random_images(network, 4), np.array([0, 1, 0, 1])))
    changed = {
        name
        for name, kept in before.items()
        if any((a != b).any() for a, b in zip(kept, network.get_layer(name).get_weights(), strict=True))
    }
    backbone = [layer for layer in pretrained.list_backbone_layers(network) if layer.weights]
    wanted = [layer.name for layer in backbone if not isinstance(layer, keras.layers.BatchNormalization)]
    head = {layer.name for layer in network.layers if layer.weights} - {layer.name for layer in backbone}
    assert changed == head | set(wanted if last < 0 else wanted[-last:])
    pretrained.freeze(network)


def test_more_than_all_is_all(built):
    network = built["mobilenet_v2_finetuned"]
    pretrained.unfreeze(network, 10_000)
    assert count_trainable(network) == STATED["mobilenet_v2_finetuned"][4]
    pretrained.unfreeze(network, 0)
    assert count_trainable(network) == STATED["mobilenet_v2_finetuned"][2]


@pytest.mark.parametrize("key", ["vgg16_features", "mobilenet_v2_finetuned"])
def test_saved_and_loaded_in_safe_mode_it_answers_alike_and_stays_frozen(built, key, tmp_path):
    network = built[key]
    network.save(tmp_path / "model.keras")
    loaded = loading.read_network(tmp_path / "model.keras")
    batch = random_images(network)
    assert np.abs(answer(network, batch) - answer(loaded, batch)).max() < 1e-6
    assert count_trainable(loaded) == count_trainable(network)
    parts = (
        answer(small_backbone.build_feature_model(loaded), batch),
        answer(small_backbone.build_feature_model(network), batch),
    )
    assert np.abs(parts[0] - parts[1]).max() <= 1e-6 * max(1, np.abs(parts[0]).max())


@pytest.mark.parametrize("key", ["vgg16_features", "mobilenet_v2_finetuned"])
def test_grad_cam_finds_the_last_map(built, key):
    network = built[key]
    cam = explaining.explain(network)
    raw = heatmaps.compute_maps(cam, random_images(network), 1)
    assert raw.maps.ndim == 3
    assert cam.layer_name in {layer.name for layer in pretrained.list_backbone_layers(network)}


def test_logits_and_preprocessing_keep_float32_under_mixed_precision():
    keras = backend.load_keras()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = pretrained.build_vgg16_features(2, 32)
    finally:
        keras.config.set_dtype_policy(before)
    kept = {layer.name for layer in network.layers if layer.dtype_policy.name == "float32"}
    assert {"preprocess_centre", pretrained.FEATURES, "logits", "probabilities"} <= kept
    assert network.get_layer("block1_conv1").dtype_policy.name == "mixed_bfloat16"
    batch = random_images(network)
    assert answer(network, batch).dtype == np.float32


@pytest.mark.parametrize(("key", "px"), [("vgg16_frozen", 31), ("xception_finetuned", 70), ("mobilenet_v2_frozen", 0)])
def test_an_image_too_small_for_the_backbone_is_a_message(key, px):
    with pytest.raises(errors.RecipeNotUsable, match="at least"):
        getattr(pretrained, f"build_{key}")(2, px)


def test_laid_flat_a_larger_image_has_more_features():
    network, head = (
        pretrained.build_vgg16_features(2, 64),
        pretrained.build_head("vgg16_features", 2, feature_count=2048),
    )
    assert network.get_layer(pretrained.FEATURES).output.shape == (None, 2048)
    pretrained.join(network, head)
