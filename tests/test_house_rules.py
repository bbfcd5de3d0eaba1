"""The rules on how code is written that neither ruff nor mypy can see."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.source import FILES, TREES, imported_modules, short

LAST_RESORT = "inpaintscan/cli/app.py"
"""The one place that turns an internal error into a line and status 2."""

UNSAFE_MODULES = {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
VAGUE_NAMES = {"utils", "helpers", "base", "common", "misc", "engine"}


def docstrings(tree: ast.AST) -> set[int]:
    """The ids of string constants that stand as statements: documentation, not values."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


@pytest.mark.parametrize("file", [f for f in FILES if f.name != "device.py"], ids=short)
def test_only_device_names_the_accelerator(file: Path) -> None:
    prose = docstrings(TREES[file])
    named = [
        ast.unparse(node)
        for node in ast.walk(TREES[file])
        if (isinstance(node, ast.Attribute) and node.attr == "cuda")
        or (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in prose
            and re.fullmatch(r"cuda(:.*)?", node.value)
        )
    ]
    assert not named, f"{short(file)} names the accelerator: {named}; ask device.py"


@pytest.mark.parametrize("file", FILES, ids=short)
def test_nothing_unpickles(file: Path) -> None:
    modules = {
        name.split(".")[0] for node in ast.walk(TREES[file]) for name in imported_modules(node)
    }
    assert not modules & UNSAFE_MODULES, f"{short(file)} imports {modules & UNSAFE_MODULES}"
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            call = (ast.unparse(node.func.value), node.func.attr)
            assert call != ("torch", "load"), f"{short(file)}:{node.lineno} calls torch.load"
            pickles = [k for k in node.keywords if k.arg == "allow_pickle"]
            assert not pickles, f"{short(file)}:{node.lineno} passes allow_pickle"


@pytest.mark.parametrize("file", FILES, ids=short)
def test_no_file_is_longer_than_300_lines(file: Path) -> None:
    length = len(file.read_text(encoding="utf-8").splitlines())
    assert length <= 300, f"{short(file)} has {length} lines; split it by idea"


@pytest.mark.parametrize("file", FILES, ids=short)
def test_no_function_body_is_longer_than_50_lines(file: Path) -> None:
    for node in ast.walk(TREES[file]):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        assert length <= 50, f"{short(file)}: {node.name}() has {length} lines; split it by idea"


@pytest.mark.parametrize("file", FILES, ids=short)
def test_no_blanket_except(file: Path) -> None:
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.ExceptHandler):
            caught = "everything" if node.type is None else ast.unparse(node.type)
            blanket = caught == "everything" or re.search(r"\b(Base)?Exception\b", caught)
            ends_in_raise = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            blanket = blanket and not ends_in_raise and short(file) != LAST_RESORT
            assert not blanket, f"{short(file)}:{node.lineno} catches {caught}; name the error"


@pytest.mark.parametrize("file", FILES, ids=short)
def test_a_file_is_named_for_what_it_is_about(file: Path) -> None:
    assert file.stem not in VAGUE_NAMES, f"{short(file)}: say what it is about"


@pytest.mark.parametrize("file", FILES, ids=short)
def test_nothing_is_left_to_be_written(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    left = re.findall(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b", text)
    assert not left, f"{short(file)} holds {left}"
