"""The verdict on a model where it is used: by intervals, in the stated order, and how often it errs."""

import numpy as np
import pytest

from core.statistics import estimate, site_verdict, wilson
from tests.benchmarks import bench_verdict

HOME = {name: wilson.compute_wilson(380, 400) for name in site_verdict.RATES}


def here(sensitivity: tuple[int, int], specificity: tuple[int, int]) -> dict[str, estimate.Estimate]:
    return dict(
        zip(site_verdict.RATES, (wilson.compute_wilson(*one) for one in (sensitivity, specificity)), strict=True)
    )


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "kind"),
    [
        ((190, 200), (190, 200), site_verdict.AS_AT_HOME),
        ((100, 200), (190, 200), site_verdict.UNUSABLE),
        ((190, 200), (120, 200), site_verdict.UNUSABLE),
        ((168, 200), (190, 200), site_verdict.WORSE),
        ((9, 10), (10, 10), site_verdict.UNDECIDED),
        ((0, 0), (190, 200), site_verdict.UNDECIDED),
    ],
)
def test_plain_cases(sensitivity: tuple[int, int], specificity: tuple[int, int], kind: site_verdict.Kind) -> None:
    found = site_verdict.judge(here(sensitivity, specificity), HOME)
    assert found.kind == kind and found.why.endswith(".") and found.words == site_verdict.WORDS[kind]


def test_surely_lower_by_less_than_the_margin_is_as_at_home() -> None:
    rates = here((46_000, 50_000), (47_500, 50_000))
    home = {name: wilson.compute_wilson(47_500, 50_000) for name in site_verdict.RATES}
    found = site_verdict.judge(rates, home)
    assert found.differences["sensitivity"].high is not None and found.differences["sensitivity"].high < 0
    assert found.kind == site_verdict.AS_AT_HOME
    assert site_verdict.judge(rates, home, margin=0.02).kind == site_verdict.WORSE


def test_the_floor_is_the_one_that_was_stated() -> None:
    rates = here((150, 200), (190, 200))
    assert site_verdict.judge(rates, HOME, floor=0.9).kind == site_verdict.UNUSABLE
    assert site_verdict.judge(rates, HOME, floor=0.5).kind == site_verdict.WORSE
    for wrong in ({"margin": 0.0}, {"floor": 1.0}):
        with pytest.raises(ValueError, match="in \\(0, 1\\)"):
            site_verdict.judge(rates, HOME, **wrong)
    assert "80 %" in site_verdict.say_rule() and "10 points" in site_verdict.say_rule()


def test_it_seldom_errs() -> None:
    """Few, so that it is quick; `tests.benchmarks.bench_verdict` counts many."""
    random = np.random.default_rng(1)
    same = [bench_verdict.judge_once(random, 0.3, 0.0, 200) for _ in range(60)]
    lost = [bench_verdict.judge_once(random, 0.3, 0.4, 100) for _ in range(60)]
    assert np.mean([one in (site_verdict.WORSE, site_verdict.UNUSABLE) for one in same]) <= 0.1
    assert np.mean([one == site_verdict.UNUSABLE for one in lost]) >= 0.9 and site_verdict.AS_AT_HOME not in lost
