"""How many models say the same of an image."""

import pytest

from core.gate import gate
from core.prediction import agreement, answer_record, decision
from tests.support import made_models

REFUSED = gate.Verdict(True, False, 9.0, 2.0, ("It is no cell.",))


@pytest.fixture
def ask(small_model):
    """What a model says: p and u answer, r leaves it to a person, x does not know the image."""
    found = made_models.alter(small_model, referral={"limit": 0.1})
    chances = {"p": 0.9, "u": 0.1, "r": 0.5, "x": 0.9}

    def answer(letter):
        decided = decision.decide(found, {"Parasitized": chances[letter], "Uninfected": 1 - chances[letter]})
        return answer_record.Answered(found, decided, REFUSED if letter == "x" else None)

    return answer


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", ""),
        ("p", ""),
        ("pp", "2 of 2 models agree: Parasitized."),
        ("uuup", "3 of 4 models agree: Uninfected. Of the others 1 answers Parasitized."),
        (
            "pprx",
            "2 of 4 models agree: Parasitized. Of the others 1 leaves it to a person, 1 does not know such images.",
        ),
        ("ppuu", "4 models do not agree: 2 answer Parasitized, 2 answer Uninfected."),
        ("px", "2 models do not agree: 1 answers Parasitized, 1 does not know such images."),
        ("xx", "None of 2 models answers: 2 do not know such images."),
        ("rrx", "None of 3 models answers: 2 leave it to a person, 1 does not know such images."),
    ],
)
def test_words(ask, said, words):
    assert agreement.say([ask(letter) for letter in said]) == words


def test_a_class_may_be_called_like_a_verdict(small_model):
    found = made_models.alter(small_model, class_names=["unknown", "refer"], positive_class="refer")
    decided = decision.decide(found, {"unknown": 0.9, "refer": 0.1})
    assert agreement.say([answer_record.Answered(found, decided, None)] * 2) == "2 of 2 models agree: unknown."


def test_the_same_classes_in_another_order_are_comparable(small_model):
    turned = made_models.alter(small_model, class_names=["Uninfected", "Parasitized"])
    other = made_models.alter(small_model, class_names=["a", "b"], positive_class="a")
    assert agreement.is_comparable(small_model, turned) and not agreement.is_comparable(small_model, other)
