"""What readers say: blind is locked, nothing is overwritten, and a case comes to what follows from all of it."""

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sqlalchemy import exc

from core.base import errors
from core.review import case_record, cases, database, outcomes, queueing, readings, review_record, reviews
from core.review.review_record import BLIND, FINAL, SETTLING
from core.review.schema import EntryRow, ReadingRow
from tests.support import begun_reviews as begun
from tests.support.begun_reviews import SICK, WELL


@pytest.fixture
def entry(store):
    """The one case of a review for two readers."""
    review = begun.begin(begun.send(1), readers=2)
    return queueing.claim(review, "Ada").entry


def read_entry(entry_id):
    with database.reading() as session:
        return session.get(EntryRow, entry_id)


def dispute(entry):
    begun.answer(entry.id, "Ada", SICK)
    begun.answer(entry.id, "Ben", WELL)


def test_first_blind_then_with_the_model_and_all_of_it_is_kept(entry):
    with pytest.raises(errors.ReadingNotPossible, match="without the model first"):
        readings.find_reveal(entry.id, "Ada")
    with pytest.raises(errors.ReadingNotPossible, match="without the model first"):
        readings.submit(entry.id, "Ada", FINAL, SICK)
    seen = datetime(2026, 3, 1, 12, tzinfo=UTC).isoformat()
    assert readings.submit(entry.id, "Ada", BLIND, WELL, shown_at=seen, why=" small\0 spot ").state == "open"
    revealed = readings.find_reveal(entry.id, "Ada")
    readings.submit(entry.id, "Ada", FINAL, SICK)
    blind, final = readings.list_readings(entry.id)
    assert (blind.phase, blind.answer, blind.saw_model, blind.why) == (BLIND, WELL, False, "small spot")
    assert blind.shown_at == "2026-03-01T12:00:00.000000+00:00" < blind.at <= final.at
    assert (final.phase, final.answer, final.saw_model) == (FINAL, SICK, revealed is not None)
    assert {(one.model_id, one.model_created, one.model_answer, one.case_id) for one in (blind, final)} == {
        ("net", "2026", SICK, entry.case_id)
    }


def test_what_is_said_blind_is_locked(entry):
    readings.submit(entry.id, "Ada", BLIND, WELL)
    for _ in range(2):
        with pytest.raises(errors.ReadingNotPossible, match="locked"):
            readings.submit(entry.id, "Ada", BLIND, SICK)
        readings.submit(entry.id, "Ada", FINAL, SICK)
    assert [one.answer for one in readings.list_readings(entry.id) if one.phase == BLIND] == [WELL]


def test_two_who_agree_settle_it(entry):
    begun.answer(entry.id, "Ada", WELL, SICK)
    assert cases.count_waiting() == 1
    assert begun.answer(entry.id, "Ben", SICK).state == review_record.SETTLED
    row = read_entry(entry.id)
    assert (row.settled, row.n_read) == (SICK, 2) and row.settled_at
    assert cases.read_case(entry.case_id).state == case_record.READ and cases.count_waiting() == 0


def test_one_reader_does_not_count_as_two(entry):
    begun.answer(entry.id, "Ada", SICK)
    assert readings.submit(entry.id, "Ada ", FINAL, SICK).state == review_record.OPEN
    assert read_entry(entry.id).n_read == 1


def test_undo_says_it_again_and_the_case_comes_to_what_is_said_now(entry):
    begun.answer(entry.id, "Ada", SICK)
    begun.answer(entry.id, "Ben", SICK)
    assert readings.submit(entry.id, "Ben", FINAL, WELL).state == review_record.DISPUTED
    row = read_entry(entry.id)
    assert (row.settled, row.settled_at) == ("", "") and cases.read_case(entry.case_id).state == case_record.POOLED
    assert readings.submit(entry.id, "Ada", FINAL, WELL).state == review_record.SETTLED
    assert read_entry(entry.id).settled == WELL
    assert [one.answer for one in readings.list_readings(entry.id)] == [SICK, SICK, SICK, SICK, WELL, WELL]


