"""The verb that prints pages of docs/: docs. `make docs` keeps them."""

import argparse
from collections.abc import Callable

from core.checks import check_table
from core.terminal import output

ListVerbs = Callable[[], dict[str, dict[str, argparse.ArgumentParser]]]
MANY = 8  # flags of the same name and meaning, from which they are not said again


def add_verbs(add: output.AddVerb) -> None:
    """The verb and its options."""
    sub = add("docs", _docs, "print a page of docs/ that is made of the program itself, as Markdown")
    sub.add_argument("page", choices=tuple(PAGES), help="which")


def _docs(options: argparse.Namespace) -> int:
    said = PAGES[options.page](options.list_verbs)
    if options.json:
        output.print_json({"page": options.page, "text": said})
    else:
        print(said, end="")
    return 0


def write_document(list_verbs: ListVerbs) -> str:
    """All verbs in their groups, each with its arguments and flags. list_verbs : `parser.list_verbs`."""
    lines = [
        "# From a terminal",
        "",
        "`.venv/bin/python -m core VERB`. Written by `make docs` from the parser.",
        "",
        "Each verb takes `--json`: one JSON document on stdout, progress on stderr, exit status 0, or 2 with the "
        "message that the page shows.",
    ]
    shown: set[tuple[str, str]] = set()
    for title, verbs in list_verbs().items():
        lines += ["", f"## {title}"]
        for name, verb in verbs.items():
            lines += ["", f"### {name}", "", str(verb.description), *_list_arguments(verb, shown)]
    return "\n".join(lines) + "\n"


def list_flags(verb: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """How each argument of a verb is written -> what the parser knows of it; without --json and --help."""
    added = [action for action in verb._actions if action.dest not in ("help", "json")]  # argparse has no public list
    return {action.option_strings[-1] if action.option_strings else _say_value(action): action for action in added}


def _list_arguments(verb: argparse.ArgumentParser, shown: set[tuple[str, str]]) -> list[str]:
    """A table of them; of many flags that another verb has in the same words, only the names."""
    rows = {name: (_say_argument(name, action), _say_help(action)) for name, action in list_flags(verb).items()}
    known = [name for name, row in rows.items() if name.startswith("-") and row in shown]
    again = known if len(known) >= MANY else []
    new = [f"| {written} | {said} |" for name, (written, said) in rows.items() if name not in again]
    shown |= set(rows.values())
    table = ["", "| argument | meaning |", "|---|---|", *new] if new else []
    return [*table, *(["", f"And, as above: `{'`, `'.join(again)}`."] if again else [])]


def _say_argument(name: str, action: argparse.Action) -> str:
    value = f" {_say_value(action)}" if action.option_strings and action.nargs != 0 else ""
    some = {"+": "...", "*": "..."}.get(str(action.nargs), "")
    needed = " (required)" if action.required and action.option_strings else ""
    optional = " (optional)" if not action.required and not action.option_strings else ""
    return f"`{name}{value}{some}`".replace("|", "\\|") + needed + optional


def _say_value(action: argparse.Action) -> str:
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return str(action.metavar or action.dest.upper())


def _say_help(action: argparse.Action) -> str:
    said = (action.help or "") % {"default": action.default}
    if action.default not in (None, False, argparse.SUPPRESS) and action.default != [] and "default" not in said:
        said = f"{said} (default {action.default})".strip()
    return said.replace("|", "\\|")


PAGES: dict[str, Callable[[ListVerbs], str]] = {
    "terminal": write_document,
    "checks": lambda _: check_table.write_document(),
}
