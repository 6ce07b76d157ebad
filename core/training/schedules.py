"""The learning rate of every batch: a function of recipe and history alone, so that a resumed run has the same.

Cosine: Loshchilov & Hutter 2017 (SGDR, without restarts). Warm-up: Goyal et al. 2017.
"""

import math
from collections.abc import Sequence

from core.training import recipe

PLATEAU_EPOCHS = 3  # without a better validation loss, then the rate is divided
PLATEAU_FACTOR = 0.3
RISEN = 1.5  # times the last rate: less than that is a step as any other


def rate_at(
    wanted: recipe.Recipe, step: int, steps: int, validation_losses: Sequence[float] = (), *, since: int = 0
) -> float:
    """The learning rate of one batch.

    step : batches before it, over the whole run. steps : batches an epoch. validation_losses : of the epochs that are
    over; only the schedule "plateau" asks. since : the epoch after which the rate was chosen; plateaus before it do not
    count.
    With a fine-tuned backbone the head learns at `learning_rate` for `head_epochs`; the schedule is for those after.
    """
    begins = wanted.head_epochs if wanted.fine_tunes else 0
    if step < begins * steps:
        return wanted.learning_rate
    base = wanted.fine_tuning_rate if wanted.fine_tunes else wanted.learning_rate
    done, warm, whole = step - begins * steps, wanted.warmup_epochs * steps, (wanted.epochs - begins) * steps
    if done < warm:
        return base * (done + 1) / (warm + 1)
    if wanted.schedule == "cosine":
        return base * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warm) / max(1, whole - warm))))
    if wanted.schedule == "plateau":
        return base * PLATEAU_FACTOR ** count_plateaus(validation_losses[max(begins, since) :])
    return base


def describe_rise(before: recipe.Recipe, after: recipe.Recipe, epochs_done: int) -> str:
    """What a person should know who goes on after a rate had fallen with the cosine; "" where it does not rise again.

    before, after : the recipe of the epochs that are done, and of those to come. Only the schedule "cosine" asks how
    many epochs there are in all, so only there do more of them change the rate.
    """
    if after.schedule != "cosine" or not 0 < epochs_done < after.epochs:
        return ""
    fine = 1000  # points an epoch: the rate at its very end
    ended = rate_at(before, epochs_done * fine - 1, fine)
    begins = rate_at(after, epochs_done * fine, fine)
    if begins <= RISEN * ended:
        return ""
    name, _ = after.find_base_rate(epochs_done)
    low = f"{ended:.2g}" if ended > begins / 1000 else "almost nothing"
    return (
        f"The cosine schedule spreads over all {after.epochs} epochs: the {name} goes on at {begins:.2g}, up from "
        f"{low} at the end of epoch {epochs_done}. The curves may get worse before they get better."
    )


def count_plateaus(validation_losses: Sequence[float]) -> int:
    """How often the loss had not fallen for PLATEAU_EPOCHS epochs; each time the count begins anew."""
    best, waited, plateaus = math.inf, 0, 0
    for loss in validation_losses:
        waited += 1
        if loss < best:
            best, waited = loss, 0
        elif waited == PLATEAU_EPOCHS:
            plateaus, waited = plateaus + 1, 0
    return plateaus


def learning_rates(wanted: recipe.Recipe, *, points_per_epoch: int = 1) -> list[float]:
    """The rates over all epochs that were asked for, as far as they are known before: without plateaus."""
    return [rate_at(wanted, step, points_per_epoch) for step in range(wanted.epochs * points_per_epoch)]
