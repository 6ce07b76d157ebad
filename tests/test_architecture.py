"""The laws of the code, read from its imports (function-level ones included). A broken law names the line."""

import ast
import functools
import graphlib
import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
CORE = sorted((PROJECT / "core").rglob("*.py"))
PAGES = sorted((PROJECT / "pages").glob("*/page.py"))
UI = sorted(path for path in (PROJECT / "pages").rglob("*.py") if path.name != "page.py")
# The law of the rooms, lowest floor first: a room imports from itself and from floors below, nothing else of ours.
FLOORS = (
    ("base", "figures"),
    ("checks",),
    ("statistics", "datasets"),
    ("models",),
    ("runtimes",),
    ("training", "explanation", "gate"),
    ("prediction",),
    ("results",),
    ("review", "experiments"),
    ("reports",),
    ("jobs",),
    ("terminal",),
)
# The same within the largest room.
FLOORS_OF_DATASETS = (("index",), ("duplicates",), ("splits",), ("intake", "views"), ("sample", "quality"))
KNOWS_ONLY_BASE = ("statistics",)
NEEDS_TENSORFLOW_AT_IMPORT = {"core.training.fit.fit", "core.training.fit.callbacks"}


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


@functools.cache
def parse(path: Path) -> ast.Module:
    """Once for all laws: none of them changes a tree."""
    return ast.parse(path.read_text())


@pytest.fixture(scope="module", autouse=True)
def forget_trees():
    """A million objects, among which every later test of the process would look for garbage."""
    yield
    for read in (parse, imports_of, calls_of):
        read.cache_clear()


@functools.cache
def imports_of(path: Path) -> tuple[tuple[str, int], ...]:
    """(dotted name, line) of every import; `from a import b` counts as a.b, so that modules are seen whole."""
    found = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} imports relatively; write the whole name"
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return tuple(found)


def offenders(paths: list[Path], forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{name_of(path)}:{line} imports {name}"
        for path in paths
        for name, line in imports_of(path)
        if any(name == root or name.startswith(root + ".") for root in forbidden)
    ]


def test_the_tree_is_where_the_laws_look():
    assert len(CORE) > 30
    assert len(PAGES) >= 6
    assert UI


def test_core_knows_nothing_of_the_pages():
    assert offenders(CORE, ("streamlit", "pages", "app")) == []


def test_tensorflow_is_imported_in_one_place():
    others = [path for path in [*CORE, *PAGES, *UI] if module_of(path) != "core.models.backend"]
    assert offenders(others, ("tensorflow", "keras")) == []


def test_plotly_is_used_by_figures_and_the_live_chart_only():
    allowed = {"pages.kit.live_chart"}
    others = [p for p in [*CORE, *PAGES, *UI] if "figures" not in p.parts and module_of(p) not in allowed]
    assert offenders(others, ("plotly",)) == []


