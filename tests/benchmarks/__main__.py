"""`make bench`: measures everything in one run on this machine and writes docs/benchmarks.md."""

import datetime
import sys

from tests.benchmarks import (
    bench_browsing,
    bench_corners,
    bench_coverage,
    bench_heatmaps,
    bench_indexing,
    bench_jobs,
    bench_judging,
    bench_likeness,
    bench_pages,
    bench_predict,
    bench_statistics,
    bench_training,
    common,
)

HEAD = """# Benchmarks

Written by `make bench`, all in one run on one machine: compare the ratios, not the times.
The plain way is `tests/benchmarks/notebook.py` for training, a process pool that decodes and keeps nothing for
indexing, and `model.predict` with a Grad-CAM model rebuilt for each image for predictions.

"""


BENCHES = {
    "indexing": bench_indexing,
    "training": bench_training,
    "jobs": bench_jobs,
    "pages": bench_pages,
    "browsing": bench_browsing,
    "statistics": bench_statistics,
    "likeness": bench_likeness,
    "judging": bench_judging,
    "coverage": bench_coverage,
}


def main() -> int:
    """Measure, print, write the report; exit 1 where a goal is missed."""
    rows = []
    with common.images_to_measure() as (home, what):
        for name, bench in BENCHES.items():
            print(f"measuring {name} ...", file=sys.stderr)
            rows += bench.measure(home, what)
    print("measuring prediction ...", file=sys.stderr)
    result = bench_predict.measure()
    rows.append(
        common.row(
            "(c) " + result["name"],
            ours=f"{result['ours']:.1f} ms",
            plain=f"{result['plain']:.0f} ms",
            ratio=result["ratio"],
            goal=f"at least {result['goal']:.0f} x, the same heatmap",
            holds=result["holds"],
            note=f"heatmaps differ by {result['difference']:.0e} at most",
        )
    )
    print("measuring heatmaps ...", file=sys.stderr)
    rows += bench_heatmaps.measure()
    print("measuring corners ...", file=sys.stderr)
    rows += bench_corners.measure()
    rows.sort(key=lambda row: row["name"])
    text = HEAD + f"Machine: {common.describe_machine()}. {datetime.date.today():%d %B %Y}.\n\n" + _table(rows)
    (common.PROJECT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    print(text)
    return 0 if all(row["holds"] for row in rows) else 1


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
    sys.exit(main())
