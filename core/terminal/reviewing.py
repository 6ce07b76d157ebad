"""The verb about what people look at again: review.

What it needs is imported when it is asked for: the other verbs need no database.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base import csv_text, errors, progress
from core.terminal import backing_up, output

if TYPE_CHECKING:
    from core.review import review_sources

LIST, STATUS, BEGIN, ADD, EXPORT, IMPORT = "list", "status", "begin", "add", "export", "import"
TAKES = {
    LIST: (),
    STATUS: (),
    BEGIN: ("NAME",),
    ADD: ("NAME",),
    EXPORT: ("NAME", "FILE.csv"),
    IMPORT: ("NAME", "FILE"),
    **backing_up.TAKES,
}
COLUMNS = ["name", "source", "sent_at", "sent_by", "why"]
REVIEWS = ["name", "about", "open", "half_read", "disputed", "settled", "readers", "closed_at"]
# What --from takes after the name of a source: what it is of, and how many.
SOURCES = {
    "waiting": "[N]",
    "folder": "PATH...",
    "mistakes": "MODEL [N]",
    "suspects": "DATASET [N]",
    "needing": "ANSWERS [N]",
    "answers": "ANSWERS [N]",
    "sample": "DATASET N",
    "gold": "DATASET N",
}


def add_verbs(add: output.AddVerb) -> None:
    """The verb and its options."""
    sub = add("review", _review, "what people look at again: what waits, reviews that are begun, and what was read")
    help_ = (
        f"{LIST} what waits, {STATUS} of all reviews, {BEGIN} NAME, {ADD} NAME (more images), "
        f"{EXPORT} FILE.csv (what waits, with the models' answers) or NAME FILE.csv (all that was said in a review, an "
        f"act a row), {IMPORT} NAME FILE (readings made elsewhere: .csv or .json with sha256, reader, answer, at), "
        + backing_up.HELP
    )
    sub.add_argument("action", choices=tuple(TAKES), help=help_)
    sub.add_argument("names", nargs="*", metavar="NAME|FILE", help="the review, and the file; see above")
    from_ = "; ".join(f"{kind} {takes}" for kind, takes in SOURCES.items())
    sub.add_argument(
        "--from",
        dest="sources",
        action="append",
        nargs="+",
        default=[],
        metavar="SOURCE",
        help=f"with {BEGIN} and {ADD}, several times if you like: {from_}; N = at most so many",
    )
    sub.add_argument("--model", default="", help="the model that it is about, whose answers readers see afterwards")
    sub.add_argument("--dataset", default="", help="the data set that it is about")
    sub.add_argument("--beside", nargs="+", default=[], metavar="MODEL", help="models whose disagreement counts")
    sub.add_argument("--readers", type=int, default=1, choices=(1, 2), help="how many read each case (default: 1)")
    sub.add_argument("--show-model", action="store_true", help="show the model's answer first; its numbers then say so")
    sub.add_argument("--order", default="useful", choices=("useful", "random", "oldest"), help="which case comes first")
    sub.add_argument("--audit", type=float, default=0.1, metavar="SHARE", help="drawn at random (default: 0.1)")
    sub.add_argument("--pseudonyms", action="store_true", help="keep a number in place of each file's name")
    sub.add_argument("--labels-certain", action="store_true", help="labels of mistakes are certain: gold cases")
    sub.add_argument("--smears-by", default="auto", metavar="RULE", help="of a folder, as of predict (default: auto)")
    backing_up.add_options(sub)
    sub.add_argument("--by", default="", metavar="NAME", help=f"who does it; needed by {BEGIN} and {ADD}")


def _review(options: argparse.Namespace) -> int:
    wanted, given = TAKES[options.action], list(options.names)
    waiting_only = options.action == EXPORT and len(given) == 1
    if len(given) != len(wanted) and not waiting_only:
        said = " ".join((options.action, *wanted))
        raise errors.SettingNotUsable(
            expected=said, found=" ".join((options.action, *given)), where="review", todo=f"Say review {said}."
        )
    if options.action == EXPORT:
        output.require_place(Path(given[-1]), ".csv")
    if waiting_only:
        return _export_waiting(options, Path(given[0]))
    do: dict[str, Callable[..., int]] = {
        LIST: _list,
        STATUS: _say_status,
        BEGIN: _begin,
        ADD: _add,
        EXPORT: _export_trail,
        IMPORT: _import,
        backing_up.BACKUP: backing_up.back_up,
        backing_up.RESTORE: backing_up.restore,
    }
    return do[options.action](options, *given)


def _list(options: argparse.Namespace) -> int:
    from core.review import waiting  # noqa: PLC0415  (see above)

    rows = [waiting.describe(one) for one in waiting.list_newest()]
    return output.print_rows(options, rows, COLUMNS, "Nothing waits for review.")


def _export_waiting(options: argparse.Namespace, path: Path) -> int:
    from core.review import waiting  # noqa: PLC0415  (see above)

    listed = waiting.list_newest()
    csv_text.save(waiting.tabulate(listed), path)
    return _say(options, {"file": str(path), "images": len(listed)}, f"{path}: {len(listed):,} images")


def _say_status(options: argparse.Namespace) -> int:
    from core.review import reviews  # noqa: PLC0415  (see above)

    rows = []
    for one in reviews.list_reviews():
        counts, settings = reviews.count(one.id), one.settings
        states = {name: getattr(counts, name) for name in ("open", "half_read", "disputed", "settled")}
        about = ", ".join(filter(None, (settings.model_id, settings.dataset)))
        shared = {"made_at": one.made_at, "made_by": one.made_by, "purpose": settings.purpose, "mode": settings.mode}
        row = {"name": one.name, "about": about, **states, "readers": settings.readers, "closed_at": one.closed_at}
        rows.append(row | shared)
    return output.print_rows(options, rows, REVIEWS, "No review was begun.")


def _begin(options: argparse.Namespace, name: str) -> int:
    from core.jobs import review_filling  # noqa: PLC0415  (see above)
    from core.review import review_record  # noqa: PLC0415  (see above)

    sources = _read_sources(options, name)
    kinds = {one.kind: one.of for one in reversed(sources)}
    model = options.model or kinds.get("mistakes", "")
    datasets = [kinds[kind] for kind in ("suspects", "sample", "gold") if kind in kinds]
    settings = review_record.Settings(
        **review_filling.find_subject(model, options.dataset or ("" if model else next(iter(datasets), ""))),
        readers=options.readers,
        mode=review_record.MODEL_SHOWN if options.show_model else review_record.BLIND_FIRST,
        order=options.order,
        audit_share=options.audit,
        seed=review_filling.find_seed(name),
        facts={review_filling.BESIDE: options.beside},
    )
    review, outcome = review_filling.begin_filled(
        name, settings, sources, by=options.by, pseudonym=options.pseudonyms, report=progress.to_terminal()
    )
    return _say(options, {"review": review.name, "id": review.id, **vars(outcome)}, f"{review.name}: {outcome.say()}")


def _add(options: argparse.Namespace, name: str) -> int:
    from core.jobs import review_filling  # noqa: PLC0415  (see above)
    from core.review import reviews  # noqa: PLC0415  (see above)

    sources, review = _read_sources(options, name), reviews.find_review(name)
    outcome = review_filling.fill(
        review.id, sources, by=options.by, pseudonym=options.pseudonyms, report=progress.to_terminal()
    )
    return _say(options, {"review": review.name, "id": review.id, **vars(outcome)}, f"{review.name}: {outcome.say()}")


def _read_sources(options: argparse.Namespace, name: str) -> "list[review_sources.Source]":
    """Where images come from, and that somebody says who lets them in."""
    from core.jobs import review_filling  # noqa: PLC0415  (see above)

    if not options.by.strip():
        raise errors.SettingNotUsable(
            expected="who does it", found="nobody", where="review", todo="Say --by and a name or initials."
        )
    seed = review_filling.find_seed(name)
    return [_read_source(options, words, seed) for words in options.sources or [["waiting"]]]


def _read_source(options: argparse.Namespace, words: list[str], seed: int) -> "review_sources.Source":
    from core.datasets.intake import gathering  # noqa: PLC0415  (see above)
    from core.review import review_sources  # noqa: PLC0415  (see above)

    kind: Any = words[0]
    rest = words[1:]
    if kind == review_sources.FOLDER and rest:
        places = tuple(str(gathering.find_source(path).absolute()) for path in rest)
        return review_sources.Source(kind=kind, paths=places, rule=options.smears_by)
    number = rest.pop() if rest and rest[-1].isdecimal() and (kind == "waiting" or len(rest) > 1) else "0"
    named = kind == "waiting" or len(rest) == 1
    if kind not in SOURCES or kind == "folder" or not named or (kind == "waiting" and rest):
        raise errors.SettingNotUsable(
            expected=f"one of {'; '.join(f'{name} {takes}' for name, takes in SOURCES.items())}",
            found=" ".join(words),
            where="--from",
            todo="Say it as one of them.",
        )
    gold = options.labels_certain and kind == review_sources.MISTAKES
    return review_sources.Source(kind=kind, of="".join(rest), most=int(number), seed=seed, gold=gold)


def _export_trail(options: argparse.Namespace, name: str, file: str) -> int:
    from core.review import reading_tables, reviews  # noqa: PLC0415  (see above)

    table = reading_tables.tabulate_trail(reviews.find_review(name).id)
    csv_text.save(table, Path(file))
    return _say(options, {"file": file, "readings": len(table)}, f"{file}: {len(table):,} readings")


def _import(options: argparse.Namespace, name: str, file: str) -> int:
    from core.review import readings_file, reviews  # noqa: PLC0415  (see above)

    outcome = readings_file.take_in(reviews.find_review(name).id, readings_file.read_table(Path(file)))
    said = (
        f"{name}: {outcome.taken:,} readings taken in, {outcome.known:,} were here already, {outcome.unknown:,} are of "
        f"images that are not in it, {outcome.refused:,} cannot be taken"
    )
    return _say(options, {"review": name, **vars(outcome)}, said + (f" ({outcome.first})." if outcome.first else "."))


def _say(options: argparse.Namespace, result: dict[str, Any], words: str) -> int:
    if options.json:
        output.print_json(result)
    else:
        print(words)
    return 0
