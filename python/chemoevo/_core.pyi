from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ENGINES",
    "LEAPS_ABOVE",
    "NO_PARENT",
    "OUTCOMES",
    "Acting",
    "Agent",
    "CloneColumns",
    "Cohort",
    "Columns",
    "CompileOptions",
    "Complements",
    "Course",
    "DosePlan",
    "DoseRules",
    "Driven",
    "Drug",
    "FoundingGradient",
    "Inducer",
    "Inhibitor",
    "Kinetics",
    "Lattice",
    "Lineages",
    "Marrows",
    "MeanCounts",
    "Moments",
    "Moving",
    "Niche",
    "Plan",
    "Potency",
    "Process",
    "RateTable",
    "Rates",
    "Realized",
    "Sensitivity",
    "State",
    "Step",
    "TwoSided",
    "__version__",
    "backward",
    "compile_rates",
    "complements",
    "exact_engine",
    "founding_gradient",
    "genotype_lattice",
    "lineages",
    "log_absence",
    "log_ultimate_extinction",
    "mean_counts",
    "moments",
    "moments_of_families",
    "moments_of_survivors",
    "potency_in_cell",
    "rates_at",
    "rates_on",
    "sensitivity",
    "step_discrepancies",
    "strengths_from_folds",
]

__version__: Final[str]
OUTCOMES: Final[tuple[str, ...]]
ENGINES: Final[tuple[str, ...]]
NO_PARENT: Final[int]
LEAPS_ABOVE: Final[float]

# Processes.

_Transitions = tuple[Sequence[tuple[int, int]], NDArray[np.float64], Sequence[int], NDArray[np.float64]]
# Pairs (from, to), one value of each, positions of those that move, and their values (intervals, moving).

@final
class Process:
    def __new__(
        cls,
        breakpoints: NDArray[np.float64],
        birth: NDArray[np.float64],
        death: NDArray[np.float64],
        mutation: _Transitions,
        switching: _Transitions,
        pulses: Sequence[tuple[float, Sequence[float]]],
        competition: tuple[str, str, float, Sequence[float]] | None = None,
        lethal: NDArray[np.float64] | None = None,
    ) -> Process: ...

def step_discrepancies(
    coarse: NDArray[np.float64],
    fine: NDArray[np.float64],
    lengths: NDArray[np.float64],
    floor: NDArray[np.float64],
) -> NDArray[np.float64]: ...

# Ensembles.

@final
class Plan:
    def __new__(
        cls,
        process: Process,
        initial: NDArray[np.int64],
        times: NDArray[np.float64],
        *,
        numbers: tuple[int, int],
        key: bytes,
    ) -> Plan: ...
    def with_engine(self, name: str, tolerance: float | None = None) -> Plan: ...
    def with_limits(self, size: int, events: int, attempts: int = ...) -> Plan: ...
    def with_stop(self, size: int, of: Sequence[bool] | None = None, retry: bool = False) -> Plan: ...
    def with_clones(self, most: int) -> Plan: ...
    def with_room(self, room: int) -> Plan: ...
    def with_crossings(self, sums: Sequence[tuple[Sequence[bool], Sequence[int]]]) -> Plan: ...
    def with_following(self, name: str) -> Plan: ...
    def with_sums(self, sums: Sequence[Sequence[int]]) -> Plan: ...
    def outlook(self, more_than: float) -> tuple[str, float, float] | None: ...
    def run(self, threads: int | None = None, progress: Callable[[int, int], object] | None = None) -> Columns: ...

@final
class Columns:
    @property
    def counts(self) -> NDArray[np.int64]: ...
    @property
    def final(self) -> NDArray[np.int64]: ...
    @property
    def outcome(self) -> NDArray[np.uint8]: ...
    @property
    def time(self) -> NDArray[np.float64]: ...
    @property
    def rejected(self) -> NDArray[np.int64]: ...
    @property
    def steps(self) -> NDArray[np.int64]: ...
    @property
    def followed(self) -> NDArray[np.int64]: ...
    @property
    def engines(self) -> NDArray[np.uint8]: ...
    @property
    def clones(self) -> CloneColumns | None: ...
    @property
    def crossings(self) -> NDArray[np.float64] | None: ...

