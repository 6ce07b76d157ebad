"""Decisions about images as earlier versions wrote them: read as if they stood in the ledger, and never written again.

`data/curation/<name>.json` held exclusions, proposals and findings called fine, without who decided;
`data/review/requests.jsonl` held what was sent to review, of all data sets.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.base import errors, files, paths
from core.datasets.index import acts, names

NOT_SAID = ""  # who decided
REQUEST = ("action", "dataset", "image_id", "model_id", "why", "by", "at")


def read_acts(name: str) -> list[acts.Act]:
    """The decisions about a data set, in the order in which they were written; none where there is no such file.

    Raises IndexBroken for a damaged file of exclusions; a torn or foreign line of requests is left out, as it was.
    """
    path = curation_path(name)
    try:
        return [*_convert_curation(name, files.read_json(path)), *_convert_requests(name)]
    except FileNotFoundError:
        return list(_convert_requests(name))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise broken(path, type(error).__name__) from error


def list_names() -> set[str]:
    """The data sets that earlier versions wrote decisions about."""
    return {path.stem for path in paths.curation_folder().glob("*.json")} | {row["dataset"] for row in _read_requests()}


def curation_path(name: str) -> Path:
    """`data/curation/<name>.json`."""
    return paths.curation_folder() / f"{names.require_name(name)}.json"


def broken(path: Path, found: str) -> errors.IndexBroken:
    """The message about a file of decisions that is damaged. found : what cannot be read."""
    return errors.IndexBroken(
        expected="what people decided about the images of a data set",
        found=f"a file that cannot be read ({found})",
        where=str(path),
        todo="Put back a copy of it; or remove it, and the decisions about single images are gone.",
    )


def _convert_curation(name: str, content: Any) -> Iterator[acts.Act]:
    at = str(content.get("changed_at", ""))
    places = {str(key): str(place) for key, place in content["places"].items()}
    for image_id, reason in content["excluded"].items():
        path = places.get(image_id, "")
        yield acts.Act(acts.EXCLUDE, name, image_id, NOT_SAID, str(reason), at=at, path=path)
    for image_id, one in content["proposals"].items():
        about, why = str(one["class_name"]), str(one["reason"])
        yield acts.Act(acts.RELABEL, name, image_id, NOT_SAID, why, about, at=at, path=places.get(image_id, ""))
    for finding, image_ids in content["ignored"].items():
        for image_id in image_ids:
            yield acts.Act(acts.KEEP, name, str(image_id), NOT_SAID, about=str(finding), at=at)


def _convert_requests(name: str) -> Iterator[acts.Act]:
    for row in _read_requests():
        if row["dataset"] == name:
            said = {field: row[field] for field in REQUEST[1:]}
            yield acts.Act(acts.SECOND_LOOK, **said, withdrawn=row["action"] == "withdrawn")


def _read_requests() -> list[dict[str, Any]]:
    return [row for row in files.read_lines(paths.review_folder() / "requests.jsonl") if _is_request(row)]


def _is_request(row: dict[str, Any]) -> bool:
    told = all(isinstance(row.get(field), str) for field in REQUEST)
    return told and row["action"] in ("added", "withdrawn") and bool(row["dataset"] and row["image_id"])
