"""What the program itself knows of a model, as the answers of its card. What it does not know, it leaves out."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.base import errors
from core.datasets.splits import divisions, split_words
from core.explanation import methods
from core.models import augmentation, manifests, normalisation, package, registry, site_record
from core.reports import card_away
from core.results import site_checks
from core.statistics import tasks, words

Facts = Mapping[str, Any]
FEW_PATIENTS = 30  # patients in the test: below this, one of them can move the result


def answer(found: package.Package, task: tasks.Task | None, facts: Facts) -> dict[str, str]:
    """Question (its key in `card_questions`) -> answer; no key where nothing is known.

    task : its test images, answered as it answers now. facts : of the data set it was trained on, where that is here.
    """
    answers = {
        **_describe_model(found),
        **_describe_measures(found),
        **_describe_data(found, task, facts),
        **_describe_training(found),
        **_describe_results(found, task),
        **card_away.describe(found),
        "limits": " ".join(list_limits(found)),
    }
    return {key: said for key, said in answers.items() if said}


def _describe_model(found: package.Package) -> dict[str, str]:
    manifest = found.manifest
    height_px, width_px = found.input_size_px
    title, differs = _name_architecture(manifest.architecture)
    return {
        "what": f"An image classifier by deep learning: the convolutional network {title}, with "
        f"{manifest.parameters:,} parameters.{differs}",
        "output": f"In: one colour image, brought to {height_px} x {width_px} px (RGB, 0 to 255; scaled inside the "
        f"model). Out: a probability for each of {len(found.class_names)} classes ({', '.join(found.class_names)}); "
        "they sum to 1.",
        "start": _say_start(manifest),
        "software": ", ".join(f"{name} {version}" for name, version in manifest.versions.items()),
        "running": f"One network, no ensemble. {package.MODEL_FILE} (Keras), sha256 "
        f"{manifest.files[package.MODEL_FILE].sha256}; run {manifest.run_id}.",
        "purpose": manifest.purpose,
    }


def _name_architecture(key: str) -> tuple[str, str]:
    """The title of an architecture and in what it is not its source's; its key where this version does not know it."""
    try:
        found = registry.find_architecture(key)
    except errors.UnknownArchitecture:
        return key, ""
    return found.title, f" Other than in its source: {found.differs}" if found.differs else ""


def _say_start(manifest: manifests.Manifest) -> str:
    backbone = manifest.training.backbone
    if backbone:
        return (
            f"Weights learnt on ImageNet ({backbone.key}, sha256 {backbone.sha256[:16]}), and a new head drawn "
            f"at random (seed {manifest.recipe.get('seed', 'not named')})."
        )
    seed = manifest.recipe.get("seed")
    return "" if seed is None else f"Numbers drawn at random (seed {seed})."


def _describe_measures(found: package.Package) -> dict[str, str]:
    about = f"Sensitivity is about {found.positive_class}."
    if len(found.class_names) > 2:
        about = "Sensitivity, specificity and AUC are averages over the classes, one against the rest."
    by_patient = found.manifest.test.interval == "patients"
    method = methods.find_default(found.manifest.architecture)
    return {
        "measures": "Accuracy, sensitivity, specificity, AUC and the confusion matrix, each with its number of images. "
        + about,
        "uncertainty": "Every proportion has a 95 % interval. "
        + (
            "It counts patients, each of whom is left out in turn (jackknife), since images of one patient are alike."
            if by_patient
            else "No patients are known, so it counts images as independent: for new patients it is too narrow."
        ),
        "threshold": say_threshold(found),
        "heatmaps": ""
        if found.manifest.heatmap is None
        else f"Heatmaps by {method.title} ({method.source}), from the logit of a class, each with its strength beside "
        "what is usual for this model. They show where the network looks, not whether it is right.",
    }


