"""Published regimens."""

from __future__ import annotations

from chemoevo.pharmacology.dose import Dose
from chemoevo.pharmacology.phase import Phase
from chemoevo.pharmacology.regimen import Regimen

__all__ = ["docetaxel_carboplatin"]


def docetaxel_carboplatin(*, cycles: int = 6) -> Regimen:
    """Docetaxel 75 mg/m2 and carboplatin AUC 6, each over one hour on day 1 of 21 days.

    An arm of TAX 326 in advanced non-small-cell lung cancer. Docetaxel is given first; carboplatin follows when its
    infusion ends.

    Parameters
    ----------
    cycles
        Number of cycles, >= 1; six in the trial.

    Raises
    ------
    ModelError
        If `cycles` is not a whole number >= 1.

    References
    ----------
    .. [1] Fossella F et al. (2003). J Clin Oncol 21:3016. doi:10.1200/JCO.2003.12.046

    Examples
    --------
    >>> from chemoevo.pharmacology import regimens
    >>> regimens.docetaxel_carboplatin().drugs
    ('docetaxel', 'carboplatin')
    """
    doses = (
        Dose(drug="docetaxel", amount=75, unit="mg/m2", duration_hours=1),
        Dose(drug="carboplatin", amount=6, unit="AUC", duration_hours=1, start_hours=1),
    )
    return Regimen(
        name="docetaxel + carboplatin, every 21 days",
        phases=(Phase(cycle_length_days=21, cycles=cycles, doses=doses),),
        cite="Fossella et al. 2003, J Clin Oncol 21:3016, doi:10.1200/JCO.2003.12.046 (TAX 326)",
    )
