"""How many processors TensorFlow takes; in a process of its own, since it can be said only before the first work."""

import subprocess
import sys

import pytest

from core import paths
from core.models import runtime

CHILD = """
from core.models import runtime
runtime.limit_threads(1)
tf = runtime.load_tensorflow()
tf.zeros(3) + 1
print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads())
try:
    runtime.limit_threads(2)
except RuntimeError:
    print("too late")
"""


@pytest.mark.ml
def test_threads_are_limited_before_the_first_work_only():
    command = [sys.executable, "-c", CHILD]
    child = subprocess.run(
        command, cwd=paths.PROJECT_FOLDER, env=paths.child_environment(), capture_output=True, text=True, check=True
    )
    assert child.stdout.split("\n")[:2] == ["1 1", "too late"]


def test_the_processor_has_a_name(tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text("processor : 0\nmodel name\t: Fast One @ 3 GHz\nflags : avx2\n")
    assert runtime.describe_processor(told) == "Fast One @ 3 GHz"
    assert runtime.describe_processor(tmp_path / "none") != ""
