"""Networks as ONNX files on ONNX Runtime (loaded inside): answers and features at once, and no gradients.

First answer within a second of a cold start, where TensorFlow takes several, and a tenth of its memory.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.base import settings
from core.models import onnx_vetting, package, vetting
from core.runtimes import base

MOST_THREADS = 2
_QUIET = 4  # what it says itself comes as an error of ours


class OnnxRuntime(base.Runtime):
    """A session of ONNX Runtime. names : which of `onnx_vetting.OUTPUTS` it gives."""

    title = "ONNX Runtime"

    def __init__(
        self, session: Any, names: tuple[str, ...], input_size_px: tuple[int, int], *, where: str, todo: str
    ) -> None:
        super().__init__(input_size_px, where=where, todo=todo)
        self._session, self._names = session, names

    @classmethod
    def serves(cls, found: package.Package) -> bool:
        """Whether the package has a network of this kind."""
        return found.has(package.ONNX_FILE)

    @classmethod
    def open(cls, found: package.Package) -> "OnnxRuntime":
        """The package's network, which has answered once. Raises `ModelBroken`."""
        content = package.read_content(found, package.ONNX_FILE)
        opened = open_content(
            content,
            onnx_vetting.Wanted(found.input_size_px, len(found.class_names)),
            place=vetting.name_place(found.file(package.ONNX_FILE)),
            where=f"trained_models/{found.id}",
        )
        opened._answer(np.zeros((1, *found.input_size_px, 3), np.float32))
        return opened

    def _answer(self, chunk: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._run(chunk, onnx_vetting.PROBABILITIES)

    def _make_features(self, layer_name: str | None) -> base.Run | base.Lacking:
        if layer_name is not None:
            return base.Lacking(f"{self.title} gives the features of no layer by its name.")
        return self._find(onnx_vetting.FEATURES)

    def _make_block_statistics(self) -> base.Run | base.Lacking:
        return self._find(onnx_vetting.BLOCK_STATISTICS)

    def _make_answers_with_statistics(self) -> base.Run | base.Lacking:
        statistics = self._find(onnx_vetting.BLOCK_STATISTICS)
        if isinstance(statistics, base.Lacking):
            return statistics
        return lambda chunk: self._run(chunk, onnx_vetting.PROBABILITIES, onnx_vetting.BLOCK_STATISTICS)

    def _find(self, name: str) -> base.Run | base.Lacking:
        if name not in self._names:
            return base.Lacking(f"The ONNX file of this model has no {name.replace('_', ' ')}.")
        return lambda chunk: self._run(chunk, name)

    def _run(self, chunk: NDArray[np.float32], *names: str) -> NDArray[np.float32]:
        """Outputs beside each other, (n, D), of as many images as there are, some at a time: for so many the file's
        sizes were looked at."""
        step = onnx_vetting.AT_ONCE
        pieces = [chunk[start : start + step] for start in range(0, len(chunk), step)]
        onnxruntime, options = load_onnxruntime(), self._once("options", _make_run_options)
        try:
            return np.concatenate(
                [
                    np.concatenate(self._session.run(names, {onnx_vetting.INPUT: piece}, options), axis=1)
                    for piece in pieces
                ]
            )
        except find_faults(onnxruntime) as error:
            raise onnx_vetting.tell_runtime_fault(self._where, error) from error


def open_content(
    content: bytes, wanted: onnx_vetting.Wanted, *, place: str, where: str, todo: str = base.RETRAIN
) -> OnnxRuntime:
    """The network of an ONNX file's content, vetted; place : how a message about the file names it, `where` the model.

    Raises `ModelBroken`.
    """
    names = onnx_vetting.vet(content, wanted, place)
    onnxruntime = load_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(MOST_THREADS, settings.count_processors())
    options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a server that nobody asks stays idle
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except find_faults(onnxruntime) as error:
        raise onnx_vetting.tell_runtime_fault(place, error) from error
    return OnnxRuntime(session, names, wanted.input_size_px, where=where, todo=todo)


def load_onnxruntime() -> Any:
    """The `onnxruntime` module, which reports nothing to anybody and writes nothing to the terminal."""
    import onnxruntime  # noqa: PLC0415  (60 ms and 20 MB, for those alone who ask a model)

    onnxruntime.disable_telemetry_events()
    onnxruntime.set_default_logger_severity(_QUIET)
    return onnxruntime


def find_faults(onnxruntime: Any) -> tuple[type[BaseException], ...]:
    """What it raises about a file or a call that it cannot use: types of its own, and some of Python's."""
    own = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    kinds = [one for one in own if isinstance(one, type) and issubclass(one, Exception)]
    return (*kinds, RuntimeError, ValueError, MemoryError)


def _make_run_options() -> Any:
    options = load_onnxruntime().RunOptions()
    options.log_severity_level = _QUIET
    options.only_execute_path_to_fetches = True  # who asks for probabilities does not pay for the gate
    return options
