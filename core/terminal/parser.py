"""What can be said after `python -m core`."""

import argparse

from core.terminal import comparing, datasets, models, output, repeating, reporting, runs, serving, training


def build_parser(description: str | None) -> argparse.ArgumentParser:
    """All verbs; each sets `do`, the function that it calls with the options."""
    parser = argparse.ArgumentParser(prog="python -m core", description=description)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def add(name: str, do: output.Do, about: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        sub.add_argument("--json", action="store_true", help="print one JSON document on stdout")
        sub.set_defaults(do=do)
        return sub

    for group in (datasets, training, runs, repeating, models, reporting, comparing, serving):
        group.add_verbs(add)
    return parser
