"""What stands beside the answers to many images: whose they are, what comes twice, what the model had seen of them, and
what needs a person first."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.duplicates import pictures
from core.datasets.index import groups
from core.models import package, provenance, seen
from core.prediction import many, smear_rules, verdicts

NEEDS = (many.UNREADABLE, "not known", "referred", "caution", "")  # in the order in which a person should look
LEARNT_FROM = ("training", "validation")  # of `seen`
LEVELS = {level: name for name, level in {"training": seen.TRAINING, **seen.LEVELS}.items() if name != "train"}


def mark(
    found: package.Package, rows: pd.DataFrame, looks: pictures.Pictures, *, rule: str = "auto"
) -> tuple[pd.DataFrame, str]:
    """The rows of `many.answer`, all of them, with more columns; and the rule by which images were grouped.

    smear : whose image it is, "" = not known. copy_of : path of an earlier image of the same content, else "".
    seen : what the image, or one near-identical to it, was in the making of the model ("training", "validation",
    "test", ""); seen_patient : the same of other images of its patient. needs : why a person should look (of NEEDS).
    turn : 0 = looks first; by `needs`, then by how close the answer is to another one.
    looks : int8 (N, BYTES). rule : a key of `smear_rules.RULES`, or `regex:` and a pattern. Raises GroupRuleNotUsable,
    ModelBroken.
    """
    rule, names = name_smears(rows["path"].tolist(), rule)
    marked = rows.assign(smear=names, copy_of=_find_copies(rows), **_look(found, rows, looks, rule, names))
    needs: list[str] = np.select(
        [
            marked["verdict"] == many.UNREADABLE,
            marked["verdict"] == verdicts.UNKNOWN,
            marked["verdict"] == verdicts.REFER,
            marked["caution"],
        ],
        list(NEEDS[:-1]),
        "",
    ).tolist()
    marked["needs"] = np.array(needs, object)
    urgent = np.array([NEEDS.index(why) for why in needs], np.float64)
    first = np.lexsort([marked["confidence"].fillna(-1).to_numpy(np.float64), urgent])
    turn = np.empty(len(marked), np.int64)
    turn[first] = np.arange(len(marked))
    return marked.assign(turn=turn), rule


def name_smears(paths: Sequence[str], rule: str) -> tuple[str, list[str]]:
    """The rule that was used ("auto" becomes one of the others), and the smear of each path, "" = not known."""
    if rule == "auto":
        rule, names = groups.find_groups(paths, "auto")
        if rule in groups.BY_NAME:
            return rule, names
        rule = smear_rules.FOLDER if any("/" in path for path in paths) else smear_rules.ONE
    if rule == smear_rules.FOLDER:
        return rule, [path.rpartition("/")[0] for path in paths]
    if rule == smear_rules.ONE:
        return rule, [""] * len(paths)
    return groups.find_groups(paths, rule)


def require_rule(rule: str) -> str:
    """`rule` itself if `name_smears` can use it; else GroupRuleNotUsable."""
    return rule if rule in smear_rules.RULES else groups.require_rule(rule)


def _find_copies(rows: pd.DataFrame) -> NDArray[np.object_]:
    """The path of the first image of the same content; "" of that one itself."""
    first = rows.groupby("image_id")["path"].transform("first")
    again = (rows["image_id"] != "") & (rows["image_id"].duplicated())
    return np.where(again, first, "").astype(object)


def _look(
    found: package.Package, rows: pd.DataFrame, looks: pictures.Pictures, rule: str, names: Sequence[str]
) -> dict[str, NDArray[np.object_]]:
    """What the model has seen of the images that could be read; folders of this collection are no patients' names."""
    by_name = rule in groups.BY_NAME or rule.startswith(groups.REGEX)
    read = np.flatnonzero((rows["image_id"] != "").to_numpy())
    table = rows.iloc[read][["image_id", "path"]].reset_index(drop=True)
    table["group"] = np.array(names, object)[read] if by_name else ""
    looked = provenance.look(
        found, provenance.Asked(table, rule if by_name else "", lambda places: looks[read][places])
    )
    itself = np.max(np.stack([looked.levels[of] for of in (seen.CONTENT, seen.PICTURE, seen.NAME)]), axis=0)
    columns = {"seen": itself, "seen_patient": looked.levels[seen.PATIENT]}
    marked = {}
    for name, levels in columns.items():
        whole = np.full(len(rows), "", object)
        whole[read] = [LEVELS.get(int(level), "") for level in levels]
        marked[name] = whole
    return marked
