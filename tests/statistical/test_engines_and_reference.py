"""Both engines against the reference simulator, in law, on every test model."""

from __future__ import annotations

import pytest

from tests.statistical import _laws as laws
from tests.statistical._samples import ENGINES, by_engine, by_reference_cost, compare, reference_of
from tests.statistical.models import ALL, Model


@pytest.mark.parametrize("model", by_reference_cost(), ids=repr)
def test_engine_agrees_with_the_reference_in_law(model: Model, engine: str) -> None:
    compare(by_engine(model, engine, 10_000, 101), reference_of(model), model.types).require()


@pytest.mark.slow
@pytest.mark.parametrize("model", ALL, ids=repr)
def test_engines_agree_with_the_reference_in_law_at_length(model: Model) -> None:
    # Both engines in one test: the reference is what takes long.
    n = 8000 if len(model.types) <= 8 else 4000
    verdict = laws.Verdict()
    for engine in ENGINES:
        sample = by_engine(model, engine, 50_000, 102)
        verdict.update(compare(sample, reference_of(model, n, 12), model.types), f"{engine}: ")
    verdict.require()
