"""Hypothesis strategies for processes and all that `simulate` takes, and transformations whose effect is known.

With them the project's own property tests run, and yours can: a study, an estimator or a model of your own should
keep its promises for every process, not only for the one it was written with. Hypothesis draws processes that are small
enough to simulate thousands of times and full of corners: rates of 0 and 1e-300, mutation in every division, pulses
at the start, at a breakpoint and twice at one time, types that nothing leads to, no cells at all.

It needs the extra `testing`: pip install "chemoevo[testing]".
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_loaded, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    try:
        return _loaded(name)
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ImportError(
            f"chemoevo.testing.{name} needs hypothesis, which is not installed. Install the extra: "
            'pip install "chemoevo[testing]".'
        ) from error
