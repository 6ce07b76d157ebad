"""Loads TensorFlow: the one place where that happens, lazily, since it takes seconds and hundreds of megabytes.

Nothing that browses, compares or evaluates may come here; tests/test_architecture.py holds that.
"""

import contextlib
import gc
import os
import platform
import sys
import tempfile
import threading
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from core.base import limits, paths

_lock = threading.Lock()
_loaded: dict[str, Any] = {}

CPUINFO = Path("/proc/cpuinfo")
TENSOR_CORES_SINCE = (7, 0)  # compute capability
BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})


def load_keras() -> Any:
    """The `keras` module on TensorFlow. The first call takes 2 to 4 s; later ones nothing."""
    return _load()["keras"]


def load_tensorflow() -> Any:
    """The `tensorflow` module."""
    return _load()["tensorflow"]


def _load() -> dict[str, Any]:
    with _lock:
        if not _loaded:
            limits.require_address_space(with_tensorflow=True)
            paths.prepare_for_tensorflow(onednn=wants_onednn())
            with _quiet_stderr(), _without_sklearn(), _kept_for_good():
                import keras  # noqa: PLC0415  (lazy on purpose, see above)
                import tensorflow as tf  # noqa: PLC0415  (the same)
            keras.backend.clear_session = _keep_session
            _loaded.update(keras=keras, tensorflow=tf)
    return _loaded


def _keep_session(free_memory: bool = True) -> None:
    """Nothing, in place of `keras.backend.clear_session`, which Streamlit calls whenever a page has been drawn.

    It takes what Keras knows of names and scopes away from all threads, also from one that builds a network for
    somebody else at that moment, throws away compiled kernels, and looks for garbage: an eighth of a page's time and
    more.
    `keras.utils.clear_session` is left as it is.
    """


@contextlib.contextmanager
def _kept_for_good() -> Iterator[None]:
    """Spare the garbage collector what is imported here: it stays anyway.

    TensorFlow leaves 290,000 live objects. Looking for garbage among them while they come makes a third of the time of
    its import; and a dashboard that collects garbage after each click would walk them every time and answer 3 x slower
    on all pages. Frozen, they are never walked again. What was garbage before goes first: frozen, it would stay.
    """
    gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


@contextlib.contextmanager
def _without_sklearn() -> Iterator[None]:
    """Keras imports scikit-learn for its wrappers where it finds it: half a second and 80 MB that nobody uses here."""
    if "sklearn" in sys.modules:
        yield
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # how an import is made to fail
    try:
        yield
    finally:
        del sys.modules["sklearn"]


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep what native code writes to stderr while it is imported; say it only if the import fails.

    The CUDA build of TensorFlow greets every machine without a GPU with warnings that no log level reaches, in the
    middle of the terminal's progress line.
    """
    kept = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            aside.seek(0)
            os.write(kept, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def has_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """Whether the processor multiplies in bfloat16 natively; elsewhere it is slower than float32."""
    return not BFLOAT16_FLAGS.isdisjoint(_read_flags(cpuinfo))


def wants_onednn(cpuinfo: Path = CPUINFO) -> bool:
    """Whether oneDNN's kernels are the faster ones here: on every processor with AVX2.

    TensorFlow switches them on by itself only where it finds AVX-512 VNNI or newer. On an AVX-512 processor without,
    they train base_cnn 2.3 x faster, and 2.1 x with nothing above AVX2; below AVX2 they are the slower ones.
    """
    return "avx2" in _read_flags(cpuinfo)


def describe_processor(cpuinfo: Path = CPUINFO) -> str:
    """The processor's name as Linux tells it, else as Python does."""
    named = _read_lines(cpuinfo, "model name")
    return named[0].strip() if named else platform.processor() or platform.machine()


def _read_flags(cpuinfo: Path) -> set[str]:
    """The processor's features as Linux names them; none on systems without the file (macOS, Windows)."""
    return {flag for line in _read_lines(cpuinfo, "flags") for flag in line.split()}


def _read_lines(cpuinfo: Path, begin: str) -> list[str]:
    """What stands after the colon in the lines that begin so; none where there is no such file."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line.split(":", 1)[-1] for line in text.splitlines() if line.startswith(begin)]


def limit_threads(count: int) -> None:
    """Let TensorFlow use `count` processors of the machine, which other trainings share. Loads TensorFlow.

    Only before it has done any work; RuntimeError after. Another count of threads gives other last bits of the result.
    """
    threading_options = load_tensorflow().config.threading
    threading_options.set_intra_op_parallelism_threads(count)
    threading_options.set_inter_op_parallelism_threads(count)


def has_gpu() -> bool:
    """Whether TensorFlow sees a GPU. Loads TensorFlow."""
    return bool(load_tensorflow().config.list_physical_devices("GPU"))


def choose_precision() -> str:
    """Keras' dtype policy for training here. Loads TensorFlow.

    Mixed float16 on a GPU with tensor cores (Keras scales the loss by itself then), mixed bfloat16 on a CPU that has
    it, else float32.
    """
    gpus = load_tensorflow().config.list_physical_devices("GPU")
    if gpus:
        details = load_tensorflow().config.experimental.get_device_details(gpus[0])
        return "mixed_float16" if details.get("compute_capability", (0, 0)) >= TENSOR_CORES_SINCE else "float32"
    return "mixed_bfloat16" if has_bfloat16() else "float32"


def describe_versions() -> dict[str, str]:
    """What a result depends on besides recipe and data: versions, processor, threads, kernels. Loads nothing."""
    names = ("tensorflow", "keras", "numpy", "pillow", "pandas")
    versions = {name: metadata.version(name) for name in names}
    return {
        "python": platform.python_version(),
        **versions,
        "machine": platform.machine(),
        "processors": str(os.cpu_count()),
        "onednn": paths.configured_onednn() or ("1" if wants_onednn() else "TensorFlow's choice"),
    }
