"""A case and what happened to it, as pages and the terminal read them; the tables are `schema`'s."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Source = Literal["predict", "batch", "dataset"]
PREDICT: Source = "predict"
BATCH: Source = "batch"
DATASET: Source = "dataset"
State = Literal["pooled", "withdrawn", "read"]
POOLED: State = "pooled"
WITHDRAWN: State = "withdrawn"
READ: State = "read"  # settled in a review
Kind = Literal["sent", "withdrawn"]
SENT: Kind = "sent"
TAKEN_BACK: Kind = "withdrawn"


@dataclass(frozen=True)
class Answer:
    """What a model had answered when a person sent an image.

    created : when the model was made. verdict : of `verdicts`. class_name : the answer, or what the model leans to;
    None where it gave none. probabilities : class -> 0 to 1, as they were shown. gate : `gate.Verdict.to_json`; None
    of a model without a gate.
    """

    model_id: str = ""
    created: str = ""
    verdict: str = ""
    class_name: str | None = None
    probabilities: Mapping[str, float] | None = None
    gate: Mapping[str, Any] | None = None


NO_MODEL = Answer()


@dataclass(frozen=True)
class Event:
    """One thing that happened to a case. at : UTC, ISO. client_id : what tells a retry from a second act, "" = none."""

    id: int
    case_id: int
    at: str
    by: str
    kind: Kind
    why: str
    answered: Answer
    client_id: str


@dataclass(frozen=True)
class Case:
    """An image that people are to look at, and the last time that it was sent.

    sha256 : of the file. name : of the file, or the pseudonym in its place. patient : patient, smear or other group, ""
    = not known. dataset, image_id : of an image of a data set. height_px, width_px : upright, as the file has them.
    """

    id: int
    sha256: str
    name: str
    patient: str
    source: Source
    dataset: str
    image_id: str
    arrived_at: str
    state: State
    height_px: int
    width_px: int
    sent: Event
