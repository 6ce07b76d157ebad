"""Homes that many tests begin with: made once in a process, and copied into the home of each."""

import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.base import asides, paths


@functools.cache
def _folder() -> tempfile.TemporaryDirectory:
    """Where they lie until the process ends."""
    return tempfile.TemporaryDirectory(prefix="second-look-made-")


def copy_home(name: str, make: Callable[[], object]) -> None:
    """Put into the home of now what `make` writes into an empty one. name : of all that it writes."""
    made = Path(_folder().name) / name
    if not made.exists():
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("SECOND_LOOK_HOME", str(made))
            make()
            asides.leave()
    shutil.copytree(made, paths.home_folder(), dirs_exist_ok=True)
