"""One training on disk: `data/runs/<run_id>/`. All that a page shows of it is read from these files; no TensorFlow."""

import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from core.base import background, errors, files, paths, progress, records
from core.datasets.duplicates import near_identical
from core.datasets.index import curation, index
from core.datasets.splits import divisions, leak_audit, saved_splits, split_words, splits
from core.models import backend, manifests, package
from core.training import checkpoint, recipe, settings_table

RECIPE, SPLIT, METRICS, BACKBONE = "recipe.json", "split.parquet", "metrics.jsonl", "backbone.json"
NORMALISATION = "normalisation.json"
LARGEST_BYTES = 16_000_000  # of recipe.json: 10,000 class names of 255 characters, and what an audit says
RATES = {"learning_rate", "fine_tuning_rate"}
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9_-]{1,120}")


class Facts(records.Record, frozen=True, kw_only=True):
    """What recipe.json holds: the recipe in force, and what was so when the run was made.

    save_as : the id of the model it becomes, where somebody chose one. tensorboard : whether it keeps a log for that.
    segments : where its settings were changed on the way.
    """

    run_id: records.Text = ""
    recipe: dict[str, Any]
    created: records.Text
    class_names: records.Classes
    positive_class: records.Name
    dataset: manifests.Origin
    split: divisions.Division
    versions: Mapping[str, records.Text]
    save_as: records.Text | None = None
    tensorboard: bool = False
    segments: tuple[manifests.Segment, ...] = ()

    def __post_init__(self) -> None:
        records.require_classes(self.class_names, self.positive_class)
        try:
            datetime.fromisoformat(self.created)
        except ValueError as error:
            raise records.Fault("created", "a time (ISO 8601)", repr(self.created)[:80]) from error


@dataclass(frozen=True)
class Run:
    """A run that is complete enough to be read: its folder, its recipe, and the facts written at its start."""

    id: str
    folder: Path
    recipe: recipe.Recipe
    facts: Facts

    @property
    def state(self) -> background.State:
        """What it is doing now (read anew at each call)."""
        return background.read_state(self.folder)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names in index order."""
        return self.facts.class_names

    @property
    def rate_since(self) -> int:
        """The epoch after which the learning rate in force was chosen; 0 = as the run began."""
        changed = [segment.epoch for segment in self.facts.segments if RATES & segment.changes.keys()]
        return max(changed, default=0)

    def read_split(self) -> pd.DataFrame:
        """The split's table: row, image_id, split, group, label. Raises `RunNotUsable` where it is damaged."""
        with checkpoint.damage_as_message(self.folder / SPLIT):
            return pd.read_parquet(self.folder / SPLIT)


