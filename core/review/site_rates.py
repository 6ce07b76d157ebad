"""What the rows of a site check say of a model there: its rates, and what its gate refuses.

What nobody could tell is left out of the rates, or all of it counted as wrong, or as right; what is no such image is
left out, and each half of the pool taken for as many such images as those that were read make likely.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.review import review_record, site_facts, site_pool, site_rows
from core.statistics import drawn_rates, estimate, unit_shares, wilson

Untold = Literal["", "wrong", "right"]
WRONG: Untold = "wrong"
RIGHT: Untold = "right"


@dataclass(frozen=True)
class Refused:
    """What the gate refused. share : of all images there. read : of those that were read, how many; such : the share
    of these that are images of the kind that the model knows. positive : how many of them are of the positive class."""

    share: estimate.Estimate
    read: int
    such: estimate.Estimate
    positive: int


def measure(rows: pd.DataFrame, review: review_record.Review, column: str, untold: Untold = "") -> drawn_rates.Rates:
    """The rates by one column of `site_rows.read_rows`, "truth" or "final".

    untold : what becomes of what nobody could tell; "" = left out.
    """
    settings, pool = review.settings, site_facts.read(review).pool
    halves, sizes = [], []
    for part in (site_pool.FLAGGED, site_pool.REST):
        half = rows[rows["stratum"] == part]
        told = half[half[column].isin(settings.class_names)]
        unsure = half[half[column] == review_record.CANNOT_TELL] if untold else half.iloc[:0]
        right = ((told[column] == settings.positive) == (part == site_pool.FLAGGED)).to_numpy(bool)
        everything = np.concatenate([right, np.full(len(unsure), untold == RIGHT)])
        halves.append(drawn_rates.count_half(everything, site_rows.number_units(pd.concat([told, unsure]))))
        read = int((~half[column].isin([site_rows.UNREAD, site_rows.DISPUTED])).sum())
        sizes.append(pool[part] * (len(everything) / read if read else 1.0))
    flagged, rest = halves
    if (flagged.n and not pool[site_pool.REST]) or (rest.n and not pool[site_pool.FLAGGED]):
        return _measure_alone(flagged if flagged.n else rest, flagged=bool(flagged.n))
    images = round(sum(sizes))
    return drawn_rates.measure(flagged, rest, sizes[0] / sum(sizes) if images else 0.0, images=images or None)


def measure_refused(rows: pd.DataFrame, review: review_record.Review) -> Refused:
    """What became of the part that the gate refused."""
    settings, pool = review.settings, site_facts.read(review).pool
    told = rows[(rows["stratum"] == site_pool.REFUSED) & ~rows["truth"].isin([site_rows.UNREAD, site_rows.DISPUTED])]
    such = told["truth"].isin(settings.class_names).to_numpy(bool)
    return Refused(
        wilson.compute_wilson(pool[site_pool.REFUSED], sum(pool.values())),
        len(told),
        unit_shares.measure(such),
        int((told["truth"] == settings.positive).sum()),
    )


def _measure_alone(half: drawn_rates.Half, *, flagged: bool) -> drawn_rates.Rates:
    """Where the model calls all images there positive, it finds all and spares none; where none, the other way round.

    half : what was read of the one part that there is. flagged : whether it is what the model calls positive.
    """
    right = _bound(half.share, half.certain, half.n)
    positives = half.share if flagged else 1 - half.share
    always = 1.0 if flagged else 0.0
    return drawn_rates.Rates(
        sensitivity=_bound(always, half.certain * positives, half.n),
        specificity=_bound(1 - always, half.certain * (1 - positives), half.n),
        accuracy=right,
        ppv=right if flagged else estimate.NOT_MEASURED,
        npv=estimate.NOT_MEASURED if flagged else right,
        prevalence=right if flagged else right.reverse(),
        flagged=always,
    )


def _bound(share: float, certain: float, n: int) -> estimate.Estimate:
    """A share with Wilson's interval of as many images as are as certain; n that were read."""
    if certain <= 0:
        return estimate.NOT_MEASURED
    return estimate.Estimate(share, *wilson.find_bounds(share, certain), n)
