"""What the program itself knows of a model, as the answers of its card. What it does not know, it leaves out."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from core import errors
from core.datasets import split_words
from core.evaluation import estimate, tasks, words
from core.models import augmentation, package, registry

Facts = Mapping[str, Any]
FEW_PATIENTS = 30  # patients in the test: below this, one of them can move the result


def answer(found: package.Package, task: tasks.Task | None, facts: Facts) -> dict[str, str]:
    """Question (its key in `card_items`) -> answer; no key where nothing is known.

    task : its test images, answered as it answers now. facts : of the data set it was trained on, where that is here.
    """
    answers = {
        **_describe_model(found),
        **_describe_measures(found),
        **_describe_data(found, task, facts),
        **_describe_training(found),
        **_describe_results(found, task),
        "limits": " ".join(list_limits(found)),
    }
    return {key: said for key, said in answers.items() if said}


def _describe_model(found: package.Package) -> dict[str, str]:
    manifest = found.manifest
    height_px, width_px = found.input_size_px
    title, differs = _name_architecture(manifest["architecture"])
    return {
        "what": f"An image classifier by deep learning: the convolutional network {title}, with "
        f"{manifest['parameters']:,} parameters.{differs}",
        "output": f"In: one colour image, brought to {height_px} x {width_px} px (RGB, 0 to 255; scaled inside the "
        f"model). Out: a probability for each of {len(found.class_names)} classes ({', '.join(found.class_names)}); "
        "they sum to 1.",
        "start": _say_start(manifest),
        "software": ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items()),
        "running": f"One network, no ensemble. {package.MODEL_FILE} (Keras), sha256 "
        f"{manifest['files'][package.MODEL_FILE]['sha256']}; run {manifest.get('run_id', 'not named')}.",
        "purpose": str(manifest.get("purpose", "")),
    }


def _name_architecture(key: str) -> tuple[str, str]:
    """The title of an architecture and in what it is not its source's; its key where this version does not know it."""
    try:
        found = registry.find_architecture(key)
    except errors.UnknownArchitecture:
        return key, ""
    return found.title, f" Other than in its source: {found.differs}" if found.differs else ""


def _say_start(manifest: Mapping[str, Any]) -> str:
    backbone = (manifest.get("training") or {}).get("backbone")
    if backbone:
        return (
            f"Weights learnt on ImageNet ({backbone['key']}, sha256 {backbone['sha256'][:16]}), and a new head drawn "
            f"at random (seed {manifest['recipe'].get('seed', 'not named')})."
        )
    seed = manifest["recipe"].get("seed")
    return "" if seed is None else f"Numbers drawn at random (seed {seed})."


def _describe_measures(found: package.Package) -> dict[str, str]:
    test = found.manifest["test"]
    about = f"Sensitivity is about {found.positive_class}."
    if len(found.class_names) > 2:
        about = "Sensitivity, specificity and AUC are averages over the classes, one against the rest."
    by_patient = test["interval"] == "patients"
    return {
        "measures": "Accuracy, sensitivity, specificity, AUC and the confusion matrix, each with its number of images. "
        + about,
        "uncertainty": "Every proportion has a 95 % interval. "
        + (
            "It counts patients, each of whom is left out in turn (jackknife), since images of one patient are alike."
            if by_patient
            else "No patients are known, so it counts images as independent: for new patients it is too narrow."
        ),
        "threshold": _say_threshold(found),
        "heatmaps": ""
        if found.usual_peak is None
        else "Grad-CAM heatmaps, from the logit of a class, each with its strength beside what is usual for this "
        "model. They show where the network looks, not whether it is right.",
    }


def _say_threshold(found: package.Package) -> str:
    if found.threshold is None:
        return "None was chosen: it answers the most probable class."
    point = found.manifest[package.OPERATING_POINT]
    return (
        f"{found.positive_class} from a probability of {100 * found.threshold:.1f} % on (the model's own), chosen on "
        f"validation images by {point.get('by', 'somebody')}, {str(point.get('at', ''))[:10]}; aim: "
        f"{say_aim(point.get('aim', {}))}. Chosen {max(1, found.count_choices(package.OPERATING_POINT))} time(s)."
    )


