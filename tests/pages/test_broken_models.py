"""A model whose files are as published and no use: each page names it in words, and the other models go on."""

import shutil
import subprocess
import sys

import pytest

from core import __main__ as terminal
from core.base import files, paths
from core.models import package
from tests.support import hostile_networks, made_models, scored_tables
from tests.support.app_pages import messages, words

BAD, GOOD = "tiny-base-cnn", "sample-cells-base-cnn"
JUNK = {
    package.PREDICTIONS_FILE: b"p_Parasitized\n0.5\n",
    package.TRAINING_IMAGES_FILE: b"\x00" * 500,
    package.HISTORY_FILE: b"epoch,loss\n1,\xff\n",
}
VIEWS = [("evaluate", view) for view in ("result", "point", "trust", "where", "card")]
VIEWS += [("compare", view) for view in ("table", "pair", "cases", "curves", "split")]


def named(options):
    """The ids of models in a chooser, which stand before what each was trained on."""
    return [option.split(" · ")[0] for option in options]


@pytest.mark.parametrize(("page", "view"), VIEWS)
def test_junk_in_all_tables_at_once_ends_no_view(app, tiny_dataset, small_model, page, view):
    other = made_models.write_model(scored_tables.scored(small_model), "other")
    for name, content in JUNK.items():
        hostile_networks.replace_file(small_model, name, content)
    test = app(page, model=BAD, a=BAD, b=other.id, view=view)  # which fails on an exception
    if (page, view) not in {("compare", "split")}:  # which quotes the manifests alone
        assert "predictions.parquet with" in words(test).replace("\\", "") or "history.csv with" in messages(test)
    assert any(other.id in named(box.options) for box in test.selectbox) or page == "compare"
    good = app("evaluate", model=other.id)
    assert not good.error


@pytest.mark.parametrize("name", JUNK)
def test_junk_in_one_table_is_named_where_it_is_needed(app, tiny_dataset, small_model, name):
    hostile_networks.replace_file(small_model, name, JUNK[name])
    page, view = ("predict", None) if name == package.TRAINING_IMAGES_FILE else ("evaluate", "card")
    test = app(page, model=BAD, **({"view": view} if view else {}))
    assert f"{name} with" in messages(test)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("[" * 200_000),
        lambda path: path.write_text(path.read_text().replace('"created"', '"operating_point": [1], "created"')),
        lambda path: path.write_text(path.read_text().replace('"created"', '"operating_point": {"by": 1}, "created"')),
        lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), __import__("os").mkfifo(path)),
    ],
    ids=["brackets", "list", "half", "link", "folder", "pipe"],
)
def test_home_names_one_fault_and_keeps_the_others(app, tiny_dataset, small_model, spoil):
    other = made_models.write_model(scored_tables.scored(small_model), "other")
    spoil(small_model.file(package.MANIFEST))
    for page in ("home", "evaluate"):
        test = app(page)
        said = words(test).replace("\\", "")
        assert said.count(f"trained_models/{BAD}") == 1
    assert other.id in named(test.selectbox[0].options)


@pytest.mark.parametrize("change", ["lambda", "bomb", "brackets", "pickle"])
def test_home_and_the_terminal_name_a_network_that_will_not_be_loaded(app, tiny_dataset, small_model, capsys, change):
    made_models.write_model(scored_tables.scored(small_model), "other")
    content = hostile_networks.CHANGES[change](*hostile_networks.read_parts(small_model.file(package.MODEL_FILE)))
    hostile_networks.replace_file(small_model, package.MODEL_FILE, content)
    test = app("home")
    assert words(test).replace("\\", "").count(f"{BAD}/model.keras") == 1
    (models,) = [frame.value for frame in test.dataframe if "Model" in frame.value and "Split" in frame.value]
    assert "other" in set(models["Model"]) and BAD not in set(models["Model"])
    assert terminal.main(["models"]) == 0
    said = capsys.readouterr()
    assert BAD not in said.out and "other" in said.out
    assert said.err.count("\n") == 1 and f"{BAD}/model.keras" in said.err
    found, faults = package.list_usable()
    assert BAD not in {entry.id for entry in found} and len(faults) == 1


@pytest.mark.ml
def test_a_refused_network_is_named_on_predict_and_in_the_terminal(app, home, tiny_dataset):
    shutil.copytree(paths.PROJECT_FOLDER / "trained_models" / GOOD, home / "trained_models" / "bad")
    path = home / "trained_models" / "bad" / package.MANIFEST
    files.write_json(path, {**files.read_json(path), "id": "bad"})
    found = package.find_package("bad")
    content = hostile_networks.CHANGES["lambda"](*hostile_networks.read_parts(found.file(package.MODEL_FILE)))
    hostile_networks.replace_file(found, package.MODEL_FILE, content)
    test = app("predict", model="bad")
    assert "keras.layers.Lambda" in messages(test) and "The model answers" not in words(test)
    assert GOOD in named(test.selectbox(key="choice-model").options)
    image = paths.datasets_folder() / "tiny" / tiny_dataset.table["path"][0]
    for arguments in (["predict", "bad", str(image)], ["export", "bad", str(home / "out")]):
        command = [sys.executable, "-m", "core", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, env=paths.child_environment(), cwd=home, timeout=120, check=False
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1 and done.stderr.startswith("ModelBroken: expected layers of Keras")
    assert not (home / "out").exists()
