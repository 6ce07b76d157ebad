"""The form of a new training: defaults that follow the architecture, what was typed, and copies of other trainings."""

import pytest

from core.base import background, files
from core.datasets.splits import leak_audit, saved_splits
from core.models import augmentation, registry
from core.training import recipe, run, setting_entry, settings_table
from pages.train import copied_recipe, recipe_fields
from tests.support import app_pages

SETTINGS = settings_table.SETTINGS


def field(test, name, architecture="base_cnn"):
    key = recipe_fields.prefix_of(architecture) + name
    return next(entry for entry in (*test.number_input, *test.selectbox) if entry.key == key)


def fields(test):
    return {entry.key for entry in (*test.number_input, *test.selectbox) if (entry.key or "").startswith("recipe-")}


def choose(test, label, value):
    next(entry for entry in test.selectbox if entry.label == label).select(value).run()
    assert not test.exception, test.exception


def press(test, label):
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception, test.exception


def captions(test):
    return " ".join(str(part.value) for part in (*test.caption, *test.info, *test.warning))


def behind(test):
    """What stands behind the "?" of words on the page."""
    return " ".join(part.proto.help for part in (*test.caption, *test.markdown))


@pytest.mark.parametrize("key", registry.ARCHITECTURES)
def test_a_beginner_changes_nothing_and_gets_the_architectures_own_settings(app, tiny_dataset, started, key):
    test = app("train", architecture=key)
    press(test, "Train")
    assert not test.error
    (made,) = run.list_runs()
    assert made.recipe == recipe.suggest("tiny", key, batch_size=8)


def test_another_architecture_has_its_own_settings_and_what_was_typed_comes_back(app, tiny_dataset):
    other = next(a for a in registry.ARCHITECTURES.values() if a.defaults.get("epochs") not in (None, 20))
    test = app("train", architecture="base_cnn")
    field(test, "epochs").set_value(33).run()
    assert "Not as the architecture suggests: Epochs, at most." in captions(test)
    choose(test, "Architecture", other.key)
    assert field(test, "epochs", other.key).value == other.defaults["epochs"]
    assert "Not as the architecture suggests" not in captions(test)
    choose(test, "Architecture", "base_cnn")
    assert field(test, "epochs").value == 33
    press(test, "Back to what it suggests")
    assert field(test, "epochs").value == 20


def test_the_form_says_in_what_a_network_is_not_that_of_its_study(app, tiny_dataset):
    assert "the study's printed summary shows none" in behind(app("train", architecture="compact_cnn"))
    assert "where the study divides them by 255" in behind(app("train", architecture="vgg16_frozen"))
    assert "Other than there" not in behind(app("train", architecture="base_cnn"))


def test_the_network_is_drawn_before_it_is_trained(app, tiny_dataset):
    test = app("train", architecture="base_cnn")
    assert "**Base CNN**: 646,338 parameters" in [entry.value for entry in test.markdown]
    (drawn,) = test.get("image")
    assert "Convolution, pooling, 31 x 31 x 32 · 896 parameters" in drawn.proto.imgs[0].alt


def test_without_a_data_set_it_says_what_to_do_and_shows_what_would_learn(app, home):
    test = app("train")
    assert "Its images will stand here as soon as it is in" in app_pages.words(test)  # the sample is on its way
    assert "Bring in a data set" in [link.proto.label for link in test.get("page_link")]
    assert "Train" not in [button.label for button in test.button]
    assert len(test.get("image")) == 1


def test_the_time_it_takes_stands_beside_the_button(app, tiny_dataset, started):
    assert "none like it has run here yet" in " ".join(entry.value for entry in app("train").markdown)
    learnt = run.create_run(recipe.suggest("tiny", batch_size=8))
    rows = [
        {"kind": "epoch", "epoch": n, "loss": 1.0, "accuracy": 0.5, "validation_loss": 1.0, "validation_accuracy": 0.5}
        | {"seconds": 3.0}
        for n in (1, 2)
    ]
    files.append_lines(learnt.folder / run.METRICS, rows)
    files.write_json(learnt.folder / background.STATUS, {"phase": "finished", "queued_at": 0.0})
    test = app("train")
    assert ":material/schedule: At most 60 s here, for 20 epochs." in [entry.value for entry in test.markdown]
    assert "the median of 1 epoch of 1 earlier training" in behind(test)


def test_where_nothing_is_at_work_the_form_comes_first_else_it_is_folded(app, tiny_dataset, started):
    assert "New training" not in [entry.label for entry in app("train").expander]
    first = run.create_run(recipe.Recipe("tiny"))
    files.write_json(first.folder / background.STATUS, {"phase": "stopped", "queued_at": 0.0})
    test = app("train")
    assert "New training" not in [entry.label for entry in test.expander]
    assert "run" not in test.query_params
    assert any(first.recipe.architecture in link.proto.label for link in test.get("page_link"))
    folded = next(entry for entry in app("train", run=first.id).expander if entry.label == "New training")
    assert not folded.proto.expanded
    copied = next(
        entry for entry in app("train", run=first.id, like=first.id).expander if entry.label == "New training"
    )
    assert copied.proto.expanded, "what was asked for is not folded away"


