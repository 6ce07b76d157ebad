"""What the decisions about single images come to for a data set: left out, probably another class, fine as it is.

The images themselves are never edited, moved or removed. Acts are kept by `image_id`, which is made of the contents,
with the path: ids of identical files depend on which others there are, so that after the folder is read again a
decision must find its own file, and never another one of the same contents under another label.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from core.datasets.index import acts, ledger

CONTENT_LENGTH = 16  # of an image_id, before what tells identical files apart


@dataclass(frozen=True)
class Curation:
    """The acts about one data set that stand."""

    standing: tuple[acts.Act, ...] = ()

    @cached_property
    def excluded(self) -> Mapping[str, acts.Act]:
        """image_id -> the act that left it out."""
        return {act.image_id: act for act in self.standing if act.kind == acts.EXCLUDE}

    @cached_property
    def proposals(self) -> Mapping[str, acts.Act]:
        """image_id -> the act that says that it may belong to the class `about`; somebody must review it first."""
        return {act.image_id: act for act in self.standing if act.kind == acts.RELABEL}

    @cached_property
    def kept(self) -> Mapping[str, frozenset[str]]:
        """Kind of finding, "" = whatever is found -> the images that are fine as they are."""
        by_finding: dict[str, set[str]] = {}
        for act in self.standing:
            if act.kind == acts.KEEP:
                by_finding.setdefault(act.about, set()).add(act.image_id)
        return {finding: frozenset(image_ids) for finding, image_ids in by_finding.items()}

    @cached_property
    def by_image(self) -> Mapping[str, tuple[acts.Act, ...]]:
        """image_id -> the acts about it."""
        found: dict[str, list[acts.Act]] = {}
        for act in self.standing:
            found.setdefault(act.image_id, []).append(act)
        return {image_id: tuple(about) for image_id, about in found.items()}


def read(name: str, table: pd.DataFrame) -> Curation:
    """The decisions about a data set under the ids that its images have now. table : its columns image_id and path.

    One whose image is not there now is kept under an id that none has. Raises IndexBroken for a damaged file.
    """
    written = ledger.read_acts(name)
    if not written:
        return Curation()
    image_ids = table["image_id"].tolist()
    by_path = dict(zip(table["path"].tolist(), image_ids, strict=True))
    by_content: dict[str, list[str]] = {}
    for image_id in image_ids:
        by_content.setdefault(image_id[:CONTENT_LENGTH], []).append(image_id)
    now = [replace(act, image_id=_find_now(act, by_path, by_content)) for act in written]
    return Curation(tuple(acts.find_standing(now)))


def _find_now(act: acts.Act, by_path: Mapping[str, str], by_content: Mapping[str, list[str]]) -> str:
    content = act.image_id[:CONTENT_LENGTH]
    here = by_path.get(act.path) if act.path else None
    if here is not None and here.startswith(content):
        return here
    alike = by_content.get(content, [])
    if not act.path and act.image_id in alike:  # an earlier version did not say where it was
        return act.image_id
    if len(alike) == 1:
        return alike[0]  # moved or renamed, and no other file has these contents
    return f"{content}@{act.path}"


def compute_fingerprint(content: str, curation: Curation, image_ids: Collection[str]) -> str:
    """Identity of what is trained on: the images' (`content`, hex sha256), with exclusions and proposals about them.

    Without any it is `content` itself. Decisions about images that are not there do not count.
    """
    present = set(image_ids)
    excluded = sorted(present & curation.excluded.keys())
    proposals = sorted((key, act.about) for key, act in curation.proposals.items() if key in present)
    if not excluded and not proposals:
        return content
    return hashlib.sha256(json.dumps([content, excluded, proposals]).encode()).hexdigest()


def list_present(chosen: Iterable[str], image_ids: Collection[str]) -> list[str]:
    """Those of `chosen` that are images of the data set, sorted."""
    return sorted(set(chosen) & set(image_ids))
