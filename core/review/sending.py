"""Sending to review what Predict shows: one image with its answer, or of many answers those that need a person.

An image of a data set goes into that data set's ledger, everything else into the case store: each is written once.
"""

import functools
import math
from collections.abc import Callable, Hashable, Mapping
from concurrent import futures
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from core.base import errors, progress
from core.datasets.index import acts, ledger
from core.gate import gate
from core.models import tables
from core.prediction import answer_record, examples, many, verdicts
from core.results import answer_table, kept_answers
from core.review import case_packing, case_record, cases, waiting

READING = "Sending to review"
READERS, READ_AT_ONCE = 4, 32  # files that are read and looked at beside each other, and between two reports
SEND_AT_ONCE, SEND_BYTES = 512, 64_000_000  # in one transaction; from so many bytes on fewer
_GONE, _UNREADABLE = "gone", "unreadable"


@dataclass(frozen=True)
class Outcome:
    """What became of many: how many images were sent, how many were not there any more, how many cannot be read."""

    sent: int
    gone: int
    unreadable: int


def find_waiting(example: examples.Example) -> waiting.Waiting | None:
    """The image as it waits, if it does. Raises what `waiting.find_content` raises."""
    if example.data is None:
        return waiting.find_content(example.sha256)
    decided = example.data.decided.by_image.get(example.image_id, ())
    asked = [act for act in decided if act.kind == acts.SECOND_LOOK]
    return waiting.of_acts(asked) if asked else None


def describe_answer(answered: answer_record.Answered) -> case_record.Answer:
    """What a model answers to one image, as it is kept with a case."""
    found, decided, judged = answered.found, answered.decided, answered.judged
    said = case_record.Answer(
        found.id, found.manifest.created, answered.verdict, gate=None if judged is None else judged.to_json()
    )
    if not answered.is_given:
        return said
    return replace(said, class_name=decided.class_name, probabilities=decided.probabilities)


def send_example(
    example: examples.Example,
    answered: case_record.Answer,
    *,
    by: str,
    why: str = "",
    client_id: str = "",
    pseudonym: bool = False,
) -> None:
    """Have people look at one image; see `cases.send`.

    Raises as `cases.send`, `ledger.record` and `kept_answers.read_rows` do.
    """
    if example.data is not None:
        prompted = _say(answered)
        words = f"{why} ({prompted})" if why else prompted
        asked = acts.Act(
            acts.SECOND_LOOK, example.data.name, example.image_id, by, why=words, model_id=answered.model_id
        )
        ledger.record([asked])
        return
    patient = ""
    if example.among:
        answers_id, place = example.among
        patient = str(kept_answers.read_rows(answers_id)["smear"].iloc[place])
    cases.send(
        example.content,
        example.name,
        by=by,
        why=why,
        source=case_record.BATCH if example.among else case_record.PREDICT,
        patient=patient,
        answered=answered,
        client_id=client_id,
        pseudonym=pseudonym,
    )


def find_unsent(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the answers to many images those that need a person, can be read, and do not wait yet, each content once; the
    first to be looked at on top. rows : of `marks.mark`. Raises what `waiting.list_contents` raises."""
    chosen = answer_table.select(rows, answer_table.WAITING)
    sent = {sha256[: tables.ID_LENGTH] for sha256 in waiting.list_contents()}
    unsent = chosen[(chosen["verdict"] != many.UNREADABLE) & ~chosen["image_id"].isin(sent)]
    return unsent.drop_duplicates("image_id")


def send_unsent(
    about: kept_answers.About,
    rows: pd.DataFrame,
    *,
    by: str,
    why: str = "",
    client_id: str = "",
    pseudonym: bool = False,
    report: progress.Report = progress.say_nothing,
) -> Outcome:
    """Send all of `find_unsent`, some hundred at a time: what is sent stays sent, wherever it ends.

    rows : of these answers. Raises as `cases.send` does, and whatever `report` raises; an image that is gone or not
    readable is counted.
    """
    chosen = find_unsent(rows)
    outcome = Outcome(0, 0, int((rows["verdict"] == many.UNREADABLE).sum()))
    waiting_to_go = list[case_packing.Packed]()
    with kept_answers.open_originals(about.id) as read, futures.ThreadPoolExecutor(READERS) as pool:
        for start in range(0, len(chosen), READ_AT_ONCE):
            report(start, len(chosen), READING)
            part = chosen.iloc[start : start + READ_AT_ONCE]
            pack = functools.partial(_pack_row, about, read, client_id)
            looked = list(pool.map(pack, map(int, part.index), part.to_dict("records")))
            waiting_to_go += [one for one in looked if isinstance(one, case_packing.Packed)]
            gone, unreadable = looked.count(_GONE), looked.count(_UNREADABLE)
            outcome = replace(outcome, gone=outcome.gone + gone, unreadable=outcome.unreadable + unreadable)
            full = len(waiting_to_go) >= SEND_AT_ONCE or sum(len(one.content) for one in waiting_to_go) >= SEND_BYTES
            if waiting_to_go and (full or start + READ_AT_ONCE >= len(chosen)):
                cases.send_packed(waiting_to_go, by=by, why=why, source=case_record.BATCH, pseudonym=pseudonym)
                outcome = replace(outcome, sent=outcome.sent + len(waiting_to_go))
                waiting_to_go.clear()
    return outcome


def _pack_row(
    about: kept_answers.About,
    read: Callable[[int], tuple[str, bytes]],
    client_id: str,
    place: int,
    row: Mapping[Hashable, Any],
) -> case_packing.Packed | str:
    """One of many as it is sent; _GONE or _UNREADABLE where it cannot be."""
    try:
        name, content = read(place)
    except (errors.SourceNotFound, errors.UnsafeArchive, errors.BrokenArchive):
        return _GONE
    try:
        return case_packing.pack(
            content,
            name,
            patient=row["smear"],
            answered=describe_row(about, row),
            client_id=f"{client_id}/{place}" if client_id else "",
        )
    except errors.UnreadableImage:
        return _UNREADABLE


def describe_row(about: kept_answers.About, row: Mapping[Hashable, Any]) -> case_record.Answer:
    """What was answered to one of many images, as it is kept with a case."""
    chances = {name.removeprefix("p_"): float(row[name]) for name in map(str, row) if name.startswith("p_")}
    name = row["class_name"] if isinstance(row["class_name"], str) else None
    judged = None
    if not math.isnan(row["distance"]):
        judged = gate.Verdict(
            row["verdict"] == verdicts.UNKNOWN,
            bool(row["caution"]),
            float(row["distance"]),
            float(row["limit"]),
            tuple(str(row["reasons"]).splitlines()),
        ).to_json()
    return case_record.Answer(
        about.model, about.created, row["verdict"], name, chances if name is not None else None, judged
    )


def _say(answered: case_record.Answer) -> str:
    """What a model answered, for the record of a data set's image."""
    chances: Mapping[str, float] = answered.probabilities or {}
    if answered.class_name is None:
        return f"{answered.model_id} does not know such an image"
    shown = f"{answered.class_name} with {100 * chances[answered.class_name]:.1f} %"
    leads = {
        verdicts.REFER: "is not sure, and leans to",
        verdicts.UNKNOWN: "does not know such an image; asked anyway,",
    }
    return f"{answered.model_id} {leads.get(answered.verdict, 'answers')} {shown}"
