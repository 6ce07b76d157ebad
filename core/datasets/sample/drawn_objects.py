"""What lies in and on the drawn cells: parasites in the infected ones, and what fools a network in both classes.

Everything is an optical density (H, W, 3) that is added to the cell's own; a negative one lets more light through.
Lengths are in pixels of the finished picture, where a cell is 60 to 80 px across.
"""

import numpy as np
from numpy.typing import NDArray

from core.datasets.sample import drawn_patients, drawn_shapes

FloatArray = NDArray[np.float32]

PIGMENT = np.array([0.55, 0.85, 1.10], np.float32)
STAGES = ("ring", "trophozoite", "schizont")
STAGE_SHARES = (0.58, 0.32, 0.10)
FAINT_SHARE, TINY_SHARE = 0.045, 0.06  # of the parasites, and of the rings
DARK_SPECK_SHARE = 0.11  # of the specks: as dark and purple as chromatin
REACH_PX = 28.0  # nothing drawn here is farther than this from its place


def draw_parasites(
    grid: drawn_shapes.Grid, patient: drawn_patients.Patient, radius: float, rng: np.random.Generator
) -> FloatArray:
    """One parasite, sometimes two or three rings, from tiny and faint to clear; `radius` is the cell's."""
    stage = str(rng.choice(STAGES, p=STAGE_SHARES))
    count = int(rng.choice([1, 2, 3], p=[0.66, 0.26, 0.08])) if stage == "ring" else 1
    total = np.zeros((*grid.shape, 3), np.float32)
    for _ in range(count):
        at = choose_place(rng, radius, 0.0, 0.84 if stage == "ring" else 0.65)
        strength = rng.uniform(0.2, 0.45) if rng.random() < FAINT_SHARE else np.clip(rng.lognormal(0.0, 0.2), 0.5, 1.4)
        draw = {"ring": _draw_ring, "trophozoite": _draw_trophozoite, "schizont": _draw_schizont}[stage]
        part, box = drawn_shapes.cut_grid(grid, *at, REACH_PX)
        total[box] += draw(part, patient, at, rng) * np.float32(strength)
    return total


def choose_place(rng: np.random.Generator, radius: float, inner: float, outer: float) -> tuple[float, float]:
    """A place between `inner` and `outer` cell radii from the centre, spread evenly over that area."""
    distance, angle = radius * np.sqrt(rng.uniform(inner**2, outer**2)), rng.uniform(0, 2 * np.pi)
    return float(distance * np.sin(angle)), float(distance * np.cos(angle))


def _draw_ring(
    grid: drawn_shapes.Grid, patient: drawn_patients.Patient, at: tuple[float, float], rng: np.random.Generator
) -> FloatArray:
    """A thin ring of cytoplasm around a vacuole, with a chromatin dot on it, sometimes two."""
    radius = rng.uniform(2.6, 4.2) if rng.random() < TINY_SHARE else rng.uniform(5.5, 11.5)
    stretch, turn = 1 + rng.exponential(0.15), rng.uniform(0, 2 * np.pi)
    rho, theta = drawn_shapes.measure_polar(grid, *at, stretch=stretch, turn=turn)
    width = np.float32(rng.uniform(0.9, 1.6) + 0.06 * radius)
    thickness = 1 + np.float32(rng.uniform(0.1, 0.75)) * np.cos(theta - np.float32(rng.uniform(0, 2 * np.pi)))
    band = np.exp(-(((rho - np.float32(radius)) / width) ** 2)) * thickness
    total = drawn_shapes.tint(band, patient.cytoplasm_density, rng.uniform(0.6, 1.3))
    hole = np.clip(np.float32(radius - 0.8) - rho, 0, 1)
    total -= drawn_shapes.tint(hole, patient.cell_density, rng.uniform(0.0, 0.4))
    first = rng.uniform(0, 2 * np.pi)
    for angle in [first, first + rng.uniform(0.7, 3.6)][: 2 if rng.random() < 0.25 else 1]:
        total += _draw_dot_on_ring(grid, patient, at, (radius, stretch, turn, angle), rng)
    return total


