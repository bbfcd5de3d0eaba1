"""How well a model does on a data set: metrics, intervals, robustness, image quality, plots."""
