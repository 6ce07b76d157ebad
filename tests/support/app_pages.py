"""Opening a page of the app in Streamlit's AppTest, and what it says."""

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.support import said


def choose(test: AppTest, name: str) -> AppTest:
    """Have the next run show the page `name` ("train").

    `AppTest.switch_page` knows a page's address only after a first run; that would be one of Home, which begins jobs.
    """
    test._page_hash = calc_hash(name)
    return test


def words(test):
    """All that a person can read on the page."""
    return said.read_all(test)


def messages(test):
    return " ".join(str(part.value).replace("\\", "") for part in (*test.error, *test.warning))
