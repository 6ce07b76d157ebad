"""What is in a data set: one row an image, in a parquet file that carries its own description: whole or absent."""

import functools
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from core.base import errors, files, paths, progress
from core.datasets.index import curation, groups, layouts, ledger, listing, names, pixels, requirements, rows, scanning

USUAL_POSITIVE = ("Parasitized", "PNEUMONIA")
SPLITS = ("train", "validation", "test")
COLUMNS = (
    *("image_id", "path", "label", "split", "group", "height_px", "width_px"),
    *("sha256", "size_bytes", "modified_ns", "problem"),
)
MOST_PROBLEMS_LISTED = 1000
METADATA_KEY, METADATA_VERSION = b"second_look", 1
MASKS = "masks beside the images"


@dataclass(frozen=True, eq=False)
class Index:
    """One data set as it was read. `table` has one row an image, sorted by path; its columns:

    image_id str, path str (posix, relative to the data set's folder), label int16 (-1 = no class, and problem is set),
    split str (as the folder gave it, "" = not given), group str ("" = not known), height_px int32, width_px int32
    (0 = unreadable), sha256 str, size_bytes int64, modified_ns int64, problem str ("" = fine), and, not in the file,
    excluded bool: left out by a person (see curation).
    """

    name: str
    content: str  # hex sha256 over the sorted (path, sha256): what pixels and facts of images are kept by
    class_names: tuple[str, ...]  # sorted; the place is the label
    positive_class: str
    group_rule: str
    table: pd.DataFrame
    facts: dict[str, Any]
    decided: curation.Curation = field(default_factory=curation.Curation)

    def __post_init__(self) -> None:
        out = list(self.decided.excluded)
        excluded = self.table["image_id"].isin(out) if out else False
        object.__setattr__(self, "table", self.table.assign(excluded=excluded))

    @cached_property
    def fingerprint(self) -> str:
        """Identity of what is trained on: the content, and the exclusions and proposals about it."""
        if not (self.decided.excluded or self.decided.proposals):
            return self.content
        return curation.compute_fingerprint(self.content, self.decided, self.table["image_id"].tolist())

    @cached_property
    def identity(self) -> str:
        """Identity of everything that a page or a split shows: the fingerprint, and who is a patient, and what is
        positive. The same images read again under another group rule are another one."""
        return hashlib.sha256(f"{self.fingerprint}\0{self.group_rule}\0{self.positive_class}".encode()).hexdigest()

    @cached_property
    def usable(self) -> pd.DataFrame:
        """The rows without a problem that nobody left out; their original row numbers address the pixels."""
        keep = (self.table["problem"] == "") & ~self.table["excluded"]
        return self.table if keep.all() else self.table[keep]  # usually all: a million rows are not held twice

    def find_id(self, row: int) -> str:
        """The image id of a row."""
        return str(self.table.at[row, "image_id"])

    def find_label(self, row: int) -> int:
        """The class of a row as its place in `class_names`; -1 where it has none."""
        return int(self.table["label"].to_numpy()[self.table.index.get_loc(row)])

    @cached_property
    def has_groups(self) -> bool:
        """Whether the group of any usable image is known."""
        return bool((self.usable["group"] != "").any())

    @cached_property
    def given_splits(self) -> tuple[str, ...]:
        """The splits that the folder gave, in the order train, validation, test."""
        present = set(self.usable["split"].unique())
        return tuple(split for split in SPLITS if split in present)


def index_path(name: str) -> Path:
    """The parquet file of a data set."""
    return paths.index_folder() / f"{names.require_name(name)}.parquet"


