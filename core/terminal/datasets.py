"""Verbs about data sets: draw, import, datasets, index, download."""

import argparse
from pathlib import Path

from core.base import errors, progress
from core.datasets.index import index, index_words
from core.datasets.intake import catalogue, importing
from core.datasets.sample import drawn
from core.terminal import output

NAME = "what to call it here"


def add_verbs(add: output.AddVerb) -> None:
    """The verbs and their options."""
    sub = add("draw", _draw, "draw the sample data set of invented blood cells")
    sub.add_argument("--name", required=True, help=NAME)
    sub.add_argument("--images", type=int, default=2000, metavar="N", help="how many")
    sub.add_argument("--seed", type=int, default=7, metavar="N", help="the number that all chance comes from")
    sub = add("import", _import, "import a folder of class sub-folders, or a .zip of one")
    sub.add_argument("source", type=Path, help="the folder or the .zip")
    sub.add_argument("--name", required=True, help=NAME)
    _add_index_options(sub)
    add("datasets", _datasets, "list the data sets of this machine")
    sub = add("index", _index, "read (or build, where absent or outdated) the index of a data set")
    sub.add_argument("name", help="the data set")
    _add_index_options(sub)
    sub = add("download", _download, "bring a public data set in")
    sub.add_argument("key", choices=[entry.key for entry in catalogue.ENTRIES], help="which")
    sub.add_argument("--name", help=f"{NAME} (default: the catalogue's name)")


def _add_index_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--groups",
        default="auto",
        metavar="RULE",
        help="how patients are told: auto, malaria, chest, folder, none, or regex:PATTERN",
    )
    sub.add_argument("--positive", metavar="CLASS", help="the class that sensitivity is about")


def _draw(options: argparse.Namespace) -> int:
    report = progress.to_terminal()
    return _print_index(
        options, drawn.draw_dataset(options.name, images=options.images, seed=options.seed, report=report)
    )


def _import(options: argparse.Namespace) -> int:
    made = importing.import_dataset(
        options.source,
        options.name,
        group_rule=options.groups,
        positive_class=options.positive,
        report=progress.to_terminal(),
    )
    return _print_index(options, made)


def _datasets(options: argparse.Namespace) -> int:
    columns = ["name", "status", "images", "groups", "fingerprint"]
    rows = index.list_datasets()
    shown = [{**dict.fromkeys(columns, ""), **row, "fingerprint": str(row.get("fingerprint", ""))[:12]} for row in rows]
    return output.print_rows(options, rows if options.json else shown, columns, "No data set yet: import or draw one.")


def _index(options: argparse.Namespace) -> int:
    try:
        made = index.read_index(options.name)
        index.require_unchanged(made)
        wanted = options.groups in ("auto", made.group_rule) and options.positive in (None, made.positive_class)
    except (errors.DatasetChanged, errors.DatasetNotIndexed, errors.IndexBroken):
        wanted = False
    if not wanted:
        made = index.build_index(
            options.name,
            group_rule=options.groups,
            positive_class=options.positive,
            report=progress.to_terminal(),
        )
    return _print_index(options, made)


def _download(options: argparse.Namespace) -> int:
    name = options.name or catalogue.find_entry(options.key).suggested_name
    return _print_index(options, catalogue.fetch(options.key, name, report=progress.to_terminal()))


def _print_index(options: argparse.Namespace, made: index.Index) -> int:
    content = index.describe(made)
    if options.json:
        output.print_json(content)
        return 0
    print(f"{index_words.say_arrival(made)}; fingerprint {made.fingerprint[:12]}")
    for name, count in content["classes"].items():
        print(f"  {name}: {count:,}")
    for split, count in content["splits"].items():
        print(f"  split {split}: {count:,}")
    for row in content["problems"]:
        print(f"  problem: {row['path']}: {row['problem']}")
    return 0
