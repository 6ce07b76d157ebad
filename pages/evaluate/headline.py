"""What stands first in each view of Evaluate: the answer in one large line, and the marks that limit it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from core.models import package
from core.results import cautions, split_twins
from pages.kit import cache, text, verdict

STYLE = """
<style>
h2.verdict { padding: .2rem 0 0; text-wrap: balance; }
@media (max-width: 640px) { h2.verdict { font-size: 1.35rem; } }
</style>
"""
INTERVAL, JOINED = re.compile(r"\(([\d.,]+) to ([\d.,]+)\)"), "(\\1\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}\\2)"


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
    """The answer, announced when it changes, with the cautions about the model and further marks.

    note : a sentence under it, as markdown; more : what stands behind its "?".
    """
    # A number keeps its unit and an interval its ends on one line.
    whole = INTERVAL.sub(JOINED, said.replace(" %", "\N{NO-BREAK SPACE}%"))
    st.html(f'{STYLE}<div role="status"><h2 class="verdict">{cache.as_text(whole)}</h2></div>')
    if marks or cautions.find_cautions(found):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            verdict.show_cautions(found, effect=_say_effect(found))
            for mark in marks:
                st.badge(mark.words, icon=mark.icon, color=mark.colour, help=text.plain(mark.meaning))
    if note:
        st.markdown(note, help=more or None)


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
