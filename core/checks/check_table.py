"""All checks, in the order in which their reports stand: code, name, title, severity, and what it means.

A code is for good: it stands in files, scripts and links, is never given to another check, and a check that goes leaves
a gap. Pages, the terminal's JSON and docs/checks.md say what stands here.
"""

from dataclasses import dataclass
from typing import Literal

from core.base import errors

Severity = Literal["error", "warning", "info"]
SEVERITIES: dict[Severity, str] = {
    "error": "something is wrong, or a number is not to be believed",
    "warning": "probably harms; look at it",
    "info": "good to know",
}
ABOUT = {"D": "A data set", "C": "The curves of a training", "R": "A result on test images"}


@dataclass(frozen=True)
class Check:
    """One thing that is looked for.

    code : D103; its letter says what it is about (see ABOUT). name : what code and addresses call it. title : a few
    words. help : what it means and what to do. can_be_muted : False for what limits a number that others read.
    """

    code: str
    name: str
    title: str
    severity: Severity
    help: str
    can_be_muted: bool = True


CHECKS = (
    Check(
        "D101",
        "unreadable",
        "Files that cannot be used",
        "warning",
        "These files have names of images and cannot be used: damaged, cut off, no image at all, or in no class "
        "folder. They are left out of everything already. Bring whole copies and read the folder again, if you have "
        "them.",
    ),
    Check(
        "D102",
        "contradiction",
        "Same picture in two classes",
        "error",
        "These pictures are here more than once, byte for byte or nearly so, and not always under the same class. At "
        "least one label is wrong, or the picture cannot be told: a model cannot learn from it, and a test that holds "
        "it says too little. Exclude all of a set, or propose the class that you see.",
    ),
    Check(
        "D103",
        "duplicate",
        "Identical files",
        "warning",
        "These files are the same byte for byte, set by set. A copy in the training part and another in the test part "
        "make a model look better than it is, and a picture that is here often counts too much. Exclude all but the "
        "first of each set.",
    ),
    Check(
        "D104",
        "suspect",
        "Labels that models doubt",
        "warning",
        "Models that had not seen these images answer another class, more firmly than is usual for that class. Some "
        "of the labels are wrong, some images are hard, and some answers are wrong: the list cannot tell which. Look "
        "at each, and propose the class that you see; a label is changed only after a review. Do not leave them all "
        "out: a test without what models find hard is only easier.",
    ),
    Check(
        "D105",
        "near_duplicate",
        "Nearly identical pictures",
        "warning",
        "The files of a set look like one picture: saved again, resized, lightened, turned. On both sides of a split "
        "they tell the model the answers of the test. Compare them by eye, since different things can look alike at "
        "64 x 64 pixels; then exclude all but the first of each set, which has the most pixels.",
    ),
    Check(
        "D106",
        "text_card",
        "Cards with writing",
        "warning",
        "These are mostly one colour with few others on it, as a title card, a chart or a screenshot is. Whatever "
        "class the folder says, such a picture does not show it. Look, and exclude what is no photograph.",
    ),
    Check(
        "D107",
        "single_colour",
        "A single colour",
        "warning",
        "These are of a single colour: an empty frame, a covered lens, a failed export. There is nothing in them to "
        "learn from. Exclude them.",
    ),
    Check(
        "D108",
        "dark",
        "Darker than the rest",
        "info",
        "These look different from the rest: much darker. Under-exposed pictures may hide what you look for; if they "
        "come mostly from one class, a model may learn the darkness. Look, and exclude those that cannot be told.",
    ),
    Check(
        "D109",
        "bright",
        "Brighter than the rest",
        "info",
        "These look different from the rest: much brighter. Over-exposed pictures lose their detail; if they come "
        "mostly from one class, a model may learn the light. Look, and exclude those that cannot be told.",
    ),
    Check(
        "D110",
        "low_contrast",
        "Paler than the rest",
        "info",
        "These look different from the rest: they have less than half of the usual contrast. That can be haze, fog on "
        "the lens, or a plain subject. Look, and exclude those that cannot be told.",
    ),
    Check(
        "D111",
        "blurred",
        "Less sharp than the rest",
        "info",
        "These look different from the rest: at 64 x 64 pixels they have less than a quarter of the usual sharpness. "
        "They are out of focus, enlarged from few pixels, or plain. Look, and exclude those that cannot be told.",
    ),
    Check(
        "D112",
        "odd_size",
        "Unusual sizes",
        "info",
        "These have a size or a shape unlike the rest. All images are made equally large for a network: a very small "
        "one becomes a blur, a very long one is squeezed. Look, and exclude what is cut wrongly.",
    ),
    Check(
        "D113",
        "imbalance",
        "Classes of unequal size",
        "info",
        "A class has many more images than another, or hardly any. Look at sensitivity and specificity, not at "
        "accuracy alone; bring more of the rare class, or join classes.",
    ),
    Check(
        "D114",
        "dominating_group",
        "Patients with very many images",
        "info",
        "A few patients have much of the data set, so that a result is much about them. Count patients, not images.",
    ),
    Check(
        "D115",
        "tiny_group",
        "Patients with hardly any image",
        "info",
        "Left-overs, or names that were read wrongly as patients. Look whether these names are patients at all.",
    ),
    Check(
        "D116",
        "one_class_group",
        "Patients with one class only",
        "info",
        "A model can tell their class by the patient, the slide or the camera. Keep patients whole in a split.",
    ),
    Check(
        "C201",
        "not_a_number",
        "Loss is not a number",
        "warning",
        "The steps were too large and the weights ran away. Train with a lower learning rate.",
    ),
    Check(
        "C202",
        "nothing_learnt",
        "Nothing is learnt",
        "warning",
        "No better than always answering the larger class. Try another learning rate, and look at the images.",
    ),
    Check(
        "C203",
        "collapse",
        "Validation accuracy collapsed",
        "warning",
        "It was good and is lost in the last epochs. More images, augmentation or weight decay help.",
    ),
    Check(
        "C204",
        "overfitting",
        "Overfitting",
        "warning",
        "The training loss falls while the validation loss rises. More images, augmentation or weight decay help.",
    ),
    Check(
        "C205",
        "generalisation_gap",
        "Validation far below training",
        "warning",
        "The network overfits, or the two parts of the split differ. Compare them on the Explore page.",
    ),
    Check(
        "C206",
        "unstable",
        "Validation accuracy swings",
        "warning",
        "Which epoch is best is partly luck. A lower learning rate or weight averaging calms it down.",
    ),
    Check(
        "C207",
        "early_stopping",
        "Stopped by patience",
        "info",
        "The validation loss did not get lower for as many epochs as the patience. The ordinary end of a training.",
    ),
    Check(
        "C208",
        "unfinished",
        "Still improving at its end",
        "info",
        "The validation loss was falling when it ended. Go on with more epochs.",
    ),
    Check(
        "C209",
        "small_validation",
        "Small validation part",
        "info",
        "A single image moves the curve. A larger validation part makes it steadier.",
    ),
    Check(
        "R301",
        "leaky_split",
        "Leaky split",
        "error",
        "The network knows patients or pictures of the test, so the number is too good. Train with a split by patient.",
        can_be_muted=False,
    ),
    Check(
        "R302",
        "few_patients",
        "Few patients in the test",
        "warning",
        "How patients differ is barely known from so few, and the interval is wide for it.",
        can_be_muted=False,
    ),
    Check(
        "R303",
        "few_images",
        "Few images in the test",
        "warning",
        "From so few the true share is barely known.",
        can_be_muted=False,
    ),
    Check(
        "R304",
        "half_trained",
        "Half-trained",
        "warning",
        "The training was cut short; more may make it better.",
        can_be_muted=False,
    ),
    Check(
        "R305",
        "copies_across",
        "Copies on both sides",
        "warning",
        "The test holds a few pictures that the training holds too, or nearly; on these the number is too good. Leave "
        "one of each pair out.",
        can_be_muted=False,
    ),
)
_BY_NAME = {check.name: check for check in CHECKS}


