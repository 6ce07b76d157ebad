"""What stands first in each view of Evaluate: the answer in one large line, and the marks that limit it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from core.datasets.splits import split_words
from core.models import choosing, package
from core.results import cautions, split_twins
from pages.kit import headline, text, verdict


@dataclass(frozen=True)
class Mark:
    """A badge beside the answer. words : two or three. meaning : what they mean, in sentences."""

    words: str
    meaning: str
    icon: str = ":material/warning:"
    colour: Literal["red", "orange", "green", "gray"] = "orange"


def show_verdict(
    found: package.Package, said: str, *, marks: Sequence[Mark] = (), note: str = "", more: str = ""
) -> None:
    """The answer, announced when it changes, with the cautions about the model and further marks; what it learnt from.

    note : a sentence under it, as markdown; more : what stands behind its "?".
    """
    headline.show_line(said)
    if marks or cautions.find_cautions(found):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            verdict.show_cautions(found, effect=_say_effect(found))
            for mark in marks:
                st.badge(mark.words, icon=mark.icon, color=mark.colour, help=text.plain(mark.meaning))
    if note:
        st.markdown(note, help=more or None)
    _show_origin(found)


def _show_origin(found: package.Package) -> None:
    """What it was trained on and how the images were divided."""
    images, groups = found.manifest.split.images, found.manifest.split.groups
    patients = f" of {groups.train:,} patients" if groups.train else ""
    decisions = sum(map(found.count_choices, (package.OPERATING_POINT, package.CALIBRATION, package.REFERRAL)))
    again = f", and again for {decisions} decision{'s' if decisions != 1 else ''} about it" if decisions else ""
    st.caption(
        f"Trained on {images.train:,} images{patients} of {text.plain(found.manifest.dataset.name)}; "
        f"split {split_words.say_kind(found.manifest.split)}.",
        help=f"These are {text.plain(choosing.say_origin(found))}. {images.validation:,} validation images decided "
        f"when to stop; {images.test:,} test images were scored once{again}.",
    )


def _say_effect(found: package.Package) -> str:
    """What a leak is worth, by the same network on an honest split."""
    if not found.is_leaky:
        return ""
    packages = package.list_packages()
    return _find_effect(found, packages, found.id, tuple((one.id, one.manifest.created) for one in packages))


@st.cache_data(max_entries=8, show_spinner=False)
def _find_effect(
    _found: package.Package, _packages: list[package.Package], model_id: str, among: tuple[tuple[str, str], ...]
) -> str:
    twin = split_twins.find_twin(_found, _packages)
    return str(split_twins.describe_effect(_found, twin)["sentence"]) if twin else ""
