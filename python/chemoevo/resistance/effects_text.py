"""What alterations and modulators do to drugs, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chemoevo.base.tables import text_table
from chemoevo.pharmacology.action import Induction
from chemoevo.pharmacology.drug import Drug
from chemoevo.resistance.cells import Biology, Cells
from chemoevo.resistance.folds import factors
from chemoevo.resistance.genotypes import Genotypes


def effects_text(genotypes: Genotypes, biology: Biology, drugs: Mapping[str, Drug], acting: Sequence[str]) -> str:
    """A table of factors on EC50 and Emax of carriers of each alteration, one copy, over cells without."""
    cells = Cells(genotypes, biology, drugs)
    rows = []
    for alteration in genotypes.alterations:
        row = [alteration.name]
        for name in acting:
            # What hides from immune cells does nothing to a drug.
            entries = [
                mechanism.on(name)
                for change in alteration.all_changes
                if (mechanism := cells.mechanisms[cells.position[change.mechanism]]).stage != "immunity"
            ]
            if any(entry is None or entry.unknown is not None for entry in entries):
                row.append("assumed none")
                continue
            ec50, emax = factors(cells, drugs[name], alteration.name)
            words = [f"EC50 x {ec50:.4g}"] if abs(ec50 - 1) > 1e-9 else []
            words += [f"Emax x {emax:.4g}"] if abs(emax - 1) > 1e-9 else []
            tags = "".join(f" [{tag}]" for tag in dict.fromkeys(e.tag for e in entries if e is not None and e.tag))
            row.append((", ".join(words) or "none") + tags)
        rows.append(row)
    return text_table(("name", *acting), rows)


def _induction(one: Induction) -> str:
    """What an inducer does."""
    steep = "" if one.hill == 1.0 else f", Hill exponent {one.hill:g}"
    return (
        f"induces {one.mechanism}, up to {one.most.value:g}-fold, half at {one.ec50.value:g} uM unbound{steep}, "
        f"followed with a half-life of {one.half_life_hours.value:g} h"
    )


def modulators_text(genotypes: Genotypes, biology: Biology, drugs: Mapping[str, Drug]) -> list[str]:
    """What each modulator does, a line each."""
    cells, found = Cells(genotypes, biology, drugs), []
    for name, drug in cells.modulators().items():
        for one in drug.inhibits:
            if one.mechanism not in cells.position:
                continue
            if one.use is not None:
                how = f"uses up {one.mechanism}, {one.use.value:g} per uM and h"
            elif one.ki is not None:
                how = f"inhibits {one.mechanism}, half at {one.ki.value:g} uM unbound"
                how += f", at most {one.most:g}" if one.most < 1 else ""
            found.append(f"{name} {how}")
        raised = (one for one in drug.induces if one.mechanism in cells.position)
        found += [f"{name} {_induction(one)}" for one in raised]
    return found
