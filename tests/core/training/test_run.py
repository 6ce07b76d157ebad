"""A run's folder before anything is trained: its split, and what that split leaks."""

import shutil

import pytest

from core import errors, paths
from core.datasets import audit, curation, importing, index, likeness, saved_splits
from core.evaluation import words
from core.training import recipe, run
from tests import conftest as shared


def keep(data, name="mine", **settings):
    wanted = saved_splits.Settings(**settings)
    pairs = likeness.read_pairs(data)
    split = saved_splits.make_split(data, wanted, pairs)
    return saved_splits.write_split(name, data, wanted, split, audit.audit_split(split.table, data, pairs))


def test_a_kept_split_is_what_is_trained_on(tiny_dataset):
    saved = keep(tiny_dataset, seed=5, validation_fraction=0.25, test_fraction=0.3)
    created = run.create_run(recipe.Recipe("tiny", seed=0, saved_split="mine"))
    counts = created.read_split()["split"].value_counts().to_dict()
    assert counts == saved.counts
    assert created.facts["split"]["seed"] == 5
    assert created.facts["split"]["test_fraction"] == 0.3
    assert "--saved-split mine" in created.recipe.as_command()
    other = run.create_run(recipe.Recipe("tiny", seed=0))
    assert other.read_split()["split"].tolist() != created.read_split()["split"].tolist()


def test_a_kept_split_of_other_images_is_refused(tiny_dataset):
    keep(tiny_dataset)
    curation.exclude("tiny", [tiny_dataset.table.at[0, "image_id"]], "dark")
    with pytest.raises(errors.SavedSplitNotUsable, match="changed since"):
        run.create_run(recipe.Recipe("tiny", saved_split="mine"))
    curation.include("tiny", [tiny_dataset.table.at[0, "image_id"]])
    index.build_index("tiny", group_rule="none")  # the same images, other patients
    with pytest.raises(errors.SavedSplitNotUsable, match="changed since"):
        run.create_run(recipe.Recipe("tiny", saved_split="mine"))
    with pytest.raises(errors.SavedSplitNotUsable, match="none"):
        run.create_run(recipe.Recipe("tiny", saved_split="other"))


def test_what_leaks_is_written_down_and_said(tiny_dataset):
    honest = run.create_run(recipe.Recipe("tiny")).facts["split"]
    assert honest["audit"]["leaks"] is False
    assert words.say_leak(honest) == ""
    random = run.create_run(recipe.Recipe("tiny", split="random")).facts["split"]
    assert random["audit"]["patients_shared"] == random["groups_shared"] > 0
    assert words.say_leak(random).startswith("Leaky split: images of")


def test_identical_files_on_both_sides_make_a_split_leaky(home):
    folder = paths.datasets_folder() / "given"
    for split, patients in (("train", 5), ("val", 2), ("test", 3)):
        shared.write_tiny_images(folder / split, patients=patients)
    shutil.rmtree(folder / "test" / "Uninfected")
    shutil.copytree(folder / "train" / "Uninfected", folder / "test" / "Uninfected")
    index.build_index("given", group_rule="none")
    facts = run.create_run(recipe.Recipe("given", split="given")).facts["split"]
    assert facts["leaky"]
    assert facts["audit"]["identical_files_shared"] >= 15
    assert "the same files are in more than one of" in words.say_leak(facts)


def test_exclusions_are_counted_and_keep_out_of_the_split(tiny_dataset):
    gone = tiny_dataset.table["image_id"].iloc[:3].tolist()
    curation.exclude("tiny", gone, "dark")
    created = run.create_run(recipe.Recipe("tiny"))
    assert created.facts["dataset"]["excluded"] == 3
    assert created.facts["dataset"]["content"] == tiny_dataset.content
    assert not set(created.read_split()["image_id"]) & set(gone)


def test_removing_a_data_set_removes_its_kept_splits(tiny_dataset):
    keep(tiny_dataset)
    importing.remove_dataset("tiny")
    assert not list((paths.data_folder() / "splits").rglob("*.json"))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"near_identical_pairs_shared": 1}, "Copies on both sides of the split: 1 pair nearly the same."),
        ({"identical_files_shared": 2, "near_identical_pairs_shared": None}, "2 files byte for byte the same"),
        ({"identical_files_shared": 0, "near_identical_pairs_shared": 0}, ""),
    ],
)
def test_copies_in_words(found, said):
    split = {"rule": "patient", "leaky": False, "groups_shared": 0, "audit": found}
    assert said in words.say_leak(split)
    assert bool(words.say_leak(split)) == bool(said)
