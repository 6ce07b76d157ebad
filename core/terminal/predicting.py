"""`predict` about folders, archives and many files: a table of answers, a table of smears, a report."""

import argparse
import sys
from typing import Any

import pandas as pd

from core.base import csv_text, errors, progress
from core.models import package
from core.prediction import many, verdicts
from core.reports import smear_report
from core.results import answer_table, kept_answers, smears
from core.terminal import output


def predict_many(options: argparse.Namespace) -> int:
    """Answer all, write what was asked for, and print the smears (or with --json an entry an image)."""
    if options.heatmaps or options.maps or options.answer_anyway:
        raise errors.SettingNotUsable(
            expected="single images with --heatmaps, --maps or --answer-anyway",
            found="a folder, an archive or a table",
            where="predict",
            todo="Name the images, or leave the option out.",
        )
    places = {".csv": (options.table, options.smears), ".html": (options.report,)}
    for suffix, wanted in places.items():
        for place in filter(None, wanted):
            output.require_place(place, suffix)
    about = kept_answers.make(options.model, options.images, rule=options.smears_by, report=progress.to_terminal())
    try:
        found, rows = package.find_package(options.model), kept_answers.read_rows(about.id)
        summary = smears.summarise(found, rows)
        if options.table:
            csv_text.save(answer_table.tabulate(rows, found.class_names), options.table)
        if options.smears:
            csv_text.save(smears.tabulate(summary), options.smears)
        if options.report:
            smear_report.save(about.id, options.report)
    finally:
        kept_answers.delete(about.id)
    if options.json:
        output.print_json([_as_entry(found, row) for _, row in rows.iterrows()])
    else:
        _print_smears(summary, rows)
    if not found.has(package.GATE_FILE):
        print(verdicts.NO_GATE, file=sys.stderr)
    return output.EXIT_FAULT if (rows["verdict"] == many.UNREADABLE).any() else 0


def _as_entry(found: package.Package, row: "pd.Series[Any]") -> dict[str, Any]:
    """One image as `predict --json` says it, and beside that what is known of it among many."""
    readable, answered = row["verdict"] != many.UNREADABLE, isinstance(row["class_name"], str)
    judged = readable and not pd.isna(row["distance"])
    verdict = {
        "refused": row["verdict"] == verdicts.UNKNOWN,
        "away": bool(row["caution"]),
        "distance": row["distance"],
        "limit": row["limit"],
        "reasons": str(row["reasons"]).splitlines(),
    }
    return {
        "image": row["path"],
        "verdict": row["verdict"] if readable else None,
        "class_name": row["class_name"] if answered else None,
        "refer": bool(row["refer"]) if answered else None,
        "probabilities": {name: row[f"p_{name}"] for name in found.class_names} if answered else None,
        "gate": verdict if judged else None,
        "answered_anyway": False,
        "heatmap": None,
        "map": None,
        "method": None,
        "no_heatmap": None,
        "error": row["error"] or None,
        **{name: row[name] for name in ("smear", "needs", "seen", "seen_patient", "copy_of")},
    }


def _print_smears(summary: smears.Summary, rows: pd.DataFrame) -> None:
    for said in smears.say_rates(summary):
        print(said)
    for one in smears.sort_by_share(summary.smears):
        print(f"{one.name}: {smears.say_verdict(summary, one)} {' '.join(one.cautions)}".rstrip())
    waiting = rows[rows["needs"] != ""]
    print(f"{len(waiting):,} of {len(rows):,} images need a person.")
    for row in rows[rows["verdict"] == many.UNREADABLE].to_dict("records"):
        print(f"{row['path']}: {row['error']}", file=sys.stderr)
