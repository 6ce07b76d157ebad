"""What a model answered to many images, in one file for people who were not there: by smear, and what to look at first.

No TensorFlow.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

import core
from core.base import files
from core.datasets.index import decoding
from core.models import choosing, package
from core.reports import rendering, report
from core.results import answer_table, kept_answers, smears
from core.statistics import estimate

MOST_SHOWN, FEWEST_SHOWN = 60, 20  # thumbnails: the file stays below a megabyte
LONGEST_NAME = 44  # characters; of a longer path the end is shown
MOST_SMEARS = 2000
TILE_PX, NUMBER_PX, COLUMNS = 64, 14, 10
TITLE = "Answers to many images"
LIMITS = (
    "A share is of the {subject} that were given and answered, not of the blood: which {subject} came here was decided "
    "elsewhere.",
    "Below the detection limit nothing found does not mean nothing there: another look, or more {subject}, can find "
    "what this one missed.",
    "The corrections hold for {subject} like those on which the model was tested. Another stain, microscope or "
    "camera changes how often it errs; what its gate marks as unlike is counted here, not corrected.",
    "It tells {classes} apart and nothing else: no species, no stage, no other disease.",
)


def write(answers_id: str) -> str:
    """The report as one HTML page. Raises AnswersNotFound, AnswersBroken, and what reading the model raises."""
    about = kept_answers.find(answers_id)
    found, rows = package.find_package(about.model), kept_answers.read_rows(answers_id)
    summary = smears.summarise(found, rows)
    sections = [
        _compose_short(about, summary, rows),
        _compose_smears(summary),
        *_compose_first(answers_id, rows),
        _compose_reading(summary),
        _compose_limits(found, summary),
    ]
    return rendering.write_report(TITLE, sections, purpose=report.PURPOSE, facts=_describe_head(about, found))


def save(answers_id: str, path: Path) -> None:
    """The same as a file, whole or not at all. Raises as `write`, and DiskFull."""
    content = write(answers_id).encode()
    files.write_whole(path, lambda aside: _write_bytes(aside, content))


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _describe_head(about: kept_answers.About, found: package.Package) -> dict[str, str]:
    return {
        "Model": f"{found.id}: {choosing.say_origin(found)}",
        "Asked about": ", ".join(Path(source).name for source in about.sources[:3])
        + (" and others" if len(about.sources) > 3 else ""),
        "Answered": f"{about.at[:16].replace('T', ' ')} UTC, {about.images:,} images in {about.seconds:,.0f} s",
        "Software": f"Second Look {core.__version__}",
    }


def _compose_short(about: kept_answers.About, summary: smears.Summary, rows: pd.DataFrame) -> rendering.Section:
    counts = about.by_verdict
    told = [one for one in summary.smears if one.corrected and one.corrected.told]
    said = [
        f"{about.images:,} images: {counts.get('answer', 0):,} answered ({int(rows['caution'].sum()):,} of them with "
        f"caution), {counts.get('refer', 0):,} for a person, {counts.get('unknown', 0):,} of a kind that the model "
        f"does not know, {counts.get('unreadable', 0):,} that cannot be read."
    ]
    if summary.rates:
        some = "one smear" if len(summary.smears) == 1 else f"{len(summary.smears):,} smears"
        said.append(
            f"Of {some}, {len(told):,} {'has' if len(told) == 1 else 'have'} more {summary.positive} {summary.subject} "
            "than false alarms of the model explain."
        )
    if about.ignored:
        said.append(f"{sum(about.ignored.values()):,} files were left aside: they are no images by their names.")
    changed = kept_answers.describe_state(about)
    return rendering.Section("In short", (*([changed] if changed else []), *said), loud=bool(changed))


def _compose_smears(summary: smears.Summary) -> rendering.Section:
    ordered = smears.sort_by_share(summary.smears)
    rows = [
        (one.name, one.images, one.answered, one.flagged, *_say_corrected(one), smears.say_verdict(summary, one))
        for one in ordered[:MOST_SMEARS]
    ]
    columns = ["smear", summary.subject, "answered", "flagged", "corrected share", "detection limit", "in words"]
    cautions = [f"{one.name}: {' '.join(one.cautions)}" for one in ordered[:MOST_SMEARS] if one.cautions]
    left = len(ordered) - len(rows)
    return rendering.Section(
        "Each smear",
        tuple(cautions[:20])
        + ((f"{len(cautions) - 20:,} more smears have such notes.",) if len(cautions) > 20 else ()),
        table=pd.DataFrame(rows, columns=columns),
        caption="The largest share first. 95 % intervals in brackets."
        + (f" {left:,} more are left out." if left else ""),
    )


def _say_corrected(one: smears.Smear) -> tuple[str, str]:
    if one.corrected is None or one.corrected.share is None:
        return "not corrected", "not known"
    limit = one.corrected.limit
    return one.corrected.share.say(estimate.PER_CENT), "none" if limit is None else estimate.PER_CENT.say(limit)


def _compose_first(answers_id: str, rows: pd.DataFrame) -> list[rendering.Section]:
    """What a person should look at first, with a picture of each."""
    waiting = int((rows["needs"] != "").sum())
    order = rows["turn"].to_numpy().argsort()[: max(FEWEST_SHOWN, min(waiting, MOST_SHOWN))]
    chosen = rows.iloc[order]
    table = pd.DataFrame(
        {
            "no.": range(1, len(chosen) + 1),
            "image": [_shorten(path) for path in chosen["path"]],
            "why": [answer_table.say_why(row) for _, row in chosen.iterrows()],
            "leans to": [_say_leaning(row) for _, row in chosen.iterrows()],
        }
    )
    sheet = _draw_sheet(kept_answers.read_thumbnails(answers_id, order.tolist()))
    return [
        rendering.Section(
            "What a person should look at first",
            (
                f"{waiting:,} of {len(rows):,} images need a person. Here are the first {len(chosen):,}, numbered row "
                "by row; where fewer wait, those follow whose answer is closest to another one.",
            ),
            table=table,
            image=sheet,
            caption="Thumbnails, squeezed to squares; a black one cannot be read.",
        )
    ]


def _shorten(path: str) -> str:
    return path if len(path) <= LONGEST_NAME else f"\N{HORIZONTAL ELLIPSIS}{path[-LONGEST_NAME:]}"


def _say_leaning(row: "pd.Series[Any]") -> str:
    probability = answer_table.find_probability(row)
    return "\N{EN DASH}" if probability is None else f"{row['class_name']} {100 * probability:.0f} %"


def _draw_sheet(thumbnails: Sequence[bytes]) -> str:
    """All of them in one picture, each with its number below, as a data URI."""
    rows = -(-len(thumbnails) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (TILE_PX + 4), rows * (TILE_PX + NUMBER_PX)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, content in enumerate(thumbnails):
        left, top = number % COLUMNS * (TILE_PX + 4), number // COLUMNS * (TILE_PX + NUMBER_PX)
        if content:
            tile = decoding.resize_image(decoding.decode_image(content, where="a thumbnail"), TILE_PX, TILE_PX)
            sheet.paste(Image.fromarray(np.asarray(tile)), (left, top))
        pen.text((left + 2, top + TILE_PX), str(number + 1), fill="black")
    return rendering.write_picture(np.asarray(sheet))


def _compose_reading(summary: smears.Summary) -> rendering.Section:
    subject = summary.subject
    return rendering.Section(
        "How to read this",
        (
            *smears.say_rates(summary),
            "The corrected share takes these errors out of what is flagged (Rogan and Gladen 1978); its interval "
            "carries that both rates were measured on some patients, and that the next smear has rates of its own. "
            f"Times 100 it is how many of 100 {subject} looked at are {summary.positive}.",
            "The detection limit is the share from which on a smear with as many answered ones is told from one "
            "without any in 95 of 100 cases. Below it the model cannot tell infection from its own false alarms.",
            "What the gate refuses and what is referred to a person is counted, and is in no share; the same file "
            "twice in a smear counts once.",
        ),
    )


def _compose_limits(found: package.Package, summary: smears.Summary) -> rendering.Section:
    words = {"subject": summary.subject, "classes": " and ".join(found.class_names)}
    return rendering.Section("What this cannot tell", tuple(said.format(**words) for said in LIMITS))
