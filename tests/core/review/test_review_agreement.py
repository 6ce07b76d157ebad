"""Agreement of readers with each other and with the model, from a review that was read; against scikit-learn."""

import pytest
from sklearn import metrics

from core.review import reading_tables, review_agreement, review_agreement_words, review_record
from tests.support import made_readings

P, U = made_readings.CLASSES


def measure(begun, *, audit=False):
    return review_agreement.measure(reading_tables.tabulate(begun.id), begun.settings, audit=audit)


@pytest.fixture
def read_twice(store):
    """Twelve cases, two readers: of the first six Ada says P, Ben of the first four; the model of the first eight."""
    numbers = made_readings.send(12)
    place = {number: spot for spot, number in enumerate(numbers)}

    def say(most):
        return {number: P if spot < most else U for number, spot in place.items()}

    begun = made_readings.begin(numbers, say(8), readers=2, audit_share=0.5)
    made_readings.read(begun, "Ada", say(6), say(8))
    made_readings.read(begun, "Ben", say(4))
    made_readings.settle(begun, "Cy", say(6))
    return begun


def test_readers_are_compared_by_what_they_said_blind(read_twice):
    found = measure(read_twice)
    ada, ben, model = ([P] * most + [U] * (12 - most) for most in (6, 4, 8))
    (pair,) = found.pairs
    assert (pair.first, pair.second, pair.agreed.n) == ("Ada", "Ben", 12)
    assert pair.agreed.raw.value == pytest.approx(10 / 12)
    assert pair.agreed.kappa.value == pytest.approx(metrics.cohen_kappa_score(ada, ben))
    assert found.readers.n == 12 and found.readers.raw.value == pytest.approx(10 / 12)
    everybody, *each = found.with_model
    assert [one.first for one in each] == ["Ada", "Ben"] and everybody.agreed.n == 24
    for one, said in zip(each, (ada, ben), strict=True):
        assert one.agreed.kappa.value == pytest.approx(metrics.cohen_kappa_score(said, model))
    assert review_agreement_words.say_headline(found).startswith("Two readers agree on 83.3 % (")


def test_audit_cases_are_counted_by_themselves(read_twice):
    table = reading_tables.tabulate(read_twice.id)
    drawn = table[table["audit"]]["entry"].nunique()
    assert 0 < drawn < 12
    assert measure(read_twice, audit=True).readers.n == drawn


def test_what_the_second_look_did_is_judged_by_what_was_settled(read_twice):
    bias = measure(read_twice).bias
    changed = review_agreement.find_changed(reading_tables.tabulate(read_twice.id))
    assert len(changed) == 2 and set(changed["reader"]) == {"Ada"}
    # Of cases 6 and 7 Ada said U, the model P, and Ada then P; Ben and whoever settled them say U.
    assert bias.shown.n + bias.hidden.n == 24
    assert bias.shown.to_wrong + bias.hidden.to_wrong == 2 and bias.shown.to_right == 0


def test_one_reader_alone_does_not_say_what_is_true(store):
    numbers = made_readings.send(6)
    says = dict.fromkeys(numbers, P)
    begun = made_readings.begin(numbers, dict.fromkeys(numbers, U))
    made_readings.read(begun, "Ada", says)
    found = measure(begun)
    assert found.bias is None and not found.pairs and found.readers.n == 0
    (pair,) = found.with_model
    assert (pair.first, pair.second, pair.agreed.raw.value) == ("Ada", review_agreement.MODEL, 0)
    assert review_agreement_words.say_headline(found).startswith("Readers and model agree on 0.0 % (")


def test_known_cases_say_how_right_a_reader_is(store):
    numbers = made_readings.send(8)
    gold = dict.fromkeys(numbers[:4], P)
    begun = made_readings.begin(numbers, dict.fromkeys(numbers, P), gold=gold)
    made_readings.read(begun, "Ada", {number: P if number in numbers[:3] else U for number in numbers})
    found = measure(begun)
    assert found.gold["Ada"].value == pytest.approx(0.75) and found.gold["Ada"].n == 4
    assert found.bias is not None and found.bias.shown.n + found.bias.hidden.n == 4


def test_a_model_that_was_shown_first_is_said(store):
    numbers = made_readings.send(4)
    says = dict.fromkeys(numbers, P)
    begun = made_readings.begin(numbers, says, mode=review_record.MODEL_SHOWN)
    made_readings.read(begun, "Ada", says)
    found = measure(begun)
    assert not found.blind and found.seconds is None and found.bias is None
    assert "with the model's answer in view" in review_agreement_words.say_headline(found)


def test_other_answers_count_as_answers_and_no_answer_of_the_model_as_none(store):
    numbers = made_readings.send(4)
    model = dict(zip(numbers, (P, None, P, U), strict=True))
    begun = made_readings.begin(numbers, model, readers=2)
    made_readings.read(begun, "Ada", dict(zip(numbers, (P, P, review_record.CANNOT_TELL, U), strict=True)))
    made_readings.read(begun, "Ben", dict(zip(numbers, (P, P, review_record.NOT_SUCH, U), strict=True)))
    found = measure(begun)
    assert found.readers.raw.value == pytest.approx(3 / 4)
    assert found.with_model[0].agreed.n == 6, "three cases, two readers"
    assert found.readers.on[review_record.NOT_SUCH].value == 0
    said = review_agreement_words.tabulate_classes(found.readers)
    assert review_record.CANNOT_TELL in said["Answer"].tolist()


def test_nothing_read_is_said(store):
    begun = made_readings.begin(made_readings.send(2), {1: P, 2: P})
    found = measure(begun)
    assert review_agreement_words.say_headline(found) == "No cases to compare yet"
    assert not found.pairs and not found.with_model and found.bias is None and not found.gold
