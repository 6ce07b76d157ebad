"""Structure and weights apart: whole or absent, the same answers, and a README whose lines work."""

import json
import textwrap

import numpy as np
import pytest

from core.base import errors, files, paths
from core.models import exporting, loading, package

pytestmark = pytest.mark.ml


def leftovers(folder):
    return [path.name for path in folder.rglob(".*")]


def test_the_two_files_answer_as_the_model_does(networked_model, tmp_path):
    made = exporting.export_model("m", tmp_path / "new" / "place")
    assert made == tmp_path / "new" / "place"
    assert {path.name for path in made.iterdir()} == set(exporting.FILES)
    images = np.random.default_rng(1).integers(0, 256, (5, 8, 10, 3)).astype(np.float32)
    expected = np.asarray(loading.load_model("m").network(images))
    assert np.abs(np.asarray(exporting.read_export(made)(images)) - expected).max() <= 1e-6
    for name in (package.MANIFEST, package.HISTORY_FILE):
        assert (made / name).read_bytes() == networked_model.file(name).read_bytes()
    assert not leftovers(tmp_path / "new")


def test_the_lines_of_the_readme_load_it(networked_model, tmp_path, monkeypatch):
    made = exporting.export_model("m", tmp_path / "out")
    said = (made / "README.txt").read_text()
    monkeypatch.chdir(made)
    names = {}
    code = [line for line in said.splitlines() if line.startswith("    ") and ("keras" in line or "network" in line)]
    assert len(code) == 3
    exec(textwrap.dedent("\n".join(code)), names)  # noqa: S102
    images = np.zeros((1, 8, 10, 3), np.float32)
    assert np.allclose(names["network"](images), loading.load_model("m").network(images), atol=1e-6)
    for words in ("(N, 8, 10, 3)", "RGB", "0 to 255", "    0  a\n    1  b\n", "does not diagnose"):
        assert words in said


def test_the_structure_needs_nothing_but_keras(networked_model, tmp_path):
    content = json.loads((exporting.export_model("m", tmp_path / "out") / "model.json").read_text())

    def modules(value):
        if isinstance(value, dict):
            yield from [value["module"]] if value.get("module") else []
            value = list(value.values())
        for inner in value if isinstance(value, list) else []:
            yield from modules(inner)

    assert {name.split(".")[0] for name in modules(content)} == {"keras"}


def test_an_empty_folder_is_used_and_an_earlier_export_only_where_asked(networked_model, tmp_path):
    (tmp_path / "out").mkdir()
    made = exporting.export_model("m", tmp_path / "out")
    (made / "README.txt").write_text("old")
    with pytest.raises(errors.ExportNotPossible, match="an earlier export"):
        exporting.export_model("m", made)
    assert (made / "README.txt").read_text() == "old"
    exporting.export_model("m", made, overwrite=True)
    assert (made / "README.txt").read_text().startswith("m\n")
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_somebody_is_never_replaced(networked_model, tmp_path, overwrite):
    exporting.export_model("m", tmp_path / "out")
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(errors.ExportNotPossible, match="one with 6 other"):
        exporting.export_model("m", tmp_path / "out", overwrite=overwrite)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("inner", ["m", "m/inner", "other", ""])
def test_an_export_is_never_put_among_the_models(networked_model, inner):
    with pytest.raises(errors.ExportNotPossible, match="outside the models"):
        exporting.export_model("m", paths.user_models_folder() / inner)
    assert [found.id for found in package.list_packages()] == ["m"]


def test_a_file_is_not_a_folder(networked_model, tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "inner"):
        with pytest.raises(errors.ExportNotPossible):
            exporting.export_model("m", place)
    assert (tmp_path / "file").read_text() == "mine"


def test_an_export_that_answers_otherwise_is_not_left(networked_model, tmp_path, monkeypatch):
    def save_other_weights(folder):
        network = read(folder)
        network.layers[1].set_weights([weight + 0.01 for weight in network.layers[1].get_weights()])
        return network

    read = exporting.read_export
    monkeypatch.setattr(exporting, "read_export", save_other_weights)
    with pytest.raises(errors.ExportNotPossible, match="other answers"):
        exporting.export_model("m", tmp_path / "new" / "out")
    assert not (tmp_path / "new").exists()
    assert not leftovers(tmp_path)


def test_a_full_disk_is_a_message_and_nothing_is_left(networked_model, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "free_bytes", lambda where: 1000)
    with pytest.raises(errors.DiskFull):
        exporting.export_model("m", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not leftovers(tmp_path)


def test_a_model_that_was_altered_is_not_exported(networked_model, tmp_path):
    with networked_model.file(package.MODEL_FILE).open("r+b") as file:
        file.write(b"x")
    with pytest.raises(errors.ModelBroken):
        exporting.export_model("m", tmp_path / "out")
    with pytest.raises(errors.ModelNotFound):
        exporting.export_model("nobody", tmp_path / "out")
    assert not (tmp_path / "out").exists()