def test_modules_that_load_tensorflow_at_import_are_imported_inside_functions():
    for path in CORE:
        if module_of(path) in NEEDS_TENSORFLOW_AT_IMPORT:
            said = ast.get_docstring(parse(path))
            assert "Needs TensorFlow at import" in said.splitlines()[0] + " " + said
            continue
        top_level = [node for node in parse(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = [f"{n.module}.{a.name}" for n in top_level if isinstance(n, ast.ImportFrom) for a in n.names]
        assert not NEEDS_TENSORFLOW_AT_IMPORT & set(names), name_of(path)


def rooms_above(room: str, floors: tuple[tuple[str, ...], ...]) -> set[str]:
    """What `room` may not know: its neighbours on the same floor, and all above."""
    (floor,) = (number for number, rooms in enumerate(floors) if room in rooms)
    return {other for rooms in floors[floor:] for other in rooms} - {room}


def test_every_folder_of_core_is_a_room_of_the_plan():
    rooms = {room for floor in FLOORS for room in floor}
    assert {path.parent.name for path in (PROJECT / "core").glob("*/__init__.py")} == rooms
    assert {path.name for path in (PROJECT / "core").glob("*.py")} == {"__init__.py", "__main__.py"}
    parts = {room for floor in FLOORS_OF_DATASETS for room in floor}
    assert {path.name for path in (PROJECT / "core" / "datasets").iterdir() if path.is_dir()} - {"__pycache__"} == parts


@pytest.mark.parametrize("room", [room for floor in FLOORS for room in floor])
def test_a_room_imports_downwards_only(room):
    above = rooms_above(room, FLOORS)
    if room in KNOWS_ONLY_BASE:
        above = {other for floor in FLOORS for other in floor} - {room, "base"}
    elif room == "datasets":
        above -= {"statistics"}
    paths = sorted((PROJECT / "core" / room).rglob("*.py"))
    assert offenders(paths, tuple(f"core.{other}" for other in above)) == []


@pytest.mark.parametrize("part", [part for floor in FLOORS_OF_DATASETS for part in floor])
def test_a_part_of_datasets_imports_downwards_only(part):
    forbidden = tuple(f"core.datasets.{other}" for other in rooms_above(part, FLOORS_OF_DATASETS))
    assert offenders(sorted((PROJECT / "core" / "datasets" / part).rglob("*.py")), forbidden) == []


def test_a_module_is_known_by_its_name():
    """Modules are imported, not names: `splits.make_split` must say of what, wherever it stands."""
    own_names = [path for path in CORE if path.stem != "__init__" and path.parent.name not in ("figures", "terminal")]
    twice = [name for name, count in Counter(path.stem for path in own_names).items() if count > 1]
    assert twice == []


def test_no_page_imports_the_parts_of_another():
    found = []
    for path in [*PAGES, *UI]:
        own = path.parent.name
        others = {page.parent.name for page in PAGES} - {own}
        found += offenders([path], tuple(f"pages.{other}" for other in others))
    assert found == []


def test_what_pages_share_knows_no_page():
    kit = [path for path in UI if path.parent.name == "kit"]
    assert len(kit) > 10
    assert offenders(kit, tuple(f"pages.{page.parent.name}" for page in PAGES)) == []


def test_no_circle_of_files():
    """What imports each other, however far round, is one thing in two files."""
    everything = {module_of(path): path for path in [*CORE, *PAGES, *UI]}
    arrows = {
        name: {target for called, _ in imports_of(path) if (target := _find_module(called, everything))} - {name}
        for name, path in everything.items()
    }
    order = graphlib.TopologicalSorter(arrows)
    order.prepare()  # raises CycleError, which names the circle


def test_what_all_runtimes_and_explanations_share_knows_no_kind_of_network():
    of_methods = [path for path in (PROJECT / "core" / "explanation").glob("*.py") if path.stem != "methods"]
    pure = [PROJECT / "core" / "runtimes" / "base.py", *of_methods]  # the registry of methods has a default by network
    assert offenders(pure, ("core.models", "core.runtimes.keras", "core.runtimes.opening")) == []


def test_a_network_is_called_by_its_runtime():
    """Loops over batches and compiled functions stand there once; an export and a training call Keras' own way."""
    asks = ("predict_on_batch", "get_concrete_function", ".predict_step")
    found = [
        f"{name_of(path)}:{n}" for path in [*CORE, *PAGES, *UI] for call, n in calls_of(path) if call.endswith(asks)
    ]
    assert [said.split(":")[0] for said in found] == ["core/runtimes/keras.py"]


def _find_module(called: str, known: dict[str, Path]) -> str | None:
    """The file that an imported name stands in: itself, or the module that it is taken from."""
    return called if called in known else called.rpartition(".")[0] if called.rpartition(".")[0] in known else None


@functools.cache
def calls_of(path: Path) -> tuple[tuple[str, int], ...]:
    """(called name as written, line)."""
    return tuple((ast.unparse(node.func), node.lineno) for node in ast.walk(parse(path)) if isinstance(node, ast.Call))


# Of what is read as a `Record`: by expression; its sections that are looked up by a name that is not ours.
TYPED = re.compile(r"(?:\bmanifest|(?<!\bdata)(?<!\bmade)\.facts|\.details)((?:\.\w+)*)")
LOOKED_UP = (".recipe", ".versions", ".files", ".card", ".times_chosen", ".changes")


@pytest.mark.parametrize("text", ["found.manifest['test']", "manifest.test['n']", "one.facts.get('split')"])
def test_the_pattern_of_typed_records_finds_keys(text):
    assert _find_keys(ast.parse(text)) == [(1, text.split("(")[0].removesuffix(".get"))]


def test_what_is_typed_is_read_by_attributes():
    """What a manifest, a run, a status, a series and a job say: a wrong key would be found by who opens the page."""
    others = [path for path in [*CORE, *PAGES, *UI] if path.parent.name not in ("datasets", "models")]
    found = [f"{name_of(path)}:{n} {text}" for path in others for n, text in _find_keys(parse(path))]
    assert found == []


def _find_keys(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, expression) of each typed record that is looked into by a key."""
    asked = [node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "get"]
    looked = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    keyed = [node for node in looked if not isinstance(node.slice, ast.Slice)]
    return [
        (node.lineno, ast.unparse(node))
        for node, base in [*zip(asked, asked, strict=True), *((node, node.value) for node in keyed)]
        if (typed := TYPED.search(ast.unparse(base))) and typed.end() == len(ast.unparse(base))
        if not typed[1].endswith(LOOKED_UP)
    ]


def test_only_the_terminal_prints():
    # The verbs of `python -m core` stand in core/terminal/, by what they are about: together they are the terminal.
    others = [path for path in CORE if path.name != "__main__.py" and path.parent.name != "terminal"]
    assert [f"{name_of(path)}:{n}" for path in others for call, n in calls_of(path) if call == "print"] == []


def test_only_the_entry_point_imports_the_terminal():
    others = [path for path in CORE if path.name != "__main__.py" and path.parent.name != "terminal"]
    assert offenders([*others, *PAGES, *UI], ("core.terminal",)) == []


def test_only_paths_reads_the_environment():
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in [*CORE, *PAGES, *UI]
        if path.name != "paths.py"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv", "os.putenv")
    ]
    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_a_table_of_contents(path):
    tree = parse(path)
    assert len(path.read_text().splitlines()) <= 90
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.For | ast.While)]
    assert not [
        call for call, _ in calls_of(path) if call == "open" or call.endswith((".open", ".read_bytes", ".read_text"))
    ]
    others = tuple(f"pages.{other.stem}" for other in PAGES)
    assert offenders([path], ("tensorflow", "keras", "cv2", "numpy", "pandas", *others)) == []
    assert ast.get_docstring(tree)


LEADS_AWAY = ("altair_chart", "vega_lite_chart", "line_chart", "bar_chart", "area_chart", "scatter_chart", "map")
LEADS_AWAY += (
    "pydeck_chart",
    "bokeh_chart",
    "graphviz_chart",
    "echarts_chart",
    "mermaid_chart",
    "iframe",
    "link_button",
)
ONE_PLACE = {"plotly_chart": "pages.kit.charts", "file_uploader": "pages.kit.uploads"}


def test_a_chart_and_an_upload_go_through_one_place_each():
    """So that no chart has a way off the machine, and no upload a limit that only the browser holds."""
    calls = [(module_of(path), call.split(".")[-1], n) for path in [*PAGES, *UI] for call, n in calls_of(path)]
    assert [entry for entry in calls if entry[1] in ONE_PLACE and entry[0] != ONE_PLACE[entry[1]]] == []
    assert {entry[1] for entry in calls} >= set(ONE_PLACE)


def test_nothing_is_shown_with_a_tool_that_leads_away():
    """Their toolbars open an editor on another host, or fetch from one; ours is Plotly, without its own."""
    found = [f"{name_of(path)}:{n} {call}" for path in [*PAGES, *UI] for call, n in calls_of(path)]
    assert [entry for entry in found if entry.split(" st.")[-1] in LEADS_AWAY] == []


def test_our_javascript_calls_plotly_with_the_settings_of_all_figures():
    drawing = re.compile(r"\b[pP]lotly\.(?:react|newPlot)\(([^;]*)\);")
    scripts = sorted((PROJECT / "core").rglob("*.js"))
    found = [(name_of(path), call) for path in [*CORE, *UI, *scripts] for call in drawing.findall(path.read_text())]
    assert len(found) >= 4
    assert [entry for entry in found if not entry[1].endswith("OPTIONS")] == []


def test_app_registers_pages_behind_the_gate_and_nothing_else():
    path = PROJECT / "app.py"
    assert {name for name, _ in imports_of(path)} == {"streamlit", "pages.kit.address", "pages.kit.gate"}
    registered = {call.args[0].value for call in ast.walk(parse(path)) if _is_page(call)}
    assert registered == {name_of(page) for page in PAGES}


def _is_page(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page"


def test_session_keys_live_in_ui():
    assert offenders(PAGES, ("core.base.files", "core.base.paths")) == []
    found = [f"{name_of(p)}" for p in PAGES if "session_state" in p.read_text() or "query_params" in p.read_text()]
    assert found == []


def test_the_address_is_read_and_written_in_one_place():
    """Whoever else reads it may read an old one; whoever else writes it makes the session forget what it has sent."""
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in UI
        if path.stem != "address"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and node.attr == "query_params"
    ]
    assert found == []


def test_every_public_function_and_class_of_core_has_a_docstring_and_types():
    missing = []
    for path in CORE:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                nested = isinstance(node, ast.FunctionDef) and node.returns is None
                if nested or (not ast.get_docstring(node) and node in parse(path).body):
                    missing.append(f"{name_of(path)}:{node.lineno} {node.name}")
    assert missing == []


# What stands in the calls whose term is worked out: (module, as written) -> all that it can be.
TABLE = "core.statistics.metrics_table"
TERMS = {
    ("history", "str(metric)"): lambda: importlib.import_module("pages.evaluate.history").METRICS,
    ("operating_point", "kind"): lambda: ("sensitivity", "specificity"),
    ("calibration", "one.term"): lambda: [one.term for one in importlib.import_module(TABLE).SCORES],
    ("results", "one.term"): lambda: [one.term for one in importlib.import_module(TABLE).METRICS],
    ("split_maker", "label"): lambda: ("Validation", "Test"),
    ("live", "metric"): lambda: ("loss", "accuracy"),
}


def test_every_term_that_a_page_explains_is_in_the_glossary():
    lines = [line for line in (PROJECT / "GLOSSARY.md").read_text().splitlines() if line.startswith("**")]
    terms = [line[2:].split("**: ")[0].lower() for line in lines]
    assert len(terms) == len(set(terms)), "a term has one sentence"
    asked, worked_out = set(), set()
    for path in [*PAGES, *UI]:
        for node in ast.walk(parse(path)):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("cache.explain", "explain"):
                continue
            (term,) = node.args
            if isinstance(term, ast.Constant):
                asked.add(term.value.lower())
            else:
                worked_out.add((path.stem, ast.unparse(term)))
    assert worked_out == set(TERMS)
    asked |= {term.lower() for list_terms in TERMS.values() for term in list_terms()}
    sentences = {line.split("**: ")[1] for line in lines if "**: " in line}
    settings = importlib.import_module("core.training.settings_table").SETTINGS.values()
    asked |= {one.called.lower() for one in settings if one.help in sentences}  # which the form explains by their help
    assert len(asked) > 40
    assert sorted(asked - set(terms)) == []


def test_version_is_the_same_everywhere():
    import core

    assert f'version = "{core.__version__}"' in (PROJECT / "pyproject.toml").read_text()
    assert core.__version__ in (PROJECT / "CHANGELOG.md").read_text()


def test_the_project_does_not_carry_data_or_paths_of_one_machine():
    tracked = [p for p in PROJECT.rglob("*") if p.suffix in {".py", ".md", ".toml", ".txt", ".json"} and _is_ours(p)]
    machine = ("/" + "work/", "/" + "root/")
    assert [name_of(p) for p in tracked if any(word in p.read_text() for word in machine)] == []


def _is_ours(path: Path) -> bool:
    parts = path.relative_to(PROJECT).parts
    return not parts[0].startswith(".v") and parts[0] not in {"data", "static", ".git"} and "__pycache__" not in parts


ODD = ("surest", "hang together", "a little too good", "by heart", "fell apart")
SAID_ONCE = {"GLOSSARY.md": "learns its training images by heart"}  # where the field's word is explained


def test_the_fields_words_are_used():
    """Words that a reader of the field would have to guess at, on screen or in a name."""
    paths = [*CORE, *PAGES, *UI, PROJECT / "README.md", PROJECT / "GLOSSARY.md"]
    found = []
    for path in paths:
        said = " ".join(re.sub(r'"\s*\n\s*f?"', "", path.read_text()).split()).lower()
        said = said.replace(SAID_ONCE[path.name], "") if path.name in SAID_ONCE else said
        found += [f"{name_of(path)}: {odd}" for odd in ODD if odd in said]
    assert found == []


def test_no_test_is_another_tests_helper():
    """What two files of tests need is in `tests/support`, or beside the journeys."""
    imported = re.compile(r"(?m)^\s*(?:from tests\.\S*\btest_\w+ import|from tests\.?\S* import .*\btest_\w+)")
    paths = [*(PROJECT / "tests").rglob("*.py")]
    assert len(paths) > 200
    assert [path.name for path in paths if imported.search(path.read_text())] == []
