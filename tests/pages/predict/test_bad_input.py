"""Predict with what cannot be used: a damaged package, one of a newer version, a model that changes under an answer."""

import shutil

import pytest

from core.base import files, paths
from core.models import package
from core.runtimes import opening
from pages.kit import cache
from tests.support import brightness, made_models, onnx_files
from tests.support.app_pages import messages, words


@pytest.fixture(autouse=True)
def own_models(home, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(cache, "HEAD_START_SECONDS", 0)


@pytest.fixture
def other(tiny_dataset):
    return onnx_files.give(made_models.write_model(made_models.make_answers([0, 1] * 30), "other"))


def ask(app, model_id):
    return app("predict", model=model_id, heatmap="occlusion")


@pytest.mark.parametrize(
    ("name", "content", "words_of_it"),
    [
        (package.MANIFEST, b"{", "manifest.json"),
        (package.ONNX_FILE, b"half", "expected model.onnx of"),
        (package.ONNX_FILE, None, "model.onnx as it was published"),
        (package.GATE_FILE, b"half", "expected gate.npz of"),
        (package.GATE_FILE, None, "gate.npz as it was published"),
    ],
)
def test_a_damaged_package_is_one_message_and_the_others_answer(app, other, name, content, words_of_it):
    bad = onnx_files.give(made_models.write_small_model())
    if name == package.GATE_FILE:
        bad.file(name).write_bytes(b"whole")
        manifest = files.read_json(bad.file(package.MANIFEST))
        facts = {"sha256": files.sha256_of(bad.file(name)), "bytes": 5}
        files.write_json(bad.file(package.MANIFEST), {**manifest, "files": {**manifest["files"], name: facts}})
    damaged = bytes(len(bad.file(name).read_bytes())) if content is None else content  # as long as it was
    bad.file(name).write_bytes(damaged)
    test = ask(app, bad.id)
    assert words_of_it in messages(test) and bad.id in messages(test)
    assert content or "The model answers" not in words(test), "where it is still listed it gives no answer"
    good = ask(app, other.id)
    assert "The model answers" in words(good) and not good.error


def test_a_package_of_a_newer_version_is_named_and_left_out(app, other):
    bad = made_models.write_small_model()
    manifest = files.read_json(bad.file(package.MANIFEST))
    files.write_json(bad.file(package.MANIFEST), {**manifest, "schema": 2, "new": {"section": 1}})
    test = ask(app, bad.id)
    said = messages(test)
    assert f"trained_models/{bad.id}" in said and "schema" in said
    assert "The address asks for the model" in said and "The model answers" in words(test), "by the other one"


def test_a_model_that_is_replaced_under_the_page_answers_as_one(app, tiny_dataset, monkeypatch):
    """While the page is drawn another model takes the place of its: it says so, and the next look is of the new one."""
    found = made_models.write_model(made_models.make_answers([0, 1] * 30), "same")
    monkeypatch.setattr(opening, "KINDS", (brightness.BrightnessRuntime,))
    require, replaced = cache._find_same, []

    def replace(model_id, *known):
        if not replaced:
            replaced.append(model_id)
            shutil.rmtree(found.folder)
            made_models.write_model(made_models.make_answers([1, 0] * 30), "same", created="2026-02-02T00:00:00+00:00")
        return require(model_id, *known)

    monkeypatch.setattr(cache, "_find_same", replace)
    test = ask(app, found.id)
    assert "ModelReplaced" in messages(test) and "The model answers" not in words(test)
    test.run()
    assert not test.error and "The model answers" in words(test)
