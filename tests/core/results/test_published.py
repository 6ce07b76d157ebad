"""Published numbers: always with a split and a source, sound in themselves, and only where they belong."""

import pytest

from core.results import published

ALL = [entry for entries in published.RESULTS.values() for entry in entries]


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: f"{entry.model}-{entry.accuracy}")
def test_each_has_its_split_and_source_and_is_possible(entry):
    assert entry.split
    assert entry.source
    for share in (entry.accuracy, entry.auc, entry.sensitivity, entry.specificity):
        assert share is None or 0 < share < 1
    if entry.errors is not None:
        assert entry.n is not None
        assert 1 - entry.errors / entry.n == pytest.approx(entry.accuracy, abs=0.0011)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("Uninfected", "Parasitized"), published.MALARIA),
        (("NORMAL", "PNEUMONIA"), published.CHEST_XRAY),
        (("cats", "dogs"), published.CATS_AND_DOGS),
        (("Cat", "Dog"), published.CATS_AND_DOGS),
    ],
)
def test_they_belong_to_classes_by_name(names, kind):
    assert published.find_published(names) == published.RESULTS[kind]


@pytest.mark.parametrize("names", [(), ("Parasitized",), ("a", "b"), ("NORMAL", "PNEUMONIA", "COVID")])
def test_other_classes_have_none(names):
    assert published.find_published(names) == ()


def test_drawn_images_are_not_real_ones():
    assert published.find_published(("Parasitized", "Uninfected"), published.DRAWN) == ()
    assert published.find_published(("Parasitized", "Uninfected"), "imported")


def test_splits_that_leak_are_named_as_such():
    assert all(entry.too_good for entry in ALL if "on both sides" in entry.split)
    assert not any(entry.too_good for entry in ALL if "patients kept apart" in entry.split)
