"""Every image once an epoch, in an order that seed and epoch decide."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import augmentation
from core.training.fit import batches


@given(st.integers(1, 200), st.integers(0, 5), st.integers(0, 5))
def test_an_epoch_is_a_permutation_that_seed_and_epoch_decide(count, seed, epoch):
    order = batches.epoch_order(count, seed=seed, epoch=epoch)
    assert sorted(order) == list(range(count))
    assert (order == batches.epoch_order(count, seed=seed, epoch=epoch)).all()


def test_epochs_and_seeds_differ():
    orders = {tuple(batches.epoch_order(50, seed=seed, epoch=epoch)) for seed in range(3) for epoch in range(3)}
    assert len(orders) == 9


@pytest.fixture
def images():
    pixels = np.arange(10, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    rows = np.array([9, 3, 5, 0, 7])
    return pixels, rows, rows.astype(np.int32) % 2


def test_each_epoch_shows_every_image_once_with_its_label(images):
    pixels, rows, labels = images
    steps = batches.count_steps(5, 2)
    stream = batches.iterate_training([pixels], rows, labels, batch_size=2, seed=1, first=0)
    for _ in range(3):
        epoch = list(itertools.islice(stream, steps))
        assert [len(batch) for batch, _ in epoch] == [2, 2, 1]
        seen = np.concatenate([batch[:, 0, 0, 0] for batch, _ in epoch])
        assert sorted(seen) == sorted(rows)
        assert (np.concatenate([label for _, label in epoch]) == seen % 2).all()


def test_a_resumed_stream_goes_on_where_the_first_would_be(images):
    pixels, rows, labels = images
    whole = batches.iterate_training([pixels], rows, labels, batch_size=2, seed=1, first=0)
    later = batches.iterate_training([pixels], rows, labels, batch_size=2, seed=1, first=2)
    for (one, _), (other, _) in zip(itertools.islice(whole, 6, 12), itertools.islice(later, 6), strict=True):
        assert (one == other).all()


def test_once_is_in_order(images):
    pixels, rows, labels = images
    seen = np.concatenate([b[:, 0, 0, 0] for b, _ in batches.iterate_once(pixels, rows, labels, batch_size=3)])
    assert list(seen) == list(rows)


def augmented(images, *, first, seed=1):
    pixels, rows, labels = images
    stream = batches.iterate_training([pixels], rows, labels, batch_size=2, seed=seed, first=first)
    settings = augmentation.Augmentation(brightness=0.5)
    return batches.augment_each(stream, settings, steps=batches.count_steps(5, 2), seed=seed, first=first)


def test_a_resumed_stream_is_augmented_as_the_first_would_be(images):
    images = (np.full_like(images[0], 100), *images[1:])
    whole = list(itertools.islice(augmented(images, first=0), 12))
    later = list(itertools.islice(augmented(images, first=2), 6))
    for (one, label), (other, other_label) in zip(whole[6:], later, strict=True):
        assert (one == other).all()
        assert (label == other_label).all()
    assert len({one.tobytes() for one, _ in whole}) == 12
    other_seed = next(augmented(images, first=0, seed=2))
    assert (other_seed[0] != whole[0][0]).any()
