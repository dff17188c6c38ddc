"""What a test costs: a plugin that fails a test of more than `LIMIT` seconds, and lists those that cost most.

Counted is the time of processors, of all threads and of children that have ended, from the start of the set-up to the
end of the call: on a busy machine it grows by a part, where the time on the clock grows manifold.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Generator

import pytest

LIMIT = 20.0
CONTRIBUTING = "CONTRIBUTING.md, section Tests, says what to do"

_begun = pytest.StashKey[tuple[float, float]]()


def spent() -> tuple[float, float]:
    """Seconds of processors so far: of this process, and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time(), children.ru_utime + children.ru_stime


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The set-up counts: a fixture shared by a module is paid by the first test that asks for it."""
    item.stash[_begun] = spent()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fails a test that passed, but not for little enough."""
    begun = item.stash[_begun]
    try:
        yield
    finally:
        own, children = (now - then for now, then in zip(spent(), begun, strict=True))
        item.user_properties.append(("cost", own + children))
    if own + children > LIMIT:
        of = f", {children:.1f} s of them in other processes" if children > 0.05 else ""
        pytest.fail(
            f"The test took {own + children:.1f} s of processor time{of}; {LIMIT:g} s are allowed: {CONTRIBUTING}.",
            pytrace=False,
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With `--durations=N`, also the N tests that took most processor time."""
    most = config.getoption("durations")
    if most is None:
        return
    reports = [r for rs in terminalreporter.stats.values() for r in rs if isinstance(r, pytest.TestReport)]
    costs = [(dict(r.user_properties).get("cost", 0.0), r.nodeid) for r in reports if r.when == "call"]
    terminalreporter.section(f"{sum(cost for cost, _ in costs):.0f} s of processor time, most in")
    for cost, nodeid in sorted(costs, reverse=True)[: most or None]:
        terminalreporter.write_line(f"{cost:6.2f}s {nodeid}")
