"""Which part imports which, and what each import costs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

import inpaintscan
from tests.source import (
    FILES,
    PACKAGE,
    TREES,
    imported_modules,
    layer_of,
    short,
    statements_run_on_import,
)

LAYERS = [
    "cli",
    "jobs",
    "cluster",
    "report",
    "eval",
    "train",
    "gen_data",
    "data",
    "scan",
    "nets",
    "weights",
    "card",
    "card_shape",
    "device",
    "provenance",
    "images",
    "findings",
    "stats",
    "files",
    "shapes",
    "option",
    "errors",
]
"""From the top down: a part imports from itself and from what stands below it."""

UPWARD_BY_DESIGN = {("weights", "nets"), ("findings", "report")}
"""`weights.load_network` looks its architecture up when called; nets/ never imports weights. A
`Finding` asks for its record, and for what a notebook shows, when called."""

ENTRY_FILES = {"__init__", "__main__"}
"""The package's own doors: they may reach anywhere, lazily."""

TORCH_FREE = {
    "cli",
    "jobs",
    "cluster",
    "report",
    "weights",
    "card",
    "card_shape",
    "provenance",
    "images",
    "findings",
    "files",
    "shapes",
    "option",
    "errors",
}
"""Parts whose import costs no torch."""

HEAVY = {
    *("torch", "torchvision", "timm", "cv2", "sklearn", "scipy", "matplotlib", "diffusers"),
    *("ray", "pyarrow", "fsspec", "pandas"),
}


FREE_FILES = [
    file for file in FILES if file.relative_to(PACKAGE).parts[0].removesuffix(".py") in TORCH_FREE
]


def module_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def home_of(name: str) -> str:
    """Follow what is imported through the door of the package to where it lives."""
    first, dot, rest = name.removeprefix("inpaintscan.").partition(".")
    return f"{inpaintscan._HOMES.get(first, f'inpaintscan.{first}')}{dot}{rest}"


def dotted_strings(node: ast.AST) -> list[str]:
    """A lazily imported module is written as a string: `"inpaintscan.weights:Card"`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.findall(r"^inpaintscan\.[\w.]+(?=$|:)", node.value)
    return []


def reached_layers(nodes: Iterable[ast.AST]) -> set[str]:
    names = [
        home_of(name)
        for node in nodes
        for name in (*imported_modules(node), *dotted_strings(node))
        if name.startswith("inpaintscan.")
    ]
    return {name.split(".")[1] for name in names} & set(LAYERS)


def test_the_package_has_every_part_of_the_layer_list() -> None:
    parts = {layer_of(file) for file in FILES} - ENTRY_FILES
    assert parts == set(LAYERS)


@pytest.mark.parametrize("file", FILES, ids=short)
def test_imports_point_down_the_layers(file: Path) -> None:
    layer = layer_of(file)
    if layer in ENTRY_FILES:
        return
    upward = {
        reached
        for reached in reached_layers(ast.walk(TREES[file]))
        if LAYERS.index(reached) < LAYERS.index(layer) and (layer, reached) not in UPWARD_BY_DESIGN
    }
    assert not upward, f"{short(file)} imports from above itself: {sorted(upward)}"


@pytest.mark.parametrize("file", FILES, ids=short)
def test_nothing_but_the_command_itself_imports_the_command_line(file: Path) -> None:
    if layer_of(file) == "cli":
        return
    nodes = list(ast.walk(TREES[file]))
    assert "cli" not in reached_layers(nodes) or layer_of(file) == "__main__"
    assert "typer" not in {name.split(".")[0] for node in nodes for name in imported_modules(node)}


def test_what_reaches_up_by_design_does_so_when_called_and_one_way() -> None:
    for lower, upper in UPWARD_BY_DESIGN:
        own = [TREES[file] for file in FILES if layer_of(file) == lower]
        assert upper in set().union(*(reached_layers(ast.walk(tree)) for tree in own)), "no more"
        at_import = [node for tree in own for node in statements_run_on_import(tree.body)]
        assert upper not in reached_layers(at_import), f"{lower} imports {upper} at module level"
    nets = [node for f in FILES if layer_of(f) == "nets" for node in ast.walk(TREES[f])]
    assert "weights" not in reached_layers(nets)


@pytest.mark.parametrize("name", sorted(ENTRY_FILES))
def test_the_doors_of_the_package_import_nothing_of_it_when_opened(name: str) -> None:
    tree = TREES[PACKAGE / f"{name}.py"]
    assert reached_layers(statements_run_on_import(tree.body)) == set()


@pytest.mark.parametrize("file", FILES, ids=short)
def test_imports_are_absolute(file: Path) -> None:
    """The other tests read whole names."""
    relative = [n for n in ast.walk(TREES[file]) if isinstance(n, ast.ImportFrom) and n.level]
    assert not relative, f"{short(file)}:{relative[0].lineno}"


@pytest.mark.parametrize("file", FREE_FILES, ids=short)
def test_torch_free_parts_import_nothing_heavy_at_the_top(file: Path) -> None:
    names = [
        name
        for statement in statements_run_on_import(TREES[file].body)
        for name in imported_modules(statement)
    ]
    heavy = {name for name in names if name.split(".")[0] in HEAVY}
    assert not heavy, f"{short(file)} imports {sorted(heavy)} at module level; import in a function"


@pytest.mark.parametrize(
    "statement",
    [
        f"import {', '.join(map(module_of, FREE_FILES))}",
        "import inpaintscan",
        "import inpaintscan, pickle; pickle.loads(pickle.dumps(inpaintscan.scan_batch))",
        "from inpaintscan import images, provenance, report, weights",
        "from inpaintscan.cli.app import main; sys.argv[1:] = ['--help']; main()",
        "from inpaintscan.cli.app import main; sys.argv[1:] = ['--version']; main()",
        "from inpaintscan.cli.app import main; sys.argv[1:] = ['detect', '--help']; main()",
        "from inpaintscan.cli.app import main; sys.argv[1:] = ['train', '--help']; main()",
    ],
    ids=[
        "every-light-part",
        "import",
        "scan-batch",
        "light-parts",
        "help",
        "version",
        "detect-help",
        "train-help",
    ],
)
def test_this_loads_no_torch(statement: str) -> None:
    report = f"print('loaded:', *sorted(set({sorted(HEAVY)!r}) & sys.modules.keys()))"
    code = f"import atexit, sys\natexit.register(lambda: {report})\n{statement}\n"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded:", done.stdout
