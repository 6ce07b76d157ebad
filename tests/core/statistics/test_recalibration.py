"""What a site's readings ask for: the closed test against another fit, what is offered, and what is missing."""

from typing import Any

import numpy as np
import pytest
from scipy import optimize, special, stats

from core.statistics import aims, operating_point, recalibration, temperature
from tests.support.sampled_tasks import make_task

FINDS = aims.Aim("sensitivity", least=0.9)
HOME = recalibration.Home(threshold=0.5, temperature=None, aim=FINDS)


def draw_site(
    n: int = 600, *, seed: int = 0, intercept: float = 0.0, slope: float = 1.0, patients: int = 0, unlike: float = 0.0
) -> Any:
    """Images whose probability is right where the log odds of what the model says are moved so. unlike : how patients
    differ, in log odds."""
    random = np.random.default_rng(seed)
    units = random.integers(0, max(patients, 1), n)
    said = random.normal(-0.5, 2.0, n)
    truth = special.expit(intercept + slope * said + random.normal(0, unlike, max(patients, 1))[units])
    labels = (random.random(n) >= truth).astype(int)
    groups = [f"P{one}" for one in units] if patients else ""
    return make_task(labels, special.expit(said), groups)


def fit_apart(task: Any, weights: np.ndarray) -> np.ndarray:
    """Intercept and slope by a method without derivatives."""
    odds = special.logit(task.scores)

    def lose(line: np.ndarray) -> float:
        chance = special.expit(line[0] + line[1] * odds)
        return -float(weights @ np.log(np.where(task.is_positive, chance, 1 - chance)))

    return optimize.minimize(lose, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9}).x


def test_intercept_and_slope_are_those_of_another_method() -> None:
    task = draw_site(intercept=-1.0, slope=0.4)
    weights = np.random.default_rng(1).uniform(0.5, 4, task.n)
    found = recalibration.find_update(task, weights)
    assert found.kind == "slope"
    assert (found.intercept, found.slope) == pytest.approx(fit_apart(task, weights), abs=1e-4)


def test_of_even_independent_images_it_is_nearly_the_plain_likelihood_ratio() -> None:
    task = draw_site(4000, intercept=0.08, slope=0.95)
    intercept, slope = fit_apart(task, np.ones(task.n))
    odds = special.logit(task.scores)

    def lose(a: float, b: float) -> float:
        return float((np.logaddexp(0, a + b * odds) - task.is_positive * (a + b * odds)).sum())

    plain = stats.chi2.sf(2 * (lose(0, 1) - lose(intercept, slope)), 2)
    assert recalibration.find_update(task, np.ones(task.n)).p_any == pytest.approx(plain, abs=0.03)


@pytest.mark.parametrize(
    ("intercept", "slope", "kind"), [(0.0, 1.0, "none"), (-1.2, 1.0, "intercept"), (-0.3, 0.4, "slope")]
)
def test_the_simplest_change_that_the_readings_allow(intercept: float, slope: float, kind: str) -> None:
    found = recalibration.find_update(draw_site(intercept=intercept, slope=slope, seed=4), np.ones(600))
    assert found.kind == kind
    if kind != "slope":
        assert found.slope == 1.0
    assert found.intercept == pytest.approx(intercept, abs=0.35)


def test_a_temperature_that_is_kept_already_needs_no_change() -> None:
    task = draw_site(slope=0.4, seed=4)
    assert recalibration.find_update(task, np.ones(task.n), kept_temperature=2.5).kind == "none"


def rate_at(task: Any, weights: np.ndarray, threshold: float) -> tuple[float, float]:
    """Weighted sensitivity and specificity."""
    flagged, positive = task.scores >= threshold, task.is_positive
    found, spared = (
        np.average(which, weights=weights[which_of])
        for which, which_of in ((flagged[positive], positive), (~flagged[~positive], ~positive))
    )
    return float(found), float(spared)


@pytest.mark.parametrize("unlike", [0.0, 0.8])
def test_it_seldom_asks_for_a_change_where_none_is_needed(unlike: float) -> None:
    """Images drawn in halves with weights 1 and 4, of 60 patients who may differ. Simulated; 5 of 100 are meant."""
    random, asked = np.random.default_rng(0), 0
    shift = _find_shift(unlike)
    for seed in range(50):
        task = draw_site(700, seed=seed, patients=60, unlike=unlike, intercept=shift[0], slope=shift[1])
        flagged = task.scores >= 0.5
        drawn = np.sort(np.r_[random.permutation(np.flatnonzero(flagged))[:120], np.flatnonzero(~flagged)[:120]])
        groups = [f"P{one}" for one in task.units[drawn]]
        half = make_task(task.labels[drawn], task.scores[drawn], groups)
        weights = np.where(half.scores >= 0.5, 1.0, 4.0)
        asked += recalibration.find_update(half, weights).kind != "none"
    assert asked <= 7


