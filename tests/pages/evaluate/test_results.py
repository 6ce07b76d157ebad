"""Evaluate's result view: sentence, matrix, measures, the images of a cell, what can be done about each."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.base import paths
from core.datasets.index import index, ledger
from core.models import amending, package
from core.statistics import estimate, metrics_table
from pages.evaluate import mistakes, results
from pages.kit import cache
from tests.support import deciding, made_models, result_alone, said, spoiled, tiles
from tests.support.result_alone import html

view = result_alone.view
words = said.read_all


def pictures(test):
    return len(tiles.list_single(test))


@pytest.fixture
def model(tiny_dataset):
    """A model of the tiny data set; of its 36 test images it misses 6 and flags 3 by mistake, surer and surer."""
    table = tiny_dataset.table
    labels = table["label"].to_numpy()
    chances = np.where(labels == 0, 0.9, 0.1)
    test = np.arange(len(table)) % 2 == 0
    missed, flagged = np.flatnonzero(test & (labels == 0))[:6], np.flatnonzero(test & (labels == 1))[:3]
    chances[missed] = [0.4, 0.35, 0.3, 0.2, 0.05, 0.01]
    chances[flagged] = [0.6, 0.7, 0.8]
    scored = pd.DataFrame(
        {
            "image_id": table["image_id"],
            "split": np.where(test, "test", "validation"),
            "group": table["group"],
            "label": labels,
            "p_Parasitized": chances,
            "p_Uninfected": 1 - chances,
        }
    )
    found = made_models.write_model(scored)
    path = found.file(package.MANIFEST)
    spoiled.change(path, "dataset.fingerprint", tiny_dataset.content)
    return SimpleNamespace(id=found.id, missed=[table.at[row, "image_id"] for row in missed][::-1])


def test_the_result_in_words_and_ten_measures_with_explanations(view, small_model):
    test = view()
    shown = html(test)
    assert "of 30 images of 5 patients it never saw" in shown
    for one in metrics_table.METRICS:
        assert f">{one.title}</abbr>" in shown
        assert cache.as_text(cache.explain(one.term)) in shown
    assert "How many times as wide as if images were independent: Accuracy" in words(test)
    assert "Click a cell to see its images" in words(test)


def test_a_model_without_its_data_set_lists_identities(view, small_model):
    test = view()
    assert "are not on this machine" in words(test)
    assert pictures(test) == 0
    assert list(test.dataframe[0].value.columns) == ["image_id", "group", "probability"]


def test_the_cell_with_most_mistakes_opens_the_most_confident_first(view, model):
    test = view()
    assert "Parasitized, answered Uninfected" in words(test)
    assert "6 images of" in words(test)
    assert pictures(test) == 6
    assert deciding.list_pictures(test) == model.missed
    test.segmented_control(key=f"cell-order-{model.id}").set_value(mistakes.UNCONFIDENT).run()
    assert deciding.list_pictures(test) == model.missed[::-1]


def test_the_cell_is_named_in_boxes_and_in_the_address(view, model):
    test = view()
    test.selectbox(key=f"cell-truth-{model.id}").set_value("Uninfected").run()
    test.selectbox(key=f"cell-answer-{model.id}").set_value("Parasitized").run()
    assert test.query_params["cell"] in ("Uninfected|Parasitized", ["Uninfected|Parasitized"])
    assert "Uninfected, answered Parasitized" in words(test)
    assert pictures(test) == 3
    again = view(cell="Uninfected|Uninfected")
    assert "Uninfected, answered rightly" in words(again)
    assert again.selectbox(key=f"cell-answer-{model.id}").value == "Uninfected"


def test_an_address_with_a_cell_that_is_not_there_is_said(view, model):
    test = view(cell="cat|dog")
    assert "The address asks for the cell “cat\\|dog”; there is none of that name here" in words(test)
    assert "Parasitized, answered Uninfected" in words(test)


def test_a_click_on_the_chart_chooses_its_cell(monkeypatch):
    address = {}
    clicked = {"selection": {"points": [{"customdata": [3, 1, 0, "b", "a", 0.5]}]}}
    monkeypatch.setattr(mistakes, "st", SimpleNamespace(session_state={"k": clicked}))
    monkeypatch.setattr(mistakes.state, "remember", address.__setitem__)
    found = SimpleNamespace(class_names=("a", "b"))
    mistakes.choose_point(found, "k")
    assert address == {"cell": "b|a"}
    clicked["selection"]["points"] = []
    mistakes.choose_point(found, "k")
    assert address == {"cell": "b|a"}


def test_an_empty_cell_says_so(view, model):
    amending.amend(package.find_package(model.id), {"operating_point": {"threshold": 0.001}})
    test = view(cell="Parasitized|Uninfected")
    assert "No test image is in this cell" in words(test)


def test_send_to_review_and_take_back(view, model):
    test = view()
    keys = [f"decide--{image_id}" for image_id in deciding.list_pictures(test)]
    deciding.decide(deciding.open_menu(test, keys[0]), keys[0], "second_look")
    [waiting] = ledger.list_acts()
    assert (waiting.dataset, waiting.image_id, waiting.model_id) == ("tiny", model.missed[0], model.id)
    assert waiting.why == f"labelled Parasitized; {model.id} answers Uninfected with 99.0 %"
    assert waiting.by == "Ada"
    assert "1 image waits for review" in words(test)
    assert "Waits for review" in words(test)
    assert not [button for button in test.button if str(button.key).startswith(keys[0])]  # closed again
    deciding.decide(deciding.open_menu(test, keys[1]), keys[1], "second_look", by="", why="a platelet")
    assert ledger.list_acts()[1].why.startswith("a platelet (labelled Parasitized; ")
    assert "2 images wait for review" in words(test)
    deciding.press(deciding.open_menu(test, keys[0]), f"{keys[0]}-back-0")
    assert [one.image_id for one in ledger.list_acts()] == [model.missed[1]]
    deciding.press(test, f"decisions-undo-{model.id}")
    assert ledger.list_acts() == []
    assert "Decided because of its answers" not in words(test)


def test_a_wrong_label_becomes_a_proposal_and_can_be_taken_back(view, model):
    test = view()
    key = f"decide--{model.missed[0]}"
    deciding.decide(deciding.open_menu(test, key), key, "relabel")
    assert index.read_index("tiny").decided.proposals[model.missed[0]].about == "Uninfected"
    assert "Proposed: Uninfected" in words(test)
    deciding.press(deciding.open_menu(test, key), f"{key}-back-0")
    assert index.read_index("tiny").decided.proposals == {}


def test_a_mistake_can_be_excluded_as_on_any_other_page(view, model):
    test = view()
    key = f"decide--{model.missed[0]}"
    deciding.decide(deciding.open_menu(test, key), key, "exclude")
    [act] = index.read_index("tiny").decided.excluded.values()
    assert (act.image_id, act.by, act.model_id) == (model.missed[0], "Ada", model.id)
    assert "Excluded" in words(test)


def test_a_damaged_ledger_of_another_data_set_is_one_message(view, model):
    path = ledger.ledger_path("other")
    path.parent.mkdir()
    path.write_text("damaged\n")
    assert "what people decided about the images of a data set" in words(view())


def test_each_picture_opens_in_predict_with_data_set_model_and_image(view, model):
    test = view()
    links = [link.proto.query_string for link in test.get("page_link") if link.proto.page == "predict"]
    assert len(links) == 6
    assert f"image={model.missed[0]}" in links[0]
    assert "dataset=tiny" in links[0]
    assert f"model={model.id}" in links[0]


def test_the_kept_operating_point_is_used_and_said_and_can_be_left_out(view, model):
    amending.amend(package.find_package(model.id), {"operating_point": {"threshold": 0.25}})
    test = view()
    assert "from a probability of 25 % on" in words(test)
    assert "with the kept operating point" in words(test)
    assert "3 images of" in words(test)
    [control] = [one for one in test.get("button_group") if one.key and one.key.startswith("result-answers")]
    control.set_value(results.PROBABLE).run()
    assert "without the operating point that was kept" in words(test)
    assert "6 images of" in words(test)


def test_a_temperature_moves_the_shown_threshold_and_probabilities(view, model):
    changes = {"operating_point": {"threshold": 0.25}, "calibration": {"temperature": 2.0}}
    amending.amend(package.find_package(model.id), changes)
    test = view()
    assert "from a probability of 36.6 % on" in words(test)
    assert "after the temperature 2.00" in words(test)


def test_images_that_left_the_data_set_are_named(view, model):
    gone = index.read_index("tiny").table.set_index("image_id").loc[model.missed[0], "path"]
    (paths.datasets_folder() / "tiny" / gone).unlink()
    index.build_index("tiny")
    spoiled.change(
        package.find_package(model.id).file(package.MANIFEST), "dataset.fingerprint", index.read_index("tiny").content
    )
    test = view()
    assert f"{model.missed[0]} is not in tiny any more" in words(test)
    assert pictures(test) == 5


def make_measured(**changes):
    metric = estimate.Estimate(0.5, 0.4, 0.6, 10)
    frame = {"n": 10, "groups": 0, "interval": "images", "average": "binary", "positive_class": "a", "level": 0.95}
    return {**{one.key: metric for one in metrics_table.METRICS}, **frame, "wider": {"accuracy": None}, **changes}


def test_the_basis_in_words():
    assert "narrower than is right for new patients" in results.say_basis(make_measured())
    by_patient = make_measured(interval="patients", groups=4, wider={"accuracy": 2.34, "ppv": None})
    assert "as if images were independent: Accuracy 2.3." in results.say_basis(by_patient)
    assert "plain means over the classes" in results.say_basis(make_measured(average="macro"))


def test_the_table_to_take_away():
    table = results.tabulate(make_measured(wider={"accuracy": 2.0}))
    assert table["measure"].tolist() == [one.key for one in metrics_table.METRICS]
    assert table.loc[0, "times_as_wide"] == 2.0
    assert table["interval"].unique().tolist() == ["95 % over images"]
    rows = [
        {
            "class": "a",
            "n": 3,
            **{one.key: estimate.Estimate(0.5, None, None, 3) for one in metrics_table.list_per_class()},
        }
    ]
    assert results.tabulate_classes(rows).loc[0, "ppv_value"] == 0.5


def test_three_classes_have_a_table_of_their_own(view, home):
    rng = np.random.default_rng(0)
    chances = rng.dirichlet(np.ones(3), 60)
    scored = pd.DataFrame(
        {"image_id": [f"i{n}" for n in range(60)], "split": "test", "group": "", "label": np.arange(60) % 3}
    )
    names = ("Parasitized", "Uninfected", "<b>other</b>")
    scored[[f"p_{name}" for name in names]] = chances
    made_models.write_model(scored, names=names)
    test = view()
    assert "Class by class" in words(test)
    assert "plain means over the classes" in words(test)
    assert "<b>other</b>" not in html(test)


def test_without_a_test_image_there_is_no_result(view, home, small_model):
    table = pd.read_parquet(small_model.file(package.PREDICTIONS_FILE)).assign(split="validation")
    made_models.write_model(table, model_id="untested")
    test = view(model="untested")
    assert "no unseen image" in words(test)