def test_somebody_who_is_neither_settles_it_for_good(entry):
    dispute(entry)
    for reader in ("Ada", "Ben"):
        with pytest.raises(errors.ReadingNotPossible, match="one of its readers"):
            readings.submit(entry.id, reader, SETTLING, SICK)
    assert readings.submit(entry.id, "Cleo", SETTLING, review_record.CANNOT_TELL).state == review_record.SETTLED
    assert read_entry(entry.id).settled == review_record.CANNOT_TELL
    with pytest.raises(errors.ReadingNotPossible, match="settled"):
        readings.submit(entry.id, "Ada", FINAL, WELL)
    with pytest.raises(errors.ReadingNotPossible, match="settled"):
        readings.submit(entry.id, "Dan", SETTLING, WELL)
    readings.submit(entry.id, "Cleo", SETTLING, WELL)
    assert read_entry(entry.id).settled == WELL, "who settled it may think again"
    begun.answer(entry.id, "Eve", SICK)
    assert read_entry(entry.id).settled == WELL and read_entry(entry.id).n_read == 3, "heard, and not counted"


def test_who_settles_late_is_heard_and_changes_nothing(entry):
    dispute(entry)
    assert queueing.claim_dispute(entry.review_id, "Cleo").entry.id == entry.id
    begun.let_time_pass("Cleo")
    assert queueing.claim_dispute(entry.review_id, "Dan").entry.id == entry.id
    readings.submit(entry.id, "Dan", SETTLING, SICK)
    readings.submit(entry.id, "Cleo", SETTLING, WELL)
    assert read_entry(entry.id).settled == SICK
    assert [one.reader for one in readings.list_readings(entry.id) if one.phase == SETTLING] == ["Dan", "Cleo"]


def test_a_dispute_that_its_readers_ended_is_not_settled_over_their_heads(entry):
    dispute(entry)
    assert queueing.claim_dispute(entry.review_id, "Cleo").entry.id == entry.id
    readings.submit(entry.id, "Ben", FINAL, SICK)
    readings.submit(entry.id, "Cleo", SETTLING, WELL)
    assert (read_entry(entry.id).state, read_entry(entry.id).settled) == (review_record.SETTLED, SICK)


def test_what_is_no_dispute_is_not_settled(entry):
    with pytest.raises(errors.ReadingNotPossible, match="an open one"):
        readings.submit(entry.id, "Cleo", SETTLING, SICK)
    begun.answer(entry.id, "Ada", SICK)
    begun.answer(entry.id, "Ben", SICK)
    with pytest.raises(errors.ReadingNotPossible, match="a settled one"):
        readings.submit(entry.id, "Cleo", SETTLING, WELL)


def test_a_retry_changes_nothing_and_an_id_is_of_one_act(entry):
    for _ in range(2):
        readings.submit(entry.id, "Ada", BLIND, WELL, client_id="a")
    for _ in range(2):
        readings.submit(entry.id, "Ada", FINAL, SICK, client_id="b")
    assert len(readings.list_readings(entry.id)) == 2
    readings.submit(entry.id, "Ada", FINAL, WELL, client_id="c")
    readings.submit(entry.id, "Ada", FINAL, SICK, client_id="b")
    assert [one.answer for one in readings.list_readings(entry.id)] == [WELL, SICK, WELL], "a late retry undoes nothing"
    for act in (("Ada", FINAL, WELL), ("Ben", BLIND, SICK)):
        with pytest.raises(ValueError, match="another act"):
            readings.submit(entry.id, *act, client_id="b")
    for name in (81 * "x", "a\0b", " a"):
        with pytest.raises(ValueError, match="client_id"):
            readings.submit(entry.id, "Ben", BLIND, SICK, client_id=name)