def _draw_dot_on_ring(
    grid: drawn_shapes.Grid,
    patient: drawn_patients.Patient,
    at: tuple[float, float],
    ring: tuple[float, float, float, float],
    rng: np.random.Generator,
) -> FloatArray:
    """Chromatin at `ring` = (radius, stretch, turn, angle) around `at`."""
    radius, stretch, turn, angle = ring
    along, across = radius * np.sqrt(stretch) * np.cos(angle), radius / np.sqrt(stretch) * np.sin(angle)
    y = at[0] + np.sin(turn) * along + np.cos(turn) * across
    x = at[1] + np.cos(turn) * along - np.sin(turn) * across
    size = min(rng.uniform(1.6, 2.6) + 0.2 * radius, 0.62 * radius)
    dot = drawn_shapes.draw_blob(grid, y, x, size, rng, wobble=0.12, stretch=rng.uniform(1.0, 1.8))
    return drawn_shapes.tint(dot, patient.chromatin_density, rng.uniform(0.85, 1.2))


def _draw_trophozoite(
    grid: drawn_shapes.Grid, patient: drawn_patients.Patient, at: tuple[float, float], rng: np.random.Generator
) -> FloatArray:
    """A larger irregular body with a vacuole, compact chromatin and a few grains of brown pigment."""
    radius = rng.uniform(7.5, 13.0)
    body = drawn_shapes.draw_blob(grid, *at, radius, rng, wobble=0.16, stretch=rng.uniform(1.0, 1.7))
    total = drawn_shapes.tint(body, patient.cytoplasm_density, rng.uniform(0.6, 1.2))
    y, x = _near(at, rng, 0.35 * radius)
    hole = drawn_shapes.draw_blob(grid, y, x, radius * rng.uniform(0.25, 0.5), rng, wobble=0.15)
    total *= 1 - np.float32(0.85) * hole[..., None]
    y, x = _near(at, rng, 0.6 * radius)
    core = drawn_shapes.draw_blob(grid, y, x, rng.uniform(2.8, 5.0), rng, wobble=0.2, stretch=rng.uniform(1.0, 1.9))
    total += drawn_shapes.tint(core, patient.chromatin_density, rng.uniform(0.7, 1.1))
    for _ in range(int(rng.integers(1, 6))):
        y, x = _near(at, rng, 0.6 * radius)
        total += drawn_shapes.tint(drawn_shapes.draw_disc(grid, y, x, rng.uniform(0.5, 1.1)), PIGMENT, 0.55)
    return total


def _draw_schizont(
    grid: drawn_shapes.Grid, patient: drawn_patients.Patient, at: tuple[float, float], rng: np.random.Generator
) -> FloatArray:
    """Several merozoites around a clump of pigment in a pale body."""
    radius = rng.uniform(8.0, 13.0)
    body = drawn_shapes.draw_blob(grid, *at, radius + 1.5, rng, wobble=0.08)
    total = drawn_shapes.tint(body, patient.cytoplasm_density, rng.uniform(0.3, 0.7))
    count, first = int(rng.integers(8, 17)), rng.uniform(0, 2 * np.pi)
    for number in range(count):
        angle, distance = first + number * 2.39996, radius * np.sqrt((number + 0.9) / (count + 0.5))
        y, x = _near((at[0] + distance * np.sin(angle), at[1] + distance * np.cos(angle)), rng, 1.3)
        dot = drawn_shapes.draw_disc(grid, y, x, rng.uniform(1.4, 2.4))
        total += drawn_shapes.tint(dot, patient.chromatin_density, rng.uniform(0.6, 1.05))
    clump = drawn_shapes.draw_blob(grid, *_near(at, rng, 1.5), rng.uniform(1.2, 2.4), rng, wobble=0.2)
    return total + drawn_shapes.tint(clump, PIGMENT, rng.uniform(0.5, 0.9))


