"""What is said of a heatmap: of a network that looks at one patch, the map of that patch is supported."""

import numpy as np
import pytest

from core.base import errors
from core.explanation import faithfulness, methods
from core.models import normalisation
from core.prediction import map_trust
from core.runtimes import base
from tests.support import made_models, patch_runtime


class Sloping(patch_runtime.PatchRuntime):
    """It knows its own slope: that of the patch, everywhere alike; a layer it has none."""

    def _make_input_gradients(self):
        def run(chunk, classes):
            gradients = np.zeros_like(chunk)
            gradients[:, *patch_runtime.PATCH] = 1 / patch_runtime.SCALE
            return gradients * np.where(classes == 0, 1, -1)[:, None, None, None], chunk.mean(axis=(1, 2, 3))

        return base.InputGradients(2, run)


@pytest.fixture
def found(home):
    size = {"height_px": patch_runtime.SIZE_PX, "width_px": patch_runtime.SIZE_PX}
    return made_models.alter(
        made_models.write_small_model(), input=size, heatmap={"peaks": {"integrated-gradients": 0.1}}
    )


def test_the_map_of_what_the_network_looks_at_is_supported(found):
    facts = map_trust.measure_map(found, Sloping(), methods.INTEGRATED, patch_runtime.draw_image(), 0)
    assert facts.verdict == map_trust.SUPPORTED
    assert facts.faithful.better_insertion == facts.faithful.of
    assert facts.alike == ()  # it has no layer to compare with
    assert (facts.inside, facts.body) == (None, None)
    assert "20 of 20 random maps of equal mass" in facts.say_support()
    assert facts.strength in ("usual", "strong", "faint")


def test_a_map_without_evidence_is_not_known(found):
    black = np.zeros((patch_runtime.SIZE_PX,) * 2 + (3,), np.uint8)
    facts = map_trust.measure_map(found, Sloping(), methods.INTEGRATED, black, 0)  # darker than the baselines: nothing
    assert facts.faithful is None
    assert (facts.verdict, facts.strength) == (map_trust.NOT_KNOWN, "none")
    assert facts.say_support() == faithfulness.EMPTY


def test_a_map_that_too_many_random_ones_beat_is_not_supported():
    curve = np.zeros(3)
    for count, verdict in ((17, map_trust.UNSUPPORTED), (18, map_trust.SUPPORTED)):
        tested = faithfulness.Faithfulness(curve, curve, curve, 20, count, 20, of=20)
        facts = map_trust.MapFacts(tested, "usual", (("LayerCAM", 0.25), ("Grad-CAM", None)), 0.9, 0.6)
        assert facts.verdict == verdict
        assert "Rank correlation with LayerCAM: 0.25." in facts.list_facts()
        assert not any("Grad-CAM" in said for said in facts.list_facts())
        assert facts.list_facts()[-1] == "Inside the cell: 90% of it. The cell is 60% of the image."


def test_where_a_cell_was_cut_out_the_share_inside_is_told(found, monkeypatch):
    formed = made_models.alter(found, input={"normalisation": {"kind": "cells"}})
    assert formed.form.kind == normalisation.CELLS
    image = np.full((64, 64, 3), 235, np.uint8)
    rows, columns = np.mgrid[:64, :64]
    image[(rows - 32) ** 2 + (columns - 32) ** 2 < 20**2] = (190, 120, 130)
    image[24:32, 36:44] = (90, 40, 130)
    facts = map_trust.measure_map(formed, Sloping(), methods.INTEGRATED, image, 1)
    assert facts.body == pytest.approx(np.pi / 4, abs=0.05)  # a disc in its box
    assert 0 <= facts.inside <= 1


def test_a_model_without_the_method_says_why(found):
    facts = map_trust.measure_map(found, Sloping(), methods.GRAD_CAM, patch_runtime.draw_image(), 0)
    assert isinstance(facts, base.Lacking)
    with pytest.raises(errors.UnknownMethod):
        map_trust.measure_map(found, Sloping(), "tea leaves", patch_runtime.draw_image(), 0)


def test_a_method_is_compared_with_the_quick_ones_and_the_default(found):
    assert map_trust.list_compared(found, methods.INTEGRATED) == [methods.LAYER_CAM, methods.GRAD_CAM]
    assert map_trust.list_compared(found, methods.GRAD_CAM) == [methods.INTEGRATED, methods.LAYER_CAM]
    assert map_trust.list_compared(found, methods.OCCLUSION) == [], "it needs no gradients, and loads none"
