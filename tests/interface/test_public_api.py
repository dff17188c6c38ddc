"""The public names and their signatures: a change here breaks somebody's script, on purpose or not at all."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import chemoevo as ce
from chemoevo import _core
from scripts.refresh_documents import BLOCK, PAGES
from tests.interface._forms import FORMS

ROOT = Path(__file__).parents[2]

# Names and parameters that users rely on; more may be added after them, none may go.
SIGNATURES = {
    "BranchingProcess": (
        "(*, types, birth, death, mutation=None, switching=None, pulses=None, breakpoints=None, competition=None)"
    ),
    "Logistic": "(*, capacity, on='death', weights=None)",
    "Gompertz": "(*, capacity, on='death', weights=None)",
    "LotkaVolterra": "(*, matrix, on='death')",
    "Pulse": "(*, time, survival)",
    "Stop": "(*, size, of=None, retry=False)",
    "Counts": "(*, of)",
    "Crossings": "(*, size=(), of=None, appearance=False)",
    "Limits": "(*, size=5000000000000000, events=10000000000, clones=1000000, attempts=1000000)",
    "simulate": (
        "(process, *, initial=None, times=None, replicates=None, seed=None, stage=0, engine=None, exact=False, "
        "stop=None, limits=None, record='counts', threads=None, progress=False)"
    ),
    "simulate_chunks": (
        "(process, *, initial=None, times=None, replicates=None, chunk=10000, seed=None, stage=0, engine=None, "
        "exact=False, stop=None, limits=None, record='counts', threads=None)"
    ),
    "simulate_to": (
        "(process, *, path, initial=None, times=None, replicates=None, chunk=10000, seed=None, stage=0, engine=None, "
        "exact=False, tolerance=None, stop=None, limits=None, record='counts', threads=None, progress=False)"
    ),
    "scan": "(path, *, table='counts')",
    "load": "(path)",
    "concat": "(ensembles)",
    "extinction_probability": "(process, *, initial, times)",
    "survival_probability": "(process, *, initial, times)",
    "absence_probability": "(process, *, types, initial, times)",
    "presence_probability": "(process, *, types, initial, times)",
    "sensitivities": (
        "(model, *, question='extinction', initial=None, time=None, types=None, with_respect_to=None, "
        "per_interval=False, parameters=None)"
    ),
    "generating_function": "(model, *, z, initial, time)",
    "count_distribution": "(model, *, of, initial, time, max_count, tolerance=1e-09)",
    "size_probability": "(model, *, initial, above, times, of=None, tolerance=1e-06)",
    "relapse_time": "(model, *, size, initial=None, since=None, of=None, tolerance=1e-05)",
    "moments": "(model, *, initial, times)",
    "cause_of_relapse": "(model, *, resistant, initial, time)",
    "extinction_time": "(model, *, initial)",
    "first_appearance": "(model, *, types, initial)",
    "GrownTo": "(growth, *, size)",
    "GrownFor": "(growth, *, days)",
    "rare_cure_probability": "(therapy, *, initial, horizon, replicates, seed=None, keep=None, threads=None)",
    "cure_probability": "(model, *, initial=None, horizon=None)",
    "concentrations": "(regimen, *, patient=None, times, drugs=None)",
    "exposure": "(regimen, *, patient=None, above=None, drugs=None)",
    "patients": "(n, *, seed, like=None, marrow=None)",
    "neutrophils": "(regimen, *, patient=None, times, drugs=None, model=None, without=())",
    "toxicity": "(regimen, *, patient=None, drugs=None, model=None, without=())",
    "cumulative_doses": "(regimen, *, patient=None, drugs=None)",
    "decisions": "(regimen, *, rules, patient=None, drugs=None, model=None, without=(), seed=None)",
}
ATTRIBUTES = {
    "Ensemble": {
        "counts", "initial", "final", "times", "types", "seed", "stage", "continued", "engine", "exact", "provenance",
        "outcomes", "trajectories", "summary", "save", "replicate", "newick", "noted", "counted", "labels",
    },
    "BranchingProcess": {
        "types", "birth", "death", "mutation", "switching", "pulses", "breakpoints", "describe",
        "to_dict", "from_dict", "to_json", "from_json", "to_toml", "from_toml", "from_rates", "sampling",
        "competition",
    },
    "TimeLaw": {"event", "probability", "never", "cdf", "survival", "quantile", "median"},
    "RelapseTime": {
        "event", "probability", "never", "cdf", "survival", "quantile", "median", "size", "since", "types", "by_driver",
    },
    "GrownTo": {"growth", "size"},
    "GrownFor": {"growth", "days"},
    "Estimate": {"value", "low", "high", "replicates", "effective", "trusted"},
    "Stop": {"size", "of", "retry", "describe"},
    "Limits": {"size", "events", "clones", "attempts", "describe"},
    "Pulse": {"time", "survival", "describe"},
    "Logistic": {"capacity", "on", "weights", "describe", "to_dict", "from_dict", "to_json", "from_json"},
    "Gompertz": {"capacity", "on", "weights", "describe", "to_dict", "from_dict", "to_json", "from_json"},
    "LotkaVolterra": {"matrix", "on", "describe", "to_dict", "from_dict", "to_json", "from_json"},
}  # fmt: skip
MODULES = {"pharmacology", "regimens", "resistance", "scenarios", "testing"}
WITHIN = {"regimens": "pharmacology.regimens", "scenarios": "scenario.scenarios"}
NAMES = {
    *SIGNATURES, "Ensemble", "ModelError", "SimulationError", "Scenario", "Tumor", "Patient", "__version__", *MODULES,
}  # fmt: skip


def shown(function: object) -> dict[str, tuple[str, str]]:
    """Parameters by name: kind and default, without annotations."""
    parameters = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    return {p.name: (p.kind.name, "" if p.default is p.empty else repr(p.default)) for p in parameters}


def test_all_promised_names_exist() -> None:
    assert set(ce.__all__) >= NAMES
    for name in ce.__all__:
        assert getattr(ce, name) is not None
    assert sorted(dir(ce)) == list(ce.__all__), "public names and these modules, nothing else"
    assert list(ce.__all__) == sorted(ce.__all__, key=str), "sorted, so that additions are seen"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_modules_of_the_face_are_reachable_after_one_import(name: str) -> None:
    code = f"import chemoevo as ce; print(ce.{name}.__name__, 'numpy' in dir(ce), 'process' in dir(ce))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.split() == [f"chemoevo.{WITHIN.get(name, name)}", "False", "False"]


def test_what_is_public_is_written_in_one_table() -> None:
    stub = Path(ce.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    named = {
        alias.name for node in ast.walk(ast.parse(stub)) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert named == set(ce.__all__)
    with pytest.raises(AttributeError, match="simulat"):
        ce.simulat  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_kept(name: str) -> None:
    expected: dict[str, tuple[str, str]] = {}
    exec(f"def f{SIGNATURES[name]}: ...", scope := {})
    expected = shown(scope["f"])
    got = shown(getattr(ce, name))
    assert {key: got.get(key) for key in expected} == expected
    # What was added since is optional.
    assert all(default for key, (_, default) in got.items() if key not in expected)


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_after_the_first_are_keywords(name: str) -> None:
    kinds = [kind for kind, _ in shown(getattr(ce, name)).values()]
    assert all(kind == "KEYWORD_ONLY" for kind in kinds[1:])


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes_are_kept(name: str) -> None:
    kind = getattr(ce, name)
    if name == "Ensemble":
        example: object = ce.simulate(
            ce.BranchingProcess(types=["S"], birth=[1.0], death=[1.0]), initial=[1], times=[1.0], seed=1
        )
    else:
        example = kind
    missing = {a for a in ATTRIBUTES[name] if not hasattr(example, a) and a not in getattr(kind, "__annotations__", {})}
    assert not missing


@pytest.mark.parametrize("name", [n for n in sorted(NAMES) if n != "__version__"])
def test_public_names_are_documented(name: str) -> None:
    text = inspect.getdoc(getattr(ce, name)) or ""
    assert len(text) > 10
    if name in SIGNATURES:
        for parameter in shown(getattr(ce, name)):
            assert parameter in text, f"{parameter} is not documented"
        assert ">>>" in text, "no example"


def test_stubs_of_the_core_name_what_the_core_has() -> None:
    """What mypy's stubtest says at length, in `make lint`."""
    stub = ast.parse((ROOT / "python" / "chemoevo" / "_core.pyi").read_text())
    found = {node.name: node for node in stub.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    public = {name for name in dir(_core) if not name.startswith("_")}
    constants = {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}  # type: ignore[union-attr]
    # What begins with an underscore is a word of the stub alone.
    constants = {name for name in constants if not name.startswith("_")} | {"__version__"}
    assert {*found, *constants} == {*public, "__version__"}
    assert {*public, "__version__"} == set(_core.__all__)
    for name, node in found.items():
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            assert all(hasattr(getattr(_core, name), method.name) for method in methods), name
            continue
        arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        assert arguments == list(inspect.signature(getattr(_core, name)).parameters), name


TYPED = """
import chemoevo as ce
from chemoevo import _core
import numpy as np
import polars as pl
from numpy.typing import NDArray

process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1], death=np.ones(2), mutation={("S", "R"): 1e-3})
ens: ce.Ensemble = ce.simulate(process, initial={"S": 10}, times=[0, 1.5], replicates=range(3), stop=ce.Stop(size=1e9))
counts: NDArray[np.int64] = ens.counts
frame: pl.DataFrame = ens.outcomes
p: NDArray[np.float64] = ce.extinction_probability(process, initial=[10, 0], times=[1.0])
limits = ce.Limits(size=10**12)
"""


def typed(folder: Path, *files: Path) -> str:
    """What mypy --strict finds in files; nothing where all is well."""
    # With the options and the cache of `make lint`, which has read the types of numpy and polars before.
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    options += ["--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *options, *map(str, files)]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True, timeout=300)
    return done.stdout + done.stderr


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_users_scripts_type_check(tmp_path: Path) -> None:
    files = [tmp_path / "script.py", tmp_path / "forms.py"]
    files[0].write_text(TYPED)
    files[1].write_text(FORMS)
    assert typed(tmp_path, *files) == ""


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
@pytest.mark.parametrize("half", [0, 1])
def test_what_documents_show_type_checks(half: int, tmp_path: Path) -> None:
    files = []
    for page in list(PAGES)[half::2]:
        blocks = [block["code"] for block in BLOCK.finditer(page.read_text())]
        if blocks:
            files.append(tmp_path / f"{page.stem.lower().replace('-', '_')}_page.py")
            files[-1].write_text("\n\n".join(blocks))
    assert len(files) > 2
    assert typed(tmp_path, *files) == ""


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_wrong_types_are_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import chemoevo as ce\n\nce.Stop(size='a million')\nce.Dose(drug='x', amount=1)\n")
    assert typed(tmp_path, wrong).count("error:") == 2
