"""The verb that sets two finished models side by side: compare."""

import argparse
import sys
from typing import Any

from core.base import progress
from core.models import package
from core.results import comparison, cross_evaluation
from core.statistics import estimate, paired_metrics
from core.terminal import output


def add_verbs(add: output.AddVerb) -> None:
    """The verb and its options."""
    sub = add("compare", _compare, "which of two models is better on the same test images, and could that be chance")
    sub.add_argument("first", metavar="MODEL_A", help="a model's id")
    sub.add_argument("second", metavar="MODEL_B", help="another's")
    sub.add_argument(
        "--evaluate", action="store_true", help="let B answer A's test images first (takes TensorFlow and A's data set)"
    )
    sub.add_argument("--without-thresholds", action="store_true", help="leave kept operating points aside")


def _compare(options: argparse.Namespace) -> int:
    a, b = package.find_package(options.first), package.find_package(options.second)
    if options.evaluate and cross_evaluation.read_crossed(b, a) is None:
        cross_evaluation.cross(b.id, a.id, report=progress.to_terminal())
    compared = comparison.compare(a, b, use_thresholds=not options.without_thresholds)
    if compared["verdict"] == "not comparable":
        print(compared["sentence"], file=sys.stderr)
        return output.EXIT_FAULT
    if options.json:
        output.print_json(compared)
    else:
        _print(compared)
    return 0


def _print(compared: dict[str, Any]) -> None:
    """The sentence first, then the numbers, then what to keep in mind."""
    print(compared["sentence"])
    print(f"B ({compared['b']}) less A ({compared['a']}); 95 % intervals over {compared['over']}")
    for name, found in compared["metrics"].items():
        print(f"  {name}: {_say_difference(found)}")
    counts = compared["mcnemar"]
    print(
        f"  only A right {counts['only_a_right']:,}, only B right {counts['only_b_right']:,}, both "
        f"{counts['both_right']:,}, neither {counts['both_wrong']:,}; McNemar p = {compared['mcnemar_p']:.3g}"
    )
    if compared["patients_p"] is not None:
        print(f"  by patient (sign flips): p = {compared['patients_p']:.3g}")
    print(f"  agreement: {output.say_value(compared['kappa'], 'kappa')}")
    for said in filter(None, [compared["why"], *compared["notes"]]):
        print(said)


def _say_difference(found: paired_metrics.Paired) -> str:
    if found.difference.value is None or found.a.value is None or found.b.value is None:
        return "not defined"
    values = f"A {estimate.NUMBER.write(found.a.value)}, B {estimate.NUMBER.write(found.b.value)}"
    return f"{found.difference.say(estimate.DIFFERENCE)}  ({values}, n = {found.a.n:,})"
