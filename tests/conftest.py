"""What all tests share: a home of their own, the real data sets where they are, and small image folders."""

import functools
import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# Tests are shared out to processes, as many as there are processors: threads of numpy and scikit-learn in each of them
# would wait for one another. Before the first import that makes such threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Also where Python is told to leave none behind: tests start a hundred processes, each of which would compile all of
# this program anew, and pytest would rewrite every test again in each of its processes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import numpy as np
import pytest
from PIL import Image

from core.base import asides, paths
from core.datasets.index import index
from core.models import package, registry
from tests.support import made_models
from tests.support import small_network as small

sys.dont_write_bytecode = False  # see above
PROJECT = Path(__file__).resolve().parent.parent


def pytest_collection_finish() -> None:
    """Five thousand tests and what they import stay to the end: whoever looks for garbage need not walk them."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where tests are shared out, those in a browser go first: they mostly wait, and all others wait for nobody."""
    if "PYTEST_XDIST_WORKER" in os.environ and not item.get_closest_marker("browser"):
        _stand_back()


@functools.cache
def _stand_back() -> None:
    if hasattr(os, "nice"):
        os.nice(5)


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> Iterator[None]:
    """No test cuts the power, and thousands of small files are written: some milliseconds each until they are down."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", os.fstat)  # which refuses what is no open file as well
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh SECOND_LOOK_HOME, so that no test sees or touches the user's data. Its lock goes after the test: a
    process of a thousand tests would come to have more files open than it may."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("SECOND_LOOK_HOME", str(folder))
    yield folder
    asides.leave()


@pytest.fixture(scope="session")
def shared_datasets() -> Path:
    """The folder of real data sets beside the project; tests that want it are skipped where it is absent."""
    folder = PROJECT.parent / "shared" / "datasets"
    if not folder.is_dir():
        pytest.skip(f"no real data sets at {folder}")
    return folder


def write_tiny_images(folder: Path, *, patients: int = 12, images_per_patient: int = 6) -> None:
    """Class folders of small PNGs with NIH-like names: one class has a dark spot; every patient has both classes."""
    rng = np.random.default_rng(0)
    for name in ("Parasitized", "Uninfected"):
        (folder / name).mkdir(parents=True)
        for patient in range(patients):
            for number in range(images_per_patient // 2):
                picture = rng.integers(150, 220, (20, 20, 3), dtype=np.uint8)
                if name == "Parasitized":
                    row, column = rng.integers(3, 14, 2)
                    picture[row : row + 4, column : column + 4] = (70, 20, 110)
                Image.fromarray(picture).save(folder / name / f"P{patient}thinF_IMG_{number}_cell_{number}.png")


@pytest.fixture(scope="session")
def _tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `data` folder of a home with `tiny` in it: made once, since hundreds of tests want it."""
    folder = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SECOND_LOOK_HOME", str(folder))
        write_tiny_images(paths.datasets_folder() / "tiny")
        index.build_index("tiny")
        return paths.data_folder()


@pytest.fixture
def tiny_dataset(home: Path, _tiny_data: Path) -> index.Index:
    """An indexed data set called `tiny`: 72 images, 12 patients, 2 classes."""
    shutil.copytree(_tiny_data, paths.data_folder(), dirs_exist_ok=True)
    return index.read_index("tiny")


@pytest.fixture
def small_model(home: Path) -> package.Package:
    """A model whose results are real arithmetic on invented answers; its network is no network."""
    return made_models.write_small_model()


@pytest.fixture
def small_network(monkeypatch: pytest.MonkeyPatch) -> str:
    """The key of a network for trainings in which any will do; in the registry while the test runs."""
    monkeypatch.setitem(registry.ARCHITECTURES, small.KEY, small.ENTRY)
    return small.KEY
