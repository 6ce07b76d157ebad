"""Two runtimes as one: the first answers, and the other is opened when something is wanted that the first lacks."""

import inspect

import numpy as np

from core.runtimes import base, relay
from tests.support import block_runtimes, brightness

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)


def make_relay(first):
    opened = []

    def open_other():
        opened.append(block_runtimes.BlockRuntime((8, 8), where="the other"))
        return opened[-1]

    return relay.Relay(first, open_other, where="a test"), opened


def test_the_other_is_opened_once_and_only_when_it_is_wanted():
    both, opened = make_relay(brightness.BrightnessRuntime((8, 8), where="the first"))
    answers = brightness.BrightnessRuntime((8, 8), where="alone").predict(IMAGES)
    assert (both.predict(IMAGES) == answers).all()
    assert opened == []
    for _ in range(2):
        found = both.find_block_statistics().compute(IMAGES)
        np.testing.assert_allclose(found[:, :3], IMAGES.mean(axis=(1, 2)), rtol=1e-5)
    assert len(opened) == 1
    assert both.find_answers_with_statistics().compute(IMAGES).shape == (3, 2 + found.shape[1]) and len(opened) == 1
    assert both.find_features() == base.Lacking("This runtime gives no features.")


def test_what_the_first_has_is_not_asked_of_the_other():
    both, opened = make_relay(block_runtimes.BlockRuntime((8, 8), where="the first"))
    statistics = both.find_block_statistics().compute(IMAGES)
    assert statistics.shape == (3, 6)
    together = both.find_answers_with_statistics().compute(IMAGES)
    np.testing.assert_array_equal(together, np.concatenate([both.predict(IMAGES), statistics], axis=1))
    assert opened == []


def test_everything_that_a_runtime_can_lack_is_passed_on():
    """A new question to runtimes must say here who is asked: the base would say that nobody can answer it."""
    questions = {name for name, _ in inspect.getmembers(base.Runtime, inspect.isfunction) if name.startswith("find_")}
    assert questions == {name for name in vars(relay.Relay) if name.startswith("find_")}


def test_a_first_one_of_fixed_batches_gets_them_full():
    class Fixed(brightness.BrightnessRuntime):
        fixed_images = 4

        def _answer(self, chunk):
            assert len(chunk) == 4
            return super()._answer(chunk)

    both, _ = make_relay(Fixed((8, 8), where="the first"))
    assert both.predict(IMAGES).shape == (3, 2)
