"""Numbers that others published about images of this kind, apart from the models of this machine."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.models import package
from core.results import published
from pages.kit import downloads


def show_published(models: Sequence[package.Package]) -> None:
    """Reference rows, apart from the models of this machine."""
    entries = published.find_published(models[0].class_names, models[0].manifest.dataset.kind)
    if not entries:
        return
    with st.expander("Published numbers", icon=":material/menu_book:"):
        table = pd.DataFrame([_describe_published(entry) for entry in entries])
        st.dataframe(
            table, hide_index=True, key="published", column_config={"Split": st.column_config.TextColumn(width=280)}
        )
        st.caption(
            "What others published about images of this kind, on test images of their own: no row can be compared "
            "with a model of this machine image by image, and a leaky split is no aim to reach. ± is the standard "
            "deviation between folds; – was not published, or not read by us."
        )
        downloads.offer_csv(lambda: table, "published.csv")


def _describe_published(entry: published.Published) -> dict[str, str]:
    def share(value: float | None) -> str:
        return "–" if value is None else f"{100 * value:.1f} %"

    spread = f" ± {100 * entry.spread:.1f}" if entry.spread is not None else ""
    return {
        "Model": entry.model,
        "Accuracy": share(entry.accuracy) + spread,
        "AUC": "–" if entry.auc is None else f"{entry.auc:.3f}",
        "Leak": "✕ leaky, too good" if entry.too_good else "none known",
        "Split": entry.split,
        "Source": entry.source,
        "Sensitivity": share(entry.sensitivity),
        "Specificity": share(entry.specificity),
        "Errors (false positives, negatives)": "–"
        if entry.errors is None
        else f"{entry.errors} ({entry.false_positives}, {entry.false_negatives})",
        "n": "–" if entry.n is None else f"{entry.n:,}",
    }
