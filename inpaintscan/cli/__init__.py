"""The console tool."""

from inpaintscan.cli.app import app

__all__ = ["app"]
