"""What a reader has before them, and what becomes of an answer: the next case without the model, the second look at it,
one of the last cases again, or a dispute. Nothing here knows more of the model than this reader may see now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from core.review import case_record, disputes, queueing, readings, review_record

MOST_BACK = 10
Kind = Literal["blind", "second", "shown", "again", "settling"]
BLIND: Kind = "blind"
SECOND: Kind = "second"  # the blind answer is locked: keep it or change it
SHOWN: Kind = "shown"  # the model's answer stands from the beginning
AGAIN: Kind = "again"  # one that had been read to the end
SETTLE: Kind = "settling"
PHASES: Mapping[Kind, review_record.Phase] = {
    BLIND: review_record.BLIND,
    SECOND: review_record.FINAL,
    SHOWN: review_record.FINAL,
    AGAIN: review_record.FINAL,
    SETTLE: review_record.SETTLING,
}


@dataclass(frozen=True)
class Turn:
    """A case that one reader may answer now.

    own : what the reader has said of it, "" = nothing yet. answered : what the model had answered; None where it gave
    no answer or is not shown. opinions : of the readers, where the case is disputed. until : of the lease, UTC, ISO,
    "" = none. why : a note that was begun.
    """

    entry: review_record.Entry
    kind: Kind
    own: str = ""
    answered: case_record.Answer | None = None
    opinions: tuple[disputes.Opinion, ...] = ()
    until: str = ""
    why: str = ""

    @property
    def step(self) -> str:
        """What tells this case at this point from every other."""
        return f"{self.entry.id}-{self.kind}"

    @property
    def lease_seconds(self) -> float:
        """For how long nobody else gets the case; 0 where that is over."""
        return max(0.0, (datetime.fromisoformat(self.until) - datetime.now(UTC)).total_seconds()) if self.until else 0.0


def find_turn(review: review_record.Review, reader: str, *, back: int = 0) -> Turn | None:
    """The case in hand, else the next one; with `back` that of so many before. None = nothing left to read.

    Raises as `queueing.claim` and `readings.find_reveal` do.
    """
    if back and (again := _find_again(review, reader, back)) is not None:
        return again
    claim = queueing.claim(review.id, reader)
    if claim is None:
        return None
    why = str(claim.draft.get("why", ""))
    if review.settings.mode == review_record.BLIND_FIRST and not claim.blind:
        return Turn(claim.entry, BLIND, until=claim.until, why=why)
    answered = readings.find_reveal(claim.entry.id, reader)
    kind = SECOND if claim.blind else SHOWN
    return Turn(claim.entry, kind, claim.blind, answered, until=claim.until, why=why)


def find_dispute(review: review_record.Review, reader: str) -> Turn | None:
    """A disputed case for somebody who has not read it; None where there is none. Raises as `find_turn` does."""
    claim = queueing.claim_dispute(review.id, reader)
    if claim is None:
        return None
    known = disputes.read_dispute(claim.entry.id, reader)
    why = str(claim.draft.get("why", ""))
    return Turn(claim.entry, SETTLE, answered=known.answered, opinions=known.opinions, until=claim.until, why=why)


def find_sha256_ahead(review: review_record.Review, reader: str, turn: Turn) -> str | None:
    """The image that may come after this one. Raises as `queueing.peek` does."""
    return queueing.peek(review.id, reader, besides=turn.entry.id) if turn.kind != SETTLE else None


def submit(
    turn: Turn, reader: str, answer: str, *, seconds: float = 0.0, why: str = "", client_id: str = ""
) -> review_record.Entry:
    """Write down an answer to what a reader has before them. seconds : since the picture was seen. Raises as
    `readings.submit` does."""
    shown_at = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="microseconds")
    phase = PHASES[turn.kind]
    return readings.submit(turn.entry.id, reader, phase, answer, shown_at=shown_at, why=why, client_id=client_id)


def _find_again(review: review_record.Review, reader: str, back: int) -> Turn | None:
    """The case that the reader answered so many before, of those that nobody has settled since."""
    for entry in readings.list_last(review.id, reader, MOST_BACK):
        said = readings.list_readings(entry.id)
        if any(one.phase == review_record.SETTLING for one in said):
            continue
        back -= 1
        if not back:
            name = queueing.tidy_reader(reader)
            own = [one for one in said if one.reader == name and one.phase == review_record.FINAL]
            answered = readings.find_reveal(entry.id, reader)
            return Turn(entry, AGAIN, own[-1].answer, answered, why=own[-1].why)
    return None
