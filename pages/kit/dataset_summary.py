"""What was found in a data set, in a sentence, a picture and tables."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.index import browsing, index
from core.figures import counts
from pages.kit import arrivals, cache, charts, guards, headline, text, theme

WEB_PAGE = re.compile(r"https://[\w.~/?=&%+-]+")


def show_found(data: index.Index) -> None:
    """The data set in one line, and what limits it as marks."""
    found = index.describe(data)
    patients = f" of {found['groups']:,} patients" if data.has_groups else ""
    headline.show_headline(f"{found['images']:,} images{patients}, {len(data.class_names)} classes")
    unreadable = len(found["problems"])
    given = ", ".join(f"{name} {n:,}" for name, n in found["splits"].items() if name)
    with st.container(horizontal=True, gap="small"):
        if unreadable:
            words = "They are left out of everything; each stands with its reason on the Datasets page."
            st.badge(f"{unreadable:,} could not be read", icon=":material/warning:", color="orange", help=words)
        else:
            st.badge("All could be read", icon=":material/check:", color="green")
        if data.has_groups:
            rule = f"Told apart by the rule “{text.plain(data.group_rule)}”. {cache.explain('group')}"
            st.badge("Patients known", icon=":material/check:", color="green", help=rule)
        else:
            why = "No patients are known, so a split cannot keep them apart: " + cache.explain("group")
            st.badge("No patients known", icon=":material/warning:", color="orange", help=why)
        if given:
            st.badge(
                f"Parts: {text.plain(given)}", icon=":material/call_split:", color="blue", help="As the folder came."
            )
        else:
            words = "It came without train and test parts; a training makes them."
            st.badge("Not split", icon=":material/call_split:", color="blue", help=words)


def show_counts(data: index.Index) -> None:
    """Images of each class and split."""
    by_split = browsing.count_by_split(data)
    figure = counts.figure_class_counts(by_split, data.class_names, data.positive_class, theme.current())
    charts.show_chart(figure, key=f"counts-{data.fingerprint}")
    st.caption(counts.CAPTION, help=counts.READING)


def show_problems(data: index.Index) -> None:
    """Files that are left out, each with its reason."""
    problems = index.describe(data)["problems"]
    if problems:
        st.header("Left out")
        table = pd.DataFrame(problems).rename(columns={"path": "File", "problem": "Problem"})
        st.dataframe(table, hide_index=True)
        st.download_button("CSV", cache.as_csv(table), f"{data.name}-problems.csv", type="tertiary")


def show_facts(data: index.Index) -> None:
    """Where it came from, what was counted once, what was ignored, and its identity."""
    facts = data.facts
    twice = facts.get("copies_counted_once", 0)
    if twice:
        st.info(
            f"{twice:,} files lie in the folder twice, byte for byte; each was counted once.",
            icon=":material/content_copy:",
        )
    ignored = facts.get("ignored") or {}
    lines = [f"Fingerprint: `{data.fingerprint[:16]}`"]
    lines = [*_describe_origin(facts), *lines]
    lines += [f"Positive class: {text.plain(data.positive_class)}"]
    if ignored:
        lines.append(
            "Not images, left alone: " + ", ".join(f"{text.plain(name)} ({n:,})" for name, n in ignored.items())
        )
    with st.expander("Where it comes from"):
        st.caption("  \n".join(lines))


def _describe_origin(facts: Mapping[str, Any]) -> list[str]:
    """Where it comes from and under which terms, a line each, as far as that is known."""
    lines = []
    source, page = str(facts.get("source") or ""), str(facts.get("source_page") or "")
    if source:
        # An address may come from a file: only one without marks of markdown becomes a link.
        linked = f"[{text.plain(source)}]({page})" if WEB_PAGE.fullmatch(page) else text.plain(source)
        lines.append(f"Source: {linked}")
    for title, name in (("Licence", "licence"), ("Cite", "citation")):
        if facts.get(name):
            lines.append(f"{title}: {text.plain(str(facts[name]))}")
    return lines


def show_image_facts(data: index.Index, row: int) -> None:
    """What is known of one image, a line each."""
    facts = browsing.describe_image(data, row)
    st.markdown("  \n".join(f"**{name}** {text.plain(value)}" for name, value in facts.items()))


def show_change_since_index(data: index.Index) -> None:
    """Say when the files are no longer the ones that were read, and offer to read them again."""
    changes = cache.find_changes(data)
    if changes:
        st.warning(text.plain(changes), icon=":material/sync_problem:")
        if st.button("Read the folder again"):
            with guards.faults_as_messages():
                arrivals.start("index", data.name, group_rule=data.group_rule, positive_class=data.positive_class)
            st.rerun()
