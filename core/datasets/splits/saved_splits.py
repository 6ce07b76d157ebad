"""Splits that a person made and named: their settings and what the audit found, beside the data set."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from core.base import errors, files, paths
from core.datasets.index import index as dataset_index
from core.datasets.index import names
from core.datasets.splits import leak_audit as split_audit
from core.datasets.splits import splits


@dataclass(frozen=True)
class Settings:
    """What a split is made from; fractions in (0, 0.5]."""

    rule: splits.Rule = "patient"
    seed: int = 0
    validation_fraction: float = 0.15
    test_fraction: float = 0.15
    remake_validation: bool = False
    keep_copies_together: bool = False
    fold: tuple[int, int] | None = None


@dataclass(frozen=True)
class SavedSplit:
    """A named split of one state of a data set. `counts`: side -> images; `audit`: see `Audit.to_json`."""

    name: str
    dataset: str
    fingerprint: str
    identity: str  # of the data set with its patients, see Index.identity
    assignment: str  # which image is for what, see hash_assignment
    settings: Settings
    made_at: str
    counts: dict[str, int]
    audit: dict[str, Any]

    def is_stale(self, data: dataset_index.Index) -> bool:
        """Whether the data set has changed since: images, exclusions, proposals, or who is a patient."""
        return self.identity != data.identity


def make_split(data: dataset_index.Index, settings: Settings, pairs: pd.DataFrame | None) -> splits.Split:
    """Divide a data set as the settings say; `pairs` from `near_identical.read_pairs`.

    Raises SplitNotPossible, also where copies are to stay together and nobody has looked for them yet.
    """
    if settings.keep_copies_together and pairs is None:
        raise errors.SplitNotPossible(
            expected="the near-identical images of this data set, to keep them together",
            found="that nobody has looked for them yet",
            where=f"data set {data.name}",
            todo="Look for near-identical images first, or let copies fall where they may.",
        )
    return splits.make_split(
        data,
        rule=settings.rule,
        seed=settings.seed,
        validation_fraction=settings.validation_fraction,
        test_fraction=settings.test_fraction,
        remake_validation=settings.remake_validation,
        together=pairs if settings.keep_copies_together else None,
        fold=settings.fold,
    )


def split_path(dataset: str, name: str) -> Path:
    """The file of a saved split."""
    return _folder(dataset) / f"{names.require_name(name, 'the split')}.json"


def write_split(
    name: str, data: dataset_index.Index, settings: Settings, split: splits.Split, audit: split_audit.Audit
) -> SavedSplit:
    """Keep a split under a name; an earlier one of this name is replaced. Raises NameNotUsable, DiskFull."""
    counts = split.table["split"].value_counts()
    saved = SavedSplit(
        name=name,
        dataset=data.name,
        fingerprint=data.fingerprint,
        identity=data.identity,
        assignment=hash_assignment(split.table),
        settings=settings,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        counts={side: int(counts.get(side, 0)) for side in splits.SPLITS},
        audit=audit.to_json(),
    )
    content = asdict(saved)
    files.write_json(split_path(data.name, name), {**content, **content.pop("settings")})
    return saved


def read_split(dataset: str, name: str) -> SavedSplit:
    """A saved split, whether or not the data set is still the same. Raises SavedSplitNotUsable."""
    path = split_path(dataset, name)
    try:
        content = files.read_json(path)
        chosen = {field: content[field] for field in Settings.__dataclass_fields__ if field in content}
        settings = Settings(**{**chosen, "fold": tuple(chosen["fold"]) if chosen.get("fold") else None})
        described = {field: content[field] for field in SavedSplit.__dataclass_fields__ if field != "settings"}
        if (content["name"], content["dataset"]) != (name, dataset) or settings.rule not in splits.RULES:
            raise ValueError("it describes another split")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise errors.SavedSplitNotUsable(
            expected="a split that was saved under this name",
            found="none" if isinstance(error, FileNotFoundError) else f"{type(error).__name__}: {error}",
            where=str(path),
            todo="Make and save it again on the Datasets page.",
        ) from error
    return SavedSplit(settings=settings, **described)


def hash_assignment(table: pd.DataFrame) -> str:
    """Hex sha256 over the sorted (image_id, split) of a split's table."""
    pairs = sorted(zip(table["image_id"].tolist(), table["split"].tolist(), strict=True))
    return hashlib.sha256("".join(f"{image_id}\0{side}\n" for image_id, side in pairs).encode()).hexdigest()


def remake_split(saved: SavedSplit, data: dataset_index.Index, pairs: pd.DataFrame | None) -> splits.Split:
    """The very split that was kept. Raises SavedSplitNotUsable where it would be another one by now."""
    require_current(saved, data)
    made = make_split(data, saved.settings, pairs)
    if hash_assignment(made.table) != saved.assignment:
        raise errors.SavedSplitNotUsable(
            expected=f"the division that was kept as {saved.name}",
            found="another one: the near-identical images or this program have changed since",
            where=f"data set {data.name}",
            todo="Make and save the split again on the Datasets page.",
        )
    return made


def require_current(saved: SavedSplit, data: dataset_index.Index) -> None:
    """Raise SavedSplitNotUsable where the data set has changed since the split was saved."""
    if saved.is_stale(data):
        raise errors.SavedSplitNotUsable(
            expected=f"the images that the split {saved.name} was made from",
            found="others: the data set, or what is left out of it, has changed since",
            where=f"data set {data.name}",
            todo="Make and save the split again on the Datasets page.",
        )


def list_splits(dataset: str) -> list[SavedSplit]:
    """The saved splits of a data set that can be read, by name."""
    found = []
    for path in sorted(_folder(dataset).glob("*.json")):
        if names.is_usable(path.stem):
            try:
                found.append(read_split(dataset, path.stem))
            except errors.SavedSplitNotUsable:
                continue  # a damaged one cannot be chosen; saving it again replaces it
    return found


def remove_split(dataset: str, name: str) -> None:
    """Forget a saved split; models that were trained on it keep their own record. Absent is fine."""
    split_path(dataset, name).unlink(missing_ok=True)


def remove_all(dataset: str) -> None:
    """Forget all saved splits of a data set; absent is fine."""
    files.remove_folder(_folder(dataset))


def _folder(dataset: str) -> Path:
    return paths.data_folder() / "splits" / names.require_name(dataset)
