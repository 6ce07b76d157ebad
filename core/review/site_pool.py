"""The images of a place that a model answered: what it calls positive, the rest, and what its gate refused.

What the model has seen before says nothing of a place, and is left out, as is the same content twice and what cannot
be read; all of it is counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.base import errors, paths
from core.datasets.index import index
from core.models import package, tables
from core.prediction import many, smear_rules, verdicts
from core.results import kept_answers

FLAGGED, REST, REFUSED = PARTS = ("flagged", "rest", "refused")
SEEN, PATIENT, COPY, UNREADABLE = LEFT_OUT = ("seen", "patient", "copy", "unreadable")
LEFT_OUT_WORDS = {
    SEEN: "the model knows the image: from its training, validation or test",
    PATIENT: "the model knows another image of the patient",
    COPY: "the same image came before",
    UNREADABLE: "cannot be read",
}


@dataclass(frozen=True)
class Pool:
    """Images of a place that can be drawn.

    about : the answers that they are of. rows : of `marks.mark`, as far as they can be drawn, with the columns place
    (their row among the answers), part (of PARTS) and patient ("" = not known). left_out : why -> images.
    """

    about: kept_answers.About
    rows: pd.DataFrame
    left_out: Mapping[str, int]

    @property
    def counts(self) -> dict[str, int]:
        """Images in each part."""
        return {part: int((self.rows["part"] == part).sum()) for part in PARTS}

    @property
    def patients(self) -> int:
        """Patients, smears or folders that are known."""
        return int(self.rows.loc[self.rows["patient"] != "", "patient"].nunique())


def list_answers(found: package.Package) -> list[kept_answers.About]:
    """The answers to many images that this model gave as it is now, the newest first."""
    return [about for about in kept_answers.list_kept() if about.model == found.id and _is_current(found, about)]


def open_pool(found: package.Package, answers_id: str) -> Pool:
    """What can be drawn of kept answers.

    Raises AnswersNotFound, AnswersBroken; SettingNotUsable where another model, or the model at another threshold, gave
    them, or where none can be drawn.
    """
    about = kept_answers.find(answers_id)
    if about.model != found.id or not _is_current(found, about):
        raise _refuse(
            f"answers of {found.id} as it is now", f"those of {about.model} as it was", "Ask the model again."
        )
    rows = kept_answers.read_rows(answers_id)
    patients, by_name = _find_patients(found, about, rows)
    rows = rows.assign(place=np.arange(len(rows)), patient=patients)
    known = (rows["seen"] != "").to_numpy()
    reasons = np.select(
        [
            rows["verdict"] == many.UNREADABLE,
            known,
            (rows["seen_patient"] != "") | (by_name & _spread(known, rows["patient"])),
            rows["copy_of"] != "",
        ],
        [UNREADABLE, SEEN, PATIENT, COPY],
        "",
    )
    left_out = {why: int((reasons == why).sum()) for why in LEFT_OUT}
    kept = rows[reasons == ""].reset_index(drop=True)
    if not (kept["verdict"] != verdicts.UNKNOWN).any():
        said = ", ".join(f"{count:,}: {LEFT_OUT_WORDS[why]}" for why, count in left_out.items() if count)
        todo = "Choose images of your own that the model has not seen."
        raise _refuse("images that the model answers and has not seen", said or "none", todo)
    parts = np.select(
        [kept["verdict"] == verdicts.UNKNOWN, kept["class_name"] == found.positive_class], [REFUSED, FLAGGED], REST
    )
    return Pool(about, kept.assign(part=parts), left_out)


def list_sources() -> list[str]:
    """The data sets of this machine whose images can be asked about."""
    return [str(row["name"]) for row in index.list_datasets() if row["status"] == "ready"]


def choose_rule(name: str) -> str:
    """The rule by which images of a data set belong together when they are asked about: never its class folders.

    Raises what `index.read_index` raises.
    """
    rule = index.read_index(name).group_rule
    return rule if rule in smear_rules.RULES and rule != smear_rules.FOLDER else smear_rules.ONE


def _find_patients(
    found: package.Package, about: kept_answers.About, rows: pd.DataFrame
) -> tuple[NDArray[np.object_], bool]:
    """Whose each image is, "" = not known; of a data set of this machine as its index says it. And whether these are
    patients for certain, and not folders. Fewer than two tell nothing, nor do folders that are called like classes."""
    names, by_name = rows["smear"].to_numpy(object), about.rule not in (smear_rules.FOLDER, smear_rules.ONE)
    for name in list_sources():
        if about.sources == (str(paths.datasets_folder() / name),):
            table = index.read_index(name).table
            groups = dict(zip(tables.shorten(table["image_id"]), table["group"], strict=True))
            names, by_name = np.array([groups.get(one, "") for one in rows["image_id"]], object), True
    folders = {str(name).rpartition("/")[2].casefold() for name in names if name}
    classes = {name.casefold() for name in found.class_names}
    if len(folders) < 2 or (not by_name and folders <= classes):
        return np.full(len(rows), "", object), False
    return names, by_name


def _spread(known: NDArray[np.bool_], patients: pd.Series) -> NDArray[np.bool_]:
    """Which images are of a patient of whom one is known, (N,)."""
    return np.asarray(patients.isin(set(patients[known])) & (patients != ""))


def _is_current(found: package.Package, about: kept_answers.About) -> bool:
    """Whether the model would answer so now; a limit for referral changes no class."""
    return found.state == (about.created, about.gate, about.threshold) and found.temperature == about.temperature


def _refuse(expected: str, found: str, todo: str) -> errors.SettingNotUsable:
    return errors.SettingNotUsable(expected=expected, found=found, where="the images of a site check", todo=todo)
