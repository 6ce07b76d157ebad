"""What the pages share. Only app.py and pages/ import Streamlit; all caching and all session keys live here."""
