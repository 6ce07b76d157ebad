"""Who reads which case next: nobody twice, no place to two, nothing lost where somebody goes; an audit by chance."""

import unicodedata
from concurrent import futures

import numpy as np
import pytest
import sqlalchemy as sa
from scipy import stats

from core.base import errors
from core.review import cases, database, queueing, readings, review_record, reviews
from core.review.schema import EntryRow, LeaseRow
from tests.support import begun_reviews as begun
from tests.support.begun_reviews import SICK, WELL


def list_entries(review_id):
    with database.reading() as session:
        return list(session.scalars(sa.select(EntryRow).where(EntryRow.review_id == review_id).order_by(EntryRow.id)))


def claim_number(review_id, reader):
    claim = queueing.claim(review_id, reader)
    return None if claim is None else claim.entry.case_id


def test_a_case_is_in_one_hand_and_stays_there(store):
    numbers = begun.send(3)
    review = begun.begin(numbers, audit_share=0)
    first = queueing.claim(review, " Ada ")
    assert (first.entry.case_id, first.reader, first.blind, first.draft) == (numbers[-1], "Ada", "", {})
    again = queueing.claim(review, "Ada")
    assert again.entry == first.entry and again.until > first.until, "what one does renews it"
    assert [claim_number(review, reader) for reader in ("Ben", "Cleo", "Dan")] == [numbers[1], numbers[0], None]


def test_what_is_over_goes_to_another_and_keeps_its_draft(store):
    review = begun.begin(begun.send(1))
    claim = queueing.claim(review, "Ada")
    queueing.keep_draft(claim.entry.id, "Ada", {"answer": "Sick\0", "zoom": 2.5})
    assert queueing.claim(review, "Ben") is None and reviews.list_absent_readers(review) == []
    begun.let_time_pass("Ada")
    assert reviews.list_absent_readers(review) == ["Ada"]
    back = queueing.claim(review, "Ada")
    assert back.draft == {"answer": "Sick\0", "zoom": 2.5} and queueing.claim(review, "Ben") is None
    begun.let_time_pass("Ada")
    assert queueing.claim(review, "Ben").entry == claim.entry
    assert queueing.claim(review, "Ada") is None, "its place is taken"
    queueing.keep_draft(claim.entry.id, "Ada", {"answer": "Well"})
    assert queueing.claim(review, "Ada") is None, "nor does typing take it back"
    queueing.give_back(claim.entry.id, "Ben")
    assert queueing.claim(review, "Ada").draft == {"answer": "Well"}, "but nothing that was typed is lost"


def test_who_comes_late_is_heard_and_changes_nothing(store):
    review = begun.begin(begun.send(1))
    entry = queueing.claim(review, "Ada").entry
    readings.submit(entry.id, "Ada", review_record.BLIND, WELL)
    begun.let_time_pass("Ada")
    assert queueing.claim(review, "Ben").entry.id == entry.id
    begun.answer(entry.id, "Ben", SICK)
    assert readings.submit(entry.id, "Ada", review_record.FINAL, WELL).state == review_record.SETTLED
    assert [(one.reader, one.answer) for one in readings.list_readings(entry.id)] == [
        ("Ada", WELL),
        ("Ben", SICK),
        ("Ben", SICK),
        ("Ada", WELL),
    ]
    assert list_entries(review)[0].settled == SICK and reviews.list_absent_readers(review) == []


def test_an_answer_renews_the_case_and_who_has_begun_gets_it_again(store):
    review = begun.begin(begun.send(2), audit_share=0)
    claim = queueing.claim(review, "Ada")
    readings.submit(claim.entry.id, "Ada", review_record.BLIND, SICK)
    after = queueing.claim(review, "Ada")
    assert (after.entry, after.blind) == (claim.entry, SICK) and after.until > claim.until
    queueing.give_back(claim.entry.id, "Ada")
    assert queueing.claim(review, "Ada").blind == SICK, "what is locked is no draft, and waits for its end"
    readings.submit(claim.entry.id, "Ada", review_record.FINAL, SICK)
    assert queueing.claim(review, "Ada").entry != claim.entry


@pytest.mark.parametrize("readers", [1, 2])
def test_each_case_is_read_by_so_many_and_by_nobody_twice(store, readers):
    numbers = begun.send(12)
    review = begun.begin(numbers, readers=readers, audit_share=0.3)
    read = {name: [one.case_id for one in begun.read_all(review, name)] for name in ("Ada", "Ben", "Cleo")}
    every = [number for found in read.values() for number in found]
    assert sorted(every) == sorted(numbers * readers)
    assert all(len(set(found)) == len(found) for found in read.values())
    assert reviews.count(review) == review_record.Counts(0, 0, 0, 12)


