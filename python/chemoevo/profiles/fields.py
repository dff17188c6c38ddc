"""What a profile says, and what its reads leave possible, without a word on what is nested in what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from pydantic import Field

from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Specification, Table, Whole
from chemoevo.pharmacology.patient import Patient
from chemoevo.profiles.posterior import quantiles
from chemoevo.profiles.subclone import Subclone
from chemoevo.resistance.alterations import Alteration
from chemoevo.scenario.formats import brought_up
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EVEN_SEED = 0


class ProfileFields(Specification):
    """The parts of a `Profile`, which its documentation describes, each checked by itself."""

    scenario: Scenario = Field(description="the scenario with the biology and the therapy")
    alterations: Several[Alteration] = given(default=())
    clonal: Several[Name] = given(default=())
    subclones: Several[Subclone] = given(default=(), max_length=12)
    purity: Annotated[Number, Field(gt=0, le=1)] | None = None
    size: Annotated[Whole, Field(ge=2, le=10**15)] | None = given(default=None)
    expressions: Table[str, Annotated[Number, Field(ge=0, le=1e6)]] = Field(default_factory=dict)
    patient: Patient | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, texts and numbers; the scenario says of which format it is."""
        return {**super().to_dict(), "scenario": self.scenario.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The profile that `to_dict`, or a file, describes; its scenario may be in an earlier form."""
        if isinstance(data, Mapping) and isinstance(data.get("scenario"), Mapping):
            data = {**data, "scenario": brought_up(data["scenario"])}
        return super().from_dict(data)

    @property
    def cells(self) -> int:
        """Size at detection."""
        return self.scenario.tumor.size if self.size is None else self.size

    @property
    def altered(self) -> tuple[Alteration, ...]:
        """All alterations: those of the scenario, and those of the profile."""
        return (*self.scenario.tumor.alterations, *self.alterations)

    @property
    def is_open(self) -> bool:
        """Whether there are reads, which leave fractions uncertain."""
        return any(one.reads is not None for one in self.subclones)

    def fractions(self, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fractions of the subclones, each by itself, at these shares of their posteriors; both (draws, subclones)."""
        found = np.empty_like(uniform)
        for k, one in enumerate(self.subclones):
            if one.reads is None:
                found[:, k] = one.fraction
            else:
                assert self.purity is not None
                found[:, k] = quantiles(one.reads, self.purity, uniform[:, k])
        return found

    def even_fractions(self, draws: int) -> NDArray[np.float64]:
        """The same draws always, each fraction alone spread evenly over its posterior: their means are exact."""
        random = np.random.default_rng(_EVEN_SEED)
        columns = [(random.permutation(draws) + 0.5) / draws for _ in self.subclones]
        return self.fractions(np.stack(columns, axis=1))
