"""Cells as plain discs on any ground."""

import cv2
import numpy as np

PINK = (215, 150, 165)


PURPLE = (90, 40, 120)


def draw_cell(ground, *, size=(80, 72), at=(40, 36), radius=26, colour=PINK, parasite=True, noise=0):
    image = np.full((*size, 3), ground, np.uint8)
    cv2.circle(image, (at[1], at[0]), radius, colour, cv2.FILLED)
    if parasite:
        cv2.circle(image, (at[1] + 6, at[0] - 4), 5, PURPLE, cv2.FILLED)
    if noise:
        drawn = np.random.default_rng(0).integers(-noise, noise + 1, image.shape)
        image = (image.astype(int) + drawn).clip(0, 255).astype(np.uint8)
    return image
