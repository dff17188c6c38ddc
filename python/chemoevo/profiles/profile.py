"""A tumor as it was measured: clonal alterations, subclones and their fractions, on a scenario."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import polars as pl

from chemoevo.base.arguments import whole
from chemoevo.base.forks import check_fork
from chemoevo.base.gathering import NotThere, Problem, rule
from chemoevo.base.tables import preformatted
from chemoevo.base.toml_files import read_specification
from chemoevo.ensemble.resolve import note_seed
from chemoevo.errors import ModelError, Problems, SimulationError
from chemoevo.profiles.checks import (
    mean_shares,
    resolved,
    wrong_base,
    wrong_names,
    wrong_places,
    wrong_reads,
    wrong_repeats,
)
from chemoevo.profiles.fields import ProfileFields
from chemoevo.profiles.nesting import ROUNDING, allowed, ancestors, exclusive
from chemoevo.profiles.spread import Spread
from chemoevo.profiles.subclone import TRUNK
from chemoevo.profiles.text import profile_text
from chemoevo.scenario.clones import Clone, genotype
from chemoevo.scenario.scenario import Scenario
from chemoevo.sweeps.points import MOST_POINTS
from chemoevo.sweeps.sweep import sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from chemoevo.base.shapes import Several, Taken, given
    from chemoevo.base.specification import Name
    from chemoevo.profiles.nesting import Parents
    from chemoevo.profiles.subclone import Subclone
    from chemoevo.resistance.alterations import Alteration

TYPICAL = 8192
"""Draws whose mean is the typical tumor."""


class Profile(ProfileFields):
    """A tumor as it was measured in one patient: clonal alterations, and subclones with reads or fractions.

    It puts on a scenario, which has the biology (rates, alterations with their mutation probabilities, potencies), what
    was measured: a tumor that is a sum of parts, as `Tumor.clonal` and `Tumor.clones` say it, with fractions as
    uncertain as the reads leave them. `typical` is the scenario at their means, and `points` draws what they may be.

    Parameters
    ----------
    scenario
        The biology, and the therapy; its tumor has no clonal alterations and no clones of its own.
    alterations
        Further alterations of the tumor, beside those of the scenario.
    clonal
        Names of alterations that every cell carries.
    subclones
        What was measured of each subclone, in any order; at most 12.
    purity
        Share of the tumor's cells among those that were sequenced, in (0, 1]; needed where there are reads.
    size
        (cells) Size at detection, in place of the scenario's.
    expressions
        Expression of mechanisms by name, in place of those of `Tumor.expressions` of the same name.
    patient
        In place of the scenario's.

    Raises
    ------
    ModelError
        If an alteration is unknown, fractions leave open what is nested in what or do not fit what is said of it, reads
        contradict the purity, or the scenario with all this is not valid, also with each part as large as reads leave
        possible: all problems at once.
    TypeError
        If something has the wrong type.

    Notes
    -----
    With purity p, C copies of a place in cells of the tumor and N in others, m of which carry an alteration in a
    fraction f of the tumor's cells, a read shows it with probability p m f / (p C + N (1 - p)) [1]_ [2]_. Given the
    reads, and f uniform on [0, 1] before, f has a beta distribution that is cut off at 1: exactly. Fractions of
    several subclones are independent, given that none is smaller than those nested in it together.

    A subclone's fraction includes subclones nested in it; the share of a clone of the tumor does not. Which subclone is
    within which may be left out where only one way is possible: two subclones with more than all of the cells together
    are nested [3]_. A nesting that less than 1 % of the posterior allows is taken for impossible.

    References
    ----------
    .. [1] S. L. Carter et al. (2012), Nat. Biotechnol. 30:413, doi:10.1038/nbt.2203.
    .. [2] A. Roth et al. (2014), Nat. Methods 11:396, doi:10.1038/nmeth.2883.
    .. [3] S. Nik-Zainal et al. (2012), Cell 149:994, doi:10.1016/j.cell.2012.04.023.

    Examples
    --------
    >>> import chemoevo as ce
    >>> scenario = ce.Scenario(
    ...     name="docetaxel",
    ...     tumor=ce.Tumor(
    ...         birth=0.14,
    ...         death=0.1,
    ...         size=1e7,
    ...         alterations=[ce.Alteration(name="ABCB1", mutation=1e-8), ce.Alteration(name="TP53", mutation=1e-7)],
    ...     ),
    ...     surgery=ce.Surgery(residual_cells=20),
    ...     regimen=ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d x6"),
    ...     patient=ce.Patient(bsa=1.8),
    ...     potencies=[ce.Potency(drug="docetaxel", emax=1.4, basis="an example")],
    ... )
    >>> profile = ce.Profile(
    ...     scenario=scenario,
    ...     clonal=["TP53"],
    ...     subclones=[ce.Subclone(alterations=["ABCB1"], reads=ce.Reads(alternate=14, depth=200))],
    ...     purity=0.7,
    ... )
    >>> round(profile.typical.tumor.clones[0].fraction, 4)
    0.2122
    >>> profile.points(2, seed=1).columns
    ['tumor.clones[ABCB1].fraction']
    >>> print(profile.cure(draws=100, seed=1))
    0.3804 (5 % to 95 % of 100 draws: 0.2564 to 0.5095)
    """

    form: ClassVar[str] = 'Profile(scenario=scenario, clonal=["TP53"], subclones=[...], purity=0.7)'

    if TYPE_CHECKING:  # they know fields of other types than are given by their own class only
        alterations: Several[Alteration] = given(default=())
        clonal: Several[Name] = given(default=())
        subclones: Several[Subclone] = given(default=())
        size: Taken[int | None, float | None] = given(default=None)

    @rule
    def _base(self) -> Problem:
        yield from wrong_base(self)

    @rule
    def _names(self) -> Problem:
        yield from wrong_names(self)

    @rule
    def _places(self) -> Problem:
        yield from wrong_places(self)

    @rule
    def _reads(self) -> Problem:
        yield from wrong_reads(self)

    @rule
    def _nested(self) -> Problem:
        if not any(True for check in (wrong_places, wrong_reads) for _ in check(self)):
            parents, wrong = self._resolved
            yield from wrong
            if not wrong and not any(True for _ in wrong_names(self)):
                yield from wrong_repeats(self, parents)

    @rule
    def _valid_scenario(self) -> Problem:
        """With what was measured, and with all that the reads leave possible, as far as that is known."""
        sound = self._is_sound()
        whats = [("what was measured", lambda: [self.typical] if sound else [self._without_subclones()])]
        # Averages over `points` without those that are invalid would be of smaller clones than were measured.
        whats += [("all that the reads leave possible", self._largest)] if sound and self.is_open else []
        for what, make in whats:
            if problems := _problems_of(make):
                alone = _problems_of(
                    lambda: Scenario.from_dict(self.scenario.to_dict())
                )  # of the scenario itself: said already
                for problem in problems:
                    if problem not in alone:
                        yield "scenario", f"must be valid with {what}: {problem.removesuffix('.')}", None
                return

    def _is_sound(self) -> bool:
        """Whether all that the parts of the tumor follow from is there, and right."""
        try:
            checks = (wrong_base, wrong_names, wrong_places, wrong_reads)
            if any(True for check in checks for _ in check(self)) or self._resolved[1]:
                return False
            return not wrong_repeats(self, self._resolved[0])
        except NotThere:
            return False

    def _without_subclones(self) -> Scenario:
        """The scenario with what else was measured; what is wrong by itself is left out."""
        there = vars(self)
        changes = {
            "tumor.size": there.get("size"),
            "tumor.expressions": there.get("expressions"),
            "patient": there.get("patient"),
        }
        return self.scenario.replace({path: value for path, value in changes.items() if value})

    def _largest(self) -> list[Scenario]:
        """The scenario where one of its parts is as large as in any of many draws, for each of them."""
        shares = self._shares(self.even_fractions(TYPICAL))
        rows = dict.fromkeys(shares.argmax(axis=0).tolist())
        return [self._scenario(np.clip(shares[row], 0.0, 1.0).tolist()) for row in rows]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Reads a file (TOML) with the table `[scenario]` and what was measured.

        Raises
        ------
        ModelError
            If the file cannot be read, is not TOML, or describes no valid profile; the message names the file.
        TypeError
            If something in it has the wrong type.
        """
        return read_specification(cls, path)

    @cached_property
    def _resolved(self) -> tuple[Parents, list[tuple[str, str, object, str]]]:
        return resolved(self)

    @property
    def nesting(self) -> dict[str, str]:
        """What each subclone is within, by names: as said, or the only way that is possible."""
        called = [one.called for one in self.subclones]
        parents = self._resolved[0]
        return {name: TRUNK if k < 0 else called[k] for name, k in zip(called, parents, strict=True)}

    @cached_property
    def typical(self) -> Scenario:
        """The scenario at the means of what was measured: those of the posterior, given what is nested in what."""
        return self._scenario(self._means)

    def _scenario(self, shares: Sequence[float]) -> Scenario:
        """The scenario at shares of the cells, of the trunk and of each subclone without those nested in it."""
        tumor = self.scenario.tumor
        clones = [
            Clone(alterations=self._carried(k), fraction=min(share, 1.0))
            for k, share in enumerate(shares[1:])
            if share > ROUNDING
        ]
        changes: dict[str, Any] = {
            "tumor.alterations": self.altered,
            "tumor.clonal": self.clonal,
            "tumor.clones": clones,
            "tumor.size": self.cells,
            "tumor.expressions": {**tumor.expressions, **self.expressions},
            **({} if self.patient is None else {"patient": self.patient}),
        }
        return self.scenario.replace(changes)

    @cached_property
    def _means(self) -> list[float]:
        """Mean shares of the cells: of the trunk, and of each subclone without those nested in it."""
        if not self.subclones:
            return [1.0]
        fractions = self.even_fractions(TYPICAL if self.is_open else 1)
        return mean_shares(self._shares(fractions))

    def _shares(self, fractions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares of the cells with exactly each genotype, at the fractions that the nesting allows."""
        parents = self._resolved[0]
        return exclusive(fractions[allowed(fractions, parents, 1.0 / self.cells)], parents)

    def _carried(self, k: int) -> list[str]:
        """What cells of a subclone carry beyond clonal alterations, in the order of the alterations."""
        path = [*ancestors(self._resolved[0], k), k]
        names = [name for place in path for name in self.subclones[place].alterations]
        return genotype(self.altered, names).split("+")

    def points(self, n: int, *, seed: int | None = None) -> pl.DataFrame:
        """Draws of what the reads leave open, as points of `typical`.

        Parameters
        ----------
        n
            How many, >= 1.
        seed
            A whole number >= 0; None draws a new one.

        Returns
        -------
        polars.DataFrame
            One row per draw and one column per clone, such as `tumor.clones[ABCB1].fraction`: its share of the cells.
            Draws are independent and have the same weight. Without reads they are all the same.

        Raises
        ------
        ModelError
            If an argument is out of range, or there are no subclones: then nothing is open.

        See Also
        --------
        sweep : answers at points; chemoevo.Profile.cure has the average of one.
        """
        check_fork()
        problems = Problems()
        number, drawn = whole(problems, "n", n, 1, MOST_POINTS), note_seed(problems, seed)
        if not self.subclones:
            problems.value("points", "has nothing to vary: the profile has no subclones", hint="Ask its `typical`.")
        problems.raise_if_any()
        random, parts, there = np.random.default_rng(drawn), [], 0
        while there < number:
            # Of all draws, at least one in a hundred is allowed.
            uniform = random.random((number + 64, len(self.subclones)))
            parts.append(self._shares(self.fractions(uniform)))
            there += len(parts[-1])
        shares = np.concatenate(parts)[:number, 1:]
        kept = [k for k, share in enumerate(self._means[1:]) if share > ROUNDING]
        names = [f"tumor.clones[{'+'.join(self._carried(k))}].fraction" for k in kept]
        return pl.DataFrame({name: np.minimum(shares[:, k], 1.0) for name, k in zip(names, kept, strict=True)})

    def cure(
        self,
        *,
        draws: int = 200,
        seed: int | None = None,
        replicates: int | None = None,
        threads: int | None = None,
    ) -> Spread:
        """The probability of cure, averaged over what the reads leave open, with its spread.

        Parameters
        ----------
        draws
            How many points, >= 2; 200 by default. Where no reads are given there is one, and 1 may be said.
        seed
            Of the points, and of histories; a whole number >= 0, None draws a new one.
        replicates
            Histories per point, where more than 1 % of a tumor are expected to be mutants beside its clones; used only
            there. Every point has histories of its own.
        threads
            As for `sweep`.

        Returns
        -------
        Spread
            `value` is the average, the probability given the measurements; `low` and `high` are quantiles of the draws
            at 5 % and 95 %; `error` is the standard error of `value`, of finite draws and of finite histories together.

        Raises
        ------
        ModelError
            If an argument is out of range, or `replicates` is missing where histories are needed.
        SimulationError
            If a point has no answer.

        See Also
        --------
        sweep : any question at the `points` of a profile.
        rank_regimens : which regimen is best, over the same points.
        """
        problems = Problems()
        # One draw of what is open has no spread; where nothing is, one is all there is.
        number = whole(problems, "draws", draws, 2 if self.is_open else 1, MOST_POINTS)
        drawn = note_seed(problems, seed)
        problems.raise_if_any()
        alone = pl.DataFrame({"tumor.size": [self.cells]})
        points = self.points(number, seed=drawn) if self.is_open else alone
        if self.is_open and replicates is not None:
            # With histories of its own at every point, the scatter of points has the chance of both.
            own = np.random.default_rng(np.random.SeedSequence(drawn).spawn(1)[0]).integers(2**53, size=number)
            points = points.with_columns(pl.Series("simulation.seed", own))
        table = sweep(self.typical, points, ask="cure", replicates=replicates, seed=drawn, threads=threads)
        failed = table.filter(pl.col("status") != "ok")
        if len(failed):
            raise SimulationError(
                f"{len(failed)} of {len(points)} points have no answer. The first: {failed['status'][0]}"
            )
        simulated = int(replicates or 0) if (table["method"] == "histories").any() else 0
        width = float((table["cure_high"] - table["cure_low"]).to_numpy()[0])
        return Spread.of(table["cure"].to_numpy(), width=width, replicates=simulated)

    def __repr__(self) -> str:
        measured = (
            ", ".join(f"{one.called} within {self.nesting[one.called]}" for one in self.subclones) or "no subclones"
        )
        clonal = f"{'+'.join(self.clonal)} in every cell, " if self.clonal else ""
        return f"Profile({self.scenario.name!r}: {self.cells:.4g} cells, {clonal}{measured})"

    def describe(self) -> str:
        """What was measured, and what it makes of the tumor, in words."""
        fractions = self.even_fractions(TYPICAL) if self.subclones else np.ones((1, 0))
        parents = self._resolved[0]
        fits = allowed(fractions, parents, 1.0 / self.cells) if self.subclones else np.ones(1, bool)
        kept = fractions[fits]
        return profile_text(self, kept, exclusive(kept, parents), self.nesting, float(fits.mean()))

    def __str__(self) -> str:
        return self.describe()

    def _repr_html_(self) -> str:
        return preformatted(self.describe())


def _problems_of(make: Callable[[], object]) -> tuple[str, ...]:
    """What is wrong with what is made."""
    try:
        make()
    except ModelError as error:
        return error.problems
    except TypeError as error:
        return (str(error),)
    return ()
