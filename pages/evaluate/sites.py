"""Where a model was checked by people who read images there, a line each."""

import streamlit as st

from core.models import package
from core.results import site_checks
from pages.kit import cache, site_badge

READ = "Images drawn there, half from what the model calls positive, read before its answer was seen; 95 % intervals."


def show_sites(found: package.Package) -> None:
    """All site checks that are kept with it, the newest first."""
    st.header("Where it was checked", help=READ)
    site_badge.show_site(found)
    checks = site_checks.list_checks(found)
    if checks:
        table = site_checks.tabulate(checks)
        st.dataframe(table, hide_index=True, key=f"sites-{found.id}")
        st.download_button(
            "CSV",
            cache.as_csv(table),
            f"{found.id}-site-checks.csv",
            type="tertiary",
            icon=":material/download:",
            key=f"sites-csv-{found.id}",
        )
