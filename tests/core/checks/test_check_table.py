"""A code is for good, every check that is listed is one that is made, and none is made that is not listed."""

import ast

import pytest

from core.base import errors
from core.base.paths import PROJECT_FOLDER
from core.checks import check_table

# Never change a line: scripts and what people have muted name these. A check that goes leaves its line.
FOR_GOOD = """
D101 unreadable, D102 contradiction, D103 duplicate, D104 suspect, D105 near_duplicate, D106 text_card,
D107 single_colour, D108 dark, D109 bright, D110 low_contrast, D111 blurred, D112 odd_size, D113 imbalance,
D114 dominating_group, D115 tiny_group, D116 one_class_group,
C201 not_a_number, C202 nothing_learnt, C203 collapse, C204 overfitting, C205 generalisation_gap, C206 unstable,
C207 early_stopping, C208 unfinished, C209 small_validation,
R301 leaky_split, R302 few_patients, R303 few_images, R304 half_trained, R305 copies_across
"""


def test_codes_are_for_good():
    known = dict(entry.split() for entry in FOR_GOOD.replace("\n", " ").split(",") if entry.strip())
    assert {check.code: check.name for check in check_table.CHECKS}.items() <= known.items()
    assert len({check.name for check in check_table.CHECKS}) == len(check_table.CHECKS)


def test_every_check_has_its_words():
    for check in check_table.CHECKS:
        assert check.severity in check_table.SEVERITIES
        assert check.title and check.help.endswith(".")
        assert "|" not in check.help + check.title  # they stand in a table


def test_what_is_listed_is_what_is_made():
    """Each name stands as a word of its own in the code that makes it; none is asked for that is not there."""
    words, asked = set(), set()
    for path in (PROJECT_FOLDER / "core").rglob("*.py"):
        if path.name == "registry.py" and path.parent.name == "checks":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "registry.find":
                asked |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    names = {check.name for check in check_table.CHECKS}
    assert names <= words
    assert asked <= names


def test_a_code_as_a_person_writes_it():
    assert check_table.find_code(" d103 ").name == "duplicate"
    assert check_table.require_about("c204", "C").name == "overfitting"
    for code in ("D999", "", "../../x"):
        with pytest.raises(errors.CheckNotUsable, match="python -m core checks"):
            check_table.find_code(code)
    with pytest.raises(errors.CheckNotUsable, match="data set"):
        check_table.require_about("C204", "D")
