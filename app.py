"""The navigation of Second Look: which pages there are, their titles, icons and order; and the gate before them."""

import streamlit as st

from pages.ui import gate


def show() -> None:
    """What each session runs, from the top, whenever something changes."""
    st.set_page_config(page_title="Second Look", page_icon="pages/ui/icon.png", layout="wide")
    pages = [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/datasets.py", title="Datasets", icon=":material/folder_open:"),
        st.Page("pages/explore.py", title="Explore", icon=":material/grid_view:"),
        st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("pages/evaluate.py", title="Evaluate", icon=":material/fact_check:"),
        st.Page("pages/compare.py", title="Compare", icon=":material/balance:"),
        st.Page("pages/predict.py", title="Predict", icon=":material/biotech:"),
    ]
    st.navigation(pages).run()


if __name__ == "__main__":
    show()
else:  # `streamlit run app.py` finds an App here and imports this file once more, as the server of all sessions
    app: gate.Application = st.App(__file__, lifespan=gate.open_browser)
    app = gate.Gate(app)