@final
class CloneColumns:
    @property
    def clones(self) -> NDArray[np.int64]: ...
    @property
    def sizes(self) -> NDArray[np.int64]: ...
    @property
    def cell_type(self) -> NDArray[np.uint32]: ...
    @property
    def parent(self) -> NDArray[np.uint32]: ...
    @property
    def founded(self) -> NDArray[np.float64]: ...
    @property
    def extinct(self) -> NDArray[np.float64]: ...
    @property
    def size(self) -> NDArray[np.int64]: ...
    @property
    def observed_clone(self) -> NDArray[np.uint32]: ...
    @property
    def observed_time(self) -> NDArray[np.uint32]: ...
    @property
    def observed_count(self) -> NDArray[np.int64]: ...

def exact_engine(process: Process, initial: NDArray[np.int64], until: float) -> Literal["direct", "bnb"]: ...

# Equations.

@final
class TwoSided:
    @property
    def presence(self) -> NDArray[np.float64]: ...
    @property
    def absence(self) -> NDArray[np.float64]: ...

@final
class MeanCounts:
    @property
    def counts(self) -> NDArray[np.float64]: ...
    @property
    def events(self) -> NDArray[np.float64]: ...

@final
class Moments:
    @property
    def mean(self) -> NDArray[np.float64]: ...
    @property
    def covariance(self) -> NDArray[np.float64]: ...

@final
class Complements:
    @property
    def real(self) -> NDArray[np.float64]: ...
    @property
    def imaginary(self) -> NDArray[np.float64]: ...

@final
class Lineages:
    @property
    def real(self) -> NDArray[np.float64]: ...
    @property
    def imaginary(self) -> NDArray[np.float64]: ...
    @property
    def size(self) -> NDArray[np.float64]: ...

@final
class Sensitivity:
    @property
    def log_absence(self) -> float: ...
    @property
    def initial(self) -> NDArray[np.float64]: ...
    @property
    def birth(self) -> NDArray[np.float64]: ...
    @property
    def death(self) -> NDArray[np.float64]: ...
    @property
    def mutation(self) -> NDArray[np.float64]: ...
    @property
    def switching(self) -> NDArray[np.float64]: ...
    @property
    def pulse_survival(self) -> NDArray[np.float64]: ...
    @property
    def pulse_time(self) -> NDArray[np.float64]: ...
    @property
    def breakpoint(self) -> NDArray[np.float64]: ...
    @property
    def horizon(self) -> float: ...

@final
class FoundingGradient:
    @property
    def presence(self) -> NDArray[np.float64]: ...
    @property
    def end(self) -> NDArray[np.float64]: ...
    @property
    def birth(self) -> NDArray[np.float64]: ...
    @property
    def death(self) -> NDArray[np.float64]: ...
    @property
    def mutation(self) -> NDArray[np.float64]: ...
    @property
    def switching(self) -> NDArray[np.float64]: ...

