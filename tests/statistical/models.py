"""The test models: every engine is checked on all of them, against the reference simulator, theory and each other.

Rates are per cell and day. Times and counts are small enough for thousands of replicates by the reference simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import chemoevo as ce
from chemoevo.process.competition import Competition
from tests.reference import competition as reference_competition
from tests.reference import simulator

Pair = tuple[str, str]


@dataclass(frozen=True)
class Model:
    """A process in words that both the engines and the reference simulator can be given.

    `birth`, `death`, `lethal`: a row, or a row per interval. `mutation`, `switching`: a value, or a value per interval.
    """

    name: str
    types: tuple[str, ...]
    birth: Sequence[float] | Sequence[Sequence[float]]
    death: Sequence[float] | Sequence[Sequence[float]]
    initial: Mapping[str, int]
    times: tuple[float, ...]
    mutation: Mapping[Pair, float | Sequence[float]] = field(default_factory=dict)
    switching: Mapping[Pair, float | Sequence[float]] = field(default_factory=dict)
    breakpoints: tuple[float, ...] = ()
    pulses: tuple[tuple[float, Mapping[str, float]], ...] = ()
    competition: Competition | None = None
    lethal: Sequence[float] | Sequence[Sequence[float]] | None = None

    def __repr__(self) -> str:
        return self.name

    @cached_property
    def process(self) -> ce.BranchingProcess:
        """The process as the package takes it."""
        return ce.BranchingProcess(
            types=self.types,
            birth=self.birth,
            death=self.death,
            mutation=dict(self.mutation) or None,
            switching=dict(self.switching) or None,
            breakpoints=self.breakpoints or None,
            pulses=[ce.Pulse(time=time, survival=survival) for time, survival in self.pulses] or None,
            competition=self.competition,
            lethal=self.lethal,
        )

    @cached_property
    def reference(self) -> simulator.Process:
        """The process as the reference simulator takes it, made without the package's own resolution."""
        intervals, k = len(self.breakpoints) + 1, len(self.types)

        def rows(rates: Sequence[float] | Sequence[Sequence[float]]) -> list[list[float]]:
            return [list(row) for row in (rates if isinstance(rates[0], Sequence) else [rates] * intervals)]  # type: ignore[arg-type]

        def cube(table: Mapping[Pair, float | Sequence[float]]) -> list[list[list[float]]]:
            result = [[[0.0] * k for _ in range(k)] for _ in range(intervals)]
            for (a, b), value in table.items():
                for m in range(intervals):
                    result[m][self.types.index(a)][self.types.index(b)] = (
                        value[m] if isinstance(value, Sequence) else value
                    )
            return result

        return simulator.Process(
            birth=rows(self.birth),
            death=rows(self.death),
            mutation=cube(self.mutation),
            switching=cube(self.switching),
            breakpoints=self.breakpoints,
            pulses=tuple((time, [p.get(name, 1.0) for name in self.types]) for time, p in self.pulses),
            competition=None if self.competition is None else self._crowded(self.competition),
            lethal=None if self.lethal is None else rows(self.lethal),
        )

    def _crowded(self, competition: Competition) -> Callable[[simulator.Process, Sequence[int]], simulator.Process]:
        if isinstance(competition, ce.LotkaVolterra):
            matrix = competition.matrix
            assert isinstance(matrix, Mapping)
            rows = [[matrix.get((i, j), 0.0) for j in self.types] for i in self.types]
            return reference_competition.crowded(reference_competition.lotka_volterra(rows), competition.on)
        weights = [(competition.weights or {}).get(name, 1.0) for name in self.types]
        law = {ce.Logistic: reference_competition.logistic, ce.Gompertz: reference_competition.gompertz}
        crowding = law[type(competition)](competition.capacity, weights)
        return reference_competition.crowded(crowding, competition.on)

    @property
    def start(self) -> tuple[int, ...]:
        """Initial counts in the order of the types."""
        return tuple(self.initial.get(name, 0) for name in self.types)

    def but(self, **changes: object) -> Model:
        """The same model with other values: variations and planted errors."""
        return replace(self, **changes)  # type: ignore[arg-type]


def lattice(loci: int, u: float, *, back: bool = True) -> tuple[tuple[str, ...], dict[Pair, float]]:
    """Genotypes of `loci` loci as words of 0 and 1, and a mutation of probability `u` per division at each."""
    subsets = [c for size in range(loci + 1) for c in combinations(range(loci), size)]
    names = tuple("".join("1" if i in s else "0" for i in range(loci)) for s in subsets)
    mutation = {}
    for a in names:
        for i in range(loci):
            b = a[:i] + ("0" if a[i] == "1" else "1") + a[i + 1 :]
            if back or a[i] == "0":
                mutation[a, b] = u
    return names, mutation


