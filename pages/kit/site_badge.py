"""Whether a model was checked where it is used, as a small mark beside it, with the way to a check."""

from typing import Literal

import streamlit as st

from core.models import package
from core.results import site_checks
from core.statistics import site_verdict
from pages.kit import state, text

Colour = Literal["green", "orange", "red", "gray"]
COLOURS: dict[str, Colour] = {
    site_verdict.AS_AT_HOME: "green",
    site_verdict.WORSE: "orange",
    site_verdict.UNUSABLE: "red",
}
NEVER = "How often it is right on images of your own microscope and stain is not known: its test images were others."


def show_site(found: package.Package) -> None:
    """The newest check of this network in a line, others behind it; where there is none, the way to begin one."""
    latest = site_checks.find_latest(found)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        label = text.plain(site_checks.say_mark(found))
        if latest is None:
            st.badge(label, icon=":material/location_off:", color="gray", help=NEVER)
        else:
            same = site_checks.is_same(found, latest)
            checks = site_checks.list_checks(found)
            said = "  \n".join(text.plain(site_checks.say_check(one)) for one in reversed(checks))
            colour = COLOURS.get(latest.verdict, "gray") if same else "gray"
            st.badge(label, icon=":material/location_on:", color=colour, help=said)
        words = "Check it here" if latest is None else "Check it again"
        address = {state.VIEW: "site", state.MODEL: found.id, **({"site": "new"} if latest else {})}
        st.page_link("pages/review/page.py", label=words, icon=":material/arrow_forward:", query_params=address)
