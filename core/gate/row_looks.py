"""What the gate asks about images of a data set, by its rows: as `gate.look_at_images` asks it about single ones."""

import numpy as np
from numpy.typing import NDArray

from core.base import progress
from core.datasets.index import index, pixels
from core.gate import gate, plain_facts
from core.models import normalisation
from core.runtimes import base

REPORTED = 200  # images between two words of progress


def look_at_rows(
    form: normalisation.Form,
    statistics: base.Features,
    size_px: tuple[int, int],
    data: index.Index,
    rows: NDArray[np.int64],
    report: progress.Report = progress.say_nothing,
) -> gate.Seen:
    """What the gate asks about some rows of a data set's table, from its pixels. Raises DatasetChanged, DiskFull."""
    came = pixels.open_pixels(data, *size_px, report=report)
    strict, wide = statistics.compute(came, rows, report=report), None
    if form != normalisation.AS_IT_CAME:
        brought = pixels.open_pixels(data, *size_px, change=form.change, report=report)
        wide = statistics.compute(brought, rows, report=report)
    small = pixels.open_pixels(data, plain_facts.SIDE_PX, plain_facts.SIDE_PX, report=report)
    facts = np.zeros((len(rows), len(plain_facts.FACTS)))
    for place, row in enumerate(rows):
        if place % REPORTED == 0:
            report(place, len(rows), "Looking at light, colour and edges")
        facts[place] = plain_facts.measure(small[row], form)
    return gate.Seen(strict, wide, facts)
