"""What the text behind an option means."""

from __future__ import annotations

from inpaintscan.errors import UsageError

_MOST_DIGITS = 9


def read_count(flag: str, text: str) -> int | None:
    """Return a number of at least one, or None for `auto`.

    Raises:
        UsageError: for anything else.
    """
    if text == "auto":
        return None
    if not _is_count(text) or int(text) < 1:
        raise UsageError(f"{flag} {text}: write auto or a whole number from 1 on")
    return int(text)


def read_fail_on(text: str) -> tuple[str, ...]:
    """Return what counts as a finding, from a comma-separated list.

    Raises:
        UsageError: for a word that is no such thing, or none at all.
    """
    from inpaintscan.report.run import COUNTABLE

    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    unknown = [word for word in words if word not in COUNTABLE]
    if unknown or not words:
        raise UsageError(
            f"--fail-on {text!r}: name one or more of {', '.join(COUNTABLE)}, separated by commas"
        )
    return words


def read_max_pixels(text: str) -> int:
    """Return the number of pixels of `250000000` or `250M`.

    Raises:
        UsageError: for anything else, or more than can be read.
    """
    from inpaintscan.images.rules import CEILING, MEGAPIXEL

    number = text.upper().removesuffix("P").removesuffix("M")
    unit = 1 if text.isdecimal() else MEGAPIXEL
    is_number = number.isdecimal() and number.isascii() and len(number) <= 10
    if not is_number or not 1 <= int(number) * unit <= CEILING:
        raise UsageError(
            f"--max-pixels {text}: write a number of pixels, or of megapixels with M, up to "
            f"{CEILING // MEGAPIXEL}M"
        )
    return int(number) * unit


def read_shard(text: str) -> tuple[int, int]:
    """Return (I, N) of `I/N`, 1 <= I <= N.

    Raises:
        UsageError: for anything else.
    """
    first, slash, second = text.partition("/")
    if not (slash and _is_count(first) and _is_count(second) and 1 <= int(first) <= int(second)):
        raise UsageError(f"--shard {text}: write I/N with 1 <= I <= N, for example 1/4")
    return int(first), int(second)


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) <= _MOST_DIGITS
