"""Compare: all models of a data set, two of them on the same images, where they disagree, and what a split adds."""

import re
import subprocess
import sys

import pandas as pd
import pytest

from core.base import errors, files, paths
from core.jobs import jobs
from core.models import package
from core.runtimes import opening
from pages.compare import compare_views, two_models
from tests.support import brightness, compared, made_models, tiles
from tests.support.compared import make_model, tell

models, nothing_shipped = compared.models, compared.nothing_shipped

NAMES = ("Parasitized", "Uninfected")


def words(test):
    """All that is said, with what stands behind a "?"."""
    parts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.error, *test.title, *test.header]
    said = [f"{part.value} {getattr(part.proto, 'help', '')}" for part in parts]
    return " ".join(said) + " ".join(str(part.proto.body) for part in test.get("html"))


def headlines(test):
    """The large lines."""
    bodies = [str(part.proto.body) for part in test.get("html")]
    lines = [re.sub("<[^>]*>", "", body) for body in bodies if 'class="verdict"' in body]
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def find_button(test, label):
    return next(button for button in test.button if label in button.label)


def test_with_nothing_it_says_what_will_stand_there(app, nothing_shipped):
    assert "will stand here" in words(app("compare"))


def test_the_table_is_sorted_by_merit_and_keeps_leaky_ones_apart(app, models):
    test = app("compare")
    table = test.dataframe[0].value.set_index("Model")
    assert table["Place"].to_dict() == {"good": "1", "fair": "2", "leaking": "✕ leaky"}
    assert table.index.tolist() == ["good", "fair", "leaking"], "though the leaky one seems the best"
    assert set(table["At threshold"]) == {"50 %"}
    assert set(table["Test images"]) == {"set 1"}
    assert table.loc["leaking", "Errors"] == 0
    assert table.loc["fair", "Errors"] == table.loc["fair", "False positives"] + table.loc["fair", "False negatives"]
    assert set(table["n"]) == {36}
    assert headlines(test) == ["good is best, and better than fair beyond chance"]
    assert "1 leaky" in words(test)
    assert [entry.label for entry in test.expander] == ["Published numbers"]
    published = test.dataframe[1].value
    assert (published["Split"] != "").all()
    assert (published["Source"] != "").all()
    assert sum(button.label == "CSV" for button in test.get("download_button")) == 2


def test_what_cannot_be_told_apart_shares_a_place_and_it_is_said_what_that_means(app, tiny_dataset, nothing_shipped):
    for number in (0, 1):
        make_model(tiny_dataset, f"model-{number}", right=0.85, seed=number)
    test = app("compare")
    assert test.dataframe[0].value["Place"].tolist() == ["1=", "1="]
    assert "better beyond chance" in words(test)
    assert headlines(test)[0].endswith("is not sure")


def test_each_row_says_at_which_threshold(app, models):
    made_models.keep_threshold(models[0], 0.3125)
    table = app("compare").dataframe[0].value.set_index("Model")
    assert table["At threshold"].to_dict() == {"good": "31.2 %", "fair": "50 %", "leaking": "50 %"}


@pytest.mark.parametrize("view", ["pair", "cases", "curves"])
def test_two_models_begin_with_the_best_and_the_runner_up(app, tiny_dataset, nothing_shipped, view):
    for name, right, leaky, created in (
        ("best", 0.99, False, 1),
        ("second", 0.9, False, 2),
        ("third", 0.7, False, 3),
        ("leaking", 1.0, True, 4),
    ):
        made = make_model(tiny_dataset, name, right=right, seed=created, leaky=leaky)
        tell(made, created=f"2026-0{created}-01T00:00:00+00:00")
    test = app("compare", view=view)
    assert [test.query_params[letter] for letter in "ab"] == ["best", "second"]
    offered = [option.split(" · ")[0] for option in test.selectbox(key="choice-b").options]
    assert offered == ["second", "third", "leaking"]


