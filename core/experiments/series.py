"""A series: the same recipe trained several times, over folds of the patients or over seeds.

`data/series/<id>/series.json` names its runs; they are ordinary runs in the queue, and `summarise` says what came of
them. Reading needs no TensorFlow.
"""

import contextlib
import re
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pandas as pd

from core.base import background, errors, files, paths, records
from core.experiments import series_plans, series_results
from core.statistics import estimate, intervals, metrics_table, pooling
from core.training import recipe, run

FILE = "series.json"
LARGEST_BYTES = 1_000_000
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9_-]{1,120}")
RunId = Annotated[str, msgspec.Meta(pattern=rf"^{_ID.pattern}\Z")]  # it becomes a path


class Facts(records.Record, frozen=True, kw_only=True):
    """What series.json holds."""

    series_id: records.Text = ""
    kind: Literal["folds", "repeats"]
    count: records.Count
    created: records.Text
    recipe: dict[str, Any]
    run_ids: tuple[RunId, ...]


@dataclass(frozen=True)
class Series:
    """A series on disk. recipe : what was asked for; each run has its own seed, and a fold its own split."""

    id: str
    folder: Path
    facts: Facts
    recipe: recipe.Recipe

    @property
    def kind(self) -> str:
        """folds or repeats."""
        return self.facts.kind

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Its runs, in order; those that are no longer here too."""
        return self.facts.run_ids

    @property
    def has_own_divisions(self) -> bool:
        """Whether each run divides the images anew, so that its test patients are others than those of the next."""
        return self.kind == "folds" or not (self.recipe.saved_split or self.recipe.split == "given")

    def read_runs(self) -> list[run.Run]:
        """Those of its runs that are still here, in order."""
        found = []
        for run_id in self.run_ids:
            with contextlib.suppress(errors.SecondLookError):
                found.append(run.read_run(run_id))
        return found


def create_series(
    wanted: recipe.Recipe, *, kind: str, count: int, save_as: str | None = None, tensorboard: bool = False
) -> Series:
    """Write a series with all its runs, or nothing at all, and start their workers.

    folds : the patients are dealt out in `count` parts (3 to 20); each part is the test part of one run, so that every
        image is tested exactly once, the next part is its validation part, and the fractions of the recipe do not
        count. Each division is kept as a split `fold-1-of-5`; near-identical images stay together where they have been
        looked for. The seed decides the division, and seed + 0, 1, ... the weights that a fold begins with.
    repeats : `count` runs (2 to 20) with the seeds s, s + 1, ... Each seed also moves the split, unless the recipe
        names a saved split or keeps the folders' own test part.

    save_as : what the models are called, with the number behind: cells-smear-cnn-fold-1-of-5; None = as their recipe
        says. tensorboard : whether each run keeps a log for TensorBoard as it goes.

    Raises RecipeNotUsable, NameNotUsable, and what `run.create_run` raises; JobNotStarted where a worker cannot
    be started: the series is whole then, and `resume_series` starts what is left.
    """
    planned = series_plans.plan(wanted, kind, count, save_as)  # all of it first: the last fold may not be possible
    with contextlib.ExitStack() as undo:
        folder = _new_folder(wanted, kind, count)
        undo.callback(files.remove_folder, folder)
        created = [_create_run(one, undo, tensorboard) for one in planned]
        content = {
            "series_id": folder.name,
            "kind": kind,
            "count": count,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "recipe": wanted.to_json(),
            "run_ids": [one.id for one in created],
        }
        files.write_json(folder / FILE, records.convert(content, Facts).to_json())
        undo.pop_all()
    for one in created:
        run.start_run(one)
    return read_series(folder.name)


def read_series(series_id: str) -> Series:
    """The series of this id. Raises SeriesNotFound where there is none, RunBroken where its file is not what a series
    relies on, RecipeNotUsable where it is another version's."""
    folder = paths.series_folder() / series_id
    if not _ID.fullmatch(series_id) or files.find_kind(folder / FILE) == "nothing":
        raise errors.SeriesNotFound(
            expected="a series of runs on this machine",
            found=repr(series_id),
            where="data/series/",
            todo="Choose a series on the Train page; its runs are listed there in any case.",
        )
    try:
        facts: Facts = files.read_json(folder / FILE, Facts, limit_bytes=LARGEST_BYTES)
    except (records.Fault, FileNotFoundError) as error:
        raise background.describe_fault(folder / FILE, error) from error
    return Series(series_id, folder, facts, recipe.Recipe.from_json(facts.recipe))


