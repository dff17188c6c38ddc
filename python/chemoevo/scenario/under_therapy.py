"""What rates under therapy are compiled from, of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chemoevo.scenario.fields import ScenarioFields


def under_therapy(scenario: ScenarioFields) -> dict[str, Any]:
    """Arguments of `therapy_rates`, but for horizon and tolerance."""
    return {
        "regimen": scenario.acting,
        "patient": scenario.patient,
        "alterations": scenario.types,
        "birth": scenario.tumor.birth,
        "death": scenario.tumor.death,
        "potencies": scenario.potencies,
        "drugs": {drug.name: drug for drug in scenario.drugs},
        "interactions": scenario.interactions,
        "mechanisms": scenario.mechanisms,
        "expressions": scenario.tumor.expressions,
        "assume_untouched": scenario.assume_untouched,
        "niche_therapies": scenario.niche_therapies,
    }
