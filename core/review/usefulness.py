"""Which case a person should look at first: each sign that speaks for it is a number from 0 to 1, the greatest counts.

Numbers of different kinds are not added: what one person calls twice as urgent is nobody's measurement. What the rule
says stands in `RULE`, which is what the page shows; the arithmetic is below it.
"""

import itertools
from collections.abc import Mapping, Sequence

from core.prediction import verdicts
from core.review import case_record, review_record

ASKED_BY_A_PERSON, WITH_CAUTION, REFUSED, REFERRED = 0.5, 0.5, 1.0, 0.5
RULE: Mapping[review_record.Reason, tuple[str, str]] = {
    review_record.UNCERTAIN: (
        "The model is not sure",
        f"1 less the lead of its most probable class over the next; at least {REFERRED:g} where it refers the image",
    ),
    review_record.DISAGREEMENT: ("Models disagree", "share of the pairs of models that answer differently"),
    review_record.REFUSED: (
        "Not what the model knows",
        f"{REFUSED:g} where its gate refuses the image, {WITH_CAUTION:g} where it answers with caution",
    ),
    review_record.SUSPECT: (
        "The label is doubted",
        "1 less the probability of the label, from models that had not seen the image",
    ),
    review_record.MISTAKE: ("The model was wrong", "how probable it found its wrong answer"),
    review_record.SENT: ("A person sent it", f"{ASKED_BY_A_PERSON:g}"),
    review_record.DRAWN: ("Drawn at random", "0: nothing speaks for it but chance"),
    review_record.GOLD: ("Its class is known", "as one of the others, so that it does not stand out"),
}
Signs = Mapping[review_record.Reason, float]


def rank(signs: Signs, usual: review_record.Reason = review_record.SENT) -> tuple[float, review_record.Reason]:
    """How useful it is to read a case, 0 to 1, and why: the greatest of its signs, the first of RULE among equals.

    signs : reason -> 0 to 1. usual : the reason where none of them is above 0. Raises ValueError for another number.
    """
    if not all(0 <= value <= 1 for value in signs.values()):
        raise ValueError(f"expected signs from 0 to 1, found {dict(signs)}")
    order = list(RULE)
    first = max(signs, key=lambda reason: (signs[reason], -order.index(reason)), default=usual)
    return (signs[first], first) if signs.get(first, 0) > 0 else (0.0, usual)


def compute_uncertainty(probabilities: Sequence[float]) -> float:
    """1 less the margin of the two most probable classes, 0 to 1 (Scheffer et al. 2001, "Active Hidden Markov Models").

    probabilities : of one image, as they are shown (after the temperature); two or more that sum to 1.
    """
    first, second = sorted(probabilities, reverse=True)[:2]
    return min(1.0, max(0.0, 1.0 - (first - second)))


def compute_disagreement(answers: Sequence[str]) -> float:
    """The share of pairs of models that answer differently, 0 to 1 (Seung et al. 1992, "Query by Committee").

    answers : of one image, one a model; "" where a model knows no such image, which is an answer of its own. 0 of
    fewer than two.
    """
    pairs = list(itertools.combinations(answers, 2))
    return sum(one != other for one, other in pairs) / len(pairs) if pairs else 0.0


def read_signs(answered: case_record.Answer) -> dict[review_record.Reason, float]:
    """What a model's answer says for reading an image; nothing where no model was asked."""
    signs = dict[review_record.Reason, float]()
    if answered.probabilities and len(answered.probabilities) > 1:
        signs[review_record.UNCERTAIN] = compute_uncertainty(list(answered.probabilities.values()))
    if answered.verdict == verdicts.REFER:
        signs[review_record.UNCERTAIN] = max(REFERRED, signs.get(review_record.UNCERTAIN, 0.0))
    if answered.verdict == verdicts.UNKNOWN:
        signs[review_record.REFUSED] = REFUSED
    elif answered.gate is not None and answered.gate.get("away"):
        signs[review_record.REFUSED] = WITH_CAUTION
    return signs
