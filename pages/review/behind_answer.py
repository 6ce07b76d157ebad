"""What stands behind the model's answer: the heatmap, in step with the picture, and two similar cases. Both are worked
out beside the page; who goes on does not wait for them."""

import functools
import time
from concurrent import futures

import streamlit as st

from core.base import errors
from core.figures import template
from core.models import package
from core.review import case_evidence, case_record, evidence_process, review_record
from core.runtimes import base
from pages.kit import guards, text, tile_component, zoom_component
from pages.review import case_pictures

HEAD_START_SECONDS = 0.4  # who goes on at once asks for no heatmap
SIGN_OF_LIFE_SECONDS, MOST_SECONDS = 0.05, 120.0
KEPT_ANSWERS = 64


class _Behind:
    """What was begun, for all sessions: one thing at a time, beside the pages."""

    def __init__(self) -> None:
        self._waiting = futures.ThreadPoolExecutor(1, "evidence")
        self._asker = evidence_process.Asker()
        self._begun: dict[tuple[str, ...], futures.Future[case_evidence.Evidence]] = {}

    def find(self, wanted: tuple[str, ...]) -> futures.Future[case_evidence.Evidence] | None:
        """What was begun and did not go wrong."""
        begun = self._begun.get(wanted)
        return None if begun is None or (begun.done() and begun.exception()) else begun

    def begin(self, found: package.Package, sha256: str, class_name: str) -> futures.Future[case_evidence.Evidence]:
        """Work out what is behind an answer; the same future for all who ask."""
        wanted = _name(found, sha256, class_name)
        if (begun := self.find(wanted)) is not None:
            return begun
        ask = functools.partial(self._asker.ask, longest_px=zoom_component.SHOWN_PX)
        self._begun[wanted] = begun = self._waiting.submit(ask, found.id, sha256, class_name)
        for old in list(self._begun)[:-KEPT_ANSWERS]:
            del self._begun[old]
        return begun


def show(entry: review_record.Entry, answered: case_record.Answer, settings: review_record.Settings) -> None:
    """Where the model looked and what it knows that looks alike, once that is known."""
    if answered.class_name is None:
        return
    with guards.faults_in_place():
        found = _find_model(answered)
        if found is None:
            st.caption("The model that answered is not here any more, so there is no heatmap.")
            return
        shown = _await(found, entry.sha256, answered.class_name)
        left, right = st.columns(2, gap="small")
        with left:
            _show_heat(entry, shown, answered.class_name)
        with right:
            _show_alike(shown, settings)


def _find_model(answered: case_record.Answer) -> package.Package | None:
    """The very model that answered."""
    try:
        found = package.find_package(answered.model_id)
    except errors.ModelNotFound:
        return None
    known = answered.class_name in found.class_names
    return found if found.manifest.created == answered.created and known else None


def _await(found: package.Package, sha256: str, class_name: str) -> case_evidence.Evidence:
    """What is behind an answer. Each sign of life until it is there is where a press ends the waiting."""
    behind, place, started = _behind(), st.empty(), time.monotonic()
    begun = behind.find(_name(found, sha256, class_name))
    while begun is None or not begun.done():
        waited = time.monotonic() - started
        if begun is None and waited >= HEAD_START_SECONDS:
            begun = behind.begin(found, sha256, class_name)
        if waited >= MOST_SECONDS:
            raise errors.ModelBroken(
                expected="a heatmap",
                found=f"none after {MOST_SECONDS:.0f} seconds",
                where=f"trained_models/{found.id}",
                todo="Go on without it.",
            )
        place.caption("Heatmap: loading …")
        time.sleep(SIGN_OF_LIFE_SECONDS)
    place.empty()
    return begun.result()


def _show_heat(entry: review_record.Entry, shown: case_evidence.Evidence, class_name: str) -> None:
    if isinstance(shown.heat, base.Lacking):
        st.caption(text.plain(shown.heat.why))
        return
    image_rgb = case_pictures.load_pixels(entry.sha256)
    key = case_pictures.name_picture(entry.sha256)
    zoom_component.show_zoom(
        image_rgb, shown.heat, identity=key, revision=class_name, alt=f"Evidence for {class_name}", key="case-heat"
    )
    st.caption(f"Evidence for {text.plain(class_name)}, strength: {shown.strength}")


def _show_alike(shown: case_evidence.Evidence, settings: review_record.Settings) -> None:
    """The training images most alike, each with its class."""
    if not shown.alike:
        return
    names = settings.class_names
    colours = dict(zip(names, template.choose_class_colours(names, settings.positive), strict=True))
    tiles = [
        tile_component.Tile(
            str(place),
            one.picture or None,
            one.class_name or "No class",
            colours.get(one.class_name, ""),
            alt=f"A similar training image, labelled {one.class_name}",
            fault="" if one.picture else "Its file is gone.",
        )
        for place, one in enumerate(shown.alike)
    ]
    tile_component.show_tiles(tiles, key="case-alike", label="Similar training images", across=2, narrowest_px=60)
    st.caption("Most similar training images")


def _name(found: package.Package, sha256: str, class_name: str) -> tuple[str, ...]:
    return found.id, found.manifest.created, sha256, class_name


@st.cache_resource(show_spinner=False)
def _behind() -> _Behind:
    return _Behind()
