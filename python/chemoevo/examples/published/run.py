"""Do the numbers that papers print come out? Every paper of this folder is held against what chemoevo gives.

    python examples/published/run.py [KEY ...]

A paper is two files. KEY.toml has its parameters, one by one with their place in the paper, and its printed results
with the tolerance that was stated before anything was computed. KEY.py has one function, `reproduce`, which takes the
parameters by name and returns a value for every result. A result that is known not to come out has the reason as
`fails`, and stays.

Most results are what a paper calculated by its own model: that they come out says that chemoevo has that model right,
and nothing on the world. A few are measurements to which no parameter was fitted: those are predictions. `against` says
which, result by result, and they are counted apart.
"""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))  # papers share `slowing.py`, however this script is loaded
TAGS = ("printed", "computed", "quoted", "code", "assumed")
"""Where a parameter is from: printed in the paper; computed from what it prints; quoted from the paper by others; in
the code that its authors published; or in none of them, an assumption of ours. All but the first have a note."""
AGAINST = ("model", "measured")
"""What a result is held against: what the paper's own model gives, be it calculated there, proven, or seen in the data
to which its parameters were fitted; or a measurement that the parameters were not fitted to. What was read may leave it
open: then it is the model."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number that goes in: `symbol` and `where` are those of the paper; a symbol may be lacking.

    `unseen` says why no result that comes out would tell if the number were wrong by as much as a factor of ten.
    """

    name: str
    symbol: str
    value: float
    unit: str
    where: str
    tag: str = "printed"
    note: str = ""
    unseen: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A number that the paper prints, with one tolerance: absolute (`within`) or as a share of it (`relative`).

    Where the paper prints "more than" or "less than", `bound` is "at least" or "at most", and there is no tolerance.
    `against` is one of `AGAINST`. `fitted` says that a parameter was chosen here by this very result, and `repeats` is
    the result whose printed number this is once more: neither is counted.
    """

    name: str
    printed: float
    unit: str
    against: str
    why: str
    where: str
    within: float | None = None
    relative: float | None = None
    bound: str = ""
    fails: str = ""
    fitted: bool = False
    repeats: str = ""

    @property
    def counted(self) -> bool:
        """Whether it is a number by itself that nothing was fitted to."""
        return not (self.fitted or self.repeats)

    @property
    def tolerance(self) -> float:
        """The largest difference that counts as agreement."""
        if [self.within is None, self.relative is None, not self.bound].count(False) != 1:
            raise ValueError(f"{self.name}: state either `within`, `relative` or `bound`")
        if self.bound:
            return 0.0
        return self.within if self.within is not None else self.relative * abs(self.printed)

    @property
    def allowed(self) -> str:
        """The tolerance in words."""
        if self.bound:
            return self.bound
        return f"{self.within:g}" if self.within is not None else f"{100 * self.relative:g} %"

    def agrees(self, value: float) -> bool:
        """Whether a value is what was printed."""
        if self.bound:
            return {"at least": value >= self.printed, "at most": value <= self.printed}[self.bound]
        return abs(value - self.printed) <= self.tolerance


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper: what was read of it (`read`), what it asks (`about`), what goes in and what should come out.

    `doi` is empty where there is none, or none that is sure.
    """

    key: str
    title: str
    kind: str
    cite: str
    doi: str
    read: str
    about: str
    parameters: tuple[Parameter, ...]
    results: tuple[Result, ...]

    @property
    def values(self) -> dict[str, float]:
        """The parameters by name."""
        return {parameter.name: parameter.value for parameter in self.parameters}

    def computed(self, parameters: Mapping[str, float] | None = None) -> dict[str, float]:
        """A value for every result, by chemoevo, for the parameters of the paper or for others."""
        spec = importlib.util.spec_from_file_location(f"published_{self.key}", FOLDER / f"{self.key}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.reproduce(self.values if parameters is None else parameters)


def known() -> list[str]:
    """The papers of this folder that are computed; the numbers of a paper may be there before its script."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.with_suffix(".toml").exists())


def paper(key: str) -> Paper:
    """The paper of a key."""
    fields = tomllib.loads((FOLDER / f"{key}.toml").read_text(encoding="utf-8"))
    parameters = tuple(Parameter(**row) for row in fields.pop("parameters"))
    results = tuple(Result(**row) for row in fields.pop("results"))
    return Paper(key=key, parameters=parameters, results=results, **fields)


def verdict(result: Result, value: float) -> str:
    """Whether it came out; a reason that no longer holds is said to be out of date."""
    if result.agrees(value):
        if result.fitted:
            return "no prediction: fitted"
        if result.repeats:
            return "not counted: a number that is above"
        return "yes, and the reason why not is out of date" if result.fails else "yes"
    return f"no: {result.fails}" if result.fails else "no, and it should"


def main(chosen: list[str]) -> int:
    """Prints a table per paper; 1 if anything is not as stated, else 0."""
    kinds = max(len(word) for word in AGAINST)
    wrong = 0
    for key in chosen or known():
        found = paper(key)
        values = found.computed()
        print(f"{key}: {found.cite}\n{found.kind}; parameters from {found.read}")
        width = max(len(result.name) for result in found.results)
        print(
            f"  {'result':<{width}}  {'printed':>9}  {'chemoevo':>9}  {'tolerance':>9}  {'against':<{kinds}}  comes out"
        )
        for result in found.results:
            value, said = values[result.name], verdict(result, values[result.name])
            wrong += bool(result.fails) == result.agrees(value)
            numbers = f"{result.printed:>9.4g}  {value:>9.4g}  {result.allowed:>9}  {result.against:<{kinds}}"
            print(f"  {result.name:<{width}}  {numbers}  {said}")
        print()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
