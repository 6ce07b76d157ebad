"""Trainings laid over each other: which, from the address and the person, what differs, and what can be taken away."""

import pytest

from core.base import background, files
from core.training import recipe, run


def make_run(epochs=3, **changes):
    """A finished run with a history, without any training."""
    made = run.create_run(recipe.Recipe("tiny", **changes))
    rows = [
        {"kind": "epoch", "epoch": e, "loss": 0.5 / e, "accuracy": 0.9, "learning_rate": 0.001}
        | {"validation_loss": 0.6 / e, "validation_accuracy": 0.8, "seconds": 1.0, "images_per_second": 9.0}
        for e in range(1, epochs + 1)
    ]
    rows += [
        {"kind": "batch", "step": s, "epoch": s / 2, "loss": 0.5, "accuracy": 0.9} for s in range(1, 2 * epochs + 1)
    ]
    files.append_lines(made.folder / run.METRICS, rows)
    files.write_json(made.folder / background.STATUS, {"phase": "finished", "epoch": epochs, "epochs": epochs})
    return made


def words(test):
    return " ".join(str(part.value) for part in [*test.markdown, *test.caption, *test.info, *test.warning])


@pytest.fixture
def runs(tiny_dataset):
    return [make_run(), make_run(learning_rate=0.01), make_run(seed=4)]


def picker(test):
    return next(entry for entry in test.multiselect if entry.label == "Lay over it")


def open_overlay(app, chosen, *others):
    address = {"overlay": ",".join(one if isinstance(one, str) else one.id for one in others)} if others else {}
    return app("train", panel="compare", run=chosen.id, **address)


def test_the_address_chooses_what_is_laid_over(app, runs):
    test = open_overlay(app, *runs)
    assert picker(test).value == [runs[1].id, runs[2].id]
    table = test.dataframe[0].value.set_index("Setting")
    assert list(table.columns) == [
        "learning rate 0.001, seed 0",
        "learning rate 0.01, seed 0",
        "learning rate 0.001, seed 4",
    ]
    assert table.loc["Learning rate"].tolist() == ["0.001", "0.01", "0.001"]
    assert table.loc["Seed"].tolist() == ["0", "0", "4"]
    assert table.loc["Best epoch"].tolist() == ["3", "3", "3"]
    assert "Batch size" not in table.index
    assert any(button.label == "CSV of what differs" for button in test.get("download_button"))


def test_a_training_that_is_alone_is_drawn_alone(app, tiny_dataset):
    test = app("train", panel="compare", run=make_run().id)
    said = words(test)
    assert "A second training will stand here" in said
    assert "Loss against batches trained" in said
    assert not [entry for entry in test.multiselect if entry.label == "Lay over it"]


def test_nothing_is_laid_over_until_it_is_picked(app, runs):
    test = open_overlay(app, runs[0])
    assert picker(test).value == []
    assert "What differs" not in words(test)
    picker(test).select(runs[1].id).run()
    assert not test.exception
    assert "What differs" in words(test)
    assert runs[1].id in test.query_params["overlay"]
    picker(test).unselect(runs[1].id).run()
    assert "overlay" not in test.query_params


def test_a_training_that_is_not_here_is_said(app, runs):
    test = open_overlay(app, runs[0], "20260101-000000-gone-base_cnn", runs[1])
    assert "20260101-000000-gone-base" in words(test).replace("\\", "")
    assert picker(test).value == [runs[1].id]


def test_the_chosen_training_is_not_laid_over_itself(app, runs):
    test = open_overlay(app, runs[0], runs[0], runs[1])
    assert picker(test).value == [runs[1].id]
    assert all(runs[0].id != option for option in picker(test).options)


def test_one_training_has_nothing_beside_it(app, tiny_dataset):
    only = make_run()
    assert "second training will stand here" in words(open_overlay(app, only))


def test_runs_without_batches_or_of_an_older_version_are_drawn(app, runs):
    (runs[1].folder / run.METRICS).write_text("")
    content = files.read_json_or_none(runs[2].folder / run.RECIPE)
    del content["dataset"]["content"], content["segments"]
    files.write_json(runs[2].folder / run.RECIPE, content)
    test = open_overlay(app, *runs)
    assert test.dataframe[0].value.set_index("Setting").loc["Best epoch"].tolist() == ["3", "–", "3"]
