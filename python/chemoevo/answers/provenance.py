"""Everything needed to say how a result was made, and to make it again."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chemoevo.answers.answer import Answer
    from chemoevo.ensemble.ensemble import Ensemble
    from chemoevo.scenario.scenario import Scenario


def provenance(scenario: Scenario, ensemble: Ensemble, answer: Answer) -> dict[str, Any]:
    """Scenario, versions, seed, engines, rate_error and the answers, as plain data.

    Numbers that JSON cannot hold (not reached, below the smallest float) are null; `log10` says what they are.
    """
    assert ensemble.growth is not None
    plain: dict[str, Any] = _plain(
        {
            "scenario": scenario.to_dict(),
            "seed": ensemble.seed,
            "replicates": answer.replicates,
            "engine": answer.engine,
            "growth_engine": answer.growth_engine,
            "exact": answer.exact,
            "rate_error": answer.rate_error,
            "segments": scenario.segments,
            "growth": ensemble.growth.provenance,
            "therapy": ensemble.provenance,
            "answers": {
                "paragraph": answer.paragraph(),
                "horizon_days": answer.horizon,
                "cured": asdict(answer.cured),
                "extinct_ever": None if answer.extinct_ever is None else asdict(answer.extinct_ever),
                "progressed": asdict(answer.progressed),
                "median_time_to_progression_days": asdict(answer.time_to_progression),
                "genotypes": answer.genotypes.to_dicts(),
                **_places(answer),
                "comparisons": [{**asdict(c), "agrees": c.agrees} for c in answer.comparisons],
                **({} if answer.only_simulated is None else {"only_simulated": answer.only_simulated}),
            },
        }
    )
    return plain


def _places(answer: Answer) -> dict[str, Any]:
    """Who comes back by type, niche and phenotype, where there is more than genotypes."""
    tables = {"niches": answer.niches, "phenotypes": answer.phenotypes}
    found = {name: table.to_dicts() for name, table in tables.items() if table is not None}
    return {"types": answer.types.to_dicts(), **found} if found else found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)
