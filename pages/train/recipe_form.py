"""The form of a new training: every setting has a good value already, a beginner changes nothing."""

import shlex
from typing import Any

import streamlit as st

from core.datasets.index import index
from core.datasets.splits import saved_splits, split_words, splits
from core.experiments import series_plans
from core.figures import schedules as schedule_figures
from core.figures import template
from core.models import augmentation, registry
from core.models.architectures import architecture
from core.training import duration, recipe, run, schedules, setting_entry, settings_table
from pages.kit import augmentation_preview, cache, charts, form_memory, guards, state, text, theme
from pages.train import backbones, copied_recipe, recipe_fields

SPLITS = {
    "patient": "By patient (honest)",
    "given": "As the folder gives it",
    "random": "At random (shows the leak)",
}
BY_IMAGE = "By image (no patient is known)"
USUAL = "usual"
TENSORBOARD = "keep-tensorboard-log"
MODEL_NAME = "name-of-the-model"


def input_first(data: index.Index, original: run.Run | None) -> recipe.Recipe:
    """What to train on a data set: network, split and augmentation; `original` is the run that filled the form, if any.

    All else is as the network suggests.
    """
    network = _input_architecture()
    left, right = st.columns(2)
    with left:
        rule, saved_split = _input_split(data)
    usual = _suggest(data, network)
    with right:
        changed = _input_augmentation(usual, original)
    _show_split_note(data, rule, saved_split)
    with guards.faults_as_messages():
        return recipe.suggest(
            data.name,
            network.key,
            **{
                "batch_size": usual.batch_size,
                "split": rule,
                "saved_split": saved_split,
                "augmentation": changed,
                **copied_recipe.keep_what_has_no_field(original, data.name),
            },
        )


def input_rest(data: index.Index, asked: recipe.Recipe, original: run.Run | None) -> recipe.Recipe:
    """All other settings, folded, and what is not as the network suggests; `asked` is what `input_first` came to."""
    with guards.faults_as_messages(), st.expander("More settings", icon=":material/tune:", key="more-settings"):
        wanted = _input_more(asked)
    if original is None:
        _show_changes(wanted, _suggest(data, registry.find_architecture(asked.architecture)))
    else:
        copied_recipe.show_differences(wanted, original)
    return wanted


def _input_architecture() -> architecture.Architecture:
    """Networks that begin from nothing first, then those that begin with ImageNet's weights."""
    ordered = sorted(registry.ARCHITECTURES, key=lambda key: bool(registry.ARCHITECTURES[key].backbone))
    key = state.input_choice(
        copied_recipe.ARCHITECTURE,
        "Architecture",
        ordered,
        show=lambda key: _title(registry.ARCHITECTURES[key]),
        help=cache.explain("architecture"),
    )
    chosen = registry.find_architecture(key)
    st.caption(text.plain(chosen.teaches))
    if chosen.backbone:
        backbones.show_weights(chosen.backbone)
    return chosen


def _title(network: architecture.Architecture) -> str:
    return f"{network.title} · knows ImageNet" if network.backbone else network.title


