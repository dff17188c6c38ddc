"""Patients drawn from a population: covariates, and factors on the kinetics of drugs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.arguments import whole
from chemoevo.base.evidence import figures_of
from chemoevo.base.forks import check_fork
from chemoevo.errors import Problems, collect, did_you_mean
from chemoevo.pharmacology.draws import Array, normal, uniform
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import OwnDrugs, drug, drug_names, known_drug
from chemoevo.pharmacology.neutropenia import Neutropenia, neutropenia, neutropenia_names
from chemoevo.pharmacology.population import Population, Sex, adults
from chemoevo.pharmacology.representable import computable
from chemoevo.pharmacology.treated import Plan, own_drugs, regimen_of
from chemoevo.pharmacology.variability import correlation, factors, metabolite_coefficients, root

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.pharmacology.regimen import Regimen

MOST_PATIENTS = 10**7
_AREA = 1.73
"""(m2) The surface by which glomerular filtration is compared."""


def patients(
    n: int,
    *,
    seed: int,
    like: Regimen | Plan | None = None,
    marrow: Neutropenia | str | None = None,
    drugs: OwnDrugs | None = None,
) -> pl.DataFrame:
    """Patients drawn from a population of adults with solid tumors, with kinetics that differ as published.

    Parameters
    ----------
    n
        How many, >= 1, at most ten million.
    seed
        A whole number >= 0. Patient i is a function of it and of i: the same whatever `n` and `like`.
    like
        A scenario or a regimen, whose drugs are meant; None means all drugs that ship and have kinetics.
    marrow
        A `Neutropenia`, or the name of a set that ships, whose differences between patients are drawn too; it must have
        some. None: the marrow of all is the same. They are factors: which set they act on is the `model` of
        `neutrophils` and `toxicity`.
    drugs
        Your own drugs that `like` gives, beside those that ship.

    Returns
    -------
    polars.DataFrame
        One row per patient. Columns are paths of a scenario, so that the frame is points of a `sweep`, a row of it is
        what `Scenario.replace` takes, and the whole is the `patient` of `exposure` and `concentrations`: patient.sex,
        patient.age (years), patient.weight (kg), patient.bsa (m2), patient.gfr (mL/min); and
        "patient.factors[docetaxel].clearance" and its like for everything that varies between patients by the data of
        the drugs; and with `marrow` "patient.marrow.circ0" and its like, which `neutrophils` and `toxicity` know.

    Raises
    ------
    ModelError
        If a number is out of range, a set of parameters or a drug of `like` is unknown, or nothing differs by the set.
    TypeError
        If an argument has a wrong type.

    Notes
    -----
    Weight is lognormal, by sex; body surface follows from it by a power, with the mean of the sex; age is normal; both
    are drawn within the range of the patients studied, so nothing is clamped to it. Filtration per 1.73 m2 is
    lognormal and falls with age. Factors are lognormal with median 1, so that the typical patient has the typical
    kinetics, and log-variance ln(1 + CV^2). Coefficients are the `cv` of figures, and `Kinetics.correlations` are
    kept. Where a peripheral compartment has rate constants, its exchange and its volume go with them and with the
    central volume. Height, creatinine and what drugs do to organs are not drawn; neither are differences between
    occasions in one patient.

    Where a covariate of a drug was studied in a range only, its rule takes a patient beyond it as one at the end of the
    range, and `exposure` and `concentrations` say of how many that is.

    See Also
    --------
    exposure, concentrations, sweep

    Examples
    --------
    >>> import chemoevo as ce
    >>> regimen = ce.regimens.docetaxel_carboplatin()
    >>> some = ce.patients(1000, seed=1, like=regimen)
    >>> some.columns[:6]  # doctest: +NORMALIZE_WHITESPACE
    ['patient.sex', 'patient.age', 'patient.weight', 'patient.bsa', 'patient.gfr',
    'patient.factors[docetaxel].clearance']
    >>> areas = ce.exposure(regimen, patient=some).filter(drug="docetaxel", cycle=1)["auc_mg_h_per_L"]
    >>> [round(areas.quantile(share), 1) for share in (0.05, 0.5, 0.95)]
    [1.8, 3.0, 5.2]
    """
    check_fork()
    import polars as pl

    problems = Problems()
    number = whole(problems, "n", n, 1, MOST_PATIENTS)
    seed = whole(problems, "seed", seed, 0, None)
    meant, varies = _drugs(problems, like, drugs), _marrow(problems, marrow)
    problems.raise_if_any()
    columns: dict[str, Any] = _covariates(adults(), number, seed)
    for one in meant:
        for name, factor in _factors(one, number, seed).items():
            columns[f"patient.factors[{one.name}].{name}"] = factor
    for name, cv in varies.items():
        spread = math.sqrt(math.log1p(cv**2))
        columns[f"patient.marrow.{name}"] = np.exp(spread * normal(number, seed, "marrow", name))
    return pl.DataFrame(columns)


def _drugs(problems: Problems, like: Any, drugs: Any) -> Sequence[Drug]:
    """The drugs meant, in the order of the regimen."""
    own = own_drugs(problems, like, drugs)
    if like is None:
        return [one for one in map(drug, drug_names()) if one.kinetics is not None]
    regimen = regimen_of(Problems(), like)
    if regimen is None:
        if isinstance(like, Plan) and like.regimen is None:
            problems.value("like", "must have a regimen, whose drugs are meant: no drug is given in this scenario")
        else:
            problems.type("like", "must be a Scenario or a Regimen, whose drugs are meant, or None", like)
        return ()
    inert = like.inert if isinstance(like, Plan) else ()
    found = []
    for name in regimen.drugs:
        one = known_drug(name, own)
        if one is not None:
            # Of one without kinetics nothing differs.
            found += [one] if one.kinetics is not None else []
        elif name not in inert:
            hint = f"{did_you_mean(name, [*own, *drug_names()])} Your own drugs are named by drugs=."
            problems.value("like", "must give drugs that ship", name, hint=hint)
    return found


def _marrow(problems: Problems, value: Any) -> Mapping[str, float]:
    """What varies between patients by a set of parameters of the marrow."""
    if value is None:
        return {}
    model = collect(problems, lambda: neutropenia(value)) if isinstance(value, str) else value
    if not isinstance(model, Neutropenia):
        # A name that is not known has been said.
        if not isinstance(value, str):
            problems.type("marrow", "must be a Neutropenia, the name of one that ships, or None", value)
        return {}
    varies = model.variation()
    if not varies:
        # Not known is not nothing: patients who are all alike would pass for those of the set.
        with_cv = [name for name in neutropenia_names() if neutropenia(name).variation()]
        hint = f"Of those that ship, these have: {', '.join(with_cv)}; `toxicity` takes any set as its model."
        problems.value("marrow", "must have a figure with a cv, by which patients differ", model.name, hint=hint)
    return varies


def _covariates(people: Population, number: int, seed: int) -> dict[str, Any]:
    everybody = people.all
    female = uniform(number, seed, "covariate", "sex") < people.women.share.value
    ends = (everybody.age_low.value, everybody.age_high.value)
    age = _between(number, seed, "age", everybody.age.value, everybody.age_spread.value, *ends)
    sizes = [_size(people, sex, number, seed) for sex in (people.women, people.men)]
    weight, bsa = (np.where(female, *both) for both in zip(*sizes, strict=True))
    gfr = _filtration(people, age, number, seed) * bsa / _AREA
    return {
        "patient.sex": np.where(female, "female", "male"),
        "patient.age": age,
        "patient.weight": weight,
        "patient.bsa": bsa,
        "patient.gfr": gfr,
    }


def _between(number: int, seed: int, name: str, mean: float, spread: float, low: float, high: float) -> Array:
    """Normal numbers within a range."""
    return mean + spread * normal(
        number, seed, "covariate", name, low=(low - mean) / spread, high=(high - mean) / spread
    )


def _size(people: Population, sex: Sex, number: int, seed: int) -> tuple[Array, Array]:
    """Weight (kg) and body surface (m2), if all were of one sex: a patient who is not keeps his or her rank."""
    power = people.all.bsa_by_weight.value
    middle, spread = _lognormal(sex.weight.value, sex.weight_spread.value)
    ends = (math.log(people.all.weight_low.value), math.log(people.all.weight_high.value))
    logs = _between(number, seed, "weight", middle, spread, *ends)
    # The mean of a power of a lognormal number.
    scale = sex.bsa.value / math.exp(power * middle + 0.5 * (power * spread) ** 2)
    return np.exp(logs), scale * np.exp(power * logs)


def _filtration(people: Population, age: Array, number: int, seed: int) -> Array:
    """Glomerular filtration per 1.73 m2 (mL/min)."""
    everybody = people.all
    middle, spread = _lognormal(everybody.gfr.value, everybody.gfr_spread.value)
    by_age = math.log(everybody.gfr_per_year.value)
    rest = math.sqrt(spread**2 - (by_age * everybody.age_spread.value) ** 2)
    logs = middle + by_age * (age - everybody.age.value) + rest * normal(number, seed, "covariate", "gfr")
    return np.asarray(np.exp(logs))


def _lognormal(mean: float, spread: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm."""
    variance = math.log1p((spread / mean) ** 2)
    return math.log(mean) - 0.5 * variance, math.sqrt(variance)