def find(name: str) -> Check:
    """The check of this name; one that is not there is a fault of ours."""
    return _BY_NAME[name]


def find_code(code: str) -> Check:
    """The check of a code, as a person writes it. Raises CheckNotUsable."""
    for check in CHECKS:
        if check.code == code.strip().upper():
            return check
    raise errors.CheckNotUsable(
        expected="the code of a check, such as D103",
        found=repr(code[:40]),
        where="docs/checks.md",
        todo="List them: python -m core checks",
    )


def require_about(code: str, letter: str) -> Check:
    """The check of a code, if it is of what the letter stands for (see ABOUT). Raises CheckNotUsable."""
    check = find_code(code)
    if check.code[0] != letter:
        raise errors.CheckNotUsable(
            expected=f"the code of a check of {ABOUT[letter].lower()}: {letter} and a number",
            found=check.code,
            where=f"“{check.title}” is about {ABOUT[check.code[0]].lower()}",
            todo="List them: python -m core checks",
        )
    return check


def list_about(letter: str) -> tuple[Check, ...]:
    """The checks of a data set (D), of curves (C) or of a result (R), in their order."""
    return tuple(check for check in CHECKS if check.code[0] == letter)


def write_document() -> str:
    """docs/checks.md: all checks as tables of Markdown."""
    lines = [
        "# Checks",
        "",
        "What the program looks for by itself. Written by `make docs` from `core/checks/check_table.py`.",
        "",
        *(f"- **{severity}**: {meaning}." for severity, meaning in SEVERITIES.items()),
        "",
        "A check is muted for one data set or one training, with who and when: on the page, or `python -m core mute "
        "CODE --dataset NAME --by WHO`. What is muted is counted beside the rest, can be looked at, and comes back "
        "with one click or `unmute`. Those of a result limit a number that others read, and cannot be muted.",
    ]
    for letter, about in ABOUT.items():
        lines += ["", f"## {about}", "", "| code | check | severity | what it means, what to do |", "|---|---|---|---|"]
        lines += [f"| {check.code} | {check.title} | {check.severity} | {check.help} |" for check in list_about(letter)]
    return "\n".join(lines) + "\n"