def backward(
    process: Process,
    presence: NDArray[np.float64],
    absence: NDArray[np.float64],
    horizons: NDArray[np.float64],
) -> TwoSided: ...
def log_absence(
    process: Process,
    marked: Sequence[bool],
    initial: NDArray[np.int64],
    horizons: NDArray[np.float64],
) -> NDArray[np.float64]: ...
def log_ultimate_extinction(process: Process, initial: NDArray[np.int64]) -> NDArray[np.float64]: ...
def sensitivity(
    process: Process,
    marked: Sequence[bool],
    initial: NDArray[np.float64],
    horizon: float,
) -> Sensitivity: ...
def founding_gradient(
    process: Process,
    presence: NDArray[np.float64],
    absence: NDArray[np.float64],
    times: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> FoundingGradient: ...
def complements(
    process: Process,
    marked: Sequence[bool],
    real: NDArray[np.float64],
    imaginary: NDArray[np.float64],
    horizon: float,
    threads: int,
) -> Complements: ...
def lineages(
    process: Process,
    real: NDArray[np.float64],
    imaginary: NDArray[np.float64],
    times: NDArray[np.float64],
    weights: NDArray[np.float64],
    threads: int,
) -> Lineages: ...
def mean_counts(
    process: Process,
    initial: NDArray[np.float64],
    times: NDArray[np.float64],
) -> MeanCounts: ...
def moments(
    process: Process,
    initial: NDArray[np.float64],
    times: NDArray[np.float64],
) -> Moments: ...
def moments_of_survivors(
    growth: Process,
    days: float,
    there: tuple[float, float],
    process: Process,
    times: NDArray[np.float64],
) -> Moments: ...
def moments_of_families(
    process: Process,
    fixed: NDArray[np.float64],
    mean: NDArray[np.float64],
    pairs: NDArray[np.float64],
    times: NDArray[np.float64],
) -> Moments: ...

# Drugs.

@final
class Kinetics:
    """One drug in one patient.

    `peripherals`: (exchange L/h, volume L); `absorption`: rates (1/h) of the stages, lag (h), share of the dose, or
    rate of each, their number, lag, share where the number is not whole; `metabolites`: amount formed per amount
    eliminated, clearance (L/h), volume (L), peripherals; `effects`: rate (1/h), ratio at rest, source (0 plasma, then
    metabolites); `saturable`: elimination (vmax amount/h, km), transfer (vmax, km, return rate 1/h).
    """

    def __new__(
        cls,
        clearance: float,
        volume: float,
        peripherals: Sequence[tuple[float, float]],
        *,
        absorption: tuple[Sequence[float], float, float] | tuple[float, float, float, float] | None = None,
        metabolites: Sequence[tuple[float, float, float, Sequence[tuple[float, float]]]] = ...,
        effects: Sequence[tuple[float, float, int]] = ...,
        saturable: tuple[tuple[float, float] | None, tuple[float, float, float] | None] = ...,
    ) -> Kinetics: ...
    @property
    def compartments(self) -> int: ...
    @property
    def linear(self) -> bool: ...
    @property
    def coefficients(self) -> list[float]: ...
    @property
    def exponents(self) -> list[float]: ...
    def steady(
        self,
        times: Sequence[float],
        amounts: Sequence[float],
        durations: Sequence[float],
        by_mouth: Sequence[bool],
        interval: float,
    ) -> State: ...

@final
class State:
    """All that a body holds of a drug at an instant; inputs are (given, start, end, amount, by mouth)."""

    def __new__(
        cls,
        time: float,
        values: Sequence[float],
        areas: Sequence[float],
        inputs: Sequence[tuple[float, float, float, float, bool]],
    ) -> State: ...
    @property
    def time(self) -> float: ...
    @property
    def values(self) -> list[float]: ...
    @property
    def areas(self) -> list[float]: ...
    @property
    def inputs(self) -> list[tuple[float, float, float, float, bool]]: ...
    def amounts(self, kinetics: Kinetics) -> tuple[list[float], list[float]]: ...
    def carried(self, before: Kinetics, after: Kinetics) -> State: ...

@final
class Course:
    """One drug in one patient over time. Compartments: 0 plasma, then metabolites, then effect compartments."""

    def __new__(
        cls,
        kinetics: Kinetics,
        times: Sequence[float],
        amounts: Sequence[float],
        durations: Sequence[float],
        by_mouth: Sequence[bool],
        *,
        start: State | None = None,
    ) -> Course: ...
    @staticmethod
    def constant(concentration: float) -> Course: ...
    def concentration(self, times: NDArray[np.float64], compartment: int = 0) -> NDArray[np.float64]: ...
    def area(self, times: NDArray[np.float64], compartment: int = 0) -> NDArray[np.float64]: ...
    def state(self, time: float) -> State: ...
    @property
    def kinks(self) -> list[float]: ...
    @property
    def stretches(self) -> int: ...

_Doses: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], Sequence[bool]]

