"""The verb that asks whether a model works somewhere: site-check.

What it needs is imported when it is asked for: the other verbs need no database.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base import errors
from core.terminal import output

if TYPE_CHECKING:
    from core.review import site_result

COLUMNS = ["name", "at", "verdict", "n"]


def add_verbs(add: output.AddVerb) -> None:
    """The verb and its options."""
    sub = add("site-check", _check, "draw images of a place to be read blind, or say what came of it; or list checks")
    sub.add_argument("model", help="its id")
    what = sub.add_mutually_exclusive_group()
    what.add_argument("--folder", type=Path, nargs="+", metavar="PATH", help="images of the place: folder, .zip, files")
    what.add_argument("--answers", default="", metavar="ID", help="the same by answers that are kept already")
    what.add_argument("--result", default="", metavar="NAME", help="what came of the check of this name")
    sub.add_argument("--name", default="", metavar="SITE", help="what the place is called")
    sub.add_argument("--n", type=int, default=100, metavar="N", help="how many to read (default: 100)")
    sub.add_argument("--readers", type=int, choices=(1, 2), default=1, help="of each image (default: 1)")
    sub.add_argument("--smears-by", default="auto", metavar="RULE", help="whose an image is, as in predict")
    sub.add_argument("--seed", type=int, default=0, metavar="N", help="of the draw; the same draws the same images")
    sub.add_argument("--margin", type=float, default=0.1, metavar="R", help="lower than at home by less is as at home")
    sub.add_argument("--floor", type=float, default=0.8, metavar="R", help="surely below it is not usable")
    sub.add_argument("--by", default="", metavar="NAME", help="who asks, or with --keep who keeps it")
    sub.add_argument("--keep", action="store_true", help="with --result: keep it with the model")


def _check(options: argparse.Namespace) -> int:
    if options.result:
        return _show_result(options)
    if options.keep:
        raise errors.SettingNotUsable(
            expected="--result beside it", found="--keep alone", where="site-check", todo="Say which check to keep."
        )
    if options.folder or options.answers:
        return _begin(options)
    return _list(options)


def _begin(options: argparse.Namespace) -> int:
    from core.models import package, tables  # noqa: PLC0415  (see above)
    from core.results import kept_answers, site_checks  # noqa: PLC0415
    from core.review import site_check, site_facts, site_pool  # noqa: PLC0415

    found = package.find_package(options.model)
    answers = options.answers or kept_answers.make(found.id, options.folder, rule=options.smears_by).id
    pool = site_pool.open_pool(found, answers)
    review = site_check.begin(
        found,
        pool,
        options.name,
        n=options.n,
        by=options.by,
        home=site_checks.measure_home(found, tables.read_predictions(found)),
        readers=options.readers,
        seed=options.seed,
        margin=options.margin,
        floor=options.floor,
    )
    said = {"review": review.name, "id": review.id, "answers": answers, **dict(review.settings.facts)}
    if options.json:
        output.print_json(said)
        return 0
    drawn, left_out = site_facts.read(review).drawn, sum(pool.left_out.values())
    print(
        f"{review.name}: {sum(drawn.values()):,} of {sum(pool.counts.values()):,} images drawn "
        f"({', '.join(f'{n:,} {part}' for part, n in drawn.items())}); {left_out:,} left out before."
    )
    print(f'Read them on the Review page; then: python -m core site-check {found.id} --result "{review.name}"')
    return 0


def _show_result(options: argparse.Namespace) -> int:
    from core.models import package  # noqa: PLC0415  (see above)
    from core.results import site_checks  # noqa: PLC0415
    from core.review import reviews, site_result  # noqa: PLC0415

    found = package.find_package(options.model)
    result = site_result.measure(reviews.find_review(options.result).id)
    if result.review.settings.model_id != found.id:
        raise errors.SettingNotUsable(
            expected=f"a check of {found.id}",
            found=f"one of {result.review.settings.model_id}",
            where="site-check",
            todo="Name the model that was checked.",
        )
    if options.keep:
        site_checks.keep(found, site_result.describe(result), by=options.by)
    if options.json:
        output.print_json(_describe(result))
        return 0
    verdict = result.verdict
    print(f"{result.facts.site}: {result.read:,} of {result.asked:,} read.")
    print(f"{verdict.words}. {verdict.why}" if verdict else "The verdict comes when all are read.")
    for name in _list_names():
        here = getattr(result.rates, name)
        home = f"; at home {result.home[name].say()}" if name in result.home else ""
        print(f"  {output.say_value(here, name)}  (n = {here.n:,}){home}")
    if options.keep:
        print(f"Kept with {found.id} by {options.by}.")
    return 0


def _describe(result: "site_result.Result") -> dict[str, Any]:
    verdict = result.verdict
    return {
        "site": result.facts.site,
        "review": result.review.name,
        "read": result.read,
        "asked": result.asked,
        "verdict": verdict.kind if verdict else None,
        "why": verdict.why if verdict else "",
        "rates": {name: getattr(result.rates, name).to_json() for name in _list_names()},
        "home": {name: one.to_json() for name, one in result.home.items()},
        "differences": {name: one.to_json() for name, one in result.differences.items()},
        "facts": result.facts.to_json(),
    }


def _list_names() -> tuple[str, ...]:
    return ("sensitivity", "specificity", "ppv", "npv", "accuracy", "prevalence")


def _list(options: argparse.Namespace) -> int:
    from core.models import package  # noqa: PLC0415  (see above)
    from core.results import site_checks  # noqa: PLC0415

    found = package.find_package(options.model)
    rows = [one.to_json() for one in site_checks.list_checks(found)]
    return output.print_rows(options, rows, COLUMNS, f"{site_checks.NEVER}: {found.id} has no site check.")
