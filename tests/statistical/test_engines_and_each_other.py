"""Event-skipping against Gillespie's direct method, in law, on every test model."""

from __future__ import annotations

import pytest

from tests.statistical._samples import by_engine, compare
from tests.statistical.models import ALL, Model


def check(model: Model, n: int, seed: int) -> None:
    direct, bnb = (by_engine(model, engine, n, seed + i) for i, engine in enumerate(("direct", "bnb")))
    compare(direct, bnb, model.types).require()


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_bnb_agrees_with_direct_in_law(model: Model) -> None:
    check(model, 20_000, 201)


@pytest.mark.slow
@pytest.mark.parametrize("model", ALL, ids=repr)
def test_bnb_agrees_with_direct_in_law_at_length(model: Model) -> None:
    check(model, 200_000, 301)
