"""The console command: the subcommands, loaded when they are called, and the exit statuses."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from inpaintscan import __version__
from inpaintscan.cli.help_page import HelpfulCommand, help_page
from inpaintscan.cli.signature import with_parameters
from inpaintscan.errors import ExitStatus, InpaintscanError, UsageError
from inpaintscan.jobs.interrupt import termination_as_interrupt
from inpaintscan.jobs.messages import say
from inpaintscan.report.text import printable

COMMANDS = {
    "detect": "Tell which images are inpainted or generated.",
    "localize": "Draw boxes around what was replaced.",
    "segment": "Write masks of what was replaced.",
    "gen-data": "Make a labelled data set from a folder of photos.",
    "train": "Train a model on your own data.",
    "eval": "Measure a model on a labelled data set.",
}
"""The subcommands and what `--help` says of each."""

# The base of every complaint about the command line; where it lives differs between versions of
# Typer, that it is the second ancestor of BadParameter does not.
_ClickException: Any = typer.BadParameter.__mro__[2]


class LazyGroup(TyperGroup):
    """Imports the module of a subcommand when it is asked for, and not to list it."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401
        """Return the names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """Import a subcommand, or return None for a name that is none."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401
        """Return the help page, with the table of the subcommands from `COMMANDS`."""
        records = [parameter.get_help_record(ctx) for parameter in self.get_params(ctx)]
        options = [record for record in records if record is not None]
        return help_page(self, ctx, {"Options": options, "Commands": list(COMMANDS.items())})


def load_command(name: str) -> Any:  # noqa: ANN401 (Typer's command classes move between versions)
    """Import a subcommand's module and return its command."""
    module = import_module(f"inpaintscan.cli.{name.replace('-', '_')}")
    single = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_SETTINGS)
    register = single.command(name, cls=HelpfulCommand, epilog=getattr(module, "EPILOG", None))
    register(with_parameters(module.command))
    return typer.main.get_command(single)


_SETTINGS = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(cls=LazyGroup, rich_markup_mode=None, context_settings=_SETTINGS)
"""The whole command line; `main` runs it."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"inpaintscan {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Tell inpainted and AI-generated images from photos: offline, batched, scriptable.

    Exit status: 0 nothing found, 1 findings, 2 errors (outranks 1), 130 interrupted.
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitStatus.ERROR)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line (default: the process's own) and exit with its status.

    Raises:
        SystemExit: always, with an `ExitStatus`.
    """
    if arguments is None:
        arguments = sys.argv[1:]
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # JSON in a pipe is UTF-8 (RFC 8259), whatever the locale or Windows would make of it.
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    with termination_as_interrupt() as asked:
        status = _run(arguments)
        if asked:  # also where its exception got lost
            status = ExitStatus.INTERRUPTED
    sys.exit(_flushed(status))


def _open_closed_streams() -> None:
    """Let a closed standard stream (`>&-`) lead nowhere; else the next file would get its number.

    `sys.stdin` stays None, so that reading paths from it is an error.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8")


def _run(arguments: list[str]) -> int:
    try:
        result = typer.main.get_command(app).main(
            args=arguments,
            prog_name="inpaintscan",
            standalone_mode=False,
            default_map=_defaults(arguments),
        )
        return int(result) if isinstance(result, int) else ExitStatus.CLEAN
    except InpaintscanError as error:
        return _fail(str(error))
    except _ClickException as error:
        return _fail(_usage_text(error))
    except (KeyboardInterrupt, typer.Abort):
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        return ExitStatus.ERROR
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}")
    except SystemExit as error:  # Typer's own exits: completion scripts, a broken pipe
        if isinstance(error.__context__, BrokenPipeError):
            return ExitStatus.ERROR
        return error.code if isinstance(error.code, int) else ExitStatus.ERROR
    except Exception as error:  # noqa: BLE001 (the last resort: one line instead of a traceback)
        if {"--verbose", "-v"} & set(arguments):
            import traceback

            for line in traceback.format_exc().splitlines():
                print(printable(line), file=sys.stderr)  # noqa: T201
        return _fail(f"internal error: {type(error).__name__}: {error} (--verbose shows where)")


def _defaults(arguments: list[str]) -> dict[str, dict[str, Any]]:
    """Return the defaults that the configuration sets for the command that is called.

    Raises:
        UsageError: if there is a file that cannot be used.
    """
    command = arguments[0] if arguments else ""
    if command not in COMMANDS or {"-h", "--help"} & set(arguments):
        return {}
    from inpaintscan.cli.config import find_config

    config = find_config(Path.cwd(), tuple(COMMANDS))
    if config is None:
        return {}
    for other, given in config.own.items():
        unknown = sorted(given.keys() - _parameters(other).keys())
        if unknown:
            raise UsageError(f"{config.path}: {other} has no option {unknown[0]!r}")
    if {"--verbose", "-v"} & set(arguments):
        say(config.sentence(command, arguments))
    parameters = _parameters(command)
    defaults: dict[str, Any] = {}
    for name, value in config.defaults(command, arguments).items():
        if name in parameters:
            try:
                defaults[parameters[name].name] = _to_default(parameters[name], value)
            except ValueError as error:
                raise UsageError(f"{config.path}: {name.replace('_', '-')} {error}") from error
    return {command: defaults}


def _to_default(parameter: Any, value: object) -> object:  # noqa: ANN401
    """Return a value of a configuration as Typer takes it.

    A list may stand for a text of words between commas, and a single value for a list of one.

    Raises:
        ValueError: for a list where there is one value.
    """
    if parameter.multiple:
        return value if isinstance(value, list) else [value]
    if not isinstance(value, list) or parameter.nargs != 1:
        return value
    if parameter.metavar != "LIST":
        raise ValueError("takes one value, not a list")
    return ",".join(map(str, value))


def _parameters(command: str) -> dict[str, Any]:
    """Return what a command takes by every name that a configuration may use."""
    return {
        spelling.lstrip("-").replace("-", "_"): parameter
        for parameter in load_command(command).params
        for spelling in (parameter.name, *parameter.opts)
    }


def _fail(message: str) -> int:
    say(" ".join(message.split()))
    return ExitStatus.ERROR


def _usage_text(error: Any) -> str:  # noqa: ANN401
    context = getattr(error, "ctx", None)
    command = "inpaintscan" if context is None else context.command_path
    return f"{error.format_message()} (see {command} --help)"


def _flushed(status: int) -> int:
    """Push out what is left; a reader that has gone is no reason for a complaint at exit."""
    for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except (OSError, ValueError) as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)
            if number == 1 and not isinstance(error, BrokenPipeError):
                _fail(f"standard output: {getattr(error, 'strerror', None) or error}")
            status = max(status, ExitStatus.ERROR) if number == 1 else status
    return status