def draw_specks(
    grid: drawn_shapes.Grid, patient: drawn_patients.Patient, at: tuple[float, float], rng: np.random.Generator
) -> FloatArray:
    """Grains of precipitated stain: dark, small, brown to purple, without a ring."""
    dark = rng.random() < DARK_SPECK_SHARE
    brown_to_purple = np.float32(rng.uniform(0.75, 1.0) if dark else rng.beta(1.0, 1.5))
    colour = brown_to_purple * patient.chromatin_density + (1 - brown_to_purple) * PIGMENT
    total = np.zeros((*grid.shape, 3), np.float32)
    y, x = at
    for _ in range(1 + min(rng.poisson(0.6), 3)):
        size = rng.uniform(1.3, 2.7) if dark else rng.uniform(0.7, 1.9)
        dot = drawn_shapes.draw_blob(grid, y, x, size, rng, wobble=0.22, stretch=rng.uniform(1, 2.2))
        total += drawn_shapes.tint(dot, colour, rng.uniform(0.5, 1.0) if dark else rng.uniform(0.3, 0.8))
        y, x = _near((y, x), rng, 5.0)
    return total


def draw_platelet(
    grid: drawn_shapes.Grid, patient: drawn_patients.Patient, at: tuple[float, float], rng: np.random.Generator
) -> FloatArray:
    """A platelet on the cell or at its edge: a pale halo, a fuzzy lilac body and purple granules."""
    radius, stretch = rng.uniform(3.0, 6.5), rng.uniform(1.0, 1.6)
    body = drawn_shapes.draw_blob(grid, *at, radius, rng, wobble=0.14, stretch=stretch)
    halo = drawn_shapes.draw_disc(grid, *at, radius * 1.25 + 1.5, soft=3.0) - body
    total = drawn_shapes.tint(body, patient.cytoplasm_density, rng.uniform(0.35, 0.7))
    total -= drawn_shapes.tint(np.maximum(halo, 0), patient.cell_density, rng.uniform(0.0, 0.4))
    for _ in range(int(rng.integers(3, 9))):
        y, x = _near(at, rng, 0.55 * radius)
        grain = drawn_shapes.draw_disc(grid, y, x, rng.uniform(0.7, 1.3))
        total += drawn_shapes.tint(grain, patient.chromatin_density, rng.uniform(0.1, 0.35))
    return total


def draw_drying_mark(
    grid: drawn_shapes.Grid, patient: drawn_patients.Patient, at: tuple[float, float], rng: np.random.Generator
) -> FloatArray:
    """What drying leaves: a bright bubble, a faint dark-rimmed circle without chromatin, or a stippled patch."""
    kind = str(rng.choice(["bubble", "circle", "stipple"]))
    if kind == "bubble":
        bubble = drawn_shapes.draw_disc(grid, *at, rng.uniform(0.9, 2.6), soft=1.5)
        return -drawn_shapes.tint(bubble, patient.cell_density, rng.uniform(0.3, 0.8))
    if kind == "circle":
        size = np.float32(rng.uniform(3.0, 8.0))
        rho, _ = drawn_shapes.measure_polar(grid, *at, stretch=rng.uniform(1.0, 1.5), turn=rng.uniform(0, np.pi))
        rim = np.exp(-((rho - size) ** 2)) * np.float32(0.35) - np.clip(size - rho, 0, 1) * np.float32(0.3)
        return drawn_shapes.tint(rim, patient.cell_density, rng.uniform(0.5, 1.0))
    total = np.zeros(grid.shape, np.float32)
    for _ in range(int(rng.integers(4, 14))):
        total += drawn_shapes.draw_disc(grid, *_near(at, rng, 18.0), rng.uniform(0.7, 1.4))
    return drawn_shapes.tint(total, patient.chromatin_density, rng.uniform(0.06, 0.22))


def _near(at: tuple[float, float], rng: np.random.Generator, spread: float) -> tuple[float, float]:
    dy, dx = rng.uniform(-spread, spread, 2)
    return at[0] + float(dy), at[1] + float(dx)