def test_what_was_typed_survives_a_visit_to_another_page(app, tiny_dataset):
    test = app("train")
    field(test, "epochs").set_value(33).run()
    test.switch_page("pages/explore/page.py").run()
    test.switch_page("pages/train/page.py").run()
    assert field(test, "epochs").value == 33


@pytest.mark.parametrize("key", ["base_cnn", "smear_cnn", "mobilenet_v2_finetuned"])
def test_the_form_shows_the_settings_of_the_table_as_the_terminal_does(app, tiny_dataset, key):
    """Each that has an effect, once: its label, help, limits and default, which are the flag's and `suggest`'s."""
    test, usual = app("train", architecture=key), recipe.suggest("tiny", key, batch_size=8)
    asked = {name for name, setting in SETTINGS.items() if setting.is_asked(usual)}
    assert fields(test) == {recipe_fields.prefix_of(key) + name for name in (*asked, copied_recipe.AUGMENTATION)}
    for name in asked:
        shown, setting = field(test, name, key), SETTINGS[name]
        assert (shown.label, shown.help) == (setting.label, setting.help)
        assert shown.value == (usual.size_px if name == "input_px" else getattr(usual, name))
        if setting.choices:
            assert shown.options == list(setting.choices.values())
        else:
            assert (shown.min, shown.max) == setting.find_limits(key)


def test_what_the_page_has_no_field_for_is_known():
    """The shares of a split are chosen by making one, on the Datasets page; a new setting gets a field by its group."""
    nowhere = {name for name, setting in SETTINGS.items() if setting.group == setting_entry.NOWHERE}
    above = {name for name, setting in SETTINGS.items() if setting.group == setting_entry.ABOVE}
    assert nowhere == {"validation_fraction", "test_fraction"}
    assert above == {"dataset", "architecture", "split", "saved_split", "augmentation"}
    assert set(recipe_fields.ASKED) == set(SETTINGS) - nowhere - above


def test_a_rate_that_no_epoch_would_have_is_not_asked_for(app, tiny_dataset):
    key = "mobilenet_v2_finetuned"
    test = app("train", architecture=key)
    assert recipe_fields.prefix_of(key) + "learning_rate" in fields(test)
    field(test, "head_epochs", key).set_value(0).run()
    assert recipe_fields.prefix_of(key) + "learning_rate" not in fields(test)
    field(test, "head_epochs", key).set_value(2).run()
    assert field(test, "learning_rate", key).value == recipe.suggest("tiny", key).learning_rate


def test_a_copy_says_nothing_of_settings_that_had_no_effect(app, tiny_dataset, started):
    stray = run.create_run(recipe.suggest("tiny", unfreeze_layers=-1, head_epochs=3, feature_copies=5))
    test = app("train", like=stray.id)
    assert "Nothing differs yet" in captions(test)
    assert not {recipe_fields.prefix_of("base_cnn") + name for name in ("unfreeze_layers", "head_epochs")} & fields(
        test
    )


def test_settings_of_a_backbone_are_asked_for_only_where_there_is_one(app, tiny_dataset):
    transfer = {"unfreeze_layers", "head_epochs", "fine_tuning_rate", "feature_copies"}

    def asked(test, key):
        return {name for name in transfer if recipe_fields.prefix_of(key) + name in fields(test)}

    assert asked(app("train", architecture="base_cnn"), "base_cnn") == set()
    frozen = app("train", architecture="mobilenet_v2_frozen")
    assert asked(frozen, "mobilenet_v2_frozen") == {"unfreeze_layers"}
    choose(frozen, "Augmentation", "photos")
    assert asked(frozen, "mobilenet_v2_frozen") == {"unfreeze_layers", "feature_copies"}
    assert "The backbone runs once over" in captions(frozen)
    assert "Not as the architecture suggests: Augmentation." in captions(frozen)  # the copies are as it suggests
    field(frozen, "unfreeze_layers", "mobilenet_v2_frozen").set_value(10).run()
    assert asked(frozen, "mobilenet_v2_frozen") == transfer - {"feature_copies"}
    assert "suggests: Augmentation; Backbone layers that learn too." in captions(frozen)
    assert "The backbone runs" not in captions(frozen)


