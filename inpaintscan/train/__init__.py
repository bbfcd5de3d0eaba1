"""Training: one loop, a task a file, and the settings of published works."""
