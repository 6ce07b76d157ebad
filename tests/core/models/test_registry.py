"""The registry's statements against the built networks: what holds for every architecture, ours or a newcomer's."""

import subprocess
import sys

import numpy as np
import pytest

from core.base import errors
from core.explanation import heatmaps
from core.models import backend, loading, registry
from core.models.architectures import pretrained
from core.training import recipe
from tests.support import explaining

KEYS = list(registry.ARCHITECTURES)
FROM_NOTHING = [key for key in KEYS if not registry.ARCHITECTURES[key].backbone]
WITH_BACKBONE = [key for key in KEYS if registry.ARCHITECTURES[key].backbone]


def smallest_px(key):
    """Counts do not depend on the size on offer, so tests take the smallest."""
    stated = registry.find_architecture(key)
    return stated.sizes[0] if stated.sizes else stated.input_px


def build(key, classes=2):
    backend.load_keras().utils.set_random_seed(0)
    return registry.build_model(key, classes, smallest_px(key))


def count(network):
    """(all, trainable as training starts)."""
    if pretrained.list_backbone_layers(network) and network.name in WITH_BACKBONE:
        pretrained.freeze(network)
    return network.count_params(), sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


def draw_batch(images, px):
    return np.random.default_rng(0).integers(0, 256, (images, px, px, 3)).astype(np.float32)


@pytest.fixture(scope="module", params=KEYS)
def built(request):
    """Each architecture once, for two classes: (key, network)."""
    return request.param, build(request.param)


def test_an_unknown_key_names_those_there_are():
    with pytest.raises(errors.UnknownArchitecture, match="base_cnn"):
        registry.find_architecture("resnet")
    with pytest.raises(errors.UnknownArchitecture, match="base_cnn"):
        registry.build_model("", 2)


