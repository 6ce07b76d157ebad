"""A model on another data set: the same numbers as the terminal's, kept for one state of both."""

import pytest

from core.base import errors, paths, progress
from core.datasets.index import index
from core.gate import fitting
from core.models import package
from core.results import elsewhere, on_dataset
from core.runtimes import opening
from tests.support import block_runtimes, made_models, older_models, plain_cells


@pytest.fixture
def answered(home, monkeypatch):
    """A model by brightness with a gate, its images, and those of another laboratory."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (block_runtimes.BlockRuntime,))
    data = plain_cells.write_dataset("drawn", patients=40)
    found = fitting.add(older_models.write_older(data, older_models.divide(data)))
    return found, plain_cells.write_dataset("other", first=100, ground=(200, 220, 240))


def test_it_says_what_the_terminal_says_and_keeps_it(answered):
    found, other = answered
    assert elsewhere.list_candidates(found) == ["other"], "not its own images"
    assert elsewhere.read(found, "other") is None
    measured = elsewhere.measure(found.id, "other")
    said = on_dataset.evaluate(found.id, "other")
    assert measured.figures["accuracy"] == said["accuracy"] and measured.share == said["gate"]["share"]
    assert (measured.images, measured.patients) == (said["n"], said["groups"])
    assert measured.images + said["excluded"]["training_images"] == len(other.usable)
    assert measured.left_out == tuple(said["excluded"]["said"])
    assert sum(one.value for one in measured.share.values()) == pytest.approx(1)
    assert elsewhere.read(found, "other") == measured


def test_it_is_gone_when_the_model_or_the_data_set_is_another_one(answered):
    found, _ = answered
    elsewhere.measure(found.id, "other")
    moved = made_models.keep_threshold(found, 0.3)
    assert elsewhere.read(moved, "other") is None
    again = elsewhere.measure(moved.id, "other")
    assert again.threshold == 0.3 and elsewhere.read(package.find_package(found.id), "other") == again
    (paths.datasets_folder() / "other" / "Parasitized").joinpath("new.png").write_bytes(
        next((paths.datasets_folder() / "drawn" / "Parasitized").glob("*.png")).read_bytes()
    )
    index.build_index("other")
    assert elsewhere.read(moved, "other") is None


def test_a_cancel_leaves_nothing_and_other_classes_are_a_message(answered, monkeypatch):
    found, _ = answered

    def cancel(*_):
        raise progress.Cancelled

    with pytest.raises(progress.Cancelled):
        elsewhere.measure(found.id, "other", cancel)
    assert elsewhere.read(found, "other") is None
    with pytest.raises(errors.DatasetNotFound):
        elsewhere.measure(found.id, "none")
