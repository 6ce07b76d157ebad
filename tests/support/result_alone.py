"""The view of a result in an app of its own."""

import pytest
from streamlit.testing.v1 import AppTest

PAGE = """
from pages.kit import guards
from pages.evaluate import results
results.show_result(guards.require_model())
"""


APP = (
    "import streamlit as st\n"
    "names = ('evaluate', 'predict', 'review', 'train', 'datasets')\n"
    "pages = [st.Page(f'pages/{name}/page.py', url_path=name) for name in names]\n"
    "st.navigation(pages).run()\n"
)


def html(test):
    return " ".join(part.proto.body for part in test.get("html")).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def view(started, tmp_path):
    """Open the view in an app of its own: `view(cell="Parasitized|Uninfected")`."""
    site = tmp_path / "site"
    for name in ("evaluate", "predict", "review", "train", "datasets"):
        (site / "pages" / name).mkdir(parents=True)
    (site / "app.py").write_text(APP)
    (site / "pages" / "evaluate" / "page.py").write_text(PAGE)
    for name in ("predict", "review", "train", "datasets"):
        (site / "pages" / name / "page.py").write_text(f"import streamlit as st\nst.title('{name}')\n")

    def open_view(model="tiny-base-cnn", **address):
        test = AppTest.from_file(str(site / "app.py"), default_timeout=120)
        for key, value in {"model": model, **address}.items():
            test.query_params[key] = value
        test.run()
        assert not test.exception, test.exception
        return test

    return open_view
