"""What the tasks learn from: crops of labelled images, pairs and plain photos."""
