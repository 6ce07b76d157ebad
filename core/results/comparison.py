"""Two finished models side by side: only on the same test images, which neither of them knew.

Stands above models, evaluation and inference. Reads predictions only; never loads TensorFlow.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.models import package, provenance, seen, tables
from core.results import cross_evaluation
from core.statistics import decision_rule, paired_comparison, tasks


@dataclass(frozen=True)
class Common:
    """The test images that two models have in common.

    image_ids : sorted. of_a, of_b : test images of each, crossed ones included. known_to_a, known_to_b : test images of
    the other that this one has seen (`provenance`), and which are therefore left out. relabelled : images left out
    because the two models were told different classes for them. why : in words, why nothing or only a part can be
    compared; empty where there is nothing to say. same_classes : whether both know the same classes.
    """

    image_ids: tuple[str, ...]
    of_a: int
    of_b: int
    known_to_a: int
    known_to_b: int
    relabelled: int
    same_classes: bool
    why: str

    @property
    def n(self) -> int:
        """How many images."""
        return len(self.image_ids)


def find_comparable(a: package.Package, b: package.Package) -> Common:
    """The test images of both, by content; images that either has seen are left out and counted.

    What a model answered to the other's test images (`cross_evaluation.cross`) counts as its test images too.
    Raises ModelBroken, PredictionsNotUsable.
    """
    return _join(a, b)[0]


def load_pair(a: package.Package, b: package.Package) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers of both to the images that they have in common, one row an image, in the order of `image_ids`.

    Columns image_id, split, group, label and `p_<class>`, label and columns in the order of A's classes in both; the
    group is A's, or B's where A has none. Without a row where nothing is comparable.
    """
    _, table_a, table_b = _join(a, b)
    return table_a, table_b


def compare(
    a: package.Package,
    b: package.Package,
    *,
    use_thresholds: bool = True,
) -> dict[str, Any]:
    """`pairing.compare` of two models, with "a", "b" (ids), "headline", "sentence", "why" and "notes" (what to keep in
    mind).

    A difference is B less A. use_thresholds : each answers at its operating point where one was kept; else the most
    probable class. Where nothing is comparable "verdict" is "not comparable", "sentence" says why, and the numbers are
    None. Raises ModelBroken, PredictionsNotUsable.
    """
    common, *scored = _join(a, b)
    built = [_build(found, table, a, use_thresholds) for found, table in zip((a, b), scored, strict=True)]
    compared = paired_comparison.compare(built[0], built[1])
    said = paired_comparison.say_verdict(compared, a.id, b.id) if common.n else common.why
    at_points = use_thresholds and (a.threshold is not None or b.threshold is not None)
    notes = _list_notes(a, b, compared, at_points=at_points) if common.n else []
    headline = paired_comparison.say_headline(compared, a.id, b.id)
    about = {"headline": headline, "sentence": said, "why": common.why, "notes": notes}
    return {"a": a.id, "b": b.id, **compared, **about}


def _join(a: package.Package, b: package.Package) -> tuple[Common, pd.DataFrame, pd.DataFrame]:
    """What `find_comparable` and `load_pair` give."""
    scored = [_read(found) for found in (a, b)]
    tested = [_list_tested(one, found, other) for one, found, other in ((scored[0], a, b), (scored[1], b, a))]
    by_a, by_b = _look(a, b, tested[1]), _look(b, a, tested[0])
    known_to_a, known_to_b = by_a.known, by_b.known
    counts = {"of_a": len(tested[0]), "of_b": len(tested[1])}
    counts |= {"known_to_a": int(known_to_a.sum()), "known_to_b": int(known_to_b.sum())}
    if set(a.class_names) != set(b.class_names):
        none = tested[0].iloc[:0]
        return Common((), **counts, relabelled=0, same_classes=False, why=_say_classes(a, b)), none, none
    first, second, relabelled = _align(tested[0][~known_to_b], _reorder(tested[1][~known_to_a], b, a))
    common = Common(tuple(first["image_id"]), **counts, relabelled=relabelled, same_classes=True, why="")
    return replace(common, why=_say_why(common, a, b, (by_a, by_b))), first, second


def _read(found: package.Package) -> pd.DataFrame:
    return tables.read_predictions(found)


def _list_tested(scored: pd.DataFrame, found: package.Package, other: package.Package) -> pd.DataFrame:
    """A model's own test images, and the other's that it has answered since; each once."""
    own = scored[scored["split"] == "test"]
    crossed = cross_evaluation.read_crossed(found, other)
    whole = own if crossed is None else pd.concat([own, crossed[own.columns]], ignore_index=True)
    return whole.drop_duplicates("image_id", ignore_index=True)


def _look(found: package.Package, other: package.Package, tested: pd.DataFrame) -> seen.Seen:
    """What one has seen of the test images of the other. Of those that are its own test images too only their content
    counts: what else its split leaks is said of the model, and would leave a leaky one without any.
    """
    contents = provenance.find_contents(found, tested["image_id"])
    levels = {rule: np.zeros(len(tested), np.int8) for rule in seen.RULES} | {seen.CONTENT: contents}
    strange = np.flatnonzero(contents != seen.TEST)
    if len(strange):
        looked = provenance.look(found, provenance.of_package(other, tested.iloc[strange]))
        for rule, level in looked.levels.items():
            levels[rule][strange] = level
    return seen.Seen(levels, tested["group"].to_numpy(object), {})


