"""What each part of resistance costs or gains in cure, and where failures began."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chemoevo.analytic.grown.size import GrownTo
from chemoevo.answers.cure import cure_probability, cured
from chemoevo.answers.switched_off import parts
from chemoevo.base.forks import check_fork
from chemoevo.errors import ModelError, Problems
from chemoevo.process.branching import BranchingProcess
from chemoevo.scenario.compilation import LARGEST_SHARE, mutant_share
from chemoevo.scenario.room import refuse_capacities
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    import polars as pl


def attribution(scenario: Scenario) -> pl.DataFrame:
    """What each part of resistance costs in cure, by switching it off; and where failures began.

    Nothing is simulated: cure is that of the law of growth and the backward equations, as `cure_probability` finds it.

    Parameters
    ----------
    scenario
        The scenario.

    Returns
    -------
    polars.DataFrame
        One row per part: `part` (its name), `kind` and `cure` without it, and `change`, by how much that is more than
        the cure with everything. Kinds: "all" (the scenario as it is); "alteration" (it never arises: what was observed
        of it stays); "mechanism" (it touches no drug); "modulator" (it changes no mechanism; what it does to niches
        stays). Of a niche: "niche access" (drugs come there as to plasma); "niche oxygen" (60 mmHg, as in well perfused
        tissue, and births as there); "stroma" (it changes no mechanism); "immune kill" (there is none); "niche" (all
        that it has of these, at once). "phenotype" (it is never entered); "induction" (drugs do not drive cells into
        it); "induced mutation" (the drug raises none); "unmasking" (the drug raises no immune kill). "mutation under
        therapy" (nothing arises after the first dose); "any mutation" (nothing arises at all). The column `share` says
        of the last two which share of failures is left without it: failures that began before the first dose, and those
        of cells without alterations. It is null elsewhere, and where nothing fails. Cure and change are null where the
        tumor would not grow without the part.

    Raises
    ------
    ModelError
        If mutants are more than 1 % of the tumor at detection, where the law of growth does not hold; or cells compete.
    TypeError
        If it is no scenario.

    Notes
    -----
    Parts are switched off one at a time, so changes do not sum to the failures: two alterations that each rescue the
    same tumors cost nothing one by one. A niche or a phenotype that is another also grows otherwise before therapy:
    shares of niches stay as asked.

    See Also
    --------
    cure_probability, cause_of_relapse

    Examples
    --------
    >>> import chemoevo as ce
    >>> scenario = ce.Scenario(
    ...     name="docetaxel",
    ...     tumor=ce.Tumor(
    ...         birth=0.139, death=0.1274, size=1e7, alterations=[ce.Alteration(name="ABCB1", mutation=1.7e-7)]
    ...     ),
    ...     regimen=ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d x6"),
    ...     patient=ce.Patient(bsa=1.8),
    ...     potencies=[ce.Potency(drug="docetaxel", emax=1.4, basis="an example")],
    ... )
    >>> ce.attribution(scenario).select("part", "kind").rows()[:3]
    [('all', 'all'), ('ABCB1', 'alteration'), ('P-gp', 'mechanism')]
    """
    check_fork()
    import polars as pl

    problems = Problems()
    if not isinstance(scenario, Scenario):
        problems.type("scenario", "must be a Scenario", scenario)
    problems.raise_if_any()
    refuse_capacities(scenario)
    share = mutant_share(scenario, scenario.growth)
    if share > LARGEST_SHARE:
        raise ModelError(
            f"Mutants are {share:.2g} of this tumor at detection, where the law of growth does not hold: attribution "
            f"is by equations, up to a share of {LARGEST_SHARE:g}."
        )
    whole = _cure(scenario)
    rows: list[tuple[str, str, float | None, float | None, float | None]] = [("all", "all", whole, 0.0, None)]
    for name, kind, changed in parts(scenario):
        without = None if changed is None else _cure(changed)
        rows.append((name, kind, without, None if without is None else without - whole, None))
    for name, kind, cure in _moments(scenario):
        rows.append((name, kind, cure, cure - whole, (1.0 - cure) / (1.0 - whole) if whole < 1.0 else None))
    kinds = {"part": pl.String, "kind": pl.String, "cure": pl.Float64, "change": pl.Float64, "share": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _cure(scenario: Scenario) -> float:
    return float(cure_probability(scenario, method="law"))


def _moments(scenario: Scenario) -> Iterator[tuple[str, str, float]]:
    """Cure where nothing arises from some time on."""
    horizon, growth = scenario.follow_up.horizon, scenario.growth
    process, tumor = growth.process, growth.law
    trunks = [
        {name for name, cells in zip(process.types, part.cells(process)[0], strict=True) if cells}
        for part in tumor.parts
    ]
    still = _unchanging(scenario, scenario.therapy, trunks)
    before = cured(still, tumor, horizon, scenario.clonogenic)
    yield "after the first dose", "mutation under therapy", float(before)
    never = GrownTo(_unchanging(scenario, process, trunks), size=growth.size)
    yield "ever", "any mutation", float(cured(still, never, horizon, scenario.clonogenic))


def _unchanging(scenario: Scenario, process: BranchingProcess, trunks: list[set[str]]) -> BranchingProcess:
    """The same without mutation: cells switch within their genotype, or among types of the trunk of a part."""
    types = scenario.types
    genotype = dict(zip(types.alive, types.of_genotype.tolist(), strict=True))

    def stays(pair: tuple[str, str]) -> bool:
        one, other = (genotype.get(name) for name in pair)
        # Damaged cells have none.
        return one is None or other is None or one == other or any(trunk.issuperset(pair) for trunk in trunks)

    return BranchingProcess(
        types=process.types,
        birth=process.birth,
        death=process.death,
        lethal=process.lethal,
        breakpoints=process.breakpoints if len(process.breakpoints) else None,
        pulses=process.pulses or None,
        switching={pair: rate for pair, rate in process.switching.items() if stays(pair)} or None,
    )
