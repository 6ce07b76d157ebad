"""How a review is read: by how many, blind or not, in which order; each with what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.review import review_record, usefulness
from pages.kit import text

MODES = {review_record.BLIND_FIRST: "Blind first", review_record.MODEL_SHOWN: "Model shown"}
ORDERS = {
    review_record.USEFUL: "Most useful first",
    review_record.RANDOM: "Random",
    review_record.OLDEST: "Oldest first",
}
SHOWN_COSTS = "Readers lean towards an answer that they see: agreement then says little, and every number will say so."
AUDIT_HELP = (
    "This share is drawn at random and read whatever its rank. What is measured on it holds for all cases; what is "
    "measured on the most useful ones holds for none but them."
)
PSEUDONYM = "A number in place of the file's name"
PSEUDONYM_HELP = "The file is called case-000123, and its name is not kept. The patient that it belongs to is."
MODEL = "model "


@dataclass(frozen=True)
class Choices:
    """What was chosen. settings : of `review_record.Settings`. beside : models whose disagreement counts."""

    settings: Mapping[str, Any]
    beside: tuple[str, ...]
    pseudonym: bool


def input_choices(subjects: Mapping[str, str], model_id: str) -> Choices:
    """The form's second half; what is usual needs no click. subjects : "model ID" and others, with their names."""
    readers = st.segmented_control(
        "Readers of each case",
        [1, 2],
        default=1,
        required=True,
        key="review-readers",
        help="Two read without seeing each other's answers; where they differ, a third settles it.",
    )
    mode = st.segmented_control(
        "First sight",
        list(MODES),
        format_func=MODES.__getitem__,
        default=review_record.BLIND_FIRST,
        required=True,
        key="review-mode",
        help="Blind first: the reader answers, and sees the model's answer only then.",
    )
    if mode == review_record.MODEL_SHOWN:
        st.badge("Less honest", icon=":material/visibility:", color="orange", help=SHOWN_COSTS)
    with st.expander("Order, audit, names"):
        order = input_order(review_record.USEFUL, key="review-order")
        show_rule()
        percent = st.slider("Random audit, % of the cases", 0, 100, 10, 5, key="review-audit", help=AUDIT_HELP)
        others = [one for one in subjects if one.startswith(MODEL) and one != f"{MODEL}{model_id}"] if model_id else []
        beside = (
            st.multiselect(
                "Models beside it",
                others,
                format_func=subjects.__getitem__,
                key="review-beside",
                max_selections=4,
                help="They are asked as well: images about which models disagree come first.",
            )
            if others
            else []
        )
        pseudonym = st.checkbox(PSEUDONYM, key="review-pseudonym", help=PSEUDONYM_HELP)
    settings = {"readers": readers, "mode": mode, "order": order, "audit_share": percent / 100}
    return Choices(settings, tuple(one.removeprefix(MODEL) for one in beside), pseudonym)


def input_order(usual: review_record.Order, *, key: str, **options: Any) -> review_record.Order:
    """Which case comes first."""
    orders = list(ORDERS)
    order: review_record.Order = st.selectbox(
        "Order", orders, index=orders.index(usual), format_func=ORDERS.__getitem__, key=key, **options
    )
    return order


def show_rule() -> None:
    """The rule of the most useful first, as it is worked out."""
    with st.popover("How useful?", type="tertiary", icon=":material/help:"):
        st.markdown("Each sign is a number from 0 to 1. The greatest counts, and is the reason that is kept.")
        rows = [{"Sign": text.plain(sign), "Its number": text.plain(words)} for sign, words in usefulness.RULE.values()]
        st.table(pd.DataFrame(rows).set_index("Sign"))
