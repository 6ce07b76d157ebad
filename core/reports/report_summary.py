"""The first sheet of a model's report: what it is for, what came of its test, what to beware of, six typical images."""

import pandas as pd

from core.figures import template
from core.models import choosing, package
from core.reports import card_answers, rendering, typical_cases
from core.results import cautions
from core.statistics import estimate, tasks, words

NO_MISSES = "It answers no test image wrongly."
NO_HITS = "It answers no test image rightly."
FAINT = ("none", "faint")


def compose(found: package.Package, predictions: pd.DataFrame, task: tasks.Task) -> rendering.Section:
    """The summary. predictions : of `tables.read_predictions`. task : its test images as it answers now."""
    cases = typical_cases.choose(found, task, predictions[predictions["split"] == "test"]) if task.n else []
    drawn = typical_cases.draw(found, cases)
    return rendering.Section(
        "In short",
        verdict=words.say_verdict(found.test_now, leaky=found.is_leaky),
        badges=tuple(map(_as_badge, cautions.find_cautions(found))),
        facts=describe(found, task),
        tiles=tuple(_as_tile(found, picture) for picture in drawn.pictures),
        caption=_say_pictures(cases, drawn),
    )


def _as_badge(one: cautions.Caution) -> rendering.Badge:
    return rendering.Badge(one.mark, one.meaning.removeprefix(f"{one.mark}: "), one.is_severe)


def describe(found: package.Package, task: tasks.Task) -> dict[str, str]:
    """What a person asks first, name -> text."""
    images, groups = found.manifest.split.images, found.manifest.split.groups
    patients = f" of {groups.train:,} patients" if groups.train else ""
    told = " from ".join(found.class_names) if len(found.class_names) == 2 else ", ".join(found.class_names)
    facts = {
        "For": f"Tells {told}, to assist the person who looks at such images.",
        "Trained on": f"{images.train:,} images{patients}, {found.manifest.dataset.name} "
        f"({choosing.say_trained_on(found)} with those for validation and test).",
    }
    if task.n:
        facts["Tested on"] = card_answers.say_test(found, task)
    facts["Threshold"] = card_answers.say_threshold(found)
    if task.n:
        facts["On these images"] = f"{_say_rates(found)}{card_answers.say_errors(task)} In brackets: 95 % intervals."
    said = {one.meaning for one in cautions.find_cautions(found)}
    facts["Keep in mind"] = " ".join(limit for limit in card_answers.list_limits(found) if limit not in said)
    return facts


def _say_rates(found: package.Package) -> str:
    """Sensitivity and specificity as it answers now, each with its interval and n; empty where neither is defined."""
    result = found.test_now
    rates = [(name, estimate.find(result, name)) for name in ("sensitivity", "specificity")]
    said = [f"{name} {rate.say(estimate.PER_CENT)}, n = {rate.n:,}" for name, rate in rates if rate.value is not None]
    about = f" (of {found.positive_class})" if len(found.class_names) == 2 else " (averages over the classes)"
    return f"{'; '.join(said).capitalize()}{about}. " if said else ""


def _say_pictures(cases: list[typical_cases.Case], drawn: typical_cases.Drawn) -> str:
    """How they were chosen, and what is missing."""
    said = [typical_cases.HOW] if drawn.pictures else []
    if cases:
        said += [NO_MISSES] * all(case.is_right for case in cases)
        said += [NO_HITS] * all(not case.is_right for case in cases)
    return " ".join(filter(None, [*said, drawn.missing]))


def _as_tile(found: package.Package, picture: typical_cases.Picture) -> rendering.Tile:
    case, names = picture.case, found.class_names
    label, answer = names[case.label], names[case.answer]
    share = template.describe_share(case.probability)
    of = f", patient {case.group}" if case.group and case.group not in picture.name else ""
    faint = f" Heatmap: {picture.strength}." if picture.strength in FAINT else ""
    shown = [(rendering.write_picture(picture.image_rgb), f"Labelled {label}")]
    if picture.overlay_rgb is not None:
        shown.append((rendering.write_picture(picture.overlay_rgb), f"Evidence for {answer}"))
    return rendering.Tile(
        f"{_name_kind(found, case)}: {label}",
        tuple(shown),
        f"answers {answer}, {share}{of}. {picture.name}.{faint}",
        template.choose_class_colours(names, found.positive_class)[case.label],
    )


def _name_kind(found: package.Package, case: typical_cases.Case) -> str:
    """`✓ found`, `✓ cleared`, `✗ missed`, `✗ false alarm` of two classes; `✓ right`, `✗ wrong` of more."""
    if len(found.class_names) > 2:
        return "✓ right" if case.is_right else "✗ wrong"
    positive = found.class_names[case.label] == found.positive_class
    if case.is_right:
        return "✓ found" if positive else "✓ cleared"
    return "✗ missed" if positive else "✗ false alarm"
