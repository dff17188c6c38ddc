"""Both engines against the reference simulator, in law, on every test model."""

from __future__ import annotations

import pytest

from tests.statistical._samples import by_engine, compare, reference_of
from tests.statistical.models import ALL, Model


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_engine_agrees_with_the_reference_in_law(model: Model, engine: str) -> None:
    compare(by_engine(model, engine, 10_000, 101), reference_of(model), model.types).require()


@pytest.mark.slow
@pytest.mark.parametrize("model", ALL, ids=repr)
def test_engine_agrees_with_the_reference_in_law_at_length(model: Model, engine: str) -> None:
    compare(by_engine(model, engine, 100_000, 102), reference_of(model, 20_000, 12), model.types).require()
