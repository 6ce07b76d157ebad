"""Several models about one image: each verdict beside the others, how many agree, and one fault that stays one."""

import subprocess
import sys

import pytest

from core.base import paths
from core.models import package
from core.runtimes import opening
from pages.kit import cache
from tests.support import made_models, onnx_files
from tests.support.app_pages import messages, words

OTHERS = ("other", "third")


@pytest.fixture
def models(home, tiny_dataset, monkeypatch):
    """Three that answer alike, and one whose threshold makes it answer otherwise."""
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    table = made_models.make_answers([0, 1] * 30)
    first = onnx_files.give(made_models.write_small_model())
    for name in OTHERS:
        onnx_files.give(made_models.write_model(table, name))
    return onnx_files.give(made_models.keep_threshold(made_models.write_model(table, "sure"), 0.99)), first


def ask(app, found, *beside, **more):
    return app("predict", model=found.id, heatmap="occlusion", beside=",".join(beside), **more)


def test_one_model_is_alone_until_others_are_chosen(app, models):
    _, first = models
    test = app("predict", model=first.id, heatmap="occlusion")
    assert "agree" not in words(test)
    test.multiselect(key=f"beside-{first.id}").select("other").run()
    assert test.query_params["beside"] in ("other", ["other"])
    assert "2 of 2 models agree: Parasitized." in words(test)


def test_verdicts_thresholds_and_how_many_agree(app, models):
    sure, first = models
    said = words(ask(app, first, sure.id, *OTHERS))
    assert "3 of 4 models agree: Parasitized. Of the others 1 answers Uninfected." in said
    assert "Parasitized from 99 % on" in said and "Parasitized from 50 % on" in said and "No gate" in said


def test_a_broken_one_is_a_fault_in_its_column_alone(app, models):
    _, first = models
    onnx_files.give(package.find_package("other"), b"no network")
    test = ask(app, first, *OTHERS)
    assert len(test.error) == 1 and "other/model.onnx" in messages(test)
    assert "2 of 2 models agree: Parasitized." in words(test)


def test_other_classes_are_shown_and_not_counted(app, models):
    _, first = models
    names = ("cat", "dog")
    onnx_files.give(made_models.write_model(made_models.make_answers([0, 1] * 30, names=names), "pets", names=names))
    said = words(ask(app, first, "pets", "other"))
    assert "2 of 2 models agree: Parasitized." in said and "not counted" in said and "**cat**" in said


def test_who_would_load_tensorflow_is_not_asked(app, models, monkeypatch):
    _, first = models
    made_models.write_model(made_models.make_answers([0, 1] * 30), "slow")
    monkeypatch.setattr(opening.keras.KerasRuntime, "open", lambda found: pytest.fail("TensorFlow was loaded"))
    test = ask(app, first, "slow", "other")
    assert "python -m core onnx slow" in " ".join(str(one.value) for one in test.info) and not test.error
    assert "2 of 2 models agree" in words(test)


def test_an_address_may_name_too_many_or_one_that_is_not_here(app, models):
    sure, first = models
    onnx_files.give(made_models.write_model(made_models.make_answers([0, 1] * 30), "fifth"))
    test = ask(app, first, sure.id, *OTHERS, "fifth", "other")
    assert test.multiselect(key=f"beside-{first.id}").value == [sure.id, *OTHERS]
    test = ask(app, first, "absent")
    assert "The address asks for the models beside it" in messages(test) and "agree" not in words(test)


def test_heatmaps_of_each_come_when_they_are_wanted(app, models, monkeypatch):
    _, first = models
    monkeypatch.setattr(cache, "HEAD_START_SECONDS", 0)
    test = ask(app, first, "other", looks="yes")
    assert len(test.error) == 2 and all("model.keras" in one.value for one in test.error), "there is no network here"
    assert "2 of 2 models agree" in words(test)


def test_answers_of_four_shipped_models_load_no_tensorflow(home, tiny_dataset):
    """In a process of its own, since other tests of this one load it."""
    script = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\nfrom tests.support import app_pages\n"
        "app = AppTest.from_file('app.py', default_timeout=120)\n"
        "app.query_params.update(model='malaria-smear-cnn', heatmap='occlusion',\n"
        "  beside='malaria-smear-cnn-micro,malaria-smear-cnn-micro-normalised,chest-smear-cnn')\n"
        "app_pages.choose(app, 'predict').run()\n"
        "assert not app.exception, app.exception\n"
        "said = app_pages.words(app)\n"
        "assert 'models' in said and 'not counted' in said and ('agree' in said or 'None of 3' in said), said\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(
        command, cwd=paths.PROJECT_FOLDER, env=paths.child_environment(), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