def test_two_who_read_at_once_get_two_places_and_a_third_none(store):
    review = begun.begin(begun.send(1), readers=2)
    first, second = (queueing.claim(review, name) for name in ("Ada", "Ben"))
    assert first.entry == second.entry and queueing.claim(review, "Cleo") is None
    begun.answer(first.entry.id, "Ada", SICK)
    assert queueing.claim(review, "Ada") is None and queueing.claim(review, "Cleo") is None
    assert reviews.count(review) == review_record.Counts(1, 1, 0, 0)
    begun.let_time_pass("Ben")
    assert queueing.claim(review, "Cleo").entry == first.entry, "Ben has gone"


def test_a_dispute_goes_to_a_third_alone(store):
    review = begun.begin(begun.send(1), readers=2)
    entry = queueing.claim(review, "Ada").entry
    assert queueing.claim_dispute(review, "Cleo") is None
    begun.answer(entry.id, "Ada", SICK)
    begun.answer(entry.id, "Ben", WELL)
    assert [queueing.count_disputes(review, name) for name in ("Ada", "Ben", "Cleo")] == [0, 0, 1]
    assert queueing.claim_dispute(review, "Ada") is None and queueing.claim_dispute(review, "Ben") is None
    assert queueing.claim_dispute(review, "Cleo").entry.id == entry.id
    assert queueing.claim_dispute(review, "Dan") is None and queueing.count_disputes(review, "Dan") == 0
    begun.let_time_pass("Cleo")
    assert queueing.claim_dispute(review, "Dan").entry.id == entry.id
    assert queueing.claim_dispute(review, "Cleo") is None


def test_who_began_to_read_a_case_does_not_settle_it(store):
    review = begun.begin(begun.send(1), readers=2)
    entry = queueing.claim(review, "Cleo").entry
    readings.submit(entry.id, "Cleo", review_record.BLIND, SICK)
    begun.let_time_pass("Cleo")
    begun.answer(entry.id, "Ada", SICK)
    begun.answer(entry.id, "Ben", WELL)
    assert queueing.claim_dispute(review, "Cleo") is None and queueing.count_disputes(review, "Cleo") == 0


def test_a_closed_review_hands_out_nothing_new(store):
    review = begun.begin(begun.send(2), audit_share=0)
    claim = queueing.claim(review, "Ada")
    reviews.close(review, by="Ada")
    assert queueing.claim(review, "Ada").entry == claim.entry, "what is in hand is brought to its end"
    assert queueing.claim(review, "Ben") is None and queueing.peek(review, "Ada", besides=claim.entry.id) is None
    begun.answer(claim.entry.id, "Ada", SICK)
    assert queueing.claim(review, "Ada") is None and queueing.claim_dispute(review, "Ada") is None
    reviews.close(review, by="Ada", closed=False)
    assert queueing.claim(review, "Ada") is not None


def test_what_is_fetched_ahead_comes_next_and_is_nobodys(store):
    review = begun.begin(begun.send(16), audit_share=0.4)
    wrong = 0
    claim = queueing.claim(review, "Ada")
    while claim is not None:
        ahead = queueing.peek(review, "Ada", besides=claim.entry.id)
        readings.submit(claim.entry.id, "Ada", review_record.BLIND, SICK)
        assert queueing.peek(review, "Ada", besides=claim.entry.id) == ahead
        readings.submit(claim.entry.id, "Ada", review_record.FINAL, SICK)
        claim = queueing.claim(review, "Ada")
        wrong += ahead != (claim.entry.sha256 if claim else None)
    assert wrong == 0
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LeaseRow)) == 0


def test_the_order_can_be_changed_while_it_is_read(store):
    numbers = begun.send(8)
    review = begun.begin(numbers, audit_share=0)
    assert claim_number(review, "Ada") == numbers[-1]
    reviews.change(review, by="Ada", order=review_record.OLDEST)
    assert claim_number(review, "Ben") == numbers[0]
    reviews.change(review, by="Ada", order=review_record.RANDOM)
    by_chance = [claim_number(review, f"reader {number}") for number in range(6)]
    drawn = {one.case_id: one.draw for one in list_entries(review)}
    assert by_chance == sorted(numbers[1:-1], key=lambda number: -drawn[number])
    assert claim_number(review, "Ada") == numbers[-1], "what is in hand stays"


@pytest.mark.parametrize("order", ["useful", "random", "oldest"])
def test_the_audit_is_read_by_chance_whatever_the_order(sqlite, order):
    """Those of the audit that happen to be read first stand for all: their ranks are no larger than the others'."""
    numbers = begun.send(200)
    review = begun.begin(numbers, audit_share=0.5, order="oldest" if order == "useful" else "useful")
    reviews.change(review, by="Ada", order=order)
    entries = {one.id: one for one in list_entries(review)}
    audit = [entry for entry in entries.values() if entry.audit]
    in_audit = [entries[one.id] for one in begun_by(review, 60) if entries[one.id].audit]
    assert [one.id for one in in_audit] == [one.id for one in sorted(audit, key=lambda one: -one.draw)[: len(in_audit)]]
    ranks = [one.rank for one in in_audit]
    assert stats.kstest(ranks, [one.rank for one in audit]).pvalue > 0.01


