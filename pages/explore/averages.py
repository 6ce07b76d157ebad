"""The average image of each class, and the difference between classes beside what chance brings about."""

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.index import decoding, index, pixels
from core.datasets.views import class_means, permutation
from core.figures import pictures, shuffled_labels
from core.jobs import jobs
from pages.kit import cache, charts, guards, headline, state, text, theme

SHOWN_PX = 400  # in the file; on the page, as wide as there is room
AT_ONCE_IMAGES = 30_000  # a few seconds; more go to the background
MOST_CLASSES = 4  # shown before the person chooses
CHANNELS = ("red", "green", "blue")
HEADS = ("Mean", "Standard deviation", "Median")
MEANING = (
    "Mean and median: what stands at each place of the images on average; the median minds single odd images less. "
    "Standard deviation: bright where the images of a class differ among themselves. All images were made "
    f"{class_means.SIZE_PX} × {class_means.SIZE_PX} px first. "
    "An average hides whatever moves: a parasite that lies elsewhere in each cell leaves hardly a trace, and a class "
    "whose average looks like the other's may still be easy to tell."
)
HOW_SHUFFLED = {
    permutation.FREE: (
        "No patients are known, so labels were dealt freely among the images. Where images come from the same patients "
        "or were taken together, chance brings about more than the shuffles show: then do not trust a narrow lead."
    ),
    permutation.WITHIN: (
        "Labels were shuffled inside each patient who has several classes ({within:,} patients, {moving:,} images); "
        "patients of one class stay as they are. What remains under shuffling comes from which patients stand in which "
        "class, their stain and their camera."
    ),
    permutation.WHOLE: (
        "Each patient has one class only, so whole patients changed places ({whole:,} patients): dealing single images "
        "would make chance look too small, since images of a patient look alike."
    ),
    permutation.BOTH: (
        "Labels were shuffled inside each patient who has several classes ({within:,} patients), and the "
        "patients of one class changed places as a whole ({whole:,} patients), since images of a patient look alike."
    ),
}
CANNOT_TELL = (
    "It cannot tell where a difference comes from: other stains, lamps or cameras for one class show here "
    "just as a disease does."
)


def show_averages(data: index.Index) -> None:
    """Whether a class differs from the rest; mean, deviation and median of each class; then the difference itself."""
    found = _find_class_images(data)
    if found is None:
        _show_not_yet(data)
        return
    if not found.compared or found.rule.kind == permutation.NONE:
        headline.show_headline(
            "No class can be compared with the rest",
            note="There must be images of two classes, and labels that can change places between patients.",
        )
        _show_classes(data, found)
        return
    label = _input_compared(data, found)
    chance = class_means.compare_with_chance(found, label)
    _show_chance(data, found, label, chance)
    _show_classes(data, found)
    st.header("Difference of means")
    _show_differences(data, found, label, chance)
    _show_nulls(data, chance)


def load_class_images(data: index.Index) -> class_means.ClassImages | None:
    """The class images where they are kept, read once for each state of their file; else None."""
    path = class_means.means_path(data)
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _class_images(data, data.fingerprint, stamp, data.positive_class, data.group_rule) if stamp else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _class_images(
    _data: index.Index, fingerprint: str, stamp: int, positive_class: str, group_rule: str
) -> class_means.ClassImages | None:
    return class_means.read_class_images(_data)


def _find_class_images(data: index.Index) -> class_means.ClassImages | None:
    """The class images, made at once where that takes seconds; else None."""
    found = load_class_images(data)
    ready = pixels.cache_path(data.content, class_means.SIZE_PX, class_means.SIZE_PX).exists()
    if found is None and ready and len(data.usable) <= AT_ONCE_IMAGES:
        with st.spinner(f"Averaging {len(data.usable):,} images …"), guards.faults_as_messages():
            class_means.prepare_class_images(data)
        found = load_class_images(data)
    return found


def _show_not_yet(data: index.Index) -> None:
    headline.show_headline("Not averaged yet", note="The average image of each class will stand here.")
    if st.button(f"Average {len(data.usable):,} images", type="primary", key="averages-start"):
        with guards.faults_as_messages():
            jobs.start_job("means", data.name)
        st.rerun()


def _show_classes(data: index.Index, found: class_means.ClassImages) -> None:
    """Three pictures a class, side by side."""
    there = [name for name, count in zip(data.class_names, found.counts, strict=True) if count]
    if len(there) > MOST_CLASSES:
        followed = state.follow(
            "classes", there[:MOST_CLASSES], key=f"averages-classes-{data.name}", options=there, about=state.DATASET
        )
        chosen = st.multiselect("Classes", there, **followed)
        there = [name for name in there if name in chosen]
    widest = float(np.nanmax(found.deviation)) if there else 0.0
    with st.grid(min(2, max(1, len(there))), min_column_width=300, gap="medium"):
        for name in there:
            with st.container(gap="xsmall"):
                _show_class(found, data.class_names.index(name), name, widest)
    st.caption(
        "What stands at each place of the images on average, and how far they differ there.",
        help=f"{MEANING} White in the standard deviation is {widest:.0f} grey levels, in every class.",
    )


def _show_class(found: class_means.ClassImages, label: int, name: str, widest: float) -> None:
    """The three pictures of a class."""
    st.markdown(f"**{text.plain(name)}** · {found.counts[label]:,} images")
    shown = (found.mean[label], _as_grey(found.deviation[label], widest), found.median[label])
    with st.grid(3, min_column_width=80, gap="small"):
        for head, values in zip(HEADS, shown, strict=True):
            st.image(_enlarge(values), caption=head, width="stretch", alt=f"{head} of class {name}")


