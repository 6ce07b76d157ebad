"""Images that could come into a review, by where they come from. Nothing is read of them but what is listed; nothing is
written: that is `taking_in`'s.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
import sqlalchemy as sa

from core.base import errors
from core.datasets.index import acts, index, ledger, originals
from core.models import package, tables
from core.prediction import many
from core.results import answer_table, confusion_cell, disagreement, kept_answers
from core.review import case_record, case_rows, cases, database, review_record, sending, usefulness
from core.review.schema import CaseRow, EntryRow, EventRow, ReadingRow, ReviewRow

_NOT_HERE = (errors.DatasetNotFound, errors.DatasetNotIndexed)


@dataclass(frozen=True, eq=False)
class Arrival:
    """An image that could come into a review.

    read : gives its file; raises as its source does where it is gone. content : the first `tables.ID_LENGTH` digits of
    its sha256. case_id : of one that is a case already, else 0. answered : what a model had said, whichever. signs,
    reason : why it should be read, see `usefulness.rank`. gold : its class where that is certain, "" = it is not.
    asked : the acts of its data set's ledger that ask for a second look.
    """

    name: str
    read: Callable[[], bytes]
    content: str
    case_id: int = 0
    patient: str = ""
    dataset: str = ""
    image_id: str = ""
    answered: case_record.Answer = case_record.NO_MODEL
    signs: usefulness.Signs = field(default_factory=dict)
    reason: review_record.Reason = review_record.SENT
    gold: str = ""
    asked: tuple[acts.Act, ...] = ()


def list_waiting(class_names: Sequence[str]) -> tuple[list[Arrival], int]:
    """What waits for review and is in no open one: cases, and images of data sets with a second look. And how many of
    them are about other classes, or of a data set that is not here, and are not listed.

    class_names : of the review; what no model has answered fits any. Raises IndexBroken, and what `database.reading`
    raises.
    """
    found, others = list[Arrival](), 0
    for case in _list_unassigned():
        chances = case.sent.answered.probabilities
        if chances is None or set(chances) == set(class_names):
            found.append(_of_case(case))
        else:
            others += 1
    for name in ledger.list_names():
        asked = ledger.list_acts(dataset=name, kind=acts.SECOND_LOOK)
        if not asked:
            continue
        try:
            data = index.read_index(name)
        except _NOT_HERE:
            others += len({act.image_id for act in asked})
            continue
        listed = _list_second_looks(data)
        fit = listed if set(data.class_names) <= set(class_names) else []
        found += fit
        others += len({act.image_id for act in asked}) - len(fit)
    return found, others


def read_stamp() -> Hashable:
    """What changes with what waits, for caches. Raises what `database.reading` raises."""
    looked = tuple((name, ledger.read_stamp(name)) for name in ledger.list_names())
    if not database.exists():
        return looked, ()
    with database.reading() as session:
        last = [session.scalar(sa.select(sa.func.max(table.id))) for table in (EventRow, EntryRow, ReadingRow)]
        closed = session.execute(sa.select(sa.func.count(ReviewRow.id), sa.func.max(ReviewRow.closed_at))).one()
        open_ = session.scalar(sa.select(sa.func.count(ReviewRow.id)).where(ReviewRow.closed_at == ""))
        return looked, (*last, *closed, open_, session.scalar(sa.select(sa.func.count()).select_from(CaseRow)))


def list_mistakes(found: package.Package, data: index.Index, *, gold: bool = False) -> list[Arrival]:
    """The test images that a model answers with another class than theirs, as it answers now; see `confusion_cell`.

    data : the data set that holds them. gold : whether its labels count as certain. Raises ModelBroken.
    """
    predictions = tables.read_predictions(found)
    mistakes = confusion_cell.list_mistakes(
        predictions[predictions["split"] == "test"],
        found.class_names,
        threshold=found.threshold,
        positive=found.class_names.index(found.positive_class),
        temperature=found.temperature,
    )
    rows = disagreement.find_rows(data, mistakes["image_id"].tolist())
    listed = list[Arrival]()
    for entry in mistakes[mistakes["image_id"].isin(list(rows))].to_dict("records"):
        signs = {review_record.MISTAKE: float(min(1.0, entry["probability"]))}
        one = _of_row(data, rows[entry["image_id"]], signs=signs, reason=review_record.MISTAKE)
        listed.append(replace(one, gold=str(entry["truth"])) if gold else one)
    return listed


def list_suspects(data: index.Index, suspects: pd.DataFrame) -> list[Arrival]:
    """Images whose label models doubt. suspects : the rows of that finding (`findings.make_rows`): row, and score, 1
    less the probability of the label."""
    return [
        _of_row(data, int(row), signs={review_record.SUSPECT: float(score)}, reason=review_record.SUSPECT)
        for row, score in zip(suspects["row"], suspects["score"].clip(0, 1), strict=True)
    ]


def list_answers(
    about: kept_answers.About, read: Callable[[int], tuple[str, bytes]], *, needing: bool
) -> list[Arrival]:
    """Images that a model answered, each content once, without those that could not be read.

    read : of `kept_answers.open_originals`, which must stay open while they are read. needing : only those that need a
    person. Raises AnswersNotFound, AnswersBroken.
    """
    rows = kept_answers.read_rows(about.id)
    chosen = answer_table.select(rows, answer_table.WAITING if needing else "")
    chosen = chosen[chosen["verdict"] != many.UNREADABLE].drop_duplicates("image_id")
    return [
        Arrival(
            PurePosixPath(row["path"]).name,
            lambda place=int(place): read(place)[1],  # type: ignore[misc]
            str(row["image_id"]),
            patient=str(row["smear"]),
            answered=sending.describe_row(about, row),
        )
        for place, row in zip(chosen.index, chosen.to_dict("records"), strict=True)
    ]


def draw_sample(data: index.Index, count: int, seed: int) -> list[Arrival]:
    """So many usable images of a data set, or all, drawn at random, all equally likely; the same for a seed."""
    rows = np.random.default_rng(seed).permutation(data.usable.index.to_numpy(np.int64))[:count]
    return [_of_row(data, int(row), reason=review_record.DRAWN) for row in rows]


def draw_gold(data: index.Index, count: int, seed: int, *, besides: Collection[str] = ()) -> list[Arrival]:
    """So many images of a data set with their class, to be mixed in: as many of each class as of any other.

    Images about which anybody has decided anything but that they are fine are none. besides : contents that are in the
    review for another reason.
    """
    doubted = {key for key, about in data.decided.by_image.items() if any(act.kind != acts.KEEP for act in about)}
    usable, taken = data.usable, set(besides)
    free = ~usable["image_id"].isin(list(doubted)) & ~pd.Series(tables.shorten(usable["image_id"]), usable.index).isin(
        list(taken)
    )
    rng, drawn = np.random.default_rng(seed), list[list[int]]()
    for label in range(len(data.class_names)):
        drawn.append(rng.permutation(usable.index[free & (usable["label"] == label)].to_numpy(np.int64)).tolist())
    turns = [rows[turn] for turn in range(max(map(len, drawn), default=0)) for rows in drawn if turn < len(rows)]
    return [
        replace(_of_row(data, row, reason=review_record.GOLD), gold=data.class_names[data.find_label(row)])
        for row in turns[:count]
    ]


def _list_unassigned() -> list[case_record.Case]:
    """The cases that wait and that no open review has still to settle."""
    if not database.exists():
        return []
    taken = sa.select(EntryRow.id).join(ReviewRow, ReviewRow.id == EntryRow.review_id)
    taken = taken.where(ReviewRow.closed_at == "", EntryRow.state != review_record.SETTLED)
    taken = taken.where(EntryRow.case_id == CaseRow.id).correlate(CaseRow)
    with database.reading() as session:
        chosen = case_rows.select().where(CaseRow.state == case_record.POOLED, ~taken.exists())
        return [case_rows.to_case(*row) for row in session.execute(chosen)]


def _of_case(case: case_record.Case) -> Arrival:
    return Arrival(
        case.name,
        lambda: cases.read_image(case),
        case.sha256[: tables.ID_LENGTH],
        case_id=case.id,
        patient=case.patient,
        dataset=case.dataset,
        image_id=case.image_id,
        answered=case.sent.answered,
        signs={review_record.SENT: usefulness.ASKED_BY_A_PERSON},
    )


def _list_second_looks(data: index.Index) -> list[Arrival]:
    """The images of a data set, as it is indexed now, for which a second look is asked."""
    rows = dict(zip(data.table["image_id"].tolist(), data.table.index.tolist(), strict=True))
    signs = {review_record.SENT: usefulness.ASKED_BY_A_PERSON}
    found = list[Arrival]()
    for image_id, about in data.decided.by_image.items():
        asked = tuple(act for act in about if act.kind == acts.SECOND_LOOK)
        if asked and image_id in rows:
            found.append(replace(_of_row(data, int(rows[image_id]), signs=signs), asked=asked))
    return found


def _of_row(
    data: index.Index,
    row: int,
    *,
    signs: Mapping[review_record.Reason, float] | None = None,
    reason: review_record.Reason = review_record.SENT,
) -> Arrival:
    """An image of a data set, under its patient's name as the index has it."""

    def read() -> bytes:
        with originals.open_file(data, row) as content:
            return content

    entry = data.table.loc[row].to_dict()
    return Arrival(
        PurePosixPath(str(entry["path"])).name,
        read,
        str(entry["sha256"])[: tables.ID_LENGTH],
        patient=str(entry["group"]),
        dataset=data.name,
        image_id=str(entry["image_id"]),
        signs=signs or {},
        reason=reason,
    )
