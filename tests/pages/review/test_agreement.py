"""Review's agreement view through the app: the answer in a line, what limits it, and what can be taken away."""

import pytest

from core.review import database, review_record
from tests.support import made_readings, said

P, U = made_readings.CLASSES


@pytest.fixture
def closing(home):
    yield
    database.close_all()


def begin(**settings):
    numbers = made_readings.send(8)
    says = {number: P if spot < 5 else U for spot, number in enumerate(numbers)}
    return numbers, says, made_readings.begin(numbers, says, audit_share=0.5, **settings)


def test_without_a_review_the_way_to_one_is_shown(app):
    test = app("review", view="agree")
    assert "Nothing to read yet" in said.read_all(test)
    assert [button.label for button in test.button] == ["Begin a review"]


@pytest.mark.usefixtures("closing")
def test_two_readers_their_agreement_and_what_the_model_did(app):
    numbers, says, begun = begin(readers=2)
    made_readings.read(begun, "Ada", says)
    made_readings.read(begun, "Ben *b*", {**says, numbers[0]: U}, says)
    test = app("review", view="agree", review=str(begun.id), cases="all")
    words = said.read_all(test)
    assert "Two readers agree on 87.5" in words and "8 of 8 cases have been read." in words
    assert "Few cases" in words and "Model shown first" not in words
    assert "1 answers changed at the second look; 16 can be judged." in words
    assert len(test.get("plotly_chart")) == 1
    assert [part.proto.label for part in test.get("download_button")] == ["CSV", "All acts"]


@pytest.mark.usefixtures("closing")
def test_a_model_that_was_shown_first_is_a_mark_at_the_answer(app):
    _, says, begun = begin(mode=review_record.MODEL_SHOWN)
    made_readings.read(begun, "Ada", says)
    words = said.read_all(app("review", view="agree", cases="all"))
    assert "Readers and model agree on 100.0" in words and "Model shown first" in words
    assert "What seeing the model changed" not in words
