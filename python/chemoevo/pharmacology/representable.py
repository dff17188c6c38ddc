"""Which kinetics can be computed: the one place that says which cannot."""

from __future__ import annotations

from chemoevo.errors import ModelError
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.kinetics import Kinetics


def computable(drug: Drug) -> Kinetics:
    """The kinetics of a drug, where its exposure can be computed.

    Raises
    ------
    ModelError
        If it has no kinetics, they saturate, or it is not given into a vein.
    """
    if drug.kinetics is None:
        raise ModelError(
            f"{drug.name!r} has no kinetics: {drug.without_kinetics} It can be named and not run. "
            f"Make a drug of your own with kinetics: Drug(name={drug.name!r}, ..., kinetics={Kinetics.form})."
        )
    if not drug.kinetics.linear:
        raise _not_yet(drug, "its kinetics saturate")
    if "iv" not in drug.routes:
        raise _not_yet(drug, f"it is given by another route ({', '.join(drug.routes)})")
    return drug.kinetics


def _not_yet(drug: Drug, why: str) -> ModelError:
    return ModelError(
        f"{drug.name!r} cannot be run: {why}, and only linear kinetics after doses into a vein are computed. "
        f"Make a drug of your own with such kinetics: Drug(name={drug.name!r}, ..., kinetics={Kinetics.form})."
    )
