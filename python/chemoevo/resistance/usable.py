"""What drugs must have to act in cells, and names of drugs in mechanisms that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from chemoevo.base.warned import warn
from chemoevo.errors import Problems, did_you_mean, near_miss
from chemoevo.pharmacology.action import DrugPotency
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import drug_names
from chemoevo.resistance.alterations import Alteration
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.niche_therapies import NicheTherapy
from chemoevo.resistance.potency import Potency


def note_usable(
    problems: Problems,
    drugs: Mapping[str, Drug],
    potencies: Sequence[Potency],
    niche_therapies: Sequence[NicheTherapy],
) -> None:
    """Notes drugs without the numbers that their action follows from.

    Parameters
    ----------
    drugs
        Drugs of the regimen that are known, by name.
    niche_therapies
        Of drugs that change niches by their own unbound concentration, as others change mechanisms.
    """
    inside = {name for name, drug in drugs.items() if drug.changes} | {one.drug for one in niche_therapies}
    acting = set()
    for i, potency in enumerate(potencies):
        name = vars(potency).get("drug", "")
        given = drugs.get(name)
        if given is None:
            continue
        acting.add(name)
        missing = [f"potencies[{i}].{field}" for field in ("ec50", "hill") if vars(potency).get(field, 0) is None]
        if missing and given.acting.potency is None:
            which = "it" if len(missing) == 1 else "both"
            hint = f"Give {which} there, or the drug a potency, such as {DrugPotency.form}."
            verb = "is" if len(missing) == 1 else "are"
            problems.value(" and ".join(missing), f"{verb} missing: the data of {name!r} have none", hint=hint)
    for name, given in drugs.items():
        if name in inside and given.fraction_unbound is None:
            _note_unbound(problems, f"drugs[{name}].fraction_unbound", given.without_binding)
        elif name in acting and given.acting.fraction_unbound is None:
            place = given.acting_compartment
            path = f"drugs[{name}]" if place == 0 else f"drugs[{name}].metabolites[{place - 1}]"
            _note_unbound(problems, f"{path}.fraction_unbound", given.without_binding if place == 0 else None)


def _note_unbound(problems: Problems, path: str, reason: str | None) -> None:
    said = f" ({reason.strip().removesuffix('.')})" if reason else ""
    rule = f"is missing{said}: what acts in cells is the unbound concentration"
    problems.value(path, rule, hint="Give the unbound share in plasma, in (0, 1], or name the drug in `inert`.")


def named_nowhere(
    mechanisms: Iterable[Mechanism], alterations: Iterable[Alteration], drugs: Iterable[str], where: str = ""
) -> Iterator[str]:
    """A sentence for every entry of a mechanism, or of an alteration's own, of a drug that nobody knows.

    Parameters
    ----------
    drugs
        Names that are known besides those that ship: of the regimen, and of drugs that are written out.
    where
        Path of the tumor, such as "tumor.".
    """
    known = [*dict.fromkeys([*drugs, *drug_names()])]
    each = [(f"mechanisms[{i}].drugs", one.drugs) for i, one in enumerate(mechanisms)]
    each += [(f"{where}alterations[{i}].effects", one.effects) for i, one in enumerate(alterations)]  # type: ignore[misc]
    for path, entries in each:
        for k, entry in enumerate(entries):
            if entry.drug not in known:
                rule = f"{path}[{k}].drug is no drug that ships, is given or is among drugs; got {entry.drug!r}."
                yield f"{rule} {near_miss(entry.drug, known)}".strip()


def warn_of_names(
    mechanisms: Iterable[Mechanism], alterations: Iterable[Alteration], drugs: Iterable[str], where: str = ""
) -> None:
    """Warns of entries of drugs that nobody knows: a slip, or drugs of another study, of which nothing is asked."""
    for sentence in named_nowhere(mechanisms, alterations, drugs, where):
        warn(f"{sentence} What it says is used nowhere.")


def meant(one: Mechanism, drug: str) -> str:
    """The name by which an entry of a mechanism may mean a drug that it has no entry for; else nothing."""
    others = [on.drug for on in one.drugs if on.drug not in drug_names()]
    near = did_you_mean(drug, others) if others else ""
    return near.removeprefix("Did you mean ").removesuffix("?").strip("'") if near.startswith("Did") else ""
