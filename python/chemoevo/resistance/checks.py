"""Whether potencies, alterations and mechanisms fit the drugs of a regimen: the same words wherever they meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from chemoevo.base.arguments import real
from chemoevo.base.gathering import NotThere
from chemoevo.base.specification import note_part
from chemoevo.errors import Problems, collect, did_you_mean, near_miss
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import drug_names, find_drug
from chemoevo.pharmacology.representable import note_doses
from chemoevo.resistance.cell_types import CellTypes
from chemoevo.resistance.cells import Biology, Cells, turnover
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.niche_therapies import NicheTherapy
from chemoevo.resistance.potency import Potency
from chemoevo.resistance.usable import meant

_WITHOUT_NUMBERS = ("PARP",)
"""What drugs that ship inhibit, of which no source gives a fold."""
Untouched = bool | Sequence[Sequence[str]]
"""Whether all pairs of which nothing is known are taken as untouched, or those which are: (mechanism, drug)."""


def note_potencies(
    problems: Problems, potencies: Sequence[Potency], drugs: Sequence[str], without: Sequence[str] = ()
) -> None:
    """Notes potencies of other drugs, drugs with two, and drugs without one; modulators need none."""
    given = [potency.drug for potency in potencies]
    for i, name in enumerate(given):
        if name in given[:i]:
            problems.value(f"potencies[{i}].drug", "must appear once", name)
        elif name not in drugs:
            hint = did_you_mean(name, drugs)
            problems.value(f"potencies[{i}].drug", "must be a drug of the regimen", name, hint=hint)
    for i, potency in enumerate(potencies):
        if potency.drug in drugs:
            _anchor(problems, potency, f"potencies[{i}].at")
    for name in drugs:
        if name not in given and name not in without:
            problems.value("potencies", f"has no entry for {name!r}", hint="Every drug of the regimen needs one.")


def _anchor(problems: Problems, potency: Potency, path: str) -> None:
    """Notes a kill in a cycle of another drug, and a drug that cannot be given there.

    The anchor knows a drug as it ships or as it is written out there: what a scenario changes leaves its kill.
    """
    if potency.at is None:
        return
    name = potency.at.doses[0].drug
    if name != potency.drug:
        problems.value(f"{path}.doses[0].drug", f"must be {potency.drug!r}, whose kill this is", name)
        return
    hint = "Write out the drug there, with its typical kinetics, also where it is among drugs."
    own = potency.at.drug
    if own is None and name not in drug_names():
        problems.value(f"{path}.drug", f"is missing: {name!r} does not ship with chemoevo", hint=hint)
    elif own is None and find_drug(name).kinetics is None:
        problems.value(f"{path}.drug", f"is missing: {name!r} ships without kinetics", hint=hint)
    elif own is not None and own.kinetics is None:
        problems.value(f"{path}.drug.kinetics", f"is missing, which a kill per cycle of {name!r} follows from")
    else:
        note_doses(
            problems, ((f"{path}.doses[{k}]", dose) for k, dose in enumerate(potency.at.doses)), potency.at.given
        )


def note_mutation(problems: Problems, genotypes: Genotypes, potencies: Sequence[Potency]) -> None:
    """Notes drugs that raise mutation so far that the probabilities of one division are impossible."""
    raised = [(i, one.mutation) for i, one in enumerate(potencies) if one.mutation is not None]
    most = genotypes.most_mutation * (1.0 + sum(factor - 1.0 for _, factor in raised))
    if raised and most > 1.0:
        rule = "must leave probabilities of mutation that sum to at most 1 per division"
        words = f"{rule}; under full effects of all drugs they would be up to {most:.3g}"
        for i, factor in raised:
            problems.value(f"potencies[{i}].mutation", words, factor)


def only_modulators(
    drugs: Mapping[str, Drug], potencies: Sequence[Potency], niche_therapies: Sequence[NicheTherapy] = ()
) -> tuple[str, ...]:
    """Drugs without a potency that kill nothing themselves, and need none.

    They change mechanisms that others meet, or niches.
    """
    kill, place = [potency.drug for potency in potencies], [one.drug for one in niche_therapies]

    def changes(name: str, drug: Drug) -> bool:
        return (drug.mode == "modulator" and bool(drug.changes)) or name in place

    return tuple(name for name, drug in drugs.items() if name not in kill and changes(name, drug))


def biology_of(mechanisms: Mechanism | Sequence[Mechanism], expressions: Mapping[str, float] | None) -> Biology:
    """What a user says of mechanisms, and of cells without alterations.

    Raises
    ------
    ModelError
        If an expression is not a number >= 0.
    TypeError
        If an argument is of another type.
    """
    problems = Problems()
    own: tuple[Mechanism, ...] = ()
    if isinstance(mechanisms, str | Mapping) or not isinstance(mechanisms, Mechanism | Iterable):
        problems.type("mechanisms", "must be a list of Mechanism", mechanisms)
    else:
        own = (mechanisms,) if isinstance(mechanisms, Mechanism) else tuple(mechanisms)
    for i, one in enumerate(own):
        note_part(problems, f"mechanisms[{i}]", one, Mechanism)
    if expressions is not None and not isinstance(expressions, Mapping):
        problems.type("expressions", "must be {name of a mechanism: expression}", expressions)
        expressions = None
    rule = "must be finite and >= 0"
    found = {name: real(problems, f"expressions[{name!r}]", e, rule, 0.0) for name, e in (expressions or {}).items()}
    problems.raise_if_any()
    return Biology(own, found)


def note_mechanisms(
    problems: Problems,
    types: CellTypes | Genotypes,
    biology: Biology,
    drugs: Mapping[str, Drug],
    untouched: Untouched,
    where: str = "",
    *,
    acting: Sequence[str],
) -> Cells | None:
    """Notes mechanisms that are not known, and all pairs of a mechanism and a drug of which nothing is.

    Returns the cells, if they can be made.

    Parameters
    ----------
    drugs
        Drugs of the regimen by name, modulators included.
    untouched
        Pairs of which nothing is known and that are taken as untouched, or True for all of them.
    where
        Path of the tumor, such as "tumor.".
    acting
        Names of the drugs that act on cells: all but modulators.
    """
    if not isinstance(untouched, bool) and not _are_pairs(untouched):
        hint = 'Write True, or pairs such as [["P-gp", "olaparib"]].'
        problems.type("assume_untouched", "must be True, False or pairs (mechanism, drug)", untouched, hint=hint)
        return None
    types = CellTypes.of(types)
    known = biology.names(types.genotypes)
    sound = True
    each = {
        "alterations": [one.changes for one in types.genotypes.alterations],
        "niches": [one.changes for one in types.place.niches],
        "phenotypes": [one.changes for one in types.place.phenotypes],
    }
    for field, i, changes in ((field, i, ones) for field, every in each.items() for i, ones in enumerate(every)):
        for k, change in enumerate(changes):
            if change.mechanism not in known:
                path = f"{where}{field}[{i}].changes[{k}].mechanism"
                hint = did_you_mean(change.mechanism, known)
                problems.value(
                    path, "must be a mechanism that ships or is among mechanisms", change.mechanism, hint=hint
                )
                sound = False
    for name in biology.expressions:
        if name not in known:
            hint = did_you_mean(name, known)
            problems.value(f"{where}expressions", "must have names of mechanisms", name, hint=hint)
            sound = False
    for name, drug in drugs.items():
        for k, one in enumerate(drug.inhibits):
            if one.mechanism not in (*known, *_WITHOUT_NUMBERS):
                rule = "must be a mechanism that ships or is among mechanisms"
                hint = did_you_mean(one.mechanism, known)
                problems.value(f"drugs[{name}].inhibits[{k}].mechanism", rule, one.mechanism, hint=hint)
        for k, raised in enumerate(drug.induces):
            if raised.mechanism not in known:
                hint = did_you_mean(raised.mechanism, known)
                rule = "must be a mechanism that ships or is among mechanisms"
                problems.value(f"drugs[{name}].induces[{k}].mechanism", rule, raised.mechanism, hint=hint)
                sound = False
    for i, mechanism in enumerate(biology.mechanisms):
        for k, on in enumerate(mechanism.drugs):
            if vars(on).get("needs") is not None and on.needs not in known:
                hint = did_you_mean(on.needs, known)
                rule = "must be a mechanism that ships or is among mechanisms"
                problems.value(f"mechanisms[{i}].drugs[{k}].needs", rule, on.needs, hint=hint)
                sound = False
    if not sound:
        return None
    acting_drugs = {name: drugs[name] for name in acting}
    cells = Cells(types, biology, drugs)
    _note_unknown(problems, cells, acting_drugs, untouched, where)
    for name in acting_drugs:
        with suppress(NotThere):  # a mechanism that is wrong itself
            collect(problems, lambda name=name: cells.steps(name))  # type: ignore[misc]
    for drug in drugs.values():
        for one in drug.inhibits:
            if one.use is not None and one.mechanism in cells.position:
                mechanism = cells.mechanisms[cells.position[one.mechanism]]
                collect(problems, lambda mechanism=mechanism: turnover(mechanism))  # type: ignore[misc]
    for name, drug in drugs.items():
        for k, raised in enumerate(drug.induces):
            if cells.mechanisms[cells.position[raised.mechanism]].stage == "immunity":
                rule = "must not be one of immunity: immune kill does not follow drugs over time"
                problems.value(f"drugs[{name}].induces[{k}].mechanism", rule, raised.mechanism)
    return cells


def _are_pairs(untouched: object) -> bool:
    def named(pair: object) -> bool:
        return isinstance(pair, Sequence) and not isinstance(pair, str) and all(isinstance(name, str) for name in pair)

    return isinstance(untouched, Sequence) and not isinstance(untouched, str) and all(map(named, untouched))


def _note_unknown(
    problems: Problems, cells: Cells, acting: Mapping[str, Drug], untouched: Untouched, where: str
) -> None:
    pairs = [] if isinstance(untouched, bool) else [tuple(pair) for pair in untouched]
    for i, pair in enumerate(pairs):
        if len(pair) != 2 or pair[1] not in acting or pair[0] not in cells.position:
            rule = "must be a mechanism of the tumor and a drug of the regimen that acts"
            hint = " ".join(
                near_miss(word, names)
                for word, names in zip(pair, (cells.position, acting), strict=False)
                if word not in names
            )
            problems.value(f"assume_untouched[{i}]", rule, list(pair), hint=hint.strip())
    found = unknown_pairs(cells, acting)
    for i, pair in enumerate(pairs):
        if len(pair) == 2 and pair[1] in acting and pair[0] in cells.position and pair not in found:
            rule = "must be a pair of which nothing is known; to switch a mechanism off, write it anew with none"
            problems.value(f"assume_untouched[{i}]", rule, list(pair))
    own = {a.own.name: (i, a) for i, a in enumerate(cells.genotypes.alterations) if a.own is not None}
    if untouched is True:
        return
    for name, drug in found:
        if name in own and (name, drug) not in pairs:
            i, alteration = own[name]
            entry = "threshold = 1" if alteration.stage == "apoptosis" else "fold = 1"
            path, hint = (
                f"{where}alterations[{i}].effects ({alteration.name!r})",
                f"Add one; {entry} says that the drug is not touched.",
            )
            problems.value(path, f"has no entry for {drug!r}", hint=f"{_slip(own[name][1].own, drug)}{hint}")
    missing = [pair for pair in found if pair[0] not in own and pair not in pairs]
    if missing:
        listed = ", ".join(f"{name} and {drug}" for name, drug in missing)
        by_name = {one.name: one for one in cells.mechanisms}
        slips = "".join(_slip(by_name[name], drug) for name, drug in missing)
        hint = f"Name them, as in assume_untouched = [{list(missing[0])}], or say true, or write the mechanism anew."
        hint = f"{slips}{hint}"
        problems.value("assume_untouched", f"must name pairs of which nothing is known: {listed}", hint=hint)


def _slip(one: Mechanism | None, drug: str) -> str:
    """What is asked where an entry of a mechanism has nearly the name of a drug, and is of none."""
    near = "" if one is None else meant(one, drug)
    return f"Does the entry {near!r} of {one.name} mean {drug!r}? " if one is not None and near else ""


def unknown_pairs(cells: Cells, acting: Mapping[str, Drug]) -> list[tuple[str, str]]:
    """Mechanisms in play and drugs of which nothing is known together."""
    found = []
    for one in cells.mechanisms:
        if one.name in cells.in_play and one.stage != "immunity":
            for drug in acting:
                on = one.on(drug)
                if on is None or on.unknown is not None:
                    found.append((one.name, drug))
    return found
