"""Predict answers before what makes heatmaps has loaded: their place is kept, and then filled."""

import threading

import numpy as np
import pytest
from streamlit.delta_generator import DeltaGenerator

from core.base import errors
from core.runtimes import base, opening
from pages.kit import answer_view, cache
from tests.support import brightness, made_models, onnx_files
from tests.support.app_pages import hints, words

LOADING = "Heatmap: loading … 0 s"


class Explaining(brightness.BrightnessRuntime):
    """What is loaded behind: it opens when `ready` is set, and says where it looks."""

    ready = threading.Event()

    @classmethod
    def open(cls, found):
        assert cls.ready.wait(30)
        return super().open(found)

    def _make_input_gradients(self):
        def run(chunk, classes):
            return np.full_like(chunk, 0.01), chunk.mean(axis=(1, 2, 3))

        return base.InputGradients(2, run)


@pytest.fixture
def order(monkeypatch):
    """What the page shows, in the order in which it does."""
    shown, show_verdict, show_image = [], answer_view.show_verdict, DeltaGenerator.image

    def image(place, *arguments, **options):
        shown.append(options.get("caption") or "")
        return show_image(place, *arguments, **options)

    def answer(*arguments, **options):
        shown.append("the answer")
        show_verdict(*arguments, **options)

    monkeypatch.setattr(DeltaGenerator, "image", image)
    monkeypatch.setattr(answer_view, "show_verdict", answer)
    monkeypatch.setattr(cache, "HEAD_START_SECONDS", 0)
    return shown


def test_the_answer_stands_before_the_heatmap_can_be_made(app, tiny_dataset, monkeypatch, order):
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime, Explaining))
    monkeypatch.setattr(Explaining, "ready", threading.Event())
    wait = answer_view.futures.wait

    def open_at_last(started, seconds):
        assert order[-2:] == ["the answer", LOADING], "the place is kept while it loads"
        Explaining.ready.set()
        return wait(started, 30)

    monkeypatch.setattr(answer_view.futures, "wait", open_at_last)
    made = made_models.write_small_model()
    test = app("predict", model=made.id)
    assert not test.error
    assert "The model answers" in words(test) and "Bright parts" in hints(test)
    assert order.count(LOADING) == 1
    assert "Labelled **Parasitized**" in words(test)
    order.clear()
    test.run()
    assert LOADING not in order, "it is there by now"


def test_a_fault_behind_costs_the_heatmap_alone_and_is_tried_again(app, tiny_dataset, monkeypatch, order):
    def refuse(found):
        raise errors.ModelBroken(expected="a network", found="half of one", where=found.id, todo="Copy it again.")

    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime, Explaining))
    Explaining.ready.set()
    with monkeypatch.context() as patched:
        patched.setattr(Explaining, "open", refuse)
        test = app("predict", model=made_models.write_small_model().id)
        assert "found half of one" in test.error[0].value
        assert "The model answers" in words(test) and "Labelled **Parasitized**" in words(test)
    test.run()
    assert not test.error and "Bright parts" in hints(test)


def test_a_spoiled_onnx_file_is_a_message(app, tiny_dataset):
    found = onnx_files.give(made_models.write_small_model(), onnx_files.SPOILED["weights elsewhere"]())
    test = app("predict", model=found.id)
    assert "model.onnx" in test.error[0].value and "stored elsewhere" in test.error[0].value
    assert "The model answers" not in words(test)


def test_answers_of_an_onnx_file_are_those_of_the_model(app, tiny_dataset):
    """Keras cannot read this model's network: the answer stands, and beside it why there is no heatmap."""
    found = onnx_files.give(made_models.write_small_model())
    test = app("predict", model=found.id)
    assert "The model answers" in words(test)
    assert "model.keras" in test.error[0].value
    images = np.full((1, 64, 64, 3), 51, np.uint8)
    np.testing.assert_allclose(opening.open_runtime(found).predict(images), [[0.2, 0.8]], atol=1e-6)
