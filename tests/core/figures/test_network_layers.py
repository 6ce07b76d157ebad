"""A network as blocks: each with its words, of sizes that follow what leaves it, and nothing that is markup."""

from dataclasses import dataclass
from xml.etree import ElementTree

import pytest

from core.figures import network_layers, template

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Block:
    title: str
    shape: tuple[int, ...]
    parameters: int = 0
    frozen: bool = False


BLOCKS = (
    Block("Image", (64, 64, 3)),
    Block("Convolution <b>", (32, 32, 24), 744),
    Block("Backbone", (512,), 14_714_688, frozen=True),
    Block("Classes", (2,), 1026),
)


def draw(theme):
    return ElementTree.fromstring(network_layers.draw_network(BLOCKS, theme))  # noqa: S314  (our own)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_block_is_drawn_as_large_as_what_leaves_it(theme):
    drawn = draw(theme)
    boxes = drawn.findall(f"{SVG}rect")
    heights, widths = ([float(box.get(side)) for box in boxes] for side in ("height", "width"))
    assert heights[0] > heights[1] > heights[2] == heights[3]
    assert widths[2] > widths[1] > widths[0] > widths[3]
    assert [bool(box.get("stroke-dasharray")) for box in boxes] == [False, False, True, False]
    for box in boxes:
        right, bottom = (float(box.get(at)) + float(box.get(size)) for at, size in (("x", "width"), ("y", "height")))
        assert float(box.get("x")) >= 0 and right <= network_layers.TEXT_PX and bottom <= float(drawn.get("height"))
    words = [text.text for text in drawn.findall(f"{SVG}text")]
    assert words[2:4] == ["Convolution <b>", "32 x 32 x 24 · 744 parameters"]
    assert words[5] == "512 · 14,714,688 parameters, frozen"


def test_the_themes_differ_in_colours_alone():
    light, dark = (network_layers.draw_network(BLOCKS, theme) for theme in ("light", "dark"))
    assert template.LIGHT.ink in light and template.DARK.ink in dark
    assert [len(draw(theme)) for theme in ("light", "dark")] == [13, 13]


def test_the_words_for_those_who_do_not_see_it_name_every_block():
    said = network_layers.describe_network(BLOCKS)
    assert all(block.title in said for block in BLOCKS)
    assert network_layers.CAPTION and "cannot tell" in network_layers.READING
