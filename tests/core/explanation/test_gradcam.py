"""Grad-CAM against hand-worked cases, an independent implementation, finite differences, and hostile networks."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.base import errors
from core.explanation import heatmaps
from core.models import backend, loading, registry
from core.runtimes import activations
from tests.support import explaining

pytestmark = pytest.mark.ml

SIZE_PX = 12


@pytest.fixture(scope="module")
def keras() -> Any:
    return backend.load_keras()


@pytest.fixture
def batch() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (3, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)


def flat_layers(keras: Any, classes: int = 3, *, head: str = "separate") -> list[Any]:
    layers = keras.layers
    body = [
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="relu", name="first"),
        layers.Conv2D(5, 3, activation="relu", name="last"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(6, activation="tanh"),
    ]
    if head == "inside":
        return [*body, layers.Dense(classes, activation="softmax", name="answer")]
    name = "logits" if head == "separate" else "scores"
    ends = {"activation": layers.Activation("softmax"), "bare": None}
    end = ends.get(head, layers.Softmax(name="probabilities"))
    return [*body, layers.Dense(classes, name=name), *([end] if end is not None else [])]


def build_flat(keras: Any, *, seed: int = 1, **options: Any) -> Any:
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((SIZE_PX, SIZE_PX, 3)), *flat_layers(keras, **options)])


def cut_by_hand(features_network: Any, rest: Callable[[Any], Any], batch: np.ndarray, class_index: int) -> np.ndarray:
    """Grad-CAM without hooks and without our code: two networks cut at the convolution, a gradient tape, numpy."""
    tf = backend.load_tensorflow()
    features = tf.convert_to_tensor(features_network(batch.astype(np.float32)))
    with tf.GradientTape() as tape:
        tape.watch(features)
        logit = rest(features)[:, class_index]
    weights = tape.gradient(logit, features).numpy().mean(axis=(1, 2))  # (N, C)
    return np.maximum(np.einsum("nhwc,nc->nhw", features.numpy(), weights), 0)


def surgery(keras: Any, network: Any, batch: np.ndarray, class_index: int) -> np.ndarray:
    """The textbook way for a flat network with a `logits` layer: one model with two outputs, and a gradient tape."""
    tf = backend.load_tensorflow()
    outputs = [network.get_layer("last").output, network.get_layer("logits").output]
    double = keras.Model(network.inputs[0], outputs)
    with tf.GradientTape() as tape:
        features, logits = double(batch.astype(np.float32))
        logit = logits[:, class_index]
    weights = tf.reduce_mean(tape.gradient(logit, features), axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(weights * features, axis=-1)).numpy()


def build_hand_worked(keras: Any, dense: list[list[float]]) -> Any:
    """A 1 x 1 convolution that passes red and green on, global average pooling, and given dense weights."""
    network = keras.Sequential(
        [
            keras.Input((2, 2, 3)),
            keras.layers.Conv2D(2, 1, name="pass_on"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, name="logits"),
            keras.layers.Softmax(),
        ]
    )
    kernel = np.zeros((1, 1, 3, 2), np.float32)
    kernel[0, 0, 0, 0] = kernel[0, 0, 1, 1] = 1
    network.get_layer("pass_on").set_weights([kernel, np.zeros(2)])
    network.get_layer("logits").set_weights([np.array(dense), np.array([0.5, -0.5])])
    return network


HAND_IMAGE = np.zeros((1, 2, 2, 3), np.uint8)
HAND_IMAGE[0, ..., 0] = [[4, 0], [0, 8]]
HAND_IMAGE[0, ..., 1] = [[0, 12], [0, 4]]


def test_hand_worked_map(keras: Any) -> None:
    # Each gradient is dense weight / 4, the mean of it is the same, so the map is (w_red * red + w_green * green) / 4.
    network = build_hand_worked(keras, [[2.0, -2.0], [-1.0, 1.0]])
    explainer = explaining.explain(network)
    raw = heatmaps.compute_maps(explainer, HAND_IMAGE, 0)
    # class 0: (2 * red - green) / 4 = [[2, -3], [0, 3]], its negative part cut
    np.testing.assert_allclose(raw.maps, [[[2, 0], [0, 3]]], atol=1e-6)
    np.testing.assert_allclose(raw.logits, [2 * 3 - 4 + 0.5], atol=1e-6)
    np.testing.assert_allclose(heatmaps.compute_maps(explainer, HAND_IMAGE, 1).maps, [[[0, 3], [0, 0]]], atol=1e-6)
    assert raw.layer_name == "pass_on"


def test_evidence_is_the_logit_less_its_bias_where_nothing_is_cut(keras: Any) -> None:
    explainer = explaining.explain(build_hand_worked(keras, [[2.0, 0.0], [1.0, 0.0]]))
    heatmap = heatmaps.compute_heatmap(explainer, HAND_IMAGE[0], 0, input_size_px=(2, 2))
    logit = heatmaps.compute_maps(explainer, HAND_IMAGE, 0).logits[0]
    assert heatmap.evidence == pytest.approx(logit - 0.5)
    assert heatmap.peak == pytest.approx((2 * 8 + 4) / 4)


@pytest.mark.parametrize("class_index", [0, 1, 2])
def test_agrees_with_graph_surgery(keras: Any, batch: np.ndarray, class_index: int) -> None:
    network = build_flat(keras)
    raw = heatmaps.compute_maps(explaining.explain(network), batch, class_index)
    wanted = surgery(keras, network, batch, class_index)
    assert sum(surgery(keras, network, batch, c).max() > 0 for c in range(3)) >= 2  # not equal because empty
    assert raw.maps.dtype == np.float32
    assert raw.maps.shape == (3, SIZE_PX - 4, SIZE_PX - 4)
    np.testing.assert_allclose(raw.maps, wanted, atol=1e-5)
    logits = keras.Model(network.inputs[0], network.get_layer("logits").output)(batch.astype(np.float32)).numpy()
    np.testing.assert_allclose(raw.logits, logits[:, class_index], atol=1e-5)


def test_agrees_with_graph_surgery_on_the_base_cnn(keras: Any) -> None:
    network = registry.build_model("base_cnn", 2)
    batch = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    explainer = explaining.explain(network)
    assert explainer.layer_name == "conv_3"
    features = keras.Model(network.inputs[0], network.get_layer("conv_3").output)

    def rest(x: Any) -> Any:
        for name in ("flatten", "dense", "logits"):
            x = network.get_layer(name)(x)
        return x

    wanted = cut_by_hand(features, rest, batch, 1)
    assert wanted.max() > 0
    np.testing.assert_allclose(heatmaps.compute_maps(explainer, batch, 1).maps, wanted, atol=1e-5)


def nest_in_sequential(keras: Any) -> tuple[Any, Any, list[Any]]:
    layers = keras.layers
    backbone = keras.Sequential([keras.Input((SIZE_PX, SIZE_PX, 3)), *flat_layers(keras)[:3]], name="backbone")
    head = [layers.GlobalAveragePooling2D(), layers.Dense(3, name="logits"), layers.Softmax()]
    return keras.Sequential([keras.Input((SIZE_PX, SIZE_PX, 3)), backbone, *head]), backbone, head[:-1]


def nest_in_functional(keras: Any) -> tuple[Any, Any, list[Any]]:
    inner_input = keras.Input((SIZE_PX, SIZE_PX, 3))
    x = inner_input
    for layer in flat_layers(keras)[:3]:
        x = layer(x)
    backbone = keras.Model(inner_input, x, name="backbone")
    image = keras.Input((SIZE_PX, SIZE_PX, 3))
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, name="scores")]
    x = backbone(image)
    for layer in head:
        x = layer(x)
    return keras.Model(image, keras.layers.Activation("softmax")(x)), backbone, head


def nest_twice(keras: Any) -> tuple[Any, Any, list[Any]]:
    inner, backbone, head = nest_in_functional(keras)
    return keras.Sequential([keras.Input((SIZE_PX, SIZE_PX, 3)), inner]), backbone, head


@pytest.mark.parametrize("build", [nest_in_sequential, nest_in_functional, nest_twice])
@pytest.mark.parametrize("reloaded", [False, True])
def test_nested_networks(
    keras: Any, batch: np.ndarray, tmp_path: Path, build: Callable[..., Any], reloaded: bool
) -> None:
    keras.utils.set_random_seed(5)
    network, backbone, head = build(keras)

    def rest(x: Any) -> Any:
        for layer in head:
            x = layer(x)
        return x

    wanted = cut_by_hand(backbone, rest, batch, 2)
    if reloaded:
        network.save(tmp_path / "model.keras")
        network = loading.read_network(tmp_path / "model.keras")
    explainer = explaining.explain(network)
    assert explainer.layer_name == "last"
    assert wanted.max() > 0
    np.testing.assert_allclose(heatmaps.compute_maps(explainer, batch, 2).maps, wanted, atol=1e-5)


def test_reloaded_flat_network_gives_the_same_map(keras: Any, batch: np.ndarray, tmp_path: Path) -> None:
    network = build_flat(keras)
    network.save(tmp_path / "model.keras")
    reloaded = heatmaps.compute_maps(explaining.explain(loading.read_network(tmp_path / "model.keras")), batch, 1)
    wanted = surgery(keras, network, batch, 1)
    assert wanted.max() > 0
    np.testing.assert_allclose(reloaded.maps, wanted, atol=1e-5)


def test_subclassed_network_and_layer_chosen_by_name(keras: Any, batch: np.ndarray) -> None:
    flat = build_flat(keras)

    class Wrapped(keras.Model):  # type: ignore[misc, name-defined]  # keras is known at run time only
        def __init__(self) -> None:
            super().__init__()
            self.inside = flat

        def call(self, x: Any) -> Any:
            return self.inside(x)

    wanted = surgery(keras, flat, batch, 1)
    np.testing.assert_allclose(
        heatmaps.compute_maps(explaining.explain(Wrapped(), input_size_px=(SIZE_PX, SIZE_PX)), batch, 1).maps,
        wanted,
        atol=1e-5,
    )
    first = explaining.explain(flat, "first")
    assert heatmaps.compute_maps(first, batch, 1).maps.shape == (3, SIZE_PX - 2, SIZE_PX - 2)
    assert "no layer absent with a map" in explaining.say_why_not(flat, "absent")


@pytest.mark.parametrize("head", ["inside", "activation", "softmax", "bare", "separate"])
def test_each_kind_of_head_explains_the_logit(keras: Any, batch: np.ndarray, head: str) -> None:
    network = build_flat(keras, head=head)
    plain = build_flat(keras)
    plain.set_weights(network.get_weights())
    np.testing.assert_allclose(
        heatmaps.compute_maps(explaining.explain(network), batch, 1).maps, surgery(keras, plain, batch, 1), atol=1e-5
    )


@pytest.mark.parametrize("function", ["softmax", "sigmoid"])
def test_activation_as_a_bare_operation(keras: Any, batch: np.ndarray, function: str) -> None:
    plain = build_flat(keras)
    logits = plain.get_layer("logits")
    image = keras.Input((SIZE_PX, SIZE_PX, 3))
    x = image
    for layer in plain.layers[:-2]:
        x = layer(x)
    scores = keras.layers.Dense(3, name="scores")
    network = keras.Model(image, getattr(keras.ops, function)(scores(x)))
    scores.set_weights([1e3 * w for w in logits.get_weights()])
    expected = 1e3 * surgery(keras, plain, batch, 1)
    np.testing.assert_allclose(
        heatmaps.compute_maps(explaining.explain(network), batch, 1).maps, expected, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_one_unit_speaks_for_class_1_and_against_class_0(keras: Any, batch: np.ndarray, activation: str | None) -> None:
    keras.utils.set_random_seed(8)
    body = flat_layers(keras)[:4]
    network = keras.Sequential(
        [keras.Input((SIZE_PX, SIZE_PX, 3)), *body, keras.layers.Dense(1, activation=activation, name="unit")]
    )
    explainer = explaining.explain(network)
    assert explainer.class_count == 2
    features = keras.Model(network.inputs[0], network.get_layer("last").output)
    weights = [w.astype(np.float32) for w in network.get_layer("unit").get_weights()]

    def rest(x: Any, sign: float = 1.0) -> Any:
        return sign * (backend.load_tensorflow().reduce_mean(x, axis=(1, 2)) @ weights[0] + weights[1])

    against = cut_by_hand(features, lambda x: rest(x, -1.0), batch, 0)
    assert max(against.max(), cut_by_hand(features, rest, batch, 0).max()) > 0
    np.testing.assert_allclose(
        heatmaps.compute_maps(explainer, batch, 1).maps, cut_by_hand(features, rest, batch, 0), atol=1e-5
    )
    np.testing.assert_allclose(heatmaps.compute_maps(explainer, batch, 0).maps, against, atol=1e-5)
    assert (
        heatmaps.compute_maps(explainer, batch, 0).logits == -heatmaps.compute_maps(explainer, batch, 1).logits
    ).all()


@pytest.mark.parametrize("head", ["inside", "activation", "softmax"])
def test_a_saturated_softmax_still_has_its_map(keras: Any, batch: np.ndarray, head: str) -> None:
    network = build_flat(keras, head=head)
    mild = heatmaps.compute_maps(explaining.explain(network), batch, 1)
    dense = next(layer for layer in reversed(network.layers) if layer.get_weights())
    dense.set_weights([1e5 * w for w in dense.get_weights()])
    probabilities = network(batch.astype(np.float32)).numpy()
    assert probabilities.max(axis=1).min() == 1.0  # saturated indeed: no gradient would be left
    saturated = heatmaps.compute_maps(explaining.explain(network), batch, 1)
    assert mild.maps.max() > 0
    np.testing.assert_allclose(saturated.maps / 1e5, mild.maps, atol=1e-5)


def test_only_evidence_against_the_class_is_an_empty_map(keras: Any) -> None:
    explainer = explaining.explain(build_hand_worked(keras, [[-1.0, 0.0], [-1.0, 0.0]]))
    for class_index in (0, 1):
        heatmap = heatmaps.compute_heatmap(explainer, HAND_IMAGE[0], class_index, input_size_px=(2, 2))
        assert (heatmap.values == 0).all()
        assert (heatmap.peak, heatmap.evidence) == (0, 0)
        assert heatmaps.describe_strength(heatmap.peak, 1.0).words == "none"


def test_nan_and_infinity_are_an_error_never_a_picture(keras: Any, batch: np.ndarray) -> None:
    for value in (np.nan, np.inf):
        network = build_flat(keras)
        logits = network.get_layer("logits")
        logits.set_weights([np.full_like(w, value) for w in logits.get_weights()])
        with pytest.raises(errors.AnswerNotFinite):
            heatmaps.compute_heatmap(explaining.explain(network), batch[0], 0, input_size_px=(SIZE_PX, SIZE_PX))


def test_networks_without_a_convolution_or_a_map_say_so(keras: Any) -> None:
    layers = keras.layers
    dense = [layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(2, name="logits")]
    squeezed = [layers.Conv2D(2, 8), layers.Flatten(), layers.Dense(2, name="logits")]
    for body in (dense, squeezed):
        said = explaining.say_why_not(keras.Sequential([keras.Input((8, 8, 3)), *body]))
        assert said == "This network has no convolution, so it has no map of where it looks."


def test_a_map_of_1_by_1_is_passed_over(keras: Any) -> None:
    layers = keras.layers
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="spatial")(image)
    gate = layers.Reshape((1, 1, 4))(layers.GlobalAveragePooling2D()(x))
    gate = layers.Conv2D(4, 1, activation="sigmoid", name="gate")(gate)
    x = layers.Multiply(name="gated")([x, gate])
    pooled = layers.GlobalAveragePooling2D(keepdims=True)(x)
    network = keras.Model(image, layers.Dense(2, name="logits")(layers.Flatten()(pooled)))
    assert explaining.explain(network).layer_name == "gated"


def test_a_pooling_at_the_end_does_not_make_the_map_coarser(keras: Any) -> None:
    layers = keras.layers
    body = [
        layers.Conv2D(4, 3, name="convolution"),
        layers.BatchNormalization(),
        layers.LeakyReLU(name="activation"),
        layers.MaxPooling2D(),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(2, name="logits"),
    ]
    explainer = explaining.explain(keras.Sequential([keras.Input((10, 10, 3)), *body]))
    assert explainer.layer_name == "activation"
    assert heatmaps.compute_maps(explainer, np.zeros((1, 10, 10, 3), np.uint8), 0).maps.shape == (1, 8, 8)


def test_mixed_bfloat16(keras: Any, batch: np.ndarray) -> None:
    exact = build_flat(keras)
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        mixed = build_flat(keras)
    finally:
        keras.mixed_precision.set_dtype_policy(before)
    mixed.set_weights(exact.get_weights())
    raw = heatmaps.compute_maps(explaining.explain(mixed), batch, 1)
    wanted = surgery(keras, exact, batch, 1)
    assert raw.maps.dtype == raw.logits.dtype == np.float32
    np.testing.assert_allclose(raw.maps, wanted, atol=0.05 * wanted.max())


def test_weights_are_the_mean_gradient_by_finite_differences(keras: Any, batch: np.ndarray) -> None:
    """Grad-CAM weights from differences of a head in numpy float64: push one channel up and down everywhere."""
    network = build_flat(keras)
    features = keras.Model(network.inputs[0], network.get_layer("last").output)(batch.astype(np.float32)).numpy()
    hidden, out = (layer.get_weights() for layer in network.layers if type(layer).__name__ == "Dense")

    def logit(x: np.ndarray) -> np.ndarray:
        y = np.tanh(x.mean(axis=(1, 2)) @ hidden[0].astype(float) + hidden[1])
        return (y @ out[0].astype(float) + out[1])[:, 2]

    exact = features.astype(np.float64)
    step, positions = 1e-6, exact.shape[1] * exact.shape[2]
    pushes = np.eye(exact.shape[-1]) * step
    slopes = np.stack([(logit(exact + p) - logit(exact - p)) / (2 * step) for p in pushes], axis=1)  # sum of gradients
    wanted = np.maximum(np.einsum("nhwc,nc->nhw", exact, slopes / positions), 0)
    assert wanted.max() > 0
    np.testing.assert_allclose(heatmaps.compute_maps(explaining.explain(network), batch, 2).maps, wanted, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 31, 33, 70])
def test_every_batch_size(keras: Any, count: int) -> None:
    explainer = explaining.explain(build_flat(keras))
    batch = np.random.default_rng(count).integers(0, 256, (count, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    classes = np.arange(count) % 3
    together = heatmaps.compute_maps(explainer, batch, classes).maps
    assert together.shape == (count, SIZE_PX - 4, SIZE_PX - 4)
    for i in range(0, count, 13):
        alone = heatmaps.compute_maps(explainer, batch[i : i + 1].astype(np.float32), int(classes[i])).maps[0]
        np.testing.assert_allclose(together[i], alone, atol=1e-6)


def test_a_class_that_is_none_is_refused(keras: Any, batch: np.ndarray) -> None:
    explainer = explaining.explain(build_flat(keras))
    for class_index in (-1, 3):
        with pytest.raises(ValueError, match="class indices 0 to 2"):
            heatmaps.compute_maps(explainer, batch, class_index)


def test_a_warm_map_traces_nothing(keras: Any, batch: np.ndarray) -> None:
    network = build_flat(keras)
    explainer = explaining.explain(network)
    layer = network.get_layer("last")
    calls: list[int] = []
    call = layer.call
    vars(layer)["call"] = lambda *args, **kwargs: calls.append(1) or call(*args, **kwargs)
    for count in (1, 2, 3):
        heatmaps.compute_maps(explainer, batch[:count], count - 1)
    assert calls == []
    network(batch.astype(np.float32))
    assert calls == [1]  # the counter counts


def test_new_weights_are_seen_without_tracing_again(keras: Any, batch: np.ndarray) -> None:
    network = build_flat(keras)
    explainer = explaining.explain(network)
    before = heatmaps.compute_maps(explainer, batch, 1).maps
    network.set_weights([2 * w for w in network.get_weights()])
    assert np.abs(before - heatmaps.compute_maps(explainer, batch, 1).maps).max() > 0.01 * before.max() > 0
    np.testing.assert_allclose(
        heatmaps.compute_maps(explainer, batch, 1).maps, surgery(keras, network, batch, 1), atol=1e-5
    )


def test_the_layers_are_left_as_they_were(keras: Any, batch: np.ndarray) -> None:
    network = build_flat(keras, head="inside")
    before = [dict(vars(operation)) for operation in activations.list_operations(network)]
    heatmaps.compute_maps(explaining.explain(network), batch, 0)
    explaining.say_why_not(network, "absent")
    after = [vars(operation) for operation in activations.list_operations(network)]
    for had, has in zip(before, after, strict=True):
        assert had.keys() == has.keys()
        assert had.get("activation") is has.get("activation")
        assert "call" not in has


def test_the_layers_are_left_as_they_were_when_a_call_raises(keras: Any, batch: np.ndarray) -> None:
    network = build_flat(keras)

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("broken layer")

    broken = network.get_layer("last")
    vars(broken)["call"] = fail
    with pytest.raises(RuntimeError, match="broken layer"):
        explaining.explain(network)
    assert vars(broken).pop("call") is fail
    assert not any("call" in vars(operation) for operation in activations.list_operations(network))
    np.testing.assert_allclose(
        heatmaps.compute_maps(explaining.explain(network), batch, 1).maps, surgery(keras, network, batch, 1), atol=1e-5
    )


def run_in_threads(*jobs: Callable[[], Any]) -> list[Any]:
    results: list[Any] = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def work(i: int) -> None:
        gate.wait()
        results[i] = jobs[i]()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_threads_at_once_get_what_each_would_get_alone(keras: Any, batch: np.ndarray) -> None:
    network = build_flat(keras)
    wanted = [surgery(keras, network, batch, class_index) for class_index in range(3)]
    assert sum(maps.max() > 0 for maps in wanted) >= 2
    pixels = batch.astype(np.float32)
    answers = network(pixels).numpy()

    def explain(class_index: int) -> list[np.ndarray]:
        explainer = explaining.explain(network)  # traced while the others trace and call the same layers
        return [heatmaps.compute_maps(explainer, batch, class_index).maps for _ in range(10)]

    def predict() -> list[np.ndarray]:
        return [network(pixels, training=False).numpy() for _ in range(20)]

    *maps, predicted = run_in_threads(*(lambda c=c: explain(c) for c in range(3)), predict)
    for found, expected in zip(maps, wanted, strict=True):
        np.testing.assert_allclose(found, np.broadcast_to(expected, (10, *expected.shape)), atol=1e-5)
    np.testing.assert_allclose(predicted, np.broadcast_to(answers, (20, *answers.shape)), atol=1e-6)
    assert not any("call" in vars(operation) for operation in activations.list_operations(network))


def test_a_shared_explainer_in_two_threads(keras: Any, batch: np.ndarray) -> None:
    explainer = explaining.explain(build_flat(keras))
    wanted = [heatmaps.compute_maps(explainer, batch, c).maps for c in (0, 1)]
    found = run_in_threads(
        *(lambda c=c: [heatmaps.compute_maps(explainer, batch, c).maps for _ in range(20)] for c in (0, 1))
    )
    for maps, expected in zip(found, wanted, strict=True):
        assert all((m == expected).all() for m in maps)


@pytest.mark.parametrize(("height_px", "width_px"), [(1, 1), (3, 50), (12, 12), (41, 30), (200, 7)])
def test_heatmap_has_the_size_of_the_image(keras: Any, height_px: int, width_px: int) -> None:
    explainer = explaining.explain(build_flat(keras))
    image_rgb = np.random.default_rng(1).integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)
    found = [heatmaps.compute_heatmap(explainer, image_rgb, c, input_size_px=(SIZE_PX, SIZE_PX)) for c in range(3)]
    assert any(h.peak > 0 for h in found)
    for heatmap in found:
        assert heatmap.values.shape == (height_px, width_px)
        assert heatmap.values.dtype == np.float32
        assert np.isfinite(heatmap.values).all()
        assert heatmap.values.min() >= 0
        assert heatmap.values.max() == (1 if heatmap.peak > 0 else 0)
        assert heatmap.layer_name == "last"
        assert heatmap.evidence >= heatmap.peak >= 0


def test_reference_is_the_median_peak_of_the_given_classes(keras: Any) -> None:
    explainer = explaining.explain(build_flat(keras))
    batch = np.random.default_rng(4).integers(0, 256, (45, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    classes = np.arange(45) % 3
    peaks = [heatmaps.compute_maps(explainer, batch[i : i + 1], int(classes[i])).maps.max() for i in range(45)]
    reference = heatmaps.compute_reference(explainer, batch, classes)
    assert reference == {"layer": "last", "reference_peak": pytest.approx(np.median(peaks)), "images": 45}
    assert type(reference["reference_peak"]) is float
    assert heatmaps.compute_reference(explainer, batch[:0], classes[:0])["reference_peak"] == 0
    with pytest.raises(ValueError, match="broadcast"):
        heatmaps.compute_reference(explainer, batch[:4], classes)
