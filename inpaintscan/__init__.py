"""Tell inpainted and AI-generated images from photos: offline, batched, scriptable."""

__version__ = "0.1.0"
