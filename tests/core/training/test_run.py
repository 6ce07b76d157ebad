"""A run's folder before anything is trained: its split, and what that split leaks."""

import dataclasses
import shutil

import msgspec
import pytest

from core.base import background, errors, files, paths, records
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.intake import importing
from core.datasets.splits import leak_audit, saved_splits, split_words
from core.models import manifests
from core.training import checkpoint, history, recipe, run
from tests import conftest as shared
from tests.support import decided, made_models


def keep(data, name="mine", **settings):
    wanted = saved_splits.Settings(**settings)
    pairs = near_identical.read_pairs(data)
    split = saved_splits.make_split(data, wanted, pairs)
    return saved_splits.write_split(name, data, wanted, split, leak_audit.audit_split(split.table, data, pairs))


def test_a_kept_split_is_what_is_trained_on(tiny_dataset):
    saved = keep(tiny_dataset, seed=5, validation_fraction=0.25, test_fraction=0.3)
    created = run.create_run(recipe.Recipe("tiny", seed=0, saved_split="mine"))
    counts = created.read_split()["split"].value_counts().to_dict()
    assert counts == saved.counts
    assert created.facts.split.seed == 5
    assert created.facts.split.test_fraction == 0.3
    assert "--saved-split mine" in created.recipe.as_command()
    other = run.create_run(recipe.Recipe("tiny", seed=0))
    assert other.read_split()["split"].tolist() != created.read_split()["split"].tolist()


def test_a_kept_split_of_other_images_is_refused(tiny_dataset):
    keep(tiny_dataset)
    decided.exclude("tiny", [tiny_dataset.table.at[0, "image_id"]], "dark")
    with pytest.raises(errors.SavedSplitNotUsable, match="changed since"):
        run.create_run(recipe.Recipe("tiny", saved_split="mine"))
    decided.take_back("tiny", "exclude")
    index.build_index("tiny", group_rule="none")  # the same images, other patients
    with pytest.raises(errors.SavedSplitNotUsable, match="changed since"):
        run.create_run(recipe.Recipe("tiny", saved_split="mine"))
    with pytest.raises(errors.SavedSplitNotUsable, match="none"):
        run.create_run(recipe.Recipe("tiny", saved_split="other"))


def test_what_leaks_is_written_down_and_said(tiny_dataset):
    honest = run.create_run(recipe.Recipe("tiny")).facts.split
    assert honest.audit.leaks is False
    assert split_words.say_leak(honest) == ""
    random = run.create_run(recipe.Recipe("tiny", split="random")).facts.split
    assert random.audit.patients_shared == random.groups_shared > 0
    assert split_words.say_leak(random).startswith("Leaky split: images of")


def test_identical_files_on_both_sides_make_a_split_leaky(home):
    folder = paths.datasets_folder() / "given"
    for split, patients in (("train", 5), ("val", 2), ("test", 3)):
        shared.write_tiny_images(folder / split, patients=patients)
    shutil.rmtree(folder / "test" / "Uninfected")
    shutil.copytree(folder / "train" / "Uninfected", folder / "test" / "Uninfected")
    index.build_index("given", group_rule="none")
    facts = run.create_run(recipe.Recipe("given", split="given")).facts.split
    assert facts.leaky
    assert facts.audit.identical_files_shared >= 15
    assert "the same files are in more than one of" in split_words.say_leak(facts)


def test_exclusions_are_counted_and_keep_out_of_the_split(tiny_dataset):
    gone = tiny_dataset.table["image_id"].iloc[:3].tolist()
    decided.exclude("tiny", gone, "dark")
    created = run.create_run(recipe.Recipe("tiny"))
    assert created.facts.dataset.excluded == 3
    assert created.facts.dataset.content == tiny_dataset.content
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
    split = made_models.make_division(audit=found)
    assert said in split_words.say_leak(split)
    assert bool(split_words.say_leak(split)) == bool(said)


def ended(created, *, phase="finished", done=5, best=3):
    """A run as its worker leaves it after `done` epochs."""
    files.write_json(created.folder / background.STATUS, {"phase": phase})
    folder = created.folder / f"checkpoint-{done:04d}"
    folder.mkdir()
    reached = checkpoint.Progress(done, best, 0.3, 10.0)
    files.write_json(folder / checkpoint.STATE, dataclasses.asdict(reached))
    return run.read_run(created.id)


def test_a_finished_run_goes_on_with_more_epochs_as_a_new_segment(tiny_dataset):
    created = ended(run.create_run(recipe.Recipe("tiny", epochs=5, patience=9)))
    with pytest.raises(errors.RunNotUsable, match="finished"):
        run.require_startable(created)
    changed = run.change_course(created, epochs=8, learning_rate=0.0001)
    run.require_startable(changed)
    assert (changed.recipe.epochs, changed.recipe.learning_rate, changed.recipe.patience) == (8, 0.0001, 9)
    (segment,) = changed.facts.segments
    assert segment.epoch == 5 and segment.changes == {"epochs": (5, 8), "learning_rate": (0.001, 0.0001)}
    assert history.read_history(changed.folder)["segments"] == [segment.to_json()]
    assert run.change_course(changed).facts == changed.facts  # nothing asked, nothing changed


