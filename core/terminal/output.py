"""How the verbs speak: one JSON document or a table on stdout, everything else on stderr.

What a table needs is imported where one is printed: `predict --json` has answered by then.
"""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base import errors, files

if TYPE_CHECKING:
    from core.statistics import estimate

EXIT_FAULT = 2
EXIT_NO_READER = 141  # as a shell says of a program that SIGPIPE has ended

Do = Callable[[argparse.Namespace], int]
"""What a verb does with its options; returns the exit status."""
AddVerb = Callable[[str, Do, str], argparse.ArgumentParser]
"""`add(name, do, about)` makes a verb and returns its parser, for the options of its own."""


def print_json(content: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(content, indent=2, allow_nan=False, default=files.encode))


def print_rows(options: argparse.Namespace, rows: list[dict[str, Any]], columns: list[str], none: str) -> int:
    """A list as JSON, or as a table of some of its columns; `none` is what a person reads where it is empty."""
    if options.json:
        print_json(rows)
    else:
        import pandas as pd  # noqa: PLC0415  (see above)

        print(pd.DataFrame(rows)[columns].to_string(index=False) if rows else none)
    return 0


def print_result(result: Mapping[str, Any], leak: str) -> None:
    """A result on test images for a person: what leaks first, then each metric with its interval and n."""
    from core.statistics import estimate, metrics_table, words  # noqa: PLC0415  (see above)

    if leak:
        print(leak)
    print(f"Test images: {words.say_sample(result)}; 95 % intervals over {result['interval']}")
    for metric in metrics_table.list_summary():
        found = estimate.find(result, metric.key)
        print(f"  {say_value(found, metric.key)}  (n = {found.n:,})")
    print(f"  confusion (rows = truth): {result['confusion']}")


def say_value(found: "estimate.Estimate", name: str) -> str:
    """A metric with its interval, in a few words."""
    return f"{name} {found.say()}" if found.value is not None else f"{name}: not defined"


def require_place(place: Path, suffix: str) -> None:
    """Said before the work and not after it. Raises ExportNotPossible."""
    found = ""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = error.strerror or str(error)
    if place.suffix.lower() != suffix:
        found = f"a name that ends in {place.suffix or 'nothing'}"
    elif place.is_dir():
        found = "a folder"
    elif not found and not os.access(place.parent, os.W_OK | os.X_OK):
        found = "a folder that may not be written to"
    if found:
        raise errors.ExportNotPossible(
            expected=f"a place for a file whose name ends in {suffix}",
            found=found,
            where=str(place),
            todo="Choose another place.",
        )
