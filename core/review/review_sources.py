"""Where the cases of a review come from, as a form, a terminal and a job hand it on. Needs no database."""

from typing import Literal

from core.base import records

Kind = Literal["waiting", "mistakes", "suspects", "needing", "answers", "folder", "sample", "gold"]
WAITING: Kind = "waiting"
MISTAKES: Kind = "mistakes"
SUSPECTS: Kind = "suspects"
NEEDING: Kind = "needing"
ANSWERS: Kind = "answers"
FOLDER: Kind = "folder"
SAMPLE: Kind = "sample"
GOLD: Kind = "gold"
TITLES: dict[Kind, str] = {
    WAITING: "What waits for review",
    MISTAKES: "Mistakes of the model on its test images",
    SUSPECTS: "Labels that models doubt",
    NEEDING: "Of many answers those that need a person",
    ANSWERS: "All of many answers",
    FOLDER: "Images of your own",
    SAMPLE: "A random sample of a data set",
    GOLD: "Images whose class is certain, mixed in",
}


class Source(records.Record, frozen=True, kw_only=True, omit_defaults=True):
    """One source.

    of : the model of MISTAKES, the data set of SUSPECTS, SAMPLE and GOLD, the kept answers of NEEDING and ANSWERS.
    most : how many at most, 0 = all. seed : of what is drawn. gold : whether labels of the data set count as certain.
    paths : of FOLDER: folders, archives and files. rule : by which its images are grouped, see `smear_rules.RULES`.
    """

    kind: Kind
    of: records.Text = ""
    most: records.Count = 0
    seed: records.Count = 0
    gold: bool = False
    paths: tuple[records.Text, ...] = ()
    rule: records.Text = "auto"