def _suggest(data: index.Index, network: architecture.Architecture) -> recipe.Recipe:
    """The architecture's own settings, with smaller batches for a small data set: an epoch should have some steps."""
    usual = recipe.suggest(data.name, network.key)
    batch_size = min(usual.batch_size, max(8, len(data.usable) // 40))
    return recipe.suggest(data.name, network.key, batch_size=batch_size)


def _input_split(data: index.Index) -> tuple[splits.Rule, str]:
    """A rule and "", or the rule and the name of a split that was kept."""
    kept = {f"kept:{saved.name}": saved for saved in saved_splits.list_splits(data.name) if not saved.is_stale(data)}
    rules = [rule for rule in SPLITS if rule != "given" or data.given_splits]
    names = {**SPLITS, **{key: f"Kept: {saved.name}" for key, saved in kept.items()}}
    if not data.has_groups:
        names["patient"] = BY_IMAGE
    folds = [key for key, saved in kept.items() if saved.name.startswith(series_plans.FOLD_NAME)]
    options = [*(key for key in kept if key not in folds), *rules, *folds]  # a fold is one of a series, nobody's usual
    followed = form_memory.follow(f"{copied_recipe.SPLIT}{data.name}", options[0], options=options)
    chosen = st.selectbox("Split", options, format_func=names.__getitem__, help=cache.explain("split"), **followed)
    if chosen not in kept:
        return chosen, ""
    return kept[chosen].settings.rule, kept[chosen].name


def _show_split_note(data: index.Index, rule: splits.Rule, saved_split: str) -> None:
    """How a kept split divides the images; what is wrong with the division, if anything is."""
    if saved_split:
        saved = saved_splits.read_split(data.name, saved_split)
        st.caption(
            ", ".join(f"{side} {count:,}" for side, count in saved.counts.items())
            + f"; {split_words.say_rule(saved.settings.rule, patients_known=data.has_groups)}."
        )
        for sentence in saved.audit.get("warnings", []):
            st.warning(f"This split leaks: {text.plain(sentence)}", icon=":material/warning:")
    elif rule == "random" and data.has_groups:
        st.warning(
            "Images of one patient will be in training and in the test. The numbers will be too good, "
            "and every page will say so.",
            icon=":material/warning:",
        )
    elif rule == "given" and "validation" in data.given_splits:
        few = splits.judge_validation(int((data.usable["split"] == "validation").sum()))
        if few:
            st.warning(f"{few} The split maker on the Datasets page makes a proper one.", icon=":material/warning:")


def _input_augmentation(usual: recipe.Recipe, original: run.Run | None) -> augmentation.Augmentation:
    """A preset, what was made on Explore, the architecture's own, or that of the run that was copied."""
    own = augmentation_preview.recall_choice()
    offered = {**augmentation.PRESETS}
    titles = {
        **augmentation_preview.TITLES,
        USUAL: "The architecture's own",
        copied_recipe.COPIED: "As in the copied training",
    }
    for key, settings in (
        (augmentation_preview.OWN, own),
        (USUAL, usual.augmentation),
        (copied_recipe.COPIED, original and original.recipe.augmentation),
    ):
        if settings and not augmentation.find_preset(settings):
            offered[key] = settings
    first = own or usual.augmentation
    start = next(key for key, settings in offered.items() if settings == first)
    followed = form_memory.follow(
        recipe_fields.prefix_of(usual.architecture) + copied_recipe.AUGMENTATION, start, options=list(offered)
    )
    name = st.selectbox(
        "Augmentation",
        list(offered),
        format_func=titles.__getitem__,
        help=f"{augmentation_preview.MEANING} Explore shows what each setting does, and makes your own.",
        **followed,
    )
    return offered[name]


def _input_more(usual: recipe.Recipe) -> recipe.Recipe:
    """All other settings, in groups; a setting that means nothing for such a training has no field."""
    values: dict[str, Any] = {}
    for group, names in recipe_fields.list_groups(usual).items():
        st.markdown(f"**{group}**")
        sides = st.columns(2)
        for place, name in enumerate(names):
            with sides[place % 2]:
                values[name] = recipe_fields.input_field(name, usual)
        if group == setting_entry.FAST:
            _show_schedule(recipe_fields.recall(usual))
    wanted = recipe_fields.change(usual, values)
    st.text_input(
        "Name of the model",
        key=MODEL_NAME,
        placeholder=run.name_model(wanted),
        max_chars=96,
        help="What the model that comes of it is called: lower-case letters, digits, - and _. Without a name it has "
        "those of the data set and the architecture; a number is added where a model has that name already.",
    )
    st.toggle(
        "Keep a log for TensorBoard",
        key=TENSORBOARD,
        help="Loss, accuracy and learning rate of each epoch, in the run's folder; for those who have TensorBoard.",
    )
    return wanted


def _show_schedule(wanted: recipe.Recipe) -> None:
    figure = _draw_schedule(tuple(schedules.learning_rates(wanted)), theme.current())
    charts.show_chart(figure, key="schedule", toolbar=False)
    st.caption(schedule_figures.CAPTION, help=schedule_figures.READING)


@st.cache_resource(max_entries=32, show_spinner=False)
def _draw_schedule(rates: tuple[float, ...], look: template.Theme) -> Any:
    return schedule_figures.figure_learning_rate(rates, theme=look)


def _show_changes(wanted: recipe.Recipe, usual: recipe.Recipe) -> None:
    """Which settings are no longer the architecture's own, and the way back."""
    own = (*recipe_fields.ASKED, copied_recipe.AUGMENTATION)
    changed = [settings_table.SETTINGS[name].label for name, _, _ in wanted.find_differences(usual) if name in own]
    if changed:
        st.caption(f"Not as the architecture suggests: {'; '.join(changed)}.")
        st.button(
            "Back to what it suggests",
            type="tertiary",
            icon=":material/undo:",
            on_click=form_memory.forget,
            args=(recipe_fields.prefix_of(usual.architecture),),
        )


def recall_name() -> str | None:
    """What the model is to be called; None where that is left to us."""
    return st.session_state.get(MODEL_NAME, "").strip() or None


def recall_log() -> bool:
    """Whether a log for TensorBoard is wanted."""
    return bool(st.session_state.get(TENSORBOARD))


def show_start(data: index.Index, wanted: recipe.Recipe, runs: list[run.Run]) -> None:
    """What it costs, and the button that starts it."""
    _show_cost(data, wanted, runs)
    if st.button("Train", type="primary", icon=":material/play_arrow:"):
        with guards.faults_as_messages(), st.spinner("Dividing the images …"):
            created = run.create_run(wanted, save_as=recall_name(), tensorboard=recall_log())
            run.start_run(created)
        state.remember(state.RUN, created.id)
        st.rerun()


def show_command(wanted: recipe.Recipe) -> None:
    """The same for a terminal."""
    name, log = recall_name(), recall_log()
    flags = [*([f"--save-as {shlex.quote(name)}"] if name else []), *(["--tensorboard"] if log else [])]
    with st.expander("The same from a terminal", icon=":material/terminal:", key="as-command"):
        st.code(" ".join([wanted.as_command(), *flags]), language="bash", wrap_lines=True)


def _show_cost(data: index.Index, wanted: recipe.Recipe, runs: list[run.Run]) -> None:
    """How long it may take, as far as that is known before."""
    with guards.faults_as_messages():
        backbone = duration.describe_backbone(wanted, data)
    measured = duration.find_pace(wanted, runs)
    details = duration.describe(measured, wanted.epochs) if measured else None
    st.markdown(f":material/schedule: {duration.say_whole(measured, wanted.epochs)}", help=details)
    if backbone:
        st.caption(backbone)
