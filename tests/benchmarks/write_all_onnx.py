"""`python -m tests.benchmarks.write_all_onnx [KEY...]`: each architecture as an ONNX file, on random weights.

By hand, after a new architecture or another version of what writes and runs the files: the largest take minutes, so the
tests write two. Each is compared with Keras as publishing does it; exit 1 where one cannot be written.
"""

import sys
import time

from core.base import errors
from core.models import backend, registry
from core.runtimes import keras, onnx_writing


def main(keys: list[str]) -> int:
    """Write each at the smallest size on offer and say how large the file is."""
    faults = 0
    for key in keys or list(registry.ARCHITECTURES):
        wanted = registry.find_architecture(key)
        backend.load_keras().utils.clear_session()
        network = registry.build_model(key, 2, min(wanted.sizes or (wanted.input_px,)))
        began = time.perf_counter()
        try:
            content = onnx_writing.convert(keras.KerasRuntime(network, where=key), 2, where=key)
        except errors.OnnxNotPossible as error:
            faults += 1
            print(error)
            continue
        seconds = time.perf_counter() - began
        print(f"{key} at {network.input_shape[1]} px: {len(content):,} bytes, {seconds:.0f} s", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
