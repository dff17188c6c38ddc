"""The name of a genotype is the same in any order of "+", wherever a type is named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.base.names import known_name
from chemoevo.resistance import Genotypes, alteration

TYPES = ["sensitive", "A", "B", "A+B"]
GROWTH = {("sensitive", "A"): 1e-2, ("sensitive", "B"): 1e-2, ("A", "A+B"): 1e-2}
PROCESS = ce.BranchingProcess(types=TYPES, birth=[0.2] * 4, death=[0.1] * 4, mutation=GROWTH)
START = {"sensitive": 30, "A+B": 3}
RUN = {"times": [5.0, 10.0], "replicates": 20, "seed": 1}


def ensemble(both: str, **more: object) -> ce.Ensemble:
    arguments = {"initial": {"sensitive": 30, both: 3}, **RUN, **more}
    return ce.simulate(PROCESS, **arguments)  # type: ignore[arg-type]


def shown(ens: ce.Ensemble) -> object:
    return ens.labels, ens.counts.tolist(), ens.final.tolist(), ens.outcomes.rows()


# Everything that takes names of types, by what it answers for one name of the genotype with both alterations.
ASKED: dict[str, Callable[[str], object]] = {
    "initial": lambda both: shown(ensemble(both)),
    "stop": lambda both: shown(ensemble("A+B", stop=ce.Stop(size=5, of=[both]))),
    "counts": lambda both: shown(ensemble("A+B", record=ce.Counts(of=["A", both]))),
    "groups": lambda both: shown(ensemble("A+B", record=ce.Counts(of={"resistant": ["A", both]}))),
    "crossings": lambda both: ensemble("A+B", record=ce.Crossings(size=5, of=["A", both])).crossings.rows(),
    "mutation": lambda both: ce.BranchingProcess(
        types=TYPES, birth=[0.2] * 4, death=[0.1] * 4, mutation={("A", both): 0.1, (both, "A"): 0.2}
    ),
    "switching": lambda both: ce.BranchingProcess(
        types=TYPES, birth=[0.2] * 4, death=[0.1] * 4, switching={(both, "A"): 0.2}
    ),
    "pulses": lambda both: ce.BranchingProcess(
        types=TYPES, birth=[0.2] * 4, death=[0.1] * 4, pulses=[ce.Pulse(time=1, survival={both: 0.5})]
    ),
    "weights": lambda both: ce.BranchingProcess(
        types=TYPES, birth=[0.2] * 4, death=[0.1] * 4, competition=ce.Logistic(capacity=100, weights={both: 2})
    ),
    "matrix": lambda both: ce.BranchingProcess(
        types=TYPES, birth=[0.2] * 4, death=[0.1] * 4, competition=ce.LotkaVolterra(matrix={(both, both): 1e-3})
    ),
    "absence": lambda both: ce.absence_probability(PROCESS, types=[both], initial=START, times=[5]).tolist(),
    "presence": lambda both: ce.presence_probability(PROCESS, types=[both], initial=START, times=[5]).tolist(),
    "mean": lambda both: ce.mean_counts(PROCESS, initial={both: 2}, times=[5]).tolist(),
    "distribution": lambda both: ce.count_distribution(
        PROCESS, of=both, initial=START, time=2, max_count=5
    ).tolist(),
    "sizes": lambda both: ce.size_probability(PROCESS, of=both, initial=START, times=[2], above=3).tolist(),
    "generating": lambda both: ce.generating_function(PROCESS, z={both: 0.5}, initial=START, time=2),
    "first": lambda both: ce.first_appearance(PROCESS, types=[both], initial={"sensitive": 5}).probability,
    "time": lambda both: ce.relapse_time(PROCESS, of=both, initial=START, size=3).probability,
    "relapse": lambda both: ce.cause_of_relapse(PROCESS, resistant=[both], initial=START, time=5.0),
    "sensitivities": lambda both: ce.sensitivities(
        PROCESS, question="absence", types=[both], initial={"sensitive": 5}, time=5.0
    ).rows(),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_the_order_of_alterations_does_not_matter(name: str) -> None:
    assert ASKED[name]("B+A") == ASKED[name]("A+B")
    with pytest.raises(ce.ModelError, match=r"B\+C"):
        ASKED[name]("B+C")


def test_one_type_by_two_names_is_refused() -> None:
    with pytest.raises(ce.ModelError, match=r"initial\['B\+A'\] is not a type of the process. Did you mean 'A\+B'"):
        ce.mean_counts(PROCESS, initial={"A+B": 1, "B+A": 2}, times=[1])
    with pytest.raises(ce.ModelError, match=r"'B\+A'"):
        ce.absence_probability(PROCESS, types=["A+B", "B+A"], initial=START, times=[1])
    with pytest.raises(ce.ModelError, match=r"'B\+A'"):
        ce.BranchingProcess(
            types=TYPES, birth=[1] * 4, death=[1] * 4, mutation={("A", "A+B"): 0.1, ("A", "B+A"): 0.2}
        )  # fmt: skip


def test_names_of_types_come_first() -> None:
    assert known_name("A+B", ["B+A", "A+B"]) == "A+B"
    assert known_name("A+B", ["B+A"]) == "B+A"
    assert known_name("C+B+A", ["B+A", "A+B+C"]) == "A+B+C"
    assert known_name("A+A", ["A"]) == "A+A"
    assert known_name("CD8-+CD4", ["CD4+CD8-"]) == "CD4+CD8-"
    places = ["A+B@in:slow", "A+B@out:slow", "A+B@in"]
    assert [known_name(f"B+A{at}", places) for at in ("@in:slow", "@out:slow", "@in")] == places
    assert known_name("B+A@on", places) == "B+A@on"
    # Where two types have the same parts, there is no telling which is meant.
    assert known_name("C+A+B", ["A+B+C", "B+A+C"]) == "C+A+B"


def test_carriers_of_several_alterations_by_one_name() -> None:
    genotypes = Genotypes([alteration(name, mutation=1e-7) for name in ("ABCB1", "TP53", "BCL2")])
    both = ("ABCB1+TP53", "ABCB1+TP53+BCL2")
    assert genotypes.carriers("TP53+ABCB1") == genotypes.carriers("ABCB1", "TP53") == both
    with pytest.raises(ce.ModelError, match="'TP54' is not one of the alterations"):
        genotypes.carriers("TP54+ABCB1")


def test_scenarios_by_any_order() -> None:
    def scenario(carriers: str) -> ce.Scenario:
        alterations = [ce.Alteration(name=name, mutation=1e-4) for name in ("ABCB1", "TP53")]
        return ce.Scenario(
            name="two",
            tumor=ce.Tumor(birth=0.139, death=0.1, size=1e4, alterations=alterations),
            regimen="docetaxel_carboplatin",
            patient=ce.Patient(bsa=1.8, gfr=90),
            potencies=[ce.Potency(drug=drug, emax=1, basis="a test") for drug in ("docetaxel", "carboplatin")],
            compare=ce.Compare(carriers=carriers),
        )

    given = scenario("TP53+ABCB1")
    assert next(iter(given.watched.values())) == ("ABCB1+TP53",)
    one, other = (
        ce.extinction_probability(given, initial={name: 10}, times=[30.0]) for name in ("TP53+ABCB1", "ABCB1+TP53")
    )
    assert np.array_equal(one, other)
    path = "initial[TP53+ABCB1]"
    found = ce.sensitivities(given, initial={"ABCB1+TP53": 3}, time=30.0, with_respect_to=[path])
    assert found["parameter"].to_list() == ["initial[ABCB1+TP53]"]
    with pytest.raises(ce.ModelError, match=r"compare.carriers\[0\] must be an alteration of the tumor"):
        scenario("TP53+ABCB2")
