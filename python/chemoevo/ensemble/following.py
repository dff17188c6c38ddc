"""Which mutants event-skipping follows: those that may be there at the next pause where that saves work, or all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

FOLLOWING = ("auto", "all", "kept")
"""By what saves work; all; those that are kept, wherever that can be done."""

_asked: ContextVar[str] = ContextVar("following", default="auto")


def asked() -> str:
    """What runs that begin now follow."""
    return _asked.get()


@contextmanager
def following(mutants: str) -> Iterator[None]:
    """Runs within it follow these mutants: "all", "kept" or, as they do anyway, "auto".

    The law of what is recorded is the same; the numbers drawn and the time that it takes are not. It serves to hold
    one way against the other.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo.ensemble.following import following
    >>> process = ce.BranchingProcess(types=["S", "R"], birth=[0.14] * 2, death=[0.13] * 2, mutation={("S", "R"): 1e-3})
    >>> def followed() -> int:
    ...     ens = ce.simulate(process, initial={"S": 100_000}, times=[100.0], seed=1, engine="bnb")
    ...     return int(ens.ends["followed"][0])
    >>> some = followed()
    >>> with following("all"):
    ...     every = followed()
    >>> every > 3 * some
    True
    """
    if mutants not in FOLLOWING:
        raise ValueError(f"mutants must be one of {', '.join(FOLLOWING)}; got {mutants!r}.")
    token = _asked.set(mutants)
    try:
        yield
    finally:
        _asked.reset(token)
