"""`make bench`: measures everything in one run on this machine and writes docs/benchmarks.md."""

import datetime
import functools
import sys
import time
import traceback
from collections.abc import Callable
from concurrent import futures
from typing import Any

from tests.benchmarks import (
    bench_browsing,
    bench_corners,
    bench_coverage,
    bench_decoding,
    bench_explanations,
    bench_gate,
    bench_heatmaps,
    bench_indexing,
    bench_jobs,
    bench_judging,
    bench_likeness,
    bench_many,
    bench_memory,
    bench_pages,
    bench_people,
    bench_predict,
    bench_review,
    bench_runtimes,
    bench_site,
    bench_smears,
    bench_statistics,
    bench_training,
    bench_verdict,
    common,
)

HEAD = """# Benchmarks

Written by `make bench`, all in one run on one machine: compare the ratios, not the times.
The plain way is `tests/benchmarks/notebook.py` for training, a process pool that decodes and keeps nothing for
indexing, and `model.predict` with a Grad-CAM model rebuilt for each image for predictions.

"""


ON_IMAGES = {
    "indexing": bench_indexing,
    "training": bench_training,
    "jobs": bench_jobs,  # after training, whose images it uses
    "pages": bench_pages,
    "browsing": bench_browsing,
    "statistics": bench_statistics,
    "likeness": bench_likeness,
    "judging": bench_judging,
    "many": bench_many,
}
ON_THEIR_OWN = {
    "prediction": bench_predict,
    "heatmaps": bench_heatmaps,
    "memory": bench_memory,
    "explanations": bench_explanations,
    "corners": bench_corners,
    "coverage": bench_coverage,
    "large images": bench_decoding,
    "gate": bench_gate,
    "runtimes": bench_runtimes,
    "people": bench_people,
    "review": bench_review,
    "smears": bench_smears,
    "site": bench_site,
    "verdicts of sites": bench_verdict,
}


def main(wanted: list[str]) -> int:
    """Measure, print, write the report; exit 1 where a goal is missed. Some alone, by name: nothing is written."""
    unknown = set(wanted) - ON_IMAGES.keys() - ON_THEIR_OWN.keys()
    if unknown:
        raise SystemExit(f"expected some of {', '.join([*ON_IMAGES, *ON_THEIR_OWN])}; found {', '.join(unknown)}")
    rows, began = [], time.monotonic()
    names = wanted or [*ON_IMAGES, *ON_THEIR_OWN]
    if set(names) & ON_IMAGES.keys():
        with common.images_to_measure() as (home, what):
            for name in [each for each in ON_IMAGES if each in names]:
                rows += _measure(name, functools.partial(ON_IMAGES[name].measure, home, what))
    for name in [each for each in ON_THEIR_OWN if each in names]:
        rows += _measure(name, ON_THEIR_OWN[name].measure)
    rows.sort(key=lambda row: row["name"])
    took = f"{(time.monotonic() - began) / 60:.0f} minutes in all"
    text = f"Machine: {common.describe_machine()}. {datetime.date.today():%d %B %Y}, {took}.\n\n" + _table(rows)
    if not wanted:
        (common.PROJECT / "docs" / "benchmarks.md").write_text(HEAD + text, encoding="utf-8")
    print(text)
    return 0 if all(row["holds"] for row in rows) else 1


def _measure(name: str, measure: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    print(f"measuring {name} ...", file=sys.stderr)
    began = time.monotonic()
    with futures.ThreadPoolExecutor(1) as alone:
        asked = alone.submit(measure)
    fault = asked.exception()  # one part that fails does not take the others' minutes with it
    print(f"{'FAILED' if fault else 'measured'} {name} in {time.monotonic() - began:.0f} s", file=sys.stderr)
    if fault is None:
        return asked.result()
    traceback.print_exception(fault)
    return [common.row(f"({name}) not measured", ours=type(fault).__name__, plain="–", ratio=0, goal="–", holds=False)]


def _table(rows: list[dict]) -> str:
    head = "| what | Second Look | plain way | ratio | goal | |\n|---|---|---|---|---|---|\n"
    lines = []
    for row in rows:
        ratio = "" if row["plain"] == "–" else f"{row['ratio']:.2f}"
        verdict = "holds" if row["holds"] else "**missed**"
        lines.append(f"| {row['name']} | {row['ours']} | {row['plain']} | {ratio} | {row['goal']} | {verdict} |")
    notes = [f"- {row['name']}: {row['note']}" for row in rows if row["note"]]
    return head + "\n".join(lines) + "\n\n" + "\n".join(notes) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
