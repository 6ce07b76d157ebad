"""Split maker: divide a data set, see what stands on each side and what leaks, and keep the split under a name."""

from dataclasses import asdict

import pandas as pd
import streamlit as st

from core.base import errors
from core.datasets.duplicates import near_identical
from core.datasets.index import index, names
from core.datasets.splits import leak_audit, saved_splits, split_words, splits
from core.figures import split_parts
from pages.datasets import leak_table
from pages.kit import cache, charts, guards, state, text, theme

RULES: dict[str, splits.Rule] = {
    "By patient": "patient",
    "As the folders say": "given",
    "At random": "random",
}
MEANINGS = {
    "patient": "Each patient stands on one side only. This is the honest way where one patient has several images.",
    "given": "Train and test stay as the folders have them, so that results compare with those of others.",
    "random": "Patients are ignored. It shows how much a leak inflates the numbers; do not judge a model by it.",
}
Made = tuple[splits.Split, leak_audit.Audit]


def show_split_maker(data: index.Index) -> None:
    """What leaks, above the settings that it comes of; its parts, and the name to keep it under."""
    pairs = load_pairs(data)
    top = st.container()
    settings = _input_settings(data, pairs)
    try:
        split, audited = _make(data, pairs, settings)
    except errors.SplitNotPossible as error:
        st.error(text.plain(str(error)), icon=":material/error:")
        return
    with top:
        leak_table.show_verdict(audited)
    _show_sides(data, split)
    _show_validation_verdict(data, split, settings)
    leak_table.show_audit(data, audited)
    _input_name(data, settings, split, audited)
    _show_saved(data)


def load_pairs(data: index.Index) -> pd.DataFrame | None:
    """The near-identical images of a data set, or None where nobody has looked for them yet."""
    path = near_identical.pairs_path(data)
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _pairs(data, data.content, stamp) if stamp else None


@st.cache_data(max_entries=4, show_spinner=False)
def _pairs(_data: index.Index, content: str, stamp: int) -> pd.DataFrame | None:
    return near_identical.read_pairs(_data)


def _make(data: index.Index, pairs: pd.DataFrame | None, settings: saved_splits.Settings) -> Made:
    written = index.index_path(data.name).stat().st_mtime_ns  # patients may be told apart anew in the same images
    return _split(data, pairs, settings, f"{data.fingerprint}-{written}", -1 if pairs is None else len(pairs))


@st.cache_resource(max_entries=8, show_spinner="Dividing the images …")
def _split(
    _data: index.Index, _pairs: pd.DataFrame | None, settings: saved_splits.Settings, identity: str, pairs_known: int
) -> Made:
    split = saved_splits.make_split(_data, settings, _pairs)
    return split, leak_audit.audit_split(split.table, _data, _pairs)


def _input_settings(data: index.Index, pairs: pd.DataFrame | None) -> saved_splits.Settings:
    offered = [name for name, rule in RULES.items() if rule != "given" or {"train", "test"} <= set(data.given_splits)]
    left, right = st.columns([3, 2], gap="large")
    with left:
        start = offered[0] if data.has_groups else offered[-2] if len(offered) == 3 else offered[-1]
        label = st.segmented_control(
            "How to divide",
            offered,
            format_func=lambda label: _label(RULES[label], data),
            required=True,
            wrap=True,
            **state.follow("rule", start, key=f"split-rule-{data.name}", options=offered, about=state.DATASET),
        )
        rule = RULES[str(label)]
        by_image = rule == "patient" and not data.has_groups
        st.caption("No patient is known here: each image counts as one of its own." if by_image else MEANINGS[rule])
        remake = rule == "given" and "validation" in data.given_splits and _input_remake(data)
    carves = rule != "given" or remake or "validation" not in data.given_splits
    with right:
        validation = _input_fraction("Validation", data, shown=carves)
        test = _input_fraction("Test", data, shown=rule != "given")
        followed = state.follow("seed", 0, key=f"split-seed-{data.name}", between=(0, 9999))
        seed = st.number_input("Seed", 0, 9999, help=cache.explain("seed"), **followed)
        together = st.toggle(
            "Keep near-identical images on one side",
            disabled=pairs is None,
            **state.follow("together", False, key=f"split-together-{data.name}"),
            help="Possible once they have been looked for, below." if pairs is None else None,
        )
    return saved_splits.Settings(
        rule=rule,
        seed=int(seed),
        validation_fraction=validation,
        test_fraction=test,
        remake_validation=remake,
        keep_copies_together=together and pairs is not None,
    )


def _input_remake(data: index.Index) -> bool:
    few = splits.judge_validation(int((data.usable["split"] == "validation").sum()))
    return st.toggle(
        "Make a proper validation part from the training folder",
        **state.follow("remake", False, key=f"split-remake-{data.name}"),
        help=few or "The folders' train and validation images are divided anew; test stays as it is.",
    )


