"""Family trees in Newick form."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[\w.+-]+")
"""Names that every reader takes without quotes: each has punctuation of its own, = and {} among it."""


def newick(*, names: list[str], parent: list[int], founded: list[float], tip: list[float], shown: list[bool]) -> str:
    """A tree with a tip for every clone that is shown, and a node wherever two lineages with such tips part.

    Parameters
    ----------
    names
        Names of the tips.
    parent
        Index of every clone's parent, smaller than its own; -1 where it was there at time 0.
    founded
        (days) When the clone left its parent, increasing with the index.
    tip
        (days) When its branch ends.
    shown
        Whether it is a tip.

    Returns
    -------
    str
        Newick; empty if no clone is shown.

    Notes
    -----
    Going back in time from its tip, a clone's branch meets its children in the order of their founding, latest first.
    """
    children: list[list[int]] = [[] for _ in names]
    top = [0.0] * len(names)
    kept = list(shown)
    for c in reversed(range(len(names))):
        # Children come after their parent, so theirs are complete, latest first.
        met = children[c]
        kept[c] = shown[c] or bool(met)
        if not kept[c]:
            continue
        top[c] = tip[c] if not met and shown[c] else founded[met[-1]]
        if not shown[c] and len(met) == 1:
            top[c] = top[met[0]]
        if parent[c] >= 0:
            children[parent[c]].append(c)

    roots = [c for c in range(len(names)) if parent[c] < 0 and kept[c]]
    if not roots:
        return ""
    pieces: list[str] = []
    stack: list[str | int] = [");"]
    for position, c in enumerate(reversed(roots)):
        stack += [f":{top[c]!r}", c] if position == 0 else [",", f":{top[c]!r}", c]
    stack.append("(")
    # What lies on top is written first.
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        met = children[item]
        later = met if shown[item] else met[1:]
        pieces.append("(" * len(later))
        time = tip[item] if shown[item] else top[met[0]]
        rest: list[str | int] = [_quoted(names[item]) if shown[item] else met[0]]
        for child in later:
            at = founded[child]
            rest += [f":{time - at!r},", child, f":{top[child] - at!r})"]
            time = at
        stack += reversed(rest)
    return "".join(pieces)


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else "'" + name.replace("'", "''") + "'"
