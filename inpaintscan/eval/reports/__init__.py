"""Results for people: tables, files, a page, plots and contact sheets."""
