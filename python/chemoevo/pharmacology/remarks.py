"""What is said of patients whom rules of doses and kinetics take as others than they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from chemoevo.pharmacology.dose import GFR_CAP
from chemoevo.pharmacology.factors import idle_factors

if TYPE_CHECKING:
    from chemoevo.pharmacology.drug import Drug
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen_doses import RegimenDoses


def remarks(regimen: RegimenDoses, drugs: Iterable[Drug], patients: Sequence[Patient]) -> Iterator[str]:
    """One sentence per rule that takes patients beyond its range as ones at its end."""
    number = len(patients)
    by_auc = [dose.drug for phase in regimen.phases for dose in phase.doses if dose.unit == "AUC"]
    if by_auc and (beyond := sum(one.knows_gfr() and one.glomerular_filtration_rate() > GFR_CAP for one in patients)):
        yield (
            f"The formula of Calvert for doses of {by_auc[0]} takes a GFR above {GFR_CAP:g} mL/min as {GFR_CAP:g}; "
            f"{_of(beyond, number, 'has')} more."
        )
    for given in drugs:
        idle = dict.fromkeys(path for one in patients for path in idle_factors(one, given))
        for path in idle:
            yield f"patient.{path} acts on nothing: the kinetics of {given.name} have no such part."
        for rule in given.kinetics.covariates if given.kinetics is not None else ():
            if beyond := sum(rule.beyond(one) for one in patients):
                yield (
                    f"What the {rule.parameter.replace('_', ' ')} of {given.name} owes to {rule.of} was studied "
                    f"{_range(rule.low, rule.high)} {UNITS[rule.of]}; {_of(beyond, number, 'is')} beyond, which "
                    "counts as its end."
                )


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"up to {high:g}" if low is None else f"from {low:g}"
    return f"from {low:g} to {high:g}"


def _of(beyond: int, number: int, verb: str) -> str:
    if number == 1:
        return f"the patient {verb}"
    plural = {"has": "have", "is": "are"}[verb]
    return f"{beyond:,} of {number:,} patients {verb if beyond == 1 else plural}"


UNITS = {"bsa": "m2", "weight": "kg", "age": "years", "gfr": "mL/min", "serum_creatinine": "mg/dL", "sex": ""}
