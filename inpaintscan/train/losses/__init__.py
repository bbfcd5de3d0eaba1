"""What the tasks minimise."""