def say_threshold(found: package.Package) -> str:
    """From which probability on it answers the positive class, who chose that on what, and how often."""
    point = found.manifest.operating_point
    if point is None:
        return "None was chosen: it answers the most probable class."
    return (
        f"{found.positive_class} from a probability of {100 * point.threshold:.1f} % on (the model's own), chosen on "
        f"{site_record.say_images(point.site)} by {point.by or 'somebody'}, {point.at[:10]}; aim: "
        f"{say_aim(point.aim)}. Chosen {max(1, found.count_choices(package.OPERATING_POINT))} time(s)."
    )


def say_aim(aim: manifests.Aim) -> str:
    """An aim in a few words, with its numbers: `sensitivity, least 0.95`."""
    numbers = [f"{name} {value:g}" for name, value in aim.to_json().items() if name != "kind"]
    return ", ".join([aim.kind or "not named", *numbers])


def _describe_data(found: package.Package, task: tasks.Task | None, facts: Facts) -> dict[str, str]:
    split, made_of = found.manifest.split, found.manifest.dataset
    images, groups, excluded = split.images, split.groups, made_of.excluded
    return {
        "test-images": say_test(found, task),
        "split": say_split(split),
        "external": "\n".join(f"{site_checks.say_check(one)}." for one in site_checks.list_checks(found)),
        "data": f"{images.train:,} images{_of_patients(groups.train)} of “{made_of.name}” (fingerprint "
        f"{made_of.fingerprint[:16]}). {images.validation:,} more{_of_patients(groups.validation)} "
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


def say_test(found: package.Package, task: tasks.Task | None) -> str:
    """On how many images of whom it was tested, how these were kept apart, and of which classes they are."""
    test = found.manifest.test
    kept = "left out of training, though not their patients" if found.is_leaky else "kept away from training"
    said = f"{words.say_sample(test)}, {kept}, and scored once, at the end."
    if task is not None and task.n:
        counts = np.bincount(task.labels, minlength=task.class_count)
        said += " " + ", ".join(f"{name} {n:,}" for name, n in zip(task.class_names, counts, strict=True)) + "."
    return said


def say_split(split: divisions.Division) -> str:
    """How images were divided, what the audit of leaks found, and what it could not look for."""
    named = split_words.say_rule(split.rule, patients_known=split.knows_patients)
    rule = {
        split_words.SAID["patient"]: "By patient: all images of one are on one side, as far as patients are known.",
        split_words.BY_IMAGE: "By image: no patient is known, so that none could be kept apart.",
        split_words.SAID["random"]: "At random, image by image, whoever they belong to.",
        split_words.SAID["given"]: "As the folders of the data set said.",
    }.get(named, f"By the rule “{named}”.")
    audit = split.audit
    if split.leaky or (audit and audit.warnings):
        found = " ".join([split_words.say_leak(split), *(audit.warnings if audit else ())])
    elif audit:
        found = "Nothing was found on more than one side."
    else:
        patients = "No patient is on more than one side; " if split.knows_patients else ""
        found = f"{patients}copies of images were not looked for."
    return _join(rule, found, *(audit.unknowns if audit else ()))


def _describe_training(found: package.Package) -> dict[str, str]:
    recipe, training = found.manifest.recipe, found.manifest.training
    changed = augmentation.Augmentation.from_json(recipe.get("augmentation", {}))
    height_px, width_px = found.input_size_px
    brought = normalisation.describe(found.form)
    prepared = f"Resized to {height_px} x {width_px} px without keeping the proportions; scaled inside the network."
    varied = "Training images were not altered."
    if not changed.is_none:
        varied = f"Training images were altered at random: {augmentation.describe(changed)}."
    weights = recipe.get("class_weights", "none")
    segments = training.segments
    return {
        "preparing": _join(brought, prepared, varied),
        "recipe": f"{found.manifest.command}\n{training.epochs} epochs in {training.seconds:,.0f} s, "
        f"{training.precision}." + (f" Its settings were changed {len(segments)} time(s) on the way." * bool(segments)),
        "choice": f"Epoch {training.best_epoch} of {training.epochs}: the lowest loss on validation images"
        + ("; it was stopped by hand." if training.stopped_by_hand else "."),
        "imbalance": "Nothing: each image counts the same."
        if weights == "none"
        else f"Images were weighted by class ({weights}); the probabilities are shifted by that.",
    }


def _describe_results(found: package.Package, task: tasks.Task | None) -> dict[str, str]:
    manifest = found.manifest
    test, point = manifest.test, manifest.operating_point
    at_point = point.test if point else None
    plain = words.say_result(test, found.class_names, leaky=found.is_leaky)
    before = "" if found.threshold is None else "Answering the most probable class: "
    return {
        "result": f"{before}{plain} AUC {test.auc.say()}.",
        "point": words.say_result(at_point, found.class_names, leaky=found.is_leaky) if at_point else "",
        "calibration": _say_temperature(manifest.calibration, found.threshold),
        "referral": _say_referral(manifest.referral),
        "failures": "" if task is None else say_failures(task),
    }


def _say_temperature(kept: manifests.Calibration | None, threshold: float | None) -> str:
    if not kept:
        return ""
    # Its error is about the answers, which another threshold since would have changed.
    test = kept.test if kept.threshold == threshold else manifests.Compared()
    return (
        f"Probabilities are shown after a temperature of {kept.temperature:.2f}, fitted on "
        f"{site_record.say_images(kept.site, f'{kept.n:,} validation images')}{_of_patients(kept.groups)}"
        f"{_say_change(test)}."
    )


def _say_change(test: manifests.Compared) -> str:
    """`; on test images the ... goes from 0.041 (...) to 0.012 (...)`, where both are known."""
    known = [scores.ece for scores in (test.before, test.after) if scores and scores.ece]
    if len(known) < 2:
        return ""
    before, after = (one.say() for one in known)
    return f"; on test images the expected calibration error goes from {before} to {after}"


def _say_referral(kept: manifests.Referral | None) -> str:
    if not kept:
        return ""
    share = kept.share
    wanted = (
        f" The limit was chosen on validation images so that about {100 * share:.0f} of 100 are passed on."
        if share
        else ""
    )
    return f"A case of which it is less sure than a limit ({kept.limit:.2f} in log odds) goes to a person.{wanted}"


def say_failures(task: tasks.Task) -> str:
    """How many test images it gets wrong, in which direction, and from how many patients they come."""
    wrong = task.labels != task.answers
    concentrated = _say_concentration(task, wrong) if task.by_patient and wrong.any() else ""
    return _join(say_errors(task), concentrated)


def say_errors(task: tasks.Task) -> str:
    """How many test images it gets wrong, and in which direction."""
    wrong = task.labels != task.answers
    if not task.n:
        return ""
    said = [f"Of {task.n:,} test images {int(wrong.sum()):,} are answered wrongly."]
    if task.class_count == 2:
        missed, flagged = int((wrong & task.is_positive).sum()), int((wrong & ~task.is_positive).sum())
        said.append(f"{missed:,} {task.class_names[task.positive]} images are missed, {flagged:,} others flagged.")
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
    split, test = found.manifest.split, found.manifest.test
    said = [split_words.say_leak(split)]
    if found.threshold is None and found.temperature is None:
        said.append("Neither its threshold nor its probabilities were fitted to a use.")
    said.append(
        "Test images come from the same collection as the training images: how it does on images from elsewhere, these "
        "numbers cannot tell."
    )
    if 0 < test.groups < FEW_PATIENTS:
        said.append(f"The test has {test.groups} patients only; one of them can move the result.")
    if not test.groups:
        said.append("No patients are known in the test, so intervals for new patients would be wider.")
    chosen = found.count_choices(package.OPERATING_POINT)
    if chosen > 1:
        said.append(f"Its operating point was chosen {chosen} times, which makes the test a little less honest.")
    said.append("Labels are taken as they came; where they are wrong, so are these numbers.")
    return [words for words in said if words]
