"""Writes a Keras network as an ONNX file that answers as it does, in the form that `onnx_vetting` lets pass.

Needs TensorFlow (inside). The network is traced with its weights, with what the gate asks and what a map is made from.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.base import errors, files, progress
from core.models import amending, backend, loading, onnx_vetting, package
from core.runtimes import base, keras, onnx

SAME_ANSWER = 1e-5
SAME_NUMBERS = 10  # so many times as far may other numbers be: a deviation of nearly nothing is a root of rounding
_KNOWN_COUNT = 7  # images for which sizes are worked out, to tell which of them are the number of images
_COMPUTED = {"Reshape": "shape", "ReverseSequence": "order"}


def add(found: package.Package, report: progress.Report = progress.say_nothing) -> package.Package:
    """Give an older model its ONNX file; one that has one stays as it is.

    Raises ModelBroken, OnnxNotPossible, DiskFull.
    """
    if found.has(package.ONNX_FILE):
        return found
    report(0, 0, "Loading the model")
    network = loading.load_network(found)
    asked = keras.KerasRuntime(network, where=f"trained_models/{found.id}", input_size_px=found.input_size_px)
    answers = asked.predict(loading.make_check_images(found.input_size_px))
    loading.require_published_answers(found, answers)
    content = convert(asked, len(found.class_names), where=found.id)
    return amending.add_file(found, package.ONNX_FILE, lambda path: write(path, content))


def write(path: Path, content: bytes) -> None:
    """The file, on the disk itself before anything says that it is there."""
    path.write_bytes(content)
    files.flush_to_disk(path)


def convert(asked: keras.KerasRuntime, class_count: int, *, where: str) -> bytes:
    """The content of an ONNX file that gives what `asked` gives, to SAME_ANSWER. Raises `OnnxNotPossible`."""
    faults = (
        ImportError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        AssertionError,
        ArithmeticError,
        RuntimeError,
        MemoryError,
        backend.load_tensorflow().errors.OpError,
    )
    try:
        content = _convert(asked)
    except faults as error:
        raise _not_possible(where, "a network that can be written so", f"{type(error).__name__}: {error}") from error
    wanted = onnx_vetting.Wanted(asked.input_size_px, class_count)
    try:
        written = onnx.open_content(content, wanted, place=package.ONNX_FILE, where=where)
        difference = _measure_difference(asked, written)
    except errors.ModelBroken as error:
        raise _not_possible(where, error.expected, error.found) from error
    if not difference <= SAME_ANSWER:
        said = f"a difference of {difference:.2g}"
        raise _not_possible(where, f"the same answers from the ONNX file, to {SAME_ANSWER:g}", said)
    return content


def _convert(asked: keras.KerasRuntime) -> bytes:
    """Through tf2onnx, whose warnings are about operators that are looked at afterwards."""
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    import tf2onnx  # noqa: PLC0415  (loads TensorFlow; needed where a file is written alone)

    tf = backend.load_tensorflow()
    signature = [tf.TensorSpec((None, *asked.input_size_px, 3), tf.float32, name=onnx_vetting.INPUT)]
    traced = tf.function(asked.make_all, input_signature=signature, autograph=False)
    model, _ = tf2onnx.convert.from_function(traced, input_signature=signature, opset=onnx_vetting.OPSET)
    _settle(model)
    content: bytes = model.SerializeToString()
    return content


def _settle(model: Any) -> None:
    """Write down what is worked out from the number of images and need not be, and leave out what nobody reads.

    tf2onnx computes the shape for a flattening from the shape of what is flattened, and an order of channels from how
    many there are; both are the same for every image.
    """
    import onnx as library  # noqa: PLC0415  (comes with tf2onnx)

    sizes, graph = onnx_vetting.infer_sizes(model, _KNOWN_COUNT), model.graph
    held = {weights.name for weights in graph.initializer}
    for node in graph.node:
        if node.op_type not in _COMPUTED or node.input[1] in held:
            continue
        size = sizes[node.output[0]]
        if node.op_type == "Reshape" and size[0] == _KNOWN_COUNT:
            constant = np.array([-1, *size[1:]], np.int64)
        elif node.op_type == "ReverseSequence":
            (axis,) = (entry.i for entry in node.attribute if entry.name == "time_axis")
            constant = np.arange(size[axis], dtype=np.int64)[::-1].copy()
            del node.attribute[:]
            node.op_type = "Gather"
            node.attribute.append(library.helper.make_attribute("axis", axis))
        else:
            continue
        node.input[1] = f"{node.output[0]}/{_COMPUTED.get(node.op_type, 'order')}"
        graph.initializer.append(library.numpy_helper.from_array(constant, node.input[1]))
    _drop_unread(graph)
    del model.opset_import[:]
    model.opset_import.append(library.helper.make_opsetid("", onnx_vetting.OPSET))
    for text in ("doc_string", "producer_name", "producer_version", "domain"):
        model.ClearField(text)
    graph.name, graph.doc_string = "network", ""
    del graph.value_info[:]


def _drop_unread(graph: Any) -> None:
    """Operators and constants that no output is made from."""
    read = {entry.name for entry in graph.output}
    kept = []
    for node in reversed(graph.node):  # what is made stands before who reads it
        if read & set(node.output):
            read |= set(node.input)
            kept.append(node)
    constants = [entry for entry in graph.initializer if entry.name in read]
    kept = [type(node).FromString(node.SerializeToString()) for node in reversed(kept)]
    constants = [type(entry).FromString(entry.SerializeToString()) for entry in constants]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(constants)


def _measure_difference(asked: keras.KerasRuntime, written: onnx.OnnxRuntime) -> float:
    """The largest in any output: of probabilities as they are, of others in parts of the largest number."""
    images = _make_images(asked.input_size_px)
    differences = [_compare(asked.predict(images), written.predict(images))]
    for one, other in (
        (asked.find_features(), written.find_features()),
        (asked.find_block_statistics(), written.find_block_statistics()),
    ):
        if isinstance(one, base.Features) and isinstance(other, base.Features):
            expected = one.compute(images)
            unit = SAME_NUMBERS * max(1.0, float(np.abs(expected).max()))
            differences.append(_compare(expected / unit, other.compute(images) / unit))
        elif isinstance(one, base.Features) or isinstance(other, base.Features):
            return float("inf")
    return max(differences)


def _make_images(input_size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """What models are checked with, which is noise; and slopes in two directions.

    None of one colour: over a large map of one number each library sums another error of rounding.
    """
    height_px, width_px = input_size_px
    slope = np.linspace(0, 255, height_px * width_px * 3).astype(np.uint8).reshape(1, height_px, width_px, 3)
    return np.concatenate([loading.make_check_images(input_size_px), slope, slope[:, ::-1, ::-1]])


def _compare(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    return float(np.abs(expected - found).max()) if expected.shape == found.shape else float("inf")


def _not_possible(where: str, expected: str, found: str) -> errors.OnnxNotPossible:
    return errors.OnnxNotPossible(
        expected=expected,
        found=found[:300],
        where=where,
        todo="The model answers all the same, by TensorFlow, which takes longer to load.",
    )
