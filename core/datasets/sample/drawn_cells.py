"""One drawn red blood cell: light through a stained cell on a slide, cut out on black as the public malaria crops are.

The parasite is drawn with random numbers of its own and fades to exactly nothing at the border of its mask, so that
outside the mask an infected cell has the very pixels that it would have without the parasite.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets.sample import drawn_objects, drawn_patients, drawn_shapes

FloatArray = NDArray[np.float32]

MARGIN_PX = 6
LONGEST_SIDE_PX = 80
WHITE = np.ones(3, np.float32)
VISIBLE_DENSITY = np.float32(0.02)

# How often each of the things that fool a network is there, and how far from the centre, in cell radii.
ARTEFACTS = (
    (0.28, drawn_objects.draw_specks, 0.95),
    (0.14, drawn_objects.draw_platelet, 1.0),
    (0.30, drawn_objects.draw_drying_mark, 0.8),
)


@dataclass(frozen=True)
class DrawnCell:
    """`image_rgb` uint8 (H, W, 3), longer side 60 to 80 px; `mask` uint8 (H, W), 255 on the parasite, else 0."""

    image_rgb: NDArray[np.uint8]
    mask: NDArray[np.uint8]


def draw_cell(patient: drawn_patients.Patient, *, seed: int, number: int, infected: bool) -> DrawnCell:
    """Image `number` (from 0) of the data set drawn with `seed`; the same arguments always give the same pixels."""
    cell_rng, parasite_rng = np.random.default_rng([seed, number, 2]).spawn(2)
    outline = drawn_shapes.invent_outline(cell_rng)
    grid, radius = _fit_grid(outline, longer_side_px=float(cell_rng.uniform(63, 77)) - 2 * patient.rim_px)
    inside, neighbour, segmented = drawn_shapes.measure_inside(grid, outline, radius)
    thickness = _draw_body(grid, patient, inside, cell_rng) + _draw_neighbour(neighbour, cell_rng)
    density = drawn_shapes.tint(thickness, patient.cell_density)
    artefacts, segmented = _draw_artefacts(grid, patient, radius, segmented, cell_rng)
    blur_px = _choose_blur(patient, cell_rng)
    density = _blur(density + artefacts, blur_px)
    alpha = _cut_out(segmented, patient, cell_rng)
    light, noise = _draw_light(grid, patient, radius, cell_rng), _draw_noise(grid, patient, cell_rng)
    parasite = np.zeros_like(density)
    if infected:
        parasite = _fade(_blur(drawn_objects.draw_parasites(grid, patient, radius, parasite_rng), blur_px))
    colour = drawn_shapes.tint(light, patient.slide_rgb) * np.exp(-density - parasite) + noise
    image_rgb = np.clip(colour * drawn_shapes.tint(alpha, WHITE) + np.float32(0.5), 0, 255).astype(np.uint8)
    return _crop(image_rgb, _outline_mask(parasite, alpha), alpha)


def _fit_grid(outline: drawn_shapes.Outline, *, longer_side_px: float) -> tuple[drawn_shapes.Grid, float]:
    """A grid of pixels around the segmented region, and the cell's radius that makes its longer side as asked."""
    coarse = drawn_shapes.make_grid(64, 64, step=0.06)
    _, _, segmented = drawn_shapes.measure_inside(coarse, outline, 1.0)
    y = coarse.y[(segmented > 0).any(axis=1), 0]
    x = coarse.x[0, (segmented > 0).any(axis=0)]
    height, width = float(np.ptp(y)), float(np.ptp(x))
    radius = longer_side_px / max(height, width)
    rows, columns = (int(np.ceil(size * radius)) + 2 * MARGIN_PX for size in (height, width))
    middle_y, middle_x = (y[0] + y[-1]) / 2 * radius, (x[0] + x[-1]) / 2 * radius
    return drawn_shapes.make_grid(rows, columns, y=middle_y, x=middle_x), radius


