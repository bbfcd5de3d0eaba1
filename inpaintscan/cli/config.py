"""Defaults of options from `pyproject.toml` or `inpaintscan.toml`; the command line wins.

Keys of `[tool.inpaintscan]` (in `inpaintscan.toml`: of the whole file) are the options that
`detect`, `localize`, `segment` and `eval` share; a table of a command's name in it holds any option
of that command. The nearest file counts, from the working folder upwards.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from inpaintscan.errors import UsageError
from inpaintscan.jobs.scan_options import NOT_SERVED, ScanOptions

SHARING = ("detect", "localize", "segment", "eval")
"""The commands that take the shared options."""
OWN_FILE, PROJECT_FILE = "inpaintscan.toml", "pyproject.toml"
_SHARED = {item.name for item in fields(ScanOptions)} - {"paths"}
_FILES = ("report", "baseline", "cache", "files_from", "trust_list")
"""Options that name files; they are looked for beside the file that names them."""
_MOST_BYTES = 1024 * 1024
"""Of a file of settings."""
_EXCLUDING = {"threshold": "fpr", "fpr": "threshold"}


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one file, by option name."""

    path: Path
    shared: dict[str, Any]
    own: dict[str, dict[str, Any]]
    """By command."""

    def defaults(self, command: str, arguments: list[str]) -> dict[str, Any]:
        """Return the defaults for a command; what its arguments exclude is left out."""
        found = dict(self.shared) if command in SHARING else {}
        found |= self.own.get(command, {})
        for given, other in _EXCLUDING.items():
            if any(argument.split("=")[0] == f"--{given}" for argument in arguments):
                found.pop(other, None)
        if "--serve" in arguments:
            for name in NOT_SERVED:
                found.pop(name, None)
        return found

    def sentence(self, command: str, arguments: list[str]) -> str:
        """Return what is taken from the file, in one line."""
        used = self.defaults(command, arguments)
        shown = ", ".join(f"{name.replace('_', '-')} = {value}" for name, value in used.items())
        return f"{self.path}: {shown or 'nothing for this command'}"


def find_config(folder: Path, commands: tuple[str, ...]) -> Config | None:
    """Return the settings nearest to a folder, or None where there are none.

    Raises:
        UsageError: if a file is no TOML, or has a key that is no option.
    """
    for place in (folder, *folder.parents):
        for name in (OWN_FILE, PROJECT_FILE):
            path = place / name
            content = _read(path)
            if name == PROJECT_FILE and content is not None:
                tools = content.get("tool")
                content = tools.get("inpaintscan") if isinstance(tools, dict) else None
            if content is not None:
                return _to_config(path, content, commands)
    return None


def _read(path: Path) -> dict[str, Any] | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise UsageError(f"{path}: larger than {_MOST_BYTES >> 20} MiB, which is no settings")
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a TOML file: {error}") from error


def _to_config(path: Path, content: object, commands: tuple[str, ...]) -> Config:
    if not isinstance(content, dict):
        raise UsageError(f"{path}: tool.inpaintscan is not a table")
    shared: dict[str, Any] = {}
    own: dict[str, dict[str, Any]] = {}
    for key, value in content.items():
        if key in commands and isinstance(value, dict):
            own[key] = {_name(inner): _beside(path, _name(inner), v) for inner, v in value.items()}
        elif _name(key) in _SHARED:
            shared[_name(key)] = _beside(path, _name(key), value)
        else:
            raise UsageError(f"{path}: unknown key {key!r}; options of one command go in its table")
    return Config(path, shared, own)


def _name(key: str) -> str:
    return key.replace("-", "_")


def _beside(path: Path, name: str, value: object) -> object:
    """Return a value with the files it names taken from the folder of the configuration."""
    if name == "model" and isinstance(value, str) and value.endswith(".safetensors"):
        return str(path.parent / value)
    if name not in _FILES:
        return value
    if isinstance(value, list):
        return [str(path.parent / str(item)) for item in value]
    return str(path.parent / value) if isinstance(value, str) and value != "-" else value
