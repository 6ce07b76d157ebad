"""Looks through a data set for what may spoil a training or its test, and says so; decides and changes nothing."""

import dataclasses
from collections.abc import Mapping, Set

import pandas as pd

from core.base import paths, progress
from core.checks import muting
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.quality import appearance, balance, copies, findings
from core.datasets.views import image_facts


def measure(data: index.Index, report: progress.Report = progress.say_nothing) -> None:
    """Work out what takes minutes, where it is not known yet: light and sharpness, and near-identical pictures."""
    image_facts.build_facts(data, report)
    if near_identical.read_pairs(data) is None:
        near_identical.build_pairs(data, report)


def examine(data: index.Index, measured: pd.DataFrame | None, pairs: pd.DataFrame | None) -> list[findings.Finding]:
    """All that was noticed in the images that are in use, in the order of findings.KINDS; each kind at most once.

    measured : see facts.build_facts; None = light, sharpness and the like have not been measured, and are left out.
    pairs : near-identical images (row_a, row_b, similarity, how); None = not looked for, and left out.
    Images that a person excluded are not reported again. The same data give the same findings.
    """
    found = [
        *_find_unreadable(data),
        *copies.find_copies(data, pairs),
        *(appearance.find_unlike(data, measured) if measured is not None else []),
        *balance.find_imbalance(data),
        *balance.find_uneven_groups(data),
    ]
    return findings.sort_findings(found)


def divide(
    found: list[findings.Finding], data: index.Index
) -> tuple[list[findings.Finding], list[findings.Finding], dict[str, muting.Mute]]:
    """What is to be shown and what is muted, in the order of findings.KINDS, and who muted what in this data set."""
    muted = muting.read(paths.muted_folder(data.name))
    left = leave_out_fine(findings.sort_findings(found), data, data.decided.kept)
    return *muting.divide(left, muted), muted


def leave_out_fine(
    found: list[findings.Finding], data: index.Index, kept: Mapping[str, Set[str]]
) -> list[findings.Finding]:
    """The findings without excluded images and those that a person found fine. kept : kind -> ids, "" = any kind.

    Of a set of copies, what is left of it counts as long as it is two images.
    """
    left = []
    for finding in found:
        if finding.unit != "images":
            left.append(finding)
            continue
        images = data.table.loc[finding.rows["row"]]
        fine = {*kept.get(finding.kind, ()), *kept.get("", ())}
        hidden = images["image_id"].isin(list(fine)) | images["excluded"]
        rows = finding.rows[~hidden.to_numpy()]
        if finding.kind in findings.IN_GROUPS:
            rows = rows[rows.duplicated("group_number", keep=False)]
        if len(rows):
            left.append(dataclasses.replace(finding, rows=rows.reset_index(drop=True), n=len(rows)))
    return left


def choose_copies(finding: findings.Finding) -> pd.DataFrame:
    """The rows of a finding about copies, without the first of each set, which is the one to keep."""
    return finding.rows[finding.rows.duplicated("group_number")]


def to_table(found: list[findings.Finding], data: index.Index) -> pd.DataFrame:
    """All findings as one table that a person can take away: one row an image of a finding, worst first.

    A finding without images (classes of unequal size) has one row, with its words as detail.
    """
    parts = [_tabulate(finding, data) for finding in found]
    return pd.concat(parts, ignore_index=True) if parts else _tabulate_nothing()


def _tabulate_nothing() -> pd.DataFrame:
    columns = ("code", "finding", "image_id", "path", "class", "group", "score", "set", "detail")
    return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})


def _tabulate(finding: findings.Finding, data: index.Index) -> pd.DataFrame:
    if not len(finding.rows):
        return (
            _tabulate_nothing()
            .reindex(range(1))
            .fillna("")
            .assign(code=finding.check.code, finding=finding.title, detail=finding.words)
        )
    images = data.table.loc[finding.rows["row"]]
    names = [data.class_names[label] if label >= 0 else "" for label in images["label"]]
    sets = [str(number) if number != findings.NO_GROUP else "" for number in finding.rows["group_number"]]
    return pd.DataFrame(
        {
            "code": finding.check.code,
            "finding": finding.title,
            "image_id": images["image_id"].to_numpy(),
            "path": images["path"].to_numpy(),
            "class": names,
            "group": images["group"].to_numpy(),
            "score": finding.rows["score"].to_numpy(),
            "set": sets,
            "detail": finding.rows["detail"].to_numpy(),
        }
    )


def _find_unreadable(data: index.Index) -> list[findings.Finding]:
    bad = data.table[data.table["problem"] != ""]
    if not len(bad):
        return []
    rows = findings.make_rows(bad.index.to_numpy(), [1.0] * len(bad), bad["problem"].tolist())
    return [findings.Finding("unreadable", len(bad), len(data.table), rows=rows)]