def test_a_change_builds_on_what_another_app_changed_meanwhile(tiny_dataset):
    seen = ended(run.create_run(recipe.Recipe("tiny", epochs=5, patience=9)))  # as a page still has it
    run.change_course(seen, epochs=8, learning_rate=0.01)
    changed = run.change_course(seen, epochs=9)
    assert (changed.recipe.epochs, changed.recipe.learning_rate) == (9, 0.01)
    rows = [segment.changes for segment in changed.facts.segments]
    assert rows == [{"epochs": (5, 8), "learning_rate": (0.001, 0.01)}, {"epochs": (8, 9)}]


def test_patience_that_ran_out_can_be_given_more(tiny_dataset):
    created = ended(run.create_run(recipe.Recipe("tiny", epochs=50, patience=2)))
    with pytest.raises(errors.RunNotUsable, match="more patience than 2"):
        run.change_course(created, epochs=60)
    assert run.read_run(created.id).facts.segments == ()
    run.require_startable(run.change_course(created, patience=6))


def test_fewer_epochs_than_are_done_or_a_run_at_work_is_refused(tiny_dataset):
    created = run.create_run(recipe.Recipe("tiny", epochs=5))
    with pytest.raises(errors.RunNotUsable, match="not at work"):
        run.change_course(created, epochs=9)
    stopped = ended(created, phase="stopped", done=3)
    with pytest.raises(errors.RunNotUsable, match="more than 3 epochs"):
        run.change_course(stopped, epochs=2)
    with pytest.raises(errors.RecipeNotUsable, match="epochs"):
        run.change_course(stopped, epochs=0)


def test_a_rate_that_has_no_effect_any_more_is_refused(tiny_dataset):
    found = run.create_run(recipe.suggest("tiny", "mobilenet_v2_finetuned", epochs=9, head_epochs=2))
    found = ended(found, phase="stopped", done=3)
    with pytest.raises(errors.RecipeNotUsable, match="fine-tuning rate"):
        run.change_course(found, learning_rate=0.5)
    assert run.read_run(found.id).facts.segments == ()
    assert run.change_course(found, fine_tuning_rate=0.00002).recipe.fine_tuning_rate == 0.00002


@pytest.mark.parametrize("changes", [{"fine_tuning_rate": 0.5}, {"seed": 3}])
def test_a_change_without_effect_or_too_late_is_refused(tiny_dataset, changes):
    found = ended(run.create_run(recipe.Recipe("tiny", epochs=9)), phase="stopped", done=3)
    with pytest.raises(errors.RecipeNotUsable, match="an effect on the epochs to come"):
        run.change_course(found, **changes)
    assert run.read_run(found.id).facts.segments == ()


def test_the_head_s_epochs_do_not_use_up_the_patience_of_the_backbone():
    wanted = recipe.Recipe("d", "mobilenet_v2_finetuned", epochs=20, patience=2, head_epochs=4, unfreeze_layers=-1)
    assert not run.is_over(checkpoint.Progress(4, 1, 0.5), wanted)
    assert not run.is_over(checkpoint.Progress(5, 1, 0.5), wanted)
    assert run.is_over(checkpoint.Progress(6, 1, 0.5), wanted)
    assert not run.is_over(checkpoint.Progress(6, 5, 0.5), wanted)
    assert run.is_over(checkpoint.Progress(20, 20, 0.5), wanted)


def test_the_rate_in_force_was_chosen_where_a_segment_changed_it(tiny_dataset):
    made = run.create_run(recipe.Recipe("tiny", epochs=2))
    assert made.rate_since == 0
    segments = (
        manifests.Segment(epoch=4, changes={"epochs": (4, 9), "learning_rate": (0.1, 0.2)}),
        manifests.Segment(epoch=7, changes={"epochs": (9, 12)}),
    )
    facts = msgspec.structs.replace(made.facts, segments=segments)
    assert dataclasses.replace(made, facts=facts).rate_since == 4


@pytest.mark.parametrize(
    ("name", "details", "said"),
    [
        (
            "preparing",
            {"what": "w", "progress": {"what": "Running", "done": 1200, "total": 5000, "seconds_left": 200.0}},
            "Running: 1,200 of 5,000, 3 min left",
        ),
        ("preparing", {"what": "Loading TensorFlow"}, "Loading TensorFlow"),
        (
            "training",
            {"epoch": 1, "epochs": 3, "step": 2, "steps": 9, "images_per_second": 1234.5, "seconds_left": None},
            "Epoch 1 of 3, batch 2 of 9, 1,234 images a second",
        ),
    ],
)
def test_progress_in_words(name, details, said):
    assert run.describe_progress(background.State(name, records.convert(details, background.Status))) == said