def build_index(
    name: str,
    *,
    group_rule: str = "auto",
    positive_class: str | None = None,
    facts: dict[str, Any] | None = None,
    report: progress.Report = progress.say_nothing,
) -> Index:
    """Read every image of a data set once; write its index and, in the same pass, its pixels at 64 x 64.

    group_rule : see groups.RULES; "auto" keeps the rule that was asked for when the data set was indexed before.
    positive_class : else the earlier index's, else Parasitized or PNEUMONIA, else the second class.
    facts : where the data set comes from; else the earlier index's.
    An unreadable file is a row with its problem. Until all is written, an earlier index stays as it is.
    Raises DatasetNotFound, DatasetHasNoImages, DatasetHasOneClass, GroupRuleNotUsable, ClassNotFound, DiskFull.
    """
    groups.require_rule(group_rule)
    before = _read_description_or_none(name) or {}
    earlier = {} if facts else before
    folder = _require_folder(name)
    with scanning.Readers() as readers:
        if listing.has_at_least(folder, scanning.IN_PROCESS_BELOW):
            readers.start()  # they wake up while the folder is listed
        listed = listing.list_images(folder)
        found = {image.path: image for image in listed.images}
        arranged = layouts.find_layout(found)
        requirements.require_classes(
            folder, arranged.places, listed.ignored + Counter((facts or {}).get("left_out", {}))
        )
        _choose_positive({place.class_name for place in arranged.places} - {""}, positive_class, {})
        places = rows.drop_copies(folder, arranged.places, found, report)
        with pixels.start_cache(len(places), pixels.INDEX_PX, pixels.INDEX_PX) as cache:
            table, class_names = rows.scan_table(folder, places, found, cache, readers, report)
            requirements.require_readable(folder, class_names, table)
            asked = earlier.get("asked_rule", "auto") if group_rule == "auto" else group_rule
            rule, table["group"] = groups.find_groups(table["path"].tolist(), asked)
            index = Index(
                name=name,
                content=rows.compute_fingerprint(table),
                class_names=class_names,
                positive_class=_choose_positive(set(class_names), positive_class, earlier),
                group_rule=rule,
                table=table,
                facts=_collect_facts(facts or earlier.get("facts", {}), listed, arranged, len(places)),
            )
            cache.keep(index.content)
    _write(index, asked)
    if before.get("fingerprint", index.content) != index.content:
        remove_unused_caches(before["fingerprint"])
    return read_index(name)


