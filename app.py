"""The navigation of Second Look: which pages there are, their titles, icons and order; and the gate before them."""

import streamlit as st

from pages.kit import address, gate


def show() -> None:
    """What each session runs, from the top, whenever something changes."""
    st.set_page_config(
        page_title="Second Look", page_icon="pages/kit/icon.png", layout="wide", initial_sidebar_state=220
    )
    pages = [
        st.Page("pages/home/page.py", title="Home", icon=":material/home:", url_path="home", default=True),
        st.Page("pages/datasets/page.py", title="Datasets", icon=":material/folder_open:", url_path="datasets"),
        st.Page("pages/explore/page.py", title="Explore", icon=":material/grid_view:", url_path="explore"),
        st.Page("pages/train/page.py", title="Train", icon=":material/model_training:", url_path="train"),
        st.Page("pages/evaluate/page.py", title="Evaluate", icon=":material/fact_check:", url_path="evaluate"),
        st.Page("pages/compare/page.py", title="Compare", icon=":material/balance:", url_path="compare"),
        st.Page("pages/predict/page.py", title="Predict", icon=":material/biotech:", url_path="predict"),
        st.Page("pages/review/page.py", title="Review", icon=":material/rate_review:", url_path="review"),
    ]
    st.logo("pages/kit/icon.png", size="large")  # the name beside it: pages/kit/theme.py
    page = st.navigation(pages)
    address.take_over()
    page.run()


if __name__ == "__main__":
    show()
else:  # `streamlit run app.py` finds an App here and imports this file once more, as the server of all sessions
    app: gate.Application = st.App(__file__, lifespan=gate.open_browser)
    app = gate.Gate(app)
