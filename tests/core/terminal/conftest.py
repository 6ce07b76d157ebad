"""What the tests of the terminal share: a caller of verbs, a folder to import, and a worker that only pretends."""

import json

import pytest

from core import __main__ as terminal
from core.base import background
from core.jobs import training_worker
from tests import conftest


@pytest.fixture
def call(home, capsys):
    """Run a verb in this process: (exit status, JSON or None, stderr)."""

    def run(*arguments):
        status = terminal.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, json.loads(said.out) if "--json" in arguments and said.out else said.out, said.err

    return run


@pytest.fixture
def source(tmp_path):
    """A folder of class sub-folders, one file of which is not an image."""
    conftest.write_tiny_images(tmp_path / "tiny cells")
    (tmp_path / "tiny cells" / "Uninfected" / "P1thin_text.png").write_text("not an image")
    return tmp_path / "tiny cells"


@pytest.fixture
def worked(monkeypatch):
    """The ids of the runs that would have been trained: nothing is."""
    ids = []

    def work(run_id):
        ids.append(run_id)
        return background.State("finished", background.Status(phase="finished"))

    monkeypatch.setattr(training_worker, "work", work)
    return ids
