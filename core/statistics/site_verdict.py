"""Whether a model does where it is used what it did at home: a verdict of four, by a rule that is stated beforehand.

It compares intervals, never values alone: too few images are no evidence of anything (Altman and Bland 1995, BMJ
311:485). That both rates are within a margin is shown as in trials of non-inferiority: by the lower ends of their
differences (Piaggio et al. 2012, JAMA 308:2594-2604). How often it errs is simulated by
`tests.benchmarks.bench_verdict`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.statistics import differences, estimate

Kind = Literal["as at home", "worse", "unusable", "undecided"]
AS_AT_HOME: Kind = "as at home"
WORSE: Kind = "worse"
UNUSABLE: Kind = "unusable"
UNDECIDED: Kind = "undecided"
WORDS: dict[Kind, str] = {
    AS_AT_HOME: "As at home",
    WORSE: "Worse than at home",
    UNUSABLE: "Not usable here",
    UNDECIDED: "Not enough read to say",
}
SENSITIVITY, SPECIFICITY = RATES = ("sensitivity", "specificity")
MARGIN, FLOOR = 0.1, 0.8  # what a check states unless its user states something else


@dataclass(frozen=True)
class Verdict:
    """kind : see `judge`. differences : rate -> here less at home, with its 95 % interval. why : a sentence."""

    kind: Kind
    differences: Mapping[str, estimate.Estimate]
    why: str

    @property
    def words(self) -> str:
        """The verdict alone."""
        return WORDS[self.kind]


def judge(
    here: Mapping[str, estimate.Estimate],
    home: Mapping[str, estimate.Estimate],
    *,
    margin: float = MARGIN,
    floor: float = FLOOR,
) -> Verdict:
    """The verdict by 95 % intervals of sensitivity and specificity, the first that applies:

    1. unusable: the upper end of a rate here is below the floor. 2. worse: the upper end of a difference (here less at
    home) is below zero, and its lower end is not above -margin. 3. as at home: the lower ends of both differences are
    above -margin. 4. else undecided.

    here, home : by RATES, of samples of their own. margin, floor : in (0, 1), stated before anything is read.
    Raises ValueError for others.
    """
    if not (0 < margin < 1 and 0 < floor < 1):
        raise ValueError(f"expected a margin and a floor in (0, 1), found {margin} and {floor}")
    moved = {name: differences.compute_apart(home[name], here[name]) for name in RATES}
    below = [name for name in RATES if (ends := here[name].ends) and ends[1] < floor]
    if below:
        return Verdict(UNUSABLE, moved, f"{_join(below)} here is surely below {100 * floor:.0f} %.")
    fallen = [name for name in RATES if (ends := moved[name].ends) and ends[1] < 0 and ends[0] <= -margin]
    if fallen:
        said = f"{_join(fallen)} is surely lower than at home, and more than {_say(margin)} lower cannot be ruled out."
        return Verdict(WORSE, moved, said)
    open_ones = [name for name in RATES if not ((ends := moved[name].ends) and ends[0] > -margin)]
    if not open_ones:
        said = f"Neither rate is more than {_say(margin)} lower than at home, as far as 95 % intervals tell."
        return Verdict(AS_AT_HOME, moved, said)
    missing = [name for name in RATES if here[name].value is None or home[name].value is None]
    if missing:
        return Verdict(UNDECIDED, moved, f"{_join(missing)} cannot be measured here.")
    said = f"{_join(open_ones)} may be more than {_say(margin)} lower than at home, or not."
    return Verdict(UNDECIDED, moved, said)


def say_rule(margin: float = MARGIN, floor: float = FLOOR) -> str:
    """The rule in words, as it stands beside a verdict."""
    return (
        f"Not usable: the 95 % interval of sensitivity or specificity here ends below {100 * floor:.0f} %. Worse: that "
        f"of a difference from home ends below zero, and begins {_say(margin)} below or lower. As at home: those of "
        f"both differences begin less than {_say(margin)} below. Else too few were read to say."
    )


def _join(names: list[str]) -> str:
    said = " and ".join(names)
    return said[:1].upper() + said[1:]


def _say(margin: float) -> str:
    return f"{100 * margin:.0f} points"
