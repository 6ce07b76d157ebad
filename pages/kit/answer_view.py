"""Asking a model about one image: the image, the answer, and the heatmap."""

import dataclasses
import html
from concurrent import futures

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.index import browsing, index
from core.explanation import heatmaps, methods, overlay
from core.figures import probabilities, template
from core.models import choosing, package
from core.prediction import decision, evidence, examples, predictor
from core.results import kept_answers
from core.runtimes import base
from core.statistics import prevalence, words
from pages.kit import cache, charts, guards, leak_notice, state, text, theme, uploads

OWN, SAMPLE = "own", "sample"
WAYS = {SAMPLE: "A sample", OWN: "My own image"}
TYPES = ["png", "jpg", "jpeg", "bmp", "tif", "tiff", "webp"]
MOST_MB = 50
SHOWN_PX = 640
PALE = 160  # what a quarter of the image's light is added to
SIGN_OF_LIFE_SECONDS = 0.5


@dataclasses.dataclass(frozen=True)
class Evidence:
    """Which evidence to show: by a method of `methods.METHODS`, for a class, laid over at an opacity of 0 to 1."""

    method: str
    class_name: str
    opacity: float = 0.6


def show_model_line(found: package.Package) -> None:
    """What the model is, and how far it has been tested, before any answer."""
    st.caption(
        f"Trained on {text.plain(choosing.say_origin(found))}. "
        + text.plain(words.say_result(found.test_now, found.class_names, leaky=found.is_leaky))
    )
    leak_notice.show_leak(found.manifest.split)


def input_image(found: package.Package) -> examples.Example | None:
    """The image to ask about."""
    way = st.segmented_control(
        "Image",
        list(WAYS),
        format_func=WAYS.__getitem__,
        required=True,
        **state.follow("from", SAMPLE, key="predict-from", options=list(WAYS)),
    )
    with guards.faults_as_messages():
        return _input_upload(found) if way == OWN else _input_sample(found)


def _input_upload(found: package.Package) -> examples.Example | None:
    if choosing.is_drawn(found):
        _offer_real(found)
    file = uploads.input_file("Drop an image in", TYPES, most_mb=MOST_MB, key="predict-upload")
    return examples.from_upload(file.name, file.getvalue()) if file else None


def _offer_real(found: package.Package) -> None:
    """A model of drawn cells knows no real ones: said before it answers, with the way to one that does."""
    st.warning("This model has seen drawn cells only. What it answers to a real image means nothing.")
    real = choosing.choose_first([entry for entry in package.list_packages() if not choosing.is_drawn(entry)])
    if real is not None:
        st.button(
            f"Ask {real.id} instead",
            icon=":material/swap_horiz:",
            help=f"Trained on {text.plain(choosing.say_origin(real))}.",
            on_click=state.remember,
            args=(state.MODEL, real.id),
        )


def _find_asked() -> examples.Example | None:
    """The image of a data set that the address names, as Explore's link does."""
    wanted, name = state.recall(state.IMAGE), state.recall(state.DATASET)
    if not wanted or not name:
        return None
    data = cache.load_index(name)
    row = browsing.find_row(data, wanted)
    if row is None:
        st.warning(f"The address names an image that {text.plain(name)} does not have.", icon=":material/broken_image:")
        return None
    st.caption(f"This image was chosen in {text.plain(name)}.")
    st.button("Choose another", icon=":material/shuffle:", on_click=state.forget, args=(state.IMAGE,))
    return examples.from_dataset(data, row)


def _find_answered() -> examples.Example | None:
    """The image among many that were answered, which the address names."""
    batch, item = state.recall(state.BATCH), state.recall(state.ITEM)
    if not batch or not item or not item.isdecimal():
        return None
    name, content = kept_answers.read_original(batch, int(item))
    st.caption("This image was chosen among many answers.")
    st.button("Back to all of them", icon=":material/arrow_back:", on_click=_go_back, args=(batch,))
    return dataclasses.replace(examples.from_upload(name, content), among=(batch, int(item)))


def _go_back(batch: str) -> None:
    for name in (state.ITEM, state.BATCH):
        state.forget(name)
    state.remember(state.VIEW, "many")
    state.remember(state.BATCH, batch)


