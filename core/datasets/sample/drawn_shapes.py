"""Outlines and blobs of the drawn sample data set, as smooth fields on a grid of pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

ANGLES = np.linspace(0.0, 2 * np.pi, 256, endpoint=False, dtype=np.float32)


@dataclass(frozen=True)
class Grid:
    """Coordinates of pixel centres: `y` (H, 1) and `x` (1, W), measured from the centre of the cell."""

    y: FloatArray
    x: FloatArray

    @property
    def shape(self) -> tuple[int, int]:
        return self.y.shape[0], self.x.shape[1]


def make_grid(height: int, width: int, *, step: float = 1.0, y: float = 0.0, x: float = 0.0) -> Grid:
    """A grid of `height` x `width` points `step` apart whose middle is at (`y`, `x`)."""
    rows = (np.arange(height, dtype=np.float32) - (height - 1) / 2) * np.float32(step) + np.float32(y)
    columns = (np.arange(width, dtype=np.float32) - (width - 1) / 2) * np.float32(step) + np.float32(x)
    return Grid(rows[:, None], columns[None, :])


def cut_grid(grid: Grid, y: float, x: float, reach: float) -> tuple[Grid, tuple[slice, slice]]:
    """The part of a grid of pixels (step 1) within `reach` of (`y`, `x`), and where it lies in the whole."""
    rows, columns = (
        slice(max(int(at - reach - along[0]), 0), max(int(np.ceil(at + reach - along[0])) + 1, 0))
        for at, along in ((y, grid.y[:, 0]), (x, grid.x[0]))
    )
    return Grid(grid.y[rows], grid.x[:, columns]), (rows, columns)


@dataclass(frozen=True)
class Outline:
    """A cell's outline in units of its radius: the radius in each direction of `ANGLES`, and a neighbour's."""

    radii: FloatArray
    neighbour: str  # "none", "cut" (segmented away: a notch) or "joined" (a part of it stays in the picture)
    neighbour_angle: float
    neighbour_radius: float
    overlap: float  # how deep the neighbour reaches into the cell; negative = a gap
    lobe: float  # radius of the part that stays


def invent_outline(rng: np.random.Generator) -> Outline:
    """A cell between a disc and a teardrop, sometimes with a neighbour."""
    return Outline(
        radii=_invent_radii(rng),
        neighbour=str(rng.choice(["none", "cut", "joined"], p=[0.70, 0.17, 0.13])),
        neighbour_angle=float(rng.uniform(0, 2 * np.pi)),
        neighbour_radius=float(rng.uniform(0.75, 1.15)),
        overlap=float(rng.uniform(-0.02, 0.32)),
        lobe=float(rng.uniform(0.25, 0.55)),
    )


def _invent_radii(rng: np.random.Generator) -> FloatArray:
    long_axis, turn = 1 + abs(rng.normal(0, 0.10)), rng.uniform(0, np.pi)
    radii = 1 / np.hypot(np.cos(ANGLES - turn) / long_axis, np.sin(ANGLES - turn) * long_axis)
    bend = rng.gamma(2.0, 0.021)
    for waves in range(2, 8):
        radii = radii * (1 + rng.normal(0, bend / waves) * np.cos(waves * ANGLES + rng.uniform(0, 2 * np.pi)))
    for _ in range(rng.poisson(1.0)):  # a tip, where a cell dried while it stuck to another
        height, narrow = rng.uniform(0.03, 0.17), rng.uniform(6, 30)
        radii = radii + height * np.exp(narrow * (np.cos(ANGLES - rng.uniform(0, 2 * np.pi)) - 1))
    return np.asarray(radii, np.float32)


def measure_inside(grid: Grid, outline: Outline, radius: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """How far inside the cell, its neighbour and the segmented region each point is; negative = outside."""
    turn = len(ANGLES) / np.float32(2 * np.pi)
    direction = (np.arctan2(grid.y, grid.x) * turn).astype(np.int32) % len(ANGLES)
    cell: FloatArray = np.float32(radius) * outline.radii[direction] - np.sqrt(grid.y**2 + grid.x**2)
    if outline.neighbour == "none":
        return cell, np.full_like(cell, -radius), cell
    toward = float(outline.radii[int(outline.neighbour_angle * turn) % len(ANGLES)]) - outline.overlap
    unit_y, unit_x = np.sin(outline.neighbour_angle), np.cos(outline.neighbour_angle)
    reach = radius * (toward + outline.neighbour_radius)
    neighbour = measure_disc(grid, unit_y * reach, unit_x * reach, radius * outline.neighbour_radius)
    if outline.neighbour == "cut":
        return cell, neighbour, np.minimum(cell, -neighbour)
    contact = radius * (toward + outline.overlap / 2)
    lobe = measure_disc(grid, unit_y * contact, unit_x * contact, radius * outline.lobe)
    return cell, neighbour, np.maximum(cell, np.minimum(neighbour, lobe))


def measure_disc(grid: Grid, y: float, x: float, radius: float) -> FloatArray:
    """How far inside a disc each point is; negative = outside."""
    return np.float32(radius) - np.sqrt((grid.y - np.float32(y)) ** 2 + (grid.x - np.float32(x)) ** 2)


def draw_disc(grid: Grid, y: float, x: float, radius: float, *, soft: float = 1.0) -> FloatArray:
    """1 inside a disc, 0 outside, with a ramp `soft` wide in between; float32 of the grid's shape."""
    disc: FloatArray = np.clip(measure_disc(grid, y, x, radius) / np.float32(soft) + np.float32(0.5), 0, 1)
    return disc


def draw_blob(
    grid: Grid,
    y: float,
    x: float,
    radius: float,
    rng: np.random.Generator,
    *,
    wobble: float,
    stretch: float = 1.0,
) -> FloatArray:
    """Like `draw_disc`, but irregular (`wobble`, a fraction of the radius) and `stretch` times as long as wide."""
    rho, theta = measure_polar(grid, y, x, stretch=stretch, turn=rng.uniform(0, np.pi))
    edge = np.ones_like(theta)
    for waves in (2, 3, 5):
        edge += np.float32(rng.normal(0, wobble * np.sqrt(2 / waves))) * np.cos(
            waves * theta + np.float32(rng.uniform(0, 2 * np.pi))
        )
    inside = np.float32(radius) * np.maximum(edge, np.float32(0.3)) - rho
    blob: FloatArray = np.clip(inside + np.float32(0.5), 0, 1)
    return blob


def measure_polar(grid: Grid, y: float, x: float, *, stretch: float, turn: float) -> tuple[FloatArray, FloatArray]:
    """Distance and angle of each point around (`y`, `x`) in coordinates that turn an ellipse into a disc."""
    dy, dx = grid.y - np.float32(y), grid.x - np.float32(x)
    cos, sin, root = np.float32(np.cos(turn)), np.float32(np.sin(turn)), np.float32(np.sqrt(stretch))
    along, across = (cos * dx + sin * dy) / root, (cos * dy - sin * dx) * root
    return np.sqrt(along**2 + across**2), np.arctan2(across, along)


def tint(amount: FloatArray, colour: FloatArray, strength: float = 1.0) -> FloatArray:
    """`amount` (H, W) of a thing of this colour (3,): float32 (H, W, 3). Ten times as fast as numpy's broadcasting."""
    return np.asarray(cv2.merge([amount * np.float32(strength * float(channel)) for channel in colour]), np.float32)
