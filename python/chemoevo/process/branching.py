"""The specification of a multitype branching process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from chemoevo.base.arguments import real
from chemoevo.base.option import type_names
from chemoevo.base.plotting import Plotted
from chemoevo.base.portable import Portable
from chemoevo.errors import Problems, collect
from chemoevo.process.competition import Competition, check_competition
from chemoevo.process.compiled import compiled
from chemoevo.process.fields import ProcessFields
from chemoevo.process.plain import arguments_of, process_to_dict
from chemoevo.process.pulse import Pulse
from chemoevo.process.rates import check_breakpoints, check_kinks, check_lethal, check_pulses, check_rates
from chemoevo.process.sampled import Sampling
from chemoevo.process.transitions import TransitionMapping, check_mutation_rows, check_transitions

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from chemoevo.process.moving import Moves
    from chemoevo.process.sampler import Rates, Shares


class BranchingProcess(ProcessFields, Portable, Plotted):
    """A multitype branching process with piecewise-constant rates and pulses.

    Every cell of type i, independently of all others, divides at rate b_i, dies at rate d_i and switches
    to type j at rate s_ij. At a division, with probability u_ij exactly **one** of the two daughters is of
    type j; with probability 1 - sum_j u_ij both are of type i. At a pulse each cell survives with the
    probability of its type.

    Parameters
    ----------
    types
        Names of the K >= 1 types: unique, not empty, none of them "total".
    birth, death
        (per cell and day) Division and death rates >= 0, of shape (types,) or (intervals, types).
    mutation
        (per division) Probabilities u_ij that one daughter is of another type, of shape (types, types),
        (intervals, types, types) (row = from, column = to, diagonal 0) or {(from, to): value}, where a
        value is a number or one per interval. A row sums to at most 1; exactly 1 is legal: every division
        yields a mutant. A model in which *each* daughter mutates with probability u has u_ij = 2 u here,
        to first order.
    switching
        (per cell and day) Rates s_ij of switching without division, in the same forms.
    pulses
        `Pulse` objects; two at one time multiply.
    breakpoints
        (days) The times at which rates change, finite, > 0, strictly increasing, of shape (intervals - 1,).
        Interval k is [breakpoints[k-1], breakpoints[k]); the first starts at 0, the last never ends.
    competition
        A `Logistic`, `Gompertz` or `LotkaVolterra`, by which the numbers of cells change birth or death rates. Cells
        are then not independent: `simulate` takes the engines `direct` and `leap`, `mean_counts` gives the mean field,
        and what rests on backward equations refuses the process. None (the default): no competition.
    lethal
        (share of divisions) Share q_i in [0, 1] of the divisions of a type that is lethal: the cell dies instead of
        dividing, and founds nothing. So divisions succeed at rate (1 - q_i) b_i, and cells die at rate
        d_i + q_i b_i; mutants arise at divisions that succeed. Of shape (types,) or (intervals, types), or
        {type: share}, where a share is a number or one per interval; types not named have 0, as all have by default.
        Competition acts on birth and death as given, and of the divisions that it leaves this share is lethal: what
        kills at division does not change the net growth r_i that crowding takes away.

    Attributes
    ----------
    types
        Tuple of names.
    birth, death
        (per cell and day) float64 of shape (intervals, types), read-only.
    mutation, switching
        {(from, to): value}, a float or a read-only array of shape (intervals,).
    breakpoints
        (days) float64 of shape (intervals - 1,), read-only.
    pulses
        Tuple of `Pulse`, in the order of time.
    competition
        What was given, a matrix by names; or None.
    lethal
        (share of divisions) float64 of shape (intervals, types), read-only.
    sampling
        For a process made by `from_rates`, `until` (days) and the errors reached: `tolerance` at the ends of steps,
        `between` inside them. None for any other.

    Raises
    ------
    ModelError
        If a value is out of range; all problems are listed.
    TypeError
        If a value has a wrong type.

    Notes
    -----
    One mutated daughter a division is the convention of Iwasa, Nowak & Michor [1]_ and Bozic et al. [2]_.

    References
    ----------
    .. [1] Iwasa Y, Nowak MA, Michor F (2006) Genetics 172:2557. doi:10.1534/genetics.105.049791
    .. [2] Bozic I et al. (2013) eLife 2:e00747. doi:10.7554/eLife.00747

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[[0.14, 0.14], [0.14, 0.14]], death=[[0.13, 0.13], [0.30, 0.13]],
    ...     mutation={("S", "R"): 1e-7}, breakpoints=[100.0],
    ... )
    >>> process
    BranchingProcess(types=2, intervals=2, mutations=1, switches=0, pulses=0)

    One in five divisions is lethal:

    >>> lost = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.2], lethal={"S": 0.2})
    >>> round(ce.ultimate_extinction_probability(lost, initial={"S": 1}), 6)
    0.5
    """

    __slots__ = ()

    def __init__(
        self,
        *,
        types: Sequence[str],
        birth: ArrayLike,
        death: ArrayLike,
        mutation: ArrayLike | TransitionMapping | None = None,
        switching: ArrayLike | TransitionMapping | None = None,
        pulses: Iterable[Pulse] | None = None,
        breakpoints: ArrayLike | None = None,
        competition: Competition | None = None,
        lethal: ArrayLike | Mapping[str, ArrayLike] | None = None,
    ) -> None:
        problems = Problems()
        names = type_names(problems, "types", types)
        if "total" in names:
            problems.value(f"types[{names.index('total')}]", "must not be 'total', which summaries call the sum of all")
        problems.raise_if_any()
        ends = check_breakpoints(problems, breakpoints)
        intervals = len(ends) + 1
        rates = [
            check_rates(problems, path, value, names, intervals) for path, value in (("birth", birth), ("death", death))
        ]
        shares = check_lethal(problems, lethal, names, intervals)
        table = [
            check_transitions(problems, path, value, names, intervals)
            for path, value in (("mutation", mutation), ("switching", switching))
        ]
        check_mutation_rows(problems, table[0], names)
        thinnings = check_pulses(problems, pulses, names)
        crowding = check_competition(problems, competition, names)
        problems.raise_if_any()
        divisions, deaths = rates
        if lethal is not None and shares.any():
            divisions, deaths = (1.0 - shares) * rates[0], rates[1] + shares * rates[0]
        for array in (ends, *rates, shares, divisions, deaths):
            array.flags.writeable = False
        setters = {
            "types": names,
            "birth": rates[0],
            "death": rates[1],
            "breakpoints": ends,
            "pulses": thinnings,
            "competition": crowding,
            "lethal": shares,
            "divisions": divisions,
            "deaths": deaths,
            "sampling": None,
            "mutations": table[0].frozen(),
            "switches": table[1].frozen(),
            "compiled": compiled(
                names,
                breakpoints=ends,
                birth=rates[0],
                death=rates[1],
                mutations=table[0],
                switches=table[1],
                pulses=thinnings,
                competition=crowding,
                lethal=None if lethal is None else shares,
            ),
        }
        for name, value in setters.items():
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.to_dict(),)

    def __repr__(self) -> str:
        crowding = "" if self.competition is None else f", competition={type(self.competition).__name__}"
        lethal = f", lethal_types={int(self.lethal.any(axis=0).sum())}" if self.lethal.any() else ""
        return (
            f"BranchingProcess(types={len(self.types)}, intervals={len(self.birth)}, "
            f"mutations={len(self.mutations)}, switches={len(self.switches)}, "
            f"pulses={len(self.pulses)}{crowding}{lethal})"
        )

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(self.describe())}</pre>"

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; transitions are a list of {from, to, value}."""
        return process_to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Builds the process from plain data written by `to_dict`.

        Raises
        ------
        ModelError
            If a key is unknown or missing, or a value is out of range.
        TypeError
            If a value has a wrong type.
        """
        arguments = arguments_of(data)
        sampling = arguments.pop("sampling", None)
        return cls(**arguments) if sampling is None else cls(**arguments)._sampled(Sampling.from_dict(sampling))

    def _sampled(self, sampling: Sampling) -> Self:
        """Sets how the process was sampled; only for one that was just made."""
        object.__setattr__(self, "sampling", sampling)
        return self

    @classmethod
    def from_rates(
        cls,
        *,
        types: Sequence[str],
        rates: Rates,
        until: float,
        tolerance: float = 1e-6,
        between: float = 1e-4,
        breakpoints: ArrayLike | None = None,
        mutation: ArrayLike | TransitionMapping | Moves | None = None,
        switching: ArrayLike | TransitionMapping | Moves | None = None,
        pulses: Iterable[Pulse] | None = None,
        competition: Competition | None = None,
        lethal: ArrayLike | Mapping[str, ArrayLike] | Shares | None = None,
        resolution: float | None = None,
    ) -> Self:
        """A process whose rates change continuously, sampled once.

        Parameters
        ----------
        types
            Names of the K >= 1 types: unique, not empty.
        rates
            f(t) -> (birth, death): from the time (days) to the division and death rates (per cell and day) of
            the types, two sequences of K numbers >= 0. It is called with floats in (0, until], some twelve times a
            step and once per `resolution`, and must give the same numbers for the same time.
        until
            (days) The end of the sampled time, in [1e-9, 1e9]. Later the rates stay at rates(until).
        tolerance
            Relative error in [1e-8, 0.1] at the ends of steps, of which the breakpoints, the pulses and `until` are
            some: of the mean and of the probabilities of survival, extinction and of a mutation or switch that one
            cell of any type has.
        between
            Error in [1e-8, 1] inside a step: of the expected numbers of divisions, of deaths and of switches of one
            cell, of its mutations divided by the largest probability of their pair, and of the logarithm of the mean
            number of cells. Name times of observation in `breakpoints` where that is too much, or ask for less.
        breakpoints
            (days) Times at which a rate, a share or a probability jumps or has a kink, and others that shall be the end
            of a step, finite, > 0, strictly increasing. Those at `until` or later are not used. A jump that is not
            named costs some sixty steps.
        mutation, switching
            As for the class itself, constant in time; or {(from, to): value} in which a value may be a function of the
            time (days); or f(t) -> {(from, to): number}, or an array of shape (types, types). They are called at the
            times at which `rates` is. A pair that f(t) does not name is 0 at that time: pairs may come and go, and all
            that are not 0 whenever f is called are pairs of the process. Mutants come at the rate at which cells
            divide times the probability, and the mean of that product is kept: over a stretch the process has the
            probability int b u dt / int b dt, not the mean of u. It is 0 where a type does not divide.
        pulses, competition
            As for the class itself; constant in time. `tolerance` and `between` speak of the process without its
            competition.
        lethal
            As for the class itself, constant in time; or f(t) -> K shares in [0, 1], called at the times at which
            `rates` is.
        resolution
            (days) In [until/1e6, until]; default half an hour, or until/50000 if that is longer. `rates` is also called
            at times so far apart: what lasts at least as long is found, or the rates are refused. What lasts shorter,
            and is not named in `breakpoints`, cannot be known: all errors stated are those of rates without it.

        Returns
        -------
        BranchingProcess
            A process with piecewise-constant rates, of which `sampling` says the errors reached. Neighboring
            intervals with equal rates are one.

        Raises
        ------
        ModelError
            If a value is out of range; a function returns what is negative, not finite, larger than a share or a
            probability, or of a wrong shape; mutation probabilities of a type sum to more than 1 at some time; a type
            is unknown; or the tolerance needs more than 100000 steps.
        TypeError
            If a value has a wrong type.

        Notes
        -----
        Each step has two halves of constant rates, which make it a commutator-free Magnus integrator of fourth
        order [1]_: with the mean a and the tilt s = int (x - 1/2) a(x) dx over the step, x in [0, 1], they are
        a - 4 s and a + 4 s, where a is the rate of deaths, of a switch, or of divisions by what comes of them (two
        cells of the type, a mutant of some other, none). A tilt that would make a rate negative is cut. So all engines
        and all equations speak of one and the same process. Steps are halved until the propagator of every type agrees
        with that of steps of half the length; then extinction, survival and means at `until` must agree in the whole
        process. The errors are the differences seen, not bounds.
        No step is longer than a day (or until/512, if that is longer). A function can be known only where it is
        called: what comes and goes between two calls leaves no trace. So no accuracy is stated of features shorter than
        `resolution`, which `sampling` keeps with the errors; name them in `breakpoints`. What begins at a jump that is
        not named has its relative accuracy from some until/100000 after the jump on.

        References
        ----------
        .. [1] Blanes S, Moan PC (2006) Fourth- and sixth-order commutator-free Magnus integrators for linear and
           non-linear dynamical systems. Appl Numer Math 56:1519. doi:10.1016/j.apnum.2005.11.004

        Examples
        --------
        >>> import math
        >>> import chemoevo as ce
        >>> def rates(t):  # a drug given on day 10 that decays with a half-life of a day and a half
        ...     c = 0.0 if t < 10 else 5.0 * math.exp(-(t - 10) * math.log(2) / 1.5)
        ...     return [0.14, 0.14], [0.13 + 0.8 * c**2 / (1 + c**2), 0.13]
        >>> process = ce.BranchingProcess.from_rates(
        ...     types=["S", "R"], rates=rates, until=30, breakpoints=[10], mutation={("S", "R"): 1e-7}
        ... )
        >>> process.sampling.tolerance < 1e-6
        True
        >>> ce.extinction_probability(process, initial={"S": 50}, times=[30]).round(6)
        array([0.328769])

        A drug that makes cells tolerant while it is there:

        >>> def level(t):
        ...     return 3.0 * math.exp(-t) / (1.0 + 3.0 * math.exp(-t))
        >>> process = ce.BranchingProcess.from_rates(
        ...     types=["S", "T"],
        ...     rates=lambda t: ([0.14, 0.01], [0.13 + 1.5 * level(t), 0.01]),
        ...     switching={("S", "T"): lambda t: 1e-4 + 0.02 * level(t), ("T", "S"): lambda t: 0.05 * (1 - level(t))},
        ...     mutation=lambda t: {("S", "T"): 1e-6 * (1 + 19 * level(t))},
        ...     until=20,
        ... )
        >>> ce.survival_probability(process, initial=[[1, 0], [0, 1]], times=[20]).ravel().round(6)
        array([0.046067, 0.588044])
        """
        from chemoevo.process.continuous import sample_rates
        from chemoevo.process.moving import apart
        from chemoevo.process.scan import MAX_LOOKS, resolution_of

        problems = Problems()
        names = type_names(problems, "types", types)
        problems.raise_if_any()
        ones = np.ones(len(names))
        shares = lethal if callable(lethal) else None
        mutations, moving_mutations = apart(problems, "mutation", mutation, names)
        switches, moving_switches = apart(problems, "switching", switching, names)
        constant = collect(
            problems,
            lambda: cls(
                types=names,
                birth=ones,
                death=ones,
                mutation=mutations,
                switching=switches,
                pulses=pulses,
                lethal=None if callable(lethal) else lethal,
            ),
        )
        crowding = check_competition(problems, competition, names)
        kinks = collect(problems, lambda: check_kinks(breakpoints))
        limits = {
            "until": (until, 1e-9, 1e9),
            "tolerance": (tolerance, 1e-8, 0.1),
            "between": (between, 1e-8, 1.0),
        }
        if resolution is not None and isinstance(until, int | float) and 1e-9 <= until <= 1e9:
            limits["resolution"] = (resolution, until / MAX_LOOKS, until)
        numbers = {
            key: real(problems, key, value, f"must be a number in [{low:g}, {high:g}]", low, high)
            for key, (value, low, high) in limits.items()
        }
        if not callable(rates):
            problems.type("rates", "must be a function f(t) -> (birth, death)", rates)
        problems.raise_if_any()
        assert constant is not None
        assert kinks is not None
        end = numbers["until"]
        times = np.unique(np.concatenate([kinks, [p.time for p in constant.pulses]]))
        sampled, sampling = sample_rates(
            constant,
            rates,
            shares,
            (moving_mutations, moving_switches),
            until=end,
            tolerance=numbers["tolerance"],
            between=numbers["between"],
            kinks=times[(times > 0) & (times < end)],
            resolution=numbers.get("resolution") or resolution_of(end),
        )
        process = cls(
            types=names,
            birth=sampled.birth,
            death=sampled.death,
            mutation=sampled.mutations.as_mapping(names),
            switching=sampled.switches.as_mapping(names),
            pulses=constant.pulses,
            breakpoints=sampled.ends,
            competition=crowding,
            lethal=sampled.lethal,
        )
        return process._sampled(sampling)

    def describe(self, *, initial: object = None, until: float | None = None) -> str:
        """What will run, with units.

        Parameters
        ----------
        initial
            The cells at the start, as for `simulate`; with `until` it adds the expected number of
            mutations and switches and the engine that "auto" would take.
        until
            (days) The last observation time.

        Returns
        -------
        str
            A few lines of text, to be printed.
        """
        from chemoevo.process.text import describe_process

        return describe_process(self, initial=initial, until=until)


def _rebuild(data: dict[str, Any]) -> BranchingProcess:
    return BranchingProcess.from_dict(data)
