"""What the doctor noticed, as the Data doctor lists it and as Explore's grid filters by it: worked out once."""

from typing import Any

import numpy as np
import streamlit as st

from core.checks import muting
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.quality import doctor, findings
from core.datasets.views import image_facts
from core.jobs import jobs
from pages.kit import label_issues

FINDING = "finding"  # in the address of the grid
EXAMINE = "doctor"  # the verb of the job that measures what findings are made of


def load_findings(
    data: index.Index,
) -> tuple[list[findings.Finding], list[findings.Finding], dict[str, muting.Mute]]:
    """All findings that are known by now, without what a person wants no more to hear of: see `doctor.divide`."""
    found = [*_findings(data, data.name, data.identity, read_stamps(data)), *label_issues.load_suspects(data)]
    return doctor.divide(found, data)


def read_stamps(data: index.Index) -> tuple[int, int]:
    """When the facts and the pairs were written, in nanoseconds; 0 where they are not there."""
    facts_path, pairs_path = image_facts.facts_path(data), near_identical.pairs_path(data)
    stamps = (path.stat().st_mtime_ns if path.exists() else 0 for path in (facts_path, pairs_path))
    return next(stamps), next(stamps)


def is_being_examined(data: index.Index) -> bool:
    """Whether a job measures its images now."""
    return any(job.verb == EXAMINE and job.dataset == data.name and job.state.is_active for job in jobs.list_jobs())


@st.cache_resource(max_entries=4, show_spinner=False)
def _findings(_data: index.Index, name: str, identity: str, stamps: tuple[int, int]) -> list[findings.Finding]:
    return doctor.examine(_data, image_facts.read_facts(_data), near_identical.read_pairs(_data))


def list_with_pictures(data: index.Index) -> dict[str, findings.Finding]:
    """Kind -> finding, of those whose images can be looked at one by one; unreadable files are a state of their own."""
    return {found.kind: found for found in load_findings(data)[0] if found.can_be_decided}


def list_captions(data: index.Index, finding: findings.Finding, rows: np.ndarray) -> list[str]:
    """What stands under the pictures of some rows of a finding beside their class, in their order."""
    entries = finding.rows.drop_duplicates("row").set_index("row", drop=False).loc[rows]
    groups = data.table.loc[rows, "group"]
    return [say_caption(finding, entry, str(group)) for entry, group in zip(entries.itertuples(), groups, strict=True)]


def say_caption(finding: findings.Finding, entry: Any, group: str) -> str:
    """What stands under a picture of a finding beside its class, as plain text: set, patient, and why it is here."""
    if finding.unit != "images":
        return str(entry.detail)  # says which patient, and whose pictures these are
    number = f"Set {entry.group_number}" if entry.group_number != findings.NO_GROUP else ""
    return " · ".join(part for part in (number, group, entry.detail) if part)
