"""The chain of drug action inside one cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from chemoevo import _core
from chemoevo.base.arguments import real
from chemoevo.base.specification import note_part
from chemoevo.errors import Problems, collect, did_you_mean
from chemoevo.resistance.alterations import Alteration
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.checks import biology_of, note_mechanisms
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.potency import ResolvedPotency


def potency_in_cell(
    potency: ResolvedPotency,
    carried: Alteration | Sequence[Alteration],
    *,
    inhibition: Mapping[str, float] | None = None,
    mechanisms: Mechanism | Sequence[Mechanism] = (),
) -> tuple[float, float]:
    """EC50 (uM) and Emax of a drug in a cell with these alterations.

    Parameters
    ----------
    potency
        In the reference line.
    carried
        The alterations that the cell carries, one copy each.
    inhibition
        Inhibited share, in [0, 1], of a mechanism by name; the name of an alteration stands for the mechanisms that it
        changes.
    mechanisms
        Your own mechanisms, beside those that ship.

    Raises
    ------
    ModelError
        If nothing is known of the drug and a mechanism that is changed, or an inhibition is out of range.
    TypeError
        If an argument is of another type.

    Notes
    -----
    Efflux and detoxification are sinks on one intracellular pool and add; repair divides what is left; apoptosis scales
    EC50 (threshold) and Emax (ceiling). The formulas are in docs/mechanisms.md. No pump saturates here.
    """
    problems = Problems()
    if not isinstance(potency, ResolvedPotency):
        problems.type("potency", "must be a ResolvedPotency, as resolve_potency gives it", potency)
    if isinstance(carried, Alteration):
        carried = [carried]
    if isinstance(carried, str | Mapping) or not isinstance(carried, Iterable):
        problems.type("carried", "must be a list of Alteration", carried)
    else:
        carried = tuple(carried)
        for i, alteration in enumerate(carried):
            note_part(problems, f"carried[{i}]", alteration, Alteration)
    biology = collect(problems, lambda: biology_of(mechanisms, None))
    shares: Mapping[str, float] = {}
    if inhibition is not None and not isinstance(inhibition, Mapping):
        problems.type("inhibition", "must be {name of a mechanism: share}", inhibition)
    elif inhibition:
        shares = {
            name: real(problems, f"inhibition[{name!r}]", share, "must be in [0, 1]", 0.0, 1.0)
            for name, share in inhibition.items()
        }
    problems.raise_if_any()
    assert biology is not None
    genotypes = Genotypes(carried)
    drugs = {potency.drug.name: potency.drug}
    note_mechanisms(problems, genotypes, biology, drugs, untouched=False, acting=list(drugs))
    problems.raise_if_any()
    cells = Cells(genotypes, biology, drugs)
    known = {*cells.position, *(alteration.name for alteration in carried)}
    for name in shares:
        if name not in known:
            rule = "must be a mechanism that is changed, or an alteration that is carried"
            problems.value("inhibition", rule, name, hint=did_you_mean(name, known))
    problems.raise_if_any()
    left = [1.0] * len(cells.mechanisms)
    for alteration in carried:
        for change in alteration.all_changes:
            if alteration.name in shares:
                left[cells.position[change.mechanism]] = 1.0 - shares[alteration.name]
    for k, one in enumerate(cells.mechanisms):
        if one.name in shares:
            left[k] = 1.0 - shares[one.name]
    line = _core.Potency(potency.ec50, potency.hill, potency.emax)
    steps = [step.placed(cells.position) for step in cells.steps(potency.drug.name)]
    (one_each,) = np.flatnonzero((genotypes.copies == 1).all(axis=1))
    found = _core.potency_in_cell(line, steps, cells.expressions[:, one_each].tolist(), left)
    return found.ec50, found.emax
