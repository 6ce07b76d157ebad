"""What can be said after `python -m core`."""

import argparse
from collections.abc import Sequence
from types import ModuleType

from core.terminal import output, working


def build_parser(description: str | None, arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """All verbs; each sets `do`, the function that it calls with the options.

    arguments : what was said; where it is a worker's verb, that group alone is made.
    """
    parser = argparse.ArgumentParser(prog="python -m core", description=description)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for group in (working,) if set(arguments[:1]) & working.ABOUT.keys() else _all_groups():
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
        sub.set_defaults(do=do)
        return sub

    group.add_verbs(add)
    return added


def _all_groups() -> tuple[ModuleType, ...]:
    # Not at the top: together they import half of core, and a worker that does not need it begins that much later.
    from core.terminal import (  # noqa: PLC0415
        checks,
        comparing,
        datasets,
        deciding,
        handbook,
        models,
        repeating,
        reporting,
        runs,
        serving,
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
        serving,
        handbook,
        working,
    )