def _input_sample(found: package.Package) -> examples.Example | None:
    asked = _find_answered() or _find_asked()
    if asked is not None:
        return asked
    name = examples.choose_dataset(found, index.list_datasets())
    if name is None:
        st.info("No data set with this model's classes is on this machine. Use an image of your own.")
        return None
    data = cache.load_index(name)
    own = data.content == found.dataset_content
    st.caption(f"From {name}." if own else f"From {name}, which is not the data set that this model was trained on.")
    left, right = st.columns(2, vertical_alignment="bottom")
    followed = state.follow("class", data.class_names[0], key=f"sample-class-{name}", options=data.class_names)
    class_name = left.selectbox("Class", data.class_names, **followed)
    rows = examples.list_rows(found, data, class_name)
    if not rows:
        st.info(f"{name} has no readable image of this class.")
        return None
    followed = state.follow("number", 1, key=f"sample-{name}-{class_name}", between=(1, len(rows)))
    number = right.number_input("Number", 1, len(rows), help="Which of them.", **followed)
    return examples.from_dataset(data, rows[int(number) - 1])


def predict(found: package.Package, example: examples.Example) -> predictor.Prediction:
    """The model's answer."""
    asked = cache.load_runtime(found.id, found.manifest.created)
    return predictor.predict_image(found, asked, example.image_rgb)


def show_verdict(found: package.Package, answer: predictor.Prediction, *, mark: str = "") -> None:
    """The verdict, large, and what such an answer is worth. mark : what stands with a class, "with caution"."""
    decided = decision.decide(found, answer.probabilities)
    headline = "A person should look" if decided.refers else ", ".join(filter(None, [decided.class_name, mark]))
    st.html(f'<p class="verdict">{html.escape(headline)}</p>')
    share = html.escape(template.describe_share(decided.probabilities[decided.class_name]))
    said = html.escape(decided.class_name)
    if decided.refers:
        st.html(f'<p class="result">The model is not sure enough: it leans to {said}, with probability {share}.</p>')
        return
    worth = "" if mark else html.escape(_say_worth(found, decided.class_name))
    st.html(f'<p class="result">The model answers <strong>{said}</strong>, with probability {share}. {worth}</p>')


def _say_worth(found: package.Package, answered: str) -> str:
    """How many of such answers are right; nothing where that cannot be said in one number."""
    if len(found.class_names) != 2:
        return ""
    rates = cache.load_rates(found.id, found.manifest.created, found.threshold)
    if rates.positives in (0, rates.n):
        return ""
    return prevalence.say_answer(rates, flagged=answered == found.positive_class, positive=found.positive_class)


def show_probabilities(found: package.Package, answer: predictor.Prediction) -> None:
    """Every class's probability, and what was decided about the model."""
    decided = decision.decide(found, answer.probabilities)
    figure = probabilities.figure_probabilities(
        decided.probabilities, found.positive_class, theme.current(), threshold=decided.threshold
    )
    charts.show_chart(figure, key="probabilities", toolbar=False)
    for sentence in decision.explain(found, decided):
        st.caption(text.plain(sentence))
    st.caption(
        "A probability is the network's own confidence. It is not the severity of a disease and not a diagnosis."
    )


def input_heatmap_settings(found: package.Package, answer: predictor.Prediction) -> Evidence:
    """By which method and for which class to show the evidence, and how strongly to lay it over the image."""
    answered = decision.decide(found, answer.probabilities).class_name
    st.subheader("Where it looks", help=cache.explain("heatmap"))
    default = methods.find_default(found.manifest.architecture).key
    method = st.selectbox(
        "Method",
        list(methods.METHODS),
        format_func=lambda key: methods.METHODS[key].title,
        help="\n\n".join(f"**{one.title}**: {one.help} ({one.source})" for one in methods.METHODS.values()),
        **state.follow("heatmap", default, key=f"heatmap-method-{found.id}", options=list(methods.METHODS)),
    )
    class_name = st.segmented_control(
        "Evidence for",
        list(found.class_names),
        format_func=text.plain,
        required=True,
        **state.follow("evidence", answered, key=f"class-{answer.image_sha256}", options=found.class_names),
    )
    followed = state.follow("opacity", 60, key="heatmap-opacity", between=(0, 100))
    opacity = st.slider("Opacity", 0, 100, format="%d %%", **followed)
    return Evidence(str(method), str(class_name), opacity / 100)


