"""Which engine a run asks for, and whether it may leap: what each engine can do, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo._core import ENGINES
from chemoevo.base.arguments import choice, real
from chemoevo.ensemble.options import Stop
from chemoevo.errors import Problems

if TYPE_CHECKING:
    from chemoevo.ensemble.record import Record
    from chemoevo.ensemble.request import Request
    from chemoevo.process.branching import BranchingProcess

ASKED = ("auto", *ENGINES)
"""Engines by name, and "auto", which chooses one for each replicate."""

DEFAULT_TOLERANCE = 1e-3
"""Tolerance of leaping where none is given; the documentation of `simulate` says what it bounds."""

_EXACT = "Use 'direct' or 'bnb', or leave 'auto'."
_DIRECT = "Use engine='direct', or leave 'auto'."


def note_engine(problems: Problems, process: BranchingProcess, request: Request, record: Record) -> str:
    """The engine that is asked for; what it cannot do is noted."""
    engine = choice(problems, "engine", "auto" if request.engine is None else request.engine, ASKED)
    stop, competing = request.stop, process.competition is not None
    named = isinstance(stop, Stop) and stop.of is not None and set(stop.of) != set(process.types)
    if engine == "bnb" and named and record.clones:
        problems.value("engine", "'bnb' records no clones where stop.of counts some types", hint=_DIRECT)
    if engine == "bnb" and competing:
        hint = "Use engine='direct', which is exact, or 'leap', which freezes rates over short steps, or leave 'auto'."
        problems.value("engine", "'bnb' takes cells for independent, which with competition they are not", hint=hint)
    if engine == "leap" and named and competing:
        rule = "'leap' stops at a number of cells of all types together where they compete, not at stop.of"
        problems.value("engine", rule, hint=_DIRECT)
    if engine == "leap" and request.exact is True:
        problems.value("engine", "'leap' approximates, which exact=True refuses", hint=_EXACT)
    if engine == "leap" and record.clones:
        problems.value("engine", "'leap' moves cells in cohorts and knows no clones", hint=_EXACT)
    if engine == "leap" and record.crossings is not None and competing:
        problems.value("engine", "'leap' notes no crossings where cells compete", hint=_DIRECT)
    return engine


def note_tolerance(problems: Problems, process: BranchingProcess, request: Request, record: Record) -> float | None:
    """The tolerance of leaping; None where the run may not leap."""
    tolerance = DEFAULT_TOLERANCE
    if request.tolerance is not None:
        rule = "must be a number in [1e-9, 1e-2]"
        tolerance = real(problems, "tolerance", request.tolerance, rule, 1e-9, 1e-2)
    crossing = record.crossings is not None and process.competition is not None
    exact = str(request.engine) in ("direct", "bnb") or request.exact is True
    return None if exact or record.clones or crossing else tolerance
