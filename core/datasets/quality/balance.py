"""How images are spread over classes and patients: good to know before a number is believed. Nothing here is wrong."""

import pandas as pd

from core.datasets.index import index
from core.datasets.quality import findings

UNEQUAL_RATIO = 1.5  # largest class to smallest, from which it is mentioned
FEW_IMAGES = 30  # of a class: 30 of 30 right would still mean 89 to 100 %
DOMINATING_SHARE, DOMINATING_TIMES = 0.2, 10
TINY_IMAGES, USUAL_IMAGES = 3, 30


def find_imbalance(data: index.Index) -> list[findings.Finding]:
    """One finding where the largest class has 1.5 times the images of the smallest, or a class has fewer than 30."""
    counts = data.usable["label"].value_counts().reindex(range(len(data.class_names)), fill_value=0)
    most, least = int(counts.max()), int(counts.min())
    if not most:
        return []  # everything is excluded: there is nothing to be uneven
    few = int((counts < FEW_IMAGES).sum())
    if most < UNEQUAL_RATIO * least and not few:
        return []
    numbers = counts.to_numpy()
    large, small = data.class_names[numbers.argmax()], data.class_names[numbers.argmin()]
    parts = []
    if most >= UNEQUAL_RATIO * least:
        times = f"{most / least:.1f} times as many" if least else "all"
        parts.append(
            f"“{large}” has {most:,} images, “{small}” {least:,}: {times}. A model that always answers “{large}” is "
            f"right for {100 * most / counts.sum():.0f} of 100 images and has learnt nothing. So look at sensitivity "
            "and specificity, not at accuracy alone."
        )
    if few:
        parts.append(
            f"{few:,} of {len(counts):,} classes have fewer than {FEW_IMAGES} images, from which little can be learnt "
            "and less be measured. Bring more of them, or join classes."
        )
    return [findings.Finding("imbalance", len(counts), len(counts), "classes", measured=" ".join(parts))]


def find_uneven_groups(data: index.Index) -> list[findings.Finding]:
    """Patients who have most of the images, hardly any, or images of one class only; none where none are known."""
    known = data.usable[data.usable["group"] != ""]
    if not len(known):
        return []
    groups = pd.DataFrame(
        {
            "images": known.groupby("group").size(),
            "classes": known.groupby("group")["label"].nunique(),
            "label": known.groupby("group")["label"].first(),
            "row": known.assign(row=known.index).groupby("group")["row"].first(),
        }
    )
    found = [_find_dominating(groups, len(known)), _find_tiny(groups), _find_one_class(data, groups)]
    return [finding for finding in found if finding is not None]


def _find_dominating(groups: pd.DataFrame, images: int) -> findings.Finding | None:
    usual = groups["images"].median()
    many = (groups["images"] >= DOMINATING_SHARE * images) & (groups["images"] >= 2 * usual)
    many |= (groups["images"] >= DOMINATING_TIMES * usual) & (groups["images"] >= 0.02 * images)
    chosen = groups[many].sort_values("images", ascending=False, kind="stable")
    if len(groups) < 3 or not len(chosen):
        return None
    share = chosen["images"].sum() / images
    words = (
        f"These patients have {100 * share:.0f} of 100 images (the usual patient has {usual:.0f}). What a model "
        "learns, and what a test says, is much about them. Look at the number of patients, not of images, when you "
        "judge a result."
    )
    return _describe("dominating_group", words, groups, chosen)


def _find_tiny(groups: pd.DataFrame) -> findings.Finding | None:
    usual = groups["images"].median()
    chosen = groups[groups["images"] <= TINY_IMAGES].sort_values("images", kind="stable")
    if usual < USUAL_IMAGES or not len(chosen):
        return None
    words = (
        f"These patients have {TINY_IMAGES} images or fewer (the usual one has {usual:.0f}). They may be "
        "left-overs, or names that were read wrongly as patients. Look whether these names are patients at all."
    )
    return _describe("tiny_group", words, groups, chosen)


def _find_one_class(data: index.Index, groups: pd.DataFrame) -> findings.Finding | None:
    chosen = groups[groups["classes"] == 1].sort_values("images", ascending=False, kind="stable")
    if not len(chosen):
        return None
    counts = chosen["label"].value_counts().sort_index()
    each = ", ".join(
        f"{count:,} only “{data.class_names[label]}”"
        for label, count in zip(counts.index.tolist(), counts, strict=True)
    )
    words = (
        f"These patients have images of one class only ({each}). For many data sets that is as it should be. But a "
        "model can then tell the class by the patient, the slide or the camera: keep patients whole in a split, and be "
        "careful with what differs between the classes in all images."
    )
    finding = _describe("one_class_group", words, groups, chosen)
    finding.rows["detail"] += [f", all “{data.class_names[label]}”" for label in chosen["label"]]
    return finding


def _describe(kind: str, words: str, groups: pd.DataFrame, chosen: pd.DataFrame) -> findings.Finding:
    details = [f"{name}: {count:,} image{'s' if count > 1 else ''}" for name, count in chosen["images"].items()]
    rows = findings.make_rows(chosen["row"].to_numpy(), chosen["images"].to_numpy(float), details)
    return findings.Finding(kind, len(chosen), len(groups), "patients", rows, words)
