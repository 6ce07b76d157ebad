"""A review, what is read in it, and what readers said, as pages and the terminal read them; tables: `schema`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.review import case_record

Purpose = Literal["queue", "site"]
QUEUE: Purpose = "queue"  # to settle cases, from which the next model learns
SITE: Purpose = "site"  # a sample with known chances of being drawn: does the model work here?
Mode = Literal["blind", "shown"]
BLIND_FIRST: Mode = "blind"  # the model's answer appears when the reader has given one
MODEL_SHOWN: Mode = "shown"  # from the beginning; what is measured then says so
Order = Literal["useful", "random", "oldest"]
USEFUL: Order = "useful"
RANDOM: Order = "random"
OLDEST: Order = "oldest"
State = Literal["open", "disputed", "settled"]
OPEN: State = "open"
DISPUTED: State = "disputed"  # its readers differ: somebody else settles it
SETTLED: State = "settled"
Phase = Literal["blind", "final", "settling"]
BLIND: Phase = "blind"
FINAL: Phase = "final"
SETTLING: Phase = "settling"
Reason = Literal["sent", "uncertain", "disagreement", "refused", "suspect", "mistake", "random", "gold"]
SENT: Reason = "sent"
UNCERTAIN: Reason = "uncertain"
DISAGREEMENT: Reason = "disagreement"
REFUSED: Reason = "refused"
SUSPECT: Reason = "suspect"
MISTAKE: Reason = "mistake"
DRAWN: Reason = "random"
GOLD: Reason = "gold"
CANNOT_TELL = "(cannot tell)"
NOT_SUCH = "(not such an image)"
OTHER_ANSWERS = (CANNOT_TELL, NOT_SUCH)


@dataclass(frozen=True)
class Settings:
    """How a review is read.

    class_names : in the order of the keys 1 to 9. positive : the class that is looked for, "" = none. dataset,
    model_id, model_created : what it is about, "" = nothing in particular. readers : how many read each case, 1 or 2.
    audit_share : of the cases, 0 to 1, drawn at random and read whatever their rank, so that what is measured on them
    holds for all. seed : of all that is drawn. facts : what else its purpose needs, as JSON.
    """

    class_names: tuple[str, ...]
    positive: str = ""
    dataset: str = ""
    model_id: str = ""
    model_created: str = ""
    purpose: Purpose = QUEUE
    readers: int = 1
    mode: Mode = BLIND_FIRST
    order: Order = USEFUL
    audit_share: float = 0.1
    seed: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Review:
    """Cases that are read together. made_at : UTC, ISO. closed_at : "" while it is read."""

    id: int
    name: str
    made_at: str
    made_by: str
    settings: Settings
    closed_at: str = ""


@dataclass(frozen=True)
class Change:
    """What somebody changed of a review: a setting, or `closed_at`. at : UTC, ISO. before, after : as JSON has them."""

    at: str
    by: str
    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Counts:
    """How far a review is: cases by state, and how many of the open ones one of two readers has read."""

    open: int
    half_read: int
    disputed: int
    settled: int

    @property
    def total(self) -> int:
        """All cases of the review."""
        return self.open + self.disputed + self.settled


@dataclass(frozen=True)
class Enrolment:
    """A case on its way into a review.

    rank : how useful it is to read, 0 to 1, larger first. reason : why it is there. answered : what the model had said.
    gold : its true class where that is known for certain. stratum, weight : of a sample that was drawn in strata; how
    many images of the pool it stands for.
    """

    case_id: int
    rank: float = 0.0
    reason: Reason = SENT
    answered: case_record.Answer = case_record.NO_MODEL
    gold: str = ""
    stratum: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Entry:
    """A case in a review, as whoever reads it may see it: nothing of a model, nothing of another reader."""

    id: int
    review_id: int
    case_id: int
    sha256: str
    name: str
    patient: str
    state: State


@dataclass(frozen=True)
class Claim:
    """A case that one reader has in hand until `until` (UTC, ISO), and what the reader had begun to say.

    blind : the answer that the reader has given without the model, "" before. draft : as `queueing.keep_draft` got it.
    """

    entry: Entry
    reader: str
    until: str
    blind: str = ""
    draft: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What one reader said of one case at one moment; never overwritten, a later one of the same phase counts.

    answer : a class, CANNOT_TELL or NOT_SUCH. shown_at, at : UTC, ISO. saw_model : whether the model's answer had been
    shown. model_id, model_created, model_answer : of the model that the review is about, "" = it gave none.
    """

    id: int
    entry_id: int
    case_id: int
    reader: str
    phase: Phase
    answer: str
    shown_at: str
    at: str
    saw_model: bool
    model_id: str
    model_created: str
    model_answer: str
    why: str
    client_id: str
