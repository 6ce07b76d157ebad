"""Taking images into a review: read, answered by the model that it is about, ranked, sent as cases, put into its queue.

Some at a time, each part whole or not at all: what was taken in before a stop stays, and whoever does the same again
adds nothing twice. What waited in a ledger is taken back from there only once it is in the review.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent import futures
from dataclasses import dataclass, replace

from core.base import errors, progress
from core.datasets.index import ledger
from core.review import arrivals, asking, case_packing, case_record, cases, database, review_record, reviews, usefulness

READING = "Taking images into the review"
READERS, READ_AT_ONCE = 4, 32
ENROL_AT_ONCE, ENROL_BYTES = 512, 64_000_000  # in one go; from so many bytes on fewer
GONE, UNREADABLE = "gone", "unreadable"
_GONE = (errors.DatasetChanged, errors.SourceNotFound, errors.UnsafeArchive, errors.BrokenArchive, errors.CaseBroken)


@dataclass(frozen=True)
class Outcome:
    """What became of them: how many are new in the review, were in it, were not there any more, cannot be read; and how
    many waited but are about other classes."""

    added: int = 0
    already: int = 0
    gone: int = 0
    unreadable: int = 0
    others: int = 0

    def say(self) -> str:
        """In a sentence or more."""
        said = [f"{self.added:,} image{'s are' if self.added != 1 else ' is'} in the review."]
        if self.already:
            said.append(f"{self.already:,} {'were' if self.already != 1 else 'was'} in it already, or came twice.")
        if self.gone:
            said.append(f"{self.gone:,} could not be taken in: the file is gone, or is another one now.")
        if self.unreadable:
            said.append(f"{self.unreadable:,} cannot be read, so there is nothing to look at.")
        if self.others:
            said.append(f"{self.others:,} that wait{'s' if self.others == 1 else ''} stay there: other classes.")
        return " ".join(said)


@dataclass(frozen=True, eq=False)
class _Looked:
    """An image that was read: packed where it has to be sent, and what it is in the review but for its number."""

    arrival: arrivals.Arrival
    enrolment: review_record.Enrolment
    packed: case_packing.Packed | None


def needs_network(found: Sequence[arrivals.Arrival], askers: Sequence[asking.Asker]) -> bool:
    """Whether a model's network has to be asked about any of them; see `asking`. Raises ModelBroken."""
    return any(not (_was_asked(one, asker) or asker.knows(one.content)) for asker in askers for one in found)


def take_in(
    review: review_record.Review,
    found: Sequence[arrivals.Arrival],
    *,
    by: str,
    asker: asking.Asker | None = None,
    beside: Sequence[asking.Asker] = (),
    pseudonym: bool = False,
    report: progress.Report = progress.say_nothing,
) -> Outcome:
    """Put images into a review; those whose class is certain come last, among the ranks of the others.

    asker : the model whose answer readers are shown; without one, whatever was answered before is. beside : models that
    are asked as well, for their disagreement. by : who begins it, for the cases' record. pseudonym : see `cases.send`.
    Raises as `cases.send_packed`, `reviews.enrol`, `ledger.withdraw` and `asking.Asker.ask` do, and whatever `report`
    raises; an image that is gone or cannot be read is counted.
    """
    ordered = sorted(found, key=lambda one: bool(one.gold) and one.reason == review_record.GOLD)
    outcome, waiting_to_go, ranks = Outcome(), list[_Looked](), list[float]()
    with futures.ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(ordered), READ_AT_ONCE):
            report(start, len(ordered), READING)
            part = ordered[start : start + READ_AT_ONCE]
            contents = list(pool.map(_read, part))
            for arrival, content in zip(part, contents, strict=True):
                looked = _look(arrival, content, asker, beside) if isinstance(content, bytes) else content
                if isinstance(looked, str):
                    outcome = replace(outcome, **{looked: getattr(outcome, looked) + 1})
                    continue
                looked = _mix_in(review, looked, ranks)
                ranks.append(looked.enrolment.rank)
                waiting_to_go.append(looked)
            size = sum(len(one.packed.content) for one in waiting_to_go if one.packed)
            full = len(waiting_to_go) >= ENROL_AT_ONCE or size >= ENROL_BYTES
            if waiting_to_go and (full or start + READ_AT_ONCE >= len(ordered)):
                added = _enrol(review, waiting_to_go, by=by, pseudonym=pseudonym)
                again = len(waiting_to_go) - added
                outcome = replace(outcome, added=outcome.added + added, already=outcome.already + again)
                waiting_to_go.clear()
    return outcome


