"""How images were divided, in a few words: the one place that every page, report and verb has them from."""

from core.datasets.splits import divisions

SAID = {"patient": "by patient", "random": "at random", "given": "as the folders say"}
BY_IMAGE = "by image"  # what the rule "patient" comes to where no patient is known


def say_rule(rule: str, *, patients_known: bool) -> str:
    """`by patient`, `at random`, `as the folders say`; `by image` where there is no patient to keep apart."""
    if rule == "patient" and not patients_known:
        return BY_IMAGE
    return SAID.get(rule, rule)


def say_kind(split: divisions.Division, *, with_leak: bool = True) -> str:
    """`say_rule` of a division that was made, and whether it leaks: `at random (leaky)`."""
    said = say_rule(split.rule, patients_known=split.knows_patients)
    return f"{said} (leaky)" if with_leak and split.leaky else said


def say_leak(split: divisions.Division) -> str:
    """What a split that leaks means for the numbers; empty for an honest one."""
    copies = _say_copies(split.audit) if split.audit else ""
    if not split.leaky:
        return (
            f"Copies on both sides of the split: {copies}. On these images the numbers are too good." if copies else ""
        )
    shared = split.groups_shared
    patients = f"{shared:,} patient{'s' if shared != 1 else ''}"
    how = f"images of {patients} are in more than one of training, validation and test"
    if not shared:
        how = "images were divided at random, whoever they belong to"
    if not shared and split.rule != "random":
        how = "the same files are in more than one of training, validation and test"
    elsewhere = f" Also {copies}." if copies else ""
    return f"Leaky split: {how}.{elsewhere} These numbers are better than the model will be on new patients."


def _say_copies(audit: divisions.Audited) -> str:
    """Identical and near-identical images on more than one side, as far as an audit found any."""
    counts = (
        (audit.identical_files_shared, "file", "byte for byte the same"),
        (audit.near_identical_pairs_shared, "pair", "nearly the same"),
    )
    return " and ".join(f"{n:,} {what}{'s' if n != 1 else ''} {how}" for n, what, how in counts if n)
