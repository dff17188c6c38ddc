"""The way of a drug through cells: mechanisms as it meets them, with strengths from published folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chemoevo import _core
from chemoevo.base.gathering import NotThere
from chemoevo.errors import ModelError
from chemoevo.resistance.mechanism import Mechanism, OnDrug

# Stages whose mechanisms are parts of one sum.
_SUMS: Mapping[str, str] = {"uptake": "uptake", "efflux": "pool", "detoxification": "pool", "repair": "repair"}


class Step(NamedTuple):
    """One mechanism as one drug meets it; see the core's `Step`."""

    mechanism: str
    stage: str
    strength: float
    reference: float
    exposes: bool = False
    needs: str | None = None
    ceiling: tuple[float, float] | None = None
    km: float | None = None

    def placed(self, position: Mapping[str, int]) -> _core.Step:
        """For the core, with positions of mechanisms."""
        return _core.Step(
            position[self.mechanism],
            self.stage,
            self.strength,
            self.reference,
            exposes=self.exposes,
            needs=None if self.needs is None else position[self.needs],
            ceiling=self.ceiling,
            km=self.km,
        )


def steps_of(drug: str, mechanisms: Sequence[Mechanism]) -> tuple[Step, ...]:
    """The steps of a drug, of all mechanisms that act on it.

    Raises
    ------
    ModelError
        If the folds of several mechanisms are impossible together, or one needs a mechanism that is not there.
    NotThere
        If a fold is impossible by itself, which its mechanism says.

    Notes
    -----
    A fold is what a mechanism does beside what others do already in the basal line: with q = (f - 1)/(e - r) and Q the
    sum of q r over the mechanisms of one sum, the strength is q/(1 - Q).
    """
    by_name = {one.name: one for one in mechanisms}
    meeting = [(one, on) for one in mechanisms if (on := one.on(drug)) is not None and on.acts]
    saturable = [one.name for one, on in meeting if on.km is not None]
    if len(saturable) > 1:
        names = ", ".join(saturable)
        raise ModelError(f"The pumps {names} all have a km for {drug!r}: of one drug at most one pump saturates.")
    strengths: dict[str, float] = {}
    for kind in ("uptake", "pool", "repair"):
        strengths |= _strengths(drug, [(one, on) for one, on in meeting if _SUMS.get(one.stage) == kind], by_name)
    for one, on in meeting:
        if one.stage not in _SUMS:
            strengths |= _strengths(drug, [(one, on)], by_name)
    return tuple(_step(one, on, strengths[one.name], by_name) for one, on in meeting)


def _basal(one: Mechanism, on: OnDrug, by_name: Mapping[str, Mechanism]) -> float:
    if on.needs is None:
        return one.basal
    if on.needs not in by_name:
        raise ModelError(
            f"mechanisms[{one.name}].drugs[{on.drug}].needs must be a mechanism that ships or is among mechanisms; got "
            f"{on.needs!r}."
        )
    return one.basal * by_name[on.needs].basal


def _strengths(
    drug: str, meeting: Sequence[tuple[Mechanism, OnDrug]], by_name: Mapping[str, Mechanism]
) -> dict[str, float]:
    measured, stated = [], 1.0
    for one, on in meeting:
        basal = _basal(one, on, by_name)
        if on.strength is not None:
            stated += on.strength * basal
        else:
            try:
                fold, expression, _ = one.factor(on)
            except ModelError:  # said by the mechanism
                raise NotThere from None
            measured.append((one.name, (fold, expression, basal)))
    if not measured:
        return {one.name: on.strength for one, on in meeting if on.strength is not None}
    try:
        found = _core.strengths_from_folds([fold for _, fold in measured])
    except ValueError as error:
        names = ", ".join(name for name, _ in measured)
        raise ModelError(f"The folds of {names} for {drug!r} do not go together: {error}") from None
    strengths = {name: stated * strength for (name, _), strength in zip(measured, found, strict=True)}
    return strengths | {one.name: on.strength for one, on in meeting if on.strength is not None}


def _step(one: Mechanism, on: OnDrug, strength: float, by_name: Mapping[str, Mechanism]) -> Step:
    at = one.expression if on.expression is None else on.expression
    ceiling = None if on.ceiling is None or on.ceiling == 1.0 else (on.ceiling, at)
    km = None if on.km is None else on.km.value
    # What lets drug in is a sum that exposes by itself.
    exposes = one.exposes(on) and one.stage != "uptake"
    return Step(one.name, one.stage, strength, _basal(one, on, by_name), exposes, on.needs, ceiling, km)
