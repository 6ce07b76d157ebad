"""Verbs of champions: promote, rollback, champions.

What they need is imported when it is asked for: the other verbs need neither a comparison nor its answers.
"""

import argparse
from typing import Any

from core.base import progress
from core.models import champions, package
from core.terminal import output

COLUMNS = ["dataset", "model", "since", "by", "why", "looks"]


def add_verbs(add: output.AddVerb) -> None:
    """The verbs and their options."""
    about = "make a model the champion of a data set, if it is not worse than the one before by more than a margin"
    sub = add("promote", _promote, about)
    sub.add_argument("model", help="the challenger's id")
    _add_signature(sub)
    margin = "how much less often right it might be and still come in; stated before the two are compared"
    sub.add_argument("--margin", type=float, metavar="SHARE", help=f"{margin} (default 0.02, two points)")
    sub = add("rollback", _roll_back, "put the champion of before in its place again")
    _add_signature(sub)
    add("champions", _champions, "list the champions, since when and by whom, and how often their tests were looked at")


def _add_signature(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--for", dest="dataset", required=True, metavar="DATASET", help="the data set, or a version of it")
    sub.add_argument("--by", required=True, metavar="NAME", help="who decides; kept with the decision")
    sub.add_argument("--why", default="", metavar="WORDS", help="why, in your words")


def _promote(options: argparse.Namespace) -> int:
    from core.results import challenges, succession  # noqa: PLC0415  (see above)

    challenger, champion = package.find_package(options.model), challenges.find_champion(options.dataset)
    verdict: dict[str, Any] = {}
    if champion is not None and champion.id != challenger.id:
        challenges.answer_missing(champion, challenger, progress.to_terminal())
        margin = challenges.MARGIN if options.margin is None else options.margin
        looked = challenges.look(champion, challenger, options.dataset, margin=margin, by=options.by)
        challenges.require_margin(looked, options.margin)
        found = challenges.judge(champion, challenger, looked.margin)
        verdict = {"reasons": [*found.verdict.reasons, *found.notes], **found.numbers}
    kept = succession.promote(challenger, options.dataset, by=options.by, why=options.why)
    if options.json:
        output.print_json({**kept.to_json(), **verdict})
    else:
        for said in verdict.get("reasons", []):
            print(said)
        _say(kept, options.dataset)
    return 0


def _roll_back(options: argparse.Namespace) -> int:
    from core.results import succession  # noqa: PLC0415  (see above)

    kept = succession.roll_back(options.dataset, by=options.by, why=options.why)
    if options.json:
        output.print_json(kept.to_json())
    else:
        _say(kept, options.dataset)
    return 0


def _say(kept: champions.Entry, dataset: str) -> None:
    before = f" in place of {kept.previous}" if kept.previous else ""
    print(f"{kept.model} is the champion for {dataset}{before}. By {kept.by} on {kept.at[:10]}.")


def _champions(options: argparse.Namespace) -> int:
    rows = [_describe(name, one) for name, one in champions.list_champions().items()]
    return output.print_rows(options, rows, COLUMNS, "No champion yet: promote a model.")


def _describe(name: str, one: champions.Champion) -> dict[str, Any]:
    entries = champions.read_entries(name)
    looks = sum(entry.kind == champions.LOOKED for entry in entries)
    decided = entries[-1] if one.since is None else one.since
    said = {"since": decided.at[:10], "by": decided.by, "why": decided.why}
    return {"dataset": name, "model": one.model, "created": one.created, **said, "looks": looks}
