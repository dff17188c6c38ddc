"""How a drug is given."""

from __future__ import annotations

from typing import Literal

Route = Literal["iv", "oral", "sc", "ip"]
"""Into a vein, by mouth, under the skin, into the abdomen."""

IN_WORDS: dict[Route, str] = {"iv": "into a vein", "oral": "by mouth", "sc": "under the skin", "ip": "into the abdomen"}


def absorbed(route: Route) -> bool:
    """Whether what is given so has to be absorbed before it is in plasma."""
    return route != "iv"
