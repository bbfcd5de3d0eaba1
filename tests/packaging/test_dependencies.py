"""Every third-party import is declared, where it is needed."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT
from tests.source import imported_modules, statements_run_on_import

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

DISTRIBUTIONS = {
    "PIL": "pillow",
    "cv2": "opencv-contrib-python-headless",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "c2pa": "c2pa-python",
    "pillow_heif": "pillow-heif",
    "torch_fidelity": "torch-fidelity",
    "mpl_toolkits": "matplotlib",
}
"""Imported names that differ from the name of what is installed."""

OWN = {"inpaintscan", "tests", "conftest"}


def name_of(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower()


CORE = {name_of(requirement) for requirement in PROJECT["dependencies"]}


def distributions(nodes: list[ast.AST] | list[ast.stmt]) -> set[str]:
    names = {name.split(".")[0] for node in nodes for name in imported_modules(node)}
    third_party = names - OWN - set(sys.stdlib_module_names)
    return {DISTRIBUTIONS.get(name, name.lower()) for name in third_party}


def read_tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def short(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


BEHIND_AN_EXTRA = {"inpaintscan/train/drawn": "classical"}
"""Folders that are imported only after a check that names the extra if it is missing."""

PACKAGE_FILES = sorted((ROOT / "inpaintscan").rglob("*.py"))
TEST_FILES = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("file", PACKAGE_FILES, ids=short)
def test_what_a_module_needs_to_be_imported_is_a_dependency(file: Path) -> None:
    needed = distributions(statements_run_on_import(read_tree(file).body))
    extra = BEHIND_AN_EXTRA.get(short(file.parent))
    allowed = CORE | ({name_of(item) for item in EXTRAS[extra]} if extra else set())
    assert needed <= allowed, f"{short(file)} needs {sorted(needed - allowed)} at import"


@pytest.mark.parametrize("file", PACKAGE_FILES, ids=short)
def test_what_a_function_imports_is_in_some_extra(file: Path) -> None:
    extras = {name_of(item) for name, items in EXTRAS.items() if name != "test" for item in items}
    used = distributions(list(ast.walk(read_tree(file)))) - {"_typeshed"}  # of type checkers alone
    assert used <= CORE | extras, f"{short(file)} imports {sorted(used - CORE - extras)}"


@pytest.mark.parametrize("file", TEST_FILES, ids=short)
def test_what_a_test_imports_comes_with_the_test_extra(file: Path) -> None:
    declared = CORE | {name_of(item) for item in EXTRAS["test"]}
    used = distributions(list(ast.walk(read_tree(file))))
    assert used <= declared, f"{short(file)} imports {sorted(used - declared)}"


def test_every_extra_is_used() -> None:
    """Its first package is imported somewhere; others may be what that one needs."""
    trees = [read_tree(file) for file in PACKAGE_FILES]
    used = set().union(*(distributions(list(ast.walk(tree))) for tree in trees))
    first = {name: name_of(items[0]) for name, items in EXTRAS.items() if name != "test"}
    assert {name for name, package in first.items() if package not in used} == set()


def test_every_dependency_is_used() -> None:
    used = {
        name for file in PACKAGE_FILES for name in distributions(list(ast.walk(read_tree(file))))
    }
    assert used >= CORE, f"declared but imported nowhere: {sorted(CORE - used)}"
