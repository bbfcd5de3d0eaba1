"""`python -m inpaintscan`."""

from inpaintscan.cli.app import main

main()
