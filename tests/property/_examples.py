"""A property held against few examples in the short suite and against many in the long one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

Test = Callable[..., None]


def short_and_long(short: int, long: int, **strategies: SearchStrategy[object]) -> Callable[[Test], Test]:
    """Like `given`, with `short` examples; and a slow test of the same body with `long` ones, called `..._at_length`.

    Marks, such as parameters, stand below this decorator: both tests have them.
    """

    def decorate(body: Test) -> Test:
        long_name = f"{body.__name__}_at_length"
        assert long_name not in body.__globals__, f"there is a {long_name} already"
        body.__globals__[long_name] = pytest.mark.slow(settings(max_examples=long)(given(**strategies)(body)))
        return settings(max_examples=short)(given(**strategies)(body))

    return decorate
