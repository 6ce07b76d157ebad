"""How far readers agree with each other and with the model, and what seeing the model did to them, by a review's table.

First, blind answers are compared: whoever has seen the model's answer agrees with it more. Cases that were drawn for
the audit hold for all cases; those that were read because they looked difficult do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.review import review_record
from core.statistics import estimate, reader_agreement, reading_bias, unit_shares

Ints = NDArray[np.int64]
MODEL = "the model"


@dataclass(frozen=True)
class Pair:
    """Two who answered the same cases. first, second : readers, or a reader and MODEL. n : cases, in `agreed`."""

    first: str
    second: str
    agreed: reader_agreement.Agreement


@dataclass(frozen=True)
class Result:
    """What a review's readings come to.

    audit : whether all numbers are of audit cases alone. blind : whether answers were given without the model; if not,
    agreement with it is no evidence. readers : of all cases that two people read, whoever they were. pairs : of two
    readers. with_model : of each reader, and of all (first = ""), cases to which the model gave an answer. bias : of
    cases whose truth does not rest on the reader alone; None where there is none. gold : reader -> share of the cases
    whose class was known that the reader answered right. seconds : median time of a blind answer.
    """

    audit: bool
    blind: bool
    readers: reader_agreement.Agreement
    pairs: tuple[Pair, ...]
    with_model: tuple[Pair, ...]
    bias: reading_bias.Bias | None
    gold: dict[str, estimate.Estimate]
    seconds: float | None


def measure(table: pd.DataFrame, settings: review_record.Settings, *, audit: bool) -> Result:
    """All of it. table : of `reading_tables.tabulate`. audit : of audit cases alone."""
    read = table[table["reader"] != ""]
    chosen = read[read["audit"]] if audit else read
    said = _find_first(chosen)
    counting = said[said["counts"]]
    seconds = chosen["blind_seconds"].median()
    return Result(
        audit,
        settings.mode == review_record.BLIND_FIRST,
        _compare_readers(counting, settings),
        _list_pairs(counting, settings),
        _list_with_model(said, settings),
        _measure_bias(chosen, settings),
        _measure_gold(_find_first(read), settings),
        None if np.isnan(seconds) else float(seconds),
    )


def list_answers(settings: review_record.Settings) -> tuple[str, ...]:
    """What can be answered: the classes, and what stands beside them."""
    return (*settings.class_names, *review_record.OTHER_ANSWERS)


def find_changed(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in which a reader answered otherwise after the second look."""
    return table[(table["blind"] != "") & (table["final"] != "") & (table["blind"] != table["final"])]


def _find_first(rows: pd.DataFrame) -> pd.DataFrame:
    """With a column `first`: the blind answer, or where the model was shown from the beginning the final one."""
    said = rows.assign(first=rows["blind"].where(rows["blind"] != "", rows["final"]))
    return said[said["first"] != ""]


def _compare_readers(said: pd.DataFrame, settings: review_record.Settings) -> reader_agreement.Agreement:
    twice = said.groupby("entry").filter(lambda rows: len(rows) == 2)
    twice = twice.sort_values("entry", kind="stable")
    answers = list_answers(settings)
    numbers = _number(twice["first"], answers).reshape(-1, 2)
    return reader_agreement.compare_several(numbers, _number_patients(twice.iloc[::2]), answers)


def _list_pairs(said: pd.DataFrame, settings: review_record.Settings) -> tuple[Pair, ...]:
    names = sorted(said["reader"].unique())
    found = [
        _compare(said[said["reader"] == one], said[said["reader"] == other], one, other, settings)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
    ]
    return tuple(pair for pair in found if pair.agreed.n)


def _list_with_model(said: pd.DataFrame, settings: review_record.Settings) -> tuple[Pair, ...]:
    answered = said[said["model_answer"].isin(settings.class_names)]
    model = answered.assign(first=answered["model_answer"])
    names = sorted(answered["reader"].unique())
    readers = ["", *names] if len(names) > 1 else names
    found = []
    for name in readers:
        chosen = answered["reader"] == name if name else np.ones(len(answered), bool)
        found.append(_compare(answered[chosen], model[chosen], name, MODEL, settings, keys=["entry", "reader"]))
    return tuple(found)


def _compare(
    one: pd.DataFrame,
    other: pd.DataFrame,
    first: str,
    second: str,
    settings: review_record.Settings,
    *,
    keys: Sequence[str] = ("entry",),
) -> Pair:
    both = one.merge(other[[*keys, "first"]], on=list(keys), suffixes=("", "_other"))
    answers = list_answers(settings)
    ours, theirs = (_number(both[name], answers) for name in ("first", "first_other"))
    return Pair(first, second, reader_agreement.compare_two(ours, theirs, _number_patients(both), answers))


def _measure_bias(chosen: pd.DataFrame, settings: review_record.Settings) -> reading_bias.Bias | None:
    """Only where the truth is known otherwise: by gold, by a second reader, or by whoever settled it."""
    known = (chosen["gold"] != "") | (chosen["settled_by"] != "") | (settings.readers > 1)
    truth = chosen["gold"].where(chosen["gold"] != "", chosen["settled"])
    whole = (chosen["blind"] != "") & (chosen["final"] != "") & truth.isin(settings.class_names)
    rows = chosen[known & whole & chosen["model_answer"].isin(settings.class_names)]
    if not len(rows):
        return None
    answers = list_answers(settings)
    return reading_bias.measure(
        reading_bias.Readings(
            _number(rows["blind"], answers),
            _number(rows["final"], answers),
            _number(rows["model_answer"], answers),
            _number(truth[rows.index], answers),
            rows["saw_model"].to_numpy(bool),
            _number_patients(rows),
        )
    )


def _measure_gold(said: pd.DataFrame, settings: review_record.Settings) -> dict[str, estimate.Estimate]:
    known = said[said["gold"].isin(settings.class_names)]
    return {
        str(reader): unit_shares.measure((rows["first"] == rows["gold"]).to_numpy(bool), _number_patients(rows))
        for reader, rows in known.groupby("reader")
    }


def _number(said: "pd.Series[str]", answers: Sequence[str]) -> Ints:
    places = {name: place for place, name in enumerate(answers)}
    return np.array([places[one] for one in said], dtype=np.int64)


def _number_patients(rows: pd.DataFrame) -> Ints:
    """Patients as numbers; an image whose patient is not known is one by itself."""
    names = rows["patient"].where(rows["patient"] != "", rows["sha256"])
    return np.unique(names.to_numpy(str), return_inverse=True)[1].astype(np.int64).reshape(-1)
