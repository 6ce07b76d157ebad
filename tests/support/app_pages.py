"""Opening a page of the app in Streamlit's AppTest."""

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash


def choose(test: AppTest, name: str) -> AppTest:
    """Have the next run show the page `name` ("train").

    `AppTest.switch_page` knows a page's address only after a first run; that would be one of Home, which begins jobs.
    """
    test._page_hash = calc_hash("" if name == "home" else name)
    return test
