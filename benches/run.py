"""Compares chemoevo with other simulators in one run, and prints the table.

Each figure is the median of several rounds; in a round every contender runs once, so that a disturbance of the
machine meets all of them. Budgets are ratios to an opponent of the same run where one is named, and figures for an
idle two-core machine.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys
from pathlib import Path

from rows import rows
from table import Clock, measure, render


def machine() -> str:
    """Cores and CPU model; no names."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores, {model}, {platform.system()}, CPython {platform.python_version()}"


def versions() -> str:
    said = []
    for name in ("chemoevo", "numba", "rebop", "gillespy2", "numpy", "polars"):
        try:
            said.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            said.append(f"{name} not installed")
    return ", ".join(said)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds a row (default 5)")
    parser.add_argument("--only", default="", metavar="WORDS", help="rows whose title contains WORDS")
    parser.add_argument("--cpu", action="store_true", help="time of the processors instead of the wall's, all threads")
    options = parser.parse_args()
    Clock.cpu = options.cpu
    chosen = [row for row in rows() if options.only in row.workload]
    if not chosen:
        titles = "\n  ".join(row.workload for row in rows())
        print(f"No row contains {options.only!r}. Rows:\n  {titles}", file=sys.stderr)
        return 2
    progress = sys.stderr.isatty()

    def note(text: str) -> None:
        if progress:
            print(text, file=sys.stderr)

    measured = [measure(row, options.rounds, note) for row in chosen]
    clock = "CPU time" if options.cpu else "wall-clock time"
    print(f"{machine()}\n{versions()}\n{clock}, medians of {options.rounds} interleaved rounds\n")
    print(render(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
