"""The Train page's parts: the form, the run that is watched, and the others."""

import streamlit as st

from core import errors, life, progress
from core.datasets import index, saved_splits, splits
from core.evaluation import words
from core.figures import curves
from core.models import augmentation, package, registry
from core.training import history, queue, recipe, run
from pages.ui import augmenting, cached, guards, leaking, live_chart, state, text, theme

POLL_SECONDS = 1.0
SPLITS = {
    "patient": "By patient (honest)",
    "given": "As the folder gives it",
    "random": "At random (shows the leak)",
}


def input_recipe(data: index.Index) -> recipe.Recipe | None:
    """Every setting of a training, with defaults that are good for a first one."""
    key = st.selectbox(
        "Architecture",
        list(registry.ARCHITECTURES),
        format_func=lambda k: registry.ARCHITECTURES[k].title,
        help=cached.explain("architecture"),
    )
    chosen = registry.find_architecture(key)
    parameters, _ = chosen.count_parameters(len(data.class_names))
    st.caption(f"{chosen.teaches} {parameters:,} parameters; images at {chosen.input_px} x {chosen.input_px} pixels.")
    rule, saved_split = _input_split(data)
    changed = augmenting.input_preset()
    left, right = st.columns(2)
    epochs = left.number_input("Epochs, at most", 1, 1000, 20, help=cached.explain("epoch"))
    batch_size = right.number_input(
        "Batch size", 1, 4096, min(100, max(8, len(data.usable) // 40)), help=cached.explain("batch")
    )
    rate = left.number_input(
        "Learning rate", 1e-7, 1.0, 0.001, 0.0001, format="%.5f", help=cached.explain("learning rate")
    )
    patience = right.number_input("Patience", 1, 1000, 5, help=cached.explain("patience"))
    seed = left.number_input("Seed", 0, 2**31 - 1, 0, help=cached.explain("seed"))
    with guards.faults_as_messages():
        return recipe.Recipe(
            dataset=data.name,
            architecture=key,
            epochs=int(epochs),
            batch_size=int(batch_size),
            learning_rate=float(rate),
            patience=int(patience),
            seed=int(seed),
            split=rule,
            augmentation=changed,
            saved_split=saved_split,
        )


def _input_split(data: index.Index) -> tuple[splits.Rule, str]:
    """A rule and "", or the rule and the name of a split that was kept."""
    kept = {f"kept:{saved.name}": saved for saved in saved_splits.list_splits(data.name) if not saved.is_stale(data)}
    rules = [rule for rule in SPLITS if rule != "given" or data.given_splits]
    names = {**SPLITS, **{key: f"Kept: {saved.name}" for key, saved in kept.items()}}
    chosen = st.selectbox(
        "Split", [*kept, *rules], format_func=names.__getitem__, key=f"split-{data.name}", help=cached.explain("split")
    )
    if chosen not in kept:
        _show_split_note(data, chosen)
        return chosen, ""
    saved = kept[chosen]
    st.caption(
        ", ".join(f"{side} {count:,}" for side, count in saved.counts.items()) + f"; rule {saved.settings.rule}."
    )
    for sentence in saved.audit.get("warnings", []):
        st.warning(f"This split leaks: {text.plain(sentence)}", icon=":material/warning:")
    return saved.settings.rule, saved.name


def _show_split_note(data: index.Index, rule: str) -> None:
    if rule == "random" and data.has_groups:
        st.warning(
            "Images of one patient will be in training and in the test. The numbers will be too good, "
            "and every page will say so.",
            icon=":material/warning:",
        )
    elif rule == "given" and "validation" in data.given_splits:
        few = splits.judge_validation(int((data.usable["split"] == "validation").sum()))
        if few:
            st.warning(f"{few} The split maker on the Datasets page makes a proper one.", icon=":material/warning:")
    elif rule == "patient" and not data.has_groups:
        st.caption("No patients are known in this set: each image counts as one of its own.")


def show_start(wanted: recipe.Recipe) -> None:
    """The button that starts, and what it does."""
    if st.button("Train", type="primary", icon=":material/play_arrow:"):
        with guards.faults_as_messages(), st.spinner("Dividing the images …"):
            created = run.create_run(wanted)
            run.start_run(created)
        state.remember(state.RUN, created.id)
        st.rerun()
    st.caption(f"The same from a terminal: `{wanted.as_command()}`")


def choose_run() -> run.Run | None:
    """The run to watch: the one in the address, else the one that trains, else the newest."""
    asked = state.recall(state.RUN)
    if asked:
        try:
            return run.read_run(asked)
        except errors.RunNotFound as error:
            st.warning(text.plain(str(error)), icon=":material/warning:")
    found = run.list_runs()
    active = [entry for entry in found if entry.state.is_active]
    return next(iter(active or found), None)


def show_no_run() -> None:
    """The empty state."""
    st.info(
        "The curves of your training will stand here: how wrong the network is, batch after batch.",
        icon=":material/hourglass_empty:",
    )


def show_run(found: run.Run) -> None:
    """The run's state, numbers and curves; draws itself anew each second, only while a worker is at it."""
    state.remember(state.RUN, found.id)
    st.subheader(f"{registry.find_architecture(found.recipe.architecture).title} on {found.recipe.dataset}")
    if not found.recipe.augmentation.is_none:
        said = augmentation.describe(found.recipe.augmentation)
        st.caption(f"Augmentation of the training images: {said}.", help=augmenting.MEANING)
    active = found.state.is_active
    st.fragment(_show_live, run_every=POLL_SECONDS if active else None)(found, active)


def _show_live(found: run.Run, was_active: bool) -> None:
    current = found.state
    if was_active and not current.is_active:
        st.rerun()
    _show_state(found, current)
    leaking.show_leak(found.facts["split"])
    learnt = history.read_history(found.folder)
    _show_numbers(found, current, learnt)
    for metric in ("loss", "accuracy"):
        st.markdown(f"**{metric.capitalize()}**", help=cached.explain(metric))
        figure = curves.figure_training_curves(learnt, metric=metric, epochs=found.recipe.epochs, theme=theme.current())
        live_chart.show_live_chart(figure, key=f"live-{metric}", revision=f"{found.id}-{metric}")
    st.caption(curves.CAPTION)
    if current.name in ("finished", "stopped") or (current.details.get("model_id") and not current.is_active):
        _show_result(current)
    if learnt["epochs"]:
        table = history.as_table(learnt)
        st.download_button(
            "CSV of the epochs", cached.as_csv(table), f"{found.id}.csv", type="tertiary", icon=":material/download:"
        )


def _show_state(found: run.Run, current: life.State) -> None:
    """One line that says what is going on, and the button that changes it."""
    words_, button = st.columns([7, 2], vertical_alignment="center")
    with words_:
        if current.name == "failed":
            st.error(text.plain(current.message), icon=":material/error:")
        elif current.name == "interrupted":
            st.warning(
                "The training was interrupted: its process has died. Nothing that it saved is lost.",
                icon=":material/pause:",
            )
        elif current.name == "waiting":
            before = queue.count_ahead(found.folder)
            st.info(run.describe_progress(life.State("waiting", {"before": before})), icon=":material/schedule:")
        else:
            st.markdown(f"**{run.describe_progress(current)}**")
    with button:
        if current.is_active:
            stopping = current.name == "stopping"
            st.button(
                "Stop", icon=":material/stop:", disabled=stopping, key="stop", on_click=run.stop_run, args=(found,)
            )
        if current.can_resume and st.button("Resume", icon=":material/play_arrow:", key="resume"):
            with guards.faults_as_messages():
                run.start_run(found)
            st.rerun()


def _show_numbers(found: run.Run, current: life.State, learnt: dict) -> None:
    """Epoch, speed, time left, and the best so far."""
    details, epochs = current.details, learnt["epochs"]
    best = next((row for row in epochs if row["epoch"] == learnt["best_epoch"]), None)
    rate = details.get("images_per_second") or (epochs[-1]["images_per_second"] if epochs else None)
    columns = st.columns(4)
    columns[0].metric(
        "Epoch", f"{details.get('epoch', len(epochs))} of {found.recipe.epochs}", help=cached.explain("epoch")
    )
    columns[1].metric("Images/s", f"{rate:,.0f}" if rate else "–")
    left = progress.describe_seconds(details.get("seconds_left")) if current.name == "training" else "–"
    columns[2].metric("Time left", left, help="At most; less if the patience runs out before the last epoch.")
    columns[3].metric(
        "Best accuracy",
        f"{100 * best['validation_accuracy']:.1f} %" if best else "–",
        help=f"On validation images, in the epoch of the lowest validation loss. {cached.explain('validation')}",
    )


def _show_result(current: life.State) -> None:
    """What came of it, on images of patients that it never saw."""
    model_id = current.details.get("model_id")
    if not model_id:
        st.info(
            "Stopped before the first epoch ended, so there is no model yet. Resume goes on.", icon=":material/info:"
        )
        return
    with guards.faults_as_messages():
        found = package.find_package(model_id)
    said = words.say_result(found.manifest["test"], found.class_names, leaky=found.is_leaky)
    st.success(f"Model **{model_id}**. {text.plain(said)}", icon=":material/check:")
    left, right = st.columns(2)
    address = {state.MODEL: model_id}
    left.page_link("pages/predict.py", label="Predict with it", icon=":material/biotech:", query_params=address)
    right.page_link("pages/evaluate.py", label="Evaluate it", icon=":material/fact_check:", query_params=address)


def show_other_runs(chosen: run.Run | None) -> None:
    """The other trainings of this machine, each a link."""
    others = [found for found in run.list_runs() if chosen is None or found.id != chosen.id]
    broken = run.list_broken()
    if not others and not broken:
        return
    st.subheader("Other trainings")
    for found in others[:12]:
        current = found.state
        what = f"{found.recipe.architecture} on {found.recipe.dataset}"
        label = f"{what} · {run.describe_progress(current)} · {found.id[:15]}"
        st.page_link("pages/train.py", label=label, icon=":material/show_chart:", query_params={state.RUN: found.id})
    for fault in broken:
        st.caption(text.plain(fault))
