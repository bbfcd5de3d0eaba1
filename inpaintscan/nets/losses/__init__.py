"""Networks that judge fills while generators are trained."""