def _input_fraction(label: str, data: index.Index, *, shown: bool) -> float:
    """A share in (0, 0.5]; where the rule has no use for it, its usual value."""
    if not shown:
        return 0.15
    steps = list(range(5, 41, 5))
    followed = state.follow(label.lower(), 15, key=f"split-{label.lower()}-{data.name}", options=steps)
    return int(st.slider(f"{label}, % of images", 5, 40, step=5, help=cache.explain(label), **followed)) / 100


def _show_sides(data: index.Index, split: splits.Split) -> None:
    table = split.table
    counted = pd.crosstab(table["split"], table["label"]).reindex(splits.SPLITS, fill_value=0)
    images = {
        side: {name: int(counted[label][side]) for label, name in enumerate(data.class_names) if label in counted}
        for side in splits.SPLITS
    }
    known = table[table["group"] != ""].groupby("split")["group"].nunique()
    patients = {side: int(known.get(side, 0)) for side in splits.SPLITS} if data.has_groups else None
    figure = split_parts.figure_sides(images, patients, data.class_names, data.positive_class, theme.current())
    charts.show_chart(figure, key=f"sides-{data.name}")
    st.caption(split_parts.CAPTION, help=split_parts.READING)
    rows = [
        {
            "Part": side,
            "Images": sum(images[side].values()),
            **{f"of {name}": n for name, n in images[side].items()},
            "Patients": (patients or {}).get(side),
        }
        for side in splits.SPLITS
    ]
    numbers = pd.DataFrame(rows).dropna(axis="columns", how="all")
    with st.expander("As a table"):
        st.dataframe(numbers, hide_index=True)
        st.download_button("Numbers, CSV", cache.as_csv(numbers), f"{data.name}-split-numbers.csv", type="tertiary")
        st.download_button(
            "Every image and its part, CSV", _as_csv(data, split), f"{data.name}-split.csv", type="tertiary"
        )


def _as_csv(data: index.Index, split: splits.Split) -> bytes:
    return _csv(data, split, f"{data.fingerprint}-{id(split)}")


@st.cache_data(max_entries=4, show_spinner=False)
def _csv(_data: index.Index, _split: splits.Split, identity: str) -> bytes:
    table = _split.table
    classes = [_data.class_names[label] for label in table["label"]]
    paths = _data.table.loc[table["row"], "path"].to_numpy()
    return cache.as_csv(table[["image_id", "split", "group"]].assign(label=classes, path=paths))


def _show_validation_verdict(data: index.Index, split: splits.Split, settings: saved_splits.Settings) -> None:
    few = splits.judge_validation(int((split.table["split"] == "validation").sum()))
    if few and settings.rule == "given" and not settings.remake_validation and "validation" in data.given_splits:
        few += (
            " Switch on “Make a proper validation part from the training folder” above: the test images stay as given."
        )
    if few:
        st.warning(few, icon=":material/warning:")


def _input_name(
    data: index.Index, settings: saved_splits.Settings, split: splits.Split, audited: leak_audit.Audit
) -> None:
    st.header("Keep this split")
    if audited.leaks:
        st.caption("A split that leaks can be kept; the warning goes with it into every model that is trained on it.")
    with st.form(f"split-save-{data.name}", border=False):
        by_image = settings.rule == "patient" and not data.has_groups
        proposed = f"{'image' if by_image else settings.rule}-{settings.seed}"
        typed = st.text_input("Name", placeholder=proposed, max_chars=64, key=f"split-name-{data.name}")
        if st.form_submit_button("Save the split", icon=":material/save:"):
            name = typed.strip() or proposed
            with guards.faults_as_messages():
                saved_splits.write_split(names.require_name(name, "the split"), data, settings, split, audited)
            st.toast(f"Kept as {text.plain(name)}.", icon=":material/check:")


def _show_saved(data: index.Index) -> None:
    found = saved_splits.list_splits(data.name)
    if not found:
        st.caption("No split of this data set has been kept yet. Kept ones will stand here, and can be trained on.")
        return
    for saved in found:
        words, button = st.columns([6, 1], vertical_alignment="center")
        settings = asdict(saved.settings)
        parts = ", ".join(f"{side} {count:,}" for side, count in saved.counts.items())
        leaks = " · leaks" if saved.audit.get("leaks") else ""
        stale = " · out of date: the data set has changed since" if saved.is_stale(data) else ""
        said = f"{_label(settings['rule'], data)}, seed {settings['seed']} · {parts}{leaks}{stale}"
        words.markdown(f"**{text.plain(saved.name)}** · {said}")
        arguments = (saved_splits.remove_split, data.name, saved.name)
        button.button("Remove", key=f"split-remove-{saved.name}", on_click=guards.attempt, args=arguments)


def _label(rule: str, data: index.Index) -> str:
    said = split_words.say_rule(rule, patients_known=data.has_groups)
    return said[0].upper() + said[1:]
