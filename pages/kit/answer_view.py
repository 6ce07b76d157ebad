"""A model's answer about one image, and the heatmap."""

import html
from concurrent import futures
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.splits import split_words
from core.explanation import heatmaps, methods, overlay
from core.figures import probabilities, template
from core.models import choosing, package
from core.prediction import decision, evidence, examples, predictor, verdicts
from core.runtimes import base
from core.statistics import prevalence, words
from pages.kit import attention_component, cache, charts, headline, state, text, theme, zoom_component

SHOWN_PX = zoom_component.SHOWN_PX
ZOOM = (
    "Double click, two fingers, the wheel after a click, + and − zoom; dragging moves. "
    "All pictures of the image zoom in step."
)
NO_DIAGNOSIS = "It is the network's own confidence, not the severity of a disease and not a diagnosis."
PALE = 160  # what a quarter of the image's light is added to
# Image and overlay stay beside each other on a phone, in the first view.
BESIDE = """
<style>
.st-key-pictures [data-testid="stColumn"] { min-width: 0 !important; flex: 1 1 40% !important; }
.st-key-verdict .result { margin-bottom: 0; }
</style>
"""
SIGN_OF_LIFE_SECONDS = 0.5


@dataclass(frozen=True)
class Evidence:
    """Which evidence to show: by a method of `methods.METHODS`, for a class, laid over at an opacity of 0 to 1.

    layer_name : of the layer that is looked at, None = the method's own.
    """

    method: str
    class_name: str
    opacity: float = 0.6
    layer_name: str | None = None


def show_model_line(found: package.Package) -> None:
    """What the model learnt on; behind the question mark how far it has been tested."""
    st.caption(f"Trained on {text.plain(choosing.say_origin(found))}.", help=text.plain(_say_tested(found)))


def _say_tested(found: package.Package) -> str:
    return words.say_result(found.test_now, found.class_names, leaky=found.is_leaky)


def show_leak(found: package.Package) -> None:
    """A mark where the model's numbers are flattered; behind it by what."""
    said = split_words.say_leak(found.manifest.split)
    if said and found.manifest.split.leaky:
        st.badge("Leaky split", icon=":material/warning:", color="red", help=text.plain(said))
    elif said:
        st.badge("Near-identical images in its test", icon=":material/warning:", color="orange", help=text.plain(said))


def predict(found: package.Package, example: examples.Example) -> predictor.Prediction:
    """The model's answer."""
    return cache.load_answer(found, example.image_id, example.image_rgb)[0]


def find_answer(found: package.Package, example: examples.Example) -> str:
    """The class that the model answers, or leans to."""
    return decision.decide(found, predict(found, example).probabilities).class_name


def show_verdict(found: package.Package, answer: predictor.Prediction, *, mark: str = "") -> None:
    """The verdict, large, and what such an answer is worth. mark : what stands with a class, "with caution"."""
    decided = decision.decide(found, answer.probabilities)
    headline.show_line(verdicts.say_headline(decided, mark))
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
    st.header("Probabilities", help=f"{probabilities.CAPTION} {NO_DIAGNOSIS}")
    charts.show_chart(figure, key="probabilities", toolbar=False)
    for sentence in decision.explain(found, decided):
        st.caption(text.plain(sentence))


