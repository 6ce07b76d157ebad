"""Models with an ONNX file: the same answers without TensorFlow, and every fault of the file in words."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from core.base import errors, paths
from core.datasets.index import thumbnails
from core.models import package
from core.runtimes import base, onnx, opening
from tests.support import block_runtimes, made_models, onnx_files


def make_images(count):
    return np.random.default_rng(3).integers(0, 256, (count, *onnx_files.SIZE_PX, 3), dtype=np.uint8)


@pytest.fixture
def quick(home):
    """A model whose ONNX file answers as its manifest says, and whose network Keras cannot read."""
    return onnx_files.give(made_models.write_small_model())


def test_it_answers_as_published_and_knows_its_blocks(quick):
    asked, images = onnx.OnnxRuntime.open(quick), make_images(70)
    np.testing.assert_allclose(asked.predict(images), onnx_files.expect(images), atol=1e-5)
    expected = block_runtimes.BlockRuntime(onnx_files.SIZE_PX, where="a test").find_block_statistics().compute(images)
    np.testing.assert_allclose(asked.find_block_statistics().compute(images), expected, rtol=1e-4)
    both = asked.find_answers_with_statistics().compute(images)
    np.testing.assert_array_equal(both[:, :2], asked.predict(images))
    np.testing.assert_array_equal(both[:, 2:], asked.find_block_statistics().compute(images))
    assert asked.predict(images[:0]).shape == (0, 2)
    assert asked.find_features() == base.Lacking("The ONNX file of this model has no features.")
    assert isinstance(asked.find_features("a layer"), base.Lacking)
    assert isinstance(asked.find_gradients(lambda ops, features, gradients: features), base.Lacking)


def test_it_is_the_first_to_be_asked(quick):
    images = make_images(3)
    np.testing.assert_allclose(opening.open_runtime(quick).predict(images), onnx_files.expect(images), atol=1e-5)


def test_what_it_lacks_is_asked_of_keras_and_a_fault_there_costs_no_answer(quick):
    asked = opening.open_runtime(quick)
    with pytest.raises(errors.ModelBroken, match=r"model\.keras"):
        asked.find_gradients(lambda ops, features, gradients: features)
    assert asked.predict(make_images(1)).shape == (1, 2)


@pytest.mark.parametrize("name", ["half", "newer operators", "weights elsewhere", "loop"])
def test_a_spoiled_file_is_a_message_and_not_another_runtime(quick, name):
    found = onnx_files.give(quick, onnx_files.SPOILED[name]())
    with pytest.raises(errors.ModelBroken, match=r"tiny-base-cnn/model\.onnx"):
        opening.open_runtime(found)


def test_a_file_that_answers_otherwise_is_a_message(quick):
    found = onnx_files.give(quick, onnx_files.set_weights(0.001))
    with pytest.raises(errors.ModelBroken, match="other answers"):
        opening.open_runtime(found)


def test_answers_that_are_no_numbers_are_a_message(quick):
    found = onnx_files.give(quick, onnx_files.set_weights(np.nan))
    with pytest.raises(errors.AnswerNotFinite, match="trained_models/tiny-base-cnn"):
        opening.open_runtime(found)


def test_a_file_that_was_altered_since_it_was_published_is_a_message(quick):
    content = bytearray(quick.file(package.ONNX_FILE).read_bytes())
    content[-40] ^= 1
    quick.file(package.ONNX_FILE).write_bytes(content)
    with pytest.raises(errors.ModelBroken, match="as it was published"):
        opening.open_runtime(quick)


def test_a_file_that_is_gone_or_a_link_is_a_fault_of_that_model(quick, tmp_path):
    path = quick.file(package.ONNX_FILE)
    path.rename(tmp_path / "elsewhere")
    for make in (lambda: None, lambda: path.symlink_to(tmp_path / "elsewhere")):
        make()
        with pytest.raises(errors.ModelBroken, match=r"model\.onnx, a file of its own"):
            package.find_package(quick.id)


def test_one_that_is_open_goes_on_when_its_file_is_replaced(quick):
    asked, images = opening.open_runtime(quick), make_images(2)
    before = asked.predict(images)
    onnx_files.give(quick, onnx_files.set_weights(0.001))
    assert (asked.predict(images) == before).all()
    with pytest.raises(errors.ModelBroken, match="as it was published"):
        opening.open_runtime(quick)  # as the page had it before


def test_a_file_too_large_to_be_ours_is_not_read(quick, monkeypatch):
    monkeypatch.setitem(package.LARGEST_BYTES, package.ONNX_FILE, 100)
    with pytest.raises(errors.ModelBroken, match="of 100 bytes"):
        package.find_package(quick.id)


def test_several_threads_ask_one(quick):
    asked, images, found = opening.open_runtime(quick), make_images(40), []
    threads = [threading.Thread(target=lambda: found.append(asked.predict(images))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and all((one == found[0]).all() for one in found)


def test_an_answer_with_its_verdict_needs_no_tensorflow(home, tmp_path):
    """In a process of its own, of a model that ships: nothing of what takes seconds is loaded."""
    image = tmp_path / "cell.png"
    image.write_bytes(thumbnails.encode_picture(make_images(1)[0]))
    code = (
        "import sys; from core import __main__; status = __main__.main(sys.argv[1:])\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'scipy', 'sklearn', 'plotly', 'requests'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "sys.exit(status)"
    )
    command = [sys.executable, "-c", code, "predict", "malaria-smear-cnn-micro", str(image), "--json"]
    done = subprocess.run(command, cwd=paths.PROJECT_FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"refused": true' in done.stdout


SHIPPED = sorted(path.parent.name for path in (paths.PROJECT_FOLDER / "trained_models").glob(f"*/{package.ONNX_FILE}"))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_files_answer_as_published_and_ask_the_gate(home, name):
    asked = opening.open_runtime(package.find_package(name))  # which compares with what the manifest says
    assert isinstance(asked.find_block_statistics(), base.Features)
    assert isinstance(asked.find_features(), base.Features)


def test_some_models_ship_with_one():
    assert {"malaria-smear-cnn-micro", "malaria-smear-cnn", "chest-smear-cnn"} <= set(SHIPPED)
