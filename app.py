"""The navigation of Second Look: which pages there are, their titles, icons and order. Nothing else."""

import streamlit as st

st.set_page_config(page_title="Second Look", page_icon="pages/ui/icon.png", layout="wide")

PAGES = [
    st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
    st.Page("pages/datasets.py", title="Datasets", icon=":material/folder_open:"),
    st.Page("pages/explore.py", title="Explore", icon=":material/grid_view:"),
    st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
    st.Page("pages/evaluate.py", title="Evaluate", icon=":material/fact_check:"),
    st.Page("pages/compare.py", title="Compare", icon=":material/balance:"),
    st.Page("pages/predict.py", title="Predict", icon=":material/biotech:"),
]

st.navigation(PAGES).run()
