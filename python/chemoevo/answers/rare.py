"""Cure that needs a rare history: founders of mutant lineages thinned, and what was left out kept as a weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.block import block_of
from chemoevo.analytic.grown.part import summed
from chemoevo.analytic.grown.size import GrownTo
from chemoevo.analytic.one_cell import log_extinction_of_one
from chemoevo.analytic.question import Question
from chemoevo.base.arguments import real
from chemoevo.ensemble.estimates import Estimate
from chemoevo.ensemble.options import Stop
from chemoevo.errors import ModelError
from chemoevo.process.branching import BranchingProcess
from chemoevo.study.simulate import simulate

if TYPE_CHECKING:
    from chemoevo.analytic.grown.part import Part
    from chemoevo.analytic.question import Treated

LONGEST = 1e6
"""(days) Growth to the size must end by then."""


def rare_cure_probability(
    therapy: BranchingProcess | Treated,
    *,
    initial: GrownTo,
    horizon: float,
    replicates: int,
    seed: int | None = None,
    keep: float | None = None,
    threads: int | None = None,
) -> Estimate:
    """Probability that no cell is left at the horizon, by importance sampling of the tumor's growth.

    Damaged cells of a scenario with late deaths may be left, as for `cure_probability`.

    Where nearly every tumor holds a lineage that therapy does not cure, the average over simulated tumors is carried
    by histories that are never seen. Here growth is simulated with a share `keep` of the founders of mutant lineages,
    and each tumor is weighted for those that it lacks.

    Parameters
    ----------
    therapy
        What happens from detection on, with the types of growth: a process, or a scenario, which stands for its
        therapy; cells that are damaged and die late are no cells here.
    initial
        Growth from one cell to one size; or from one cell of each part to one size of each.
    horizon
        (days) When no cell may be left: >= 0, or infinity.
    replicates
        How many tumors to grow.
    seed
        As for `simulate`.
    keep
        Share of founders that are simulated, in (0, 1]; 1 gives the plain average over tumors. By default what
        leaves one lineage that is not cured to a tumor, on average.
    threads
        As for `simulate`.

    Returns
    -------
    Estimate
        `effective` is the number of tumors that carry the average, weights included.

    Raises
    ------
    ModelError
        If an argument is out of range, or `initial` has several sizes.
    TypeError
        If an argument has a wrong type.

    Notes
    -----
    Founders come as a Poisson process, whose points may be told apart at random: with probability `keep` one is
    simulated, and otherwise answered for by the law of `GrownTo`. A tumor is cured if all lineages of both kinds
    are, and the two kinds are independent given growth, so with I the expected number of lineages that are not cured

        P(cure) = E_keep[prod_i F_i^n_i] exp(-(1 - keep) I),

    the mean over tumors with the mutation probabilities of the first type times `keep`, its plain divisions and
    deaths as before; F_i is the exact probability of cure from one cell of type i. The weight, the second factor,
    is the likelihood ratio averaged over what cure does not depend on: the ratio itself, keep^-K exp(-(1 - keep) E K)
    for K founders, varies so much that no number of tumors is enough. The mean has then all the approximation that
    `GrownTo` has for the founders that were left out, and none for those that were simulated: that the two agree at any
    `keep` is a test of both. Of a first type that switches into others and they back into it, those are founders that
    leave this block, of whichever of its types; what is in the block is simulated.

    Examples
    --------
    >>> import chemoevo as ce
    >>> rates = {"types": ["S", "R"], "birth": [0.14, 0.14], "mutation": {("S", "R"): 3e-6}}
    >>> growth = ce.BranchingProcess(**rates, death=[0.07, 0.07])
    >>> therapy = ce.BranchingProcess(**rates, death=[0.7, 0.07])
    >>> tumors = ce.GrownTo(growth, size=1e7)
    >>> law = ce.cure_probability(therapy, initial=tumors, horizon=365).value
    >>> sampled = ce.rare_cure_probability(therapy, initial=tumors, horizon=365, replicates=4000, seed=1)
    >>> print(f"{law:.1e} {sampled.value / law:.1f}")
    2.2e-15 1.0
    """
    ask = Question(therapy, initial if isinstance(initial, GrownTo) else {})
    problems = ask.problems
    if not isinstance(initial, GrownTo):
        hint = "Write ce.GrownTo(growth, size=...)."
        problems.type("initial", "must be a law of growth to a size", initial, hint=hint)
    elif not initial.single:
        problems.value("initial.size", "must be one size", initial.values.tolist(), hint="Ask for each by itself.")
    else:
        for path, part in zip(initial.paths, initial.parts, strict=True):
            cells = float(part.sizes[0])
            if not cells.is_integer() or cells < 2.0:
                problems.value(path, "must be a whole number of cells, at least 2", cells)
    day = ask.time(horizon, "horizon", endless=True)
    given = None if keep is None else real(problems, "keep", keep, "must be a number in (0, 1]", 0.0, 1.0, above=True)
    ask.checked()
    clonogenic = None if ask.clonogenic is None else ask.marked(ask.clonogenic)
    cell = log_extinction_of_one(ask.process, day, clonogenic)
    lineages = sum(float(part.sizes[0]) * initial.founders(part, cell, whole=True) for part in initial.parts)
    share = (min(1.0, 1.0 / lineages) if lineages > 0.0 else 1.0) if given is None else given
    grown = [
        # Every part has a stage of its own, so that they are independent.
        _grow(thinned(initial.growth, share, part.first), part, replicates, seed, threads, stage=stage, path=path)
        for stage, (path, part) in enumerate(zip(initial.paths, initial.parts, strict=True))
    ]
    counts = summed(grown)
    # No cells of a type that is never cured: 0 times minus infinity is 0.
    with np.errstate(invalid="ignore"):
        logs = np.where(counts > 0, counts * cell, 0.0).sum(axis=1)
    return Estimate.average_of_logs(logs - (1.0 - share) * lineages)


def thinned(growth: BranchingProcess, share: float, first: int = 0) -> BranchingProcess:
    """The same growth with a share of the divisions that leave the first cell's type, or its block, all else as before.

    Plain divisions of a type keep their rate b (1 - U): with U' the probability of leaving the division rate becomes
    b (1 - U' + share U'), and the probabilities of leaving share u_j b over it. Of cells that leave by switching the
    others die, so that as many go as before. Lethal
    divisions are deaths here.
    """
    block = {name for name, here in zip(growth.types, block_of(growth, first).members, strict=True) if here}
    mutation = {pair: float(np.asarray(u).reshape(-1)[0]) for pair, u in growth.mutation.items()}
    switching = {pair: float(np.asarray(s).reshape(-1)[0]) for pair, s in growth.switching.items()}
    birth, death = growth.divisions[0].copy(), growth.deaths[0].copy()
    for place, name in enumerate(growth.types):
        if name not in block:
            continue
        lost = sum(u for (source, target), u in mutation.items() if source == name and target not in block)
        factor = 1.0 - (1.0 - share) * lost
        birth[place] *= factor
        for pair in mutation:
            if pair[0] == name:
                mutation[pair] *= (share if pair[1] not in block else 1.0) / factor
        for pair, rate in switching.items():
            if pair[0] == name and pair[1] not in block:
                death[place] += (1.0 - share) * rate
                switching[pair] = share * rate
    return BranchingProcess(
        types=growth.types, birth=birth, death=death, mutation=mutation or None, switching=switching or None
    )


def _grow(
    growth: BranchingProcess,
    part: Part,
    replicates: int,
    seed: int | None,
    threads: int | None,
    *,
    stage: int,
    path: str,
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    size = float(part.sizes[0])
    ens = simulate(
        growth,
        initial={growth.types[part.first]: 1},
        times=[LONGEST],
        replicates=replicates,
        seed=seed,
        stage=stage,
        exact=True,
        stop=Stop(size=size, retry=True),
        threads=threads,
    )
    if not (ens.outcomes["outcome"] == "stopped").all():
        raise ModelError(
            f"growth does not reach {path} = {size:g} within {LONGEST:g} days and the limit of events in every "
            "replicate: it grows too slowly, or mutates too often, for that."
        )
    return ens.final.astype(np.float64)
