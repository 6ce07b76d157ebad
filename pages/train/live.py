"""The training that is watched: its state, numbers and curves, drawn anew each second while a worker is at it."""

from datetime import datetime
from typing import Any

import streamlit as st

from core.base import background, progress
from core.checks import muting as checks
from core.figures import curves
from core.models import augmentation, registry
from core.training import curve_notes, history, queue, run, training_record
from pages.kit import augmentation_preview, cache, guards, leak_notice, live_chart, muting, text, theme, verdict
from pages.train import continue_run, copied_recipe, first_mistakes, watched_view

POLL_SECONDS = 1.0
NUMBER_PX = 140  # fixed, so that nothing moves as digits come and go
LIVE_CURVE_PX, CURVE_PX = 195, 230  # how high a curve is while it grows, and once it is whole
NARROWEST_PX = 330  # how wide it is before the two stand under each other
IN_A_BOX = ("failed", "interrupted", "waiting")  # states that need more than a line
NO_EPOCH_YET = "Stopped before the first epoch ended, so there is no model yet. Resume goes on."


def show_run(found: run.Run) -> None:
    """The run's state, numbers and curves."""
    st.header(f"{registry.find_architecture(found.recipe.architecture).title} on {found.recipe.dataset}")
    active = found.state.is_active
    with st.container(gap="xsmall" if active else "small"):  # what moves is all in the first view
        st.fragment(_show_live, run_every=POLL_SECONDS if active else None)(found, active)


def _show_live(found: run.Run, was_active: bool) -> None:
    with guards.faults_as_messages():
        found = run.read_run(found.id)  # its course may have been changed elsewhere
        learnt = history.read_history(found.folder)
    current = found.state
    if was_active and not current.is_active:
        st.rerun()
    _show_what_came(current)
    _show_in_a_box(found, current)
    with st.container(horizontal=True, vertical_alignment="center"):
        if current.is_active:
            _show_numbers(found, current, learnt)
        elif current.name not in IN_A_BOX:
            st.markdown(f"**{run.describe_progress(current)}**")
        _show_actions(found, current, learnt)
    _show_preparing(current)
    leak_notice.show_leak(found.facts.split)
    if current.details.model_id and not current.is_active:
        first_mistakes.show_first(current.details.model_id)
    _show_curves(found, learnt)
    if current.is_active:
        watched_view.show_strip(found, epochs=len(learnt["epochs"]))
        _show_pace(current, learnt)
    else:
        _show_kept(found, learnt)
    _show_segments(learnt)
    _show_augmentation(found)
    _show_notes(found)
    if learnt["epochs"]:
        table = history.as_table(learnt)
        st.download_button(
            "CSV of the epochs", cache.as_csv(table), f"{found.id}.csv", type="tertiary", icon=":material/download:"
        )


def _show_what_came(current: background.State) -> None:
    """Of a training that is over, the result on images that it never saw; that there is none yet, where it stopped."""
    if current.is_active:
        return
    if current.details.model_id:
        verdict.show_verdict(current.details.model_id)
    elif current.name in ("finished", "stopped"):
        best = current.details.best_epoch
        kept = f"the best weights so far, of epoch {best}, are kept, and Resume makes a model of them"
        what = f"Stopped before its turn came again: {kept}." if best else NO_EPOCH_YET
        st.info(what, icon=":material/info:")


def _show_curves(found: run.Run, learnt: dict[str, Any]) -> None:
    """Loss and accuracy beside each other, under each other where there is no room."""
    height_px = LIVE_CURVE_PX if found.state.is_active else CURVE_PX
    with st.grid(2, min_column_width=NARROWEST_PX, key="curves"):
        for metric in ("loss", "accuracy"):
            with st.container(gap="xsmall"):
                st.markdown(f"**{metric.capitalize()}**", help=cache.explain(metric))
                figure = curves.figure_training_curves(
                    learnt, metric=metric, epochs=found.recipe.epochs, theme=theme.current(), height_px=height_px
                )
                revision = f"{found.id}-{metric}"
                live_chart.show_live_chart(figure, key=f"live-{metric}", revision=revision, height_px=height_px)
    st.caption(curves.CAPTION, help=curves.READING)


def _show_preparing(current: background.State) -> None:
    """What it does where it does not train, with a bar for what may take long: weights fetched, a backbone run."""
    if current.is_active and current.name not in (*IN_A_BOX, "training"):
        st.markdown(f"**{text.plain(run.describe_progress(current))}**")
    row = current.details.progress
    if current.name == "preparing" and row and row.total:
        st.progress(min(1.0, row.done / row.total))


