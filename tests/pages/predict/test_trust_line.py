"""The trust line: after the answer, from similar cases that are looked for in the background, and honest without."""

import numpy as np
import pytest

from core.base import paths
from core.datasets.index import index
from core.gate import gate_file
from core.jobs import jobs
from core.models import amending, package
from core.prediction import similar
from core.runtimes import base, opening
from pages.kit import cache
from tests.support import brightness, made_gates, seen_images
from tests.support.app_pages import words


class Seeing(brightness.BrightnessRuntime):
    """Its features are the mean of each channel, its gradient is even."""

    def _make_features(self, layer_name):
        return lambda chunk: chunk.mean(axis=(1, 2)) / 255

    def _make_block_statistics(self):
        return lambda chunk: np.concatenate([chunk.mean(axis=(1, 2)), chunk.std(axis=(1, 2))[:, :2]], axis=1)

    def _make_input_gradients(self):
        def run(chunk, classes):
            return np.full_like(chunk, 0.01), chunk.mean(axis=(1, 2, 3))

        return base.InputGradients(2, run)


@pytest.fixture
def trained(tiny_dataset, monkeypatch):
    """A model of P0 to P3, validated on P4 and tested on P5."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(opening, "KINDS", (Seeing,))
    monkeypatch.setattr(cache, "HEAD_START_SECONDS", 0)
    rows = seen_images.rows_of(tiny_dataset, "P0", "P1", "P2", "P3")
    sides = {"validated": seen_images.rows_of(tiny_dataset, "P4"), "tested": seen_images.rows_of(tiny_dataset, "P5")}
    return seen_images.train(tiny_dataset, rows, **sides)


def give_gate(found: package.Package, data: index.Index) -> package.Package:
    """A gate that keeps seven images of its training."""
    made = made_gates.make_gate(wide=False)
    ids = data.table.loc[seen_images.rows_of(data, "P0", "P1")[:7], "image_id"].to_numpy(str)
    made = type(made)(**{**vars(made), "near_ids": ids})
    return amending.add_file(found, package.GATE_FILE, lambda path: gate_file.write(path, made))


def test_among_all_training_images_the_five_stand_with_label_and_patient(app, trained):
    similar.prepare(trained.id)
    test = app("predict", model=trained.id)
    assert not test.error
    said = words(test)
    assert "The model answers" in said
    assert "Nearest to the network among all 24 training images" in said
    assert "most similar training images are labelled" in said
    assert "has no gate" in said
    assert "This is about the answer" in said
    assert [table.value.index.name for table in test.table] == ["Similar cases labelled otherwise"]
    assert "Heatmap:" in said and "random maps" in said
    assert not [button for button in test.button if button.key == "similar-start"]


def test_until_then_the_gates_few_are_shown_and_a_button_starts_the_search(app, trained, tiny_dataset, started):
    found = give_gate(trained, tiny_dataset)
    test = app("predict", model=found.id)
    if test.toggle:  # the made-up gate does not know such images
        test.toggle[0].set_value(True).run()
    assert "among only 7 of its training images" in words(test)
    (button,) = [one for one in test.button if one.key == "similar-start"]
    button.click().run()
    (job,) = jobs.list_jobs()
    assert (job.verb, job.dataset, job.arguments.model) == ("similar", "tiny", found.id)
    assert [arguments for _, arguments in started] == [["job", job.id]]
    assert not [one for one in test.button if one.key == "similar-start"], "it runs already"


def test_without_the_data_set_it_says_so(app, trained, tiny_dataset):
    index.remove_index("tiny")
    test = app("predict", model=trained.id)
    assert not test.exception
    assert "most similar training images are labelled" not in words(test)


def test_the_job_makes_what_the_page_reads(trained, tiny_dataset, monkeypatch):
    monkeypatch.setattr(jobs.background, "start", lambda folder, arguments: None)
    job = jobs.start_job("similar", "tiny", model=trained.id)
    assert jobs.work(job.id).name == "finished"
    assert similar.read_kept(trained, tiny_dataset) is not None