def show_picture(example: examples.Example) -> DeltaGenerator:
    """The image, at once; returns the place beside it, where its overlay will stand."""
    left, right = st.columns(2)
    left.image(
        overlay.fit(example.image_rgb, SHOWN_PX), caption=text.plain(example.name), width="stretch", alt="The image"
    )
    return right


def hold_place(found: package.Package, example: examples.Example, method: str) -> DeltaGenerator:
    """The place of the overlay. What makes heatmaps begins to load; until it has, the image stands there, pale."""
    place = st.empty()
    if not cache.start_source(found, method).done():
        _show_pale(place, example, 0)
    return place


def await_heatmap(
    found: package.Package, example: examples.Example, method: str, place: DeltaGenerator
) -> DeltaGenerator:
    """The same place, empty, once heatmaps can be made. Raises `ModelBroken`.

    Each sign of life until then is also where another click, on whatever, ends the waiting.
    """
    started, seconds = cache.start_source(found, method), 0.0
    while futures.wait([started], SIGN_OF_LIFE_SECONDS).not_done:
        seconds += SIGN_OF_LIFE_SECONDS
        _show_pale(place, example, seconds)
    place.empty()
    started.result()
    return place.container()


def _show_pale(place: DeltaGenerator, example: examples.Example, seconds: float) -> None:
    """What has the size of the overlay, so that nothing moves when that comes."""
    pale = overlay.fit(example.image_rgb, SHOWN_PX) // 4 + PALE
    place.image(pale, caption=f"Heatmap: loading … {seconds:.0f} s", width="stretch", alt="The heatmap is loading")


def show_overlay(found: package.Package, example: examples.Example, wanted: Evidence) -> bool:
    """The image with the evidence over it, and how strong that is; or why there is none. Whether there is some."""
    shown = overlay.fit(example.image_rgb, SHOWN_PX)
    heatmap = cache.load_heatmap(
        found,
        wanted.method,
        found.class_names.index(wanted.class_name),
        example.image_rgb,
        image_sha256=predictor.hash_image(example.image_rgb),
        shown_size_px=(shown.shape[0], shown.shape[1]),
    )
    if isinstance(heatmap, base.Lacking):
        st.info(text.plain(heatmap.why), icon=":material/visibility_off:")
        return False
    strength = heatmaps.describe_strength(heatmap.peak, evidence.find_usual_peak(found, wanted.method))
    share = 1.0 if strength.share is None else strength.share
    drawn = overlay.draw_overlay(shown, heatmap.values, opacity=wanted.opacity, strength_share=share)
    caption = f"Evidence for {text.plain(wanted.class_name)}, strength: {strength.words}"
    st.image(drawn, caption=caption, width="stretch", alt=f"Evidence for {wanted.class_name}")
    return True


def show_reading_help(method: str) -> None:
    """The colours' scale, and what an overlay can and cannot say."""
    st.image(overlay.draw_scale(8, SHOWN_PX), width="stretch", alt="Colour scale from no evidence to the most")
    st.caption("No evidence (left) to the strongest part of this image (right).")
    st.caption(
        f"Bright parts speak for the class ({methods.METHODS[method].title}). Strength compares this image with what "
        "is usual for the model; a faint map is drawn faintly. It shows where the network looked, not whether it is "
        "right."
    )


def show_origin(found: package.Package, example: examples.Example) -> None:
    """What is known of the image: its true class, and whether the model was trained on it."""
    labelled = f"Labelled **{text.plain(example.true_class)}** in the data set. " if example.true_class else ""
    origin = examples.find_origin(found, example)
    if origin.trained:
        st.warning(f"{labelled}{text.plain(origin.words)}", icon=":material/warning:")
    elif labelled or origin.words:
        st.markdown(f"{labelled}{text.plain(origin.words)}")
