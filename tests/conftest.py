"""What all tests share: a home of their own, the real data sets where they are, and small image folders."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh SECOND_LOOK_HOME, so that no test sees or touches the user's data."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("SECOND_LOOK_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def shared_datasets() -> Path:
    """The folder of real data sets beside the project; tests that want it are skipped where it is absent."""
    folder = PROJECT.parent / "shared" / "datasets"
    if not folder.is_dir():
        pytest.skip(f"no real data sets at {folder}")
    return folder
