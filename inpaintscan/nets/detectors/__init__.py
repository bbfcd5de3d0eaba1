"""The networks that tell: detectors, and what they are built of."""
