"""Who reads: the person who signed in, where sign-in is set up, else a name that nobody checks.

Sign-in is Streamlit's own (OpenID Connect), set up by `[auth]` in `.streamlit/secrets.toml`. `[second_look] leads` in
the same file names who may also settle, change a review and close it; without sign-in everybody may.
"""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
import streamlit.components.v2 as components

from core.base import errors
from pages.kit import guards, signature, text

AUTH, SECTION, LEADS = "auth", "second_look", "leads"
FIELD, LEFT = "reader-name", "reader-left"
UNCHECKED = "Nobody checks this name: sign-in is not set up here. It stands with every answer."
# A name outlives a reload and a lost connection, in this tab alone.
SCRIPT = """
export default function ({ data, setTriggerValue }) {
  const kept = sessionStorage.getItem("second-look-reader");
  if (data.left) sessionStorage.removeItem("second-look-reader");
  else if (data.name) sessionStorage.setItem("second-look-reader", data.name);
  else if (kept) setTriggerValue("recalled", kept);
}
"""


@dataclass(frozen=True)
class Reader:
    """name : as it stands with each answer. may_lead : whether they may settle, change a review and close it.
    signed_in : whether somebody has checked who it is."""

    name: str
    may_lead: bool
    signed_in: bool


UNNAMED = "somebody at this machine"  # who has given no name yet
NOBODY = Reader("somebody", False, False)


def is_sign_in_set_up() -> bool:
    """Whether people sign in here."""
    return st.secrets.load_if_toml_exists() and AUTH in st.secrets


def find_reader() -> Reader | None:
    """Who reads; None where nobody has signed in or given a name."""
    if is_sign_in_set_up():
        return describe_user(st.user.to_dict(), _list_leads()) if st.user.get("is_logged_in") else None
    name = signature.recall_name()
    return Reader(name, True, False) if name else None


def describe_user(claims: Mapping[str, Any], leads: list[str]) -> Reader | None:
    """The reader whom these claims of an identity token name; None where they name nobody.

    An address of mail that the provider has not verified names nobody: anybody could have given it.
    """
    mail = str(claims.get("email") or "") if claims.get("email_verified", True) is not False else ""
    name = mail or str(claims.get("preferred_username") or claims.get("name") or claims.get("sub") or "")
    known = {str(lead).strip().lower() for lead in leads}
    return Reader(name[:80], name.strip().lower() in known, True) if name.strip() else None


def require_reader() -> Reader:
    """Who reads; ends the page with the way in where that is not known."""
    found = find_reader()
    if is_sign_in_set_up():
        if found is None:
            st.markdown("Sign in to read: each answer is kept with the name of who gave it.")
            if importlib.util.find_spec("authlib") is None:
                st.error("Sign-in is set up, but not installed here: `pip install 'streamlit[auth]'`.")
                st.stop()
            st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)
            st.stop()
        return found
    _remember_in_tab(found.name if found else "")
    place = st.empty()  # which a name that was given empties at once: while its field stands, keys are typed into it
    if found is None:
        with place.container(width=420):
            signature.input_name(FIELD, "Who reads")
            st.caption(UNCHECKED)
        st.stop()
    return found


def show_reader(found: Reader, progress: str = "") -> None:
    """The reader's name, with the way to another one. progress : plain text beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover(text.plain(found.name), icon=":material/person:", type="tertiary", key="reader"):
            if found.signed_in:
                st.button("Sign out", on_click=st.logout)
            else:
                st.caption(UNCHECKED)
                st.button("Somebody else reads", on_click=_leave)
        if progress:
            st.caption(text.plain(progress))


def may_lead() -> bool:
    """Whether who looks may settle, change a review and close it: everybody where nobody signs in."""
    found = find_reader()
    return not is_sign_in_set_up() or (found is not None and found.may_lead)


def require_lead(found: Reader) -> None:
    """Raise ReadingNotPossible for somebody who may not settle, change a review or close it."""
    if not found.may_lead:
        raise errors.ReadingNotPossible(
            expected="somebody who leads this review",
            found=f"{found.name}, who reads",
            where="the people of `[second_look] leads` in .streamlit/secrets.toml",
            todo="Have a lead do it.",
        )


def act_as_lead(act: Callable[[str], object]) -> None:
    """The callback of a button that only leads may press; `act` gets who presses it.

    Asked at the press: a page that was open before somebody else signed in still has its buttons.
    """
    found = find_reader()
    if is_sign_in_set_up():
        guards.attempt(require_lead, found or NOBODY)
        if found is None or not found.may_lead:
            return
    guards.attempt(act, found.name if found else UNNAMED)


def _list_leads() -> list[str]:
    section = st.secrets.get(SECTION, {})
    return list(section.get(LEADS, []))


def _leave() -> None:
    signature.remember_name("")
    st.session_state.pop(FIELD, None)
    st.session_state[LEFT] = True


def _remember_in_tab(name: str) -> None:
    def take_name() -> None:
        recalled = (st.session_state.get("reader-in-tab") or {}).get("recalled")
        if isinstance(recalled, str) and not signature.recall_name():
            signature.remember_name(recalled[:80])

    left = bool(st.session_state.pop(LEFT, False)) and not name
    _component()(key="reader-in-tab", data={"name": name, "left": left}, on_recalled_change=take_name)


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return components.component("second_look_reader", html="", js=SCRIPT, isolate_styles=False)
