"""What is written about the verbs is what the parser knows: docs/, README, and every command that a message names."""

import re

import pytest

from core.base.paths import PROJECT_FOLDER
from core.terminal import handbook, parser

GROUPS = parser.list_verbs()
VERBS = {name: verb for verbs in GROUPS.values() for name, verb in verbs.items()}
OF_THE_DASHBOARD = {"work", "job"}
SPOKEN = [*PROJECT_FOLDER.glob("*.md"), *PROJECT_FOLDER.glob("docs/**/*.md"), PROJECT_FOLDER / "Makefile"]
SPOKEN += [*PROJECT_FOLDER.glob("core/**/*.py"), *PROJECT_FOLDER.glob("pages/**/*.py")]
COMMAND = re.compile(r"python -m core ([a-z]+(?:-[a-z]+)*)((?:(?!python -m core)[^`\n\"#])*)")


@pytest.mark.parametrize("page", handbook.PAGES)
def test_a_page_of_docs_is_what_the_program_prints_now(call, page):
    written = (PROJECT_FOLDER / "docs" / f"{page}.md").read_text()
    assert handbook.PAGES[page](parser.list_verbs) == written, "run: make docs"
    assert call("docs", page, "--json")[1] == {"page": page, "text": written}


def test_every_verb_and_flag_has_a_meaning_on_the_page():
    page = handbook.write_document(parser.list_verbs)
    for name, verb in VERBS.items():
        part = page.split(f"### {name}\n")[1].split("###")[0]
        for flag, action in handbook.list_flags(verb).items():
            assert action.help, f"{name} {flag}"
            assert f"`{flag}".replace("|", "\\|") in part, f"{name} {flag}"


def test_readme_names_every_verb_and_no_other():
    part = (PROJECT_FOLDER / "README.md").read_text().split("## From a terminal")[1].split("## ")[0]
    rows = [line.split("|")[2] for line in part.splitlines() if line.startswith("| ") and "`" in line]
    named = re.findall(r"`([a-z]+(?:-[a-z]+)*)`", " ".join(rows))
    assert sorted(named) == sorted(VERBS.keys() - OF_THE_DASHBOARD)


def find_commands():
    return [(path, *found) for path in SPOKEN for found in COMMAND.findall(path.read_text())]


def test_every_command_that_is_written_anywhere_is_one():
    found = find_commands()
    assert len(found) > 20
    for path, verb, rest in found:
        assert verb in VERBS, f"{path.name}: {verb}"
        known = {*handbook.list_flags(VERBS[verb]), "--json"}
        assert set(re.findall(r"(?<=\s)--[a-z-]+", rest)) <= known, f"{path.name}: {verb}{rest}"


def test_a_group_says_its_verbs():
    for group in parser._all_groups():
        said = group.__doc__.split(":", 1)[1].split(".")[0]
        (verbs,) = (verbs for title, verbs in GROUPS.items() if group.__doc__.startswith(f"{title}:"))
        assert [name.strip() for name in said.split(",")] == list(verbs)
