"""A case about which its readers differ, as whoever settles it sees it: answers and notes of both, and the model's."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.base import errors
from core.review import case_record, database, queueing, readings, review_record
from core.review.schema import EntryRow


@dataclass(frozen=True)
class Opinion:
    """What one of its readers says. blind : the answer without the model, "" where the model was shown from the
    beginning. final : the answer that counts. why : the last note, "" = none."""

    blind: str
    final: str
    why: str


@dataclass(frozen=True)
class Dispute:
    """opinions : of its readers, in the order in which they came to an end; readers stay unnamed, so that the weight
    of a name settles nothing. answered : what the model had answered, None = no model was asked."""

    opinions: tuple[Opinion, ...]
    answered: case_record.Answer | None


def read_dispute(entry_id: int, reader: str) -> Dispute:
    """What is known of a case, for somebody who has not read it. Raises ReadingNotPossible for one of its readers and
    where there is no such case, and what `database.reading` raises."""
    said = readings.list_readings(entry_id)
    if any(one.reader == queueing.tidy_reader(reader) and one.phase != review_record.SETTLING for one in said):
        raise errors.ReadingNotPossible(
            expected="somebody who has not read the case",
            found="one of its readers",
            where="this review",
            todo="Have somebody else settle it.",
        )
    with database.reading() as session:
        entry = session.get(EntryRow, entry_id)
        if entry is None:
            raise errors.ReadingNotPossible(
                expected="a case of a review",
                found="none of this number",
                where="this review",
                todo="It was deleted: go on with the next one.",
            )
        facts = entry.model_id, entry.model_created, entry.verdict, entry.class_name, entry.probabilities
        answered = case_record.Answer(*facts) if entry.model_id else None
    finals = [one.reader for one in said if one.phase == review_record.FINAL]
    return Dispute(tuple(_find_opinion(name, said) for name in dict.fromkeys(finals)), answered)


def _find_opinion(reader: str, said: Sequence[review_record.Reading]) -> Opinion:
    own = [one for one in said if one.reader == reader and one.phase != review_record.SETTLING]
    last = {one.phase: one.answer for one in own}
    return Opinion(
        last.get(review_record.BLIND, ""),
        last.get(review_record.FINAL, ""),
        next((one.why for one in reversed(own) if one.why), ""),
    )
