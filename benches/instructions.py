"""Counts instructions of the core's hot loops and holds them against the table `instructions.json`.

Every workload runs twice under callgrind, with one seed and with more; what both have in common, such as the building
of the model, falls out of the difference. Counts do not depend on what else the machine does, and repeat to the last
digit or nearly so. They do depend on the compiler, on the processor (the C library has functions for several) and on
the system: where these are not the table's, counts are shown and not judged.

``--update`` writes the table. Profiles stay in ``target/instructions`` for ``callgrind_annotate``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_suffix(".json")
PROFILES = ROOT / "target" / "instructions"
# Relative change that is an alarm, in either direction: what has become faster belongs in the table too.
MARGIN = 0.03
# Name: seeds of the longer run.
WORKLOADS = {
    "direct-lattice": 2,
    "direct-two-types": 2,
    "bnb-lattice": 2,
    "bnb-observed": 3,
    "replicates": 3,
    "passage": 3,
    "passage-turnover": 3,
    "reduced": 3,
    "reduced-table": 2,
    "therapy": 3,
    "leap-lattice": 3,
    "binomial": 3,
    "negative-binomial": 3,
    "poisson": 3,
    "backward": 2,
    "backward-niches": 2,
    "compile": 2,
    "compile-niches": 2,
}


def environment() -> dict[str, str]:
    """What counts depend on, apart from the sources."""
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {"rustc": rustc, "machine": platform.machine(), "libc": " ".join(platform.libc_ver())}


def build() -> str:
    """Builds the workloads as `cargo bench` does; returns the path of the program."""
    cargo = [os.environ.get("CARGO", "cargo"), "bench", "-p", "chemoevo-core", "--bench", "workloads", "--locked"]
    command = [*cargo, "--no-run", "--message-format=json-render-diagnostics"]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    programs = [m["executable"] for m in map(json.loads, said.splitlines()) if m.get("executable")]
    return str(programs[-1])


def counted(program: str, name: str, seeds: int) -> tuple[int, int, str]:
    """Instructions of one run, the units of work it did, and what a unit is."""
    PROFILES.mkdir(parents=True, exist_ok=True)
    out = PROFILES / f"{name}.{seeds}.out"
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    # One environment whatever the caller's: its size moves the stack.
    command, path = [*valgrind, program, name, str(seeds)], {"PATH": os.environ["PATH"]}
    run = subprocess.run(command, capture_output=True, text=True, env=path, check=False)
    instructions = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or instructions is None:
        raise SystemExit(f"{name}: valgrind ended with status {run.returncode}.\n{run.stderr}")
    units, unit = run.stdout.split()
    return int(instructions[1]), int(units), unit


def measure(program: str, name: str, seeds: int) -> tuple[float, str]:
    """Instructions a unit of work, and the unit."""
    few, few_units, unit = counted(program, name, 1)
    many, many_units, _ = counted(program, name, seeds)
    return (many - few) / (many_units - few_units), unit


def alarms(kept: dict[str, float], found: dict[str, float]) -> list[str]:
    """What of `found` is new, or off its place in the table by more than the margin."""
    said = []
    for name, count in found.items():
        if name not in kept:
            said.append(f"{name} is not in the table.")
        elif not abs(count / kept[name] - 1.0) <= MARGIN:
            said.append(f"{name}: {count:,.1f} instructions, {count / kept[name] - 1.0:+.1%} of {kept[name]:,.1f}.")
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORDS", help="workloads whose name contains WORDS")
    parser.add_argument("--update", action="store_true", help="write what was counted into the table")
    options = parser.parse_args()
    chosen = {name: seeds for name, seeds in WORKLOADS.items() if options.only in name}
    if not chosen:
        print(f"No workload contains {options.only!r}; there are {', '.join(WORKLOADS)}.", file=sys.stderr)
        return 2
    if shutil.which("valgrind") is None:
        print("Skipped: valgrind is not installed, so instructions cannot be counted (apt install valgrind).")
        return 0
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {"environment": {}, "instructions": {}}
    kept, here = table["instructions"], environment()
    program = build()
    found = {}
    for name, seeds in chosen.items():
        found[name], unit = measure(program, name, seeds)
        change = f"{found[name] / kept[name] - 1.0:+7.2%}" if name in kept else "    new"
        print(f"{name:18} {found[name]:14,.1f} instructions/{unit:12} {change}", flush=True)
    if options.update:
        instructions = {name: round((kept | found)[name], 1) for name in WORKLOADS if name in kept | found}
        TABLE.write_text(json.dumps({"environment": here, "instructions": instructions}, indent=2) + "\n")
        return 0
    said = alarms(kept, found)
    if here != table["environment"]:
        print(f"Not judged: the table was made with {table['environment']}, this is {here}.")
        return 0
    if said:
        print("\n".join(said))
        print("If this is meant, write the table anew: benches/instructions.py --update")
        return 1
    print(f"All within {MARGIN:.0%} of the table.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