def _was_asked(arrival: arrivals.Arrival, asker: asking.Asker) -> bool:
    return (arrival.answered.model_id, arrival.answered.created) == (asker.found.id, asker.found.manifest.created)


def _read(arrival: arrivals.Arrival) -> bytes | str:
    """The file, or GONE."""
    try:
        return arrival.read()
    except _GONE:
        return GONE
    except errors.UnreadableImage:
        return UNREADABLE


def _look(
    arrival: arrivals.Arrival, content: bytes, asker: asking.Asker | None, beside: Sequence[asking.Asker]
) -> _Looked | str:
    """An image with what speaks for it; UNREADABLE where it is none."""
    try:
        packed = case_packing.pack(
            content,
            arrival.name,
            patient=arrival.patient,
            dataset=arrival.dataset,
            image_id=arrival.image_id,
        )
        answered = arrival.answered if asker is None else _ask(asker, arrival, content)
        others = [_ask(one, arrival, content) for one in beside]
    except errors.UnreadableImage:
        return UNREADABLE
    signs = usefulness.read_signs(answered) | dict(arrival.signs)
    if others:
        named = [one.class_name or "" for one in (answered, *others) if one.model_id]
        signs[review_record.DISAGREEMENT] = usefulness.compute_disagreement(named)
    rank, reason = usefulness.rank(signs, arrival.reason)
    enrolment = review_record.Enrolment(arrival.case_id, rank, reason, answered, gold=arrival.gold)
    return _Looked(arrival, enrolment, None if arrival.case_id else replace(packed, answered=answered))


def _ask(asker: asking.Asker, arrival: arrivals.Arrival, content: bytes) -> case_record.Answer:
    """What it had answered when the image was sent, else what it answers now."""
    return arrival.answered if _was_asked(arrival, asker) else asker.ask(arrival.content, content, arrival.name)


def _mix_in(review: review_record.Review, looked: _Looked, ranks: Sequence[float]) -> _Looked:
    """A case that was mixed in, at the rank of one of the others, so that its place in the queue says nothing."""
    if looked.arrival.reason != review_record.GOLD:
        return looked
    drawn = reviews.draw(review.settings.seed, "gold", looked.arrival.content)
    rank = ranks[int(drawn * len(ranks))] if ranks else 0.0
    return replace(looked, enrolment=replace(looked.enrolment, rank=rank, reason=review_record.GOLD))


def _enrol(review: review_record.Review, looked: Sequence[_Looked], *, by: str, pseudonym: bool) -> int:
    """Send what is no case yet, put all into the queue, and take back what waited in ledgers; how many are new."""
    why = f"For the review “{review.name}”"
    for source in (case_record.DATASET, case_record.BATCH):
        of_source = [
            one for one in looked if one.packed and bool(one.arrival.dataset) == (source == case_record.DATASET)
        ]
        wanted = {one.packed.sha256: one.packed for one in reversed(of_source) if one.packed}
        images = [replace(one, client_id=f"{review.id}/{sha256}") for sha256, one in wanted.items()][::-1]
        if images:
            cases.send_packed(images, by=by, why=why, source=source, pseudonym=pseudonym)
    contents = list({one.packed.sha256 for one in looked if one.packed})
    with database.reading() as session:
        numbers = cases.find_numbers(session, contents)
    enrolments = [
        replace(one.enrolment, case_id=numbers[one.packed.sha256]) if one.packed else one.enrolment for one in looked
    ]
    added = reviews.enrol(review.id, enrolments)
    asked = [act for one in looked for act in one.arrival.asked]
    for name in Counter(act.dataset for act in asked):
        ledger.withdraw([act for act in asked if act.dataset == name], by=by, why=why)
    return added
