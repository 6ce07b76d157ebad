"""What a split leaks: patients, identical files and near-identical images that are on more than one side of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.datasets.duplicates import near_identical
from core.datasets.index import index as dataset_index

SIDES = ("train", "validation", "test")
PAIR = ("row_a", "split_a", "row_b", "split_b")


@dataclass(frozen=True, eq=False)
class Finding:
    """One way in which a split leaks. `table`: a row each, with the columns row_a, split_a, row_b, split_b.

    Further columns: patients: group, train, validation, test (images). near: similarity, how. Empty where all is well.
    """

    table: pd.DataFrame

    @property
    def count(self) -> int:
        """Patients, files, or pairs of images."""
        return len(self.table)


@dataclass(frozen=True, eq=False)
class Audit:
    """What was looked for in a split, and found. `near` is None as long as nobody has looked for such images."""

    patients: Finding
    identical: Finding
    near: Finding | None
    patients_known: bool
    without_patient: int = 0  # images
    limits: tuple[str, ...] = ()  # sentences about images that could not be compared, see likeness.describe_limits

    @property
    def leaks(self) -> bool:
        """Whether anything stands on more than one side."""
        return bool(self.patients.count or self.identical.count or (self.near and self.near.count))

    @property
    def warnings(self) -> list[str]:
        """A sentence for each leak, as it is carried into every model that is trained on the split."""
        said = []
        if self.patients.count:
            table = self.patients.table
            images = int(table[list(SIDES)].to_numpy().sum())
            who = f"{_count(self.patients.count, 'patient')} {_are(self.patients.count)}"
            said.append(f"{who} on more than one side, with {images:,} images.")
        if self.identical.count:
            which = f"{_count(self.identical.count, 'file')} {_are(self.identical.count)}"
            said.append(f"{which} on more than one side, byte for byte the same.")
        if self.near and self.near.count:
            said.append(f"{_count(self.near.count, 'pair')} of near-identical images on different sides.")
        return said

    @property
    def unknowns(self) -> list[str]:
        """A sentence for each thing that could not be looked for."""
        said = []
        if not self.patients_known:
            said.append("No patients are known, so nobody can tell whether one is on both sides.")
        elif self.without_patient:
            said.append(
                f"Of {_count(self.without_patient, 'image')} the patient is not known; each counts as one of its own."
            )
        if self.near is None:
            said.append("Nobody has looked for near-identical images yet.")
        return [*said, *self.limits]

    def to_json(self) -> dict[str, Any]:
        """Counts and sentences; null for what was not looked for."""
        return {
            "leaks": self.leaks,
            "warnings": self.warnings,
            "unknowns": self.unknowns,
            "patients_shared": self.patients.count if self.patients_known else None,
            "identical_files_shared": self.identical.count,
            "images_without_patient": self.without_patient,
            "near_identical_pairs_shared": self.near.count if self.near is not None else None,
        }


def audit_split(table: pd.DataFrame, data: dataset_index.Index, pairs: pd.DataFrame | None) -> Audit:
    """Look for what a split leaks.

    table : of a `splits.Split`: row, split, group. pairs : from `near_identical.read_pairs`, None = not looked for yet.
    """
    known = table.assign(sha256=data.table.loc[table["row"], "sha256"].to_numpy())
    return Audit(
        patients=Finding(_find_patients(known)),
        identical=Finding(_find_identical(known)),
        near=None if pairs is None else Finding(_find_near(known, data, pairs)),
        patients_known=bool((table["group"] != "").any()),
        without_patient=int((table["group"] == "").sum()),
        limits=() if pairs is None else tuple(near_identical.describe_limits(pairs)),
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _first_two_sides(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """For each value of `key` on more than one side: an image on its first side and one on its next."""
    order = pd.Categorical(table["split"], SIDES, ordered=True)
    firsts = table.assign(order=order.codes).sort_values(["order", "row"]).drop_duplicates([key, "split"])
    firsts = firsts[firsts.duplicated(key, keep=False)].sort_values([key, "order"])
    place = firsts.groupby(key).cumcount()
    first, next_one = (firsts.loc[place == number, [key, "row", "split"]] for number in (0, 1))
    return first.merge(next_one, on=key, suffixes=("_a", "_b"))[[key, *PAIR]]


def _find_patients(known: pd.DataFrame) -> pd.DataFrame:
    named = known[known["group"] != ""]
    shared = _first_two_sides(named, "group")
    counts = pd.crosstab(named["group"], named["split"]).reindex(columns=list(SIDES), fill_value=0)
    counted = shared.join(counts, on="group")
    order = np.argsort(-counted[list(SIDES)].to_numpy().sum(axis=1), kind="stable")
    return counted.iloc[order].reset_index(drop=True)


def _find_identical(known: pd.DataFrame) -> pd.DataFrame:
    return _first_two_sides(known, "sha256")


def _find_near(known: pd.DataFrame, data: dataset_index.Index, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs of contents on different sides: a pair names the first of several identical files only."""
    near = pairs[pairs["how"] != near_identical.IDENTICAL]
    firsts = known.drop_duplicates(["sha256", "split"])[["sha256", "row", "split"]]
    contents = data.table["sha256"]
    named = pd.DataFrame(
        {
            "sha_a": contents.loc[near["row_a"]].to_numpy(),
            "sha_b": contents.loc[near["row_b"]].to_numpy(),
            "similarity": near["similarity"].to_numpy(),
            "how": near["how"].to_numpy(),
        }
    )
    met = named.merge(firsts, left_on="sha_a", right_on="sha256")
    met = met.merge(firsts, left_on="sha_b", right_on="sha256", suffixes=("_a", "_b"))
    met = met[met["split_a"] != met["split_b"]].drop_duplicates(["sha_a", "sha_b"])
    return met.sort_values("similarity", ascending=False, kind="stable", ignore_index=True)[
        [*PAIR, "similarity", "how"]
    ]
