"""Plain text tables, for terminals, logs and notebooks alike."""

from __future__ import annotations

import math
from collections.abc import Sequence


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, indent: str = "  ") -> str:
    """Columns aligned to the left, as wide as their widest cell, two blanks apart."""
    table = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(row[k]) for row in table) for k in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(indent + line.rstrip() for line in lines)


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
