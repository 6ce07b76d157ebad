"""What sessions share: ten at once do not get each other's answers, and a model that is replaced meanwhile is not mixed
with the one before. AppTest is not safe between threads, so what the pages keep is asked itself."""

import itertools
import shutil
import threading
from concurrent import futures

import numpy as np
import pytest
import streamlit as st
from onnx import numpy_helper

from core.base import errors, paths
from core.models import package
from core.prediction import examples, predictor
from pages.kit import answer_view, cache
from tests.support import brightness, made_models, onnx_files

SESSIONS, TURNS = 10, 6
TABLE = made_models.make_answers([0, 1] * 30)


@pytest.fixture(autouse=True)
def empty_caches(home, monkeypatch):
    monkeypatch.setattr(paths, "model_folders", lambda: [paths.user_models_folder()])
    monkeypatch.setattr(cache, "HEAD_START_SECONDS", 0)
    st.cache_data.clear()
    st.cache_resource.clear()


def write_model(name, *, share=1.0, **changes):
    """A model whose first class has `share` of the brightness as its probability."""
    network = onnx_files.make_model()
    weights = np.array([[share, -share]] * 3, np.float32) / 765
    place = next(number for number, one in enumerate(network.graph.initializer) if one.name == "weights")
    network.graph.initializer[place].CopyFrom(numpy_helper.from_array(weights, "weights"))
    first = np.array(brightness.compute_check((64, 64)))[:, :1] * share
    check = {"probabilities": np.hstack([first, 1 - first]).round(7).tolist()}
    found = made_models.write_model(TABLE, name, check=check, **changes)
    return onnx_files.give(found, network.SerializeToString())


def make_example(level):
    image = np.full((24, 24, 3), level, np.uint8)
    image[:6, :6] = 255 - level
    return examples.Example(f"{level}.png", image, f"{level:064x}", f"{level:016x}")


def expect(example, share=1.0):
    return share * float(example.image_rgb.mean()) / 255


def test_ten_sessions_get_their_own_answers(home):
    """Each has a model and an image of its own, more models than are kept loaded."""
    shares = [1 - number / 20 for number in range(SESSIONS)]
    models = [write_model(f"model-{number}", share=share) for number, share in enumerate(shares)]
    begin = threading.Barrier(SESSIONS)

    def work(number):
        found, said = models[number], []
        begin.wait(30)
        for turn in range(TURNS):
            example = make_example(20 * number + turn)
            answer = answer_view.predict(found, example)
            wanted = answer_view.Evidence("occlusion", found.class_names[turn % 2])
            heatmap = answer_view.load_heatmap(found, example, wanted)
            said.append((answer, example, heatmap))
        return said

    with futures.ThreadPoolExecutor(SESSIONS) as sessions:
        all_said = list(sessions.map(work, range(SESSIONS)))
    for number, said in enumerate(all_said):
        for turn, (answer, example, heatmap) in enumerate(said):
            assert answer.model_id == models[number].id
            assert answer.image_sha256 == predictor.hash_image(example.image_rgb)
            expected = expect(example, shares[number])
            assert answer.probabilities["Parasitized"] == pytest.approx(expected, abs=0.02)
            st.cache_data.clear()
            alone = answer_view.load_heatmap(
                models[number], example, answer_view.Evidence("occlusion", models[number].class_names[turn % 2])
            )
            np.testing.assert_array_equal(heatmap.values, alone.values)


def test_a_model_that_is_replaced_meanwhile_is_never_mixed(home, tmp_path):
    """Two states take each other's place again and again; whoever asks gets the answer of the state that they know, or
    is told that it has gone."""
    states = {}
    for share, created in ((1.0, "2026-01-01T00:00:00+00:00"), (0.5, "2026-02-02T00:00:00+00:00")):
        found = write_model("same", share=share, created=created)
        states[created] = (tmp_path / created[:10], share)
        shutil.move(found.folder, states[created][0])
    place, stop, example = paths.user_models_folder() / "same", threading.Event(), make_example(200)

    def replace():
        for folder, _ in itertools.cycle(states.values()):
            if stop.is_set():
                return
            shutil.copytree(folder, tmp_path / "next")
            if place.exists():
                place.rename(tmp_path / "before")
            (tmp_path / "next").rename(place)
            shutil.rmtree(tmp_path / "before", ignore_errors=True)

    def ask():
        told = {"answers": 0, "faults": 0}
        while not stop.is_set():
            try:
                found = package.find_package("same")
                answer = answer_view.predict(found, example)
                rates = cache.load_predictions(found)
            except (errors.ModelReplaced, errors.ModelBroken, errors.ModelNotFound):
                told["faults"] += 1
                continue
            share = states[found.manifest.created][1]
            assert answer.probabilities["Parasitized"] == pytest.approx(expect(example, share), abs=0.02)
            assert len(rates) == len(TABLE)
            told["answers"] += 1
            if told["answers"] % 5 == 0:
                st.cache_resource.clear()
        return told

    with futures.ThreadPoolExecutor(5) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        replacing = pool.submit(replace)
        stop.wait(3)
        stop.set()
        told = [one.result(60) for one in asking]
        replacing.result(60)
    assert sum(one["answers"] for one in told) > 10


def test_who_knows_the_one_before_is_told(home):
    found = write_model("same", created="2026-01-01T00:00:00+00:00")
    shutil.rmtree(found.folder)
    write_model("same", share=0.5, created="2026-02-02T00:00:00+00:00")
    with pytest.raises(errors.ModelReplaced, match=r"made 2026-01-01.* found one made 2026-02-02"):
        answer_view.predict(found, make_example(100))
    assert answer_view.predict(package.find_package("same"), make_example(100)).probabilities["Parasitized"] < 0.3
