"""Series: what they cost and why they cannot start, their runs with links, means, and the pooled result."""

import numpy as np
import pandas as pd
import pytest

from core.base import background, files
from core.datasets.index import index
from core.experiments import series
from core.models import package
from core.training import recipe, run
from tests import conftest as shared
from tests.support import made_models


def words(test):
    """What stands on the page, and behind the "?" of its captions."""
    parts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.error]
    return " ".join([*(str(part.value) for part in parts), *(part.proto.help for part in test.caption)])


@pytest.fixture
def folds(tiny_dataset, started):
    return series.create_series(recipe.Recipe("tiny", epochs=2), kind="folds", count=3)


def finish(found, number):
    """Give the n-th run of a series an invented model, as a worker would have published it."""
    one = found.read_runs()[number]
    parts = one.read_split()
    parts = parts[parts["split"] == "test"]
    labels = parts["label"].to_numpy()
    rng = np.random.default_rng(number)
    positive = np.where((labels == 0) == (rng.random(len(labels)) < 0.85), 0.9, 0.1).astype(np.float32)
    table = parts[["image_id", "split", "group", "label"]].assign(p_Parasitized=positive, p_Uninfected=1 - positive)
    made = made_models.write_model(table.reset_index(drop=True), model_id=f"tiny-fold-{number}")
    content = files.read_json_or_none(made.folder / package.MANIFEST)
    content |= {"run_id": one.id, "split": {**content["split"], "images": one.facts.split.images.to_json()}}
    files.write_json(made.folder / package.MANIFEST, content)
    files.write_json(
        one.folder / background.STATUS, {"phase": "finished", "model_id": made.id, "epoch": 2, "epochs": 2}
    )
    return made


def open_series(app, **address):
    return app("train", panel="series", **address)


def test_a_series_says_where_each_training_is_and_what_is_missing(app, folds):
    finish(folds, 0)
    test = open_series(app)
    assert "1 of 3 trainings count, 2 under way or waiting" in words(test)
    assert "No pooled result: 1 of 3 folds" in words(test)
    assert len(test.get("page_link")) >= 3
    means = next(frame.value for frame in test.dataframe if "Mean" in frame.value)
    assert means["Trainings (n)"].tolist() == [1, 1, 1, 1]
    assert means["Spread"].tolist() == ["–"] * 4


def test_folds_that_are_all_done_are_pooled(app, folds):
    made = [finish(folds, number) for number in range(3)]
    test = open_series(app, series=folds.id)
    assert "3 of 3 trainings count." in words(test)
    (verdict,) = [entry.proto.body for entry in test.get("html") if 'class="verdict"' in entry.proto.body]
    assert "of 72 images of 12 patients it never saw: " in verdict
    assert "72 images of 12 patients" in words(test)
    assert "Nadeau and Bengio" in words(test)
    frames = [frame.value for frame in test.dataframe]
    means = next(frame for frame in frames if "Mean" in frame)
    values = [one.manifest.test.accuracy.value for one in made]
    assert means.loc[0, "Mean"] == f"{100 * np.mean(values):.1f} %"
    assert means.loc[0, "Spread"] == f"{100 * np.std(values, ddof=1):.1f} points"
    assert means.loc[0, "Images (n)"] == 72
    alone = next(frame for frame in frames if "Tested on" in frame)
    assert alone["State"].tolist() == ["finished"] * 3
    assert {button.label for button in test.get("download_button")} >= {"CSV of the means", "CSV of the trainings"}


def test_all_can_be_stopped_and_what_is_left_resumed(app, folds, started):
    finish(folds, 0)
    test = open_series(app)
    test.button(key="series-stop").click().run()
    assert [background.stop_requested(one.folder) for one in folds.read_runs()] == [False, True, True]
    for one in folds.read_runs()[1:]:
        files.write_json(one.folder / background.STATUS, {"phase": "stopped"})
    started.clear()
    test = open_series(app)
    assert "Fold 2 does not count" in words(test)
    test.button(key="series-resume").click().run()
    assert [folder.name for folder, _ in started] == list(folds.run_ids[1:])


def test_a_series_is_created_from_the_form(app, tiny_dataset, started):
    test = app("train")
    assert "dealt out in 5 parts" in words(test)
    assert "5 trainings of at most" in words(test)
    test.number_input(key="series-count-folds").set_value(3).run()
    test.button(key="series-start").click().run()
    assert not test.exception
    (made,) = series.list_series()
    assert (made.kind, len(made.run_ids), len(started)) == ("folds", 3, 3)


def test_folds_are_not_offered_for_a_division_that_is_given(app, home, started):
    for split in ("train", "test"):
        shared.write_tiny_images(home / "data" / "datasets" / "given" / split, patients=5)
    index.build_index("given")
    test = app("train", dataset="given")
    given = next(box for box in test.selectbox if box.label == "Split")
    given.select("given").run()
    assert test.button(key="series-start").disabled
    assert "Folds divide the patients anew" in words(test)


def test_too_few_patients_are_a_message_and_leave_nothing(app, home, started):
    shared.write_tiny_images(home / "data" / "datasets" / "few", patients=3)
    index.build_index("few")
    test = app("train", dataset="few")
    test.number_input(key="series-count-folds").set_value(20).run()
    test.button(key="series-start").click().run()
    assert "SplitNotPossible" in test.error[0].value
    assert series.list_series() == run.list_runs() == []


def test_no_series_yet(app, folds):
    files.remove_folder(folds.folder)
    assert "Your series will stand here" in words(open_series(app))


def test_table_of_the_trainings_is_whole(folds):
    assert isinstance(series.as_table(series.summarise(folds)), pd.DataFrame)