def begun_by(review_id, count):
    found = []
    for _ in range(count):
        claim = queueing.claim(review_id, "Ada")
        begun.answer(claim.entry.id, "Ada", SICK)
        found.append(claim.entry)
    return found


def test_the_audit_is_drawn_and_has_its_share_of_what_is_read():
    """Of the draws themselves, over many: whether a case is in it, when its turn is, and neither hangs on the other."""
    member = np.array([reviews.draw(0, "audit", number) for number in range(20_000)])
    turn = np.array([reviews.draw(0, "turn", "Ada", number) for number in range(20_000)])
    place = np.array([reviews.draw(0, "place", number) for number in range(20_000)])
    for drawn in (member, turn, place):
        assert drawn.min() >= 0 and drawn.max() < 1 and stats.kstest(drawn, "uniform").pvalue > 0.01
    assert abs(np.corrcoef([member, turn, place])[np.triu_indices(3, 1)]).max() < 0.03
    assert stats.binomtest(int((turn < 0.1).sum()), len(turn), 0.1).pvalue > 0.01
    assert reviews.draw(0, "audit", 1) != reviews.draw(1, "audit", 1)


def test_readers_get_as_much_of_the_audit_as_the_review_states(sqlite):
    numbers = begun.send(300)
    review = begun.begin(numbers, audit_share=0.25)
    audit = {one.id for one in list_entries(review) if one.audit}
    assert stats.binomtest(len(audit), 300, 0.25).pvalue > 0.01
    got = [one.id in audit for one in begun_by(review, 120)]
    assert stats.binomtest(sum(got), 120, 0.25).pvalue > 0.01


def test_a_review_without_audit_and_one_of_nothing_else(store):
    numbers = begun.send(6)
    none, all_of_it = (begun.begin(numbers, str(share), audit_share=share) for share in (0.0, 1.0))
    assert {one.audit for one in list_entries(none)} == {False} and {one.audit for one in list_entries(all_of_it)} == {
        True
    }
    assert len(begun.read_all(none, "Ada")) == len(begun.read_all(all_of_it, "Ada")) == 6


def test_a_reader_is_one_however_the_name_is_written(store):
    review = begun.begin(begun.send(2), audit_share=0)
    first = queueing.claim(review, "Zoë\0  Å")
    assert queueing.claim(review, unicodedata.normalize("NFD", "Zoë Å")).entry == first.entry
    long = queueing.claim(review, 300 * "ж" + "\udcff")
    assert long.reader == 80 * "ж" and queueing.claim(review, 300 * "ж").entry == long.entry
    for name in ("", " \0 "):
        with pytest.raises(ValueError, match="reader"):
            queueing.claim(review, name)


def test_a_case_that_is_taken_back_or_deleted_is_in_nobodys_hand(store):
    numbers = begun.send(4)
    review = begun.begin(numbers, audit_share=0)
    held, read = queueing.claim(review, "Ada").entry, queueing.claim(review, "Ben").entry
    readings.submit(read.id, "Ben", review_record.BLIND, SICK)
    cases.withdraw(held.case_id, by="Ada")
    cases.withdraw(read.case_id, by="Ada")
    assert queueing.claim(review, "Ada").entry.case_id == numbers[1], "the one that nobody had read is gone"
    assert queueing.claim(review, "Ben").entry == read, "the other one stays"
    with pytest.raises(errors.ReadingNotPossible, match="deleted"):
        readings.submit(held.id, "Ada", review_record.BLIND, SICK)
    cases.delete(read.case_id)
    assert readings.list_readings(read.id) == [] and reviews.count(review).total == 2
    queueing.keep_draft(read.id, "Ben", {"answer": SICK})
    assert claim_number(review, "Ben") == numbers[0]


def test_many_at_once_never_have_the_same_place(store):
    numbers = begun.send(24)
    review = begun.begin(numbers, readers=2, audit_share=0.2)

    def read(reader):
        return [(one.case_id, reader) for one in begun.read_all(review, reader, SICK)]

    with futures.ThreadPoolExecutor(6) as pool:
        found = [one for part in pool.map(read, [f"reader {number}" for number in range(6)]) for one in part]
    assert len(set(found)) == len(found) == 48
    assert reviews.count(review) == review_record.Counts(0, 0, 0, 24)
    assert all(len(readings.list_readings(entry.id)) == 4 for entry in list_entries(review))


def test_no_such_review(store):
    begun.send(1)
    for act in (queueing.claim, queueing.claim_dispute):
        with pytest.raises(errors.ReviewNotFound):
            act(7, "Ada")
    with pytest.raises(errors.ReviewNotFound):
        queueing.peek(7, "Ada", besides=1)
