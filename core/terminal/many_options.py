"""The options of `predict` for folders, archives and many files. Loads nothing that takes long."""

import argparse
from pathlib import Path

from core.prediction import smear_rules


def add_options(sub: argparse.ArgumentParser) -> None:
    """What `predict` knows beside single images."""
    sub.add_argument("--table", type=Path, metavar="FILE", help="write a CSV with a row an image; for many images")
    sub.add_argument("--smears", type=Path, metavar="FILE", help="write a CSV with a row a smear: its share, corrected")
    sub.add_argument("--report", type=Path, metavar="FILE", help="write one HTML file: by smear, what to look at first")
    rules = "; ".join(f"{name} = {about}" for name, about in smear_rules.RULES.items())
    sub.add_argument("--smears-by", default="auto", metavar="RULE", help=f"{rules}; regex:PATTERN (default: auto)")


def wants_many(options: argparse.Namespace) -> bool:
    """Whether this is about many: a folder, an archive, or one of their tables."""
    asked = options.table or options.smears or options.report
    return bool(asked) or any(path.is_dir() or path.suffix.lower() == ".zip" for path in options.images)
