"""What a reader has before them: never more than may be seen, one thing after the other, the last ones again."""

import pytest

from core.base import errors
from core.review import database, disputes, own_progress, queueing, reading_tables, reading_turns, readings, reviews
from core.review import review_record as record
from tests.support import read_reviews


@pytest.fixture(autouse=True)
def closed(home):
    yield
    database.close_all()


def read(review, reader, *answers):
    """One case: what is said of it blind, and what in the end."""
    for number, answer in enumerate(answers):
        turn = reading_turns.find_turn(review, reader)
        reading_turns.submit(turn, reader, answer, client_id=f"{reader}{turn.step}{number}")
    return turn.entry


def test_the_model_comes_after_the_answer_and_the_next_case_after_the_second():
    review = read_reviews.make_review(2)
    first = reading_turns.find_turn(review, "Ada")
    assert (first.kind, first.answered, first.own) == ("blind", None, "") and 0 < first.lease_seconds <= 900
    reading_turns.submit(first, "Ada", "Parasitized", seconds=4, why="ring", client_id="a")
    second = reading_turns.find_turn(review, "Ada")
    assert (second.entry, second.kind, second.own) == (first.entry, "second", "Parasitized")
    assert second.step != first.step
    assert second.answered == readings.find_reveal(first.entry.id, "Ada")
    reading_turns.submit(second, "Ada", "Uninfected", client_id="b")
    assert reading_turns.find_turn(review, "Ada").entry.id != first.entry.id
    table = reading_tables.tabulate(review.id)
    assert table["blind_seconds"].dropna().tolist() == pytest.approx([4], abs=0.5)


def test_a_turn_that_is_answered_again_with_another_id_changes_nothing_blind():
    review = read_reviews.make_review(1)
    turn = reading_turns.find_turn(review, "Ada")
    reading_turns.submit(turn, "Ada", "Parasitized", client_id="a")
    reading_turns.submit(turn, "Ada", "Parasitized", client_id="a")
    with pytest.raises(errors.ReadingNotPossible):
        reading_turns.submit(turn, "Ada", "Uninfected", client_id="b")
    assert len(reading_tables.tabulate_trail(review.id)) == 1


def test_where_the_model_is_shown_one_answer_is_enough():
    review = read_reviews.make_review(2, mode=record.MODEL_SHOWN)
    turn = reading_turns.find_turn(review, "Ada")
    assert turn.kind == "shown" and turn.answered.class_name == "Uninfected"
    reading_turns.submit(turn, "Ada", "Uninfected")
    assert reading_turns.find_turn(review, "Ada").entry.id != turn.entry.id


def test_the_last_ones_open_again_newest_first_and_settled_disputes_do_not():
    review = read_reviews.make_review(4, readers=2)
    entries = [read(review, "Ada", "Parasitized", "Parasitized").id for _ in range(3)]
    in_hand = reading_turns.find_turn(review, "Ada")
    assert [reading_turns.find_turn(review, "Ada", back=n).entry.id for n in (1, 2, 3)] == entries[::-1]
    assert reading_turns.find_turn(review, "Ada", back=4).entry == in_hand.entry, "so far back there is none"
    for _ in range(3):
        read(review, "Ben", "Uninfected", "Uninfected")
    dispute = reading_turns.find_dispute(review, "Cy")
    reading_turns.submit(dispute, "Cy", "Parasitized")
    left = [reading_turns.find_turn(review, "Ada", back=n).entry.id for n in (1, 2)]
    assert left == [one for one in entries[::-1] if one != dispute.entry.id]
    again = reading_turns.find_turn(review, "Ada", back=1)
    assert (again.kind, again.own) == ("again", "Parasitized")
    reading_turns.submit(again, "Ada", "Uninfected")
    assert reviews.count(review.id).disputed == 1, "two of three are settled: one by a third, one by agreement"


def test_a_dispute_shows_both_without_names_and_not_to_its_readers():
    review = read_reviews.make_review(1, readers=2)
    read(review, "Ada", "Parasitized", "Uninfected")
    turn = reading_turns.find_turn(review, "Ben")
    reading_turns.submit(turn, "Ben", "Parasitized", why="ring form")
    read(review, "Ben", "Parasitized")
    found = reading_turns.find_dispute(review, "Cy")
    assert found.opinions == (
        disputes.Opinion("Parasitized", "Uninfected", ""),
        disputes.Opinion("Parasitized", "Parasitized", "ring form"),
    )
    assert found.answered == read_reviews.make_answer()
    assert "Ada" not in repr(found) and "Ben" not in repr(found)
    assert reading_turns.find_dispute(review, "Ada") is None
    with pytest.raises(errors.ReadingNotPossible):
        disputes.read_dispute(found.entry.id, "Ada")
    with pytest.raises(errors.ReadingNotPossible):
        disputes.read_dispute(99, "Cy")


def test_progress_is_of_one_reader():
    review = read_reviews.make_review(3, readers=2)
    read(review, "Ada", "Parasitized", "Parasitized")
    read(review, "Ben", "Uninfected", "Uninfected")
    turn = reading_turns.find_turn(review, "Ben")
    reading_turns.submit(turn, "Ben", "Parasitized")
    done = {name: own_progress.count_own(review.id, name) for name in ("Ada", "Ben", "Cy")}
    assert done["Ada"] == own_progress.Progress(1, 2, 1)
    assert done["Ben"] == own_progress.Progress(1, 2, 1), "a blind answer alone is no reading yet"
    assert done["Cy"] == own_progress.Progress(0, 2, 1)
    assert queueing.count_disputes(review.id, "Cy") == 1


def test_the_image_ahead_is_the_next_one_and_leases_nothing():
    review = read_reviews.make_review(2)
    turn = reading_turns.find_turn(review, "Ada")
    ahead = reading_turns.find_sha256_ahead(review, "Ada", turn)
    assert ahead not in (None, turn.entry.sha256)
    assert reading_turns.find_turn(review, "Ada").entry == turn.entry
    read(review, "Ada", "Parasitized", "Parasitized")
    assert reading_turns.find_turn(review, "Ada").entry.sha256 == ahead
