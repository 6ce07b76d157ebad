"""The next version of a data set, from the champion's images and what people settled since; the old one is untouched.

The champion's test images are frozen: all of them are in the test part again, under the labels of before, whatever
anybody has settled about them. Corrections reach training and validation images alone. New cases are dealt by patient,
one unit in six into the test; who or what the champion has seen stays on the side where it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from core.base import errors, paths, progress
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.intake import importing, versions
from core.datasets.splits import leak_audit, saved_splits
from core.models import champions, package, tables
from core.review import case_images, dealing, review_record, settled_cases


@dataclass(frozen=True)
class Plan:
    """What the next version would be.

    kept : row of the old data set -> side, of the images that stay. changes : what is new, relabelled or left out.
    patients : sha256 -> patient of each new image, "" = not known. frozen : of the test images of before, settled
    otherwise or as no such image, but left as they are. undecided : settled without a class. known : settled as they
    were labelled. torn : new images that are tied to two sides, and so would leak wherever they went.
    """

    kept: Mapping[int, str]
    changes: tuple[versions.Change, ...]
    patients: Mapping[str, str]
    frozen: int = 0
    undecided: int = 0
    known: int = 0
    torn: int = 0

    def count(self, kind: str, side: str = "") -> int:
        """How many changes of a kind there are, on one side or on all."""
        return sum(one.kind == kind and side in ("", one.side) for one in self.changes)


def plan(
    champion: package.Package,
    data: index.Index,
    settled: Sequence[settled_cases.Settled],
    report: progress.Report = progress.say_nothing,
) -> Plan:
    """What `make` would do. data : the data set that the champion was trained on.

    Raises VersionNotPossible where it is another one by now, or the champion's split leaks; and as `dealing.deal` does.
    """
    _require_base(champion, data)
    sides = _find_sides(champion, data)
    labels = {str(sha256): int(label) for sha256, label in zip(data.table["sha256"], data.table["label"], strict=True)}
    rows_of = {str(sha256): rows.index.tolist() for sha256, rows in data.table.groupby("sha256")}
    changes: list[versions.Change] = []
    new: list[settled_cases.Settled] = []
    counts = dict.fromkeys(("frozen", "undecided", "known"), 0)
    for one in settled:
        was = data.class_names[labels[one.sha256]] if labels.get(one.sha256, -1) >= 0 else ""
        here = [row for row in rows_of.get(one.sha256, ()) if row in sides]
        if one.answer == review_record.CANNOT_TELL or (one.answer == review_record.NOT_SUCH and not here):
            counts["undecided"] += 1
        elif one.sha256 not in rows_of:
            new.append(one)
        elif not here or one.answer == was:
            counts["known"] += 1
        elif any(sides[row] == "test" for row in here):
            counts["frozen"] += 1
        else:
            changes += [_describe_correction(one, data.find_id(row), was, sides[row]) for row in here]
            for row in here if one.answer == review_record.NOT_SUCH else ():
                del sides[row]
    dealt, patients, torn = dealing.deal(champion, data, new, report)
    return Plan(sides, (*changes, *dealt), patients, **counts, torn=torn)


def make(
    champion: package.Package, *, by: str, report: progress.Report = progress.say_nothing, name: str = ""
) -> index.Index:
    """Make the next version of the champion's data set, with its kept split `versions.SPLIT`.

    name : of the new data set; "" = the next one that is free. by : who makes it. Raises VersionNotPossible where
    nothing is new, SettingNotUsable without a name, and as `plan` and `versions.write_version` do.
    """
    signed = champions.sign(by, "")
    data = index.read_index(require_dataset(champion))
    settled = settled_cases.list_settled(settled_cases.list_reviews(data.class_names, versions.find_line(data.name)))
    planned = plan(champion, data, settled, report)
    if not planned.changes:
        raise _refuse(f"settled cases that {data.name} does not know yet", "none", "Read and settle some cases first.")
    index.require_unchanged(data)
    before = versions.read_version(data.name)
    line = versions.find_line(data.name)
    free, number = versions.suggest_next(line)
    said = versions.Version(
        line=line,
        number=number,
        made_from=data.name,
        content=data.content,
        model=champion.id,
        model_created=champion.manifest.created,
        frozen=versions.hash_labels(_list_frozen(champion)),
        settled=len({one.sha256 for one in planned.changes}) + (before.settled if before else 0),
        by=signed["by"],
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        changes=planned.changes,
    )
    facts = {key: value for key, value in data.facts.items() if key not in ("left_out", "ignored", "imported_at")}
    made = versions.write_version(
        importing.require_name(name) if name else free,
        _list_pieces(data, planned),
        said,
        positive_class=data.positive_class,
        facts=facts,
        report=report,
    )
    _finish(champion, data, made, report)
    return index.read_index(made.name)


def find_holder(data: index.Index, planned: Plan) -> str:
    """The newest version of a data set that has all of a plan's changes already; "" = none."""
    wanted = {(one.kind, one.sha256, one.now) for one in planned.changes}
    line = versions.find_line(data.name)
    ready = [str(row["name"]) for row in index.list_datasets() if row["status"] == "ready"]
    found = {name: versions.read_version(name) for name in ready if name != line and versions.find_line(name) == line}
    for name, said in sorted(found.items(), key=lambda one: -one[1].number if one[1] else 0):
        made_from = said is not None and said.made_from == data.name
        if said and made_from and wanted and {(one.kind, one.sha256, one.now) for one in said.changes} == wanted:
            return name
    return ""