def test_no_split_is_called_by_patient_where_no_patient_is_known(app, home):
    """`cats-dogs-smear-cnn` ships: photographs, of which nobody says whose they are."""
    said = {}
    for page, address in (
        ("home", {}),
        ("evaluate", {"model": "cats-dogs-smear-cnn"}),
        ("evaluate", {"model": "cats-dogs-smear-cnn", "view": "card"}),
        ("compare", {"dataset": "cats-dogs"}),
        ("compare", {"dataset": "cats-dogs", "view": "split"}),
    ):
        test = app(page, **address)
        tables = [entry.value for entry in test.dataframe]
        split = [
            table[column].tolist()
            for table in tables
            for column in table.columns
            if "cats-dogs-smear-cnn" in table.to_numpy() and column in ("Split", "Setting", "Value")
        ]
        said[page, address.get("view")] = words(test) + str(split)
    assert "split by image" in said["evaluate", None]
    assert "No patient is known" in said["compare", "split"]
    assert "by image" in said["home", None]
    assert "by image" in said["compare", None]
    assert "split: patient" not in " ".join(said.values())


def test_other_test_images_are_another_set(app, tiny_dataset, nothing_shipped):
    make_model(tiny_dataset, "one")
    make_model(tiny_dataset, "other", half="second")
    test = app("compare")
    assert set(test.dataframe[0].value["Test images"]) == {"set 1", "set 2"}
    assert set(test.dataframe[0].value["Place"]) == {"alone"}
    assert "2 sets of test images" in words(test) and "cannot be compared" in words(test)
    assert headlines(test)[0].startswith("Which model is best cannot be told")


def test_two_ticked_rows_lead_to_the_pair(app, models):
    test = app("compare")
    button = next(entry for entry in test.button if entry.key == "compare-ticked")
    assert button.disabled
    key = f"models-picked-{models[0].dataset_content[:12]}-3"
    test.session_state[key] = {"selection": {"rows": [1, 2], "columns": [], "cells": []}}
    chosen = test.dataframe[0].value["Model"].tolist()
    test.run()
    next(entry for entry in test.button if entry.key == "compare-ticked").click().run()
    assert not test.exception
    assert test.query_params["view"] == "pair"
    assert [test.query_params[name] for name in "ab"] == chosen[1:]


def test_a_drawn_data_set_has_no_published_numbers(app, models):
    for found in models:
        tell(found, dataset={"kind": "drawn"})
    assert not app("compare").expander


def test_the_pair_says_which_is_better_and_how_sure(app, models):
    test = app("compare", view="pair", a="fair", b="good")
    said = words(test)
    assert headlines(test)[0].startswith("good is better by")
    assert "36 images of" in said
    assert "Intervals count patients" in said and "Sensitivity is about Parasitized" in said
    assert "McNemar" in said
    assert "kappa" in said
    table = next(entry.value for entry in test.dataframe if "B less A, points" in entry.value.columns)
    assert table.iloc[:, 0].tolist() == ["Accuracy", "Sensitivity", "Specificity", "AUC"]
    assert table["B less A, points"].str.startswith("+").all()
    alone = next(entry.value for entry in test.dataframe if "B wrong" in entry.value.columns)
    assert int(alone[["B right", "B wrong"]].to_numpy().sum()) == 36


def test_the_pair_can_be_exchanged_and_chosen(app, models):
    test = app("compare", view="pair", a="fair", b="good")
    test.button(key="swap-pair").click().run()
    assert not test.exception
    assert [test.query_params[name] for name in "ab"] == ["good", "fair"]
    test.selectbox(key="choice-a").set_value("fair").run()  # A becomes what B was
    assert not test.exception
    assert not test.warning
    assert test.query_params["a"] == "fair"
    assert test.query_params["b"] != "fair"


def test_a_leaky_model_in_the_pair_is_said_in_red(app, models):
    red = [part for part in app("compare", view="pair", a="good", b="leaking").markdown if ":red-badge" in part.value]
    assert len(red) == 1 and "B: Leaky split" in red[0].value
    assert "better than the model will be on new patients" in red[0].proto.help
    assert not [part for part in app("compare", view="pair", a="good", b="fair").markdown if ":red-" in part.value]


def test_a_model_that_is_not_here_is_said(app, models):
    test = app("compare", view="pair", a="gone", b="good")
    assert "“gone”" in test.warning[0].value