@final
class Cohort:
    """One drug in many patients, with one `Kinetics` each."""

    def __new__(cls, kinetics: Sequence[Kinetics]) -> Cohort: ...
    def __len__(self) -> int: ...
    def concentration(
        self, doses: _Doses, times: NDArray[np.float64], *, compartment: int = 0, threads: int | None = None
    ) -> NDArray[np.float64]: ...
    def area(
        self, doses: _Doses, times: NDArray[np.float64], *, compartment: int = 0, threads: int | None = None
    ) -> NDArray[np.float64]: ...
    def periods(
        self,
        doses: _Doses,
        borders: NDArray[np.float64],
        levels: Sequence[tuple[int, float]],
        *,
        threads: int | None = None,
    ) -> NDArray[np.float64]: ...

@final
class Marrows:
    """Friberg's model of the marrow in many patients.

    `each` has baseline, mean transit time (h) and feedback; `drugs` cohort, doses, compartment, and per patient (slope,
    None) or (Emax, EC50); `support` start (h), end (h) and speed of division and transit.
    """

    def __new__(
        cls,
        each: Sequence[tuple[float, float, float]],
        drugs: Sequence[tuple[Cohort, _Doses, int, Sequence[tuple[float, float | None]]]],
        *,
        support: Sequence[tuple[float, float, float]] = ...,
    ) -> Marrows: ...
    def counts(self, times: NDArray[np.float64], *, threads: int | None = None) -> NDArray[np.float64]: ...
    def periods(
        self, borders: NDArray[np.float64], levels: Sequence[float], *, threads: int | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
    def realize(self, plan: DosePlan, rules: DoseRules, *, threads: int | None = None) -> Realized: ...

@final
class DosePlan:
    """What is planned for many patients.

    `doses` has cycle (from 0), day, start (h), duration (h), by mouth, drug, and factors after 0, 1, ... reductions;
    `drugs` whether rules are about it, which of the drugs that act it is, reductions, and limits of the sum, one per
    patient; `amounts` (patients, doses) and uniform `draws` (patients, cycles) in rows; `growth` from (h), to (h) and
    speed, by a clock that begins anew some hours after the borders of some cycles (`supported`).
    """

    def __new__(
        cls,
        borders: NDArray[np.float64],
        doses: Sequence[tuple[int, int, float, float, bool, int, Sequence[float]]],
        drugs: Sequence[tuple[bool, int | None, int | None, NDArray[np.float64]]],
        amounts: NDArray[np.float64],
        draws: NDArray[np.float64],
        *,
        supported: Sequence[float | None],
        growth: tuple[float, float, float] | None = ...,
    ) -> DosePlan: ...

@final
class DoseRules:
    """When the next dose is given, when it is smaller, and when there is none; counts and hours."""

    def __new__(
        cls,
        *,
        give_at: float,
        look_every: float,
        wait_at_most: float,
        fever: tuple[float, float],
        ends_at_lowest: bool,
        give_less_at: float | None = ...,
        skip_below: float | None = ...,
        low: tuple[float, float] | None = ...,
        delay: float | None = ...,
    ) -> DoseRules: ...

@final
class Realized:
    """What patients are given: a row per decision, hours by which cycles are late, and factors on planned amounts."""

    @property
    def patient(self) -> NDArray[np.int64]: ...
    @property
    def cycle(self) -> NDArray[np.int64]: ...
    @property
    def first(self) -> NDArray[np.int64]: ...
    @property
    def until(self) -> NDArray[np.int64]: ...
    @property
    def time(self) -> NDArray[np.float64]: ...
    @property
    def late(self) -> NDArray[np.float64]: ...
    @property
    def count(self) -> NDArray[np.float64]: ...
    @property
    def nadir(self) -> NDArray[np.float64]: ...
    @property
    def low(self) -> NDArray[np.float64]: ...
    @property
    def action(self) -> list[str]: ...
    @property
    def reasons(self) -> list[str]: ...
    @property
    def cycle_late(self) -> NDArray[np.float64]: ...
    @property
    def factors(self) -> NDArray[np.float64]: ...

@final
class Potency:
    def __new__(cls, ec50: float, hill: float, emax: float) -> Potency: ...
    @property
    def ec50(self) -> float: ...
    @property
    def hill(self) -> float: ...
    @property
    def emax(self) -> float: ...

@final
class Step:
    def __new__(
        cls,
        mechanism: int,
        stage: str,
        strength: float,
        reference: float,
        *,
        exposes: bool = ...,
        needs: int | None = ...,
        ceiling: tuple[float, float] | None = ...,
        km: float | None = ...,
    ) -> Step: ...

@final
class Drug:
    def __new__(
        cls,
        course: Course,
        compartment: int,
        unbound: float,
        mode: str,
        line: Potency,
        steps: Sequence[Step],
        scales: Sequence[tuple[float, float]] = ...,
        *,
        cycling: bool = ...,
    ) -> Drug: ...

@final
class Agent:
    def __new__(cls, course: Course, compartment: int, unbound: float) -> Agent: ...

@final
class Inhibitor:
    def __new__(
        cls, mechanism: int, agent: int, *, ic50: float, hill: float, most: float, competes: bool
    ) -> Inhibitor: ...

@final
class Inducer:
    def __new__(cls, mechanism: int, agent: int, *, ec50: float, hill: float, most: float, rate: float) -> Inducer: ...

@final
class Driven:
    def __new__(cls, start: int, *, mutation: bool, base: float, by: Sequence[tuple[int, float, float]]) -> Driven: ...

@final
class Moving:
    def __new__(
        cls,
        windows: Sequence[tuple[int, float, float, tuple[int, float], tuple[int, float]]],
        delivery: Sequence[tuple[Sequence[tuple[int, float, float]], float | None, float | None]],
        delivery_of_agents: Sequence[tuple[Sequence[tuple[int, float, float]], float | None, float | None]],
        oxygen: tuple[
            float,
            Sequence[tuple[int, float, float]],
            float | None,
            Sequence[tuple[int, float, float, float, float]],
        ]
        | None,
    ) -> Moving: ...

@final
class Niche:
    def __new__(
        cls,
        types: Sequence[int],
        drugs: Sequence[Drug],
        *,
        expressions: NDArray[np.float64],
        agents: Sequence[Agent],
        inhibitors: Sequence[Inhibitor],
        used_up: Sequence[tuple[int, float, list[tuple[int, float]]]],
        together: tuple[list[tuple[list[int], bool]], list[tuple[int, int, float]]],
        driven: Sequence[Driven],
        moving: Moving | None = ...,
        inducers: Sequence[Inducer] = ...,
    ) -> Niche: ...

@final
class Acting:
    def __new__(cls, birth: Sequence[float], death: Sequence[float], niches: Sequence[Niche]) -> Acting: ...
    def oxygen(self, niche: int, times: NDArray[np.float64]) -> NDArray[np.float64]: ...

@final
class CompileOptions:
    def __new__(cls, *, horizon: float, tolerance: float, halved: bool, max_segments: int) -> CompileOptions: ...

@final
class RateTable:
    @property
    def breakpoints(self) -> NDArray[np.float64]: ...
    @property
    def birth(self) -> NDArray[np.float64]: ...
    @property
    def death(self) -> NDArray[np.float64]: ...
    @property
    def driven(self) -> NDArray[np.float64]: ...
    @property
    def cells(self) -> NDArray[np.float64]: ...

@final
class Rates:
    @property
    def birth(self) -> NDArray[np.float64]: ...
    @property
    def death(self) -> NDArray[np.float64]: ...
    @property
    def driven(self) -> NDArray[np.float64]: ...

@final
class Lattice:
    @property
    def copies(self) -> NDArray[np.uint8]: ...
    @property
    def steps(self) -> tuple[tuple[int, int, int, bool], ...]: ...

def genotype_lattice(most: Sequence[int]) -> Lattice: ...
def strengths_from_folds(measured: Sequence[tuple[float, float, float]]) -> list[float]: ...
def potency_in_cell(
    line: Potency, steps: Sequence[Step], expressions: Sequence[float], left: Sequence[float]
) -> Potency: ...
def compile_rates(acting: Acting, options: CompileOptions) -> RateTable: ...
def rates_on(acting: Acting, cells: NDArray[np.float64], ends: NDArray[np.float64]) -> RateTable: ...
def rates_at(acting: Acting, times: NDArray[np.float64]) -> Rates: ...
