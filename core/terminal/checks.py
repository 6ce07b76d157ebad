"""Verbs about what the program finds by itself: checks, doctor, notes, mute, unmute."""

import argparse
from pathlib import Path
from typing import Any

from core.base import paths, progress
from core.checks import check_table, muting
from core.datasets.duplicates import near_identical
from core.datasets.index import index
from core.datasets.quality import doctor, findings
from core.datasets.views import image_facts
from core.experiments import out_of_sample
from core.terminal import output
from core.training import curve_notes, run


def add_verbs(add: output.AddVerb) -> None:
    """The verbs and their options."""
    add("checks", _checks, "list what is looked for in data sets, curves and results, with codes")
    sub = add("doctor", _doctor, "look through a data set for what may spoil a training or its test")
    sub.add_argument("name", help="the data set")
    _add_mute(sub)
    sub = add("notes", _notes, "what the curves of a training say")
    sub.add_argument("run_id", help="the training's id")
    _add_mute(sub)
    for name, do, about in (
        ("mute", _mute, "report a check no more, for one data set or one training"),
        ("unmute", _unmute, "report a muted check again"),
    ):
        sub = add(name, do, about)
        sub.add_argument("code", metavar="CODE", help="such as D103")
        where = sub.add_mutually_exclusive_group(required=True)
        where.add_argument("--dataset", metavar="NAME", help="where it is reported, or")
        where.add_argument("--run", metavar="RUN", help="the training of whose curves it speaks")
        if name == "mute":
            sub.add_argument("--by", required=True, metavar="WHO", help="who decides it")


def _add_mute(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--mute", action="append", default=[], metavar="CODE", help="leave a check out this time; may be said again"
    )


def _checks(options: argparse.Namespace) -> int:
    rows = [_describe_check(check) for check in check_table.CHECKS]
    return output.print_rows(options, rows, ["code", "severity", "title"], "none")


def _describe_check(check: check_table.Check) -> dict[str, Any]:
    return {
        "code": check.code,
        "name": check.name,
        "title": check.title,
        "severity": check.severity,
        "help": check.help,
        "can_be_muted": check.can_be_muted,
    }


def _doctor(options: argparse.Namespace) -> int:
    data = index.read_index(options.name)
    doctor.measure(data, progress.to_terminal())
    found = [
        *doctor.examine(data, image_facts.read_facts(data), near_identical.read_pairs(data)),
        *out_of_sample.find_label_suspects(data, out_of_sample.collect_out_of_sample(data)),
    ]
    shown, hidden, muted = doctor.divide(found, data)
    said = [_describe_finding(finding, data) for finding in shown]
    return _print_reports(options, said, [_describe_finding(finding, data) for finding in hidden], muted)


def _describe_finding(finding: findings.Finding, data: index.Index) -> dict[str, Any]:
    columns = ["image_id", "path", "class", "group", "score", "set", "detail"]
    images = doctor.to_table([finding], data)[columns].to_dict("records") if len(finding.rows) else []
    return {
        **_describe_check(finding.check),
        "n": finding.n,
        "of": finding.of,
        "unit": finding.unit,
        "text": f"{finding.count}. {finding.words}",
        "images": images,
    }


def _notes(options: argparse.Namespace) -> int:
    shown, hidden, muted = curve_notes.read_notes(run.read_run(options.run_id))
    said, left = ([{**_describe_check(note.check), "text": note.text} for note in part] for part in (shown, hidden))
    return _print_reports(options, said, left, muted)


def _print_reports(
    options: argparse.Namespace,
    shown: list[dict[str, Any]],
    hidden: list[dict[str, Any]],
    muted: dict[str, muting.Mute],
) -> int:
    """What was found, and what is muted: kept so (with who and when), or left out this time."""
    left_out = {check_table.find_code(code).code for code in options.mute}
    rows = [row for row in shown if row["code"] not in left_out]
    hidden = [
        *({**row, "muted_by": muted[row["code"]].by, "muted_at": muted[row["code"]].at} for row in hidden),
        *({**row, "muted_by": "", "muted_at": ""} for row in shown if row["code"] in left_out),
    ]
    if options.json:
        output.print_json({"reports": rows, "muted": hidden})
        return 0
    for row in rows:
        print(f"{row['code']} {row['severity']}: {row['title']}. {row['text']}")
    if not rows:
        print("Nothing stands out.")
    if hidden:
        print(f"{len(hidden)} muted: {', '.join(row['code'] for row in hidden)}")
    return 0


def _mute(options: argparse.Namespace) -> int:
    muting.mute(_find_folder(options), options.code, options.by)
    return _print_muted(options)


def _unmute(options: argparse.Namespace) -> int:
    muting.unmute(_find_folder(options), options.code)
    return _print_muted(options)


def _find_folder(options: argparse.Namespace) -> Path:
    """Where what is muted is kept. Raises DatasetNotIndexed, RunNotFound and what reading them raises; CheckNotUsable
    where such a check is never reported of it."""
    check_table.require_about(options.code, "D" if options.dataset else "C")
    if options.dataset:
        return paths.muted_folder(index.read_index(options.dataset).name)
    return run.read_run(options.run).folder / muting.FOLDER


def _print_muted(options: argparse.Namespace) -> int:
    muted = muting.read(_find_folder(options))
    rows = [{"code": code, "by": one.by, "at": one.at} for code, one in muted.items()]
    return output.print_rows(options, rows, ["code", "by", "at"], "Nothing is muted.")