def _as_grey(deviation: np.ndarray, widest: float) -> np.ndarray:
    """The deviation of the three colours together, white = the largest of all classes."""
    together = np.sqrt(np.mean(np.square(deviation), axis=-1, keepdims=True))
    return np.repeat(together / max(widest, 1e-9) * 255, 3, axis=-1)


def _enlarge(values: np.ndarray) -> np.ndarray:
    return decoding.resize_image(np.clip(np.rint(values), 0, 255).astype(np.uint8), SHOWN_PX, SHOWN_PX)


def _input_compared(data: index.Index, found: class_means.ClassImages) -> int:
    """The class that is compared with the rest; of two, it is the positive one."""
    if len(found.compared) == 1:
        return found.compared[0]
    names = [data.class_names[label] for label in found.compared]
    usual = data.positive_class if data.positive_class in names else names[0]
    followed = state.follow("class", usual, key=f"averages-compared-{data.name}", options=names, about=state.DATASET)
    return data.class_names.index(st.selectbox("Class", names, **followed))


def _show_chance(data: index.Index, found: class_means.ClassImages, label: int, chance: class_means.Chance) -> None:
    """Whether the difference means anything, with its n."""
    name, rest = data.class_names[label], "the rest"
    if len(data.class_names) == 2:
        rest = data.class_names[1 - label]
    patients = f" of {index.describe(data)['groups']:,} patients" if data.has_groups else ""
    pattern = class_means.compare_with_chance(found, label, pattern=True)
    headline.show_headline(
        f"{name} differs from {rest} by {chance.rms:.1f} grey levels: {_judge(chance)}",
        note=f"{_say_shuffles(chance)}, n = {found.counts[label]:,} against "
        f"{found.counts.sum() - found.counts[label]:,} images{patients}.",
        reading=f"Of 255 grey levels, root mean square over all places and colours; with shuffled labels it is "
        f"{float(np.median(chance.null_rms)):.1f} at the median, {max(chance.null_rms):.1f} at most. Apart from "
        f"overall brightness and colour, {pattern.rms:.1f} grey levels are left as a pattern, with shuffled labels "
        f"{np.median(pattern.null_rms):.1f}. {_say_shuffles(pattern)}: the pattern is {_judge(pattern)}.",
    )


def _judge(chance: class_means.Chance) -> str:
    """Whether it is more than chance, in words."""
    if chance.at_least_as_large == 0:
        return "more than chance"
    return "hardly more than chance" if chance.p <= 0.1 else "not more than chance"


def _say_shuffles(chance: class_means.Chance) -> str:
    """How many shuffles come up to the difference, with its p."""
    shuffles = len(chance.null_rms)
    if chance.at_least_as_large == 0:
        return f"None of {shuffles} shuffles comes up to it (p = {chance.p:.2f}, the smallest that they can give)"
    return f"{chance.at_least_as_large} of {shuffles} shuffles come up to it (p = {chance.p:.2f})"


def _show_differences(
    data: index.Index, found: class_means.ClassImages, label: int, chance: class_means.Chance
) -> None:
    """The difference as labelled above the same under one shuffle, colour by colour, on one scale."""
    shuffles = found.null_differences[found.compared.index(label)]
    order = np.argsort(chance.null_rms)
    usual = int(order[len(order) // 2]) + 1
    followed = state.follow(
        "shuffle", usual, key=f"averages-shuffle-{data.name}-{label}", between=(1, len(shuffles)), about=state.DATASET
    )
    chosen = st.slider("Which of the shuffles to show", 1, len(shuffles), **followed)
    observed, shuffled = found.difference(label), shuffles[chosen - 1]
    limit = pictures.choose_limit(max(float(np.abs(observed).max()), float(np.abs(shuffles).max())))
    grey = np.array_equal(observed[..., 0], observed[..., 1]) and np.array_equal(observed[..., 0], observed[..., 2])
    shown = {"grey": 0} if grey else {name: place for place, name in enumerate(CHANNELS)}
    panels = [(f"{channel}, as labelled", observed[..., place]) for channel, place in shown.items()]
    panels += [(f"{channel}, shuffled", shuffled[..., place]) for channel, place in shown.items()]
    figure = pictures.figure_differences(panels, columns=max(2, len(shown)), limit=limit, theme=theme.current())
    charts.show_chart(figure, key=f"differences-{data.fingerprint}-{label}")
    rule = found.rule
    how = HOW_SHUFFLED[rule.kind].format(within=rule.groups_within, whole=rule.groups_whole, moving=rule.images_moving)
    st.caption(
        f"{pictures.CAPTION} Shuffle {chosen} of {len(shuffles)}.", help=f"{pictures.READING} {how} {CANNOT_TELL}"
    )


def _show_nulls(data: index.Index, chance: class_means.Chance) -> None:
    figure = shuffled_labels.figure_against_nulls(chance.rms, chance.null_rms, theme.current())
    charts.show_chart(figure, key=f"nulls-{data.fingerprint}")
    st.caption(f"{shuffled_labels.CAPTION} n = {len(chance.null_rms)} shuffles.", help=shuffled_labels.READING)
    names = ["as labelled", *(f"shuffle {number + 1}" for number in range(len(chance.null_rms)))]
    table = pd.DataFrame({"Labels": names, "Difference, grey levels (RMS)": [chance.rms, *chance.null_rms]})
    st.download_button("CSV", cache.as_csv(table), f"{data.name}-difference.csv", key="csv-difference", type="tertiary")