def test_reading_the_registry_loads_no_tensorflow():
    code = (
        "import sys; from core.models import registry; registry.describe_architectures(); print('keras' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_every_entry_says_what_a_person_needs():
    assert len({stated.title for stated in registry.ARCHITECTURES.values()}) == len(registry._ALL) == len(KEYS)
    for key, stated in registry.ARCHITECTURES.items():
        assert key == stated.key
        assert stated.title
        assert stated.source
        assert stated.teaches.endswith(".")
        assert len(stated.teaches) <= 120
        assert len(stated.differs) <= 180
        assert stated.backbone in {"", *pretrained.BACKBONES}
        assert stated.trainable <= stated.parameters
        if stated.sizes:
            assert stated.sizes[0] <= stated.input_px <= stated.sizes[1]


def test_what_differs_from_the_study_is_said_where_something_does():
    said = {row["key"]: row["differs"] for row in registry.describe_architectures()}
    assert [key for key in said if said[key]] == [
        *("compact_cnn", "vgg16_scratch", "vgg16_frozen", "vgg16_features", "xception_finetuned")
    ]
    assert "divides them by 255" in said["vgg16_frozen"]  # and `test_transfer` holds that they are centred
    assert registry.find_architecture("vgg16_scratch").defaults["epochs"] == 40
    assert registry.find_architecture("xception_finetuned").defaults["head_epochs"] == 1


@pytest.mark.parametrize("key", KEYS)
def test_defaults_make_a_recipe_that_needs_no_change(key):
    stated = registry.find_architecture(key)
    made = recipe.suggest("cells", key)
    plain = recipe.Recipe("cells", key)
    differing = {name for name, value in made.to_json().items() if value != plain.to_json()[name]}
    assert differing == set(stated.defaults), "a default that is the recipe's own says nothing"
    assert recipe.Recipe.from_json(made.to_json()) == made
    if made.schedule == "cosine":
        assert made.patience >= made.epochs, "a rate that falls to nothing must be let fall"
    if made.fine_tunes:
        assert 0 < made.head_epochs < made.epochs


def test_the_counts_of_the_table_are_exact():
    """Held against the studies' own numbers, not against ours."""
    stated = {row["key"]: (row["parameters"], row["trainable"]) for row in registry.describe_architectures()}
    assert stated == {
        "base_cnn": (646_338, 646_338),
        "leaky_swish_cnn": (110_018, 110_018),
        "squeeze_excite_cnn": (271_378, 270_674),
        "compact_cnn": (310_732, 310_412),
        "vgg16_scratch": (39_896_898, 39_896_898),
        "vgg16_frozen": (14_780_610, 65_922),
        "vgg16_features": (14_714_688 + 65_922, 65_922),
        "xception_finetuned": (20_861_480 + 4_098, 4_098),
        "mobilenet_v2_frozen": (410_208 + 2_562, 2_562),
        "mobilenet_v2_finetuned": (410_208 + 2_562, 2_562),
        "smear_cnn": stated["smear_cnn"],
        "smear_cnn_micro": stated["smear_cnn_micro"],
    }
    assert stated["smear_cnn"][0] < 200_000
    assert stated["smear_cnn_micro"][0] < 25_000


@pytest.mark.ml
def test_the_description_says_what_the_network_has(built):
    key, network = built
    (row,) = [row for row in registry.describe_architectures() if row["key"] == key]
    assert (
        (row["parameters"], row["trainable"]) == count(network) == registry.find_architecture(key).count_parameters(2)
    )
    assert row["sizes_px"][0] == network.input_shape[1] == network.input_shape[2]
    assert network.name == key


@pytest.mark.ml
def test_the_contract_of_builders_holds(built):
    """Stored pixels in, one row of probabilities an image out, from logits of the same order, on a flat graph."""
    key, network = built
    keras, px = backend.load_keras(), smallest_px(key)
    assert network.input_shape == (None, px, px, 3)
    assert not [layer.name for layer in network.layers if isinstance(layer, keras.Model)]
    assert not [layer.name for layer in network.layers if isinstance(layer, keras.layers.Lambda)]
    both = keras.Model(network.input, [network.get_layer("logits").output, network.output])
    logits, answers = (np.asarray(part) for part in both(draw_batch(3, px), training=False))
    assert answers.shape == (3, 2)
    assert answers.dtype == np.float32
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert np.allclose(answers, powers / powers.sum(axis=1, keepdims=True), atol=1e-5)


@pytest.mark.ml
def test_gradcam_finds_a_convolution(built):
    key, network = built
    explained = explaining.explain(network)
    raw = heatmaps.compute_maps(explained, draw_batch(1, smallest_px(key)), 0)
    assert explained.layer_name
    assert raw.maps.shape[1] > 1
    assert np.isfinite(raw.maps).all()


@pytest.mark.ml
def test_a_saved_network_gives_the_same_answers(built, tmp_path):
    """In safe mode, so without code from the file: no architecture may need a layer of its own."""
    key, network = built
    batch = draw_batch(2, smallest_px(key))
    network.save(tmp_path / "model.keras")
    again = loading.read_network(tmp_path / "model.keras")
    assert np.array_equal(np.asarray(again(batch, training=False)), np.asarray(network(batch, training=False)))


@pytest.mark.ml
@pytest.mark.parametrize("key", [key for key in FROM_NOTHING if registry.ARCHITECTURES[key].sizes])
def test_counts_do_not_depend_on_a_size_on_offer(key):
    """Of the smallest they are held above."""
    stated = registry.find_architecture(key)
    assert {registry.build_model(key, 2, px).count_params() for px in (33, stated.sizes[1])} == {stated.parameters}


@pytest.mark.ml
@pytest.mark.parametrize("key", KEYS)
def test_in_mixed_precision_and_for_more_classes_probabilities_and_counts_stay_exact(key):
    keras, classes = backend.load_keras(), 7
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = build(key, classes)
    finally:
        keras.config.set_dtype_policy(before)
    answers = np.asarray(network(draw_batch(3, smallest_px(key)), training=False))
    assert network.get_layer("logits").compute_dtype == "float32"
    assert "bfloat16" in {layer.compute_dtype for layer in network.layers}
    assert answers.dtype == np.float32
    assert np.allclose(answers.sum(axis=1), 1, atol=1e-6)
    assert count(network) == registry.find_architecture(key).count_parameters(classes)
    assert network.get_layer("logits").units == classes
    assert network.output_shape == (None, classes)


@pytest.mark.ml
@pytest.mark.parametrize("key", FROM_NOTHING)
def test_training_lowers_the_loss_on_images_that_are_easy_to_tell_apart(key):
    """Dark against bright, with the architecture's own first learning rate; backbones have tests of their own.

    Without dropout, whose noise would hide what a dozen batches do. VGG16 at half its size, a quarter of the work.
    """
    px = smallest_px(key) // 2 if key == "vgg16_scratch" else smallest_px(key)
    backend.load_keras().utils.set_random_seed(0)
    network = registry.build_model(key, 2, px)
    for layer in network.layers:
        if isinstance(layer, backend.load_keras().layers.Dropout):
            layer.rate = 0
    labels = np.arange(4) % 2
    images = draw_batch(4, px) / 4 + 150 * labels[:, None, None, None]
    rate = recipe.suggest("cells", key).learning_rate
    network.compile(optimizer=backend.load_keras().optimizers.Adam(rate), loss="sparse_categorical_crossentropy")
    losses = [float(network.train_on_batch(images, labels)) for _ in range(12)]
    assert np.isfinite(losses).all()
    assert np.mean(losses[-2:]) < losses[0]
    assert np.mean(losses[-2:]) < np.log(2), "no better than guessing"


def test_bfloat16_is_read_from_the_processors_flags(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags : sse avx512f avx512_bf16\n")
    assert backend.has_bfloat16(cpuinfo)
    cpuinfo.write_text("flags : sse avx2\n")
    assert not backend.has_bfloat16(cpuinfo)
    assert not backend.has_bfloat16(tmp_path / "none")


def test_the_faster_kernels_are_chosen_by_the_processors_flags(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("model name : avx2 in a name is no flag\nflags : sse avx avx2 fma\n")
    assert backend.wants_onednn(cpuinfo)
    cpuinfo.write_text("model name : avx2 in a name is no flag\nflags : sse avx\n")
    assert not backend.wants_onednn(cpuinfo)
    assert not backend.wants_onednn(tmp_path / "none")
