"""What a model's card says of images that are not like those at home: what its gate refuses, and the stress table."""

from core.gate import gate_file
from core.models import package, tables
from core.results import gate_shares, stress
from core.statistics import estimate

HOW = "The distance of what the network makes of an image from what it makes of training images, and plain checks of it"


def describe(found: package.Package) -> dict[str, str]:
    """The answers to "gate" and "robustness"; empty where nothing was measured. Raises `ModelBroken`."""
    return {"gate": _say_gate(found), "robustness": _say_stress(found)}


def _say_gate(found: package.Package) -> str:
    if gate_file.read(found) is None:
        return ""
    predictions = tables.read_predictions(found)
    test = predictions[predictions["split"] == "test"]
    if test.empty:
        return f"{HOW}. No test image was judged."
    share = gate_shares.measure_decided(found, test, gate_shares.find_own(found, predictions))["share"]
    refused, away = (share[name].say(estimate.PER_CENT) for name in ("refused", "away"))
    return f"{HOW}: of {len(test):,} test images it refuses {refused} and answers {away} with caution."


def _say_stress(found: package.Package) -> str:
    """Each change at its largest step; nothing where it was not measured for the model as it is now."""
    measured = stress.read(found)
    if measured is None:
        return ""
    table = stress.tabulate(measured)
    said = [
        f"{change} {step}".strip() + f": {row.accuracy.say(estimate.PER_CENT)}"
        for (change, step), row in zip(table[["change", "step"]].to_numpy(), measured.rows, strict=True)
    ]
    last = ~table["change"].duplicated(keep="last")
    patients = f" of {measured.patients:,} patients" if measured.patients else ""
    of_what = (
        f"Right among {measured.images:,} test images{patients}, answered or not, in the largest step of each change"
    )
    return f"{of_what}. {'; '.join(one for one, shown in zip(said, last, strict=True) if shown)}."
