"""Deciding about an image on a page, as a person does: open, sign, press. The same on every page."""


def list_pictures(test):
    """The images that can be decided about by a button under each, in their order."""
    keys = [link.proto.query_string for link in test.get("page_link")]
    return [query.rsplit("image=", 1)[-1] for query in keys if "image=" in query]


def open_menu(test, key):
    """Open the button whose key is this."""
    test.session_state[key] = True
    return run(test)


def decide(test, key, kind, *, by="Ada", why=""):
    """Press the first button of a kind in what is open under `key`, signed."""
    if by:
        test.text_input(key=f"{key}-who").set_value(by)
    if why:
        test.text_input(key=f"{key}-why").set_value(why)
    return press(test, f"{key}-{kind}-")


def press(test, start):
    """Press the first button whose key begins so."""
    next(button for button in test.button if str(button.key).startswith(start)).click()
    return run(test)


def run(test):
    """Run, without a fault."""
    test.run()
    assert not test.exception, test.exception
    return test
