"""The source of the package, parsed, for the tests that read it."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "inpaintscan"
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {file: ast.parse(file.read_text(encoding="utf-8"), str(file)) for file in FILES}


def short(file: Path) -> str:
    return file.relative_to(PACKAGE.parent).as_posix()


def layer_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(node: ast.AST) -> list[str]:
    """The dotted names that an import statement reaches, `from a import b` as `a.b` too."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module is not None:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def statements_run_on_import(body: list[ast.stmt]) -> list[ast.stmt]:
    """Module-level statements, into `if` and `try`, but not `if TYPE_CHECKING`, not functions."""
    found: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            found += statements_run_on_import(node.orelse)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            found += statements_run_on_import(node.body)
        else:
            found.append(node)
    return found