def _find_shift(unlike: float) -> tuple[float, float]:
    """What makes the mean over patients calibrated: averaging over them flattens a curve (Zeger et al. 1988)."""
    return 0.0, float(np.sqrt(1 + (16 * np.sqrt(3) / (15 * np.pi)) ** 2 * unlike**2))


def test_what_is_offered_is_what_the_aim_and_the_least_log_loss_ask_for() -> None:
    task = draw_site(slope=0.4, seed=4)
    weights = np.where(task.scores >= 0.5, 1.0, 5.0)
    found = recalibration.propose(task, weights, HOME)
    rates = {one: rate_at(task, weights, one) for one in [*np.unique(task.scores), found.threshold.here]}
    reached, spared = rates[found.threshold.here]
    assert reached >= 0.9
    assert spared == pytest.approx(
        max(specificity for sensitivity, specificity in rates.values() if sensitivity >= 0.9)
    )
    assert found.threshold.home == 0.5 and "at home it is 0.5" in found.threshold.said
    fit = temperature.fit_weighted(task, weights)
    assert (found.temperature.here, found.temperature.low, found.temperature.high) == (
        fit.temperature,
        fit.low,
        fit.high,
    )
    assert found.temperature.here == pytest.approx(2.5, abs=0.8)
    assert found.missing == (0, 0) and found.positives + found.others == 600


def test_even_weights_choose_what_is_chosen_at_home() -> None:
    task = draw_site(slope=0.7)
    found = recalibration.propose(task, np.full(task.n, 3.0), HOME)
    assert found.threshold.here == operating_point.choose(task, FINDS).threshold


def test_probabilities_that_agree_keep_their_temperature() -> None:
    found = recalibration.propose(draw_site(seed=4), np.ones(600), HOME)
    assert found.update.kind == "none" and found.temperature.here is None
    assert "agree with what was read in these 600 images (p = 0." in found.temperature.said


def test_odds_that_are_off_by_a_factor_are_no_matter_of_temperature() -> None:
    found = recalibration.propose(draw_site(intercept=-1.2, seed=4), np.ones(600), HOME)
    assert found.temperature.here is None
    assert "times too high here; no temperature mends that (p < 0.001)" in found.temperature.said
    low = recalibration.propose(draw_site(intercept=1.2, seed=4), np.ones(600), HOME)
    assert "times too low here" in low.temperature.said


def test_too_few_say_how_many_are_missing() -> None:
    task = make_task([0] * 12 + [1] * 90, np.linspace(0.9, 0.1, 102))
    found = recalibration.propose(task, np.ones(102), HOME)
    assert (found.positives, found.others, found.missing) == (12, 90, (38, 0))
    assert found.threshold.here is found.temperature.here is found.update is None
    assert found.threshold.said == (
        "It takes at least 50 images of Parasitized and 50 of the others: 38 of Parasitized are missing."
    )


def test_an_aim_that_so_few_cannot_show_says_how_many_more() -> None:
    home = recalibration.Home(aim=aims.Aim("sensitivity", least=0.95))
    task = make_task([0] * 60 + [1] * 90, np.r_[np.linspace(0.9, 0.3, 60), np.linspace(0.6, 0.1, 90)])
    found = recalibration.propose(task, np.ones(150), home)
    assert found.threshold.said == (
        "A sensitivity of at least 95 % takes at least 73 images of Parasitized: 13 are missing."
    )


@pytest.mark.parametrize("aim", [None, aims.Aim("own", threshold=0.3)])
def test_without_a_stated_aim_no_threshold_is_offered(aim: aims.Aim | None) -> None:
    found = recalibration.propose(draw_site(), np.ones(600), recalibration.Home(threshold=0.3, aim=aim))
    assert found.threshold.here is None and "no stated aim" in found.threshold.said


def test_an_aim_that_nothing_reaches_is_said() -> None:
    task = make_task([0] * 60 + [1] * 60, [0.3] * 59 + [0.1] + [0.3] * 30 + [0.2] * 30)
    found = recalibration.propose(task, np.ones(120), recalibration.Home(aim=aims.Aim("sensitivity", least=0.99)))
    assert found.threshold.here is None
    assert found.threshold.said.startswith("A sensitivity of at least 99 % takes at least 381 images")
    alike = make_task([0] * 60 + [1] * 60, [0.3] * 120)
    found = recalibration.propose(alike, np.ones(120), recalibration.Home(aim=aims.Aim("youden")))
    assert found.threshold.said.startswith("No threshold does what the aim asks (the largest sum")


def test_without_an_error_nothing_says_how_sure_it_should_be() -> None:
    task = make_task([0] * 60 + [1] * 60, [0.8] * 60 + [0.3] * 60)
    found = recalibration.propose(task, np.ones(120), HOME)
    assert found.update is None and found.temperature.said.startswith("No error")


def test_a_few_patients_allow_no_test() -> None:
    assert recalibration.find_update(draw_site(patients=3), np.ones(600)) is None
