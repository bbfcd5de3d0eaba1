"""Training: one loop, one file per task, and the settings of published works."""
