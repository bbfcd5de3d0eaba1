"""Whole jobs as the command runs them, from options to exit status, usable from Python as well."""
