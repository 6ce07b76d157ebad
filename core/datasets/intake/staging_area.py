"""How a data set arrives: made aside, renamed when it is complete, then indexed. Whole, or not at all."""

import contextlib
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.base import asides, errors, files, paths, progress
from core.datasets.index import index, names


def require_free_name(name: str) -> Path:
    """The folder that a new data set of this name will have. Raises NameNotUsable, NameTaken."""
    target = paths.datasets_folder() / names.require_name(name)
    if target.exists():
        raise _name_taken(name)
    return target


def settle(
    staging: Path,
    target: Path,
    *,
    facts: dict[str, Any],
    group_rule: str = "auto",
    positive_class: str | None = None,
    report: progress.Report = progress.say_nothing,
) -> index.Index:
    """Give the finished folder its name, and index it; where that fails or is cancelled the folder goes again.

    Raises NameTaken where another one of that name has arrived meanwhile, and what index.build_index raises.
    """
    try:
        staging.rename(target)
    except OSError as error:
        if not target.exists():
            raise
        raise _name_taken(target.name) from error
    dated = {**facts, "imported_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")}
    with contextlib.ExitStack() as undo:
        undo.callback(files.remove_folder, target)
        built = index.build_index(
            target.name, group_rule=group_rule, positive_class=positive_class, facts=dated, report=report
        )
        undo.pop_all()
    return built


def _name_taken(name: str) -> errors.NameTaken:
    return errors.NameTaken(
        expected="a name that is free",
        found=repr(name),
        where=str(paths.datasets_folder()),
        todo="Choose another one, or remove that data set first.",
    )


@contextlib.contextmanager
def stage() -> Iterator[Path]:
    """A folder beside the data sets that nobody lists; it is gone afterwards unless it was renamed.

    What imports and removals left here that were killed is removed first.
    """
    folder = paths.datasets_folder()
    folder.mkdir(parents=True, exist_ok=True)
    asides.sweep(folder)
    with asides.make_folder(folder, "incoming") as staging:
        yield staging
