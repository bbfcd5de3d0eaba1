"""Metrics of images, boxes and pixels, and how sure they are."""