def _draw_body(
    grid: drawn_shapes.Grid, patient: drawn_patients.Patient, inside: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """How thick the cell is, about 1 in its body and 0 outside: membrane edge, central pallor, tilt, mottling."""
    reach = float(inside.max())
    edge = np.clip(inside / np.float32(rng.uniform(2.0, 5.0)) + np.float32(0.4), 0, 1)
    membrane = np.float32(rng.uniform(-0.05, 0.2)) * np.exp(-(((inside - np.float32(3.0)) / np.float32(2.5)) ** 2))
    y, x = rng.normal(0, 0.09 * reach, 2)
    rho, _ = drawn_shapes.measure_polar(grid, y, x, stretch=1 + rng.exponential(0.15), turn=rng.uniform(0, np.pi))
    size, soft = rng.uniform(0.12, 0.55) * reach, rng.uniform(0.05, 0.3) * reach
    depth = min(patient.pallor_fraction * rng.lognormal(-0.2, 0.5), 0.9)
    pale = np.float32(depth / 2) * (1 - np.tanh((rho - np.float32(size)) / np.float32(soft)))
    tilt = np.float32(rng.normal(0, 0.06)) * grid.y + np.float32(rng.normal(0, 0.06)) * grid.x
    mottling = np.float32(rng.uniform(0.008, 0.035)) * _draw_clouds(grid.shape, 7, rng)
    body: FloatArray = np.maximum(1 + membrane - pale + tilt / np.float32(reach) + mottling, np.float32(0.08))
    thickness: FloatArray = np.float32(rng.normal(1.0, 0.06)) * edge * body
    return thickness


def _draw_neighbour(inside: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The thickness of what shows of a neighbouring cell: a plain body with a soft edge."""
    thickness = np.float32(rng.normal(0.95, 0.1))
    edge: FloatArray = np.clip(inside / np.float32(rng.uniform(2.0, 5.0)) + np.float32(0.4), 0, 1)
    return thickness * edge


def _draw_clouds(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> FloatArray:
    """Smooth random hills of about unit height, `cells` of them along each side."""
    coarse = rng.standard_normal((cells, cells), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _draw_artefacts(
    grid: drawn_shapes.Grid,
    patient: drawn_patients.Patient,
    radius: float,
    segmented: FloatArray,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """What fools a network, as often in one class as in the other; a platelet at the edge is cut out with the cell."""
    total = np.zeros((*grid.shape, 3), np.float32)
    for share, draw, outer in ARTEFACTS:
        if rng.random() > share:
            continue
        at = drawn_objects.choose_place(rng, radius, 0.0, outer)
        part, box = drawn_shapes.cut_grid(grid, *at, drawn_objects.REACH_PX)
        total[box] += draw(part, patient, at, rng)
        if draw is drawn_objects.draw_platelet:
            around = drawn_shapes.measure_disc(grid, *at, 5.5)
            segmented = np.maximum(segmented, np.minimum(around, segmented + 4))
    return total, segmented


def _choose_blur(patient: drawn_patients.Patient, rng: np.random.Generator) -> float:
    """Sigma of this picture's blur; one in eight is out of focus."""
    out_of_focus, extra = rng.random() < 0.125, rng.uniform(0.5, 1.3)
    return patient.blur_px * float(rng.uniform(0.9, 1.2)) + float(out_of_focus * extra)


def _blur(density: FloatArray, blur_px: float) -> FloatArray:
    return np.asarray(cv2.GaussianBlur(density, (0, 0), blur_px), np.float32)


def _cut_out(segmented: FloatArray, patient: drawn_patients.Patient, rng: np.random.Generator) -> FloatArray:
    """1 where the segmentation kept the picture, 0 where it is black; a ragged edge, a little outside the cell."""
    rough = _draw_clouds(segmented.shape, 36, rng) * np.float32(patient.roughness_px)
    rim = np.float32(patient.rim_px + rng.uniform(-0.3, 0.3))
    alpha: FloatArray = np.clip((segmented + rim + rough) * np.float32(1.2) + np.float32(0.5), 0, 1)
    alpha[alpha < 0.05] = 0
    alpha[:2], alpha[-2:], alpha[:, :2], alpha[:, -2:] = 0, 0, 0, 0
    return alpha


def _draw_light(
    grid: drawn_shapes.Grid, patient: drawn_patients.Patient, radius: float, rng: np.random.Generator
) -> FloatArray:
    """Light that falls off to one side, as the patient's slide has it and a little more or less."""
    tilt = patient.light_tilt + rng.normal(0, 0.01, 2).astype(np.float32)
    slope: FloatArray = (tilt[0] * grid.y + tilt[1] * grid.x) / np.float32(radius)
    return np.float32(rng.normal(1.0, 0.012)) + slope


def _draw_noise(grid: drawn_shapes.Grid, patient: drawn_patients.Patient, rng: np.random.Generator) -> FloatArray:
    """Sensor noise (H, W, 3) in grey levels: fine in brightness, coarser in colour."""
    fine = drawn_shapes.tint(rng.standard_normal(grid.shape, dtype=np.float32), WHITE, patient.noise_levels)
    coarse = rng.standard_normal((40, 40, 3), dtype=np.float32) * np.float32(patient.noise_levels)
    return fine + np.asarray(cv2.resize(coarse, grid.shape[::-1]), np.float32)


def _fade(density: FloatArray) -> FloatArray:
    """Take a just visible amount from the density, so that it is exactly 0 where it could not be seen."""
    kept = np.asarray(1 - VISIBLE_DENSITY / np.maximum(_strongest(density), VISIBLE_DENSITY), np.float32)
    faded: FloatArray = density * drawn_shapes.tint(kept, WHITE)
    return faded


def _strongest(density: FloatArray) -> FloatArray:
    """The largest of the three densities of each point, whatever its sign; (H, W)."""
    red, green, blue = cv2.split(np.abs(density))
    return np.asarray(np.maximum(np.maximum(red, green), blue), np.float32)


def _outline_mask(parasite: FloatArray, alpha: FloatArray) -> NDArray[np.uint8]:
    """255 on the parasite, the hole of a ring included, where the picture shows it."""
    touched = (_strongest(parasite) > 0).astype(np.uint8)
    contours, _ = cv2.findContours(touched, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(touched), contours, -1, 255, cv2.FILLED)
    return np.where(alpha > 0, filled, 0).astype(np.uint8)


def _crop(image_rgb: NDArray[np.uint8], mask: NDArray[np.uint8], alpha: FloatArray) -> DrawnCell:
    """The picture cut to the bounding box of what is not black."""
    rows, columns = np.flatnonzero((alpha > 0).any(axis=1)), np.flatnonzero((alpha > 0).any(axis=0))
    box = tuple(slice(kept[0], min(kept[-1] + 1, kept[0] + LONGEST_SIDE_PX)) for kept in (rows, columns))
    return DrawnCell(np.ascontiguousarray(image_rgb[box]), np.ascontiguousarray(mask[box]))