def _show_in_a_box(found: run.Run, current: background.State) -> None:
    """What is in its way, if anything is."""
    if current.name == "failed":
        st.error(text.plain(current.message), icon=":material/error:")
    elif current.name == "interrupted":
        lost = (
            "The training was interrupted: its process has died. Nothing that it saved is lost. Should it die again, "
            "the machine may have too little memory: duplicate it with a smaller batch size."
        )
        st.warning(
            " ".join(filter(None, [text.plain(current.message), lost])),
            icon=":material/pause:",
        )
    elif current.name == "waiting":
        before = queue.count_ahead(found.folder)
        st.info(
            run.describe_progress(background.State("waiting", background.Status(before=before))),
            icon=":material/schedule:",
        )


def _show_actions(found: run.Run, current: background.State, learnt: dict[str, Any]) -> None:
    """What can be done with it now."""
    if current.is_active:
        stopping = current.name == "stopping"
        st.button("Stop", icon=":material/stop:", disabled=stopping, key="stop", on_click=run.stop_run, args=(found,))
    if current.can_resume and st.button("Resume", icon=":material/play_arrow:", key="resume"):
        with guards.faults_as_messages():
            run.start_run(found)
        st.rerun()
    if not current.is_active and (learnt["epochs"] or current.name == "failed"):  # failed: at too high a rate, perhaps
        continue_run.show_go_on(found, learnt)
    if st.button(
        "Duplicate",
        icon=":material/content_copy:",
        key="duplicate",
        help="Fills the form with this training's settings; change what you like, then press Train.",
    ):
        copied_recipe.open_copy(found)
        st.rerun()


def _show_numbers(found: run.Run, current: background.State, learnt: dict[str, Any]) -> None:
    """Of a training that goes on: where it is, what is left, and the best so far."""
    details, epochs = current.details, learnt["epochs"]
    best = next((row for row in epochs if row["epoch"] == learnt["best_epoch"]), None)
    left = progress.describe_seconds(details.seconds_left) if current.name == "training" else "–"
    numbers = {
        "Epoch": (
            f"{len(epochs) if details.epoch is None else details.epoch} of {found.recipe.epochs}",
            cache.explain("epoch"),
        ),
        "Time left": (left, "At most; less if the patience runs out before the last epoch."),
        "Validation accuracy": (
            f"{100 * best['validation_accuracy']:.1f} %" if best else "–",
            f"In the epoch of the lowest validation loss so far. {cache.explain('validation')}",
        ),
    }
    for label, (value, meaning) in numbers.items():
        st.metric(label, value, help=meaning, width=NUMBER_PX)


def _show_pace(current: background.State, learnt: dict[str, Any]) -> None:
    """Where in the epoch it is, and how fast."""
    if current.name != "training":
        return
    details, last = current.details, learnt["epochs"][-1] if learnt["epochs"] else {}
    speed = details.images_per_second or last.get("images_per_second")
    rate = details.learning_rate or last.get("learning_rate")
    threads = details.threads
    processors = f"{threads} processor{'s' if threads != 1 else ''}" if threads else "all processors"
    st.caption(
        f"Batch {details.step or 0} of {details.steps or 0} · {f'{speed:,.0f}' if speed else '–'} images a second · "
        f"learning rate {f'{rate:.2g}' if rate else '–'} · {processors}",
        help="Training images that the network learns from in a second. The rate is that of its last step: "
        f"{cache.explain('learning rate')} Several trainings at once share the processors, see Queue.",
    )


def _show_kept(found: run.Run, learnt: dict[str, Any]) -> None:
    """Of a training that is over, which epoch was kept and why: small, since this number chose and did not judge."""
    epochs = learnt["epochs"]
    best = next((row for row in epochs if row["epoch"] == learnt["best_epoch"]), None)
    if best is None:
        return
    st.caption(
        f"{epochs[-1]['epoch']} of {found.recipe.epochs} epochs. Validation loss chose epoch {best['epoch']}; "
        f"validation accuracy there {100 * best['validation_accuracy']:.1f} %.",
        help=f"It chose the epoch, so it is slightly optimistic. {cache.explain('validation')}",
    )


def _show_augmentation(found: run.Run) -> None:
    if not found.recipe.augmentation.is_none:
        said = augmentation.describe(found.recipe.augmentation)
        st.caption(f"Augmentation of the training images: {said}.", help=augmentation_preview.MEANING)


def _show_segments(learnt: dict[str, Any]) -> None:
    """Where somebody changed the training's course, and how."""
    for segment in learnt.get("segments", []):
        when = datetime.fromisoformat(segment["at"]).astimezone()
        st.caption(f"{text.plain(training_record.describe_segment(segment))} ({when:%d %b %Y, %H:%M}).")


def _show_notes(found: run.Run) -> None:
    """What the curves say, in words."""
    with guards.faults_as_messages():
        said, hidden, muted = curve_notes.read_notes(found)
    folder = found.folder / checks.FOLDER
    for note in said:
        words, button = st.columns([5, 1], vertical_alignment="center")
        show = words.warning if note.is_warning else words.info
        show(text.plain(note.text), icon=muting.ICONS[note.check.severity])
        with button:
            muting.input_mute(note.check, folder, "for this training")
    muting.show_muted(hidden, muted, folder, lambda note: note.text)
