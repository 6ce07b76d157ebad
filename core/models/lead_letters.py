"""Letters of lead on an X-ray ("R", "A-P"): found and painted over, so that a network cannot learn from them.

Which letters a picture bears tells the hospital and the machine, not the lungs, and networks learn it (Zech et al.
2018, PLoS Medicine 15:e1002683). A letter is small, much brighter than what is around it, and lies beside the lungs;
a tube or a wire is longer, a rib fainter. Pure numpy and OpenCV.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

STROKE = 0.05  # of the shorter side of the picture: the widest stroke of a letter
LARGEST, LEAST = 0.16, (0.013, 0.012)  # of that side: a letter's longer side at most, its height and width at least
FILLED = 0.2  # of the box around a letter that its strokes fill, at least
BESIDE, ABOVE = 0.3, 0.2  # of the width left and right, and of the height on top: where letters lie
STANDS_OUT, RING, BRIGHT = 0.38, 0.3, 0.68  # of the range from black to white: over its ground, its ring, and at all
JOIN_PX, MARGIN_PX, RING_PX = 5, 5, 7  # strokes so near are one letter; what is painted over, and compared, around it
DARKEST, BRIGHTEST = 1, 99  # percentiles

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def find(grey: Grey) -> Mask:
    """Where the letters of an X-ray, uint8 (H, W), lie, each with a margin: bool (H, W)."""
    height, width = grey.shape
    side = min(height, width)
    low, high = np.percentile(grey, (DARKEST, BRIGHTEST))
    span = max(float(high - low), 1.0)
    stroke = max(3, round(STROKE * side)) | 1  # odd, so that it has a middle
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (stroke, stroke))
    strokes = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel) > STANDS_OUT * span
    joined = cv2.morphologyEx(strokes.astype(np.uint8), cv2.MORPH_CLOSE, _square(JOIN_PX))
    count, labels, boxes, middles = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = np.zeros((height, width), bool)
    for number in range(1, count):
        middle_x, middle_y = middles[number] / (width, height)
        lies_beside = min(middle_x, 1 - middle_x) < BESIDE or middle_y < ABOVE
        if lies_beside and _has_the_size(boxes[number], side):
            place = _find_place(boxes[number], height, width)
            body = labels[place] == number
            found[place] |= _grow_if_bright(grey[place], body, strokes[place], low, span)
    return found


def remove(grey: Grey) -> Grey:
    """The X-ray, uint8 (H, W), with its letters painted over from around them (Telea 2004); the same where none is."""
    found = find(grey)
    if not found.any():
        return grey
    return np.asarray(cv2.inpaint(grey, found.astype(np.uint8), 3, cv2.INPAINT_TELEA), np.uint8)


def _find_place(box: NDArray[np.int32], height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns of a body with all that is looked at around it."""
    left, top = int(box[cv2.CC_STAT_LEFT]), int(box[cv2.CC_STAT_TOP])
    bottom, right = top + int(box[cv2.CC_STAT_HEIGHT]), left + int(box[cv2.CC_STAT_WIDTH])
    return (
        slice(max(0, top - RING_PX), min(height, bottom + RING_PX)),
        slice(max(0, left - RING_PX), min(width, right + RING_PX)),
    )


def _has_the_size(box: NDArray[np.int32], side: int) -> bool:
    width, height = int(box[cv2.CC_STAT_WIDTH]), int(box[cv2.CC_STAT_HEIGHT])
    fits = LEAST[0] * side <= height and LEAST[1] * side <= width and max(width, height) <= LARGEST * side
    return fits and bool(box[cv2.CC_STAT_AREA] >= FILLED * width * height)


def _grow_if_bright(grey: Grey, body: Mask, strokes: Mask, low: float, span: float) -> Mask:
    """The body with a margin where it is as bright as lead and its surroundings are not; nothing where not."""
    level = np.percentile(grey[body & strokes], 75)
    around = _grow(body, RING_PX) & ~_grow(body, 3)
    if level < low + BRIGHT * span or level - np.percentile(grey[around], 75) < RING * span:
        return np.zeros_like(body)
    return _grow(body, MARGIN_PX)


def _grow(body: Mask, size_px: int) -> Mask:
    return np.asarray(cv2.dilate(body.astype(np.uint8), _square(size_px)), bool)


def _square(size_px: int) -> NDArray[np.uint8]:
    return np.ones((size_px, size_px), np.uint8)