def list_series() -> list[Series]:
    """All series that can be read, newest first; the runs of a damaged one are still listed as runs."""
    return [entry for entry in _scan() if isinstance(entry, Series)]


def list_broken() -> list[str]:
    """What is wrong with those that cannot be read; a folder without its file was never completed."""
    return [entry for entry in _scan() if isinstance(entry, str)]


def _scan() -> list[Series | str]:
    parent = paths.series_folder()
    names = sorted((f.name for f in parent.iterdir() if f.is_dir()), reverse=True) if parent.is_dir() else []
    found: list[Series | str] = []
    for name in names:
        try:
            found.append(read_series(name))
        except errors.SeriesNotFound:
            continue
        except errors.SecondLookError as error:
            found.append(f"{name} cannot be shown: {error}")
    return found


def stop_series(found: Series) -> None:
    """Ask all its runs that train or wait to end; what they have learnt stays, and `resume_series` goes on."""
    for one in found.read_runs():
        if one.state.is_active:
            run.stop_run(one)


def resume_series(found: Series) -> list[str]:
    """Queue again what was stopped, interrupted or failed, in order. Returns the ids of these runs."""
    left = [one for one in found.read_runs() if one.state.can_resume]
    for one in left:
        run.start_run(one)
    return [one.id for one in left]


def summarise(found: Series) -> dict[str, Any]:
    """What came of a series so far, as JSON would have it. Only runs that finished, and whose models are here, count.

    runs : one a run: number (from 1), run_id, status, model_id, test (the model's own test results, None without),
        counts, and left_out: why it does not count, in words.
    n_runs of planned runs count. metrics : {name: {mean, spread, low, high, n_runs}}, see `pooling.compute_mean`.
    interval : {method, level, test_train_ratio (None = the plain interval)}.
    leaky : whether a split of a run that counts has patients on both sides.
    pooled : of folds that all count, the `summary.summarise` of every image's answer by the model that had not seen it,
        with its intervals over patients; else None, and pooled_missing says why. It speaks of the models as they are:
        what other training patients would have changed is in the interval of the mean. Its AUC compares answers of
        different models, and so may lie below those of the folds.
    """
    described = [series_results.describe_run(run_id, number) for number, run_id in enumerate(found.run_ids, 1)]
    rows, models = [row for row, _ in described], [model for row, model in described if model and row["counts"]]
    ratio = series_results.compute_ratio(models) if found.has_own_divisions else None
    tests = [model.manifest.test for model in models]
    if found.kind == "folds":
        pooled, missing = series_results.pool_folds(models, planned=len(rows))
    else:
        pooled, missing = None, "Repeats test the same images several times."
    return {
        "series_id": found.id,
        "kind": found.kind,
        "runs": rows,
        "n_runs": len(models),
        "planned": len(found.run_ids),
        "metrics": {
            one.key: asdict(
                pooling.compute_mean([estimate.find(test, one.key).value for test in tests], test_train_ratio=ratio)
            )
            for one in metrics_table.list_summary()
        },
        "interval": {
            "method": series_results.METHODS[found.has_own_divisions],
            "level": intervals.LEVEL,
            "test_train_ratio": ratio,
        },
        "leaky": any(model.is_leaky for model in models),
        "pooled": pooled,
        "pooled_missing": missing,
    }


def as_table(summed: dict[str, Any]) -> pd.DataFrame:
    """The runs of a summary as a table, one row a run: status, model, and each test metric with its interval and n."""
    rows = []
    for row in summed["runs"]:
        plain = {key: row[key] for key in ("number", "run_id", "status", "model_id", "counts", "left_out")}
        for name in summed["metrics"]:
            found = estimate.find(row["test"], name) if row["test"] else None
            plain |= {name: found and found.value}
            plain |= {f"{name}_{key}": found and getattr(found, key) for key in ("low", "high", "n")}
        rows.append(plain)
    return pd.DataFrame(rows)


def _create_run(planned: series_plans.Plan, undo: contextlib.ExitStack, tensorboard: bool) -> run.Run:
    if planned.fold is not None:
        planned.fold.keep(planned.recipe.saved_split, undo)
    created = run.create_run(planned.recipe, save_as=planned.save_as, tensorboard=tensorboard)
    undo.callback(files.remove_folder, created.folder)
    return created


def _new_folder(wanted: recipe.Recipe, kind: str, count: int) -> Path:
    """A folder of its own, whatever else starts in the same second."""
    base = f"{time.strftime('%Y%m%d-%H%M%S')}-{wanted.dataset}-{wanted.architecture}-{count}-{kind}"
    return files.make_new_folder(paths.series_folder(), base)
