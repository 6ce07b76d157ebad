"""Label suspects of a data set: what its models answered to images that they were not trained on, brought together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core import errors, series, series_plans
from core.datasets import findings, index, likeness, suspects
from core.models import package, tables
from core.training import recipe, run

FOLDS, FOLD_EPOCHS = 5, 12
ID_LENGTH = 16  # of an image id without what tells identical files apart


@dataclass(frozen=True, eq=False)
class Judged:
    """Images that have been judged by at least one model that had not seen them.

    table : one row such an image, sorted by row: image_id, row (of the index), label, one `p_<class>` a class (the mean
    over its models), models (how many). total : the readable images, excluded ones among them. models : ids of those
    that took part. left_out : model id -> why it did not, of those with the same classes.
    """

    table: pd.DataFrame
    total: int
    models: tuple[str, ...]
    left_out: dict[str, str]

    @property
    def covered(self) -> int:
        """How many images have been judged."""
        return len(self.table)


def list_judges(data: index.Index) -> list[package.Package]:
    """Models whose classes are those of the data set, newest first."""
    return [found for found in package.list_packages() if found.class_names == data.class_names]


def collect_out_of_sample(data: index.Index) -> Judged:
    """The answers of all models with the data set's classes to images that were not in their training part.

    Test images of a model are out of sample for it, as long as its split keeps patients whole; a leaky model knows the
    patient and is left out. So are answers about patients who are now known to be in its training part (it may be
    older than the patients' rule), and about near-identical copies of images there, where somebody has looked for them.
    An image is matched by its id, which is made of its contents, and only where its label is the one it was judged
    under. Excluded images take part, so that the outcome does not change with each decision.
    Raises ModelBroken, PredictionsNotUsable.
    """
    answers = [f"p_{name}" for name in data.class_names]
    readable = data.table[data.table["problem"] == ""]
    usable = readable[["image_id", "label"]].assign(row=readable.index)
    pairs = likeness.read_pairs(data)
    parts: list[pd.DataFrame] = []
    left_out: dict[str, str] = {}
    judges = []
    for found in list_judges(data):
        if found.is_leaky:
            left_out[found.id] = "its split is leaky: it knows the patients"
            continue
        try:
            predictions = tables.read_predictions(found)
            seen = tables.read_training_images(found)["image_id"]
        except (errors.ModelBroken, errors.PredictionsNotUsable) as error:
            left_out[found.id] = str(error)
            continue
        tested = predictions.loc[predictions["split"] == "test", ["image_id", "label", *answers]]
        part = usable.merge(tested, on=["image_id", "label"])
        validated = predictions.loc[predictions["split"] == "validation", "image_id"]
        part = part[~part["row"].isin(_find_known(data, pd.concat([seen, validated]), pairs))]
        if len(part):
            parts.append(part)
            judges.append(found.id)
        else:
            left_out[found.id] = "it was tested on other images"
    return Judged(_average(parts, answers), len(usable), tuple(judges), left_out)


def _find_known(data: index.Index, seen: pd.Series, pairs: pd.DataFrame | None) -> NDArray[np.int64]:
    """Rows that a model knows by their content, their patient or a near-identical copy of them."""
    table = data.table
    known = table["image_id"].str.slice(0, ID_LENGTH).isin(seen.str.slice(0, ID_LENGTH))
    groups = set(table.loc[known, "group"]) - {""}
    known |= table["group"].isin(list(groups))
    rows = known.to_numpy()
    if pairs is not None and len(pairs):
        a, b = (pairs[end].to_numpy(np.int64) for end in ("row_a", "row_b"))
        copies = np.concatenate([b[rows[a]], a[rows[b]]])
        rows = rows.copy()
        rows[copies] = True
    return np.flatnonzero(rows)


def start_folds(data: index.Index, *, folds: int = FOLDS, epochs: int = FOLD_EPOCHS) -> list[run.Run]:
    """Queue a training for each fold of the patients, so that every image is judged by models that never saw it.

    They are a series of folds, see `series.create_series`, each kept as a split `fold-1-of-5`. Raises RunNotUsable
    while folds of this data set are under way, and what `create_series` raises; nothing is left behind then.
    """
    _require_no_folds(data)
    wanted = recipe.Recipe(data.name, epochs=epochs, patience=3)
    return series.create_series(wanted, kind="folds", count=folds).read_runs()


def _require_no_folds(data: index.Index) -> None:
    for found in run.list_runs():
        wanted = found.recipe
        if (
            wanted.dataset == data.name
            and wanted.saved_split.startswith(series_plans.FOLD_NAME)
            and found.state.is_active
        ):
            raise errors.RunNotUsable(
                expected="no fold of this data set in training",
                found=f"{found.id}, {found.state.name}",
                where="data/runs/",
                todo="Wait until the folds have ended, or stop them on the Train page.",
            )


def find_label_suspects(data: index.Index, judged: Judged) -> list[findings.Finding]:
    """The finding "labels that models doubt", most doubtful first; none where no label is doubted."""
    table = judged.table
    if not len(table):
        return []
    answers = table[[f"p_{name}" for name in data.class_names]].to_numpy(dtype=np.float64)
    found = suspects.find_suspects(table["label"].to_numpy(), answers)
    if not len(found):
        return []
    names = [data.class_names[label] for label in found["suggested"]]
    shares = answers[found["position"], found["suggested"]]
    details = [f"models: {name} {_say_share(share)}" for name, share in zip(names, shares, strict=True)]
    rows = findings.make_rows(
        table["row"].to_numpy()[found["position"]], 1 - found["quality"].to_numpy(), details, suggested=names
    )
    return [findings.Finding("suspect", len(rows), judged.covered, rows=rows)]


def _say_share(share: float) -> str:
    return "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def _average(parts: list[pd.DataFrame], answers: list[str]) -> pd.DataFrame:
    """The mean probabilities of each image over the models that judged it."""
    empty = pd.DataFrame({name: pd.Series(dtype=float) for name in ("row", *answers)})
    joined = pd.concat(parts, ignore_index=True) if parts else empty.assign(image_id="", label=0)
    by_image = joined.groupby("row", sort=True)
    table = by_image[answers].mean()
    table[["image_id", "label"]] = by_image[["image_id", "label"]].first()
    table["models"] = by_image.size()
    return table.reset_index()[["image_id", "row", "label", *answers, "models"]]
