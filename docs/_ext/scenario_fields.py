"""The directive `scenario-fields`: every field of a scenario file, from its JSON schema and the docstrings in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sphinx.util.docutils import SphinxDirective

import chemoevo as ce
from chemoevo.pharmacology import Factors, MarrowFactors, MetaboliteFactors

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

UNITS = {
    "Alteration.mutation": "per division",
    "Alteration.reversal": "per division",
    "Alteration.copies": "copies",
    "Access.lag_hours": "h",
    "Access.half_distance": "um",
    "Delay.rate": "per day",
    "Delay.stages": "stages",
    "NicheTherapy.ec50": "uM, unbound",
    "LateDeath.stages": "stages",
    "Niche.oxygen": "mmHg",
    "Niche.distance": "um",
    "Niche.death": "per cell and day",
    "Niche.immune_kill": "per cell and day",
    "Potency.hypoxia_half": "mmHg",
    "Tumor.exchange": "per day",
    "Anchor.cycle": "1",
    "Compare.multiple": "alterations",
    "Dose.amount": "as `unit` says",
    "Dose.days": "days of the cycle",
    "Dose.cycles": "cycles of the phase",
    "Drug.molar_mass": "g/mol",
    **dict.fromkeys(("Covariate.reference", "Covariate.low", "Covariate.high"), "as `of` says"),
    "DrugPotency.ec50": "uM, unbound",
    "Induction.ec50": "uM, unbound",
    "Figure.value": "as `unit` says",
    "Inhibition.use": "1/(uM h)",
    "Peripheral.exchange": "L/h",
    "Peripheral.volume": "L",
    "Peripheral.rate_out": "1/h",
    "Peripheral.rate_back": "1/h",
    "Kinetics.peripherals": "L/h and L",
    "Metabolite.peripherals": "L/h and L",
    "Potency.emax": "per day, or 1",
    "Phase.cycles": "cycles",
    "Radiotherapy.fractions": "fractions",
    "Radiotherapy.per_day": "fractions",
    "Radiotherapy.days": "days from `start`",
    "Radiotherapy.days_per_week": "days",
    "Simulation.replicates": "histories",
    **dict.fromkeys(
        (
            *("Alteration.cost", "Alteration.expression", "Alteration.reference", "Drug.fraction_unbound"),
            *("Alteration.radiosensitivity", "Radiotherapy.oer"),
            *("Alteration.mutator", "Change.by", "Change.loss", "Epistasis.birth", "Tumor.expressions"),
            *(
                "Induction.hill",
                "Induction.most",
                "Inhibition.hill",
                "Inhibition.most",
                "Mechanism.basal",
                "Mechanism.expression",
            ),
            *(f"OnDrug.{name}" for name in ("fold", "strength", "expression", "ceiling", "interval")),
            *(
                "Absorption.stages",
                "Absorption.bioavailability",
                "Correlation.value",
                "Covariate.exponent",
                "Figure.cv",
            ),
            *("Covariate.male", "Covariate.female", "Metabolite.fraction", "Metabolite.fraction_unbound"),
            *(
                "Interaction.alpha",
                "DrugPotency.hill",
                "Effect.fold",
                "Effect.strength",
                "Effect.threshold",
                "Effect.ceiling",
            ),
            *(f"Factors.{name}" for name in Factors.model_fields),
            *(f"MarrowFactors.{name}" for name in MarrowFactors.model_fields),
            *(f"MetaboliteFactors.{name}" for name in MetaboliteFactors.model_fields),
            *("Potency.log10_kill_per_cycle", "Potency.hill", "Potency.cycling_fraction", "ProgressionRule.ratio"),
            *("Clone.fraction", "Access.ratio", "Mechanism.hypoxia", "Niche.share", "Niche.birth", "Niche.penetration"),
            *("NicheTherapy.hill", "Opening.gain", "Opening.loss", "Potency.mutation"),
            *(f"Phenotype.{name}" for name in ("held", "birth", "protection", "ec50")),
            *("Scenario.format_version", "Simulation.seed", "Simulation.tolerance", "Surgery.residual_fraction"),
        ),
        "1",
    ),
}
"""Units of numbers whose docstring does not open with one in parentheses; 1 is a number without unit."""
MEANINGS = {
    "Citation.text": "Authors, year, journal, volume and page.",
    "Citation.doi": "The DOI, where known.",
    "Peripheral.exchange": "Exchange clearance with the central compartment.",
    "Peripheral.volume": "Volume.",
    "Peripheral.rate_out": "Instead of `exchange`: rate constant from the central compartment to this one.",
    "Peripheral.rate_back": "Instead of `volume`: rate constant back to the central compartment.",
    "Peripheral.saturable": "Instead of `rate_out`: a transfer that saturates.",
}
"""Meanings of fields whose class has no list of parameters."""
_IN_PARENTHESES = re.compile(
    r"\((days|cells|per cell and day|days from the first dose|h|mg|m2|kg|cm|mL/min|years|mg/dL|L/h|L|uM|"
    r"1/h|umol/h|per unit|g/mol|mg/m2|Gy|1/Gy|1/Gy2|mmHg)\)"
)
_BOUNDS = {"minimum": ">= ", "exclusiveMinimum": "> ", "maximum": "<= ", "exclusiveMaximum": "< "}


@dataclass(frozen=True)
class FieldOfFile:
    """One field of a scenario file, in words."""

    owner: str
    name: str
    kind: str
    unit: str
    range: str
    default: str
    meaning: str

    @property
    def is_number(self) -> bool:
        """Whether it is one that needs a unit."""
        return any(word in self.kind for word in ("number", "figure"))


def parameters(docstring: str) -> dict[str, str]:
    """What the section Parameters of a numpydoc docstring says of each."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-{3,}|\Z)", docstring, re.MULTILINE | re.DOTALL)
    found = re.finditer(r"^(\w+(?:, \w+)*)\n((?: {4}.*\n?)+)", section[1] if section else "", re.MULTILINE)
    return {name: " ".join(m[2].split()) for m in found for name in m[1].split(", ")}


