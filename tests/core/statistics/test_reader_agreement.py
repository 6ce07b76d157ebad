"""Agreement of readers: against scikit-learn, a worked example, pair by pair, a simulation; where it is undefined."""

from itertools import combinations

import numpy as np
import pytest
from sklearn import metrics as reference

from core.statistics import estimate, reader_agreement

NAMES = ("ill", "well", "unclear")
# Ten cases, fourteen readers, five classes: the worked example of the encyclopaedias, kappa 0.210.
TAUGHT = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def draw_readings(
    random: np.random.Generator,
    patients: int,
    *,
    ill: float = 0.3,
    skill: float = 0.85,
    each: int = 4,
    readers: int = 2,
) -> tuple[np.ndarray, np.ndarray]:
    """Readings (N, R) of two classes, and the patient of each case: patients differ in how hard they are."""
    units = np.repeat(np.arange(patients), each)
    truth = random.random(len(units)) < random.beta(3 * ill, 3 * (1 - ill), patients)[units]
    right = random.random((len(units), readers)) < random.beta(12 * skill, 12 * (1 - skill), patients)[units][:, None]
    return np.where(right, truth[:, None], ~truth[:, None]).astype(np.int64), units


@pytest.mark.parametrize("seed", range(3))
def test_cohens_kappa_is_that_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    first = random.integers(0, 3, 200)
    second = np.where(random.random(200) < 0.6, first, random.integers(0, 3, 200))
    found = reader_agreement.compare_two(first, second, np.arange(200), NAMES)
    assert found.kappa.value == pytest.approx(reference.cohen_kappa_score(first, second))
    assert found.raw.value == pytest.approx((first == second).mean())
    for label, name in enumerate(NAMES):
        # Of two readers the agreement on a class is F1 of one against the other (Dice).
        expected = reference.f1_score(first == label, second == label)
        assert found.on[name].value == pytest.approx(expected)
    assert (found.n, found.readings) == (200, 2)


def test_a_raw_agreement_may_be_two_kappas() -> None:
    """Worked by hand, 100 cases each, 85 agreed: (40, 9, 6, 45): 0.70; (80, 10, 5, 5): 0.32."""
    for (both, one, other, none), kappa in (((40, 9, 6, 45), 0.70), ((80, 10, 5, 5), 0.32)):
        first = np.repeat([0, 0, 1, 1], (both, one, other, none))
        second = np.repeat([0, 1, 0, 1], (both, one, other, none))
        found = reader_agreement.compare_two(first, second, np.arange(100), ("ill", "well"))
        assert (found.raw.value, found.kappa.value) == pytest.approx((0.85, kappa), abs=0.005)
        assert found.on["ill"].value == pytest.approx(2 * both / (2 * both + one + other))
        assert found.on["well"].value == pytest.approx(2 * none / (2 * none + one + other))


def test_fleiss_kappa_of_the_worked_example() -> None:
    readings = np.array([np.repeat(np.arange(5), row) for row in TAUGHT])
    found = reader_agreement.compare_several(readings, np.arange(10), tuple("abcde"))
    assert found.raw.value == pytest.approx(0.378, abs=0.0005)
    assert found.kappa.value == pytest.approx(0.210, abs=0.0005)
    assert found.kappa.low < 0.21 < found.kappa.high
    assert (found.n, found.readings) == (10, 14)


def test_agreement_of_several_is_that_of_all_pairs_of_readings() -> None:
    readings, units = draw_readings(np.random.default_rng(0), 20, readers=4)
    found = reader_agreement.compare_several(readings, units, ("well", "ill"))
    pairs = [(readings[:, one], readings[:, other]) for one, other in combinations(range(4), 2)]
    assert found.raw.value == pytest.approx(np.mean([one == other for one, other in pairs]))
    both = sum(((one == 1) & (other == 1)).sum() for one, other in pairs)
    said = sum((one == 1).sum() + (other == 1).sum() for one, other in pairs)
    assert found.on["ill"].value == pytest.approx(2 * both / said)
    shuffled = np.random.default_rng(1).permuted(readings, axis=1)
    assert reader_agreement.compare_several(shuffled, units, ("well", "ill")) == found


def test_everything_of_one_class_has_no_kappa() -> None:
    for compared in (
        reader_agreement.compare_two(np.ones(9, int), np.ones(9, int), np.arange(9), NAMES),
        reader_agreement.compare_several(np.ones((9, 3), int), np.arange(9), NAMES),
    ):
        assert compared.kappa == estimate.NOT_MEASURED
        assert compared.raw.value == compared.on["well"].value == 1.0
        assert compared.on["ill"] == estimate.NOT_MEASURED
        assert 0.6 < compared.raw.low < 0.75  # nine cases prove no more


def test_always_agreeing_is_not_certain_and_never_agreeing_is_below_chance() -> None:
    first = np.tile([0, 1], 15)
    always = reader_agreement.compare_two(first, first, np.arange(30), NAMES)
    assert always.kappa.value == always.kappa.high == 1.0
    assert 0.6 < always.kappa.low < 0.85
    never = reader_agreement.compare_two(first, 1 - first, np.arange(30), NAMES)
    assert (never.kappa.value, never.raw.value) == pytest.approx((-1.0, 0.0))


def test_images_of_one_patient_say_less() -> None:
    readings, units = draw_readings(np.random.default_rng(2), 25, each=8)
    together = reader_agreement.compare_two(*readings.T, units, ("well", "ill")).kappa
    alone = reader_agreement.compare_two(*readings.T, np.arange(len(units)), ("well", "ill")).kappa
    assert together.value == alone.value
    assert together.high - together.low > alone.high - alone.low


def test_one_patient_proves_next_to_nothing() -> None:
    found = reader_agreement.compare_two(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]), np.zeros(4, int), NAMES)
    assert found.kappa.value == pytest.approx(0.5)
    assert found.kappa.low < -0.5


def test_no_case_is_not_measured() -> None:
    none = np.zeros(0, dtype=np.int64)
    found = reader_agreement.compare_two(none, none, none, NAMES)
    assert (found.kappa, found.raw, found.n) == (estimate.NOT_MEASURED, estimate.NOT_MEASURED, 0)
    assert set(found.on) == set(NAMES)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="two or more readings"):
        reader_agreement.compare_several(np.zeros((4, 1), int), np.arange(4), NAMES)
    with pytest.raises(ValueError, match="from 0 to 2"):
        reader_agreement.compare_two(np.array([0, 3]), np.array([0, 0]), np.arange(2), NAMES)
    with pytest.raises(ValueError, match="of each of 3 cases"):
        reader_agreement.compare_two(np.zeros(2, int), np.zeros(2, int), np.arange(3), NAMES)


@pytest.mark.parametrize("readers", [2, 3])
def test_the_intervals_hold_the_truth(readers: int) -> None:
    random, names = np.random.default_rng(3), ("well", "ill")
    truth = reader_agreement.compare_several(*draw_readings(random, 8000, each=2, readers=readers), names)
    held = []
    for _ in range(120):
        found = reader_agreement.compare_several(*draw_readings(random, 30, readers=readers), names)
        pairs = zip(_list_all(found), _list_all(truth), strict=True)
        held.append([mine.low <= true.value <= mine.high for mine, true in pairs])
    assert np.mean(held, axis=0).min() >= 0.89


def _list_all(found: reader_agreement.Agreement) -> list[estimate.Estimate]:
    return [found.kappa, found.raw, *found.on.values()]
