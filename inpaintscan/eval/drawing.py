"""A small plotting kit on Pillow: axes, lines, markers, text. Drawn threefold, then shrunk."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

PALETTE = ("#0969da", "#cf5c00", "#1a7f37", "#8250df", "#bf3989", "#57606a")
INK, GREY, LIGHT, PAPER = "#1b1f24", "#57606a", "#e3e7eb", "#ffffff"
SCALE = 3
_TICKS = 6


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a plot; `low` and `high`, if given, are drawn as a band around it."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    markers: bool = False


class Canvas:
    """Draws in points of the finished picture, origin at the top left."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), PAPER)
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float = 1) -> None:
        """Draw connected straight lines."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * SCALE), joint="curve")

    def area(self, points: Sequence[tuple[float, float]], colour: str, alpha: int) -> None:
        """Fill a polygon; `alpha` is 0 (nothing) to 255."""
        if len(points) > 2:
            self._draw.polygon(
                [(x * SCALE, y * SCALE) for x, y in points], fill=_with(colour, alpha)
            )

    def box(self, left: float, top: float, right: float, bottom: float, fill: str) -> None:
        """Fill a rectangle."""
        sides = (left * SCALE, top * SCALE, right * SCALE - 1, bottom * SCALE - 1)
        self._draw.rectangle(sides, fill=fill)

    def dot(self, x: float, y: float, colour: str, radius: float = 3) -> None:
        """Draw a filled circle."""
        sides = (x - radius, y - radius, x + radius, y + radius)
        self._draw.ellipse([side * SCALE for side in sides], fill=colour)

    def text(
        self, x: float, y: float, text: str, size: int = 12, colour: str = INK, anchor: str = "la"
    ) -> None:
        """Write text; `anchor` as Pillow's (`la` left top, `mm` centre, `rm` right middle)."""
        self._draw.text((x * SCALE, y * SCALE), text, colour, _font(size), anchor)

    def upright(self, x: float, y: float, text: str, size: int = 12, colour: str = INK) -> None:
        """Write text turned by 90 degrees to the left, centred at a point."""
        width, height = (math.ceil(side) for side in _measure(text, size * SCALE))
        strip = Image.new("RGB", (width, height), PAPER)
        ImageDraw.Draw(strip).text((width / 2, height / 2), text, colour, _font(size), "mm")
        turned = strip.transpose(Image.Transpose.ROTATE_90)
        self.image.paste(turned, (round(x * SCALE - height / 2), round(y * SCALE - width / 2)))

    def paste(self, picture: Image.Image, x: int, y: int) -> None:
        """Put a picture at a point; its pixels are those of the finished picture."""
        size = (picture.width * SCALE, picture.height * SCALE)
        self.image.paste(picture.resize(size, Image.Resampling.NEAREST), (x * SCALE, y * SCALE))

    def to_png(self) -> bytes:
        """Return the finished picture as a PNG file."""
        buffer = io.BytesIO()
        self.image.resize(self.size, Image.Resampling.BOX).save(buffer, "PNG", optimize=True)
        return buffer.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * SCALE)


def _measure(text: str, pixels: int) -> tuple[float, float]:
    left, _, right, _ = ImageFont.load_default(pixels).getbbox(text)
    return right - left + 2, pixels * 1.4


def text_width(text: str, size: int = 12) -> float:
    """Return the width of a text in points of the finished picture."""
    return _measure(text, size * SCALE)[0] / SCALE


def _with(colour: str, alpha: int) -> tuple[int, int, int, int]:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue, alpha


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers, at most about six, within [low, high]."""
    span = high - low
    if span <= 0:
        return [low]
    rough = span / (_TICKS - 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Axes:
    """A frame of a plot: its place on the canvas and the numbers at its edges."""

    left: float
    top: float
    right: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of the canvas for a point of the data, kept inside the frame."""
        across = (x - self.x_range[0]) / ((self.x_range[1] - self.x_range[0]) or 1)
        up = (y - self.y_range[0]) / ((self.y_range[1] - self.y_range[0]) or 1)
        across, up = min(max(across, 0), 1), min(max(up, 0), 1)
        return (
            self.left + across * (self.right - self.left),
            self.bottom - up * (self.bottom - self.top),
        )


def draw_axes(
    canvas: Canvas, axes: Axes, x_label: str, y_label: str, x_names: Sequence[str] = ()
) -> None:
    """Draw the grid, the numbers and the labels; `x_names` replaces the numbers at 0, 1, 2 ..."""
    for value in ticks(*axes.y_range):
        _, y = axes.at(axes.x_range[0], value)
        canvas.line([(axes.left, y), (axes.right, y)], LIGHT)
        canvas.text(axes.left - 7, y, f"{value:g}", 11, GREY, "rm")
    marks = list(enumerate(x_names)) if x_names else [(v, f"{v:g}") for v in ticks(*axes.x_range)]
    for value, name in marks:
        x, _ = axes.at(value, axes.y_range[0])
        canvas.line([(x, axes.bottom), (x, axes.bottom + 4)], GREY)
        canvas.text(x, axes.bottom + 8, name, 11, GREY, "ma")
    canvas.line([(axes.left, axes.top), (axes.left, axes.bottom), (axes.right, axes.bottom)], GREY)
    canvas.text((axes.left + axes.right) / 2, axes.bottom + 28, x_label, 12, INK, "ma")
    canvas.upright(axes.left - 42, (axes.top + axes.bottom) / 2, y_label)


def draw_series(canvas: Canvas, axes: Axes, series: Sequence[Series]) -> None:
    """Draw bands first, then lines, so that no band covers a line."""
    for number, one in enumerate(series):
        upper = [axes.at(x, y) for x, y in zip(one.x, one.high, strict=False)]
        lower = [axes.at(x, y) for x, y in zip(one.x, one.low, strict=False)]
        canvas.area([*upper, *reversed(lower)], PALETTE[number % len(PALETTE)], 36)
    for number, one in enumerate(series):
        colour = PALETTE[number % len(PALETTE)]
        points = [axes.at(x, y) for x, y in zip(one.x, one.y, strict=True)]
        if len(points) > 1:
            canvas.line(points, colour, 2)
        for x, y in points if one.markers or len(points) == 1 else []:
            canvas.dot(x, y, colour)


def draw_legend(canvas: Canvas, x: float, y: float, names: Sequence[str]) -> None:
    """Write the series' names, each with its colour, below one another."""
    for number, name in enumerate(names):
        middle = y + number * 18
        canvas.line([(x, middle), (x + 18, middle)], PALETTE[number % len(PALETTE)], 3)
        canvas.text(x + 25, middle, name, 12, INK, "lm")
