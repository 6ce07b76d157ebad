"""How TensorFlow is loaded, and how many processors it takes; in processes of their own: each can be tried once."""

import subprocess
import sys

import pytest
from streamlit.runtime.scriptrunner import script_runner

from core.base import paths
from core.models import backend

CHILD = """
from core.models import backend as runtime
runtime.limit_threads(1)
tf = runtime.load_tensorflow()
tf.zeros(3) + 1
print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads())
try:
    runtime.limit_threads(2)
except RuntimeError:
    print("too late")
"""

COLLECTING = """
import gc, weakref
from core.models import backend as runtime
class Loop: pass
loop = Loop()
loop.itself, gone = loop, weakref.ref(loop)
del loop
runtime.load_tensorflow()
print(gc.isenabled(), gc.get_freeze_count() > 100_000, gone() is None)
"""


def run_child(script):
    """The lines that a script prints in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=paths.PROJECT_FOLDER,
        env=paths.child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.splitlines()


@pytest.mark.ml
def test_tensorflow_is_kept_from_the_garbage_collector_and_garbage_is_not():
    assert run_child(COLLECTING) == ["True True True"]


@pytest.mark.ml
def test_threads_are_limited_before_the_first_work_only():
    assert run_child(CHILD)[:2] == ["1 1", "too late"]


@pytest.mark.ml
def test_a_page_that_was_drawn_takes_no_names_or_scopes_from_who_builds_a_network():
    """Streamlit clears Keras' session after each page, for all threads."""
    keras = backend.load_keras()
    first = keras.layers.Dense(1).name
    with keras.name_scope("built"):
        script_runner._clean_problem_modules()
        layer = keras.layers.Dense(1)
        layer.build((None, 1))
    assert layer.name != first
    assert layer.kernel.path.startswith("built/")


def test_the_processor_has_a_name(tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text("processor : 0\nmodel name\t: Fast One @ 3 GHz\nflags : avx2\n")
    assert backend.describe_processor(told) == "Fast One @ 3 GHz"
    assert backend.describe_processor(tmp_path / "none") != ""
