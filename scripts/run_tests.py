"""Runs the Rust and the Python tests, one after the other, and prints the counts of both at the end.

Both are run even when the first fails; the exit status is 0 only when both succeed and at least one test of
each ran.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time

RUST_RESULT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored")
PYTHON_RESULT = re.compile(r"^=*\s*((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s")


# Two processes take half the time of one; the tests that use threads of the core share what there is.
# At the end it lists the tests that took longest, and those that took most time of processors (`tests/_cost.py`).
PYTEST = f"{sys.executable} -m pytest -n {min(os.cpu_count() or 1, 8)} --dist worksteal --durations=10"


def run(title: str, command: list[str]) -> tuple[int, list[str], float]:
    """Runs `command` with its output passed on line by line; returns its status, lines and seconds."""
    print(f"== {title}: {' '.join(command)}", flush=True)
    start = time.monotonic()
    lines = []
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace") as child:
        for line in child.stdout or ():
            lines.append(line)
            sys.stdout.write(line)
            sys.stdout.flush()
    return child.returncode, lines, time.monotonic() - start


def rust_counts(lines: list[str]) -> tuple[int, int, int]:
    """Passed, failed and ignored tests, summed over the test binaries and the doctests."""
    found = [match.groups() for line in lines if (match := RUST_RESULT.match(line))]
    passed, failed, ignored = (sum(int(counts[k]) for counts in found) for k in range(3))
    return passed, failed, ignored


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", action="store_true", help="the long suite instead of the short one")
    parser.add_argument("--rust", default="cargo test --workspace --locked", help="the cargo command")
    parser.add_argument("--python", default=PYTEST, help="the pytest command")
    options = parser.parse_args()
    cargo, pytest = options.rust.split(), options.python.split()

    rust_status, rust_lines, rust_seconds = run("Rust", [*cargo, "--", "--ignored"] if options.slow else cargo)
    status, python_lines, python_seconds = run("Python", [*pytest, "-m", "slow" if options.slow else "not slow"])

    passed, failed, ignored = rust_counts(rust_lines)
    summaries = [match.group(1) for line in python_lines if (match := PYTHON_RESULT.match(line))]
    print(f"\nRust:   {passed} passed, {failed} failed, {ignored} ignored in {rust_seconds:.0f} s")
    print(f"Python: {summaries[-1] if summaries else 'no summary'} in {python_seconds:.0f} s")
    if rust_status != 0:
        print(f"The Rust tests failed (exit status {rust_status}).")
    elif passed == 0 and not options.slow:
        print("No Rust test ran.")
        rust_status = 1
    if status != 0:
        print(f"The Python tests failed (exit status {status}).")
    return 1 if rust_status or status else 0


if __name__ == "__main__":
    sys.exit(main())
