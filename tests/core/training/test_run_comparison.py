"""Names that tell trainings apart, and the table of what differs."""

import pytest

from core.models import augmentation
from core.training import recipe, run, run_comparison


@pytest.fixture
def create(tiny_dataset):
    return lambda **changes: run.create_run(recipe.Recipe("tiny", **changes))


def test_runs_are_named_by_what_differs(create):
    runs = [
        create(),
        create(learning_rate=0.01),
        create(learning_rate=0.01, augmentation=augmentation.PRESETS["cells"]),
    ]
    assert run_comparison.name_runs(runs) == [
        "learning rate 0.001, augmentation none",
        "learning rate 0.01, augmentation none",
        "learning rate 0.01, augmentation cells",
    ]
    assert run_comparison.name_runs(runs[:2]) == ["learning rate 0.001", "learning rate 0.01"]


def test_runs_that_are_alike_are_told_apart_by_their_beginning(create):
    runs = [create(), create(), create(seed=3)]
    names = run_comparison.name_runs(runs)
    assert len(set(names)) == 3
    assert names[0].startswith("seed 0, ")
    assert names[2] == "seed 3"
    assert run_comparison.describe_start(runs[0]) in names[0]
    assert len(set(run_comparison.name_runs(runs[:2]))) == 2


def test_names_are_short_where_much_differs(create):
    runs = [create(), create(learning_rate=0.1, batch_size=7, seed=4, epochs=3, patience=2)]
    assert run_comparison.name_runs(runs)[1] == "learning rate 0.1"


def test_folds_are_named_by_their_fold():
    runs = [
        run.Run(
            f"20261120-15374{n}-cells-base_cnn", None, recipe.Recipe("cells", seed=n, saved_split=f"fold-{n}-of-5"), {}
        )
        for n in (1, 2)
    ]
    assert run_comparison.name_runs(runs) == ["fold-1-of-5", "fold-2-of-5"]


def test_one_run_has_a_name():
    one = run.Run("20261120-153748-cells-base_cnn", None, recipe.Recipe("cells"), {})
    assert run_comparison.name_runs([one]) == ["20 Nov 15:37:48"]
    again = run.Run("20261120-153748-cells-base_cnn-2", None, recipe.Recipe("cells"), {})
    assert run_comparison.name_runs([again]) == ["20 Nov 15:37:48 (2)"]
    assert run_comparison.name_runs([]) == []


def test_differences_agree_with_the_recipes_own(create):
    """Against Recipe.find_differences, which compares two."""
    mine, other = recipe.Recipe("tiny", optimizer="sgd", warmup_epochs=2), recipe.Recipe("tiny", seed=5)
    assert set(run_comparison.find_differing([mine, other])) == {name for name, _, _ in mine.find_differences(other)}


def test_a_difference_is_said_in_short():
    mine, other = recipe.Recipe("tiny", seed=5), recipe.Recipe("tiny")
    assert run_comparison.say_difference(mine, other) == "seed 5"
    assert run_comparison.say_difference(mine, mine) == ""


def test_what_a_kept_split_overrides_is_no_difference():
    kept = [recipe.Recipe("tiny", saved_split="fold-1-of-5", test_fraction=share) for share in (0.1, 0.2)]
    assert run_comparison.find_differing(kept) == []
    assert run_comparison.find_differing([]) == []


def test_table_has_a_row_a_difference_and_what_came_of_it(create):
    runs = [create(), create(batch_size=8)]
    epochs = [
        {"epoch": 1, "validation_loss": 0.5, "validation_accuracy": 0.75},
        {"epoch": 2, "validation_loss": 0.6, "validation_accuracy": 0.7},
    ]
    histories = [{"epochs": epochs, "best_epoch": 1}, {"epochs": [], "best_epoch": None}]
    names = run_comparison.name_runs(runs)
    table = run_comparison.compare(runs, histories, names).set_index("Setting")
    assert list(table.columns) == names
    assert table.loc["Batch size"].tolist() == ["100", "8"]
    assert table.loc["Best epoch"].tolist() == ["1", "–"]
    assert table.loc["Validation loss there"].tolist() == ["0.500", "–"]
    assert table.loc["Validation accuracy there"].tolist() == ["75.0 %", "–"]
    images = str(runs[0].facts.split.images.validation)
    assert table.loc["Validation images (n)"].tolist() == [images, images]
    assert "Seed" not in table.index
    assert not table.isna().any().any()


def test_the_lowest_loss_is_named_where_it_can_be_compared(create):
    histories = [
        {"epochs": [{"epoch": 1, "validation_loss": 0.5}, {"epoch": 2, "validation_loss": low}], "best_epoch": 2}
        for low in (0.25, 0.125)
    ]
    said = run_comparison.say_lowest(histories, ["a", "b"], 11)
    assert said == "Lowest validation loss: 0.125, b, epoch 2 (n = 11 images)"
    assert (
        run_comparison.say_lowest(histories[:1], ["a"], 11) == "Lowest validation loss: 0.250, epoch 2 (n = 11 images)"
    )
    assert run_comparison.say_lowest([{"epochs": [], "best_epoch": None}], ["a"], 11) == ""
    same, other_rate, other_division = create(), create(learning_rate=0.01), create(seed=3)
    assert run_comparison.share_validation([same, other_rate])
    assert not run_comparison.share_validation([same, other_rate, other_division])
    assert run_comparison.share_validation([same])
