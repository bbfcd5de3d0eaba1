"""`python -m inpaintscan`, and the console command."""

from __future__ import annotations


def main() -> None:
    """Run the command line; from here on, termination ends it as Ctrl-C does.

    Raises:
        SystemExit: always, with an `ExitStatus`.
    """
    from inpaintscan.jobs.interrupt import termination_as_interrupt

    try:
        with termination_as_interrupt():  # before the slow imports
            from inpaintscan.cli.app import main as run

            run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
