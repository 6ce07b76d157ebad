"""ONNX files that somebody could send: refused in words, at once, in little memory, before anything runs them."""

import resource
import time

import numpy as np
import pytest

from core.base import errors
from core.models import onnx_vetting
from tests.support import onnx_files

GROWTH_BYTES, SECONDS = 200_000_000, 5


def test_a_whole_one_passes():
    found = onnx_vetting.vet(onnx_files.make_content(), onnx_files.WANTED, "m/model.onnx")
    assert found == ("probabilities", "block_statistics")


@pytest.mark.parametrize("name", onnx_files.SPOILED)
def test_a_spoiled_one_is_a_message(name):
    content = onnx_files.SPOILED[name]()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(errors.ModelBroken) as caught:
        onnx_vetting.vet(content, onnx_files.WANTED, "m/model.onnx")
    assert time.process_time() - began < SECONDS
    assert 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < GROWTH_BYTES
    said = str(caught.value)
    assert said.isprintable() and len(said) < 700
    assert "m/model.onnx" in said


def test_any_torn_one_is_a_message():
    whole = onnx_files.make_content()
    for length in np.linspace(0, len(whole) - 1, 40).astype(int):
        with pytest.raises(errors.ModelBroken):
            onnx_vetting.vet(whole[:length], onnx_files.WANTED, "m/model.onnx")


def test_another_number_of_classes_is_a_message():
    with pytest.raises(errors.ModelBroken, match="probabilities of 3 classes"):
        onnx_vetting.vet(onnx_files.make_content(), onnx_vetting.Wanted(onnx_files.SIZE_PX, 3), "m/model.onnx")


def test_sizes_follow_the_number_of_images():
    for images in (1, 7):
        sizes = onnx_vetting.infer_sizes(onnx_files.make_model(), images)
        assert (sizes["apart"], sizes["mean"]) == ((images, 64, 64, 3), (images, 3))
        assert (sizes["probabilities"], sizes["block_statistics"]) == ((images, 2), (images, 6))