def test_who_comes_second_with_the_same_act_looks_again(entry, monkeypatch):
    """As on a server that lets several write at once: the other one's row is there at the second look."""
    real, calls = readings._is_done, []

    def find(session, client_id, act):
        calls.append(client_id)
        if len(calls) == 1:
            raise exc.IntegrityError("INSERT", None, ValueError("UNIQUE"))
        return real(session, client_id, act)

    monkeypatch.setattr(readings, "_is_done", find)
    readings.submit(entry.id, "Ada", BLIND, SICK, client_id="a")
    assert len(calls) == 2 and len(readings.list_readings(entry.id)) == 1


@pytest.mark.parametrize("said", ["", "sick", "Sick ", "No class", "Sick\0", 300 * "x", "(cannot  tell)"])
def test_an_answer_is_one_of_those_that_there_are(entry, said):
    with pytest.raises(errors.ReadingNotPossible, match="expected one of Sick, Well, "):
        readings.submit(entry.id, "Ada", BLIND, said)
    assert readings.list_readings(entry.id) == []


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-01T12:00:00"])
def test_a_moment_is_one_with_its_zone(entry, moment):
    with pytest.raises(ValueError, match=r"zone|isoformat"):
        readings.submit(entry.id, "Ada", BLIND, SICK, shown_at=moment)


def test_classes_of_any_name_are_read(store):
    names = ("Плазмодий ✓", "a" * 255, "O'Brien; DROP TABLE readings", '"quoted", %s :x')
    begun_here = reviews.begin("Имя " + 100 * "ё", review_record.Settings(names), by="Zoë")
    reviews.enrol(begun_here.id, [review_record.Enrolment(number) for number in begun.send(4)])
    for name in names:
        claim = queueing.claim(begun_here.id, "Zoë")
        assert begun.answer(claim.entry.id, "Zoë", name).state == review_record.SETTLED
        assert [one.answer for one in readings.list_readings(claim.entry.id)] == [name, name]
    assert reviews.find_review(begun_here.name) == reviews.read_review(begun_here.id) == begun_here


def test_a_tenth_of_the_second_looks_does_not_show_the_model(store):
    numbers = begun.send(24)
    review = begun.begin(numbers, audit_share=0)
    shown = []
    for _ in numbers:
        claim = queueing.claim(review, "Ada")
        readings.submit(claim.entry.id, "Ada", BLIND, SICK)
        shown.append(readings.find_reveal(claim.entry.id, "Ada") is not None)
        readings.submit(claim.entry.id, "Ada", FINAL, SICK)
        assert readings.list_readings(claim.entry.id)[-1].saw_model == shown[-1]
    assert stats.binomtest(shown.count(False), len(shown), readings.CONTROL_SHARE).pvalue > 0.01
    hidden = sum(reviews.draw(0, "control", number, "Ada") < readings.CONTROL_SHARE for number in range(20_000))
    assert stats.binomtest(hidden, 20_000, readings.CONTROL_SHARE).pvalue > 0.01
    hidden_from_both = [
        (reviews.draw(0, "control", n, "Ada") < 0.1) and (reviews.draw(0, "control", n, "Ben") < 0.1)
        for n in range(20_000)
    ]
    assert stats.binomtest(sum(hidden_from_both), 20_000, 0.01).pvalue > 0.01, "of each reader by itself"


def test_where_the_model_is_shown_from_the_beginning_it_is_written_down(store):
    review = begun.begin(begun.send(1), mode=review_record.MODEL_SHOWN)
    entry = queueing.claim(review, "Ada").entry
    assert readings.find_reveal(entry.id, "Ada") == case_record.Answer(
        "net", "2026", "class", SICK, {SICK: 0.9, WELL: 0.1}
    )
    with pytest.raises(errors.ReadingNotPossible):
        readings.submit(entry.id, "Ada", BLIND, SICK)
    assert readings.submit(entry.id, "Ada", FINAL, SICK).state == review_record.SETTLED
    assert [one.saw_model for one in readings.list_readings(entry.id)] == [True]


