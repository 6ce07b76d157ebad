"""The verb about a model's report: report."""

import argparse
from pathlib import Path

from core.base import files
from core.reports import report
from core.terminal import output


def add_verbs(add: output.AddVerb) -> None:
    """The verb and its options."""
    sub = add("report", _report, "write a model's whole evaluation and its card as one HTML file that stands alone")
    sub.add_argument("model", help="its id")
    sub.add_argument("file", type=Path, metavar="FILE.html", help="a new file")
    sub.add_argument("--overwrite", action="store_true", help="replace the file")


def _report(options: argparse.Namespace) -> int:
    path = report.save(options.model, options.file, overwrite=options.overwrite)
    size = path.stat().st_size
    if options.json:
        output.print_json({"model_id": options.model, "file": str(path), "bytes": size})
    else:
        print(f"{path}: {files.describe_bytes(size)}; it asks nothing of any host")
    return 0
