"""What leaks: patients, files and near-identical images on more than one side of a split, with their pictures."""

import re

import pandas as pd
import streamlit as st

from core.datasets.index import index
from core.datasets.splits import leak_audit
from core.jobs import jobs
from pages.kit import cache, guards, headline, image_grid, text, tile_component

SHOWN_PAIRS = 4
LIKENESS = "likeness"


def show_verdict(audited: leak_audit.Audit) -> None:
    """Whether a split leaks, in a line, and what nobody has looked for as a mark."""
    if audited.leaks:
        headline.show_headline("This split leaks", note=" ".join(audited.warnings))
        st.badge("Leaks", icon=":material/warning:", color="red", help=cache.explain("leak"))
    else:
        headline.show_headline("Nothing that was looked for stands on more than one side")
    missing = [
        *(["patients"] if not audited.patients_known else []),
        *(["near-identical images"] if audited.near is None else []),
    ]
    if missing:
        words = "Patients are not known, or nobody has looked yet: below stands what can be done."
        st.badge(f"Not looked for: {', '.join(missing)}", icon=":material/warning:", color="orange", help=words)


def show_audit(data: index.Index, audited: leak_audit.Audit) -> None:
    """What a split leaks, each kind with pictures; and what nobody has looked for yet, with the way to do so."""
    st.header("What leaks", help=cache.explain("leak"))
    if audited.patients_known and audited.without_patient:
        st.caption(audited.unknowns[0])
    if audited.patients_known:
        _show_finding(data, "Patients on more than one side", audited.patients)
    else:
        st.markdown("**Patients on more than one side**: not known, since no patients are known.")
    _show_finding(data, "Identical files on more than one side", audited.identical)
    if audited.near is not None:
        _show_finding(data, "Near-identical images on more than one side", audited.near)
        if audited.limits:
            first, *others = audited.limits
            st.caption(first, help=" ".join(others) or None)
        return
    st.markdown("**Near-identical images on more than one side**: not looked for yet.")
    busy = any(job.verb == LIKENESS and job.dataset == data.name and job.state.is_active for job in jobs.list_jobs())
    words = "Copies that were resized, saved anew, cropped a little, turned or mirrored. It takes a minute or so."
    if st.button("Look for near-identical images", icon=":material/search:", disabled=busy, help=words):
        with guards.faults_as_messages():
            jobs.start_job(LIKENESS, data.name)
        st.rerun()


def _show_finding(data: index.Index, title: str, finding: leak_audit.Finding) -> None:
    """A count, a few pairs of pictures side by side, and all of it to take away."""
    st.markdown(f"**{title}**: {f'{finding.count:,}' if finding.count else 'none'}")
    if not finding.count:
        return
    shown = finding.table.head(SHOWN_PAIRS)
    with st.grid("auto", min_column_width=250, gap="medium"):
        for _, pair in shown.iterrows():
            with st.container():
                _show_pair(data, pair, key=f"pair-{title}-{pair.name}")
    st.caption(
        f"{len(shown)} of {finding.count:,}: each time an image of one part and its counterpart in another.",
        help="That they look alike to you is not needed for a network to recognise them.",
    )
    listed = finding.table.assign(
        path_a=data.table.loc[finding.table["row_a"], "path"].to_numpy(),
        path_b=data.table.loc[finding.table["row_b"], "path"].to_numpy(),
    ).drop(columns=["row_a", "row_b"])
    file = f"{data.name}-{re.sub('[^a-z]+', '-', title.lower())}.csv"
    st.download_button("CSV", cache.as_csv(listed), file, key=f"csv-{title}", type="tertiary")


def _show_pair(data: index.Index, pair: pd.Series, *, key: str) -> None:
    tiles = [image_grid.make_tile(data, int(pair[f"row_{side}"]), str(pair[f"split_{side}"])) for side in ("a", "b")]
    tile_component.show_tiles(tiles, key=key, label="An image and its counterpart", across=2)
    if "group" in pair:
        st.caption(f"Patient {text.plain(str(pair['group']))}")
    elif "how" in pair:
        st.caption(f"{text.plain(str(pair['how']))}, likeness {pair['similarity']:.3f}")
