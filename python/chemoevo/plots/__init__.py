"""Figures of ensembles, answers, regimens, processes and tables, and the numbers that they draw.

Every plot takes the thing that it shows first, all else by name, draws into the axes that it is given (`ax=`) or into a
figure of its own, and returns the axes: nothing is shown, saved or set for plots to come. For every plot there is a
function that gives its numbers as a polars frame, such as `counts_table` for `counts`.

Legends stand to the right of the axes. Figures that a plot makes have room for them; your own have it with
`layout="constrained"`.

It needs the extra `plots`: pip install "chemoevo[plots]". The tables do without.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