def _factors(one: Drug, number: int, seed: int) -> dict[str, Array]:
    """Factors of one drug, by their paths in `Factors`."""
    kinetics = computable(one)
    varies = kinetics.coefficients()
    by_rates = [side.rate_out is not None for side in kinetics.exchanging]
    drawn = _logs(one, number, seed, varies, correlation(list(varies), kinetics.correlations))
    found: dict[str, Array] = factors(dict(zip(varies, drawn, strict=True)), by_rates)
    for made in one.metabolites:
        cv = {path: figure.cv for path, figure in figures_of(made) if figure.cv is not None}
        differs = {f"metabolites[{made.name}].{name}": value for name, value in metabolite_coefficients(cv).items()}
        drawn = _logs(one, number, seed, differs, np.eye(len(differs)))
        found |= {path: np.exp(log) for path, log in zip(differs, drawn, strict=True)}
    return found


def _logs(one: Drug, number: int, seed: int, varies: Mapping[str, float], together: Array) -> Array:
    """Logarithms of what varies, one row each, by coefficients of variation and correlations."""
    if not varies:
        return np.empty((0, number))
    spread = np.sqrt(np.log1p(np.square(list(varies.values()))))
    free = np.stack([normal(number, seed, "factor", one.name, name) for name in varies])
    return np.asarray(root(together) @ free * spread[:, None])
