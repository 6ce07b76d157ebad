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


def marked(test):
    """All words of the page that are read as markdown."""
    parts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.error, *test.success]
    parts += [*test.title, *test.header]
    return " ".join(str(part.value) for part in parts)


def written(test):
    """All words of the page that are HTML of our own."""
    return " ".join(str(part.proto.body) for part in test.get("html"))


def words(test):
    """All that a person can read on the page, what stands behind a "?" too."""
    return said.read_all(test)


def hints(test):
    """What stands behind the question marks of words, captions and headings, and behind marks."""
    parts = [*test.markdown, *test.caption, *test.header]
    return " ".join(part.proto.help for part in parts)


def messages(test):
    return " ".join(str(part.value).replace("\\", "") for part in (*test.error, *test.warning))
