"""Fields that follow what is usual until a person types, and keep what was typed."""

from streamlit.testing.v1 import AppTest


def form():
    import streamlit as st

    from pages.kit import form_memory

    usual = 10 if st.checkbox("ten") else 5
    if not st.checkbox("hide"):
        st.number_input("n", 0, 100, **form_memory.follow("form-n", usual))
    options = ["a", "b"] if st.checkbox("few") else ["a", "b", "c"]
    st.selectbox("of", options, **form_memory.follow("form-of", "a", options=options))
    st.button("put", on_click=form_memory.put, args=({"form-n": 77},))
    st.button("forget", on_click=form_memory.forget, args=("form-",))


def open_form():
    test = AppTest.from_function(form, default_timeout=60).run()
    assert not test.exception
    return test


def press(test, label):
    next(button for button in test.button if button.label == label).click().run()


def test_a_field_follows_until_somebody_types():
    test = open_form()
    assert test.number_input[0].value == 5
    test.checkbox[0].check().run()
    assert test.number_input[0].value == 10
    test.number_input[0].set_value(42).run()
    test.checkbox[0].uncheck().run()
    assert test.number_input[0].value == 42


def test_what_was_typed_comes_back_with_the_field():
    test = open_form()
    test.number_input[0].set_value(42).run()
    test.checkbox[1].check().run()
    assert not test.number_input
    test.checkbox[1].uncheck().run()
    assert test.number_input[0].value == 42
    press(test, "forget")
    assert test.number_input[0].value == 5


def test_values_can_be_put_and_forgotten():
    test = open_form()
    press(test, "put")
    assert test.number_input[0].value == 77
    test.number_input[0].set_value(1).run()
    press(test, "put")
    assert test.number_input[0].value == 77


def test_a_choice_that_is_no_longer_offered_gives_way_and_comes_back():
    test = open_form()
    test.selectbox[0].select("c").run()
    test.checkbox[2].check().run()
    assert test.selectbox[0].value == "a"
    test.checkbox[2].uncheck().run()
    assert test.selectbox[0].value == "c"
