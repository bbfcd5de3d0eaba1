"""Whole jobs as the command runs them: a record of options in, reports and an exit status out.

`run_scan("detect", ScanOptions(paths=("photos",), report=(Path("scan.json"),)))`, of `scan_run` and
`scan_options`, is what `inpaintscan detect photos --report scan.json` does. The options of a record
say what the command line shows of them, from which `cli` makes its parameters.
"""
