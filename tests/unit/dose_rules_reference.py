"""Rules for doses in plain words: at every look all doses so far are followed anew by another program (LSODA).

One drug, docetaxel over an hour, in a patient of 1.8 m2. Slow, and nothing is shared with the package but the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tests.unit.marrow_reference import followed

SURFACE = 1.8


class Row(NamedTuple):
    """A decision: cycle, day, action, reason, share of the planned dose (None: none is given)."""

    cycle: int
    day: float
    action: str
    reason: str
    share: float | None


class Rules(NamedTuple):
    """As `DoseRules`; `levels` are shares of the planned dose, the first of them 1."""

    give_at: float = 1.5
    look_every: float = 7
    wait_at_most: float = 21
    give_less_at: float = 1e9
    low: tuple[float, float] = (0, 1e9)
    delay: float = 1e9
    levels: tuple[float, ...] = (1, 0.75, 0.5)
    at_lowest: str = "stop"
    limit: float = 1e9


def longest_below(counts: np.ndarray, level: float, step: float) -> float:
    """(days) The longest time without a break, to a step."""
    best = now = 0.0
    for below in counts < level:
        now = now + step if below else 0.0
        best = max(best, now)
    return best


def decided(planned: Sequence[float], amount: float, rules: Rules, *, end: float, step: float = 0.01) -> list[Row]:
    """Every decision.

    Parameters
    ----------
    planned
        (days) Of the doses, one per cycle.
    amount
        (mg/m2) Of each.
    """
    rows = [Row(1, 0.0, "give", "", 1.0)]
    given, late, level = [(0.0, amount)], 0.0, 0
    total = amount

    def seen(until: float) -> tuple[float, float]:
        """The count, and the longest time below the level since the last dose."""
        doses = [(day * 24, mg * SURFACE, 1.0) for day, mg in given]
        counts = followed(doses, until * 24 + 1e-6)
        since = given[-1][0]
        days = np.arange(since, until + step / 2, step)
        return float(counts([until * 24])[0]), longest_below(counts(days * 24), rules.low[0], step)

    for cycle, day in enumerate(planned[1:], 2):
        waited = 0.0
        while True:
            now = day + late + waited
            count, low = seen(now)
            if total >= rules.limit:
                return [*rows, Row(cycle, now, "stop", "limit", None)]
            if count >= min(rules.give_at, rules.give_less_at):
                break
            if waited + rules.look_every > rules.wait_at_most:
                return [*rows, Row(cycle, now, "stop", "count", None)]
            rows.append(Row(cycle, now, "wait", "count", None))
            waited += rules.look_every
        late += waited
        reasons = [
            *(["count"] if count < rules.give_at else []),
            *(["low for long"] if low > rules.low[1] else []),
            *(["delay"] if waited > rules.delay else []),
        ]
        action = "give"
        if reasons and level + 1 < len(rules.levels):
            level, action = level + 1, "reduce"
        elif reasons:
            reasons.append("lowest level")
            if rules.at_lowest == "stop":
                return [*rows, Row(cycle, now, "stop", ", ".join(reasons), None)]
        share = rules.levels[level]
        if total + share * amount > rules.limit:
            share = (rules.limit - total) / amount
            reasons.append("limit")
        total += share * amount
        given.append((now, share * amount))
        rows.append(Row(cycle, now, action, ", ".join(reasons), share))
    return [*rows, Row(len(planned), end + late, "end", "", None)]
