"""What a `model.onnx` holds, looked at before anything runs it: a plain network from images to numbers. No TensorFlow.

An ONNX file can name weights in other files, bring functions and operators of its own, loop, and compute how large its
arrays are from what it is given. Ours do nothing of this: operators on a list, weights in the file itself, and every
size known beforehand but for the number of images. See docs/decisions/0031.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.base import errors, files
from core.models import laying, vetting

INPUT = "images"
PROBABILITIES, BLOCK_STATISTICS, FEATURES = "probabilities", "block_statistics", "features"
OUTPUTS = (PROBABILITIES, BLOCK_STATISTICS, FEATURES)
OPSET = 17
AT_ONCE = 32  # images in one call, at most: for so many the sizes are looked at
MOST_NODES = 2000
LONGEST_CONSTANT = 64  # numbers in a shape, a list of axes or a padding
# What computes and neither branches, loops, nor makes a size out of numbers; a network that needs another adds it here.
ALLOWED = (
    "Add AveragePool BatchNormalization Clip Concat Conv Div Elu Gather GlobalAveragePool GlobalMaxPool Identity "
    "LeakyRelu MatMul Max MaxPool Min Mul Neg PRelu Pad ReduceMax ReduceMean Relu Reshape Sigmoid Softmax Sqrt Squeeze "
    "Sub Tanh Transpose Unsqueeze"
)
_NUMBERS_AND_WORDS = (1, 2, 3, 6, 7)  # FLOAT, INT, STRING, FLOATS, INTS of onnx.AttributeProto
_READS_ALL = ("GlobalAveragePool", "GlobalMaxPool", "ReduceMax", "ReduceMean")

Sizes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Wanted:
    """What the file must be, as its manifest says: (height, width) of its images, and how many classes it has."""

    input_size_px: tuple[int, int]
    class_count: int


def vet(content: bytes, wanted: Wanted, where: str) -> tuple[str, ...]:
    """Look at an ONNX file from end to end; returns which of OUTPUTS it gives. Raises `ModelBroken`."""
    model = _parse(content, where)
    _require_plain(model, where)
    for weights in model.graph.initializer:
        _require_held(weights, where)
    _require_input(model.graph, wanted, where)
    sizes = _infer(model, where)
    _require_bounded(model.graph, sizes, where)
    return _require_outputs(model.graph, sizes, wanted, where)


def _parse(content: bytes, where: str) -> Any:
    import onnx  # noqa: PLC0415  (a tenth of a second, for those alone who open such a file)
    from google.protobuf import message  # noqa: PLC0415  (comes with it)

    try:
        return onnx.ModelProto.FromString(content)
    except (message.DecodeError, ValueError, MemoryError) as error:
        raise vetting.refuse(where, "an ONNX file that can be read", vetting.say(error)) from error


def _require_plain(model: Any, where: str) -> None:
    """One graph of listed operators, whose settings are numbers and words."""
    spoken = [(entry.domain, entry.version) for entry in model.opset_import]
    if spoken != [("", OPSET)]:
        found = ", ".join(f"{domain or 'ai.onnx'} {version}" for domain, version in spoken) or "none"
        raise vetting.refuse(where, f"operators of ONNX's own set {OPSET}, and no others", vetting.say_plainly(found))
    graph = model.graph
    if len(model.functions) or len(model.training_info) or len(graph.sparse_initializer) or len(model.metadata_props):
        raise vetting.refuse(where, "one plain graph", "functions, training or settings beside it")
    if not 0 < len(graph.node) <= MOST_NODES:
        raise vetting.refuse(where, f"a graph of 1 to {MOST_NODES:,} operators", f"{len(graph.node):,}")
    for node in graph.node:
        if node.domain or node.op_type not in ALLOWED.split():
            named = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
            expected = "operators that only compute (see core/models/onnx_vetting.py)"
            raise vetting.refuse(where, expected, vetting.say_plainly(named))
        if any(entry.type not in _NUMBERS_AND_WORDS for entry in node.attribute):
            raise vetting.refuse(where, "settings that are numbers or words", f"{node.op_type} with more")
        if len(node.output) != 1:
            raise vetting.refuse(where, "operators with one result each", f"{node.op_type} with {len(node.output)}")


def _require_held(weights: Any, where: str) -> None:
    """Numbers that stand in the file itself, as many as it declares."""
    import onnx  # noqa: PLC0415  (see above)

    if weights.data_location or len(weights.external_data):
        raise vetting.refuse(where, "weights in the file itself", "weights that are stored elsewhere")
    item_bytes = {onnx.TensorProto.FLOAT: 4, onnx.TensorProto.INT64: 8}.get(weights.data_type)
    if item_bytes is None:
        raise vetting.refuse(where, "weights of float32", f"a type numbered {weights.data_type}")
    dims = tuple(weights.dims)
    if min(dims, default=1) < 1 or math.prod(dims) * item_bytes != len(weights.raw_data):
        raise vetting.refuse(where, "weights that the file holds", "arrays beyond its size")
    if item_bytes == 8 and math.prod(dims) > LONGEST_CONSTANT:
        raise vetting.refuse(where, f"at most {LONGEST_CONSTANT} whole numbers in a list", f"{math.prod(dims):,}")


def _require_input(graph: Any, wanted: Wanted, where: str) -> None:
    """Images alone: (N, H, W, 3) float32 for every N."""
    height_px, width_px = wanted.input_size_px
    found = [(entry.name, entry.type.tensor_type) for entry in graph.input]
    sizes = [[dim.dim_value for dim in kind.shape.dim] for _, kind in found]
    float32 = [kind.elem_type for _, kind in found] == [1]
    preset = any(weights.name == INPUT for weights in graph.initializer)
    named = [name for name, _ in found] == [INPUT]
    if preset or not (named and float32 and sizes == [[0, height_px, width_px, 3]]):
        raise vetting.refuse(
            where,
            f"one input of float32 (N, {height_px}, {width_px}, 3), called {INPUT}",
            vetting.say_plainly(", ".join(f"{name} {size}" for (name, _), size in zip(found, sizes, strict=True))),
        )


def _infer(model: Any, where: str) -> Sizes:
    import onnx  # noqa: PLC0415  (see above)

    faults = (onnx.shape_inference.InferenceError, onnx.checker.ValidationError, ValueError, TypeError, RuntimeError)
    try:
        return infer_sizes(model, AT_ONCE)
    except faults as error:
        raise vetting.refuse(where, "operators that fit together", vetting.say(error)) from error


def infer_sizes(model: Any, images: int) -> Sizes:
    """The size of each result of an ONNX model for so many images, those that are known beforehand; runs nothing.

    Large weights are left out, and what the file itself says of sizes. Raises what ONNX raises.
    """
    import onnx  # noqa: PLC0415  (see above)

    bare = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    bare.graph.name = "sizes"
    bare.graph.node.extend(model.graph.node)
    describe = onnx.helper.make_tensor_value_info
    for entry in model.graph.input:
        dims = [dim.dim_value for dim in entry.type.tensor_type.shape.dim]
        bare.graph.input.append(describe(entry.name, onnx.TensorProto.FLOAT, [images, *dims[1:]]))
    for weights in model.graph.initializer:
        if weights.data_type == onnx.TensorProto.FLOAT and math.prod(weights.dims) > 1:
            bare.graph.input.append(describe(weights.name, weights.data_type, list(weights.dims)))
        else:
            bare.graph.initializer.append(weights)
    for entry in model.graph.output:
        bare.graph.output.append(describe(entry.name, onnx.TensorProto.FLOAT, None))
    told = onnx.shape_inference.infer_shapes(bare, check_type=True, strict_mode=True, data_prop=True).graph
    found = {entry.name: entry.type.tensor_type for entry in (*told.input, *told.value_info, *told.output)}
    sizes = {name: [dim.dim_value for dim in kind.shape.dim] for name, kind in found.items() if kind.HasField("shape")}
    return {name: tuple(size) for name, size in sizes.items() if min(size, default=1) > 0}


def _require_bounded(graph: Any, sizes: Sizes, where: str) -> None:
    """Raise `ModelBroken` where it would take more memory or time for one image than any network of ours."""
    weights = {entry.name: tuple(entry.dims) for entry in graph.initializer}
    largest = together = work = 0
    for node in graph.node:
        size = sizes.get(node.output[0])
        if size is None:
            raise vetting.refuse(where, "sizes that are known beforehand", f"a result of {node.op_type} of any size")
        count = math.prod(size) // AT_ONCE
        largest, together = max(largest, count), together + count
        work += count * _count_multiplications(node, [sizes.get(name, weights.get(name, ())) for name in node.input])
    if largest > laying.LARGEST_MAP or together > laying.LARGEST_MAPS or work > laying.MOST_WORK:
        memory, most = (files.describe_bytes(4 * numbers) for numbers in (together, laying.LARGEST_MAPS))
        raise vetting.refuse(
            where,
            f"a network that takes at most {most} and {laying.MOST_WORK:.0e} multiplications for one image",
            f"{memory} (a result of {files.describe_bytes(4 * largest)}) and {work:.0e}",
        )


def _count_multiplications(node: Any, given: Sequence[tuple[int, ...]]) -> int:
    """For one number of its result, at most."""
    if node.op_type == "Conv":
        return math.prod(given[1][1:])
    if node.op_type == "MatMul":
        return given[0][-1] if given[0] else 1
    if node.op_type in _READS_ALL:
        return math.prod(given[0][1:])
    windows = [entry.ints for entry in node.attribute if entry.name == "kernel_shape"]
    return math.prod(windows[0]) if windows else 1


def _require_outputs(graph: Any, sizes: Sizes, wanted: Wanted, where: str) -> tuple[str, ...]:
    """A row an image under each name."""
    names = tuple(entry.name for entry in graph.output)
    known = len(set(names)) == len(names) and set(names) <= set(OUTPUTS)
    rows = all(len(sizes.get(name, ())) == 2 and sizes[name][0] == AT_ONCE for name in names)
    if not known or not rows or sizes.get(PROBABILITIES) != (AT_ONCE, wanted.class_count):
        raise vetting.refuse(
            where,
            f"{PROBABILITIES} of {wanted.class_count} classes, and of {', '.join(OUTPUTS[1:])} a row an image",
            vetting.say_plainly(", ".join(f"{name} {sizes.get(name, '')}" for name in names)) or "nothing",
        )
    return names


def tell_runtime_fault(where: str, error: BaseException) -> errors.ModelBroken:
    """The message about a file that passed, and that ONNX Runtime cannot use all the same."""
    return vetting.refuse(where, "a network that ONNX Runtime can run", vetting.say(error))
