"""What a page says, with what stands behind its "?" and its badges."""

from streamlit.testing.v1 import AppTest


def read_all(test: AppTest) -> str:
    """Every word of the page: texts, messages, headings, HTML, and the help of each; a space is a space."""
    parts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.error, *test.success]
    parts += [*test.title, *test.header]
    said = [str(part.value) for part in parts]
    said += [part.proto.help for part in parts if hasattr(part.proto, "help")]
    said += [f"{link.proto.label} {link.proto.help}" for link in test.get("page_link")]
    said += [part.label for part in test.expander] + [part.proto.body for part in test.get("html")]
    return " ".join(said).replace("\N{NO-BREAK SPACE}", " ")
