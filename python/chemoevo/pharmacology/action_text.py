"""What a drug does to cells, in words: its potency, mechanisms that protect from it, what it inhibits and induces."""

from __future__ import annotations

from typing import Any

from chemoevo.base.shipped import shipped, shipped_names
from chemoevo.base.tables import text_table, wrapped

_FOLDER = "mechanisms"


def action_text(drug: Any) -> str:
    """Potency, what every mechanism that ships does to it, what it inhibits and induces, in 80 columns; of a `Drug`."""
    lines = [wrapped(said, hanging="", indent="" if k == 0 else "  ") for k, said in enumerate(_said(drug))]
    rows, untouched, unknown = _mechanisms(drug.name)
    if rows:
        lines += ["", "Mechanisms that change its EC50 (factor in a line with the change)"]
        lines.append(text_table(("mechanism", "stage", "factor", "lines", "tag"), rows))
    if untouched:
        lines.append(wrapped(f"not touched by: {', '.join(untouched)}", indent="  "))
    if unknown:
        lines.append(wrapped(f"not known with: {', '.join(unknown)}", indent="  "))
    return "\n".join(lines)


def _said(drug: Any) -> list[str]:
    target = f"; acts on {drug.target}" if drug.target else ""
    said = [f"{drug.name}: {drug.drug_class}{target}"]
    said += [f"mode: {drug.mode}"] if drug.mode else []
    said += [f"cells that it reaches: {drug.cycle_specificity}"] if drug.cycle_specificity else []
    potency = drug.acting.potency
    if potency is None:
        said.append("EC50: no source gives one")
    else:
        of = "" if drug.acting is drug else f" of {drug.acting.name}, which acts in its place"
        where = ", ".join(
            filter(None, (potency.line, f"{potency.exposure_hours:g} h" if potency.exposure_hours else None))
        )
        said.append(
            f"EC50{of}: {potency.ec50.value:g} uM unbound, Hill exponent {potency.hill.value:g}"
            + (f" ({where})" if where else "")
        )
    for one in drug.inhibits:
        if one.use is not None:
            said.append(f"uses up {one.mechanism}: {one.use.value:g} per uM and h [{one.use.tag}]")
        elif one.ki is not None:
            most = "" if one.most == 1 else f", at most {one.most:g} of it"
            said.append(f"inhibits {one.mechanism}: half at {one.ki.value:g} uM unbound [{one.ki.tag}]{most}")
    for one in drug.induces:
        how = f"up to {one.most.value:g}-fold, half at {one.ec50.value:g} uM unbound"
        tags = ", ".join(dict.fromkeys((one.most.tag, one.ec50.tag, one.half_life_hours.tag)))
        said.append(
            f"induces {one.mechanism}: {how}, followed with a half-life of {one.half_life_hours.value:g} h [{tags}]"
        )
    return said


def _mechanisms(name: str) -> tuple[list[tuple[str, ...]], list[str], list[str]]:
    rows: list[tuple[str, ...]] = []
    untouched, unknown = [], []
    for mechanism in shipped_names(_FOLDER):
        data = shipped(_FOLDER, mechanism)
        found: dict[str, Any] | None = next((one for one in data.get("drugs", []) if one["drug"] == name), None)
        if found is None or "unknown" in found:
            unknown.append(mechanism)
        elif "none" in found:
            untouched.append(mechanism)
        else:
            words = f"{found['fold']:g}" if "fold" in found else ""
            words += f" ({found['interval'][0]:g} to {found['interval'][1]:g})" if "interval" in found else ""
            words += f", Emax x {found['ceiling']:g}" if "ceiling" in found else ""
            words += f", with {found['needs']}" if "needs" in found else ""
            hours = f"{found['hours']:g} h" if "hours" in found else None
            lines = ", ".join(filter(None, (found.get("pair"), hours)))
            rows.append((mechanism, data["stage"], words, lines, found.get("tag", "")))
    return rows, untouched, unknown
