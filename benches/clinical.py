"""Workloads at the turnover of real tumors: of twenty divisions nineteen lead to nothing."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import chemoevo as ce
from chemoevo.scenario.compilation import shared_rates
from table import OURS, Clock, Contender, Row

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "nsclc.toml"
SIZE = 1e10
COMMANDS = (
    ("examples/nsclc_adjuvant.toml", "--replicates", "300"),
    ("examples/nsclc_relapse.toml", "--figure", "{out}/relapse.png"),
)
"""What `make demo` runs."""


def alone(title: str, unit: str, make: Callable[[], Contender], returns: str, most: float, rounds: int = 5) -> Row:
    return Row(title, unit, {OURS: make}, most=most, returns=returns, rounds=rounds)


def milliseconds(job: Callable[[], object], *, forgets: bool = False) -> float:
    """Wall time; of what `forgets`, with no rates of before, which scenarios of equal treatment share."""
    if forgets:
        shared_rates.forget()
    start = Clock.now()
    job()
    return 1e3 * (Clock.now() - start)


def grown(process: ce.BranchingProcess, seed: int, engine: str) -> ce.Ensemble:
    """One tumor from one cell to exactly 1e10 cells, on one thread."""
    stop = ce.Stop(size=SIZE, retry=True)
    first = process.types[0]
    return ce.simulate(process, initial={first: 1}, times=[1e4], stop=stop, seed=seed, engine=engine, threads=1)  # type: ignore[arg-type]


def growth() -> tuple[Row, Row, Row]:
    """Processor time and events of the example as it is, and with a locus that mutates often."""

    def spent(engine: str, change: dict[str, object], scale: float) -> Callable[[], Contender]:
        def ours() -> Contender:
            process = ce.Scenario.load(EXAMPLE).replace(change).growth.process

            def contender(seed: int) -> float:
                start = time.process_time()
                grown(process, seed, engine)
                return scale * (time.process_time() - start)

            return contender

        return ours

    def followed() -> Contender:
        process = ce.Scenario.load(EXAMPLE).growth.process
        return lambda seed: float(grown(process, seed, "bnb").provenance["followed"])

    said = "growth of examples/nsclc.toml from one cell (retry) to exactly 1e10 cells, one replicate, one thread; "
    often = {"tumor.alterations[1].mutation": 3e-5}
    return (
        alone("bnb, clinical growth", "ms CPU", spent("bnb", {}, 1e3), said + "processor time.", 16.0),
        alone("bnb, clinical growth, followed", "mutations", followed, said + "those followed.", 2.5e4),
        alone(
            "auto, clinical growth, TP53 at 3e-5",
            "s CPU",
            spent("auto", often, 1.0),
            said + "the probability of TP53 is 3e-5; processor time.",
            0.05,
        ),
    )


def cure() -> tuple[Row, Row]:
    """The file read in every round; and one number changed in what was read before."""

    def whole() -> Contender:
        return lambda seed: milliseconds(lambda: ce.cure_probability(ce.Scenario.load(EXAMPLE)), forgets=True)

    def again() -> Contender:
        cells = itertools.count(10**10)
        read = ce.Scenario.load(EXAMPLE)
        return lambda seed: milliseconds(
            lambda: ce.cure_probability(read.replace({"tumor.size": next(cells)})), forgets=True
        )

    return (
        alone("cure of a scenario", "ms", whole, "cure of examples/nsclc.toml: read, compiled and answered.", 30.0),
        alone(
            "cure of a scenario, again",
            "ms",
            again,
            "cure of examples/nsclc.toml, read before, with another size: compiled anew.",
            15.0,
        ),
    )


def twelve_loci() -> ce.Scenario:
    """The example with the rates of its five alterations for twelve: 4096 genotypes, two drugs."""
    data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    known = [ce.Alteration(**alteration).to_dict() for alteration in data["tumor"]["alterations"]]
    data["tumor"]["alterations"] = [
        known[k % len(known)] | {"name": f"L{k}", "mutation": (20 + 2 * k) * 1e-9} for k in range(12)
    ]
    data.pop("compare")
    return ce.Scenario(**data)


def many_loci() -> tuple[Row, Row]:
    def compiled() -> Contender:
        def contender(seed: int) -> float:
            del seed
            scenario = twelve_loci()
            return milliseconds(lambda: scenario.therapy, forgets=True) / 1e3

        return contender

    def cured() -> Contender:
        scenario = twelve_loci()
        _ = scenario.therapy, scenario.growth
        return lambda seed: milliseconds(lambda: ce.cure_probability(scenario)) / 1e3

    said = "examples/nsclc.toml with twelve alterations, 4096 genotypes and two drugs; "
    return (
        alone("compile a scenario, 12 loci", "s", compiled, said + "the scenario is read before.", 0.3),
        alone("cure of a scenario, 12 loci", "s", cured, said + "compiled before.", 1.0),
    )


def places() -> ce.Scenario:
    """Five alterations in three niches and two phenotypes, 192 types; of three drugs one comes late to a niche."""
    near = ce.Niche(name="near", share=0.6, oxygen=40)
    middle = ce.Niche(name="middle", share=0.3, oxygen=15, penetration={"taxane": 0.5, "other": 0.8})
    far = ce.Niche(
        name="far", share=0.1, oxygen=3, penetration={"taxane": ce.Access(ratio=0.2, lag_hours=6), "other": 0.4}
    )
    tolerant = ce.Phenotype(
        name="tolerant",
        enter=1e-4,
        induced={"docetaxel": 0.01},
        leave=0.05,
        held={"docetaxel": 0.9},
        birth=0.1,
        protection=0.8,
    )
    names = ("ABCB1", "TP53", "ERCC1", "BCL2", "GSTP1")
    emax = {"docetaxel": 5.0, "carboplatin": 20.0, "doxorubicin": 10.0}
    return ce.Scenario(
        name="three niches, two phenotypes",
        tumor=ce.Tumor(
            birth=0.3,
            death=0.1,
            size=SIZE,
            alterations=[ce.alteration(name, mutation=1e-8) for name in names],
            niches=[near, middle, far],
            exchange=0.05,
            phenotypes=[tolerant],
        ),
        regimen="docetaxel 75 mg/m2 over 1 h + carboplatin 5 AUC over 1 h + doxorubicin 50 mg/m2 over 0.25 h q21d x6",
        patient=ce.Patient(bsa=1.8, gfr=90),
        potencies=[ce.Potency(drug=name, emax=most, basis="a workload") for name, most in emax.items()],
        assume_untouched=True,
        follow_up=ce.FollowUp(horizon=200),
    )


def niches() -> tuple[Row, Row, Row]:
    def compiled() -> Contender:
        def contender(seed: int) -> float:
            scenario = places().replace({"tumor.size": SIZE + seed})
            _ = scenario.types, scenario.growth
            return milliseconds(lambda: scenario.therapy, forgets=True)

        return contender

    def survives() -> Contender:
        scenario = places()
        one = {scenario.therapy.types[0]: 1}
        return lambda seed: milliseconds(
            lambda: ce.survival_probability(scenario.therapy, initial=one, times=[200.0 + 1e-6 * seed])
        )

    def patient() -> Contender:
        scenario = places()
        _ = scenario.growth, scenario.therapy

        def contender(seed: int) -> float:
            start = time.process_time()
            ce.simulate(scenario, replicates=1, seed=seed, threads=1)
            return time.process_time() - start

        return contender

    said = "5 loci, 3 niches, 2 phenotypes (192 types), 3 drugs, 6 cycles; "
    return (
        alone("compile a scenario, niches", "ms", compiled, said + "the scenario is made before.", 5.0),
        alone("survival, niches", "ms", survives, said + "from one cell to day 200.", 20.0),
        alone(
            "a patient, niches",
            "s CPU",
            patient,
            said + "growth to 1e10 cells, therapy to day 200 with all looks.",
            0.1,
        ),
    )


def shipped() -> Row:
    def ours() -> Contender:
        def contender(seed: int) -> float:
            start = time.process_time()
            for name in ce.scenarios.names():
                scenario = ce.scenarios.scenario(name)
                ce.answer(scenario, ce.simulate(scenario, seed=seed)).paragraph()
            return time.process_time() - start

        return contender

    returns = "every scenario that ships, with the replicates of its file: simulated, answered twice, and told."
    return alone("all shipped scenarios", "s CPU", ours, returns, 60.0, rounds=1)


def demo() -> Row:
    def ours() -> Contender:
        def contender(seed: int) -> float:
            del seed
            with tempfile.TemporaryDirectory() as out:
                start = Clock.now()
                for file, *options in COMMANDS:
                    told = [option.format(out=out) for option in options]
                    command = [
                        sys.executable,
                        "-m",
                        "chemoevo",
                        "run",
                        file,
                        *told,
                        "--out",
                        f"{out}/{Path(file).stem}",
                    ]
                    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
                return Clock.now() - start

        return contender

    returns = "the two commands of `make demo`, with their files and the figure."
    return alone("make demo", "s", ours, returns, 20.0, rounds=1)


def rows() -> Sequence[Row]:
    return (*growth(), *cure(), *many_loci(), *niches(), shipped(), demo())