def say_aim(aim: Facts) -> str:
    """An aim in a few words, with its numbers: `sensitivity, value 0.95`."""
    numbers = [f"{name} {value:g}" for name, value in aim.items() if isinstance(value, int | float)]
    return ", ".join([str(aim.get("kind", "not named")), *numbers])


def _describe_data(found: package.Package, task: tasks.Task | None, facts: Facts) -> dict[str, str]:
    split, made_of = found.manifest["split"], found.manifest["dataset"]
    images, groups = split["images"], split["groups"]
    excluded = made_of.get("excluded")
    return {
        "test-images": _say_test(found, task),
        "split": say_split(split),
        "data": f"{images['train']:,} images{_of_patients(groups['train'])} of “{made_of['name']}” (fingerprint "
        f"{made_of['fingerprint'][:16]}). {images['validation']:,} more{_of_patients(groups['validation'])} "
        "decided which epoch was kept.",
        "source": _join(facts.get("source") if facts.get("kind") == "catalogue" else "", facts.get("source_page")),
        "licence": _join(facts.get("licence"), f"Cite: {facts['citation']}" if facts.get("citation") else ""),
        "left-out": ""
        if excluded is None
        else f"Files that could not be read; and {excluded:,} image(s) that people left out by hand.",
    }


def _join(*said: Any) -> str:
    return " ".join(str(words) for words in said if words)


def _of_patients(count: int) -> str:
    return f" of {count:,} patients" if count else ""


def _say_test(found: package.Package, task: tasks.Task | None) -> str:
    test = found.manifest["test"]
    kept = "left out of training, though not their patients" if found.is_leaky else "kept away from training"
    said = f"{words.say_sample(test)}, {kept}, and scored once, at the end."
    if task is not None and task.n:
        counts = np.bincount(task.labels, minlength=task.class_count)
        said += " " + ", ".join(f"{name} {n:,}" for name, n in zip(task.class_names, counts, strict=True)) + "."
    return said


def say_split(split: Facts) -> str:
    """How images were divided, what the audit of leaks found, and what it could not look for."""
    named = split_words.say_rule(split["rule"], patients_known=split_words.knows_patients(split))
    rule = {
        split_words.SAID["patient"]: "By patient: all images of one are on one side, as far as patients are known.",
        split_words.BY_IMAGE: "By image: no patient is known, so that none could be kept apart.",
        split_words.SAID["random"]: "At random, image by image, whoever they belong to.",
        split_words.SAID["given"]: "As the folders of the data set said.",
    }.get(named, f"By the rule “{named}”.")
    audit = split.get("audit") or {}
    if split["leaky"] or audit.get("warnings"):
        found = " ".join([words.say_leak(dict(split)), *audit.get("warnings", ())])
    elif audit:
        found = "Nothing was found on more than one side."
    else:
        patients = "No patient is on more than one side; " if any(split["groups"].values()) else ""
        found = f"{patients}copies of images were not looked for."
    return _join(rule, found, *audit.get("unknowns", ()))


def _describe_training(found: package.Package) -> dict[str, str]:
    recipe, training = found.manifest["recipe"], found.manifest["training"]
    changed = augmentation.Augmentation.from_json(recipe.get("augmentation", {}))
    height_px, width_px = found.input_size_px
    prepared = f"Resized to {height_px} x {width_px} px without keeping the proportions; scaled inside the network."
    varied = "Training images were not altered."
    if not changed.is_none:
        varied = f"Training images were altered at random: {augmentation.describe(changed)}."
    weights = recipe.get("class_weights", "none")
    segments = training.get("segments") or ()
    return {
        "preparing": f"{prepared} {varied}",
        "recipe": f"{found.manifest['command']}\n{training['epochs']} epochs in {training['seconds']:,.0f} s, "
        f"{training['precision']}."
        + (f" Its settings were changed {len(segments)} time(s) on the way." * bool(segments)),
        "choice": f"Epoch {training['best_epoch']} of {training['epochs']}: the lowest loss on validation images"
        + ("; it was stopped by hand." if training.get("stopped_by_hand") else "."),
        "imbalance": "Nothing: each image counts the same."
        if weights == "none"
        else f"Images were weighted by class ({weights}); the probabilities are shifted by that.",
    }


