"""Who reads: a name that nobody checks, or the person who signed in, and who leads."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.kit import reader


@pytest.mark.parametrize(
    ("claims", "name", "leads"),
    [
        ({"email": "Ada@x.org", "name": "Ada"}, "Ada@x.org", True),
        ({"email": "ada@x.org", "email_verified": False, "name": "Eve"}, "Eve", False),
        ({"email": "ada@x.org", "email_verified": True}, "ada@x.org", True),
        ({"preferred_username": "ben", "name": "Ben"}, "ben", False),
        ({"sub": "123"}, "123", False),
    ],
)
def test_a_token_names_its_reader(claims, name, leads):
    found = reader.describe_user(claims, ["ada@x.org "])
    assert (found.name, found.may_lead, found.signed_in) == (name, leads, True)


def test_a_token_without_a_name_is_nobody():
    assert reader.describe_user({"email": "a@x.org", "email_verified": False}, []) is None


def show():
    import streamlit as st

    from pages.kit import reader

    found = reader.require_reader()
    reader.show_reader(found, "3 left")
    st.write(f"{found.name} leads: {found.may_lead}")


@pytest.fixture
def signed(monkeypatch):
    """A page where people sign in. Call it with the claims of who has."""
    monkeypatch.setattr(reader, "is_sign_in_set_up", lambda: True)

    def open_page(**claims):
        test = AppTest.from_function(show, default_timeout=60)
        test.secrets["auth"] = {"cookie_secret": "x"}
        test.secrets["second_look"] = {"leads": ["ada@x.org"]}
        if claims:
            test.user = {"is_logged_in": True, **claims}
        return test.run()

    return open_page


def test_who_has_not_signed_in_is_asked_to(signed):
    test = signed()
    assert [one.label for one in test.button] == ["Sign in"] and not test.text_input


@pytest.mark.parametrize(("mail", "leads"), [("ada@x.org", True), ("ben@x.org", False)])
def test_who_has_signed_in_reads_under_that_name(signed, mail, leads):
    test = signed(email=mail)
    assert f"{mail} leads: {leads}" in [one.value for one in test.markdown]
    assert [one.label for one in test.button] == ["Sign out"]


def test_without_sign_in_everybody_may_lead():
    test = AppTest.from_function(show, default_timeout=60).run()
    test.text_input(key="reader-name").set_value(" Ada ").run()
    assert "Ada leads: True" in [one.value for one in test.markdown] and not test.text_input
