"""Label suspects of a data set: what its models answered to images that they were not trained on, brought together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.base import errors
from core.datasets.index import index
from core.datasets.quality import findings, label_issues
from core.experiments import series, series_plans
from core.models import package, provenance, tables
from core.training import recipe, run

FOLDS, FOLD_EPOCHS = 5, 12


@dataclass(frozen=True, eq=False)
class Judged:
    """Images that have been judged by at least one model that had not seen them.

    table : one row such an image, sorted by row: image_id, row (of the index), label, one `p_<class>` a class (the mean
    over its models), models (how many). total : the readable images, excluded ones among them. models : ids of those
    that took part. left_out : model id -> why it did not, of those with the same classes. known_answers : answers that
    do not count, since their model has seen the image (see `provenance`).
    """

    table: pd.DataFrame
    total: int
    models: tuple[str, ...]
    left_out: dict[str, str]
    known_answers: int = 0

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
    patient and is left out. So are answers about images that it has seen by any rule of `provenance`.
    An image is matched by its id, which is made of its contents, and only where its label is the one it was judged
    under. Excluded images take part, so that the outcome does not change with each decision.
    Raises ModelBroken, PredictionsNotUsable.
    """
    answers = [f"p_{name}" for name in data.class_names]
    readable = data.table[data.table["problem"] == ""]
    usable = readable[["image_id", "label"]].assign(row=readable.index)
    asked = provenance.of_dataset(data)
    parts: list[pd.DataFrame] = []
    left_out: dict[str, str] = {}
    judges, known_answers = [], 0
    for found in list_judges(data):
        if found.is_leaky:
            left_out[found.id] = "its split is leaky: it knows the patients"
            continue
        try:
            predictions = tables.read_predictions(found)
            looked = provenance.look(found, asked)
        except (errors.ModelBroken, errors.PredictionsNotUsable) as error:
            left_out[found.id] = str(error)
            continue
        tested = predictions.loc[predictions["split"] == "test", ["image_id", "label", *answers]]
        part = usable.merge(tested, on=["image_id", "label"])
        known = looked.known[part["row"].to_numpy(np.int64)]
        known_answers += int(known.sum())
        if not known.all():
            parts.append(part[~known])
            judges.append(found.id)
        else:
            left_out[found.id] = "it has seen these images" if len(part) else "it was tested on other images"
    return Judged(_average(parts, answers), len(usable), tuple(judges), left_out, known_answers)


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
    found = label_issues.find_suspects(table["label"].to_numpy(), answers)
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
