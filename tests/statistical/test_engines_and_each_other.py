"""Event-skipping against Gillespie's direct method, in law, on every test model."""

from __future__ import annotations

import pytest

from tests.statistical import _laws as laws
from tests.statistical._samples import ENGINES, by_engine, compare
from tests.statistical.models import ALL, Model


def check(model: Model, n: int, seed: int) -> None:
    direct, *others = (by_engine(model, engine, n, seed + i) for i, engine in enumerate(ENGINES))
    verdict = laws.Verdict()
    for engine, sample in zip(ENGINES[1:], others, strict=True):
        verdict.update(compare(direct, sample, model.types), f"{engine}: ")
    verdict.require()


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_bnb_agrees_with_direct_in_law(model: Model) -> None:
    check(model, 20_000, 201)


@pytest.mark.slow
@pytest.mark.parametrize("model", ALL, ids=repr)
def test_bnb_agrees_with_direct_in_law_at_length(model: Model) -> None:
    check(model, 200_000, 301)
