"""A network as a person draws it: blocks from the image to the classes, what leaves each, and what it has to learn.

What stands beside each builder is enough to work that out, so a page draws a network without loading TensorFlow. Tests
hold it against the networks that are built.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Shape = tuple[int, ...]  # (height, width, channels), or (values,)
KERNEL_PX = 3


@dataclass(frozen=True)
class Block:
    """One block of the drawing.

    shape : of what leaves it for one image, (height, width, channels) or (values,). parameters : all of its numbers.
    frozen : whether they stay as they are when training starts.
    """

    title: str
    shape: Shape
    parameters: int = 0
    frozen: bool = False


@dataclass(frozen=True)
class Convolve:
    """A 3 x 3 convolution to `filters` channels. same : the size stays, else it loses 2. separable : one filter a
    channel, then a 1 x 1 convolution."""

    filters: int
    bias: bool = True
    same: bool = True
    separable: bool = False

    def follow(self, shape: Shape, class_count: int) -> tuple[Shape, int]:
        """What leaves it of what comes in, and its parameters."""
        height, width, channels = shape
        weights = KERNEL_PX**2 * channels * (1 if self.separable else self.filters)
        weights += channels * self.filters if self.separable else 0
        lost = 0 if self.same else KERNEL_PX - 1
        return (height - lost, width - lost, self.filters), weights + self.filters * self.bias


@dataclass(frozen=True)
class Pool:
    """The largest of each 2 x 2 cells."""

    def follow(self, shape: Shape, class_count: int) -> tuple[Shape, int]:
        """Half the height and width, rounded down."""
        return (shape[0] // 2, shape[1] // 2, shape[2]), 0


@dataclass(frozen=True)
class Normalise:
    """Batch normalisation: scale, offset, running mean and spread of each channel."""

    def follow(self, shape: Shape, class_count: int) -> tuple[Shape, int]:
        """The same shape; four numbers a channel."""
        return shape, 4 * shape[-1]


@dataclass(frozen=True)
class Gate:
    """Squeeze-and-excite: `blocks.squeeze_excite`."""

    ratio: int = 8

    def follow(self, shape: Shape, class_count: int) -> tuple[Shape, int]:
        """The same shape; two dense layers between channels and a share of them."""
        channels, few = shape[-1], shape[-1] // self.ratio
        return shape, channels * few + few + few * channels + channels


@dataclass(frozen=True)
class Flatten:
    """The maps as one vector. values : of each channel, 0 = all; 1 is its mean, 2 its mean and its largest value."""

    values: int = 0

    def follow(self, shape: Shape, class_count: int) -> tuple[Shape, int]:
        """One vector."""
        height, width, channels = shape
        return (channels * (self.values or height * width),), 0


@dataclass(frozen=True)
class Dense:
    """A dense layer; units : 0 = one a class."""

    units: int = 0

    def follow(self, shape: Shape, class_count: int) -> tuple[Shape, int]:
        """As many values as units; a weight for each pair, and a bias."""
        units = self.units or class_count
        return (units,), shape[0] * units + units


@dataclass(frozen=True)
class Backbone:
    """A network from ImageNet without its top, and how its last map becomes one vector: `features` numbers."""

    features: int
    parameters: int

    def follow(self, shape: Shape, class_count: int) -> tuple[Shape, int]:
        """One vector."""
        return (self.features,), self.parameters


Step = Convolve | Pool | Normalise | Gate | Flatten | Dense | Backbone
Part = tuple[str, tuple[Step, ...]]  # a block's title, and what happens in it
AVERAGE, AVERAGE_AND_LARGEST = Flatten(1), Flatten(2)
CLASSES: Part = ("Classes", (Dense(),))


def repeat(count: int, *steps: Step) -> tuple[Step, ...]:
    """The first step `count` times, then the others once."""
    return (*count * steps[:1], *steps[1:])


def draw_blocks(parts: Sequence[Part], *, input_px: int, class_count: int) -> list[Block]:
    """The blocks of a network for images of `input_px` x `input_px` pixels, the image itself first."""
    shape: Shape = (input_px, input_px, 3)
    blocks = [Block("Image", shape)]
    for title, steps in parts:
        parameters = 0
        for step in steps:
            shape, more = step.follow(shape, class_count)
            parameters += more
        blocks.append(Block(title, shape, parameters, any(isinstance(step, Backbone) for step in steps)))
    return blocks