_names3, _mutation3 = lattice(3, 0.05)
_names5, _mutation5 = lattice(5, 0.02)

ONE_TYPE = [
    Model("supercritical", ("S",), [1.0], [0.5], {"S": 5}, (0.0, 0.5, 1.0, 2.5)),
    Model("subcritical", ("S",), [0.5], [1.0], {"S": 10}, (0.5, 2.0, 6.0)),
    Model("critical", ("S",), [1.0], [1.0], {"S": 6}, (1.0, 3.0)),
    Model("nearly-critical", ("S",), [1.0], [1.0 - 1e-9], {"S": 6}, (1.0, 3.0)),
    Model("pure-birth", ("S",), [1.0], [0.0], {"S": 3}, (0.0, 1.0, 2.0)),
    Model("pure-death", ("S",), [0.0], [0.7], {"S": 20}, (1.0, 3.0, 8.0)),
    Model("fast-decay", ("S",), [30.0], [60.0], {"S": 10}, (0.01, 0.05, 10.0)),
    Model("nothing-happens", ("S",), [0.0], [0.0], {"S": 7}, (0.0, 1.0, 5.0)),
    Model(
        "piecewise-one-type",
        ("S",),
        [[1.0], [0.2], [0.0], [0.9]],
        [[0.3], [1.5], [0.0], [0.4]],
        {"S": 6},
        (0.5, 1.0, 2.0, 2.5, 4.0),
        breakpoints=(1.0, 1.8, 2.5),
    ),
    Model(
        "pulses-one-type",
        ("S",),
        [0.8],
        [0.3],
        {"S": 12},
        (0.0, 1.0, 2.0, 3.0),
        pulses=(
            (0.0, {"S": 0.8}),  # at the start, before the observation at 0
            (1.0, {"S": 0.6}),  # at an observation
            (1.6, {"S": 0.7}),  # between observations, two at one instant
            (1.6, {"S": 0.8}),
            (3.0, {"S": 0.5}),  # at the horizon
            (9.0, {"S": 0.0}),  # after the horizon: never
        ),
    ),
]

