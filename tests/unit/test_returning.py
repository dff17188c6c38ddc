"""Who comes back by genotype, niche and phenotype: against counts added up by the names of types."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.answers.provenance import provenance
from chemoevo.resistance.groups import Groups
from tests.unit.places import histories, scenario


@cache
def answered() -> ce.Answer:
    return ce.answer(scenario(), histories())


def part(name: str, by: str) -> str:
    """Genotype, niche or phenotype of a type, by its name."""
    whole, _, state = name.partition(":")
    genotype, _, niche = whole.partition("@")
    if by == "niche":
        return niche
    damaged = genotype.startswith("damaged")
    return "damaged" if damaged else genotype if by == "genotype" else state or "ordinary"


def added(by: str) -> dict[str, np.ndarray]:
    """Numbers of cells by group: replicates and times."""
    found: dict[str, np.ndarray] = {}
    for k, name in enumerate(histories().types):
        group = name if by == "type" else part(name, by)
        found[group] = found.get(group, 0) + histories().counts[:, :, k]
    return found


@pytest.mark.parametrize("by", ["genotype", "niche", "phenotype", "type"])
def test_tables(by: str) -> None:
    tables = {
        "genotype": answered().genotypes,
        "niche": answered().niches,
        "phenotype": answered().phenotypes,
        "type": answered().types,
    }
    table = tables[by]
    assert table is not None
    counts = added(by)
    ended = answered().outcomes.filter("progressed")
    columns = [int(np.flatnonzero(histories().times == day)[0]) for day in ended["time_to_progression"]]
    rows = ended["replicate"].to_list()
    assert len(rows) > 10
    cured = answered().outcomes["cured"].to_numpy()
    for name, most, gained, present, share, median, last in table.iter_rows():
        there = {group: n[rows, columns] for group, n in counts.items()}
        total = sum(there.values())
        best = np.max(list(there.values()), axis=0)
        first = [k for k in range(len(rows)) if there[name][k] == best[k]]
        assert most == len(first)
        assert present == int((there[name] > 0).sum())
        assert share == pytest.approx(float((there[name] / total).mean()), rel=1e-12)
        days = ended["time_to_progression"].to_numpy()[first]
        assert median == (float(np.median(days)) if first else None)
        final = np.max([n[~cured, -1] for n in counts.values()], axis=0)
        assert last == int((counts[name][~cured, -1] == final).sum())
        assert 0 <= gained <= len(rows)
    assert table["gained_most"].sum() == len(rows)
    if by in ("genotype", "niche"):
        assert table["most_numerous"].sum() == len(rows)


def test_replicates_are_told_by_genotype() -> None:
    names = set(answered().outcomes["most_numerous"].drop_nulls())
    assert names <= {"sensitive", "R", "damaged"}
    assert answered().genotypes.columns[0] == "genotype"
    best = answered().outcomes["most_numerous"].drop_nulls().value_counts()
    wanted = answered().genotypes.filter(pl.col("most_numerous") > 0).select("genotype", "most_numerous")
    assert dict(best.iter_rows()) == dict(wanted.iter_rows())


def test_the_printed_answer_and_plain_data() -> None:
    text = str(answered())
    assert max(map(len, text.splitlines())) <= 80
    for header in ("  genotype  ", "  niche  ", "  phenotype  "):
        assert sum(line.startswith(header) for line in text.splitlines()) == 1
    plain = ce.simulate(scenario(alike=True, niches=False).replace({"tumor.phenotypes": []}), replicates=3, seed=1)
    bare = ce.Scenario.of(plain)
    found = ce.answer(bare, plain)
    assert (found.niches, found.phenotypes, found.damaged) == (None, None, ())
    assert found.types.rename({"type": "genotype"}).equals(found.genotypes)
    assert "niche" not in str(found)
    assert "niches" not in provenance(bare, plain, found)["answers"]
    with_niches = scenario(alike=True)
    small = ce.simulate(with_niches, replicates=3, seed=1)
    data = provenance(with_niches, small, ce.answer(with_niches, small))["answers"]
    assert {"genotypes", "types", "niches", "phenotypes"} <= set(data)


def test_groups_of_types() -> None:
    types = scenario().types
    for by in ("genotype", "niche", "phenotype"):
        groups = Groups.of(types, by)
        assert [groups.names[k] for k in groups.of_type] == [part(name, by) for name in types.names]
    # Sums stay where they cannot be counted, and are none where types are groups.
    huge = np.full((1, len(types)), 2**62, dtype=np.int64)
    assert Groups.of(types, "niche").sums(huge).tolist() == [[2**63 - 1] * 2]
    assert Groups(types.names, np.arange(len(types))).sums(huge) is huge
    nowhere = Groups.of(ce.resistance.CellTypes(types.genotypes), "niche")
    assert nowhere.names == ("tumor",)


def test_phenotypes_have_names_of_their_own() -> None:
    for name in ("ordinary", "damaged"):
        with pytest.raises(ce.ModelError, match=f"name must be another name: '{name}' are cells without a phenotype"):
            ce.Phenotype(name=name, enter=1e-3, leave=0.1)


def test_causes_of_relapse_over_niches_that_are_alike() -> None:
    one, two = scenario(niches=False), scenario(alike=True)
    assert two.types.carriers("R") == ("R@near", "R@near:resting", "R@far", "R@far:resting")
    alone = ce.cause_of_relapse(
        one, resistant=one.types.carriers("R"), initial={"sensitive": 500, "R": 3, "R:resting": 2}, time=28.0
    )
    start = {"sensitive@near": 400, "sensitive@far": 100, "R@near": 2, "R@far": 1, "R@far:resting": 2}
    both = ce.cause_of_relapse(two, resistant=two.types.carriers("R"), initial=start, time=28.0)
    for name in ("relapse", "preexisting", "acquired", "preexisting_alone", "acquired_alone", "both", "neither"):
        assert getattr(both, name) == pytest.approx(getattr(alone, name), rel=1e-9)
    assert 0.01 < both.preexisting < both.relapse
    far = ce.cause_of_relapse(two, resistant=["R@far"], initial=start, time=28.0)
    assert far.preexisting < 0.9 * both.preexisting
