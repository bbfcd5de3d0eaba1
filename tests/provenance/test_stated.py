"""What statements come to, in words that a pipeline can fail on."""

from __future__ import annotations

import pytest

from inpaintscan.findings import Evidence
from inpaintscan.provenance.stated import to_stated

DST = "iptc-digital-source-type"
MANIFEST, INGREDIENT = "JPEG APP11 C2PA manifest", "JPEG APP11 C2PA ingredient"


def source(value: str, where: str = "JPEG APP1 XMP DigitalSourceType") -> Evidence:
    return Evidence(DST, value, where)


def parameters(value: str) -> Evidence:
    return Evidence("generation-parameters", value, "PNG tEXt parameters")


@pytest.mark.parametrize(
    ("evidence", "stated"),
    [
        ((), None),
        ((source("digitalCapture"),), None),
        ((source("algorithmicallyEnhanced"),), None),
        ((source("trainedAlgorithmicMedia"),), "generated"),
        ((source("compositeWithTrainedAlgorithmicMedia"),), "composite"),
        ((source("compositeSynthetic"),), "composite"),
        # a photo into which an editor put something made by AI
        (
            (
                source("trainedAlgorithmicMedia", INGREDIENT),
                source("compositeWithTrainedAlgorithmicMedia", MANIFEST),
            ),
            "composite",
        ),
        ((source("trainedAlgorithmicMedia", INGREDIENT),), "composite"),
        # made by AI out of another such picture
        (
            (
                source("trainedAlgorithmicMedia", INGREDIENT),
                source("trainedAlgorithmicMedia", MANIFEST),
            ),
            "generated",
        ),
        ((parameters("A1111: a duck"),), "generated"),
        ((parameters("ComfyUI (names inpainting): 3 nodes"),), "composite"),
        ((parameters("A1111: a duck (names inpainting): x"),), "generated"),
        ((parameters("AIGC label: {}"),), "generated"),
        ((Evidence("software", "Made with Google AI", "JPEG APP1 XMP Credit"),), "generated"),
        ((Evidence("software", "Edited with Google AI", "JPEG APP13 IPTC Credit"),), "composite"),
        ((Evidence("software", "Edited with Google AI", "PNG tEXt Software"),), None),
        ((Evidence("c2pa", "manifest by x", "JPEG APP11", "valid"),), None),
        ((Evidence("c2pa", "manifest by x", "JPEG APP11", "invalid"),), None),
        ((Evidence("c2pa", "manifest by x", "JPEG APP11", "broken"),), "tampered"),
        # an unsigned claim beside a signature that does not hold, and one whose signer is refused
        (
            (parameters("A1111: a duck"), Evidence("c2pa", "m", "JPEG APP11", "broken")),
            "tampered",
        ),
        (
            (
                Evidence("c2pa", "m", "JPEG APP11", "invalid"),
                Evidence(DST, "trainedAlgorithmicMedia", MANIFEST, "invalid"),
            ),
            "generated",
        ),
    ],
)
def test_statements_come_to(evidence: tuple[Evidence, ...], stated: str | None) -> None:
    assert to_stated(evidence) == stated