def test_other_test_images_are_not_compared_and_crossing_is_offered_where_it_helps(
    app, tiny_dataset, nothing_shipped, started
):
    make_model(tiny_dataset, "one")
    other = make_model(tiny_dataset, "other", half="second")
    test = app("compare", view="pair", a="one", b="other")
    assert "Not comparable yet" in words(test)
    assert "was trained on all test images" in words(test)
    assert all(button.disabled for button in test.button if "answer the test images" in button.label)
    # Had the other never seen those images, it could answer them.
    table = pd.read_parquet(other.folder / package.PREDICTIONS_FILE)
    table[table["split"] == "test"].to_parquet(other.folder / package.PREDICTIONS_FILE)
    path = other.folder / package.PREDICTIONS_FILE
    facts = {"sha256": files.sha256_of(path), "bytes": path.stat().st_size}
    tell(other, files={package.PREDICTIONS_FILE: facts}, created="2026-02-01T00:00:00+00:00")
    test = app("compare", view="pair", a="one", b="other")
    assert "At most 36 of the 36" in words(test)
    find_button(test, "Let B answer").click().run()
    assert not test.exception
    (job,) = jobs.list_jobs()
    assert (job.verb, job.dataset, job.arguments) == ("cross", "tiny", jobs.Arguments(model="other", on="one"))
    assert started


def test_one_model_has_nothing_to_be_compared_with(app, tiny_dataset, nothing_shipped):
    make_model(tiny_dataset, "only")
    for view in ("pair", "cases", "curves"):
        assert "second model of these classes will stand here" in words(app("compare", view=view))


def test_disagreements_are_shown_with_their_counts(app, models):
    test = app("compare", view="cases", a="good", b="fair")
    titles = [option.content for option in test.button_group(key="view-cases").proto.options]
    counts = [int(title.split("(")[1].rstrip(")")) for title in titles]
    assert counts[0] > 0
    assert headlines(test) == [
        f"One alone is right on {counts[0] + counts[1]} of 36 test images: A on {counts[0]}, B on {counts[1]}"
    ]
    shown = tiles.list_tiles(test)
    assert len(shown) == min(24, counts[0])
    assert f"{counts[0]} images of" in words(test)
    test.button_group(key="view-cases").set_value("only_b").run()
    assert not test.exception
    assert test.query_params["cases"] == "only_b"


def test_a_case_is_opened_and_heatmaps_wait_for_their_button(app, models, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "pages.kit.answer_view.show_overlay", lambda found, example, wanted: bool(asked.append(wanted.class_name))
    )
    test = app("compare", view="cases", a="good", b="fair")
    tiles.open_tile(test, tiles.list_tiles(test)[0]["key"])
    assert not test.exception
    assert asked == []
    (said,) = headlines(test)
    assert re.fullmatch(r"Labelled (\w+): A answers \1, B answers (?!\1)\w+", said), said
    find_button(test, "Show where both look").click().run()
    assert not test.exception
    assert len(asked) == 2
    assert asked[0] != asked[1]  # each for what it answered itself
    test.button(key="close-case").click().run()
    assert "image" not in test.query_params


def test_a_network_that_cannot_be_read_is_a_message(app, models, monkeypatch):
    def refuse(*_, **__):
        raise errors.ModelBroken(expected="a network", found="none", where="here", todo="Train again.")

    monkeypatch.setattr("pages.kit.answer_view.show_overlay", refuse)
    test = app("compare", view="cases", a="good", b="fair")
    tiles.open_tile(test, tiles.list_tiles(test)[0]["key"])
    find_button(test, "Show where both look").click().run()
    assert not test.exception
    assert "ModelBroken" in test.error[0].value


def test_models_without_heatmaps_say_so_in_the_place_of_each(app, models, monkeypatch):
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    test = app("compare", view="cases", a="good", b="fair")
    tiles.open_tile(test, tiles.list_tiles(test)[0]["key"])
    find_button(test, "Show where both look").click().run()
    assert not test.exception and not test.error
    assert words(test).count("This runtime gives no gradients by the image.") == 2
    assert "No evidence (left)" not in words(test)