def fields(schema: dict[str, Any] | None = None) -> dict[str, list[FieldOfFile]]:
    """The fields of the scenario ("Scenario") and of every part of it, by the name of the part."""
    schema = ce.Scenario.json_schema() if schema is None else schema
    parts = {"Scenario": schema, **schema["$defs"]}
    return {
        name: [_field(name, key, part, node) for key, node in part["properties"].items()]
        for name, part in parts.items()
    }


def _field(owner: str, name: str, part: dict[str, Any], node: dict[str, Any]) -> FieldOfFile:
    said = parameters(part.get("description", "")).get(name, "") or MEANINGS.get(f"{owner}.{name}", "")
    in_words = _IN_PARENTHESES.search(said)
    unit = UNITS.get(f"{owner}.{name}") or (in_words[1] if in_words else "")
    meaning = said.replace(f"{in_words[0]} ", "", 1) if in_words and said.startswith("(") else said
    meaning = meaning.removeprefix(f"{unit}, ") or node.get("description", "")
    found = FieldOfFile(
        owner,
        name,
        kind=_kind(node),
        unit=unit,
        range=", ".join(dict.fromkeys(_ranges(node))),
        default=_default(name, part, node),
        meaning=meaning[:1].upper() + meaning[1:],
    )
    return found if found.is_number else replace(found, unit="")


