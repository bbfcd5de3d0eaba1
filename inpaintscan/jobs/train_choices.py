"""What the options of `inpaintscan train` can be chosen from."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """What is trained."""

    DETECT = "detect"
    LOCALIZE = "localize"
    SEGMENT = "segment"
    MULTI = "multi"
    AUTOENCODER = "autoencoder"
    INPAINTER = "inpainter"
    ENSEMBLE = "ensemble"


class Fit(StrEnum):
    """How an image becomes a square input."""

    RESIZE = "resize"
    TILE = "tile"


class Loss(StrEnum):
    """What is minimised."""

    BCE = "bce"
    CROSS_ENTROPY = "cross-entropy"
    FOCAL = "focal"
    BCE_DICE = "bce-dice"


class BoxLoss(StrEnum):
    """How far a box is from the true one."""

    MSE = "mse"
    SMOOTH_L1 = "smooth-l1"
    GIOU = "giou"


class Optimizer(StrEnum):
    """The optimizer."""

    ADAMW = "adamw"
    ADAM = "adam"
    SGD = "sgd"


class Schedule(StrEnum):
    """How the learning rate changes."""

    COSINE = "cosine"
    CONSTANT = "constant"
    PLATEAU = "plateau"


class Precision(StrEnum):
    """The number format of training."""

    FP32 = "fp32"
    BF16 = "bf16"


class Stacker(StrEnum):
    """The classifier over the members' scores."""

    LOGISTIC = "logistic"
    FOREST = "forest"
    SVC = "svc"
