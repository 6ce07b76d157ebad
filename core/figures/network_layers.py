"""A network as blocks from the image to the classes: what leaves each of them, and how many numbers it learns.

A drawing in SVG: Plotly would need its library for a dozen boxes.
"""

import html
import math
from collections.abc import Sequence
from typing import Protocol

from core.figures import template

CAPTION = "Each block is as high as its maps and as wide as it has channels."
READING = (
    "Both grow with the logarithm: a block twice as wide has many times as many channels. Under its name: height x "
    "width x channels of what leaves it for one image, and how many numbers (parameters) it has. The drawing cannot "
    "tell how well the network does."
)
WIDTH_PX, ROW_PX, EDGE_PX = 380, 46, 2
MIDDLE_PX, TEXT_PX = 60, 132  # from the left: the middle of all blocks, the beginning of all words
LOWEST_PX, HIGHEST_PX, NARROWEST_PX, WIDEST_PX = 6, 38, 8, 116
LARGEST_MAP, MOST_CHANNELS = 299, 4096  # what is drawn highest and widest


class Block(Protocol):
    """What is drawn of a block: see `core.models.architectures.outline.Block`."""

    @property
    def title(self) -> str:
        """What it is."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width, channels) or (values,) of what leaves it."""

    @property
    def parameters(self) -> int:
        """How many numbers it has."""

    @property
    def frozen(self) -> bool:
        """Whether they stay as they are at first."""


def draw_network(blocks: Sequence[Block], theme: template.Theme) -> str:
    """The blocks from top to bottom as an SVG of WIDTH_PX, with words for those who do not see it.

    How to read it: see CAPTION; a frozen block is drawn with a dashed edge and says so.
    """
    palette = template.find_palette(theme)
    rows = [_draw_row(block, place, palette) for place, block in enumerate(blocks)]
    middles = [ROW_PX * place + ROW_PX / 2 for place in range(len(blocks))]
    spine = (
        f'<line x1="{MIDDLE_PX}" x2="{MIDDLE_PX}" y1="{middles[0]}" y2="{middles[-1]}" stroke="{palette.line}" '
        'stroke-width="2"/>'
    )
    height = ROW_PX * len(blocks) + EDGE_PX
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height}" width="{WIDTH_PX}" '
        f'height="{height}" font-family="{html.escape(template.FONT_FAMILY)}">{spine}{"".join(rows)}</svg>'
    )


def describe_network(blocks: Sequence[Block]) -> str:
    """The same in words, for those who do not see the drawing."""
    return "The network, from the image to the classes: " + "; ".join(
        f"{block.title}, {_describe(block)}" for block in blocks
    )


def _describe(block: Block) -> str:
    """`32 x 32 x 24 · 744 parameters`."""
    shape = " x ".join(f"{each:,}" for each in block.shape)
    frozen = ", frozen" if block.frozen else ""
    return f"{shape} · {block.parameters:,} parameters{frozen}" if block.parameters else shape


def _draw_row(block: Block, place: int, palette: template.Palette) -> str:
    high = _scale(block.shape[0] if len(block.shape) == 3 else 1, LARGEST_MAP, LOWEST_PX, HIGHEST_PX)
    wide = _scale(block.shape[-1], MOST_CHANNELS, NARROWEST_PX, WIDEST_PX)
    middle = ROW_PX * place + ROW_PX / 2
    dash = ' stroke-dasharray="4 3"' if block.frozen else ""
    fill = palette.raised if block.frozen or not place else f"rgb({palette.accent_rgb})"
    name, facts = html.escape(block.title), html.escape(_describe(block))
    left, top = MIDDLE_PX - wide / 2, middle - high / 2
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="3" '
        f'fill="{fill}" stroke="{palette.accent}"{dash}/>'
        f'<text x="{TEXT_PX}" y="{middle - 3:.1f}" font-size="{template.FONT_SIZE_PX}" fill="{palette.ink}">'
        f'{name}</text><text x="{TEXT_PX}" y="{middle + 13:.1f}" font-size="{template.SMALL_SIZE_PX}" '
        f'fill="{palette.muted}">{facts}</text>'
    )


def _scale(value: int, most: int, low: float, high: float) -> float:
    """From 1 to `most`, by the logarithm, to low .. high pixels."""
    return low + (high - low) * min(1.0, math.log2(max(1, value)) / math.log2(most))