def input_heatmap_settings(found: package.Package, answer: predictor.Prediction) -> Evidence:
    """By which method and for which class to show the evidence, and how strongly to lay it over the image."""
    answered = decision.decide(found, answer.probabilities).class_name
    default = methods.find_default(found.manifest.architecture).key
    method = st.selectbox(
        "Method",
        list(methods.METHODS),
        format_func=lambda key: methods.METHODS[key].title,
        help="\n\n".join(
            [cache.explain("heatmap")]
            + [f"**{one.title}**: {one.help} ({one.source})" for one in methods.METHODS.values()]
        ),
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


def show_picture(example: examples.Example) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The image, at once; returns the place beside it, where its overlay will stand, and the one below both."""
    st.html(BESIDE)
    with st.container(key="pictures"):
        left, right = st.columns(2, gap="small")
    with left:
        show_image(example)
    return right, st.container()


def show_image(example: examples.Example) -> None:
    """The image as it came, under its name."""
    zoom_component.show_zoom(
        example.image_rgb, identity=example.sha256, revision="", alt="The image", key="zoom-the-image"
    )
    st.caption(text.plain(example.name), help=ZOOM)


def hold_place(found: package.Package, example: examples.Example, method: str) -> DeltaGenerator:
    """The place of the overlay. Until what makes heatmaps has loaded, the image stands there, pale."""
    place = st.empty()
    if not cache.has_source(found, method):
        _show_pale(place, example, 0)
    return place


def await_heatmap(
    found: package.Package, example: examples.Example, method: str, place: DeltaGenerator
) -> DeltaGenerator:
    """The same place, empty, once heatmaps can be made, which begins now: the rest of the page stands. `ModelBroken`.

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


def load_heatmap(
    found: package.Package, example: examples.Example, wanted: Evidence
) -> heatmaps.Heatmap | base.Lacking:
    """The heatmap at the size in which the image is shown, or why there is none."""
    shown = overlay.fit(example.image_rgb, SHOWN_PX)
    return cache.load_heatmap(
        found,
        wanted.method,
        found.class_names.index(wanted.class_name),
        example.image_rgb,
        image_sha256=predictor.hash_image(example.image_rgb),
        shown_size_px=(shown.shape[0], shown.shape[1]),
        layer_name=wanted.layer_name,
    )


def show_overlay(
    found: package.Package, example: examples.Example, wanted: Evidence, *, place: str = "overlay"
) -> bool:
    """The image with the evidence over it, and how strong that is; or why there is none. Whether there is some.

    place : what tells it from others of the same model on the page.
    """
    heatmap = load_heatmap(found, example, wanted)
    if isinstance(heatmap, base.Lacking):
        st.info(text.plain(heatmap.why), icon=":material/visibility_off:")
        return False
    strength = evidence.describe_strength(found, wanted.method, heatmap, layer_name=wanted.layer_name)
    share = 1.0 if strength.share is None else strength.share
    zoom_component.show_zoom(
        example.image_rgb,
        overlay.draw_layer(heatmap.values, opacity=wanted.opacity, strength_share=share),
        identity=example.sha256,
        revision=f"{found.id} {found.manifest.created} {wanted}",
        alt=f"Evidence for {wanted.class_name}",
        key=f"zoom-{place}-{found.id}",
    )
    st.caption(f"Evidence for {text.plain(wanted.class_name)}, strength: {strength.words}")
    attention_component.tell(f"The heatmap of {found.id} is there: evidence for {wanted.class_name}, {strength.words}.")
    return True


def draw_evidence(
    image_rgb: np.ndarray, heatmap: heatmaps.Heatmap, strength: heatmaps.Strength, wanted: Evidence
) -> np.ndarray:
    """The heatmap over an image of its size, faint where it is; both uint8 (H, W, 3)."""
    share = 1.0 if strength.share is None else strength.share
    return overlay.draw_overlay(image_rgb, heatmap.values, opacity=wanted.opacity, strength_share=share)


def show_reading_help(method: str) -> None:
    """The colours' scale, and behind the question mark what an overlay can and cannot say."""
    st.image(overlay.draw_scale(8, SHOWN_PX), width="stretch", alt="Colour scale from no evidence to the most")
    st.caption(
        "No evidence (left) to the strongest part of this image (right).",
        help=f"Bright parts speak for the class ({methods.METHODS[method].title}). Strength compares this image with "
        "what is usual for the model; a faint map is drawn faintly. It shows where the network looked, not whether it "
        "is right.",
    )


def show_origin(example: examples.Example, origin: examples.Origin, answered: str) -> None:
    """Marks of what is known of the image: its true class, and whether the model was trained on it.

    answered : the class that the model answers, "" where it gives none.
    """
    if example.true_class:
        label = f"Labelled **{text.plain(example.true_class)}**"
        if answered in ("", example.true_class):
            st.badge(label, color="gray", help="Its class in the data set.")
        else:
            said = "Its class in the data set is another one than the answer."
            st.badge(label, icon=":material/warning:", color="orange", help=said)
    if origin.trained:
        st.badge(origin.mark, icon=":material/warning:", color="orange", help=text.plain(origin.words))
    elif origin.mark:
        st.badge(origin.mark, color="gray", help=text.plain(origin.words))
