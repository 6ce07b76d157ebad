"""Wilson's 95 % interval of a share of independent images (Wilson 1927). Without scipy: an answer may say one."""

import math
import statistics

from core.statistics import estimate

LEVEL = 0.95
Z = statistics.NormalDist().inv_cdf(0.5 + LEVEL / 2)


def compute_wilson(successes: float, trials: int) -> estimate.Estimate:
    """A proportion of independent images with Wilson's score interval (Wilson 1927); undefined without a trial.

    successes in [0, trials]; it may be fractional. For whole numbers the interval is
    `scipy.stats.binomtest(successes, trials).proportion_ci(level, method="wilson")`, which accepts only those.
    """
    if trials <= 0:
        return estimate.NOT_MEASURED
    share = successes / trials
    return estimate.Estimate(share, *find_bounds(share, trials), trials)


def find_bounds(share: float, trials: float) -> tuple[float, float]:
    """Both ends of Wilson's interval of a share in [0, 1] that was seen in `trials` > 0 images."""
    centre = (share + Z**2 / (2 * trials)) / (1 + Z**2 / trials)
    half = Z / (1 + Z**2 / trials) * math.sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2))
    # At 0 and 1 the formula touches the edge exactly, its floating-point value only nearly.
    return 0.0 if share <= 0 else max(0.0, centre - half), 1.0 if share >= 1 else min(1.0, centre + half)