def _reorder(table: pd.DataFrame, found: package.Package, like: package.Package) -> pd.DataFrame:
    """The same table with labels and columns in the order of another model's classes, which are the same ones."""
    to_like = np.array([like.class_names.index(name) for name in found.class_names])
    columns = ["image_id", "split", "group", "label", *(f"p_{name}" for name in like.class_names)]
    return table.assign(label=to_like[table["label"].to_numpy(np.int64)])[columns]


def _align(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """The images that both tables share, in the order of their ids; and how many have two labels and are left out."""
    one, other = (table.set_index("image_id").sort_index() for table in (first, second))
    shared = one.index.intersection(other.index)
    one, other = one.loc[shared], other.loc[shared]
    agreed = one["label"].to_numpy() == other["label"].to_numpy()
    groups = one["group"].fillna("").where(one["group"].fillna("") != "", other["group"].fillna(""))
    kept = [table.assign(group=groups)[agreed].reset_index(names="image_id") for table in (one, other)]
    return kept[0], kept[1], int((~agreed).sum())


def _build(found: package.Package, table: pd.DataFrame, like: package.Package, use_thresholds: bool) -> tasks.Task:
    """The task of one of the two; its own threshold, about its own positive class, decides."""
    answers = None
    if use_thresholds and found.threshold is not None and len(table):
        values = table[[f"p_{name}" for name in found.class_names]].to_numpy(np.float64)
        decided = decision_rule.decide(values, found.class_names.index(found.positive_class), found.threshold)
        answers = np.array([like.class_names.index(name) for name in found.class_names])[decided]
    return tasks.build_task(table, like.class_names, like.positive_class, answers=answers)


def _say_classes(a: package.Package, b: package.Package) -> str:
    return (
        f"{a.id} and {b.id} cannot be compared: they know different classes "
        f"({', '.join(a.class_names)} against {', '.join(b.class_names)})."
    )


def _say_why(common: Common, a: package.Package, b: package.Package, by: tuple[seen.Seen, seen.Seen]) -> str:
    """Why nothing or only a part can be compared; empty where all test images of both are. by : what A and B saw."""
    said = []
    for asked, other, looked in ((b, a, by[1]), (a, b, by[0])):
        if known := int(looked.known.sum()):
            said.append(
                f"{asked.id} has seen {known:,} of the {len(looked.known):,} test images of {other.id}"
                f"{_say_rules(looked)}; they are left out."
            )
    if common.relabelled:
        said.append(f"{common.relabelled:,} images had another class when the other was tested; they are left out.")
    if not common.n:
        said.insert(0, f"{a.id} and {b.id} cannot be compared: no image was a test image of both.")
        if common.of_a > common.known_to_b or common.of_b > common.known_to_a:
            said.append("Evaluate one of them on the other's test images first.")
    elif common.n < max(common.of_a, common.of_b):
        said.insert(
            0,
            f"Compared on the {common.n:,} images that are test images of both; {a.id} has {common.of_a:,}, {b.id} has "
            f"{common.of_b:,}.",
        )
    return " ".join(said)


def _say_rules(looked: seen.Seen) -> str:
    """How it knows those that are not themselves in its training or validation: ` (4 by their patient)`."""
    words = {
        seen.PICTURE: "by a near-identical one",
        seen.NAME: "by name and picture",
        seen.PATIENT: "by their patient",
    }
    counts = {rule: sum(parts.values()) for rule, parts in looked.count().items()}
    said = ", ".join(f"{counts[rule]:,} {how}" for rule, how in words.items() if counts[rule])
    return f" ({said})" if said else ""


def _list_notes(a: package.Package, b: package.Package, compared: dict[str, Any], *, at_points: bool) -> list[str]:
    """What to keep in mind when reading the numbers."""
    notes = []
    leaky = [found.id for found in (a, b) if found.is_leaky]
    if len(leaky) == 1:
        notes.append(
            f"The split of {leaky[0]} leaks: it may know other images of these patients, which makes it look better "
            "than it is."
        )
    elif leaky:
        notes.append("The splits of both leak: both look better than they will be on new patients.")
    if compared["over"] == "patients":
        notes.append(
            "McNemar's test takes images as independent, which those of one patient are not, so that its p is too "
            "small. The intervals and patients_p count patients."
        )
    else:
        who = "All images are of one patient" if compared["patients"] else "No patients are known"
        notes.append(f"{who}: images count as independent. Where they are not, the intervals are too narrow.")
    if at_points:
        notes.append("Each model answers at its kept operating point, where it has one.")
    if a.positive_class != b.positive_class:
        notes.append(f"Sensitivity, specificity and AUC are about {a.positive_class}, the positive class of {a.id}.")
    return notes
