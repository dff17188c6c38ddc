"""Plain text and tables that fit a terminal, for terminals, logs and notebooks alike."""

from __future__ import annotations

import html
import math
import re
import shutil
import textwrap
from collections.abc import Sequence

NARROWEST, WIDEST = 80, 120
"""Columns: text is never wider than the terminal, but for one that is narrower than this, nor than is read well."""
_JOINT = re.compile(r"(?<=[_+/])(?=.)|(?<=.)(?=[\[@])|(?<=[a-z\]]\.)(?=[a-z])")
"""Where names and paths are joined: after "_", "+" and "/", before "[" and "@", and after the dot of a path."""
_GAP = "  "
_LEAST = 8
"""Columns that a cell keeps, however long the others are."""


def text_width() -> int:
    """(columns) Of the terminal, within bounds; the narrowest where there is none."""
    return min(max(shutil.get_terminal_size((NARROWEST, 24)).columns, NARROWEST), WIDEST)


def wrapped(text: str, *, indent: str = "", hanging: str = "  ", width: int | None = None) -> str:
    """A line, or a paragraph, broken where it is too wide; what follows hangs."""
    at_most = text_width() if width is None else width
    return textwrap.fill(
        " ".join(text.split()),
        at_most,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def joined(words: Sequence[str]) -> str:
    """Words as prose lists them: "a", "a and b", "a, b and c"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def titled(title: str, *lines: str) -> list[str]:
    """A title, and what is said below it, each broken where it is too wide."""
    return [wrapped(title), *(wrapped(line, indent="  ") for line in lines)]


def text_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, indent: str = "  ", width: int | None = None
) -> str:
    """Columns aligned to the left, two blanks apart; where they are too wide together, the widest cells are broken.

    Cells are broken between words; where words are too long, between parts of them, as after "_" in the name of a
    column or before "[" in a path; and inside a part only where it is wider than its column can be.
    """
    table = [tuple(header), *(tuple(row) for row in rows)]
    at_most = (text_width() if width is None else width) - len(indent)
    widths = _fitted([[row[k] for row in table] for k in range(len(header))], at_most)
    lines = []
    for number, row in enumerate(table):
        cells = [_broken(cell, size) for cell, size in zip(row, widths, strict=True)]
        for k in range(max(len(cell) for cell in cells)):
            parts = (cell[k] if k < len(cell) else "" for cell in cells)
            lines.append(_GAP.join(part.ljust(size) for part, size in zip(parts, widths, strict=True)))
        if number == 0:
            lines.append(_GAP.join("-" * size for size in widths))
    return "\n".join(indent + line.rstrip() for line in lines)


def longest_part(text: str) -> int:
    """(columns) The narrowest column in which no word, or part of a name or a path, is broken."""
    return max((len(part) for word in text.split() for part in _JOINT.split(word)), default=0)


def _broken(cell: str, size: int) -> list[str]:
    """The lines of a cell in a column of that width."""
    lines = [""]
    for word in cell.split():
        gap = " " if lines[-1] else ""
        if len(lines[-1]) + len(gap) + len(word) <= size:
            lines[-1] += gap + word
            continue
        if lines[-1]:
            lines.append("")
        for part in [word] if len(word) <= size else _JOINT.split(word):
            if lines[-1] and len(lines[-1]) + len(part) > size:
                lines.append("")
            pieces = [part[k : k + size] for k in range(0, len(part), size)]
            lines[-1] += pieces[0]
            lines += pieces[1:]
    return lines


def _fitted(columns: Sequence[Sequence[str]], at_most: int) -> list[int]:
    """Widths of columns: as wide as their widest cell, but the widest ones less until all fit."""
    widths = [max(len(cell) for cell in column) for column in columns]
    words = [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    parts = [max(map(longest_part, column), default=0) for column in columns]
    room = at_most - len(_GAP) * (len(columns) - 1)
    for least in (words, parts, [_LEAST] * len(columns)):
        while sum(widths) > room:
            wide = [k for k in range(len(widths)) if widths[k] > max(least[k], 1)]
            if not wide:
                break
            widths[max(wide, key=lambda k: widths[k])] -= 1
    return widths


def preformatted(text: str) -> str:
    """Plain text for a notebook, as it stands."""
    return f"<pre>{html.escape(text)}</pre>"


def percent_interval(value: float, low: float, high: float) -> str:
    """A percentage with its interval, in as many decimals as tell its ends apart; alone if six cannot."""
    texts = [percent(x) for x in (value, low, high)]
    for decimals in range(2, 7):
        if texts[1] != texts[2]:
            break
        texts = [f"{100.0 * x:.{decimals}f} %" for x in (value, low, high)]
    return percent(value) if texts[1] == texts[2] else f"{texts[0]} [{texts[1]}, {texts[2]}]"


def percent(value: float) -> str:
    """A probability as a percentage, with two digits of what is missing to 0 or 100 %."""
    scaled, missing = 100.0 * value, 100.0 * (1.0 - value)
    if scaled < 0.1:
        return "0.0 %" if scaled == 0.0 else f"{scaled:.2g} %"
    digits = 1 if missing >= 0.1 or missing <= 0.0 else min(12, 1 - math.floor(math.log10(missing)))
    return f"{scaled:.{digits}f} %"


def power_of_ten(log10: float) -> str:
    """A number given by its decimal logarithm; no more is said of one that a float can hardly hold."""
    if log10 < -300.0:
        return "below 1e-300"
    return f"{10.0**log10:.4g}"
