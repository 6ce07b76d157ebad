"""A network as it is drawn, without TensorFlow, against the network that is built."""

import subprocess
import sys

import pytest

from core.models import registry
from core.models.architectures import outline

KEYS = list(registry.ARCHITECTURES)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("classes", [2, 7])
def test_the_blocks_have_the_parameters_that_the_registry_states(key, classes):
    stated = registry.find_architecture(key)
    blocks = stated.draw_blocks(classes)
    assert sum(block.parameters for block in blocks) == stated.count_parameters(classes)[0]
    assert blocks[0].shape == (stated.input_px, stated.input_px, 3)
    assert (blocks[-1].title, blocks[-1].shape) == ("Classes", (classes,))
    assert any(block.frozen for block in blocks) == bool(stated.backbone)


@pytest.mark.ml
@pytest.mark.parametrize("key", [key for key in KEYS if not registry.ARCHITECTURES[key].backbone])
@pytest.mark.parametrize("smaller", [False, True])
def test_what_leaves_each_block_is_what_leaves_a_layer_of_the_network(key, smaller):
    """In the order of the layers, at the size of the study and at the smallest on offer."""
    stated = registry.find_architecture(key)
    input_px = stated.sizes[0] if smaller and stated.sizes else stated.input_px
    layers = iter(registry.build_model(key, 3, input_px).layers)
    for block in stated.draw_blocks(3, input_px):
        assert any(layer.output.shape[1:] == block.shape for layer in layers), (block, "comes in this order")


@pytest.mark.ml
@pytest.mark.parametrize("key", [key for key in KEYS if registry.ARCHITECTURES[key].backbone])
def test_a_backbone_gives_as_many_numbers_as_its_block_says(key):
    from core.models.architectures import pretrained

    stated = registry.find_architecture(key)
    whole = stated.draw_blocks(2)[1]
    features = registry.build_model(key, 2, 0).get_layer(pretrained.FEATURES)
    assert features.output.shape[1:] == whole.shape


def test_a_convolution_by_hand():
    assert outline.Convolve(8, same=False).follow((10, 9, 3), 2) == ((8, 7, 8), 3 * 3 * 3 * 8 + 8)
    assert outline.Convolve(8, bias=False, separable=True).follow((10, 9, 3), 2) == ((10, 9, 8), 3 * 3 * 3 + 3 * 8)


def test_drawing_loads_no_tensorflow():
    code = (
        "import sys; from core.models import registry\n"
        "for one in registry.ARCHITECTURES.values(): one.draw_blocks(2)\n"
        "print('keras' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
