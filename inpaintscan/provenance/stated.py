"""What the statements of a file come to: made by AI, composed with AI, or changed since signed."""

from __future__ import annotations

from collections.abc import Iterable

from inpaintscan.findings import Evidence, Stated

_GENERATED = {"trainedalgorithmicmedia"}
_COMPOSITE = {"compositewithtrainedalgorithmicmedia", "compositesynthetic"}
"""Digital source types of the IPTC, in small letters."""


def to_stated(evidence: Iterable[Evidence]) -> Stated | None:
    """Return what the evidence states, None if nothing of AI and no broken signature.

    A statement counts unsigned or signed. A manifest that does not hold outweighs all else. What is
    said of an ingredient makes the whole a composite, unless the file says more of itself.
    """
    evidence = tuple(evidence)
    if any(item.signature == "broken" for item in evidence):
        return "tampered"
    statements = {_read(item) for item in evidence}
    if "composite" in statements:
        return "composite"
    if "generated" in statements:
        return "generated"
    return "composite" if "ingredient" in statements else None


def speaks_of_ai(item: Evidence) -> bool:
    """Tell whether one statement says anything of AI."""
    return _read(item) is not None


def _read(item: Evidence) -> str | None:
    """Return what one statement says: `generated`, `composite`, `ingredient`, or nothing of AI."""
    said: str | None = None
    if item.kind == "iptc-digital-source-type":
        value = item.value.casefold()
        said = "generated" if value in _GENERATED else None
        said = "composite" if value in _COMPOSITE else said
        if said and item.where.endswith(" C2PA ingredient"):
            return "ingredient"
    elif item.kind == "generation-parameters":
        name = item.value.partition(":")[0]
        said = "composite" if name.endswith(" (names inpainting)") else "generated"
    elif item.kind == "software" and item.where.endswith(" Credit"):  # only one that names AI
        said = "composite" if "edited" in item.value.casefold() else "generated"
    return said
