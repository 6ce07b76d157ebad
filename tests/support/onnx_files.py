"""A small ONNX file that answers as `brightness.BrightnessRuntime` does, made without TensorFlow; and spoiled ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from core.base import files
from core.models import onnx_vetting, package
from tests.support import brightness

SIZE_PX = (64, 64)
WANTED = onnx_vetting.Wanted(SIZE_PX, 2)


def make_model(size_px: tuple[int, int] = SIZE_PX) -> onnx.ModelProto:
    """Of two classes the first one's probability is the mean brightness; each channel's mean, then its deviation."""
    node = helper.make_node
    nodes = [
        node("ReduceMean", ["images"], ["mean_4d"], axes=[1, 2], keepdims=1),
        node("Sub", ["images", "mean_4d"], ["apart"]),
        node("Mul", ["apart", "apart"], ["squared"]),
        node("ReduceMean", ["squared"], ["variance"], axes=[1, 2], keepdims=0),
        node("Sqrt", ["variance"], ["deviation"]),
        node("Reshape", ["mean_4d", "shape"], ["mean"]),
        node("Concat", ["mean", "deviation"], ["block_statistics"], axis=1),
        node("MatMul", ["mean", "weights"], ["scaled"]),
        node("Add", ["scaled", "offset"], ["probabilities"]),
    ]
    constants = {
        "shape": np.array([-1, 3], np.int64),
        "weights": np.array([[1, -1]] * 3, np.float32) / 765,
        "offset": np.array([0, 1], np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", *size_px, 3])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 2]),
            helper.make_tensor_value_info("block_statistics", TensorProto.FLOAT, ["N", 6]),
        ],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", onnx_vetting.OPSET)], ir_version=8)


def make_content() -> bytes:
    """The same as a file."""
    content: bytes = make_model().SerializeToString()
    return content


def give(found: package.Package, content: bytes | None = None) -> package.Package:
    """The package with this ONNX file, and a manifest that says so."""
    path = found.file(package.ONNX_FILE)
    path.write_bytes(make_content() if content is None else content)
    facts = {"sha256": files.sha256_of(path), "bytes": path.stat().st_size}
    manifest = files.read_json(found.file(package.MANIFEST))
    files.write_json(found.file(package.MANIFEST), {**manifest, "files": {**manifest["files"], path.name: facts}})
    return package.find_package(found.id)


def expect(images: np.ndarray) -> np.ndarray:
    """What it answers, by another way."""
    return brightness.BrightnessRuntime(SIZE_PX, where="a test").predict(images)


def _change(alter: Callable[[Any], object]) -> Callable[[], bytes]:
    def spoil() -> bytes:
        model = make_model()
        alter(model)
        content: bytes = model.SerializeToString()
        return content

    return spoil


def _insert(op_type: str, *more: str, domain: str = "", outputs: int = 1, **settings: Any) -> Callable[[], bytes]:
    """An operator between the images and all that reads them."""

    def alter(model: Any) -> None:
        for node in model.graph.node:
            node.input[:] = ["in_between" if name == "images" else name for name in node.input]
        made = ["in_between", *(f"more_{number}" for number in range(1, outputs))]
        model.graph.node.insert(0, helper.make_node(op_type, ["images", *more], made, domain=domain, **settings))

    return _change(alter)


def _insert_padding(cells: int) -> Callable[[], bytes]:
    def alter(model: Any) -> None:
        model.ParseFromString(_insert("Pad", "cells")())
        model.graph.initializer.append(numpy_helper.from_array(np.array([0, 0, 0, 0, 0, cells, cells, 0]), "cells"))

    return _change(alter)


def _double(model: Any) -> None:
    for number in range(30):
        name = "images" if not number else f"twice_{number}"
        model.graph.node.insert(number, helper.make_node("Concat", [name, name], [f"twice_{number + 1}"], axis=1))


def _set_external(model: Any) -> None:
    weights = model.graph.initializer[1]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "/etc/passwd"), ("offset", "0"), ("length", "24")):
        weights.external_data.add(key=key, value=value)


def _declare(*dims: int) -> Callable[[Any], None]:
    def alter(model: Any) -> None:
        model.graph.initializer[1].dims[:] = dims

    return alter


def _add_branch(model: Any) -> None:
    inside = helper.make_graph([], "inside", [], [])
    model.graph.node[0].attribute.append(helper.make_attribute("then_branch", inside))


def _add_function(model: Any) -> None:
    model.functions.append(helper.make_function("mine", "F", ["x"], ["y"], [], [helper.make_opsetid("", 17)]))


def _compute_a_size(model: Any) -> None:
    """A size that is read from the image itself: as large as its brightness."""
    del model.graph.initializer[0]
    model.graph.node.insert(0, helper.make_node("ReduceMax", ["images"], ["brightest"], keepdims=0))
    model.graph.node.insert(1, helper.make_node("Cast", ["brightest"], ["shape"], to=TensorProto.INT64))


def _shape_of_a_result(model: Any) -> None:
    """The same with listed operators alone: a shape that is no constant."""
    del model.graph.initializer[0]
    model.graph.node.insert(0, helper.make_node("ReduceMax", ["images"], ["shape"], axes=[0, 1, 2], keepdims=0))


def _ask_for_more(model: Any) -> None:
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))


def _preset_the_images(model: Any) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.zeros((1, 64, 64, 3), np.float32), "images"))


def _rename_output(model: Any) -> None:
    model.graph.output[1].name = "mean"


def _one_row(model: Any) -> None:
    model.graph.node[-1].input[0] = "first"
    model.graph.node.insert(8, helper.make_node("ReduceMax", ["scaled"], ["first"], axes=[0], keepdims=1))


def _fix_images(model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1


def _set_opset(version: int, domain: str = "") -> Callable[[Any], None]:
    def alter(model: Any) -> None:
        if domain:
            model.opset_import.append(helper.make_opsetid(domain, version))
        else:
            model.opset_import[0].version = version

    return alter


def _many_operators(model: Any) -> None:
    for number in range(onnx_vetting.MOST_NODES):
        model.graph.node.append(helper.make_node("Relu", ["images"], [f"relu_{number}"]))


SPOILED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"no network at all, and no protobuf either",
    "half": lambda: make_content()[: len(make_content()) // 2],
    "zeros": lambda: bytes(1000),
    "newer operators": _change(_set_opset(99)),
    "older operators": _change(_set_opset(9)),
    "another set of operators": _change(_set_opset(1, "com.microsoft")),
    "no set of operators": _change(lambda model: model.ClearField("opset_import")),
    "operator of another domain": _insert("Gelu", domain="com.microsoft"),
    "unknown operator": _insert("Attention7"),
    "escape in a name": _insert("\x1b[31mRelu"),
    "loop": _insert("Loop"),
    "blown up": _insert("Resize"),
    "noise": _insert("RandomNormalLike"),
    "branch": _change(_add_branch),
    "function": _change(_add_function),
    "settings": _change(lambda model: model.metadata_props.add(key="ort_config", value="{}")),
    "two results": _insert("MaxPool", outputs=2, kernel_shape=[1, 1]),
    "weights elsewhere": _change(_set_external),
    "declared 4 TB": _change(_declare(10**6, 10**6)),
    "declared less than nothing": _change(_declare(-3, -2)),
    "declared other sizes": _change(_declare(2, 3)),
    "weights of another type": _change(lambda model: setattr(model.graph.initializer[1], "data_type", 11)),
    "padded": _insert_padding(100_000),
    "doubled": _change(_double),
    "window of the whole image": _insert("MaxPool", kernel_shape=[10**6, 10**6], pads=[10**6] * 4),
    "computed size": _change(_compute_a_size),
    "size that is no constant": _change(_shape_of_a_result),
    "many operators": _change(_many_operators),
    "another input": _change(_ask_for_more),
    "preset images": _change(_preset_the_images),
    "other output": _change(_rename_output),
    "one row for all": _change(_one_row),
    "one image alone": _change(_fix_images),
    "other size": lambda: make_model((32, 64)).SerializeToString(),
    "cut operators": _change(lambda model: model.graph.node.pop(0)),
}


def set_weights(value: float) -> bytes:
    """A file whose weights are all this number."""
    model = make_model()
    model.graph.initializer[1].raw_data = np.full((3, 2), value, np.float32).tobytes()
    content: bytes = model.SerializeToString()
    return content
