"""The verb about what waits for people to look at it: review.

What it needs is imported when it is asked for: the other verbs need no database.
"""

import argparse
from pathlib import Path

from core.base import csv_text, errors
from core.terminal import output

LIST, EXPORT = "list", "export"
COLUMNS = ["name", "source", "sent_at", "sent_by", "why"]


def add_verbs(add: output.AddVerb) -> None:
    """The verb and its options."""
    sub = add("review", _review, "what waits for review: the cases, and images of data sets with a second look")
    sub.add_argument("action", choices=(LIST, EXPORT), help="print it, or write it as a table with the models' answers")
    sub.add_argument("file", nargs="?", type=Path, metavar="FILE.csv", help=f"where {EXPORT} writes to; replaced")


def _review(options: argparse.Namespace) -> int:
    from core.review import waiting  # noqa: PLC0415  (see above)

    if (options.file is None) == (options.action == EXPORT):
        raise errors.SettingNotUsable(
            expected=f"a file to {EXPORT} to, and none for {LIST}",
            found=str(options.file or "none"),
            where="review",
            todo="Say review list, or review export FILE.csv.",
        )
    if options.action == EXPORT:
        output.require_place(options.file, ".csv")
    listed = waiting.list_newest()
    if options.action == LIST:
        rows = [waiting.describe(one) for one in listed]
        return output.print_rows(options, rows, COLUMNS, "Nothing waits for review.")
    csv_text.save(waiting.tabulate(listed), options.file)
    if options.json:
        output.print_json({"file": str(options.file), "images": len(listed)})
    else:
        print(f"{options.file}: {len(listed):,} images")
    return 0
