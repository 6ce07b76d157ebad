"""All that a page says in AppTest: what is seen at once, and what stands behind its "?"."""

KINDS = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success", "html")


def everything(test) -> str:
    """Words of headings, texts, messages and badges, with their help."""
    said = []
    for kind in KINDS:
        for one in test.get(kind):
            said += [getattr(one, "value", "") or getattr(one.proto, "body", ""), getattr(one.proto, "help", "")]
    return " ".join(str(part) for part in said if part)
