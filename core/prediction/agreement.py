"""Several models about one image: how many of them say the same, in words. Agreement is no proof: see `CAUTION`."""

from collections import Counter
from collections.abc import Sequence

from core.models import package
from core.prediction import answer_record, verdicts

MOST_MODELS = 4  # beside each other, the chosen one among them
CAUTION = "Models that learnt from the same images share their mistakes too: agreement is no proof."


def is_comparable(found: package.Package, other: package.Package) -> bool:
    """Whether two models tell the same classes apart, in whatever order."""
    return set(found.class_names) == set(other.class_names)


def find_outcome(answered: answer_record.Answered) -> str:
    """`verdicts.UNKNOWN`, `verdicts.REFER`, or "=" and the class that is answered, never taken for one of these."""
    return f"={answered.decided.class_name}" if answered.verdict == verdicts.ANSWER else answered.verdict


def say(answers: Sequence[answer_record.Answered]) -> str:
    """How many agree, in a sentence or two; "" of fewer than two. All of models that `is_comparable` holds for.

    Agreed is on a class that is answered: that two models know nothing of an image, or ask for a person, is none.
    """
    if len(answers) < 2:
        return ""
    counted = Counter(map(find_outcome, answers)).most_common()
    classes = [(outcome[1:], count) for outcome, count in counted if outcome.startswith("=")]
    others = [_say_others(outcome, count) for outcome, count in counted if not outcome.startswith("=")]
    if not classes:
        return f"None of {len(answers)} models answers: {', '.join(others)}."
    (name, most), *rest = classes
    if most == 1 or (rest and rest[0][1] == most):
        return f"{len(answers)} models do not agree: {', '.join([*(_say_class(*one) for one in classes), *others])}."
    left = ", ".join([*(_say_class(*one) for one in rest), *others])
    return f"{most} of {len(answers)} models agree: {name}." + (f" Of the others {left}." if left else "")


def _say_class(name: str, count: int) -> str:
    return f"{count} {'answers' if count == 1 else 'answer'} {name}"


def _say_others(outcome: str, count: int) -> str:
    one = count == 1
    if outcome == verdicts.REFER:
        return f"{count} {'leaves' if one else 'leave'} it to a person"
    return f"{count} {'does' if one else 'do'} not know such images"
