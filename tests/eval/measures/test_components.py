"""Connected parts of masks, against SciPy's labelling."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from inpaintscan.eval.measures.box_metrics import find_boxes
from inpaintscan.findings import Box


def scipy_boxes(mask: np.ndarray, smallest: int) -> list[Box]:
    labels, _ = ndimage.label(mask, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel())[1:]
    slices = ndimage.find_objects(labels)
    return [
        Box(columns.start, rows.start, columns.stop, rows.stop)
        for (rows, columns), area in zip(slices, areas, strict=True)
        if area >= smallest
    ]


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 25),
    width=st.integers(1, 25),
    share=st.floats(0, 1),
    smallest=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
)
def test_parts_are_those_of_scipy(
    height: int, width: int, share: float, smallest: int, seed: int
) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share

    def place(box: Box) -> tuple[int, int, int, int]:
        return box.ymin, box.xmin, box.ymax, box.xmax

    found = sorted(find_boxes(mask, smallest), key=place)
    assert found == sorted(scipy_boxes(mask, smallest), key=place)


def test_a_spiral_is_one_part() -> None:
    mask = np.zeros((9, 9), bool)
    mask[0, :] = mask[:, 8] = mask[8, :] = mask[2:, 0] = mask[2, :7] = mask[2:7, 6] = True
    assert find_boxes(mask) == [Box(0, 0, 9, 9)]