MANY_TYPES = [
    Model(
        "two-types-forward-and-back",
        ("S", "R"),
        [1.0, 0.8],
        [0.4, 0.5],
        {"S": 8, "R": 1},
        (0.0, 1.0, 2.5),
        mutation={("S", "R"): 0.1, ("R", "S"): 0.05},
    ),
    Model("no-mutation", ("S", "R"), [1.0, 0.5], [0.6, 0.7], {"S": 5, "R": 7}, (0.7, 2.0)),
    Model(
        "immigration",
        ("source", "cell"),
        [3.0, 0.5],
        [0.0, 0.8],
        {"source": 1},
        (1.0, 4.0, 10.0),
        mutation={("source", "cell"): 1.0},
    ),
    Model(
        "every-division-mutates",
        ("A", "B", "C"),
        [1.5, 0.6, 0.4],
        [0.3, 0.5, 0.6],
        {"A": 8},
        (0.5, 2.0, 5.0),
        mutation={("A", "B"): 0.75, ("A", "C"): 0.25, ("B", "C"): 0.2},
    ),
    Model(
        "slow-switching",
        ("sensitive", "tolerant"),
        [0.9, 0.1],
        [0.6, 0.15],
        {"sensitive": 12},
        (1.0, 4.0),
        switching={("sensitive", "tolerant"): 0.06, ("tolerant", "sensitive"): 0.03},
    ),
    Model(
        "fast-switching",
        ("sensitive", "tolerant"),
        [1.2, 0.1],
        [0.2, 0.9],
        {"sensitive": 4, "tolerant": 2},
        (0.3, 1.5),
        switching={("sensitive", "tolerant"): 4.0, ("tolerant", "sensitive"): 3.0},
    ),
    Model(
        "switching-without-births",
        ("well", "sick", "sink"),
        [0.0, 0.0, 0.0],
        [0.0, 0.2, 0.0],
        {"well": 20},
        (0.5, 2.0, 10.0),
        switching={("well", "sick"): 0.8, ("sick", "well"): 0.3, ("sick", "sink"): 0.5},
    ),
    Model(
        "chain",
        ("S", "A", "B"),
        [0.9, 1.0, 1.1],
        [0.3, 0.6, 0.3],
        {"S": 10},
        (1.0, 2.0, 3.0),
        mutation={("S", "A"): 0.08, ("A", "B"): 0.15},
    ),
    Model(
        "lethal-mutants",
        ("S", "X"),
        [1.0, 0.0],
        [0.2, 3.0],
        {"S": 5},
        (0.5, 2.0),
        mutation={("S", "X"): 0.4},
    ),
    Model(
        "three-loci",
        _names3,
        [0.9 - 0.05 * name.count("1") for name in _names3],
        [0.3 + 0.05 * name.count("1") for name in _names3],
        {"000": 10},
        (1.0, 3.0),
        mutation=_mutation3,
    ),
    Model(
        "five-loci",
        _names5,
        [0.9 - 0.04 * name.count("1") for name in _names5],
        [0.4] * 32,
        {"00000": 10},
        (1.0, 2.5),
        mutation=_mutation5,
    ),
    Model(
        "piecewise-two-types",
        ("S", "R"),
        [[0.8, 0.7], [0.3, 0.7], [0.0, 0.0], [0.8, 0.6]],
        [[0.3, 0.3], [1.6, 0.4], [0.0, 0.0], [0.3, 0.5]],
        {"S": 15},
        (0.4, 1.0, 1.7, 2.0, 3.5),
        # Mutation stops in the second interval; switching happens in the third only, where nothing else does.
        mutation={("S", "R"): [0.1, 0.0, 0.1, 0.05]},
        switching={("R", "S"): [0.0, 0.0, 0.5, 0.0]},
        breakpoints=(1.0, 1.7, 2.4),
    ),
    Model(
        "many-short-intervals",
        ("S", "R"),
        [[0.6 + 0.03 * k, 0.9 - 0.02 * k] for k in range(16)],
        [[0.3 + 0.3 * (k % 4), 0.3] for k in range(16)],
        {"S": 15},
        (0.65, 1.6, 2.4),
        mutation={("S", "R"): [0.02 * (k % 5) for k in range(16)], ("R", "S"): 0.05},
        breakpoints=tuple(0.15 * (k + 1) for k in range(15)),
    ),
    Model(
        "decline-then-regrowth",
        ("S", "R"),
        [[0.1, 0.5], [2.0, 1.0], [0.1, 0.5], [1.5, 0.5]],
        [[2.5, 0.6], [0.0, 0.2], [2.0, 0.6], [0.3, 0.4]],
        {"S": 150},
        (1.0, 2.0, 4.0, 5.0, 6.5),
        # After the decline hardly anyone is left to mutate: most often the event is not late but never.
        mutation={("S", "R"): [0.3, 0.05, 0.3, 0.05]},
        breakpoints=(2.0, 3.5, 5.0),
    ),
    Model(
        "pulses-two-types",
        ("S", "R"),
        [0.9, 0.7],
        [0.2, 0.3],
        {"S": 15, "R": 2},
        (0.0, 1.0, 2.0, 3.0),
        mutation={("S", "R"): 0.1},
        pulses=(
            (0.0, {"S": 0.8}),
            (1.0, {"S": 0.4, "R": 0.9}),
            (1.5, {"S": 0.5}),
            (1.5, {"R": 0.6, "S": 0.9}),
            (3.0, {"S": 0.0, "R": 0.7}),
        ),
    ),
    Model(
        "everything",
        ("S", "T", "R"),
        [[1.0, 0.1, 0.8], [0.4, 0.1, 0.8], [1.0, 0.1, 0.8]],
        [[0.3, 0.1, 0.4], [2.0, 0.2, 0.5], [0.3, 0.1, 0.4]],
        {"S": 12, "T": 1},
        (0.0, 0.8, 1.5, 2.2, 3.2),
        mutation={("S", "R"): 0.08, ("R", "S"): [0.02, 0.0, 0.02]},
        switching={("S", "T"): [0.1, 0.6, 0.1], ("T", "S"): [0.3, 0.0, 0.3]},
        breakpoints=(0.8, 1.9),
        pulses=((0.8, {"S": 0.7}), (1.9, {"S": 0.5, "T": 0.9}), (2.2, {"R": 0.8})),
    ),
]

ALL = ONE_TYPE + MANY_TYPES
BY_NAME = {model.name: model for model in ALL}
assert len(BY_NAME) == len(ALL)