def require_dataset(champion: package.Package) -> str:
    """The data set on this machine that a model was trained on, by its content. Raises VersionNotPossible."""
    ready = [row for row in index.list_datasets() if row["status"] == "ready"]
    same = [str(row["name"]) for row in ready if row["content"] == champion.dataset_content]
    if not same:
        found = f"none with the images of {champion.manifest.dataset.name}"
        raise _refuse(f"the data set that {champion.id} was trained on", found, "Bring it in again on Datasets.")
    return champion.manifest.dataset.name if champion.manifest.dataset.name in same else same[0]


def _require_base(champion: package.Package, data: index.Index) -> None:
    if data.content != champion.dataset_content:
        found = f"other images in {data.name} than it was trained on"
        raise _refuse(f"the images that {champion.id} was trained on", found, "Train a model on them as they are now.")
    if champion.is_leaky:
        todo = "Train a model on an honest split of this data set, and make that the champion."
        raise _refuse("a champion with an honest split, which goes on", f"the leaky one of {champion.id}", todo)


def _find_sides(champion: package.Package, data: index.Index) -> dict[int, str]:
    """Row -> side of all images that the champion was made from. Those that somebody has left out since, or that were
    in no part, are in none; of the frozen test none goes."""
    scored = tables.read_predictions(champion)
    said = dict(zip(scored["image_id"], scored["split"], strict=True))
    said |= dict.fromkeys(tables.read_training_images(champion)["image_id"], "train")
    table = data.table
    there = {
        int(row): str(said[image_id])
        for row, image_id in zip(table.index, table["image_id"], strict=True)
        if image_id in said
    }
    out = set(table.index[table["excluded"]])
    return {row: side for row, side in there.items() if side == "test" or row not in out}


def _describe_correction(one: settled_cases.Settled, image_id: str, was: str, side: str) -> versions.Change:
    dropped = one.answer == review_record.NOT_SUCH
    return versions.Change(
        kind="left out" if dropped else "relabelled",
        image_id=image_id,
        sha256=one.sha256,
        was=was,
        now="" if dropped else one.answer,
        side=side,
        review=one.review,
        case=one.case,
        by=one.by,
        at=one.at,
        audit=one.audit,
        weight=one.weight,
    )


def _list_frozen(champion: package.Package) -> list[tuple[str, str]]:
    """(image_id, class) of the champion's test images."""
    scored = tables.read_predictions(champion)
    tested = scored[scored["split"] == "test"]
    return [
        (str(image_id), champion.class_names[label])
        for image_id, label in zip(tested["image_id"], tested["label"], strict=True)
    ]


def _list_pieces(data: index.Index, planned: Plan) -> list[versions.Piece]:
    """All files of the new version."""
    folder = paths.datasets_folder() / data.name
    relabelled = {one.image_id: one.now for one in planned.changes if one.kind == "relabelled"}
    pieces = []
    for row, side in planned.kept.items():
        entry = data.table.loc[row]
        source = folder / str(entry["path"])
        class_name = relabelled.get(str(entry["image_id"]), data.class_names[data.find_label(row)])
        pieces.append(versions.Piece(source, side, class_name, str(entry["group"]), source.name))
    for one in planned.changes:
        if one.kind == "new":
            source = case_images.path_of(one.sha256)
            called = settled_cases.name_file(one.case, case_images.read(one.sha256))
            pieces.append(versions.Piece(source, one.side, one.now, planned.patients[one.sha256], called))
    return pieces


def _finish(champion: package.Package, data: index.Index, made: index.Index, report: progress.Report) -> None:
    """Keep the split of a new version, once it is what it should be; one that is not goes again."""
    try:
        if near_identical.read_pairs(data) is not None:
            near_identical.build_pairs(made, report)
        settings = saved_splits.Settings(rule="given")
        divided = saved_splits.make_split(made, settings, None)
        audit = leak_audit.audit_split(divided.table, made, near_identical.read_pairs(made))
        _require_frozen(champion, made, divided.table)
        if audit.patients.count or audit.identical.count:
            raise _refuse("a split without a leak", " ".join(audit.warnings), "Look at the patients of these cases.")
        saved_splits.write_split(versions.SPLIT, made, settings, divided, audit)
    except (errors.SecondLookError, progress.Cancelled):
        importing.remove_dataset(made.name)
        raise


def _require_frozen(champion: package.Package, made: index.Index, divided: pd.DataFrame) -> None:
    """All test images of before are test images again, under the labels of before."""
    tested = divided[divided["split"] == "test"]
    now = {
        (image_id, made.class_names[label]) for image_id, label in zip(tested["image_id"], tested["label"], strict=True)
    }
    missing = set(_list_frozen(champion)) - now
    if missing:
        found = f"{len(missing):,} of them missing or under another label"
        raise _refuse("all test images of before in the new test part", found, "Index the old data set again.")


def _refuse(expected: str, found: str, todo: str) -> errors.VersionNotPossible:
    return errors.VersionNotPossible(expected=expected, found=found, where="the next version", todo=todo)