def create_run(wanted: recipe.Recipe, *, save_as: str | None = None, tensorboard: bool = False) -> Run:
    """Write a new run's folder: recipe, split and first status. Nothing is started.

    save_as : the id of the model it becomes. tensorboard : whether it also keeps a log for TensorBoard as it goes.
    Raises what the data set or the split has to say (`DatasetNotFound`, `DatasetChanged`, `SplitNotPossible`).
    """
    if save_as is not None:
        package.require_id(save_as)
    wanted.require_phases()
    data = index.read_index(wanted.dataset)
    index.require_unchanged(data)
    divided, settings = _divide(data, wanted)
    audited = leak_audit.audit_split(divided.table, data, near_identical.read_pairs(data))
    folder = _new_folder(wanted)
    try:
        files.write_whole(folder / SPLIT, divided.table.to_parquet)
        background.queue_work(folder)
        # The recipe comes last: a run folder without it was never completed and is shown as such, never as a run.
        facts = Facts(
            run_id=folder.name,
            recipe=wanted.to_json(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            class_names=data.class_names,
            positive_class=data.positive_class,
            dataset=_describe_data(data),
            split=_describe_split(divided, settings, audited),
            versions=backend.describe_versions(),
            save_as=save_as,
            tensorboard=tensorboard,
        )
        files.write_json(folder / RECIPE, facts.to_json())
    except errors.DiskFull:
        files.remove_folder(folder)
        raise
    return read_run(folder.name)


def name_model(wanted: recipe.Recipe) -> str:
    """The id of the model that a training becomes where nobody names it; a number is added where it is taken."""
    return f"{wanted.dataset}-{wanted.architecture}".replace("_", "-")


def _divide(data: index.Index, wanted: recipe.Recipe) -> tuple[splits.Split, saved_splits.Settings]:
    """The split of a recipe, from its own settings or from the split that was saved under a name."""
    if wanted.saved_split:
        saved = saved_splits.read_split(data.name, wanted.saved_split)
        return saved_splits.remake_split(saved, data, near_identical.read_pairs(data)), saved.settings
    settings = saved_splits.Settings(wanted.split, wanted.seed, wanted.validation_fraction, wanted.test_fraction)
    return saved_splits.make_split(data, settings, near_identical.read_pairs(data)), settings


def _describe_data(data: index.Index) -> manifests.Origin:
    """The data set as it is now, with what is left out of it and under which terms it came."""
    return manifests.Origin(
        name=data.name,
        fingerprint=data.fingerprint,
        content=data.content,
        excluded=len(curation.list_present(data.decided.excluded, data.table["image_id"].tolist())),
        group_rule=data.group_rule,
        kind=str(data.facts.get("kind", "imported")),
        licence=str(data.facts.get("licence") or ""),
        citation=str(data.facts.get("citation") or ""),
    )


def _describe_split(
    divided: splits.Split, settings: saved_splits.Settings, audited: leak_audit.Audit
) -> divisions.Division:
    """The division that was made: what from, how many of each are where, and what it leaks."""
    known = divided.table[divided.table["group"] != ""]
    return divisions.Division(
        **asdict(settings),
        leaky=divided.leaky or audited.identical.count > 0,
        audit=records.convert(audited.to_json(), divisions.Audited),
        groups_shared=divided.groups_shared,
        images=_count_sides(divided.table["split"].value_counts()),
        groups=_count_sides(known.groupby("split")["group"].nunique()),
    )


def _count_sides(counts: "pd.Series[int]") -> divisions.Sides:
    train, validation, test = (int(counts.get(side, 0)) for side in splits.SPLITS)
    return divisions.Sides(train=train, validation=validation, test=test)


def _new_folder(wanted: recipe.Recipe) -> Path:
    """A folder of its own, whatever else starts in the same second."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    base = f"{stamp}-{wanted.dataset}-{wanted.architecture}"
    return files.make_new_folder(paths.runs_folder(), base)


def read_run(run_id: str) -> Run:
    """The run of this id. Raises `RunNotFound` where there is none or its folder was never completed, `RunBroken` where
    its recipe.json is not what a run relies on, and `RecipeNotUsable` for a setting that this version does not know."""
    folder = paths.runs_folder() / run_id
    if not _ID.fullmatch(run_id) or files.find_kind(folder / RECIPE) == "nothing":
        raise errors.RunNotFound(
            expected="a run of this machine with its recipe",
            found=repr(run_id),
            where="data/runs/",
            todo="Choose a run on the Train page; `python -m core runs` lists them.",
        )
    try:
        facts: Facts = files.read_json(folder / RECIPE, Facts, limit_bytes=LARGEST_BYTES)
    except (records.Fault, FileNotFoundError) as error:
        raise background.describe_fault(folder / RECIPE, error) from error
    return Run(run_id, folder, recipe.Recipe.from_json(facts.recipe), facts)


def list_runs() -> list[Run]:
    """All runs that can be read, newest first."""
    return [entry for entry in _scan() if isinstance(entry, Run)]


def list_broken() -> list[str]:
    """What is wrong with the run folders that cannot be read: never completed, torn, or of another version."""
    return [entry for entry in _scan() if isinstance(entry, str)]


def _scan() -> list[Run | str]:
    found: list[Run | str] = []
    for folder in _folders():
        try:
            found.append(read_run(folder.name))
        except errors.SecondLookError as error:
            found.append(f"{folder.name} cannot be shown: {error}")
    return found


def _folders() -> list[Path]:
    parent = paths.runs_folder()
    found = [f for f in parent.iterdir() if f.is_dir() and _ID.fullmatch(f.name)] if parent.is_dir() else []
    return sorted(found, key=lambda f: f.name, reverse=True)


def start_run(found: Run) -> None:
    """Start (or start again) the run's worker in the background."""
    queue_again(found)
    background.start(found.folder, ["work", found.id])


def change_course(found: Run, **changes: Any) -> Run:
    """Give a run that is not at work other settings for its next epochs: a new segment of the same run.

    changes : by name, of the settings that may be changed on the way: epochs, patience and the learning rates.
    A finished run can go on too, where the change leaves it something to do. What was asked before, and from which
    epoch on something else was, stays in facts.segments. Raises RunNotUsable, RecipeNotUsable.
    """
    found = read_run(found.id)  # another app, or a terminal, may have changed it since the caller looked
    if found.state.is_active:
        raise errors.RunNotUsable(
            expected="a run that is not at work", found=found.state.name, where=found.id, todo="Stop it first."
        )
    before, reached = found.recipe, checkpoint.read_progress(found.folder)
    wanted = replace(before, **changes)
    if is_over(reached, wanted):
        raise errors.RunNotUsable(
            expected=f"more than {reached.epochs_done} epochs, and more patience than {reached.epochs_since_best}",
            found=f"{wanted.epochs} epochs, patience {wanted.patience}",
            where=found.id,
            todo="Ask for more epochs, or for more patience.",
        )
    changed = {
        name: (getattr(before, name), value) for name, value in changes.items() if value != getattr(before, name)
    }
    if not changed:
        return found
    wanted.require_phases()
    for name in changed:
        _require_effect(name, wanted, found.id, reached.epochs_done)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    segment = manifests.Segment(epoch=reached.epochs_done, changes=changed, at=now)
    segments = [one.to_json() for one in (*found.facts.segments, segment)]
    kept = files.read_json(found.folder / RECIPE, limit_bytes=LARGEST_BYTES)  # with what a later version has added
    files.write_json(found.folder / RECIPE, {**kept, "recipe": wanted.to_json(), "segments": segments})
    return read_run(found.id)


def _require_effect(name: str, wanted: recipe.Recipe, run_id: str, epochs_done: int) -> None:
    """Raise RecipeNotUsable where a change would change nothing, or something that is over."""
    setting = settings_table.SETTINGS[name]
    in_force = settings_table.SETTINGS[wanted.name_base_rate(epochs_done)]
    over = name == "learning_rate" and in_force is not setting
    if over or not (setting.on_the_way and setting.matters(wanted)):
        raise errors.RecipeNotUsable(
            expected="a change that has an effect on the epochs to come",
            found=f"another {setting.called}" + (f", while the {in_force.called} is in force" if over else ""),
            where=run_id,
            todo=f"Change the {in_force.called} instead." if name in RATES else "Leave it as it is.",
        )


def is_over(reached: checkpoint.Progress, wanted: recipe.Recipe) -> bool:
    """Whether all epochs are done, or the patience is: that of the head's epochs does not count for the backbone's."""
    begins = wanted.head_epochs if wanted.fine_tunes else 0
    waited = min(reached.epochs_since_best, reached.epochs_done - begins)
    return reached.epochs_done >= wanted.epochs or waited >= wanted.patience


def queue_again(found: Run) -> None:
    """Ask for the run's (next) attempt; the model that an earlier one published stays known."""
    require_startable(found)
    background.queue_work(found.folder, model_id=found.state.details.model_id)


def require_startable(found: Run) -> None:
    """Raise `RunNotUsable` where a worker is at it, or it has finished and has nothing left to do."""
    state = found.state
    if state.name == "finished" and not is_over(checkpoint.read_progress(found.folder), found.recipe):
        return
    queued_only = state.details.phase == background.QUEUED and not background.is_alive(found.folder)
    if not (state.can_resume or queued_only):
        raise errors.RunNotUsable(
            expected="a run that was stopped, was interrupted or failed",
            found=state.name,
            where=found.id,
            todo="Ask for more epochs or more patience, or start a new run."
            if state.name == "finished"
            else "Wait until it ends, or stop it.",
        )


def stop_run(found: Run) -> None:
    """Ask a run to end: what it has learnt so far stays, and it can be resumed."""
    background.request_stop(found.folder)


def describe(found: Run) -> dict[str, Any]:
    """The run as `python -m core runs --json` lists it."""
    state = found.state
    return {
        "run_id": found.id,
        "status": state.name,
        "message": state.message,
        "dataset": found.recipe.dataset,
        "architecture": found.recipe.architecture,
        "split": split_words.say_kind(found.facts.split, with_leak=False),
        "split_rule": found.facts.split.rule,
        "leaky": found.facts.split.leaky,
        "epoch": state.details.epoch or 0,
        "epochs": found.recipe.epochs,
        "model_id": state.details.model_id,
        "created": found.facts.created,
    }


def describe_progress(state: background.State) -> str:
    """Where a run is, in one line: for the terminal and for the line above the curves."""
    details = state.details
    if state.name == "training" and details.steps is not None:
        left = details.seconds_left
        return (
            f"Epoch {details.epoch} of {details.epochs}, batch {details.step} of {details.steps}, "
            f"{details.images_per_second or 0:,.0f} images a second"
            f"{'' if left is None else f', {progress.describe_seconds(left)} left at most'}"
        )
    if state.name == "preparing" and details.progress:
        return progress.describe(details.progress.to_json())
    if state.name == "waiting":
        before = max(1, details.before)
        return f"Waits for {before} earlier training{'s' if before != 1 else ''} to end"
    words = {"starting": "Starting", "stopping": "Stopping", "finished": "Finished", "stopped": "Stopped"}
    return words.get(state.name, details.what or state.name.capitalize())