def read_index(name: str) -> Index:
    """The index of a data set as it was written; nothing is built.

    Raises DatasetNotFound, DatasetNotIndexed if there is a folder but no index, IndexBroken.
    """
    path = index_path(name)
    if not path.exists():
        _require_folder(name)
        raise errors.DatasetNotIndexed(
            expected="a data set that has been indexed",
            found="its folder alone",
            where=str(paths.datasets_folder() / name),
            todo=f"Index it: python -m core index {name}",
        )
    try:
        stored = parquet.read_table(path)
        said = _description(stored.schema)
        described = {key: said[key] for key in ("positive_class", "group_rule", "facts")}
        table = stored.to_pandas()[list(COLUMNS)]
        content, class_names = str(said["fingerprint"]), tuple(said["classes"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(name, error) from error
    decided = curation.read(name, table)
    return Index(name=name, content=content, class_names=class_names, table=table, decided=decided, **described)


def list_datasets() -> list[dict[str, Any]]:
    """What `describe` says of each data set on this machine, and its `status`: "ready", "not indexed" or "broken".

    The last two come with a `message`. Only descriptions are read, no tables. Problems beyond the first 1,000 of a data
    set are left out.
    """
    folders = paths.datasets_folder()
    found = {folder.name for folder in folders.iterdir() if folder.is_dir()} if folders.is_dir() else set()
    found |= {path.stem for path in paths.index_folder().glob("*.parquet")}
    return [_summarise(name) for name in sorted(found) if names.is_usable(name)]


def describe(index: Index) -> dict[str, Any]:
    """What people want to know of a data set, as JSON. Classes, splits and groups count the usable images only."""
    usable, problems = index.usable, index.table[index.table["problem"] != ""]
    labels, splits = usable["label"].value_counts(), usable["split"].value_counts()
    return {
        "name": index.name,
        "fingerprint": index.fingerprint,
        "content": index.content,
        "images": len(usable),
        "classes": {class_name: int(labels.get(label, 0)) for label, class_name in enumerate(index.class_names)},
        "splits": {split: int(splits[split]) for split in index.given_splits},
        "groups": int(usable["group"].nunique() - (usable["group"] == "").any()),
        "problems": problems[["path", "problem"]].to_dict("records"),
        "excluded": int((index.table["excluded"] & (index.table["problem"] == "")).sum()),
        "positive_class": index.positive_class,
        "group_rule": index.group_rule,
        "facts": index.facts,
    }


def require_unchanged(index: Index) -> None:
    """Raise DatasetChanged unless the files have the names, sizes and times of the index; contents are not read."""
    folder = paths.datasets_folder() / index.name
    images = listing.list_images(folder).images if folder.is_dir() else []
    table = index.table
    known = {
        path: listing.Found(path, size, modified)
        for path, size, modified in zip(table["path"], table["size_bytes"], table["modified_ns"], strict=True)
    }
    changes = requirements.find_changes(known, {image.path: image for image in images})
    if changes:
        raise errors.DatasetChanged(
            expected=f"the {len(known):,} files that were indexed",
            found=changes,
            where=str(folder),
            todo=f"Index it again: python -m core index {index.name}",
        )


def remove_index(name: str) -> None:
    """Remove the index of a data set, and its pixels unless another one shows the same images; absent is fine."""
    description = _read_description_or_none(name)
    index_path(name).unlink(missing_ok=True)
    ledger.remove(name)
    if description:
        remove_unused_caches(description["fingerprint"])


def remove_unused_caches(fingerprint: str) -> None:
    """Remove the pixels of a fingerprint that no index has any more."""
    described = (_read_description_or_none(path.stem) for path in paths.index_folder().glob("*.parquet"))
    if fingerprint not in {one["fingerprint"] for one in described if one}:
        pixels.remove_caches(fingerprint)


def _require_folder(name: str) -> Path:
    folder = paths.datasets_folder() / names.require_name(name)
    if folder.is_dir():
        return folder
    raise errors.DatasetNotFound(
        expected="the name of a data set on this machine",
        found=repr(name),
        where=str(paths.datasets_folder()),
        todo="List them: python -m core datasets. Import one: python -m core import SOURCE --name NAME",
    )


def _choose_positive(class_names: set[str], asked: str | None, earlier: dict[str, Any]) -> str:
    """The class that sensitivity is about."""
    if asked is not None and asked not in class_names:
        raise errors.ClassNotFound(
            expected=f"one of {', '.join(sorted(class_names))}",
            found=repr(asked),
            where="the positive class",
            todo="Name one of the classes, or leave it out.",
        )
    wanted = (asked, earlier.get("positive_class"), *USUAL_POSITIVE)
    return next((name for name in wanted if name in class_names), sorted(class_names)[1])


def _collect_facts(
    given: dict[str, Any], listed: listing.Listing, arranged: layouts.Layout, kept: int
) -> dict[str, Any]:
    """Where the data set comes from, and what of it became no row: left out by the import, or beside the images."""
    left_out = Counter(given.get("left_out", {}))
    masks = Counter({MASKS: len(arranged.masks)}) if arranged.masks else Counter[str]()
    return {
        "kind": "folder",
        "source": "",
        "imported_at": "",
        **given,
        "left_out": dict(left_out),
        "ignored": dict(left_out + listed.ignored + masks),
        "copies_counted_once": len(arranged.places) - kept,
    }


def _write(index: Index, asked_rule: str) -> None:
    said = {**describe(index), "version": METADATA_VERSION, "asked_rule": asked_rule}
    said["problems"] = said["problems"][:MOST_PROBLEMS_LISTED]
    stored = pa.Table.from_pandas(index.table[list(COLUMNS)], preserve_index=False)
    metadata = {**(stored.schema.metadata or {}), METADATA_KEY: json.dumps(said).encode()}
    files.write_whole(
        index_path(index.name), lambda aside: parquet.write_table(stored.replace_schema_metadata(metadata), aside)
    )


def _description(schema: pa.Schema) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((schema.metadata or {})[METADATA_KEY])
    if said["version"] != METADATA_VERSION:
        raise ValueError(f"version {said['version']} of the format")
    return said


def _read_description_or_none(name: str) -> dict[str, Any] | None:
    try:
        return _description(parquet.read_schema(index_path(name)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _summarise(name: str) -> dict[str, Any]:
    if not index_path(name).exists():
        message = f"It has not been indexed yet: python -m core index {name}"
        return {"name": name, "status": "not indexed", "message": message}
    try:
        said = _description(parquet.read_schema(index_path(name)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return {"name": name, "status": "broken", "message": str(_broken(name, error))}
    try:
        shown = _describe_decided(name, index_path(name).stat().st_mtime_ns, ledger.read_stamp(name)) or said
    except (OSError, errors.SecondLookError) as error:
        return {"name": name, "status": "broken", "message": str(error)}
    shown = {"content": said["fingerprint"], "excluded": 0, **shown}
    shown = {field: value for field, value in shown.items() if field not in ("version", "asked_rule")}
    if (paths.datasets_folder() / name).is_dir():
        return {**shown, "status": "ready"}
    return {**shown, "status": "broken", "message": f"Its images are gone from {paths.datasets_folder() / name}"}


@functools.lru_cache(maxsize=32)
def _describe_decided(name: str, stamp: int, decided_stamp: tuple[int, int, int]) -> dict[str, Any] | None:
    """The description with the exclusions counted off, where there are any decisions; the table is read for it once."""
    return describe(read_index(name)) if any(decided_stamp) else None


def _broken(name: str, error: BaseException) -> errors.IndexBroken:
    return errors.IndexBroken(
        expected="an index that can be read",
        found=f"{type(error).__name__}: {error}",
        where=str(index_path(name)),
        todo=f"Write it anew: python -m core index {name}",
    )
