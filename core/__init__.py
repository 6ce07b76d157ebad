"""Second Look without its pages, usable from a terminal. Never imports Streamlit."""

__version__ = "0.1.0"
