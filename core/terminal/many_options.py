"""The options of `predict` for folders, archives and many files. Loads nothing that takes long."""

import argparse
from pathlib import Path

from core.datasets.index import listing
from core.prediction import smear_rules


def add_options(sub: argparse.ArgumentParser) -> None:
    """What `predict` knows beside single images."""
    sub.add_argument("--table", type=Path, metavar="FILE", help="write a CSV with a row an image; for many images")
    sub.add_argument("--smears", type=Path, metavar="FILE", help="write a CSV with a row a smear: its share, corrected")
    sub.add_argument("--report", type=Path, metavar="FILE", help="write one HTML file: by smear, what to look at first")
    rules = "; ".join(f"{name} = {about}" for name, about in smear_rules.RULES.items())
    sub.add_argument("--smears-by", default="auto", metavar="RULE", help=f"{rules}; regex:PATTERN (default: auto)")


def wants_many(options: argparse.Namespace) -> bool:
    """Whether this is about many: one of their tables, or a folder or an archive without what is made of single images
    alone (`list_images` then says which those are)."""
    if options.table or options.smears or options.report:
        return True
    alone = options.heatmaps or options.maps or options.answer_anyway
    return not alone and any(path.is_dir() or path.suffix.lower() == ".zip" for path in options.images)


def list_images(given: list[Path]) -> list[Path]:
    """The images that were named, those of a folder each by itself, in the order of their names."""
    found = list[Path]()
    for path in given:
        inside = sorted(path / one.path for one in listing.list_images(path).images) if path.is_dir() else []
        found += inside or [path]
    return found
