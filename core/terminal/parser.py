"""What can be said after `python -m core`."""

import argparse
from collections.abc import Sequence
from types import ModuleType

from core.terminal import output, working


def build_parser(description: str | None, arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """All verbs; each sets `do`, the function that it calls with the options.

    arguments : what was said; where it is a worker's verb or a question to a model, that group alone is made.
    """
    parser = argparse.ArgumentParser(prog="python -m core", description=description)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for group in _find_groups(*arguments[:1]):
        _add_group(verbs, group)
    return parser


def list_verbs() -> dict[str, dict[str, argparse.ArgumentParser]]:
    """What each group is about -> its verbs, in their order, with the parser of each."""
    verbs = argparse.ArgumentParser(prog="python -m core").add_subparsers()
    return {str(group.__doc__).split(":")[0]: _add_group(verbs, group) for group in _all_groups()}


def _add_group(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", group: ModuleType
) -> dict[str, argparse.ArgumentParser]:
    added: dict[str, argparse.ArgumentParser] = {}

    def add(name: str, do: output.Do, about: str) -> argparse.ArgumentParser:
        sub = added[name] = verbs.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        sub.add_argument("--json", action="store_true", help="print one JSON document on stdout")
        sub.set_defaults(do=do, list_verbs=list_verbs)
        return sub

    group.add_verbs(add)
    return added


def _find_groups(verb: str = "") -> tuple[ModuleType, ...]:
    """The groups among which a verb is: of those whose answer somebody waits for, their own."""
    if verb in working.ABOUT:
        return (working,)
    if verb == "predict":
        from core.terminal import models  # noqa: PLC0415  (see below)

        return (models,)
    return _all_groups()


def _all_groups() -> tuple[ModuleType, ...]:
    # Not at the top: together they import half of core, and a worker that does not need it begins that much later.
    from core.terminal import (  # noqa: PLC0415
        checks,
        comparing,
        datasets,
        deciding,
        handbook,
        models,
        promoting,
        repeating,
        reporting,
        reviewing,
        runs,
        serving,
        site_checking,
        training,
    )

    return (
        datasets,
        checks,
        training,
        runs,
        repeating,
        models,
        deciding,
        reporting,
        comparing,
        reviewing,
        site_checking,
        promoting,
        serving,
        handbook,
        working,
    )
