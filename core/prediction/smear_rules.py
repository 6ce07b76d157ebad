"""How it is told which smear, or whose, an image among many is."""

from core.datasets.index import groups

FOLDER, ONE = "folder", "none"
RULES = {
    "auto": "by file name, where nearly all names are of a known kind (malaria, chest); else by folder",
    FOLDER: "the folder that an image lies in",
    ONE: "all images together",
    **{rule: groups.RULES[rule] for rule in groups.BY_NAME},
}


def call_groups(rule: str) -> str:
    """What the groups are that a rule makes."""
    return {FOLDER: "folders", ONE: "collections"}.get(rule, "patients")
