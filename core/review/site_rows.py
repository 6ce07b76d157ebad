"""The images of a site check as they were read, a row each.

The truth is what readers say before they see the model: what they say afterwards leans to it. One reader, the blind
answer; two who agree, theirs; two who do not, what it came to in the end.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray

from core.review import database, reading_tables, review_record
from core.review.schema import EntryRow

UNREAD, DISPUTED = "(not read yet)", "(disputed)"  # beside a class, CANNOT_TELL and NOT_SUCH
KEPT = ["entry", "sha256", "patient", "stratum", "weight", "model_answer"]


def read_rows(review: review_record.Review) -> pd.DataFrame:
    """The drawn images, a row each: entry, sha256, patient, stratum, weight, model_answer, p_<class> (as they were
    shown; NaN where there are none), truth (a class, CANNOT_TELL, NOT_SUCH, UNREAD, DISPUTED), final (the same by the
    answers after the model was seen), readers (a tuple)."""
    said = reading_tables.tabulate(review.id)
    found = [
        {**{name: rows[name].iloc[0] for name in KEPT}, **_settle(rows, review.settings.readers)}
        for _, rows in said.groupby("entry", sort=True)
    ]
    columns = [*KEPT, "truth", "final", "readers"]
    table = pd.DataFrame(found, columns=columns)
    answered = _read_probabilities(review.id)
    for name in review.settings.class_names:
        table[f"p_{name}"] = [(answered.get(entry) or {}).get(name, np.nan) for entry in table["entry"]]
    return table


def number_units(rows: pd.DataFrame) -> NDArray[np.int64]:
    """The patient of each row as a number, (N,); one whose patient is not known is a patient alone."""
    names = [patient or f"\0{entry}" for patient, entry in zip(rows["patient"], rows["entry"], strict=True)]
    return np.unique(np.array(names, str), return_inverse=True)[1].reshape(-1).astype(np.int64)


def _settle(rows: pd.DataFrame, readers: int) -> dict[str, Any]:
    """What the rows of one image, a reader each, come to."""
    counting = rows[rows["counts"].astype(bool)]
    answers = {"truth": UNREAD, "final": UNREAD}
    if len(counting) >= readers:
        blind = counting["blind"].where(counting["blind"] != "", counting["final"])
        for name, said in (("truth", blind), ("final", counting["final"])):
            answers[name] = said.iloc[0] if said.nunique() == 1 else rows["settled"].iloc[0] or DISPUTED
    return {**answers, "readers": tuple(rows.loc[rows["reader"] != "", "reader"])}


def _read_probabilities(review_id: int) -> dict[int, Mapping[str, float] | None]:
    with database.reading() as session:
        chosen = sa.select(EntryRow.id, EntryRow.probabilities).where(EntryRow.review_id == review_id)
        return {row.id: row.probabilities for row in session.execute(chosen)}