def test_nothing_is_shown_where_the_model_said_nothing(store):
    begun_here = reviews.begin("First", review_record.Settings((SICK, WELL)), by="Ada")
    reviews.enrol(begun_here.id, [review_record.Enrolment(number) for number in begun.send(1)])
    entry = queueing.claim(begun_here.id, "Ada").entry
    begun.answer(entry.id, "Ada", SICK)
    assert readings.find_reveal(entry.id, "Ada") is None
    assert [one.saw_model for one in readings.list_readings(entry.id)] == [False, False]


def test_a_case_settled_in_one_review_does_not_wait_because_of_another(store):
    numbers = begun.send(1)
    first, second = begun.begin(numbers), begun.begin(numbers, "Second", readers=2)
    begun.read_all(first, "Ada")
    begun.read_all(second, "Ben")
    assert cases.read_case(numbers[0]).state == case_record.READ
    begun.read_all(second, "Cleo", WELL)
    assert cases.read_case(numbers[0]).state == case_record.READ


def test_the_last_ones_are_those_that_can_still_be_changed(store):
    review = begun.begin(begun.send(4), readers=2, audit_share=0)
    read = begun.read_all(review, "Ada")
    assert [one.id for one in readings.list_last(review, "Ada", 3)] == [one.id for one in read[:0:-1]]
    begun.answer(read[0].id, "Ben", WELL)
    readings.submit(read[0].id, "Cleo", SETTLING, WELL)
    readings.submit(read[1].id, "Ada", FINAL, WELL)
    assert [one.id for one in readings.list_last(review, "Ada")] == [read[place].id for place in (1, 3, 2)]
    assert readings.list_last(review, "Ben") == [] and readings.list_last(review + 1, "Ada") == []


def test_no_such_case(store):
    begun.send(1)
    with pytest.raises(errors.ReadingNotPossible, match="deleted"):
        readings.submit(9, "Ada", BLIND, SICK)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["Ada", "Ben", "Cleo", "Dan"]), st.sampled_from([FINAL, SETTLING]), st.sampled_from("ABC")
    ),
    max_size=12,
)


def judge_slowly(acts, readers):
    """The rules again, as one would say them: state after state."""
    last, settled = {}, None
    for reader, phase, said in acts:
        first = list(last.items())[:readers]
        disputed = len(first) == readers and len({answer for _, answer in first}) > 1
        if phase == FINAL:
            last = {**last, reader: said}
        elif (settled is None and disputed) or (settled is not None and settled[0] == reader):
            settled = (reader, said)
    if settled:
        return "settled", settled[1]
    first = [answer for _, answer in list(last.items())[:readers]]
    if len(first) < readers:
        return "open", ""
    return ("settled", first[0]) if len(set(first)) == 1 else ("disputed", "")


@given(ACTS, st.sampled_from([1, 2]))
def test_what_acts_come_to_follows_the_rules(acts, readers):
    rows = [ReadingRow(reader=reader, phase=phase, answer=said) for reader, phase, said in acts]
    found = outcomes.find_outcome(rows, readers)
    assert (found.state, found.answer) == judge_slowly(acts, readers)
    assert len(found.counting) == len(set(found.counting)) <= readers
    assert (found.state == review_record.SETTLED) == bool(found.answer)


def test_all_orders_of_four_acts_leave_all_of_them(store):
    """Two readers, each blind and final, however they come between each other."""
    numbers = begun.send(6)
    review = begun.begin(numbers, readers=2, audit_share=0)
    acts = [("Ada", BLIND), ("Ada", FINAL), ("Ben", BLIND), ("Ben", FINAL)]
    orders = [
        order
        for order in itertools.permutations(acts)
        if all(order.index((reader, BLIND)) < order.index((reader, FINAL)) for reader in ("Ada", "Ben"))
    ]
    assert len(orders) == len(numbers)
    for order in orders:
        entry = queueing.claim(review, "Ada").entry
        for reader, phase in order:
            state = readings.submit(entry.id, reader, phase, SICK).state
        assert state == review_record.SETTLED
        assert [(one.reader, one.phase) for one in readings.list_readings(entry.id)] == list(order)
