"""Names and messages as text: folder names can hold anything, and Streamlit reads captions and messages as markdown.

Unescaped, a class folder called `![x](https:example.com)` would make the browser fetch something.
"""

import re

_MARKS = re.compile(r"([\\`*_\[\]<>~$|#&{}]|:(?=\S))")


def plain(words: str) -> str:
    """`words` so that markdown shows them as they are, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(words.split()))
