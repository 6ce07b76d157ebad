"""The same network by patient and at random: how much a split that leaks flatters it."""

from collections.abc import Sequence
from typing import Any

from core.datasets.splits import split_words
from core.models import package
from core.statistics import differences, estimate, metrics_table, words
from core.training import recipe, settings_table, training_record

BESIDE = {*settings_table.SPLIT_RULES, "saved_split", "dataset"}  # the difference that is looked at, and a name


def find_twin(found: package.Package, packages: Sequence[package.Package]) -> package.Package | None:
    """The newest model of the same architecture on the same images, with the other kind of split; None without one.

    The other kind: patients on both sides (`is_leaky`) where `found` keeps them whole, and the other way round.
    """
    twins = [
        other
        for other in packages
        if other.id != found.id
        and other.manifest.architecture == found.manifest.architecture
        and other.dataset_content == found.dataset_content
        and other.class_names == found.class_names
        and other.is_leaky != found.is_leaky
    ]
    return max(twins, key=lambda other: other.manifest.created, default=None)


def describe_effect(found: package.Package, twin: package.Package) -> dict[str, Any]:
    """How much better the leaky one of two twins looks, on test images of its own.

    Returns "honest" and "leaky": {"id", "split", "n", "groups", "interval"} and each metric of
    `metrics_table.list_headlines`; under the key of each of these metrics the difference, leaky less honest;
    "also_differ": settings in which the two recipes differ besides the split; "headline" and "basis", and both
    together as "sentence".

    The test images are not the same ones, so that nothing is paired: the interval of the difference comes from the
    intervals of both, which count patients where these are known (`differences.compute_apart`). Both are taken
    as their files answer, without an operating point.
    """
    honest, leaky = (twin, found) if found.is_leaky else (found, twin)
    results = [one.manifest.test for one in (honest, leaky)]
    keys = [one.key for one in metrics_table.list_headlines()]
    effect: dict[str, Any] = {
        key: differences.compute_apart(*(estimate.find(one, key) for one in results)) for key in keys
    }
    effect |= {
        "honest": _describe(honest),
        "leaky": _describe(leaky),
        "also_differ": _find_other_differences(honest, leaky),
    }
    headline, basis, more = _say_gap(effect["accuracy"]), _say_basis(effect), ""
    if effect["also_differ"]:
        named = ", ".join(settings_table.SETTINGS[name].called for name in effect["also_differ"])
        more = f"They also differ in {named}, so that not all of it need be the split's."
    sentence = " ".join(filter(None, (basis, f"{headline}.", more)))
    return {**effect, "headline": headline, "basis": f"{basis} {more}".strip(), "sentence": sentence}


def _describe(found: package.Package) -> dict[str, Any]:
    test = found.manifest.test
    kept = {"n": test.n, "groups": test.groups, "interval": test.interval}
    kept |= {one.key: estimate.find(test, one.key) for one in metrics_table.list_headlines()}
    return {"id": found.id, "split": split_words.say_kind(found.manifest.split), **kept}


def _find_other_differences(honest: package.Package, leaky: package.Package) -> list[str]:
    """Names of the settings that differ besides those of the split; what an older recipe lacks is as by default."""
    written = [one.manifest.recipe for one in (honest, leaky)]
    read = [one for one in map(training_record.read_recipe, written) if one]
    if len(read) == len(written):
        differing = recipe.find_differing(read)
    else:  # of a later version: as it stands
        differing = [name for name in settings_table.SETTINGS if written[0].get(name) != written[1].get(name)]
    return [name for name in differing if name not in BESIDE]


def _say_basis(effect: dict[str, Any]) -> str:
    """How often each of the two is right; empty where one was tested on no image."""
    honest, leaky = effect["honest"], effect["leaky"]
    if effect["accuracy"].value is None:
        return ""
    divided = "With patients kept apart" if honest["groups"] else "Divided by image, since no patient is known,"
    return (
        f"{divided} the model is right in {honest['accuracy'].say(estimate.PER_CENT)} of "
        f"{words.say_sample(honest)}; with images divided at random the same network seems right in "
        f"{leaky['accuracy'].say(estimate.PER_CENT)} of {words.say_sample(leaky)}."
    )


def _say_gap(gap: estimate.Estimate) -> str:
    """The lesson in one line, without a full stop."""
    if gap.value is None:
        return "One of the two was tested on no image: the effect of the split is not known"
    points = 100 * gap.value
    if gap.ends is None:
        return f"The difference is {points:+.1f} points"
    low, high = (100 * end for end in gap.ends)
    between = f"{points:+.1f} points ({low:+.1f} to {high:+.1f})"
    if low > 0:
        return f"The leak flatters it by {between}"
    if high < 0:
        return f"Here the leaky one is the worse by {between}, which the leak does not explain"
    return f"The difference of {between} may be chance with so few images"
