"""Which model answers first, and what is said of each beside its name: on what it was trained, and if to the end."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.datasets.intake import versions
from core.datasets.splits import divisions
from core.models import champions, package

DRAWN, FROM_CATALOGUE = "drawn", "catalogue"
# The data sets that the models of this repository were trained on, by content: what their images are is known.
KNOWN_CONTENTS = {
    "6a376a1cf222d91a0712b15308d5f740dc783b170bb34e3694848f60067a12b0": "cells",
    "e38cff352cefc86d11696437fdbe86ea31526c3318c3c062821611effedc9b5a": "chest X-rays",
    "de313f45d37c992950b7777efd78849564ceb36c52f3d71173c5a2a1eec4e5ac": "photos",
}
# What the images of a catalogue entry are, by their classes (in small letters).
KNOWN_CLASSES = {
    frozenset(("parasitized", "uninfected")): "cells",
    frozenset(("normal", "pneumonia")): "chest X-rays",
    frozenset(("cat", "dog")): "photos",
    frozenset(("cats", "dogs")): "photos",
}
OWNERS = {"cells": "patient", "chest X-rays": "person"}  # whose images a group of these is


def choose_first(packages: Sequence[package.Package], data: Mapping[str, Any] | None = None) -> package.Package | None:
    """The model to begin with for the data set in hand; None where there is no model. See `sort_by_merit`."""
    return next(iter(sort_by_merit(packages, data)), None)


def sort_by_merit(packages: Sequence[package.Package], data: Mapping[str, Any] | None = None) -> list[package.Package]:
    """Models in the order in which one would ask them about a data set, the best first.

    packages : newest first, as `package.list_packages` gives them; of equals the newest is first. data : as
    `index.list_datasets` describes a data set that is ready, of which "content", "classes" and "facts" are read; None
    where none is in hand.

    First those that know its classes from images of its sort (drawn or not); of these the champion that people chose
    for it, then honest before leaky, trained to the end before stopped ones; of these the ones of this very data set;
    then by the lower end of the interval of their test accuracy, so that few test images count for little. Then those
    that know its classes from images of the other sort, then all others, where drawn images count for less than any
    that are not.
    """
    decided = _find_champions(None if data is None else str(data["name"]))
    return sorted(packages, key=lambda found: _rate(found, data, is_champion=_name(found) in decided), reverse=True)


def is_champion(found: package.Package) -> bool:
    """Whether people made it the champion of a data set."""
    return _name(found) in _find_champions(None)


def _find_champions(dataset: str | None) -> set[tuple[str, str]]:
    """The champion of a data set and its versions; None = of any."""
    decided = champions.list_champions()
    line = None if dataset is None or not decided else versions.find_line(dataset)
    return {(one.model, one.created) for name, one in decided.items() if line in (None, name)}


def _name(found: package.Package) -> tuple[str, str]:
    return found.id, found.manifest.created


def _rate(found: package.Package, data: Mapping[str, Any] | None, *, is_champion: bool) -> tuple[Any, ...]:
    known, same, wanted_drawn = False, False, False
    if data is not None:
        same = data["content"] == found.dataset_content
        known = same or set(data["classes"]) == set(found.class_names)
        wanted_drawn = known and _is_drawn(data)
    alike = same or is_drawn(found) == wanted_drawn
    low = found.test_now.accuracy.low
    merit = not found.is_leaky, not say_unfinished(found), same, -1.0 if low is None else float(low)
    return known, alike, is_champion, *merit


def _is_drawn(data: Mapping[str, Any]) -> bool:
    facts: Mapping[str, Any] = data.get("facts", {})
    return str(facts.get("kind", "")) == DRAWN


def choose_data(datasets: Sequence[Mapping[str, Any]], packages: Sequence[package.Package]) -> Mapping[str, Any] | None:
    """The data set in hand where a person has chosen none: the largest that a model here was trained on.

    datasets : as `index.list_datasets` describes those that are ready. What this program has drawn is in hand only
    where somebody chose it: who opens the app with images of their own should not be answered by drawn cells.
    """
    trained = {found.dataset_content for found in packages}
    brought = [row for row in datasets if row["content"] in trained and not _is_drawn(row)]
    return max(brought, key=lambda row: int(row["images"]), default=None)


def group_by_data(packages: Sequence[package.Package]) -> tuple[list[list[package.Package]], list[package.Package]]:
    """Models by the data set that they learnt on, the one with the most images first and of each the best first; and
    apart, best first, those whose numbers nobody should compare with these: see `is_apart`.

    packages : newest first, as `package.list_packages` gives them.
    """
    ordered = sort_by_merit(packages)
    groups: dict[str, list[package.Package]] = {}
    for found in ordered:
        if not is_apart(found):
            groups.setdefault(found.dataset_content, []).append(found)
    by_size = sorted(groups.values(), key=lambda group: -max(found.manifest.split.images.total for found in group))
    return by_size, [found for found in ordered if is_apart(found)]


def is_apart(found: package.Package) -> bool:
    """Whether it learnt on drawn images, was tested on a leaky split, or its training was ended early."""
    return is_drawn(found) or found.is_leaky or bool(say_unfinished(found))


def is_drawn(found: package.Package) -> bool:
    """Whether it was trained on images that this program had drawn."""
    return found.manifest.dataset.kind == DRAWN


def say_trained_on(found: package.Package) -> str:
    """On what it was trained: `real cells of 160 patients`, `drawn cells`, `2,000 photos`, `mine: 8 images`.

    Images are called real, and by what they are, only where that is known; else by the name of their data set. Patients
    and images are those of the whole data set, with validation and test.
    """
    made_of, split = found.manifest.dataset, found.manifest.split
    if is_drawn(found):
        return "drawn cells"
    images, groups = split.images.total, _count_groups(split)
    subject = _find_subject(found)
    if not subject:
        return f"{made_of.name}: {_say(images, 'image')}" + (f" of {_say(groups, 'patient')}" if groups else "")
    if not groups:
        return f"{images:,} {subject}"
    real = "real " if subject == "cells" else ""  # the others are not drawn by this program
    return f"{real}{subject} of {_say(groups, OWNERS.get(subject, 'patient'))}"


def say_unfinished(found: package.Package) -> str:
    """`stopped after 3 of 24 epochs` of a model whose training somebody ended early; empty for all others.

    A training that ended because its patience ran out is a whole one.
    """
    training, wanted = found.manifest.training, found.manifest.epochs_asked
    if not training.stopped_by_hand or training.epochs >= wanted:
        return ""
    return f"stopped after {training.epochs:,} of {wanted:,} epochs"


def say_origin(found: package.Package) -> str:
    """What stands beside a model's name: on what it was trained, and why its numbers are not honest, or not final."""
    parts = [say_trained_on(found), "leaky split" if found.is_leaky else "", say_unfinished(found)]
    return ", ".join(filter(None, parts))


def describe(found: package.Package) -> dict[str, Any]:
    """`package.describe` with "trained_on" (`say_origin`): the model as lists show it."""
    return package.describe(found) | {"trained_on": say_origin(found)}


def name_subject(found: package.Package) -> str:
    """What one calls its images: `cells` where it is known that they are, else `images`."""
    known = "cells" if is_drawn(found) else _find_subject(found)
    return known if known == "cells" else "images"


def _find_subject(found: package.Package) -> str:
    """What the images are, where that is known; else empty."""
    if found.manifest.dataset.kind == FROM_CATALOGUE:
        return KNOWN_CLASSES.get(frozenset(name.lower() for name in found.class_names), "")
    return KNOWN_CONTENTS.get(found.dataset_content, "")


def _count_groups(split: divisions.Division) -> int:
    """Patients of all parts together; where they are in several, at least those of the part with the most."""
    groups = split.groups
    return max(groups.train, groups.validation, groups.test) if split.groups_shared else groups.total


def _say(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' if n != 1 else ''}"