def test_disagreements_without_the_images_are_a_table(app, models):
    (paths.index_folder() / "tiny.parquet").unlink()
    test = app("compare", view="cases", a="good", b="fair")
    assert "not on this machine" in words(test)
    assert "A answers" in test.dataframe[0].value.columns


def test_curves_and_recipes_of_both(app, models):
    test = app("compare", view="curves", a="good", b="fair")
    table = test.dataframe[0].value.set_index("Setting")
    assert table.loc["Learning rate"].tolist() == ["0.001", "0.01"]
    assert "Batch size" not in table.index
    assert table.loc["Best epoch"].tolist() == ["1", "1"]
    assert len(test.get("plotly_chart")) == 1
    assert headlines(test) == ["At its best epoch A has a validation loss of 0.400, B of 0.400"]
    assert "Other validation images" not in words(test)
    whole = app("compare", view="curves", a="good", b="fair", curves="whole", metric="accuracy")
    assert headlines(whole) == ["At its best epoch A has a validation accuracy of 80.0 %, B of 80.0 %"]


def test_curves_of_other_validation_images_are_marked(app, tiny_dataset, nothing_shipped):
    for name, half in (("one", "first"), ("other", "second")):
        make_model(tiny_dataset, name, half=half)
    said = words(app("compare", view="curves", a="one", b="other"))
    assert "Other validation images" in said and "only the shapes" in said


def test_a_recipe_of_another_version_is_said(app, models):
    tell(models[0], recipe={"optimizer": "of another version"})
    test = app("compare", view="curves", a="good", b="fair")
    assert "of another version" in words(test)
    assert "Best epoch" in test.dataframe[0].value["Setting"].tolist()


def test_the_split_effect_is_one_picture(app, models):
    test = app("compare", view="split", a="good")
    assert len(test.get("plotly_chart")) == 1
    table = test.dataframe[0].value.set_index("Model")
    (said,) = headlines(test)
    assert said.startswith(("The leak flatters it by", "The difference of"))
    assert "With patients kept apart the model is right in" in words(test)
    assert table.loc["leaking", "Split"] == "at random (leaky)"
    assert table.loc["good", "Split"] == "patients kept apart"


def test_a_model_without_a_twin_gets_the_way_to_one(app, tiny_dataset, nothing_shipped, started, monkeypatch):
    make_model(tiny_dataset, "good")
    test = app("compare", view="split")
    assert "has no twin yet" in words(test)
    assert "--split random" in test.code[0].value
    assert "leaky on purpose" in words(test)
    find_button(test, "Train the twin").click().run()
    assert len(started) == 1
    assert started[0][1][0] == "work"


def test_a_twin_of_a_data_set_that_is_not_here_is_not_offered(app, models):
    package_folder = paths.user_models_folder() / "leaking"
    package_folder.rename(package_folder.with_name(".gone"))
    for name in ("good", "fair"):
        tell(package.find_package(name), dataset={"content": "0" * 64, "name": "elsewhere"})
    test = app("compare", view="split", a="good")
    assert "is not on this machine" in words(test)
    assert not test.code


@pytest.mark.parametrize(
    ("p", "said"), [(None, "not defined"), (0.0001, "p < 0.001."), (0.04, "p = 0.040."), (1.0, "p = 1.000.")]
)
def test_p_values_are_written(p, said):
    assert said in two_models.say_p(p)


def test_no_view_loads_tensorflow(home, models):
    """In a process of its own, since other tests of this one load it."""
    code = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\nfrom tests.support import app_pages\n"
        f"for view in {list(compare_views.VIEWS)!r}:\n"
        f"    test = AppTest.from_file({str(paths.PROJECT_FOLDER / 'app.py')!r}, default_timeout=120)\n"
        "    test.query_params['view'] = view\n"
        "    app_pages.choose(test, 'compare').run()\n"
        "    assert not test.exception, test.exception\n"
        "    print(view, {'tensorflow', 'keras', 'sklearn', 'scipy.stats'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=paths.PROJECT_FOLDER,
        env={**paths.child_environment(), "SECOND_LOOK_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-len(compare_views.VIEWS) :] == [f"{view} set()" for view in compare_views.VIEWS]
