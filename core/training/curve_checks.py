"""How a curve is read: each reader looks at one training and says one thing about it, or nothing.

Thresholds are for accuracies and losses of whole epochs, which are noisy: each has the reason for its size beside it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from core.checks import check_table
from core.training import recipe

Row = Mapping[str, Any]

LASTING = 3  # epochs: one or two bad ones are ordinary, and a patience of three is the shortest that people choose
# Patience always sees some epochs that are worse than the best one: the last three of our own good trainings lay up to
# 22 % above the three around their best epoch without costing accuracy.
RISE = 0.25
TRAINING_FALL = 0.05  # below this the training loss stands still, and a rise beside it is not overfitting
DROP = 0.08  # of all validation images; one stage of a good training does not lose more for three epochs
GAP = 0.10  # of all images; dropout and augmentation make the training accuracy lower, never higher
SWING = 0.05  # of all validation images, down and up again; ordinary curves move by half of it
SWINGS = 2  # so many reversals of that size
SWING_WINDOW = 8  # epochs: a curve that has calmed down is calm
TOO_EARLY = 2  # epochs before which nothing is said about learning, swings and gaps
CLOSE_TO_CHANCE = 0.97  # of the loss that always answering the class shares has: what chance alone reaches in noise
STILL_FALLING = 0.10  # of the validation loss, per stretch of three epochs: more than the noise of an ordinary curve
WORTH_MORE = 0.005  # of validation loss: below this, further epochs change no answer
SMALL_VALIDATION = 100  # images: below, a single one moves the curve by more than a hundredth
ERRORS_APART = 3.0  # standard errors: an accuracy that differs by less may differ by chance


@dataclass(frozen=True)
class Note:
    """What a check says of a training. `text`: plain words, what is seen and what to do."""

    check: check_table.Check
    text: str

    @property
    def is_warning(self) -> bool:
        """Whether something is wrong or will be; else it is worth knowing."""
        return self.check.severity == "warning"


@dataclass(frozen=True)
class Parts:
    """How many images of each class are in two parts of the split, in class order; empty = not known."""

    training: tuple[int, ...] = ()
    validation: tuple[int, ...] = ()

    @property
    def validation_images(self) -> int:
        """Images in the validation part; 0 = not known."""
        return sum(self.validation)


@dataclass(frozen=True)
class Seen:
    """One training, as the readers look at it: whole epochs in order, the best of them (lowest validation loss)."""

    rows: Sequence[Row]
    best: Row
    wanted: recipe.Recipe
    parts: Parts
    state_name: str

    @property
    def ended(self) -> bool:
        """Whether no worker is at it any more."""
        return self.state_name in ("finished", "stopped", "failed", "interrupted")

    def column(self, name: str) -> list[float]:
        """The values of one column, an epoch each."""
        return [float(row[name]) for row in self.rows]

    def chance(self, accuracy: float) -> float:
        """How far an accuracy over the validation images may lie off by chance."""
        return _error(accuracy, self.parts.validation_images)


def _find_nothing_learnt(seen: Seen) -> Note | None:
    """Accuracy not above always answering the larger class, and a loss that knowing the class shares alone reaches."""
    training, validation = seen.parts.training, seen.parts.validation
    if len(seen.rows) < TOO_EARLY or not sum(training) or not sum(validation):
        return None
    larger, larger_here = max(training) / sum(training), max(validation) / sum(validation)
    best_training, best_here = max(seen.column("accuracy")), max(seen.column("validation_accuracy"))
    if best_training > larger + _error(larger, sum(training)) or best_here > larger_here + seen.chance(larger_here):
        return None
    if min(seen.column("loss")) < CLOSE_TO_CHANCE * _loss_of_chance(training, seen.wanted):
        return None
    what = (
        f"Nothing is learnt after {count_epochs(len(seen.rows))}: {_percent(best_training)} of the training images are "
        f"answered rightly at best, and always answering the larger class gives {_percent(larger)}."
    )
    patience = "" if seen.ended else " A small set may need up to five epochs to begin; if nothing moves by then, stop."
    name, rate = seen.wanted.find_base_rate(len(seen.rows) - 1)
    return Note(
        check_table.find("nothing_learnt"),
        f"{what}{patience} Try a {name} of {rate / 10:g} or {rate * 3:g}, and look at some images of each class: can "
        "you tell them apart at this size?",
    )


def _loss_of_chance(counts: Sequence[int], wanted: recipe.Recipe) -> float:
    """Cross-entropy of answering the class shares themselves: the least that is possible without looking."""
    shares = np.array([count / sum(counts) for count in counts])
    if wanted.class_weights == "balanced":
        shares = np.full(len(counts), 1 / len(counts))
    shares = (1 - wanted.label_smoothing) * shares + wanted.label_smoothing / len(counts)
    return float(-(shares * np.log(np.maximum(shares, 1e-12))).sum())


def _find_collapse(seen: Seen) -> Note | None:
    """Validation accuracy that was held for two epochs and is lost in all of the last three."""
    values = seen.column("validation_accuracy")
    if len(values) < LASTING + 2:
        return None
    held = [min(pair) for pair in pairwise(values[:-LASTING])]
    peak = max(held)
    late = values[-LASTING:]
    if max(late) > peak - max(DROP, seen.chance(peak)):
        return None
    since = seen.rows[-LASTING]["epoch"]
    return Note(
        check_table.find("collapse"),
        f"The validation accuracy collapsed: it was {_percent(peak)} and lies between {_percent(min(late))} and "
        f"{_percent(max(late))} since epoch {since}, while the training accuracy is "
        f"{_percent(seen.rows[-1]['accuracy'])}. {_kept(seen)} {_advise_against_overfitting(seen)}",
    )


def _find_overfitting(seen: Seen) -> Note | None:
    """Validation loss that has risen clearly and lastingly while the training loss went on falling."""
    rows, losses = seen.rows, seen.column("validation_loss")
    place = rows.index(seen.best)
    if len(rows) - 1 - place < LASTING:
        return None
    around = float(np.mean(losses[max(0, place - 1) : place + 2]))
    late = losses[-LASTING:]
    fell = rows[-1]["loss"] < (1 - TRAINING_FALL) * seen.best["loss"]
    rise = float(np.mean(late)) - around
    if not fell or min(late) <= around or rise <= max(RISE * around, WORTH_MORE):
        return None
    return Note(
        check_table.find("overfitting"),
        f"It overfits: since epoch {seen.best['epoch']} the training loss fell from "
        f"{seen.best['loss']:.3f} to {rows[-1]['loss']:.3f}, while the validation loss rose from "
        f"{seen.best['validation_loss']:.3f} to {rows[-1]['validation_loss']:.3f}. {_kept(seen)} "
        f"{_advise_against_overfitting(seen)}",
    )


def _find_gap(seen: Seen) -> Note | None:
    """Training images answered much better than validation images, over the last epochs."""
    if len(seen.rows) < TOO_EARLY + LASTING:
        return None
    mine, others = (float(np.mean(seen.column(name)[-LASTING:])) for name in ("accuracy", "validation_accuracy"))
    if mine - others < max(GAP, seen.chance(others)):
        return None
    unlike = "the patients" if seen.wanted.split == "patient" else "the images"
    return Note(
        check_table.find("generalisation_gap"),
        f"Validation is far below training: {_percent(others)} against {_percent(mine)} over the last {LASTING} "
        f"epochs. Either it overfits, or {unlike} of the two parts differ. {_advise_against_overfitting(seen)} "
        "Compare the two parts on the Explore page.",
    )


def _find_swings(seen: Seen) -> Note | None:
    """Validation accuracy that goes down and up again by much, several times in the last epochs."""
    values = seen.column("validation_accuracy")[TOO_EARLY:][-SWING_WINDOW:]
    steps = np.diff(values)
    large = max(SWING, seen.chance(float(np.mean(values))) if values else SWING)
    turns = sum(min(abs(a), abs(b)) >= large and a * b < 0 for a, b in pairwise(steps))
    if turns < SWINGS:
        return None
    name, rate = seen.wanted.find_base_rate(len(seen.rows) - 1)
    calm = [f"a {name} of {rate / 3:.2g}"]
    calm += ["a cosine schedule"] if seen.wanted.schedule == "constant" else []
    calm += ["weight averaging (0.99)"] if not seen.wanted.averaging else []
    return Note(
        check_table.find("unstable"),
        f"The validation accuracy swings between {_percent(min(values))} and {_percent(max(values))} from epoch to "
        f"epoch, so which epoch is best is partly luck. {' or '.join(calm).capitalize()} calms it down.",
    )


def _find_patience(seen: Seen) -> Note | None:
    """A training that ended before its last epoch, since nothing got better."""
    last, best = seen.rows[-1]["epoch"], seen.best["epoch"]
    if seen.state_name != "finished" or last >= seen.wanted.epochs or last - best < seen.wanted.patience:
        return None
    return Note(
        check_table.find("early_stopping"),
        f"Patience ended it after {last} of {seen.wanted.epochs} epochs: the validation loss was lowest in epoch "
        f"{best} ({seen.best['validation_loss']:.3f}) and did not get lower in the "
        f"{count_epochs(last - best)} after it. {_kept(seen)} That is the ordinary end of a training.",
    )


def _find_unfinished(seen: Seen) -> Note | None:
    """A training whose validation loss was still falling clearly in its last epochs."""
    losses = seen.column("validation_loss")
    if seen.state_name not in ("finished", "stopped") or len(losses) < 2 or seen.best["epoch"] < seen.rows[-2]["epoch"]:
        return None
    width = min(LASTING, len(losses) // 2)
    earlier, later = losses[-2 * width : -width], losses[-width:]
    before, now = float(np.mean(earlier)), float(np.mean(later))
    # All of the later ones below all of the earlier ones, too: a mean alone falls by noise now and then.
    if before - now < max(WORTH_MORE, STILL_FALLING * before) or max(later) >= min(earlier):
        return None
    going_on = "Go on with more epochs" if seen.state_name == "finished" else "Resume it"
    return Note(
        check_table.find("unfinished"),
        f"It was still improving when it ended: the validation loss was {before:.3f} and then {now:.3f} "
        f"({_stretch(width)}). {going_on}: it continues from where it is.",
    )


def _find_small_validation(seen: Seen) -> Note | None:
    count = seen.parts.validation_images
    if not 0 < count < SMALL_VALIDATION:
        return None
    return Note(
        check_table.find("small_validation"),
        f"The validation part has {count} image{'s' if count != 1 else ''}: one more or less that is right moves the "
        f"accuracy by {100 / count:.1f} points, so the curve jumps in steps, and the best epoch is partly luck. A "
        "larger validation part makes it steadier.",
    )


# One cause, one note: of each line the first that has something to say.
READERS: tuple[tuple[Callable[[Seen], Note | None], ...], ...] = (
    (_find_nothing_learnt, _find_collapse, _find_overfitting, _find_gap),
    (_find_swings,),
    (_find_patience, _find_unfinished),
    (_find_small_validation,),
)


def _advise_against_overfitting(seen: Seen) -> str:
    wanted = seen.wanted
    ways = ["more images"]
    ways += ["augmentation"] if wanted.augmentation.is_none else []
    ways += ["weight decay (AdamW, 0.01)"] if not wanted.weight_decay else []
    ways += ["label smoothing (0.05)"] if not wanted.label_smoothing else []
    return f"What helps: {', '.join(ways)}, or a smaller architecture; more epochs do not."


def _kept(seen: Seen) -> str:
    return f"The weights of epoch {seen.best['epoch']} are kept."


def _error(share: float, images: int) -> float:
    """ERRORS_APART standard errors of a share of `images`; 0 where their number is not known."""
    return ERRORS_APART * math.sqrt(max(share * (1 - share), 0.0) / images) if images else 0.0


def _stretch(width: int) -> str:
    return "epoch before last, last" if width == 1 else f"mean of {width} epochs, of the last {width}"


def count_epochs(count: int) -> str:
    """`1 epoch`, `3 epochs`."""
    return f"{count} epoch{'s' if count != 1 else ''}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
