"""Images that look unlike the rest of their data set: in light, contrast, sharpness, colours, size.

"Unlike" is measured within the data set, by median and median absolute deviation (Leys et al. 2013), since what is dark
for a photograph is usual for an X-ray; limits on top keep a homogeneous data set from having outliers at all.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.index import index
from core.datasets.quality import findings

FEWEST_IMAGES = 8  # of which a median says what is usual
OUTLYING = 4.0  # robust standard deviations from the median
LEVELS_APART = 40.0  # of 255, at least, for light
NEARLY_BLACK, NEARLY_WHITE = 20.0, 240.0  # at least so dark or light is reported whatever the rest is
CONTRAST_SHARE, SHARPNESS_SHARE = 0.5, 0.25  # of what is usual, at most
PLAIN_CONTRAST = 3.0  # below it nobody sees anything, whatever the rest is
SIZE_TIMES, SHAPE_TIMES, FEWEST_PX = 3.0, 1.8, 8
CARD_COMMONEST, CARD_COLOURS, CARD_CONTRAST, CARD_EDGES = 0.45, 40, 15.0, 0.8

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def find_unlike(data: index.Index, facts: pd.DataFrame) -> list[findings.Finding]:
    """Text cards, images of a single colour, dark, bright, pale, blurred ones, and odd sizes.

    facts : of all rows, see facts.build_facts. A single-coloured image or a card is reported as that, not once more as
    pale or blurred; for the rest, an image may be under several kinds.
    """
    usable = data.usable
    known = facts.loc[usable.index]
    single = known["single_colour"].to_numpy()
    card = _find_cards(known) & ~single
    plain = single | card
    found = [
        _say(data, "text_card", card, known["commonest_fraction"], "{:.0%} of it is one colour"),
        _say(data, "single_colour", single, -known["contrast"], "spread of light {:.1f} of 255", flip=True),
        *_find_light(data, known, plain),
        *_find_faint(data, known, plain),
        _find_odd_sizes(data),
    ]
    return [finding for finding in found if len(finding.rows)]


def measure_distance(values: Floats) -> Floats:
    """Robust standard deviations of each value from the median: 0 = the median itself, inf where nearly all are equal.

    values : (N,), without NaN. With fewer than 8 values all distances are 0: nothing is known of what is usual.
    """
    if len(values) < FEWEST_IMAGES:
        return np.zeros(len(values))
    apart = values - np.median(values)
    spread = 1.4826 * np.median(np.abs(apart))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(apart == 0, 0.0, apart / spread)


def _find_cards(known: pd.DataFrame) -> Mask:
    """Writing on a plain ground: most of it one colour, few colours, and yet full of edges for its contrast (in a
    photograph of something on a white ground, light changes slowly; of writing nearly every pixel is an edge).
    Light writing on black is not found: black is taken for a mask."""
    edges = known["sharpness"] / np.maximum(known["contrast"], 1) ** 2
    plain = (known["commonest_fraction"] >= CARD_COMMONEST) & (known["colours"] <= CARD_COLOURS)
    return np.asarray(plain & (known["contrast"] >= CARD_CONTRAST) & (edges >= CARD_EDGES))


def _find_light(data: index.Index, known: pd.DataFrame, plain: Mask) -> list[findings.Finding]:
    brightness = known["brightness"].to_numpy(np.float64)
    distance = measure_distance(brightness)
    apart = brightness - (np.median(brightness) if len(brightness) else 0)
    dark = ((distance < -OUTLYING) & (apart < -LEVELS_APART)) | (brightness < NEARLY_BLACK)
    bright = ((distance > OUTLYING) & (apart > LEVELS_APART)) | (brightness > NEARLY_WHITE)
    said = f"mean light {{:.0f}} of 255 (usual {np.median(brightness) if len(brightness) else 0:.0f})"
    return [
        _say(data, "dark", dark & ~plain, -known["brightness"], said, flip=True),
        _say(data, "bright", bright & ~plain, known["brightness"], said),
    ]


def _find_faint(data: index.Index, known: pd.DataFrame, plain: Mask) -> list[findings.Finding]:
    """Low contrast and blur, on a logarithmic scale: both are ratios."""
    found = []
    for kind, column, share, least in (
        ("low_contrast", "contrast", CONTRAST_SHARE, PLAIN_CONTRAST),
        ("blurred", "sharpness", SHARPNESS_SHARE, 0.0),
    ):
        values = known[column].to_numpy(np.float64)
        usual = float(np.median(values)) if len(values) else 0.0
        faint = (measure_distance(np.log(values + 1)) < -OUTLYING) & (values < share * usual) | (values < least)
        name = {"contrast": "spread of light", "sharpness": "sharpness"}[column]
        said = f"{name} {{:.1f}} (usual {usual:.0f})"
        found.append(_say(data, kind, faint & ~plain, -known[column], said, flip=True))
    return found


def _find_odd_sizes(data: index.Index) -> findings.Finding:
    height, width = (data.usable[side].to_numpy(np.float64) for side in ("height_px", "width_px"))
    scores = np.zeros(len(height))
    for values, times in ((np.log(np.maximum(height, width)), SIZE_TIMES), (np.log(width / height), SHAPE_TIMES)):
        apart = np.abs(values - (np.median(values) if len(values) else 0))
        odd = (np.abs(measure_distance(values)) > OUTLYING) & (apart > np.log(times))
        scores = np.maximum(scores, np.where(odd, apart, 0))
    tiny = np.minimum(height, width) < FEWEST_PX
    scores = np.where(tiny, np.maximum(scores, 10), scores)
    finding = _say(data, "odd_size", scores > 0, pd.Series(scores, index=data.usable.index), "")
    sizes = data.table.loc[finding.rows["row"], ["width_px", "height_px"]]
    finding.rows["detail"] = [f"{width} x {height} px" for width, height in sizes.itertuples(index=False)]
    return finding


def _say(
    data: index.Index, kind: str, mask: Mask, score: pd.Series, detail: str, *, flip: bool = False
) -> findings.Finding:
    """The finding about the usable images under `mask`, worst (largest score) first; `detail` shows the score, with
    its sign turned where `flip`."""
    chosen = score[mask].astype(float).sort_values(ascending=False, kind="stable")
    details = [detail.format(-value if flip else value) for value in chosen]
    rows = findings.make_rows(chosen.index.to_numpy(), chosen.to_numpy(), details)
    return findings.Finding(kind, len(chosen), len(data.usable), rows=rows)
