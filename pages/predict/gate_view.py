"""Predict's gate: whether the image is one that the model knows, said before any answer, with the picture of why."""

import html
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.index import browsing, index
from core.explanation import overlay
from core.gate import gate
from core.models import normalisation, package
from core.prediction import examples, verdicts
from pages.kit import address, cache, guards, headline, image_grid, text, tile_component

SEEN_PX = 240
KNOWN_IMAGES, KNOWN_PX = 8, 96
ANYWAY = "anyway"


def show_nothing_yet(verdict: DeltaGenerator, eye: DeltaGenerator, found: package.Package) -> None:
    """What will stand in `verdict` once there is an image; in `eye`, which images the model knows."""
    with verdict:
        headline.show_line("Which image?")
        st.html('<p class="result">What the model answers will stand here as soon as there is an image.</p>')
    with eye, guards.faults_as_messages():
        _show_known(found)


def _show_known(found: package.Package) -> None:
    """Some of its data set, where that is here."""
    name = examples.choose_dataset(found, index.list_datasets())
    if name is None:
        return
    data = cache.load_index(name)
    st.header("It knows images like these", help=f"Of {text.plain(name)}. Others it may refuse, or answer wrongly.")
    tiles = [image_grid.make_tile(data, int(row), "") for row in cache.select_rows(data)[:KNOWN_IMAGES]]
    tile_component.show_tiles(tiles, key="known", label="Images that it knows", narrowest_px=KNOWN_PX)


def judge(found: package.Package, example: examples.Example) -> gate.Verdict | None:
    """What the gate says of the image; None of a model that has none. Raises `ModelBroken` where it is damaged."""
    return cache.load_answer(found, example.image_id, example.image_rgb)[1]


def show_refusal(found: package.Package, example: examples.Example, judged: gate.Verdict | None) -> bool:
    """Where the gate refuses the image: that, and why. Returns whether there is an answer to show."""
    if judged is None or not judged.refused:
        return True
    reasons = html.escape(" ".join(judged.reasons))
    headline.show_line(verdicts.NOT_KNOWN)
    st.html(f'<p class="result">{reasons}</p>')
    st.caption(f"{text.plain(found.id)} was never tested on such images.", help=_say_distance(judged))
    key = "answer-anyway"
    address.accept(ANYWAY)
    st.session_state[key] = address.read(ANYWAY) == example.image_id  # for this image, and no other
    return st.toggle(
        "Answer anyway",
        key=key,
        help="The answer is marked as one that means nothing known.",
        on_change=_keep_choice,
        args=(key, example.image_id),
    )


def _keep_choice(key: str, image_id: str) -> None:
    address.write(ANYWAY, image_id if st.session_state[key] else None)


def show_caution(judged: gate.Verdict | None) -> None:
    """A mark of what to keep in mind with an answer: given anyway, with caution, or by a model without a gate."""
    if judged is None:
        st.badge("No gate", icon=":material/help:", color="gray", help=verdicts.NO_GATE)
    elif judged.refused:
        st.badge(
            "Answered anyway: this is not an image that the model knows.",
            icon=":material/block:",
            color="red",
            help=text.plain(" ".join(judged.reasons)),
        )
    elif judged.away:
        said = text.plain(" ".join(judged.reasons))
        st.badge("With caution", icon=":material/travel_explore:", color="orange", help=said)


def show_why(found: package.Package, example: examples.Example, judged: gate.Verdict | None) -> None:
    """The image as the model sees it; of an unusual one also the training image that is most similar to it."""
    nearest = _find_image(found, judged.nearest) if judged and (judged.refused or judged.away) else None
    formed = found.form != normalisation.AS_IT_CAME
    places = iter(st.columns(2)) if formed or nearest else iter(())
    if formed:
        with next(places):
            _show_seen(found, example)
    if nearest:
        with next(places):
            _show_nearest(*nearest)


def _show_seen(found: package.Package, example: examples.Example) -> None:
    seen = normalisation.bring(example.image_rgb, found.form, *found.input_size_px)
    picture, said = st.columns([2, 3], vertical_alignment="center")
    _show_small(picture, seen.image_rgb, "The image as the model sees it")
    said.markdown("**As the model sees it**", help=cache.explain("input normalisation"))
    if seen.box is None:
        said.caption("Nothing stands out that could be cut out: it is taken whole, in its own colours.")
    else:
        said.caption(normalisation.describe(found.form))


def _show_nearest(data: index.Index, row: int) -> None:
    picture, said = st.columns([2, 3], vertical_alignment="center")
    with picture:
        tile_component.show_style()
        tile_component.show_tile(replace(image_grid.make_tile(data, row, ""), alt="The most similar training image"))
    said.markdown("**The most similar training image**")
    said.caption("To the network, among some hundred of them.")


def _show_small(place: DeltaGenerator, image_rgb: normalisation.Image, words: str) -> None:
    place.image(overlay.enlarge(image_rgb, SEEN_PX), width="stretch", alt=words)


def _find_image(found: package.Package, image_id: str) -> tuple[index.Index, int] | None:
    """Where an image of the model's training lies, if its data set is here."""
    name = examples.choose_dataset(found, index.list_datasets())
    data = cache.load_index(name) if name else None
    row = browsing.find_row(data, image_id) if data is not None else None
    return None if data is None or row is None else (data, row)


def _say_distance(judged: gate.Verdict) -> str:
    return f"Distance {judged.distance:.2f}, limit {judged.limit:.2f}; a usual training image has about 1."
