"""Which checks a person wants no more to hear of, for one data set or one training: a folder with one file a check.

A file each, so that two windows lose nothing of each other's. Whoever mutes stands in it, with the time.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from core.base import errors, files
from core.checks import check_table

FOLDER = "muted"  # in a run's folder


@dataclass(frozen=True)
class Mute:
    """Who muted a check, and when (ISO 8601, UTC)."""

    by: str
    at: str


class Reported(Protocol):
    """What a check has reported."""

    @property
    def check(self) -> check_table.Check:
        """The check that it is of."""
        ...


Report = TypeVar("Report", bound=Reported)


def read(folder: Path) -> dict[str, Mute]:
    """Code -> who muted it and when; empty where nobody did. Raises CheckNotUsable for a damaged file."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}


def _read(path: Path) -> Mute:
    try:
        content = files.read_json(path)
        return Mute(str(content["by"]), str(content["at"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise errors.CheckNotUsable(
            expected="who muted a check, and when",
            found=f"a file that cannot be read ({type(error).__name__})",
            where=str(path),
            todo="Remove it: the check is reported again.",
        ) from error


def mute(folder: Path, code: str, by: str) -> None:
    """Report a check no more. Raises CheckNotUsable where it cannot be muted, or nobody says who does it; DiskFull."""
    check = check_table.find_code(code)
    if not check.can_be_muted:
        raise errors.CheckNotUsable(
            expected="a check that can be muted",
            found=f"{check.code}, which limits a number that others read",
            where="docs/checks.md",
            todo="Leave it as it is.",
        )
    if not by.strip():
        raise errors.CheckNotUsable(
            expected="the name of who mutes a check", found="none", where=check.code, todo="Say who does it."
        )
    at = datetime.now(UTC).isoformat(timespec="seconds")
    files.write_json(folder / f"{check.code}.json", {"by": by.strip(), "at": at})


def unmute(folder: Path, code: str) -> None:
    """Report a check again; absent is fine. Raises CheckNotUsable."""
    (folder / f"{check_table.find_code(code).code}.json").unlink(missing_ok=True)


def divide(reports: Iterable[Report], muted: Container[str]) -> tuple[list[Report], list[Report]]:
    """What is to be shown, and what is muted, each in its order. muted : codes."""
    shown: list[Report] = []
    hidden: list[Report] = []
    for report in reports:
        (hidden if report.check.code in muted else shown).append(report)
    return shown, hidden
