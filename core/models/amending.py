"""What people decide about a finished model, written into its manifest: threshold, temperature, limit, card, and
what was found of it where it is used.

Network and predictions never change, and results only where they are computed anew from these. See docs/decisions/0014.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from core.base import asides, errors, files, paths, progress
from core.models import manifests, package

AMENDABLE = (package.OPERATING_POINT, package.CALIBRATION, package.REFERRAL, package.CARD, package.SITE_CHECKS)
WAITING = "Waiting for another change to a model"
Change = dict[str, Any] | None | Callable[[package.Package], dict[str, Any] | None]


def amend(found: package.Package, changes: Mapping[str, Change]) -> package.Package:
    """Write what people decided about a model into its manifest, and return the package as it is then.

    changes : section (one of AMENDABLE) -> its new content (JSON), None to remove it, or a function from the package as
    it is now to either, for what must build on what others wrote meanwhile. Network, predictions and results stay as
    they were published. How often each section was written is counted, and stays when it is taken back. A model that
    came with the program is copied to the user's models first, whose copy from then on stands for it. Two at once wait
    for each other, and neither is lost.
    Raises ModelNotFound, ModelBroken, DiskFull; SettingNotUsable where a limit for referral was chosen for another
    operating point than the one that is kept now.
    """
    unknown = set(changes) - set(AMENDABLE)
    if unknown:
        raise ValueError(f"expected sections among {AMENDABLE}, found {sorted(unknown)}")
    with _open(found) as now:
        if changes.get(package.REFERRAL) is not None and now.threshold != found.threshold:
            raise errors.SettingNotUsable(
                expected="the operating point that this limit was chosen for",
                found="another one, kept meanwhile",
                where=found.id,
                todo="Look at the page again, and choose the limit anew.",
            )
        written = {section: change(now) if callable(change) else change for section, change in changes.items()}
        kept = {section: content for section, content in written.items() if content is not None}
        times = {section: now.count_choices(section) + 1 for section in kept}

        def write(content: dict[str, Any]) -> dict[str, Any]:
            others = {section: value for section, value in content.items() if section not in written}
            counts = {**(content.get(package.TIMES_CHOSEN) or {}), **times}
            return {**others, **kept, package.TIMES_CHOSEN: counts}

        manifests.rewrite(now.file(package.MANIFEST), write)
        return package.find_package(found.id)


def restate(found: package.Package, compute: Callable[[package.Package], dict[str, Any]]) -> package.Package:
    """Write results that were computed anew from the same predictions into the manifest; nobody has decided anything.

    compute : from the package as it is now to section -> what is new in it; what else the sections hold stays, and so
    do other sections and the counts of choices. Waits and raises as `amend` does.
    """
    with _open(found) as now:
        results = compute(now)

        def write(content: dict[str, Any]) -> dict[str, Any]:
            return {**content, **{name: {**(content.get(name) or {}), **new} for name, new in results.items()}}

        manifests.rewrite(now.file(package.MANIFEST), write)
        return package.find_package(found.id)


def add_file(found: package.Package, name: str, write: Callable[[Path], None]) -> package.Package:
    """Write a file that an older model lacks (one of `package.LATER_FILES`) and name it in the manifest.

    Until the manifest does, the file is no part of the model. Waits and raises as `amend` does.
    """
    with _open(found) as now:
        files.write_whole(now.folder / name, write)
        described = package.describe_file(now.folder / name).to_json()
        manifests.rewrite(
            now.file(package.MANIFEST), lambda content: {**content, "files": {**content["files"], name: described}}
        )
        return package.find_package(found.id)


@contextlib.contextmanager
def _open(found: package.Package) -> Iterator[package.Package]:
    """The package as it is now among the user's models, and nobody else writes its manifest meanwhile."""
    parent = paths.user_models_folder()
    with (
        files.disk_full_as_message(parent),
        files.wait_for_lock(parent / ".amending.lock", progress.say_nothing, WAITING),
    ):
        now = package.find_package(found.id)
        yield now if now.folder.parent == parent else _copy_to(parent, now)


def _copy_to(parent: Path, found: package.Package) -> package.Package:
    """The same package in another folder of models, whole or not at all. Only for the holder of the lock."""
    asides.sweep(parent)
    with asides.make_folder(parent, "copying") as aside:
        for name in (package.MANIFEST, *found.files):  # what else lies there is no part of the model
            shutil.copyfile(found.file(name), aside / name)
        aside.rename(parent / found.id)
    return package.find_package(found.id)  # which looks at the user's own first
