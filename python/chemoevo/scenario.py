"""A scenario: tumor, surgery, regimen and patient, compiled to a growth process and a therapy process."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import Field, field_validator

from chemoevo import compilation, regimens
from chemoevo.compilation import Growth
from chemoevo.errors import ModelError, did_you_mean
from chemoevo.pharmacology import Drug, Patient, Regimen
from chemoevo.resistance import Genotypes, Potency, TherapyRates
from chemoevo.scenario_checks import cross_checks
from chemoevo.scenario_parts import Compare, FollowUp, ProgressionRule, Simulation, Surgery, Tumor
from chemoevo.schema import add_bounds, models_of
from chemoevo.specification import Name, Specification, Text, refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.counts import Counts
    from chemoevo.ensemble import Ensemble
    from chemoevo.options import Limits
    from chemoevo.process import BranchingProcess

__all__ = ["Compare", "FollowUp", "Growth", "ProgressionRule", "Scenario", "Simulation", "Surgery", "Tumor"]


class Scenario(Specification):
    """A tumor, a regimen and a patient: everything that a run needs.

    Parameters
    ----------
    name
        What the scenario is called.
    tumor
        The tumor, its alterations and its size at detection.
    regimen
        What is given, or the name of a regimen that ships with chemoevo, such as "docetaxel_carboplatin". Its first day
        is day 0 of therapy.
    patient
        To whom.
    potencies
        Action of each drug of the regimen on sensitive cells, with Emax and the reason for it.
    surgery
        Resection at the instant of the first dose, or None.
    drugs
        Your own drugs, beside those that ship.
    follow_up
        When the tumor is looked at.
    progression
        What counts as progression.
    compare
        Which probabilities are answered twice.
    simulation
        Replicates, seed, engine and the tolerance of compilation.
    notes
        Whatever a reader should know.

    Raises
    ------
    ModelError
        If a value is wrong, a key is unknown, a drug is unknown or has no potency, an alteration says nothing about a
        drug, or the patient lacks what a dose asks for: all problems at once, by path.
    TypeError
        If something has the wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> scenario = ce.Scenario(
    ...     name="docetaxel and carboplatin",
    ...     tumor=ce.Tumor(
    ...         birth=0.139, death=0.1313, size=1e9, alterations=[ce.Alteration(name="ABCB1", mutation=1e-9)]
    ...     ),
    ...     regimen=ce.regimens.docetaxel_carboplatin(),
    ...     patient=ce.Patient(bsa=1.8, gfr=90),
    ...     potencies=[
    ...         ce.Potency(drug="docetaxel", log10_kill_per_cycle=0.3, basis="an example"),
    ...         ce.Potency(drug="carboplatin", log10_kill_per_cycle=0.2, basis="an example"),
    ...     ],
    ... )
    >>> scenario.therapy.types
    ('sensitive', 'ABCB1')
    """

    name: Name = Field(description="the name of the scenario")
    notes: Text | None = None
    tumor: Tumor = Field(description="the tumor, a table")
    surgery: Surgery | None = None
    regimen: Regimen = Field(description="what is given, a table or the name of a regimen")
    patient: Patient = Field(description="to whom it is given, a table")
    potencies: tuple[Potency, ...] = Field(description="the action of each drug on sensitive cells, a list of tables")
    drugs: tuple[Drug, ...] = ()
    follow_up: FollowUp = FollowUp()
    progression: ProgressionRule = ProgressionRule()
    compare: Compare = Compare()
    simulation: Simulation = Simulation()

    @field_validator("regimen", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value not in regimens.__all__:
            hint = did_you_mean(value, regimens.__all__).removesuffix(".")
            refuse(("", f"must be a table or the name of a regimen that ships with chemoevo ({hint})", value))
        return getattr(regimens, value)()

    if not TYPE_CHECKING:  # type checkers see the fields

        def __init__(self, **data: Any) -> None:
            super().__init__(**data)
            problems = cross_checks(self)
            if problems:
                raise ModelError(problems)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Reads a scenario file (TOML).

        Raises
        ------
        ModelError
            If the file cannot be read, is not TOML, or describes no valid scenario; the message names the file.
        TypeError
            If something in it has the wrong type.
        """
        shown = str(Path(path))
        try:
            text = Path(path).read_bytes().decode("utf-8")
        except OSError as error:
            raise ModelError(f"Cannot read {shown!r}: {error.strerror or error}.") from None
        except UnicodeDecodeError as error:
            raise ModelError(f"Cannot read {shown!r}: it is not UTF-8 text (byte {error.start}).") from None
        try:
            return cls.from_toml(text)
        except ModelError as error:
            raise ModelError([f"{shown}: {problem}" for problem in error.problems]) from None
        except TypeError as error:
            raise TypeError(f"{shown}: {error}") from None

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """JSON schema of scenario files, with what the file reader fills in left optional."""
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **cls.model_json_schema()}
        add_bounds(schema, {"": cls, **models_of(cls)})
        # Alterations that ship with chemoevo need a name and a probability only; regimens may be named.
        schema["$defs"]["Alteration"]["required"] = ["name", "mutation"]
        named = {"type": "string", "enum": list(regimens.__all__)}
        schema["properties"]["regimen"] = {"anyOf": [schema["properties"]["regimen"], named]}
        return schema

    @cached_property
    def genotypes(self) -> Genotypes:
        """Every set of alterations; their names are the types of both processes."""
        return Genotypes(self.tumor.alterations)

    @cached_property
    def growth(self) -> Growth:
        """Growth from one sensitive cell to detection."""
        return compilation.growth(self)

    @cached_property
    def rates(self) -> TherapyRates:
        """Rates of every genotype under the regimen, compiled to segments."""
        return compilation.rates(self)

    @cached_property
    def therapy(self) -> BranchingProcess:
        """The process under therapy: day 0 is the first dose, surgery a pulse at day 0."""
        return compilation.therapy(self, self.rates)

    @cached_property
    def looks(self) -> NDArray[np.float64]:
        """(days from the first dose) Looks for progression: 0, `looks_every`, ... up to the horizon."""
        number = math.floor(self.follow_up.horizon / self.follow_up.looks_every * (1.0 + 1e-12))
        return np.arange(number + 1, dtype=np.float64) * self.follow_up.looks_every

    @cached_property
    def times(self) -> NDArray[np.float64]:
        """(days from the first dose) Observations: the looks, the day of comparison and the horizon."""
        return np.unique(np.concatenate([self.looks, [self.comparison_day, self.follow_up.horizon]]))

    @property
    def comparison_day(self) -> float:
        """(days from the first dose) Day of the comparison besides detection."""
        if self.compare.day is not None:
            return self.compare.day
        return min(self.regimen.duration_days, self.follow_up.horizon)

    @property
    def watched(self) -> dict[str, tuple[str, ...]]:
        """Sets of genotypes whose absence is answered twice, by their description."""
        found: dict[str, tuple[str, ...]] = {}
        names = [a.name for a in self.tumor.alterations]
        for name in names[:1] if self.compare.carriers is None else self.compare.carriers:
            found[f"cell with {name}"] = self.genotypes.carriers(name)
        if len(names) >= self.compare.multiple:
            types = self.genotypes.with_alterations(self.compare.multiple)
            found[f"cell with {self.compare.multiple} or more alterations"] = types
        return found

    @property
    def segments(self) -> int:
        """Number of stretches of constant rates that therapy was compiled to."""
        return int(self.therapy.birth.shape[0])

    @cached_property
    def rate_error(self) -> float:
        """Largest relative change of the answers when every segment is halved.

        The answers are, from one cell of every genotype, the survival probability at the horizon and the mean number of
        cells there. The error of segments falls with the square of their length, so three quarters of it goes.
        """
        return compilation.rate_error(self)

    @cached_property
    def expected_mutations(self) -> tuple[float, float]:
        """Expected number of mutations in one history: during growth, and from the first dose to the horizon."""
        from chemoevo.expectation import expected_mutations

        return expected_mutations(self)

    def describe(self, *, replicates: int | range | None = None, seed: int | None = None) -> str:
        """What will run, with units; `replicates` and `seed` as given to the run, if not the scenario's."""
        from chemoevo.scenario_text import scenario_text

        return scenario_text(self, replicates=replicates, seed=seed)

    def _simulate(
        self,
        *,
        replicates: int | range | None,
        seed: int | None,
        engine: str,
        exact: bool,
        tolerance: float | None,
        limits: Limits | None,
        threads: int | None,
        progress: bool | Callable[[int, int], object],
        counted: Counts | None,
    ) -> Ensemble:
        from chemoevo.study import resolve_run, simulate_scenario

        chosen = None if engine == "auto" else engine
        plan = resolve_run(self, replicates=replicates, seed=seed, engine=chosen, threads=threads)
        return simulate_scenario(
            self, plan=plan, exact=exact, tolerance=tolerance, limits=limits, progress=progress, counted=counted
        )
