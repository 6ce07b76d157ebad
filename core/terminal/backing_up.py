"""What `review` does about the whole store: backup and restore, one file each."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.base import files, progress
from core.terminal import output

if TYPE_CHECKING:
    from core.review import backup

BACKUP, RESTORE = "backup", "restore"
TAKES = {BACKUP: ("FILE.zip",), RESTORE: ("FILE.zip",)}
HELP = f"{BACKUP} FILE.zip (all cases, readings and images; replaced), {RESTORE} FILE.zip (into an empty store)"


def add_options(sub: argparse.ArgumentParser) -> None:
    """What only these take."""
    sub.add_argument("--replace", action="store_true", help=f"with {RESTORE}: delete all that is in the store first")


def back_up(options: argparse.Namespace, file: str) -> int:
    """Write a backup."""
    from core.review import backup  # noqa: PLC0415  (see `reviewing`)

    path = Path(file)
    output.require_place(path, ".zip")
    return _say(options, path, backup.write(path, progress.to_terminal()), "backed up")


def restore(options: argparse.Namespace, file: str) -> int:
    """Fill the store from a backup."""
    from core.review import restoring  # noqa: PLC0415  (see `reviewing`)

    path = Path(file)
    return _say(
        options, path, restoring.restore(path, replace=options.replace, report=progress.to_terminal()), "restored"
    )


def _say(options: argparse.Namespace, path: Path, found: "backup.Outcome", done: str) -> int:
    if options.json:
        said = {"file": str(path), "cases": found.cases, "readings": found.readings, "images": found.images}
        output.print_json(said | {"bytes": found.bytes})
    else:
        counts = f"{found.cases:,} cases, {found.readings:,} readings, {found.images:,} images"
        print(f"{path}: {counts} {done}; {files.describe_bytes(found.bytes)}")
    return 0