def _describe_results(found: package.Package, task: tasks.Task | None) -> dict[str, str]:
    manifest = found.manifest
    plain = words.say_result(manifest["test"], found.class_names, leaky=found.is_leaky)
    before = "" if found.threshold is None else "Answering the most probable class: "
    return {
        "result": f"{before}{plain} AUC {manifest['test']['auc'].say()}.",
        "point": _say_kept(found, package.OPERATING_POINT),
        "calibration": _say_temperature(manifest.get(package.CALIBRATION), found.threshold),
        "referral": _say_referral(manifest.get(package.REFERRAL)),
        "failures": "" if task is None else say_failures(task),
    }


def _say_kept(found: package.Package, section: str) -> str:
    test = (found.manifest.get(section) or {}).get("test")
    return words.say_result(dict(test), found.class_names, leaky=found.is_leaky) if test else ""


def _say_temperature(kept: Facts | None, threshold: float | None) -> str:
    if not kept:
        return ""
    # Its error is about the answers, which another threshold since would have changed.
    test = kept.get("test") or {} if kept.get("threshold") == threshold else {}
    return (
        f"Probabilities are shown after a temperature of {kept['temperature']:.2f}, fitted on {kept.get('n', 0):,} "
        f"validation images{_of_patients(int(kept.get('groups') or 0))}"
        f"{_say_change(test, 'ece', 'expected calibration error')}."
    )


def _say_change(test: Facts, name: str, title: str) -> str:
    """`; on test images the ... goes from 0.041 (...) to 0.012 (...)`, where both are known."""
    before, after = ((test.get(when) or {}).get(name) for when in ("before", "after"))
    if not (isinstance(before, estimate.Estimate) and isinstance(after, estimate.Estimate)):
        return ""
    return f"; on test images the {title} goes from {before.say()} to {after.say()}"


def _say_referral(kept: Facts | None) -> str:
    if not kept:
        return ""
    share = kept.get("share")
    wanted = (
        f" The limit was chosen on validation images so that about {100 * share:.0f} of 100 are passed on."
        if share
        else ""
    )
    return f"A case of which it is less sure than a limit ({kept['limit']:.2f} in log odds) goes to a person.{wanted}"


def say_failures(task: tasks.Task) -> str:
    """How many test images it gets wrong, in which direction, and from how many patients they come."""
    wrong = task.labels != task.answers
    if not task.n:
        return ""
    said = [f"Of {task.n:,} test images {int(wrong.sum()):,} are answered wrongly."]
    if task.class_count == 2:
        missed, flagged = int((wrong & task.is_positive).sum()), int((wrong & ~task.is_positive).sum())
        said.append(f"{missed:,} {task.class_names[task.positive]} images are missed, {flagged:,} others flagged.")
    if task.by_patient and wrong.any():
        said.append(_say_concentration(task, wrong))
    return " ".join(said)


def _say_concentration(task: tasks.Task, wrong: Any) -> str:
    """How few patients hold half of the errors."""
    errors_of = np.sort(np.bincount(task.units, weights=wrong, minlength=task.unit_count))[::-1]
    half = int(np.searchsorted(np.cumsum(errors_of), wrong.sum() / 2) + 1)
    spared = int((errors_of == 0).sum())
    return (
        f"Half of the errors are on images of {half:,} of {task.unit_count:,} patients; {spared:,} patients have none."
    )


def list_limits(found: package.Package) -> list[str]:
    """Sentences about what the product's own numbers cannot tell."""
    split, test = found.manifest["split"], found.manifest["test"]
    said = [words.say_leak(split)]
    if found.threshold is None and not found.manifest.get(package.CALIBRATION):
        said.append("Neither its threshold nor its probabilities were fitted to a use.")
    said.append(
        "Test images come from the same collection as the training images: how it does on images from elsewhere, these "
        "numbers cannot tell."
    )
    if 0 < test["groups"] < FEW_PATIENTS:
        said.append(f"The test has {test['groups']} patients only; one of them can move the result.")
    if not test["groups"]:
        said.append("No patients are known in the test, so intervals for new patients would be wider.")
    chosen = found.count_choices(package.OPERATING_POINT)
    if chosen > 1:
        said.append(f"Its operating point was chosen {chosen} times, which makes the test a little less honest.")
    said.append("Labels are taken as they came; where they are wrong, so are these numbers.")
    return [words for words in said if words]
