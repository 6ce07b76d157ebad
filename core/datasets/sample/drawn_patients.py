"""Invented patients of the drawn sample data set: the stain, light, sharpness and noise of a smear."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PATIENTS = 40
HEALTHY_ONLY = 10

FloatArray = NDArray[np.float32]

# What a Giemsa stain makes of red cells: how often, mean RGB of a cell's body, RGB of the empty slide beside it.
STAINS = (
    (0.42, (205, 150, 148), (238, 212, 186)),  # salmon
    (0.13, (188, 152, 152), (226, 208, 196)),  # beige, aged
    (0.24, (168, 156, 182), (220, 216, 210)),  # lilac to blue-grey
    (0.11, (154, 146, 181), (222, 218, 208)),  # blue
    (0.10, (196, 128, 150), (238, 206, 196)),  # rose, overstained
)


@dataclass(frozen=True)
class Patient:
    """One smear. Densities are optical densities (natural logarithm) for red, green and blue light."""

    slide_rgb: FloatArray
    cell_density: FloatArray
    chromatin_density: FloatArray
    cytoplasm_density: FloatArray
    pallor_fraction: float
    blur_px: float
    noise_levels: float
    rim_px: float
    roughness_px: float
    light_tilt: FloatArray


def invent_patient(seed: int, number: int) -> Patient:
    """Patient `number` (from 0) of the data set drawn with `seed`; the same two always give the same patient."""
    rng = np.random.default_rng([seed, number, 1])
    cell_rgb, slide_rgb = _choose_stain(rng)
    violet = rng.uniform(0.0, 1.0)  # some batches of stain turn parasites magenta, others violet
    strength = rng.uniform(0.85, 1.15)
    return Patient(
        slide_rgb=slide_rgb,
        cell_density=np.log(slide_rgb / cell_rgb),
        chromatin_density=np.float32(strength) * _mix((0.20, 1.95, 0.30), (0.42, 1.65, 0.10), violet),
        cytoplasm_density=np.float32(strength) * _mix((0.16, 0.46, 0.12), (0.36, 0.40, 0.06), violet),
        pallor_fraction=float(rng.beta(1.2, 2.6)),
        blur_px=float(rng.uniform(0.5, 0.95)),
        noise_levels=float(rng.uniform(0.5, 1.4)),
        rim_px=float(rng.uniform(-0.8, 1.3)),
        roughness_px=float(rng.uniform(0.15, 0.7)),
        light_tilt=rng.normal(0.0, 0.02, 2).astype(np.float32),
    )


def name_patient(number: int) -> str:
    """The patient's part of a file name: 0 -> S01."""
    return f"S{number + 1:02d}"


def _choose_stain(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """RGB of a cell's body and of the empty slide, both varied around one of `STAINS`."""
    weights = np.array([weight for weight, _, _ in STAINS])
    _, cell, slide = STAINS[rng.choice(len(STAINS), p=weights / weights.sum())]
    light = rng.normal(0.0, 5.0)
    cell_rgb = np.asarray(cell) + light + rng.normal(0.0, 4.0, 3)
    slide_rgb = np.asarray(slide) + light + rng.normal(0.0, 4.0, 3)
    return cell_rgb.astype(np.float32), np.maximum(slide_rgb, cell_rgb + 12).astype(np.float32)


def _mix(first: tuple[float, ...], second: tuple[float, ...], share: float) -> FloatArray:
    return ((1 - share) * np.asarray(first) + share * np.asarray(second)).astype(np.float32)