def test_the_weights_of_a_backbone_are_named_with_their_place(app, tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    said = captions(app("train", architecture="vgg16_frozen"))
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in said
    assert "data/weights/" in said


def test_the_input_size_of_the_architecture_is_written_as_none_of_ones_own(app, tiny_dataset, started):
    key = next(a.key for a in registry.ARCHITECTURES.values() if a.sizes and not a.backbone)
    test = app("train", architecture=key)
    assert field(test, "input_px", key).value == registry.ARCHITECTURES[key].input_px
    press(test, "Train")
    field(test, "input_px", key).set_value(48).run()
    press(test, "Train")
    assert [made.recipe.input_px for made in run.list_runs()] == [48, 0]


@pytest.fixture
def odd_run(tiny_dataset, started):
    """A run in which little is as the architecture suggests."""
    return run.create_run(
        recipe.Recipe(
            "tiny",
            epochs=7,
            batch_size=9,
            learning_rate=0.0003,
            optimizer="sgd",
            split="random",
            schedule="cosine",
            label_smoothing=0.1,
            test_fraction=0.25,
            augmentation=augmentation.Augmentation("both", contrast=0.25),
        )
    )


def test_a_copy_has_every_setting_of_the_original(app, odd_run):
    test = app("train", like=odd_run.id)
    assert "Nothing differs yet" in captions(test)
    press(test, "Train")
    copy, original = run.list_runs()
    assert original.id == odd_run.id
    assert copy.recipe == original.recipe


def test_what_differs_from_the_original_is_listed_before_it_is_trained(app, odd_run):
    test = app("train", like=odd_run.id)
    field(test, "learning_rate").set_value(0.01).run()
    choose(test, "Augmentation", "cells")
    said = captions(test)
    assert "- Learning rate: 0.0003 → **0.01**" in said
    assert "Flipped left to right and upside down, contrast by up to 25 % → **Cells**" in said
    assert "Optimizer" not in said
    assert field(test, "optimizer").value == "sgd"


def test_duplicate_fills_the_form_anew_and_the_usual_settings_come_back(app, odd_run):
    test = app("train", run=odd_run.id)
    assert field(test, "epochs").value == 20
    test.button(key="duplicate").click().run()
    assert test.query_params["like"] == odd_run.id
    assert field(test, "epochs").value == 7
    field(test, "epochs").set_value(9).run()
    test.button(key="duplicate").click().run()
    assert field(test, "epochs").value == 7
    press(test, "Start from the usual settings instead")
    assert field(test, "epochs").value == 20
    assert "like" not in test.query_params
    assert "Copied from" not in captions(test)


def test_a_copy_of_a_run_that_is_not_here_is_said(app, tiny_dataset):
    test = app("train", like="20260101-000000-nobody")
    assert "20260101-000000-nobody" in test.warning[0].value
    assert field(test, "epochs").value == 20


def test_a_copy_of_a_run_whose_data_set_is_gone_says_what_differs(app, odd_run):
    content = odd_run.facts.to_json() | {"recipe": odd_run.recipe.to_json() | {"dataset": "gone"}}
    run.files.write_json(odd_run.folder / run.RECIPE, content)
    said = captions(app("train", like=odd_run.id))
    assert "which is not on this machine" in said
    assert "- Data set: gone → **tiny**" in said


def test_a_kept_split_that_is_gone_is_a_difference(app, odd_run):
    content = odd_run.facts.to_json() | {"recipe": odd_run.recipe.to_json() | {"saved_split": "mine"}}
    run.files.write_json(odd_run.folder / run.RECIPE, content)
    assert "- Kept split: mine → **none**" in captions(app("train", like=odd_run.id))


def test_the_copied_run_is_the_one_of_the_address(app, odd_run):
    assert copied_recipe.LIKE == "like"
    test = app("train", like=odd_run.id, run=odd_run.id)
    assert test.query_params["run"] == odd_run.id
    assert test.query_params["like"] == odd_run.id


def test_a_log_for_tensorboard_is_kept_on_request(app, tiny_dataset, started):
    test = app("train")
    press(test, "Train")
    test.toggle(key="keep-tensorboard-log").set_value(True).run()
    press(test, "Train")
    assert [made.facts.tensorboard for made in run.list_runs()] == [True, False]


def test_a_model_is_called_as_the_person_says(app, tiny_dataset, started):
    test = app("train")
    assert test.text_input(key="name-of-the-model").placeholder == "tiny-base-cnn"
    test.text_input(key="name-of-the-model").set_value(" my-cells ").run()
    assert any(shown.value.endswith("--save-as my-cells") for shown in test.code)
    press(test, "Train")
    assert [made.facts.save_as for made in run.list_runs()] == ["my-cells"]


def test_a_name_that_cannot_be_is_refused_before_the_training(app, tiny_dataset, started):
    test = app("train")
    test.text_input(key="name-of-the-model").set_value("My `cells`").run()
    press(test, "Train")
    assert "lower-case letters" in test.error[0].value
    assert run.list_runs() == []
    assert started == []


def test_folds_of_a_series_are_nobodys_usual_split(app, tiny_dataset):
    settings = saved_splits.Settings("patient", 0, 0.15, 0.15)
    made = saved_splits.make_split(tiny_dataset, settings, None)
    audited = leak_audit.audit_split(made.table, tiny_dataset, None)
    for name in ("fold-1-of-2", "mine"):
        saved_splits.write_split(name, tiny_dataset, settings, made, audited)
    split = next(entry for entry in app("train").selectbox if entry.label == "Split")
    assert split.options == ["Kept: mine", "By patient (honest)", "At random (shows the leak)", "Kept: fold-1-of-2"]
