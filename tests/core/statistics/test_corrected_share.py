"""Rogan and Gladen by hand and as published; intervals against a search and a simulation; what cannot be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from core.statistics import corrected_share, unit_rates

KNOWN = 10**8  # images of which a rate is as good as known


def know(sensitivity: float, specificity: float, images: int = KNOWN) -> corrected_share.Rates:
    """Rates measured on so many images of each class."""
    missed, alarms = (round((1 - one) * images) for one in (sensitivity, specificity))
    learnt = [unit_rates.learn(np.array([wrong]), np.array([images]), by_unit=False) for wrong in (missed, alarms)]
    return corrected_share.Rates(*learnt)


def learn_of_patients(seed: int = 0, patients: int = 24) -> corrected_share.Rates:
    """Rates of patients who differ: about 94 and 97 %."""
    random, images = np.random.default_rng(seed), np.full(patients, 70)
    wrong = [random.binomial(images, random.beta(mean * 40, (1 - mean) * 40, patients)) for mean in (0.06, 0.03)]
    return corrected_share.Rates(*(unit_rates.learn(each, images, by_unit=True) for each in wrong))


PATIENTS = learn_of_patients()


def test_worked_by_hand() -> None:
    # 30 of 100 flagged; of 100 infected 90 are found, of 100 others 5 flagged: (0.30 - 0.05) / (0.90 - 0.05).
    assert corrected_share.find_share(0.30, 0.90, 0.95) == pytest.approx(0.25 / 0.85)
    assert corrected_share.find_share(0.01, 0.90, 0.95) == 0.0
    assert corrected_share.find_share(0.95, 0.90, 0.95) == 1.0


def test_published_cows() -> None:
    """The example of epiR's `epi.prev`: 23 of 150 cows, sensitivity 96 %, specificity 89 %: 5.1 (0 to 13) of 100."""
    found = corrected_share.correct(23, 150, know(0.96, 0.89))
    assert found.share is not None and found.share.value == pytest.approx(0.051, abs=0.0005)
    assert found.share.low == 0.0 and found.share.high == pytest.approx(0.13, abs=0.006)
    assert not found.told


def test_published_infants() -> None:
    """Helicobacter pylori, from the same place: 6 of 151, 96.4 and 92.7 %: 0. Its upper end is not below what a usual
    number of false alarms would leave open, where epiR, which lets it be, has 1.3 of 100."""
    found = corrected_share.correct(6, 151, know(0.964, 0.927))
    assert found.share is not None and found.share.value == 0.0
    assert 0.013 < (found.share.high or 0) < 0.06


@pytest.mark.parametrize(("flagged", "answered"), [(23, 60), (90, 300), (400, 1000)])
def test_known_rates_move_the_mid_p_interval_of_what_is_flagged(flagged: int, answered: int) -> None:
    def reach(chance: float) -> float:
        beyond = stats.binom.sf(flagged - 1, answered, chance), stats.binom.sf(flagged, answered, chance)
        return float(np.mean(beyond))

    ends = [optimize.brentq(lambda chance, tail=tail: reach(chance) - tail, 1e-6, 1 - 1e-6) for tail in (0.025, 0.975)]
    found = corrected_share.find_interval(flagged, answered, know(0.95, 0.92))
    assert found.ends == pytest.approx([(end + 0.92 - 1) / 0.87 for end in ends], abs=0.002)


def test_uncertain_rates_widen_it_as_a_simulation_says() -> None:
    random, size = np.random.default_rng(1), 400_000
    apparent = random.beta(90.5, 210.5, size)
    sensitivity, alarms = random.beta(180.5, 20.5, size), random.beta(12.5, 188.5, size)
    low, high = np.quantile((apparent - alarms) / (sensitivity - alarms), [0.025, 0.975])
    found = corrected_share.find_interval(90, 300, know(0.9, 0.94, images=200))
    assert found.ends == pytest.approx((low, high), abs=0.006)
    sure = corrected_share.find_interval(90, 300, know(0.9, 0.94))
    assert sure.high - sure.low < found.high - found.low


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 400), st.floats(0, 1))
def test_it_holds_its_value_and_is_told_where_it_leaves_out_nothing(answered: int, share: float) -> None:
    flagged = round(share * answered)
    found = corrected_share.correct(flagged, answered, PATIENTS)
    assert found.share is not None and found.share.ends is not None
    assert 0 <= found.share.low <= found.share.value <= found.share.high <= 1
    assert found.told == (found.share.low > 0)
    if flagged:
        fewer = corrected_share.find_interval(flagged - 1, answered, PATIENTS)
        assert fewer.low <= found.share.low and fewer.high <= found.share.high + 1e-5


def test_the_detection_limit_is_told_in_95_of_100_and_false_alarms_in_few() -> None:
    random = np.random.default_rng(2)
    found, alarms = (np.repeat(each, 20) for each in PATIENTS.pairs)
    limit, least = corrected_share.find_limit(200, PATIENTS), corrected_share.find_least_flagged(200, PATIENTS)
    at_limit = random.binomial(200, limit * found + (1 - limit) * alarms)
    assert (at_limit >= least).mean() == pytest.approx(0.95, abs=0.01)
    assert (random.binomial(200, alarms) >= least).mean() < 0.03


def test_more_images_see_less_but_never_below_what_patients_differ() -> None:
    limits = [corrected_share.find_limit(answered, PATIENTS) for answered in (20, 50, 200, 1000, 100_000)]
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] > PATIENTS.alarms.high - PATIENTS.alarms.low


def test_one_image() -> None:
    for flagged in (0, 1):
        found = corrected_share.correct(flagged, 1, PATIENTS)
        assert found.limit is None and found.share is not None and found.share.n == 1
        assert found.share.high == 1.0


def test_nothing_answered_is_said() -> None:
    found = corrected_share.correct(0, 0, PATIENTS)
    assert (found.share, found.limit, found.told) == (None, None, False)
    assert found.fault == corrected_share.NOTHING and found.apparent.value is None


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.5, 0.5), (0.3, 0.6), (0.55, 0.5)])
def test_a_model_that_tells_nothing_apart_corrects_nothing(sensitivity: float, specificity: float) -> None:
    found = corrected_share.correct(40, 100, know(sensitivity, specificity, images=60))
    assert found.share is None and found.fault == corrected_share.USELESS
    assert found.apparent.value == 0.4
    if sensitivity + specificity <= 1:
        with pytest.raises(ValueError, match="more than 1"):
            corrected_share.find_share(0.4, sensitivity, specificity)


def test_more_flagged_than_answered_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="0 to 3"):
        corrected_share.correct(4, 3, PATIENTS)


def test_of_new_patients_of_new_models_it_holds_the_truth() -> None:
    """Few, so that it is quick; `tests.benchmarks.bench_smears` counts many."""
    random, held = np.random.default_rng(3), list[bool]()
    for seed in range(12):
        rates = learn_of_patients(seed)
        for share in (0.0, 0.1, 0.4):
            missed, alarms = random.beta(0.06 * 40, 0.94 * 40), random.beta(0.03 * 40, 0.97 * 40)
            flagged = int(random.binomial(200, share * (1 - missed) + (1 - share) * alarms))
            ends = corrected_share.find_interval(flagged, 200, rates).ends
            held.append(ends is not None and ends[0] <= share <= ends[1])
    assert np.mean(held) >= 0.89