def _alternatives(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in node.get("anyOf", [node]):
        if "anyOf" in one:
            yield from _alternatives(one)
        elif one.get("type") != "null":
            yield one


def _kind(node: dict[str, Any]) -> str:
    """The type of a field in the words of TOML; a single thing may stand for a list of one."""
    kinds: list[str] = []
    for one in _alternatives(node):
        if "$ref" in one:
            part = one["$ref"].rpartition("/")[2]
            kinds.append("figure" if part == "Figure" else f"table {part}")
        elif one.get("type") == "array":
            item = _kind(one["items"] if "items" in one else one["prefixItems"][0])
            many = "pair" if one.get("minItems") == one.get("maxItems") == 2 else "list"
            kinds.append(f"{many} of {item}" if " of " in item or "table" in item else f"{many} of {item}s")
        elif one.get("type") == "object":
            inner = next(iter(one.get("patternProperties", {}).values()), one.get("additionalProperties"))
            kinds.append(f"table of {_kind(inner)} by name" if isinstance(inner, dict) else "table")
        else:
            kinds.append({"string": "text", "integer": "whole number"}.get(one["type"], one["type"]))
    lists = [kind for kind in kinds if kind.startswith("list of")]
    return " or ".join(dict.fromkeys(lists or kinds))


def _ranges(node: dict[str, Any]) -> Iterator[str]:
    for one in _alternatives(node):
        if "enum" in one:
            yield ", ".join(f'"{value}"' for value in one["enum"])
        if one.get("type") in ("number", "integer"):
            found = [sign + _number(one[key]) for key, sign in _BOUNDS.items() if key in one]
            if found:
                yield " and ".join(found)
        if one.get("type") == "array":
            least, most = one.get("minItems"), one.get("maxItems")
            if least and least == most:
                continue
            if least:
                yield f"at least {least}"
            if most:
                yield f"at most {most}"
            yield from _ranges(one.get("items", {"type": "object"}))


def _default(name: str, part: dict[str, Any], node: dict[str, Any]) -> str:
    if name in part.get("required", ()):
        return "required"
    if "default" not in node:
        return "see the meaning" if "leave it out" in node.get("description", "") else "none"
    value = node["default"]
    if value is None or value == []:
        return "none"
    if isinstance(value, dict):
        return "its own defaults"
    return _number(value) if isinstance(value, int | float) else f"`{value!r}`".replace("'", '"')


def _number(value: float) -> str:
    exponent = value.bit_length() - 1 if isinstance(value, int) else 0
    if exponent > 20 and value == 2**exponent:
        return f"2^{exponent}"
    shown = f"{value:g}" if abs(value) >= 1e6 else f"{value:.15g}"
    return re.sub(r"e([+-])0*", lambda m: "e" + m[1].strip("+"), shown)


def places(schema: dict[str, Any]) -> dict[str, list[str]]:
    """Where each part stands in a file, as the headers of its tables: `[tumor]`, `[[tumor.alterations]]`."""
    found: dict[str, list[str]] = {}

    def walk(part: dict[str, Any], path: str) -> None:
        for name, node in part["properties"].items():
            for ref, listed, keyed in _references(node):
                there = f"{path}.{name}".lstrip(".") + (".<name>" if keyed else "")
                header = f"[[{there}]]" if listed else f"[{there}]"
                if ref == "Figure" or header in found.get(ref, ()):
                    continue
                found.setdefault(ref, []).append(header)
                walk(schema["$defs"][ref], there)

    walk(schema, "")
    return {ref: sorted(headers, key=lambda header: header.count(".")) for ref, headers in found.items()}


def _references(node: Any, *, listed: bool = False, keyed: bool = False) -> Iterator[tuple[str, bool, bool]]:
    """(part, whether in a list, whether by name) of all parts that a field may be; lists go first."""
    alternatives = sorted(_alternatives(node), key=lambda one: one.get("type") != "array")
    seen: set[str] = set()
    for one in alternatives:
        inner: list[tuple[str, bool, bool]] = []
        if "$ref" in one:
            inner = [(one["$ref"].rpartition("/")[2], listed, keyed)]
        elif "items" in one:
            inner = list(_references(one["items"], listed=True, keyed=keyed))
        elif one.get("type") == "object":
            tables = [*one.get("patternProperties", {}).values(), one.get("additionalProperties")]
            inner = [ref for table in tables if isinstance(table, dict) for ref in _references(table, keyed=True)]
        for ref in inner:
            if ref[0] not in seen:
                seen.add(ref[0])
                yield ref


def as_markdown() -> str:
    """The page below its introduction."""
    schema = ce.Scenario.json_schema()
    tables, where = fields(schema), places(schema)
    lines: list[str] = []
    for part in ("Scenario", *where, "Figure"):
        headers = where.get(part, [])
        first = (schema["$defs"].get(part) or schema).get("description", "").split("\n\n")[0].replace("\n", " ")
        title = {"Scenario": "Top level", "Figure": "Figures: a number with its source"}.get(part) or f"`{headers[0]}`"
        lines += [f"(field-{part.lower()})=", f"## {title}", "", first, ""]
        if len(headers) > 1:
            lines += ["Also at " + ", ".join(f"`{header}`" for header in headers[1:]) + ".", ""]
        lines += ["| field | type | unit | range | default | meaning |", "|---|---|---|---|---|---|"]
        for field in tables[part]:
            cells = (f"`{field.name}`", _linked(field.kind), field.unit, field.range, field.default, field.meaning)
            lines.append(
                "| " + " | ".join(cell.replace("|", "\\|").replace("<", "\\<") or " " for cell in cells) + " |"
            )
        lines.append("")
    return "\n".join(lines)


def _linked(kind: str) -> str:
    kind = re.sub(r"table ([A-Z]\w+)", lambda m: f"table [{m[1]}](#field-{m[1].lower()})", kind)
    return re.sub(r"\bfigure\b", "[figure](#field-figure)", kind)


class ScenarioFieldsDirective(SphinxDirective):
    """Puts the sections and tables of all fields where it stands."""

    def run(self) -> list[Node]:
        """The nodes."""
        return self.parse_text_to_nodes(as_markdown(), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the extension."""
    app.add_directive("scenario-fields", ScenarioFieldsDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
