"""The verb about what people decide about a model: decide."""

import argparse
from typing import Any

from core.base import errors
from core.models import manifests, package, site_record
from core.results import decisions
from core.statistics import aims, estimate, operating_point, words
from core.terminal import output

NAMES = {
    "operating_point": package.OPERATING_POINT,
    "temperature": package.CALIBRATION,
    "referral": package.REFERRAL,
}
Decided = manifests.OperatingPoint | manifests.Calibration | manifests.Referral


def add_verbs(add: output.AddVerb) -> None:
    """The verb and its options."""
    sub = add("decide", _decide, "decide how a model answers, by its validation images; or list what is decided")
    sub.add_argument("model", help="its id")
    what = sub.add_mutually_exclusive_group()
    what.add_argument(
        "--threshold", type=_share, metavar="P", help="answer the positive class from this probability on"
    )
    what.add_argument("--sensitivity", type=_share, metavar="R", help="the threshold that finds at least this share")
    what.add_argument("--specificity", type=_share, metavar="R", help="the threshold that clears at least this share")
    what.add_argument("--youden", action="store_true", help="the largest sum of sensitivity and specificity")
    what.add_argument("--miss-cost", type=_cost, metavar="N", help="one miss is as bad as so many false alarms")
    what.add_argument("--temperature", action="store_true", help="the one that fits the probabilities shown")
    what.add_argument("--refer", type=_share, metavar="SHARE", help="send this share of cases to a person")
    what.add_argument("--withdraw", choices=list(NAMES), help="take a decision back")
    sub.add_argument(
        "--prevalence", type=_share, metavar="R", help="with --miss-cost: share of positives where it will be used"
    )
    sub.add_argument("--by", default="", metavar="NAME", help="who decides; kept with the decision")
    sub.add_argument("--why", default="", metavar="WORDS", help="the reason; kept with the decision")


def _decide(options: argparse.Namespace) -> int:
    before = package.find_package(options.model)
    now = _act(before, options)
    if options.json:
        output.print_json(_describe(now))
        return 0
    changed = [name for name in NAMES if _find(now, name) != _find(before, name)]
    for name in changed:
        if _find(now, name) is None:
            print(f"Taken back: the {name.replace('_', ' ')} of {now.id}.")
    listed = changed or ([] if options.withdraw else NAMES)
    shown = [name for name in listed if _find(now, name) is not None]
    for name in shown:
        print("\n  ".join([f"The {name.replace('_', ' ')} of {now.id}", *_say(now, name)]))
    if options.withdraw and not changed:
        print(f"{now.id} has no {options.withdraw.replace('_', ' ')} to take back.")
    elif not shown and not changed:
        print(f"Nothing is decided about {now.id}: it answers the class that it finds most probable.")
    return 0


def _act(found: package.Package, options: argparse.Namespace) -> package.Package:
    """The model after what the options ask for; as it was where they ask for nothing."""
    signed = {"by": options.by, "why": options.why}
    if options.withdraw:
        return decisions.withdraw(found, NAMES[options.withdraw])
    if options.temperature:
        return decisions.keep_temperature(found, **signed)
    if options.refer is not None:
        return decisions.keep_referral(found, options.refer, **signed)
    aim = _read_aim(options)
    return found if aim is None else decisions.keep_operating_point(found, aim, **signed)


def _read_aim(options: argparse.Namespace) -> aims.Aim | None:
    if options.prevalence is not None and options.miss_cost is None:
        raise errors.SettingNotUsable(
            expected="--miss-cost beside it",
            found="--prevalence alone",
            where="the command",
            todo="Say how many false alarms one miss is as bad as, or leave it out.",
        )
    if options.threshold is not None:
        return aims.Aim("own", threshold=options.threshold)
    if options.sensitivity is not None:
        return aims.Aim("sensitivity", least=options.sensitivity)
    if options.specificity is not None:
        return aims.Aim("specificity", least=options.specificity)
    if options.miss_cost is not None:
        return aims.Aim("cost", miss_cost=options.miss_cost, prevalence=options.prevalence)
    return aims.Aim("youden") if options.youden else None


def _describe(found: package.Package) -> dict[str, Any]:
    """What is decided about a model, for other programs."""
    return {
        "model_id": found.id,
        "times_chosen": {name: found.count_choices(section) for name, section in NAMES.items()},
        **{name: section.to_json() if (section := _find(found, name)) else None for name in NAMES},
    }


def _find(found: package.Package, name: str) -> Decided | None:
    """The section of the manifest, None where nobody has decided."""
    section: Decided | None = getattr(found.manifest, NAMES[name])
    return section


def _say(found: package.Package, name: str) -> list[str]:
    """What is kept, on which images it was chosen, what it does on the test images, who decided and how often."""
    kept = _find(found, name)
    if isinstance(kept, manifests.OperatingPoint):
        lines = _say_point(found, kept)
    elif isinstance(kept, manifests.Calibration):
        lines = _say_temperature(kept)
    elif isinstance(kept, manifests.Referral):
        lines = _say_limit(kept)
    else:
        return []
    times = found.count_choices(NAMES[name])
    again = f"chosen {times} times, each with a look at the test images" if times > 1 else "chosen once"
    why = f": {kept.why}" if kept.why else ""
    return [*lines, f"By {kept.by or 'somebody'} on {kept.at[:10]}{why}; {again}."]


def _say_point(found: package.Package, kept: manifests.OperatingPoint) -> list[str]:
    others = " and ".join(name for name in found.class_names if name != found.positive_class)
    lines = [
        f"{found.positive_class} is answered from a probability of {kept.threshold:.4g} on: "
        f"{aims.say_aim(kept.aim)}. Chosen on {site_record.say_images(kept.site, 'the validation images')}."
    ]
    for title, result in (("Validation", kept.validation), ("Test", kept.test)):
        if result:
            rates = operating_point.say_rates(result.rates, found.positive_class, f"{others} images")
            lines.append(f"{title} images ({words.say_sample(result)}): {rates}.")
    return [*lines, *kept.warnings]


def _say_temperature(kept: manifests.Calibration) -> list[str]:
    fit, test = kept.validation, kept.test
    interval = "" if fit.low is None else f" ({fit.low:.2f} to {fit.high:.2f})"
    sample = words.say_sample({"n": kept.n, "groups": kept.groups})
    images = site_record.say_images(kept.site, f"the validation images ({sample})")
    lines = [f"{kept.temperature:.2f}{interval}, fitted on {images}. No answer changes."]
    if fit.log_loss_before is not None:
        pair = f"{fit.log_loss_before:.4f} before, {fit.log_loss_after:.4f} after"
        lines.append(f"Log loss on the validation images: {pair}.")
    if test.before and test.after and test.before.log_loss and test.after.log_loss:
        before, after = (one.say() for one in (test.before.log_loss, test.after.log_loss))
        lines.append(f"Log loss on the test images: {before} before, {after} after.")
    return lines


def _say_limit(kept: manifests.Referral) -> list[str]:
    share = "An unknown share" if kept.share is None else f"{100 * kept.share:.4g} %"
    lines = [f"{share} of the validation images, by which the limit was chosen."]
    for title, result in (("Validation", kept.validation), ("Test", kept.test)):
        if not result:
            continue
        shares = (result["referred"], result["error"], result["error_all"])
        referred, error, before = (share.say(estimate.PER_CENT) for share in shares)
        lines.append(
            f"{title} images ({words.say_sample(result)}): refers {referred}; of the rest {error} are "
            f"wrong, instead of {before} of all."
        )
    return lines


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"expected a share between 0 and 1, found {text}")
    return value


def _cost(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text}")
    return value
